package channel

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/internal/rules"
)

// begin has w done on a goroutine of its own. When Run has ended meanwhile the work is released.
func (e *engine) begin(w *work) {
	e.active.add(w)
	if !e.spawn(func() { e.carryOut(w) }) {
		e.hub.release(w)
		e.end(w)
	}
}

// carryOut does w and gives its place back, also when code that is not the hub's ends the goroutine.
func (e *engine) carryOut(w *work) {
	done := false
	defer e.end(w) // in any case: what tells of the failure may end the goroutine too
	defer func() {
		if !done {
			e.hub.fail(w, errExited)
		}
	}()
	e.hub.do(e.hub.ctx(), w)
	done = true
}

// end forgets work that is done or released.
func (e *engine) end(w *work) {
	e.active.remove(w)
	e.leave(w.ch, w.lane)
}

// release makes work due again that was leased and not begun. If that fails it is due when the lease runs out.
func (h *Hub) release(w *work) {
	_ = h.aside("releasing work", w.ch.id, func() error {
		ctx, cancel := within(context.WithoutCancel(h.ctx()), settleTimeout)
		defer cancel()
		return h.store.Update(ctx, w.id, conversation.Look{}, func(c *conversation.Conversation) error {
			if rules.Holds(c, w.lane, w.token) {
				rules.Release(c, w.lane)
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

// background runs fn beside the loop of Run, or at once under RunDue.
func (h *Hub) background(ctx context.Context, fn func(context.Context)) {
	work := h.ctx()
	if !h.engine.spawn(func() { fn(work) }) {
		fn(ctx)
	}
}

func (e *engine) setOpen(open bool) {
	e.gate.Lock()
	defer e.gate.Unlock()
	e.open = open
	e.leasing.Store(open)
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
		return e.strayed()
	case <-timer.C:
	}
	stop()
	grace := e.hub.clock.Timer(e.drain / 5)
	defer grace.Stop()
	select {
	case <-done:
		return e.strayed()
	case <-grace.C:
		return errors.New("work in progress did not end within DrainTimeout")
	}
}

// strayed says how many calls are still inside the host's code.
func (e *engine) strayed() error {
	if n := e.strays.count(); n > 0 {
		return fmt.Errorf("%d calls of the host's code were given up and have not returned", n)
	}
	return nil
}
