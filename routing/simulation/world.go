package simulation

import (
	"cmp"
	"container/heap"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/usherchat/usher/routing"
)

// A world is a simulation under way.
type world struct {
	ctx      context.Context //nolint:containedctx // a world lives no longer than Simulate
	plan     *routing.Plan
	s        Simulation
	presence *presence
	due      agenda
	serial   int
	last     map[string]lastServed // by visitor
	queue    []*live               // waiting, oldest first
	result   Simulated
	loads    map[routing.Destination]*SimulatedLoad
	waits    []time.Duration
}

type lastServed struct {
	staff string
	at    time.Time
}

// maxOffers is after how many offers an enquiry counts as exhausted: a Custom may offer to the same ones for
// ever.
const maxOffers = 100

// A live enquiry is one that nobody accepted yet.
type live struct {
	e        routing.Enquiry
	arrived  time.Time
	deadline time.Time
	offer    []routing.Destination // open now
	offers   int                   // so far
	waiting  bool
	failed   bool // the latest decision was an error
	over     bool
}

func newWorld(ctx context.Context, p *routing.Plan, s Simulation) *world {
	w := &world{ctx: ctx, plan: p, s: s.withDefaults(), last: make(map[string]lastServed)}
	w.presence = newPresence(s.Presence == nil)
	w.loads = make(map[routing.Destination]*SimulatedLoad)
	return w
}

// run takes what comes next, from the streams or from the agenda, until nothing is left.
func (w *world) run() error {
	var a arrivals
	var stopEnquiries, stopChanges func()
	a.enquiry, stopEnquiries = iter.Pull(w.s.Enquiries)
	defer stopEnquiries()
	a.change = func() (PresenceChange, bool) { return PresenceChange{}, false }
	if w.s.Presence != nil {
		a.change, stopChanges = iter.Pull(w.s.Presence)
		defer stopChanges()
	}
	if err := a.pullEnquiry(); err != nil {
		return err
	}
	if err := a.pullChange(); err != nil {
		return err
	}
	for a.hasEnquiry || len(w.due) > 0 {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		if err := w.step(&a); err != nil {
			return err
		}
	}
	return nil
}

// step does the earliest thing. At one moment what is due comes first, then changes of presence, then
// enquiries.
func (w *world) step(a *arrivals) error {
	switch {
	case len(w.due) > 0 && (!a.hasEnquiry || !a.nextEnquiry.At.Before(w.due[0].at)) && (!a.hasChange || !a.nextChange.At.Before(w.due[0].at)):
		next, _ := heap.Pop(&w.due).(event)
		next.do(next.at)
		return nil
	case a.hasChange && (!a.hasEnquiry || !a.nextEnquiry.At.Before(a.nextChange.At)):
		c := a.nextChange
		w.presence.states[c.Destination] = c.State
		w.retry(c.At)
		return a.pullChange()
	default:
		w.arrive(a.nextEnquiry)
		return a.pullEnquiry()
	}
}

func (w *world) arrive(e routing.Enquiry) {
	w.result.Enquiries++
	e.Tried = nil
	if l, ok := w.last[e.Visitor]; ok {
		e.LastStaff, e.LastAt = l.staff, l.at
	}
	w.route(&live{e: e, arrived: e.At, deadline: e.At.Add(w.s.MaxWait)}, e.At)
}

// route asks the plan and does what it says.
func (w *world) route(l *live, now time.Time) {
	l.e.At = now
	d, err := w.plan.Route(w.ctx, l.e, w.presence)
	l.failed = err != nil
	switch {
	case err == nil && d.Outcome == routing.Offer && l.offers < maxOffers:
		l.offers++
		w.offer(l, d, now)
	case err == nil && d.Outcome == routing.Closed:
		w.result.Closed++
		w.finish(l)
	case err == nil && (d.Outcome == routing.Exhausted || d.Outcome == routing.Offer):
		w.result.Exhausted++
		w.finish(l)
	case !now.Before(l.deadline):
		w.giveUp(l)
	case !l.waiting:
		l.waiting = true
		w.queue = append(w.queue, l)
		w.at(l.deadline, func(time.Time) {
			if l.waiting {
				w.giveUp(l)
			}
		})
		w.watch(l, now)
	}
}

// watch routes a waiting enquiry again whenever the rule in force becomes another.
func (w *world) watch(l *live, now time.Time) {
	next, ok := w.plan.NextChange(now)
	if !ok || !next.Before(l.deadline) {
		return
	}
	w.at(next, func(now time.Time) {
		if l.waiting {
			w.route(l, now)
		}
		if l.waiting {
			w.watch(l, now)
		}
	})
}

