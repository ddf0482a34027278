package channel

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// begin has w done by a goroutine of the crew. When Run has ended meanwhile the work is given back.
func (e *engine) begin(w *work) {
	if e.enlist(w) {
		e.hand(w)
	}
}

// enlist makes w known. A post may have to wait in line: whoever leaves goes on with it.
func (e *engine) enlist(w *work) bool {
	e.active.add(w)
	return w.lane != LaneDeliver || w.ch.posts.enter(w, e.hub.clock.Now())
}

// hand gives w to a goroutine that waits for work, or to a new one.
func (e *engine) hand(w *work) {
	if to := e.crew.last(); to != nil {
		to <- w
	} else if !e.spawn(func() { e.labour(w, nil) }) {
		e.drop(w)
	}
}

// labour does w and then whatever comes: first what w itself made due. Goroutines are kept for a while, because
// stacks that have grown are worth keeping. failed is why w has failed already, nil if it has yet to be done.
func (e *engine) labour(w *work, failed error) {
	mine := make(chan *work, 1)
	defer func() {
		if w != nil { // runtime.Goexit in code that is not the hub's
			e.rescue(w)
		}
	}()
	for w != nil {
		if failed == nil {
			e.hub.do(e.hub.ctx(), w)
		} else {
			e.hub.fail(e.hub.ctx(), w, failed)
			failed = nil
		}
		done := w
		w = nil
		if w = e.after(done); w == nil {
			w = e.crew.wait(mine)
		}
	}
}

// after ends work that is done and returns what comes next, nil if that has to be waited for.
func (e *engine) after(w *work) *work {
	next, ch, post := w.next, w.ch, w.lane == LaneDeliver
	e.end(w)
	if post {
		switch lined := e.nextPost(ch); {
		case next == nil:
			next = lined
		case lined != nil:
			e.hand(lined)
		}
	}
	return next
}

// rescue has another goroutine go on with w, which has failed because its own was ended.
func (e *engine) rescue(w *work) {
	if !e.spawn(func() { e.labour(w, errExited) }) {
		e.hub.fail(e.hub.ctx(), w, errExited)
		e.drop(w)
	}
}

// end forgets work that is done or given back.
func (e *engine) end(w *work) {
	e.active.remove(w)
	e.leave(w.ch, w.lane)
	if w.lent != nil {
		w.lent.giveBack()
	}
	w.recycle()
}

// drop gives back work that was not begun, and what waits in line for it.
func (e *engine) drop(w *work) {
	for w != nil {
		e.hub.giveBack(w)
		post, ch := w.lane == LaneDeliver, w.ch
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
	ctx := detached(h.ctx(), settleTimeout)
	defer ctx.end()
	_ = h.aside("giving back work", w.ch.id, func() error {
		return h.store.Update(ctx, w.id, Look{}, func(c *Conversation) error {
			if c.holds(w.lane, w.token) {
				c.release(w.lane)
			}
			return nil
		})
	})
}

// spawn runs fn in a goroutine that Run waits for. It reports false, and does nothing, when Run has ended. A panic in
// fn ends fn alone.
func (e *engine) spawn(fn func()) bool {
	e.gate.Lock()
	defer e.gate.Unlock()
	if e.open {
		e.working.Go(func() { _ = e.hub.contain("work", "", func() error { fn(); return nil }) })
	}
	return e.open
}

func (e *engine) setOpen(open bool) {
	e.gate.Lock()
	defer e.gate.Unlock()
	e.open = open
	e.taking.Store(open)
	e.crew.dismiss(!open)
	if open {
		e.callers.dismiss(false)
	}
}

// finish waits for work in progress, then cuts it off. Leases are renewed meanwhile.
func (e *engine) finish(stop context.CancelFunc, renewing *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() {
		e.working.Wait()
		stop()
		renewing.Wait()
		close(done)
	}()
	timer := e.hub.clock.Timer(e.drain * 4 / 5)
	defer timer.Stop()
	select {
	case <-done:
		return e.stray()
	case <-timer.C:
	}
	stop()
	grace := e.hub.clock.Timer(e.drain / 5)
	defer grace.Stop()
	select {
	case <-done:
		return e.stray()
	case <-grace.C:
		return errors.New("work in progress did not end within DrainTimeout")
	}
}

// stray says how many calls are still inside the host's code.
func (e *engine) stray() error {
	if n := e.strays.count(); n > 0 {
		return fmt.Errorf("%d calls of the host's code were given up and have not returned", n)
	}
	return nil
}
