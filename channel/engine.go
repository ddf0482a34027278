package channel

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Times of the engine.
const (
	leaseTime   = 10 * time.Second
	renewEvery  = leaseTime / 3
	pollEvery   = time.Second     // for work that other processes made due
	waitingPass = 2 * time.Second // for presence that changed without Wake
	batch       = 64              // conversations leased by one poll, for each channel and lane
	notifyBatch = 32              // events told in one piece of work
)

// engine finds due work, leases it and has it done. Work that a change of this process makes due is leased in the
// change's own commit (leasing.go); the rest is polled (take.go).
type engine struct {
	hub     *Hub
	drain   time.Duration
	places  places
	strays  strays
	grace   time.Duration // for a call to return after its ctx has ended
	busy    atomic.Bool   // Run or RunDue is at work
	running atomic.Bool   // Run is at work
	leasing atomic.Bool   // changes may lease the work that they make due
	poke    chan struct{} // capacity 1: look for due work
	recheck atomic.Bool   // waiting enquiries may find somebody now
	waiting atomic.Bool   // some enquiries may wait, as far as this process knows
	active  works

	gate    sync.Mutex // work is begun under it, so that none begins when Run waits for the last
	open    bool
	working sync.WaitGroup
	ctx     atomic.Pointer[context.Context] // of work in progress
	halt    atomic.Pointer[context.Context] // ends when nothing new should begin
}

func (e *engine) init(h *Hub, workers int, drain time.Duration) {
	e.hub = h
	e.drain = orDefault(drain, DefaultDrainTimeout)
	if workers == 0 {
		workers = DefaultWorkers
	}
	e.grace = min(callGrace, e.drain/10)
	e.places.init(workers)
	e.strays.most = workers
	e.poke = make(chan struct{}, 1)
	e.active.by = map[lease]*work{}
}

// ctx is that of work in progress.
func (h *Hub) ctx() context.Context {
	if ctx := h.engine.ctx.Load(); ctx != nil {
		return *ctx
	}
	return context.Background()
}

// halted reports whether nothing new should begin.
func (e *engine) halted() bool { return (*e.halt.Load()).Err() != nil }

// pokeNow has the loop of Run look for due work.
func (e *engine) pokeNow() {
	select {
	case e.poke <- struct{}{}:
	default:
	}
}

// wakeWaiting has the waiting enquiries routed again.
func (e *engine) wakeWaiting() {
	e.recheck.Store(true)
	e.pokeNow()
}

// within returns a context that ends after d of real time, because it bounds I/O or the host's code.
func within(parent context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(parent, d) //nolint:forbidigo // bounds I/O and the host's code: real time
}
