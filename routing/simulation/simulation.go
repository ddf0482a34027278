package simulation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/usherchat/usher/routing"
)

// Simulation is a stream of enquiries and of what happens around them, recorded or made up, that [Simulate]
// lets a plan work on. Only Enquiries is required.
type Simulation struct {
	// Enquiries are in order of their At. Tried is ignored. LastStaff and LastAt count until the same
	// visitor was served within the simulation.
	Enquiries iter.Seq[routing.Enquiry]
	// Presence are changes of who is there, in order of their At. Nil means that everybody is Active and
	// without limit. Load is counted by the simulation, on top of the Load given.
	Presence iter.Seq[PresenceChange]
	// Answer says how long after an offer a destination answers it, and whether it accepts. An answer after
	// the offer's Wait comes too late. Nil: everybody accepts at once.
	Answer func(e routing.Enquiry, d routing.Destination) (after time.Duration, accepts bool)
	// Handle says how long a destination is busy with an enquiry that it accepted. Nil: no time.
	Handle func(e routing.Enquiry, d routing.Destination) time.Duration
	// OfferWait is how long an offer stands when the decision does not say; 0 = 60 s.
	OfferWait time.Duration
	// MaxWait is how long after its arrival an enquiry that nobody can be offered is given up; 0 = 60 s,
	// negative = at once.
	MaxWait time.Duration
}

// PresenceChange sets the state of a destination from a moment on.
type PresenceChange struct {
	At          time.Time           `json:"at"`
	Destination routing.Destination `json:"destination"`
	State       routing.State       `json:"state"`
}

// Simulated is what became of the enquiries of a [Simulation].
type Simulated struct {
	Enquiries     int             `json:"enquiries"`
	Accepted      int             `json:"accepted"`
	Closed        int             `json:"closed"`                   // outside opening hours
	Exhausted     int             `json:"exhausted"`                // offered to all, and nobody accepted
	Missed        int             `json:"missed"`                   // nobody could be offered to within MaxWait
	Failed        int             `json:"failed"`                   // the plan could not decide until MaxWait
	Waits         Waits           `json:"waits"`                    // from arrival to acceptance
	ByDestination []SimulatedLoad `json:"by_destination,omitempty"` // by kind and id
}

// SimulatedLoad is what one destination got.
type SimulatedLoad struct {
	Destination routing.Destination `json:"destination"`
	FirstOffers int                 `json:"first_offers"` // enquiries offered to it first
	Offers      int                 `json:"offers"`
	Accepted    int                 `json:"accepted"`
	Handling    time.Duration       `json:"handling"` // in all
	Peak        int                 `json:"peak"`     // enquiries handled at the same time, at most
}

// Simulate lets a plan route a stream of enquiries in simulated time and counts what becomes of them. It is
// pure: counters begin anew and those of the plan do not move, nothing sleeps, no clock is read, and the same
// input gives the same result. Only a [routing.Custom] of the plan is really asked. It holds the live enquiries, one
// wait for each accepted enquiry and one entry for each visitor in memory.
//
// It returns an error if p is nil, ctx ends, there are no Enquiries, or a stream is not in order of time.
func Simulate(ctx context.Context, p *routing.Plan, s Simulation) (Simulated, error) {
	if s.Enquiries == nil {
		return Simulated{}, errors.New("simulation: it needs enquiries")
	}
	if p.Rule() == nil {
		return Simulated{}, errors.New("simulation: it needs a plan that routing.New made")
	}
	w := newWorld(ctx, p.Fixed(), s)
	if err := w.run(); err != nil {
		return Simulated{}, fmt.Errorf("simulation: %w", err)
	}
	return w.sum(), nil
}

// defaults of a simulation, those of a channel.
func (s Simulation) withDefaults() Simulation {
	s.OfferWait = cmp.Or(s.OfferWait, time.Minute)
	s.MaxWait = max(0, cmp.Or(s.MaxWait, time.Minute))
	if s.Answer == nil {
		s.Answer = func(routing.Enquiry, routing.Destination) (time.Duration, bool) { return 0, true }
	}
	if s.Handle == nil {
		s.Handle = func(routing.Enquiry, routing.Destination) time.Duration { return 0 }
	}
	return s
}

// Waits sums up durations. The zero Waits is of none.
type Waits struct {
	Count int           `json:"count"`
	Mean  time.Duration `json:"mean"`
	P50   time.Duration `json:"p50"`
	P90   time.Duration `json:"p90"`
	P99   time.Duration `json:"p99"`
	Max   time.Duration `json:"max"`
}

// newWaits sorts all and sums them up. A percentile is the smallest wait that so many per cent do not exceed.
func newWaits(all []time.Duration) Waits {
	if len(all) == 0 {
		return Waits{}
	}
	slices.Sort(all)
	var sum float64
	for _, d := range all {
		sum += float64(d)
	}
	at := func(percent int) time.Duration { return all[(len(all)*percent+99)/100-1] }
	return Waits{
		Count: len(all), Mean: time.Duration(sum / float64(len(all))),
		P50: at(50), P90: at(90), P99: at(99), Max: all[len(all)-1],
	}
}