// giveUp ends an enquiry that nobody could be offered.
func (w *world) giveUp(l *live) {
	if l.failed {
		w.result.Failed++
	} else {
		w.result.Missed++
	}
	w.finish(l)
}

func (w *world) finish(l *live) {
	l.over = true
	w.leaveQueue(l)
}

func (w *world) leaveQueue(l *live) {
	if l.waiting {
		l.waiting = false
		w.queue = slices.DeleteFunc(w.queue, func(other *live) bool { return other == l })
	}
}

// offer makes an offer and books what comes of it.
func (w *world) offer(l *live, d routing.Decision, now time.Time) {
	w.leaveQueue(l)
	wait := cmp.Or(d.Wait, w.s.OfferWait)
	l.offer = d.Destinations
	var takers []taker
	over := now // when the last one has declined
	for _, to := range l.offer {
		load := w.of(to)
		load.Offers++
		if len(l.e.Tried) == 0 {
			load.FirstOffers++
		}
		after, accepts := w.s.Answer(l.e, to)
		after = max(0, after)
		if accepts && after <= wait {
			takers = append(takers, taker{to: to, at: now.Add(after)})
			continue
		}
		if at := now.Add(min(after, wait)); at.After(over) {
			over = at
		}
	}
	slices.SortStableFunc(takers, func(a, b taker) int { return a.at.Compare(b.at) })
	w.hold(l, 1)
	w.await(l, takers, over)
}

// A taker is somebody who will accept an offer.
type taker struct {
	to routing.Destination
	at time.Time
}

// await books the first acceptance, or the end of the offer. Who has no room any more cannot accept.
func (w *world) await(l *live, takers []taker, over time.Time) {
	if len(takers) == 0 {
		w.at(over, func(now time.Time) { w.expire(l, now) })
		return
	}
	w.at(takers[0].at, func(now time.Time) {
		s := w.presence.State(takers[0].to)
		if len(l.offer) == 1 {
			s.Load-- // the offer itself
		}
		if s.Capacity == 0 || s.Load < s.Capacity {
			w.accept(l, takers[0].to, now)
			return
		}
		if now.After(over) {
			over = now
		}
		w.await(l, takers[1:], over)
	})
}

// expire ends an offer that nobody accepted.
func (w *world) expire(l *live, now time.Time) {
	w.hold(l, -1)
	w.retry(now) // those who wait came before, or were passed over for want of this one
	l.e.Tried = append(slices.Clip(l.e.Tried), l.offer...)
	w.route(l, now)
}

// hold counts an offer to one destination alone as load, as a channel does.
func (w *world) hold(l *live, n int) {
	if len(l.offer) == 1 {
		w.presence.offers[l.offer[0]] += n
	}
}

func (w *world) accept(l *live, by routing.Destination, now time.Time) {
	w.hold(l, -1)
	w.finish(l)
	w.result.Accepted++
	w.waits = append(w.waits, now.Sub(l.arrived))
	if by.Kind == routing.KindStaff && l.e.Visitor != "" {
		w.last[l.e.Visitor] = lastServed{staff: by.ID, at: now}
	}
	handle := max(0, w.s.Handle(l.e, by))
	w.presence.handling[by]++
	load := w.of(by)
	load.Accepted++
	load.Handling += handle
	load.Peak = max(load.Peak, w.presence.handling[by])
	w.at(now.Add(handle), func(now time.Time) {
		w.presence.handling[by]--
		w.presence.since[by] = now
		w.retry(now)
	})
}

// retry routes the waiting again, the oldest first.
func (w *world) retry(now time.Time) {
	for _, l := range slices.Clone(w.queue) {
		if l.waiting {
			w.route(l, now)
		}
	}
}

// of returns what a destination got so far.
func (w *world) of(d routing.Destination) *SimulatedLoad {
	if w.loads[d] == nil {
		w.loads[d] = &SimulatedLoad{Destination: d}
	}
	return w.loads[d]
}

// sum closes the books.
func (w *world) sum() Simulated {
	for _, load := range w.loads {
		w.result.ByDestination = append(w.result.ByDestination, *load)
	}
	slices.SortFunc(w.result.ByDestination, func(a, b SimulatedLoad) int {
		return cmp.Or(cmp.Compare(a.Destination.Kind, b.Destination.Kind), cmp.Compare(a.Destination.ID, b.Destination.ID))
	})
	w.result.Waits = newWaits(w.waits)
	return w.result
}

func (w *world) at(t time.Time, do func(now time.Time)) {
	w.serial++
	heap.Push(&w.due, event{at: t, serial: w.serial, do: do})
}
