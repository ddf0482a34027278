package webhook

import (
	"container/list"
	"hash/maphash"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Bounds of what a deferral without a known end asks for.
const (
	minDeferral = 10 * time.Millisecond
	maxDeferral = time.Second
	maxSpread   = time.Minute
)

// gates holds a gate for each origin in use, at most limits.origins of them. One
// mutex guards them all: what happens under it takes well under a microsecond,
// does no I/O and calls nobody.
type gates struct {
	limits limits
	seed   maphash.Seed

	mu       sync.Mutex
	inFlight int
	byOrigin map[string]*gate
	recent   *list.List // of *gate, the latest used first
}

// limits are the same for every origin.
type limits struct {
	rate      rate.Limit
	burst     int
	each, all int // in flight
	origins   int
	breaker   Breaker // Failures < 0: none
}

// A gate is what is known of one origin: plain data, guarded by gates.mu.
type gate struct {
	origin   string
	place    *list.Element
	limiter  *rate.Limiter
	inFlight int
	held     time.Time     // until when the endpoint asked us to wait
	slot     time.Time     // when the latest deferral may come again
	took     time.Duration // of an exchange, smoothed
	circuit  circuit
	healed   chan struct{} // closed when the breaker closes; nil: nobody waits
}

// A pass is the right to make one attempt; leave takes it back.
type pass struct {
	gate  *gate
	event uint64
	probe int // see circuit.begin
}

// A deferral says why there is no pass now, and when to ask again.
type deferral struct {
	why    string
	wait   time.Duration
	healed <-chan struct{} // closed early if the breaker, which is why, closes
}

func newGates(l limits) *gates {
	return &gates{limits: l, seed: maphash.MakeSeed(), byOrigin: make(map[string]*gate), recent: list.New()}
}

// enter gives a pass for the event, or says why not.
func (gs *gates) enter(origin, id string, now time.Time) (pass, deferral) {
	event := maphash.String(gs.seed, id)
	gs.mu.Lock()
	defer gs.mu.Unlock()
	g := gs.use(origin)
	if g == nil {
		return pass{}, deferral{why: "every origin that can be remembered is in use", wait: maxDeferral}
	}
	if why, wait := gs.refuse(g, event, now); wait > 0 {
		d := deferral{why: why, wait: wait}
		if g.circuit.open > 0 {
			if g.healed == nil {
				g.healed = make(chan struct{})
			}
			d.healed = g.healed
		}
		return pass{}, d
	}
	gs.inFlight++
	g.inFlight++
	return pass{gate: g, event: event, probe: g.circuit.begin(event)}, deferral{}
}

// refuse returns why the event cannot go now, and how long it has to wait. A
// token of the rate is only taken when nothing else is in the way.
func (gs *gates) refuse(g *gate, event uint64, now time.Time) (string, time.Duration) {
	if wait := g.held.Sub(now); wait > 0 {
		return "the endpoint asked to wait", wait
	}
	if wait := g.circuit.ask(event, now); wait > 0 {
		if g.circuit.probing {
			return "the endpoint is being probed", gs.spread(g, now, wait)
		}
		return "the endpoint's breaker is open", wait
	}
	if g.inFlight >= gs.limits.each {
		return "as many requests as allowed are in flight to the endpoint", gs.spread(g, now, g.turn(gs.limits.each))
	}
	// The first request to an origin has its place in any case, so that those who
	// hold all places cannot keep an endpoint of somebody else waiting.
	if gs.inFlight >= gs.limits.all && g.inFlight > 0 {
		return "as many requests as allowed are in flight", gs.spread(g, now, g.turn(gs.limits.each))
	}
	if reservation := g.limiter.ReserveN(now, 1); reservation.DelayFrom(now) > 0 {
		wait := reservation.DelayFrom(now)
		reservation.CancelAt(now)
		return "the endpoint's rate is used up", gs.spread(g, now, wait)
	}
	return "", 0
}

// turn estimates when one of n places becomes free.
func (g *gate) turn(n int) time.Duration {
	return min(max(g.took/time.Duration(n), minDeferral), maxDeferral)
}

// spread gives each of many deferrals at one moment a time of its own, as far
// apart as the rate lets them pass, so that they do not all come back at once.
func (gs *gates) spread(g *gate, now time.Time, wait time.Duration) time.Duration {
	slot := now.Add(wait)
	if slot.Before(g.slot) {
		slot = g.slot
	}
	if ahead := slot.Sub(now) - wait; ahead > maxSpread {
		return wait + maxSpread/2 + rand.N(maxSpread/2) //nolint:gosec // spreading needs no secret randomness
	}
	apart := g.turn(gs.limits.each) / 10
	if gs.limits.rate < rate.Inf {
		apart = time.Duration(min(float64(time.Second)/float64(gs.limits.rate), float64(maxSpread)))
	}
	g.slot = slot.Add(apart)
	return slot.Sub(now)
}

// leave takes a pass back and notes what the attempt came to. It reports what
// that did to the breaker.
func (gs *gates) leave(p pass, v verdict, took time.Duration, now time.Time) (opened, healed bool) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	g := p.gate
	gs.inFlight--
	g.inFlight--
	if v.hold > 0 {
		if until := now.Add(v.hold); until.After(g.held) {
			g.held = until
		}
	}
	g.took += (took - g.took) / 8
	switch breaker := &gs.limits.breaker; {
	case breaker.Failures < 0:
	case v.cause == nil:
		healed = g.succeed(breaker, p.event, now)
	case v.counts:
		opened = g.circuit.fail(breaker, p.event, now, p.probe)
	default:
		g.circuit.release(p.probe)
	}
	return opened, healed
}

// heal notes a success outside the order of events, of a challenge.
func (gs *gates) heal(origin string, now time.Time) (healed bool) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	if g := gs.byOrigin[origin]; g != nil && g.circuit.open > 0 {
		healed = g.succeed(&gs.limits.breaker, 0, now)
	}
	return healed
}

func (g *gate) succeed(breaker *Breaker, event uint64, now time.Time) (healed bool) {
	healed = g.circuit.succeed(breaker, event, now)
	if healed {
		g.slot = time.Time{} // those who wait come anew
		if g.healed != nil {
			close(g.healed)
			g.healed = nil
		}
	}
	return healed
}

// use finds or makes the gate of an origin and marks it as the latest used. It
// returns nil if there are as many gates as allowed and requests in flight in all
// of them.
func (gs *gates) use(origin string) *gate {
	if g := gs.byOrigin[origin]; g != nil {
		gs.recent.MoveToFront(g.place)
		return g
	}
	if len(gs.byOrigin) >= gs.limits.origins && !gs.evict() {
		return nil
	}
	g := &gate{origin: origin, limiter: rate.NewLimiter(gs.limits.rate, gs.limits.burst)}
	g.place = gs.recent.PushFront(g)
	gs.byOrigin[origin] = g
	return g
}

// evict forgets an origin that was not used for long: of the last few, the first
// that nothing bad is known of, else the very last. Those in flight stay. It
// reports whether there was one to forget.
func (gs *gates) evict() bool {
	var victim *gate
	looked := 0
	for e := gs.recent.Back(); e != nil && (victim == nil || looked < 32); e = e.Prev() {
		g := e.Value.(*gate)
		looked++
		if g.inFlight > 0 {
			continue
		}
		if victim == nil {
			victim = g
		}
		if g.circuit.idle() {
			victim = g
			break
		}
	}
	if victim == nil {
		return false
	}
	gs.recent.Remove(victim.place)
	delete(gs.byOrigin, victim.origin)
	return true
}
