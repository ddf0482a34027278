package channel

import (
	"context"
	"sync"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/internal/rules"
)

// Run does all work of the connected channels until ctx ends: routing, calls of Notify, posts, deadlines. Then it
// finishes the work in progress, for at most DrainTimeout, and returns nil. Work that it does not finish is still
// recorded, and due. A second concurrent Run is [ErrRunning].
//
// After a panic or runtime.Goexit in the host's code, Run logs it and does that piece of work again later. Run gives up
// a call of Notify, of a Router or of Presence that has not returned a second after its ctx ended: other work gets its
// place, and its result is ignored. The goroutine of such a call stays inside the host's code, because it cannot be ended
// from outside. Run does not wait for these goroutines. It returns within DrainTimeout, with an error that counts them.
func (h *Hub) Run(ctx context.Context) error {
	e := &h.engine
	if !e.busy.CompareAndSwap(false, true) {
		return wrap("run", "", ErrRunning)
	}
	defer e.busy.Store(false)
	workCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	e.ctx.Store(&workCtx)
	e.halt.Store(&ctx)
	e.recheck.Store(true)
	e.running.Store(true)
	defer e.running.Store(false)
	e.setOpen(true)
	var renewing sync.WaitGroup
	renewing.Go(func() { e.keep(workCtx, "renewing leases", e.renewLoop) })
	e.spawn(func() {
		e.loadOffers(ctx)
		e.keep(ctx, "polling", e.loop)
	})
	<-ctx.Done()
	e.setOpen(false)
	return wrap("run", "", e.finish(stop, &renewing))
}

// RunDue does all work that is due at the Clock's now, deadlines equal to now included, in the caller's goroutine, and
// returns when no work is left: for tests with a fake clock. It also does the work that this work makes due at now. It
// routes waiting enquiries again once. While Run or RunDue is at work it returns [ErrRunning].
//
// RunDue calls the host's code in the caller's goroutine too: a call that hangs is not given up, and runtime.Goexit in
// it, as by testing.T.FailNow, ends the test that calls RunDue.
func (h *Hub) RunDue(ctx context.Context) error {
	e := &h.engine
	if !e.busy.CompareAndSwap(false, true) {
		return wrap("run due", "", ErrRunning)
	}
	defer e.busy.Store(false)
	e.ctx.Store(&ctx)
	e.halt.Store(&ctx)
	h.refresh(ctx, h.clock.Now())
	h.verifyAgain(ctx, h.clock.Now())
	h.routeWaiting(ctx)
	for {
		if err := ctx.Err(); err != nil {
			return wrap("run due", "", err)
		}
		h.flushTyping(ctx)
		now := h.clock.Now()
		t := newTaken(h, now, func(*Channel, conversation.Lane) bool { return true }, func(*Channel, conversation.Lane) {})
		if _, err := h.store.Due(ctx, h.wants(now, false), t.take); err != nil {
			return wrap("run due", "", err)
		}
		t.attend()
		if len(t.work) == 0 && !t.more {
			return nil
		}
		for _, w := range t.list() {
			h.do(ctx, w)
		}
		if e.recheck.Swap(false) {
			h.routeWaiting(ctx)
		}
	}
}

// restartAfter is the pause of a loop that was ended by code that is not the hub's.
const restartAfter = time.Second

// keep runs loop until it returns by itself, and begins it anew when a panic or runtime.Goexit has ended it.
func (e *engine) keep(ctx context.Context, name string, loop func(context.Context)) {
	for e.hub.aside(name, "", func() error { loop(ctx); return nil }) != nil {
		timer := e.hub.clock.Timer(restartAfter)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// loadOffers learns of the offers that are open. Work does not wait for it longer than a second: without them a
// decision is only less even.
func (e *engine) loadOffers(ctx context.Context) {
	loaded := make(chan struct{})
	e.spawn(func() {
		defer close(loaded)
		e.hub.offers.load(ctx, e.hub)
	})
	timer := e.hub.clock.Timer(time.Second)
	defer timer.Stop()
	select {
	case <-loaded:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// loop polls until ctx ends.
func (e *engine) loop(ctx context.Context) {
	var passed, refreshed time.Time
	for ctx.Err() == nil {
		now := e.hub.clock.Now()
		if now.Sub(refreshed) >= pollEvery || now.Before(refreshed) {
			refreshed = now
			e.hub.refresh(ctx, now)
			e.hub.verifyAgain(ctx, now)
		}
		if e.recheck.Swap(false) || now.Sub(passed) >= waitingPass || now.Before(passed) {
			passed = now
			e.spawn(func() { e.hub.routeWaiting(ctx) })
		}
		e.hub.flushTyping(ctx)
		next := e.poll(ctx, now)
		e.sleep(ctx, next)
	}
}

// sleep waits until work is due, the engine is poked, or a second has passed.
func (e *engine) sleep(ctx context.Context, next time.Time) {
	wait := pollEvery
	if !next.IsZero() {
		wait = min(wait, max(next.Sub(e.hub.clock.Now()), time.Millisecond))
	}
	timer := e.hub.clock.Timer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-e.poke:
	case <-timer.C:
	}
}

// poll takes the work that is due, as far as there are places, and says when more is.
func (e *engine) poll(ctx context.Context, now time.Time) time.Time {
	wants := e.hub.wants(now, true)
	if len(wants) == 0 {
		return time.Time{}
	}
	t := newTaken(e.hub, now, e.enter, e.leave)
	defer func() { // what was leased and not begun is due again when the lease runs out
		for key, w := range t.work {
			e.leave(w.ch, key.lane)
		}
	}()
	next, err := e.hub.store.Due(ctx, wants, t.take)
	if err != nil {
		if ctx.Err() == nil {
			e.hub.log.ErrorContext(ctx, "polling the store failed", errorAttr(err))
		}
		e.hub.observe(Observation{Op: "poll", Err: err})
		return time.Time{}
	}
	t.attend()
	for _, w := range t.list() {
		delete(t.work, takenKey{w.id, w.lane})
		e.begin(w)
	}
	if t.more {
		return now
	}
	return next
}

// renewLoop renews the leases of work in progress.
func (e *engine) renewLoop(ctx context.Context) {
	for {
		timer := e.hub.clock.Timer(renewEvery)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		now := e.hub.clock.Now()
		for _, old := range e.active.endingBefore(now.Add(leaseTime - renewEvery/2)) {
			var until time.Time
			err := e.hub.store.Update(ctx, old.id, conversation.Look{}, func(c *conversation.Conversation) error {
				until = time.Time{}
				if rules.Renew(c, old.lane, old.token, now.Add(leaseTime)) {
					until = now.Add(leaseTime)
				}
				return nil
			})
			if err == nil {
				e.active.renewed(old, until)
			}
		}
	}
}
