package channel

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Times of the engine.
const (
	leaseTime  = 10 * time.Second
	renewEvery = leaseTime / 3
	pollEvery  = time.Second     // for other processes' work
	lookEvery  = 2 * time.Second // for presence that changed without Wake
	batch      = 64              // conversations claimed at once, for each channel and lane
	ahead      = 32              // events told in one piece of work
)

// engine takes due work and does it. Work that a change of this process makes due is taken in the same commit;
// the rest is polled.
type engine struct {
	hub     *Hub
	drain   time.Duration
	rooms   [Lanes]atomic.Int64 // places left; those of LaneDeliver are the channels'
	starved [Lanes]atomic.Bool  // something due had to be left because all places were taken
	enough  int64               // places left before more is asked for then
	strays  strays
	grace   time.Duration // for a call to return after its ctx has ended
	busy    atomic.Bool   // Run or RunDue is at work
	running atomic.Bool   // Run is at work
	taking  atomic.Bool   // changes may take the work that they make due
	poke    chan struct{} // capacity 1: look for due work
	again   atomic.Bool   // look at waiting enquiries
	waiting atomic.Bool   // some may wait, as far as this process knows
	active  works

	gate    sync.Mutex // work is begun under it, so that none begins when Run waits for the last
	open    bool
	working sync.WaitGroup
	crew    crew[*work]
	callers crew[func()]
	ctx     atomic.Pointer[context.Context] // of work in progress
	halt    atomic.Pointer[context.Context] // ends when nothing new should begin
}

func (e *engine) init(h *Hub, workers int, drain time.Duration) {
	e.hub = h
	e.drain = orDefault(drain, DefaultDrainTimeout)
	if workers == 0 {
		workers = DefaultWorkers
	}
	e.enough = max(1, int64(workers)/32)
	e.strays.most = int64(workers)
	e.grace = min(callGrace, e.drain/10)
	e.rooms[LaneRoute].Store(int64(workers))
	e.rooms[LaneNotify].Store(int64(workers))
	e.poke = make(chan struct{}, 1)
	e.active.init()
}

// ctx is that of work in progress.
func (h *Hub) ctx() context.Context {
	if ctx := h.engine.ctx.Load(); ctx != nil {
		return *ctx
	}
	return context.Background()
}

func (e *engine) pokeNow() {
	select {
	case e.poke <- struct{}{}:
	default:
	}
}

// lookAgain says that waiting enquiries may find somebody now.
func (e *engine) lookAgain() {
	e.again.Store(true)
	e.pokeNow()
}

// Run does all work of the connected channels: routing, telling the host, posting, deadlines. It returns nil
// after ctx ended and work in progress was finished or, after DrainTimeout, given up: what was given up is still
// recorded, and due. A second concurrent Run is [ErrRunning].
//
// A panic or runtime.Goexit in the host's code fails the piece of work in which it happens; it is logged and tried
// again. A call of Notify, of a Router or of Presence that has not returned a second after its ctx ended is given up:
// others get its place, and what it returns is ignored. Its goroutine goes on inside the host's code, because nothing
// can end it from outside. Run does not wait for such goroutines: it returns within DrainTimeout all the same, with an
// error that counts them.
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
	e.again.Store(true)
	e.running.Store(true)
	defer func() {
		e.running.Store(false)
		e.callers.dismiss(true)
	}()
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
	var looked, refreshed time.Time
	for ctx.Err() == nil {
		now := e.hub.clock.Now()
		if now.Sub(refreshed) >= pollEvery || now.Before(refreshed) {
			refreshed = now
			e.hub.refresh(ctx, now)
			e.hub.verifyAgain(ctx, now)
		}
		if e.again.Swap(false) || now.Sub(looked) >= lookEvery || now.Before(looked) {
			looked = now
			e.spawn(func() { e.hub.lookAtWaiting(ctx) })
		}
		e.hub.flushTyping(ctx)
		next := e.poll(ctx, now)
		e.sleep(ctx, next)
	}
}

// sleep waits until work is due, somebody pokes, or a second has passed.
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

// poll takes the work that is due, as far as there is room, and says when more is.
func (e *engine) poll(ctx context.Context, now time.Time) time.Time {
	wants := e.hub.wants(now, e)
	if len(wants) == 0 {
		return time.Time{}
	}
	var taken haul
	defer func() { // what was leased and not begun is due again when the lease runs out
		for key, w := range taken.by {
			e.leave(w.ch, key.lane)
		}
	}()
	next, err := e.hub.store.Due(ctx, wants, taken.take(e.hub, now, e.enter, e.leave))
	if err != nil {
		if ctx.Err() == nil {
			e.hub.log.ErrorContext(ctx, "polling the store failed", errorAttr(err))
		}
		e.hub.observe(Observation{Op: "poll", Err: err})
		return time.Time{}
	}
	taken.settled(e.hub)
	for _, w := range taken.list() {
		delete(taken.by, haulKey{w.id, w.lane})
		e.begin(w)
	}
	if taken.more {
		return now
	}
	return next
}

// errNoRoom leaves a conversation as it was: nobody can work on it now.
var errNoRoom = errors.New("no room")

// renewLoop keeps the leases of work in progress.
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
		for _, old := range e.active.older(now.Add(leaseTime - renewEvery/2)) {
			var until time.Time
			err := e.hub.store.Update(ctx, old.id, Look{}, func(c *Conversation) error {
				until = time.Time{}
				if c.holds(old.lane, old.token) {
					until = now.Add(leaseTime)
					c.Lane[old.lane].Lease = until.UnixNano()
					c.Write = true
				}
				return nil
			})
			if err == nil {
				e.active.renewed(old, until)
			}
		}
	}
}
