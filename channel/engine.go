package channel

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/internal/rules"
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
	rooms   [conversation.Lanes]atomic.Int64 // places left; those of LaneDeliver are the channels'
	enough  int64                            // places left before more is asked for
	starved [conversation.Lanes]atomic.Bool  // something due had to be left for want of room
	busy    atomic.Bool                      // Run or RunDue is at work
	taking  atomic.Bool                      // changes may take the work that they make due
	poke    chan struct{}                    // capacity 1: look for due work
	again   atomic.Bool                      // look at waiting enquiries
	waiting atomic.Bool                      // some may wait, as far as this process knows
	active  works

	gate    sync.Mutex // work is begun under it, so that none begins when Run waits for the last
	open    bool
	working sync.WaitGroup
	crew    crew
	ctx     atomic.Pointer[context.Context] // of work in progress
	halt    atomic.Pointer[context.Context] // ends when nothing new should begin
}

func (e *engine) init(h *Hub, workers int, drain time.Duration) {
	e.hub = h
	e.drain = orDefault(drain, DefaultDrainTimeout)
	if workers == 0 {
		workers = DefaultWorkers
	}
	e.enough = min(batch, int64(workers+1)/2)
	e.rooms[conversation.LaneRoute].Store(int64(workers))
	e.rooms[conversation.LaneNotify].Store(int64(workers))
	e.poke = make(chan struct{}, 1)
	e.active.init()
}

// enter takes a place in a lane's room.
func (e *engine) enter(ch *Channel, l conversation.Lane) bool {
	if l == conversation.LaneDeliver && !ch.mayDeliver(e.hub.clock.Now()) {
		return false
	}
	room, kept, _ := e.room(ch, l)
	if room.Add(-1) < kept {
		room.Add(1)
		if e.starved[l].Store(true); room.Load() > kept { // somebody has left meanwhile
			e.pokeNow()
		}
		return false
	}
	return true
}

// free reports whether a lane's room has a place. If not, whoever leaves asks for what was left out.
func (e *engine) free(ch *Channel, l conversation.Lane) bool {
	room, kept, _ := e.room(ch, l)
	if room.Load() > kept {
		return true
	}
	e.starved[l].Store(true)
	return room.Load() > kept // somebody may have left meanwhile
}

// leave gives the place back and asks for more work if some had to be left.
func (e *engine) leave(ch *Channel, l conversation.Lane) {
	room, kept, enough := e.room(ch, l)
	if left := room.Add(1); left >= kept+enough && e.starved[l].Swap(false) {
		e.pokeNow()
	}
}

// room is where a lane's places are counted, how many of them are not to be given, and how many more have to be left
// before it is worth asking for work.
func (e *engine) room(ch *Channel, l conversation.Lane) (room *atomic.Int64, kept, enough int64) {
	switch {
	case l != conversation.LaneDeliver:
		return &e.rooms[l], 0, e.enough
	case ch.quick.Load():
		return &ch.room, 0, perLine / 2
	default:
		return &ch.room, perLine, perChannel / 2
	}
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
	e.setOpen(true)
	e.loadOffers(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() { e.renewLoop(workCtx) })
	e.loop(ctx)
	e.setOpen(false)
	err := e.finish(stop)
	stop()
	renewing.Wait()
	return wrap("run", "", err)
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
	next, err := e.hub.store.Due(ctx, wants, taken.take(e.hub, now, e.enter, e.leave))
	if err != nil { // what was leased all the same is due again when the lease runs out
		for key, w := range taken.by {
			e.leave(w.ch, key.lane)
		}
		taken = haul{}
		if ctx.Err() == nil {
			e.hub.log.ErrorContext(ctx, "polling the store failed", errorAttr(err))
		}
		e.hub.observe(Observation{Op: "poll", Err: err})
		next = time.Time{}
	}
	taken.settled(e.hub)
	for _, w := range taken.list() {
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
