package channel

import (
	"context"
	"errors"
	"sync"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/internal/rules"
)

// idleMost is how many goroutines wait for the next piece of work at most.
const idleMost = 64

// begin has w done by a goroutine of the crew. When Run has ended meanwhile the work is given back.
func (e *engine) begin(w *work) {
	if e.enlist(w) {
		e.hand(w)
	}
}

// enlist makes w known. A post may have to wait in line: whoever leaves goes on with it.
func (e *engine) enlist(w *work) bool {
	e.active.add(w)
	return w.lane != conversation.LaneDeliver || w.ch.posts.enter(w, e.hub.clock.Now())
}

// crew are the goroutines that wait for work. Whoever came last is the first to get some: its stack is still in the
// processor's cache.
type crew struct {
	mu      sync.Mutex
	idle    []chan *work // with room for one
	leaving bool         // Run ends
}

// hand gives w to a goroutine that waits for work, or to a new one.
func (e *engine) hand(w *work) {
	if to := e.crew.last(); to != nil {
		to <- w
	} else if !e.spawn(func() { e.labour(w) }) {
		e.drop(w)
	}
}

// last returns who gets the next piece of work, nil if nobody waits.
func (c *crew) last() chan *work {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.idle)
	if n == 0 {
		return nil
	}
	to := c.idle[n-1]
	c.idle = c.idle[:n-1]
	return to
}

// wait returns the next piece of work, nil when there is enough of a crew or Run ends.
func (c *crew) wait(mine chan *work) *work {
	c.mu.Lock()
	if c.leaving || len(c.idle) >= idleMost {
		c.mu.Unlock()
		return nil
	}
	c.idle = append(c.idle, mine)
	c.mu.Unlock()
	return <-mine
}

// dismiss lets those go who wait, and whoever would wait, until the crew is asked for again.
func (c *crew) dismiss(leaving bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leaving = leaving
	for _, to := range c.idle {
		to <- nil
	}
	c.idle = nil
}

// labour does w and then whatever comes: first what w itself made due. Goroutines are kept for a while, because
// stacks that have grown are worth keeping.
func (e *engine) labour(w *work) {
	mine := make(chan *work, 1)
	for w != nil {
		e.hub.do(*e.ctx.Load(), w)
		next := w.next
		post := w.lane == conversation.LaneDeliver
		ch := w.ch
		e.end(w)
		if post {
			switch lined := e.nextPost(ch); {
			case next == nil:
				next = lined
			case lined != nil:
				e.hand(lined)
			}
		}
		if w = next; w == nil {
			w = e.crew.wait(mine)
		}
	}
}

// end forgets work that is done or given back.
func (e *engine) end(w *work) {
	e.active.remove(w)
	e.leave(w.ch, w.lane)
	w.recycle()
}

// drop gives back work that was not begun, and what waits in line for it.
func (e *engine) drop(w *work) {
	for w != nil {
		e.hub.giveBack(w)
		post, ch := w.lane == conversation.LaneDeliver, w.ch
		e.end(w)
		if !post {
			return
		}
		w = e.nextPost(ch)
	}
}

// nextPost takes the next post in line that is still as it was when it was taken. The others are looked at anew.
func (e *engine) nextPost(ch *Channel) *work {
	for {
		w, since := ch.posts.leave()
		if w == nil {
			return nil
		}
		now := e.hub.clock.Now()
		late := now.Sub(since) > lineHolds || now.Before(since)
		if !late && !w.overtakable() && (*e.halt.Load()).Err() == nil && ch.mayDeliver(now) {
			return w
		}
		e.hub.giveBack(w)
		e.end(w)
		e.pokeNow()
	}
}

// overtakable reports whether w posts a text that something may overtake while it waits.
func (w *work) overtakable() bool {
	if len(w.records) == 0 {
		return false
	}
	r := &w.records[0]
	return r.Auto == AutoAway || r.Auto == AutoClosing || r.Ref != 0
}

// giveBack makes work due again that was leased and not begun. If that fails it is due when the lease runs out.
func (h *Hub) giveBack(w *work) {
	ctx := detached(*h.engine.ctx.Load(), settleTimeout)
	defer ctx.end()
	_ = h.store.Update(ctx, w.id, conversation.Look{}, func(c *conversation.Conversation) error {
		if rules.Holds(c, w.lane, w.token) {
			rules.Release(c, w.lane)
		}
		return nil
	})
}

// spawn runs fn in a goroutine that Run waits for. It reports false, and does nothing, when Run has ended.
func (e *engine) spawn(fn func()) bool {
	e.gate.Lock()
	defer e.gate.Unlock()
	if e.open {
		e.working.Go(fn)
	}
	return e.open
}

func (e *engine) setOpen(open bool) {
	e.gate.Lock()
	defer e.gate.Unlock()
	e.open = open
	e.taking.Store(open)
	e.crew.dismiss(!open)
}

// finish waits for work in progress, then cuts it off.
func (e *engine) finish(stop context.CancelFunc) error {
	done := make(chan struct{})
	go func() {
		e.working.Wait()
		close(done)
	}()
	timer := e.hub.clock.Timer(e.drain * 4 / 5)
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-timer.C:
	}
	stop()
	grace := e.hub.clock.Timer(e.drain / 5)
	defer grace.Stop()
	select {
	case <-done:
		return nil
	case <-grace.C:
		return errors.New("work in progress did not end within DrainTimeout")
	}
}
