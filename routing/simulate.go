package routing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// Simulation is a stream of enquiries and of what happens around them, recorded or made up, that [Simulate]
// lets a plan work on. Only Enquiries is required.
type Simulation struct {
	// Enquiries are in order of Enquiry.At. Tried is ignored. LastStaff and LastAt count until the same
	// visitor was served within the simulation.
	Enquiries iter.Seq[Enquiry]
	// Presence are changes of who is there, in order of their At. Nil means that everybody is Active and
	// without limit. Load is counted by the simulation, on top of the Load given.
	Presence iter.Seq[PresenceChange]
	// Answer says how long after an offer a destination answers it, and whether it accepts. An answer after
	// the offer's Wait comes too late. Nil: everybody accepts at once.
	Answer func(e Enquiry, d Destination) (after time.Duration, accepts bool)
	// Handle says how long a destination is busy with an enquiry that it accepted. Nil: no time.
	Handle func(e Enquiry, d Destination) time.Duration
	// OfferWait is how long an offer stands when the decision does not say; 0 = 60 s.
	OfferWait time.Duration
	// MaxWait is how long after its arrival an enquiry that nobody can be offered is given up; 0 = 60 s,
	// negative = at once.
	MaxWait time.Duration
}

// PresenceChange sets the state of a destination from a moment on.
type PresenceChange struct {
	At          time.Time   `json:"at"`
	Destination Destination `json:"destination"`
	State       State       `json:"state"`
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
	Destination Destination   `json:"destination"`
	FirstOffers int           `json:"first_offers"` // enquiries offered to it first
	Offers      int           `json:"offers"`
	Accepted    int           `json:"accepted"`
	Handling    time.Duration `json:"handling"` // in all
	Peak        int           `json:"peak"`     // enquiries handled at the same time, at most
}

// Simulate lets a plan route a stream of enquiries in simulated time and counts what becomes of them. It is
// pure: counters begin anew and those of the plan do not move, nothing sleeps, no clock is read, and the same
// input gives the same result. Only a [Custom] of the plan is really asked. It holds the live enquiries, one
// wait for each accepted enquiry and one entry for each visitor in memory.
//
// It returns an error if p is nil, ctx ends, there are no Enquiries, or a stream is not in order of time.
func Simulate(ctx context.Context, p *Plan, s Simulation) (Simulated, error) {
	if s.Enquiries == nil {
		return Simulated{}, errors.New("routing: a simulation needs enquiries")
	}
	fresh, err := New(p.Rule())
	if err != nil {
		return Simulated{}, err
	}
	w := newWorld(ctx, fresh, s)
	if err := w.run(); err != nil {
		return Simulated{}, fmt.Errorf("routing: simulate: %w", err)
	}
	return w.sum(), nil
}

// arrivals merges the two streams into events. Changes of presence come before enquiries of the same moment.
type arrivals struct {
	enquiry func() (Enquiry, bool)
	change  func() (PresenceChange, bool)

	nextEnquiry Enquiry
	nextChange  PresenceChange
	hasEnquiry  bool
	hasChange   bool
}

func (a *arrivals) pullEnquiry() error {
	last := a.nextEnquiry.At
	had := a.hasEnquiry
	if a.nextEnquiry, a.hasEnquiry = a.enquiry(); had && a.hasEnquiry && a.nextEnquiry.At.Before(last) {
		return fmt.Errorf("enquiry %q at %v comes after one at %v", a.nextEnquiry.ID, a.nextEnquiry.At, last)
	}
	return nil
}

func (a *arrivals) pullChange() error {
	last := a.nextChange.At
	had := a.hasChange
	if a.nextChange, a.hasChange = a.change(); had && a.hasChange && a.nextChange.At.Before(last) {
		return fmt.Errorf("the change of %v at %v comes after one at %v", a.nextChange.Destination, a.nextChange.At, last)
	}
	return nil
}

// defaults of a simulation, those of a channel.
func (s Simulation) withDefaults() Simulation {
	s.OfferWait = cmp.Or(s.OfferWait, time.Minute)
	s.MaxWait = max(0, cmp.Or(s.MaxWait, time.Minute))
	if s.Answer == nil {
		s.Answer = func(Enquiry, Destination) (time.Duration, bool) { return 0, true }
	}
	if s.Handle == nil {
		s.Handle = func(Enquiry, Destination) time.Duration { return 0 }
	}
	return s
}
