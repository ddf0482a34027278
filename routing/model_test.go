package routing_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/usherchat/usher/routing"
)

// A model answers what a rule should do, in the plainest way and without counters: where a percentage or a turn
// decides, every answer that they could give is listed.
type model struct {
	e     routing.Enquiry
	ps    states
	look  bool
	fails bool // a custom router was asked and failed
}

// answer is what a rule comes to; offers is empty unless the outcome is Offer.
type answer struct {
	outcome routing.Outcome
	offers  [][]routing.Destination
}

// states is a presence by hand.
type states map[routing.Destination]routing.State

func (s states) State(d routing.Destination) routing.State { return s[d] }

// stub is a Router of the host that always says the same.
type stub struct {
	d     routing.Decision
	err   error
	panic bool
}

func (s stub) Route(context.Context, routing.Enquiry, routing.Presence) (routing.Decision, error) {
	if s.panic {
		panic("stub")
	}
	return s.d, s.err
}

// peekStub is a stub that can also be looked at.
type peekStub struct{ stub }

func (s peekStub) Peek(ctx context.Context, e routing.Enquiry, p routing.Presence) (routing.Decision, error) {
	return s.Route(ctx, e, p)
}

var locations sync.Map

// location is time.LoadLocation, kept.
func location(name string) *time.Location {
	if loc, ok := locations.Load(name); ok {
		return loc.(*time.Location)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	locations.Store(name, loc)
	return loc
}

func (m *model) route(r routing.Rule) answer {
	switch r := r.(type) {
	case routing.Destination:
		return m.group(routing.Group{Method: routing.FixedOrder, Members: []routing.Destination{r}})
	case routing.Alternative:
		return m.first(r)
	case routing.Percentage:
		return m.percentage(r)
	case routing.Time:
		loc := location(r.Zone)
		var to routing.Rule
		switch i := modelBranch(r, loc, m.e.At); {
		case i >= 1000:
			to = r.Dates[i-1000].Then
		case i >= 0:
			to = r.Conditions[i].Then
		default:
			to = r.Otherwise
		}
		if to == nil {
			return answer{outcome: routing.Closed}
		}
		return m.route(to)
	case routing.Sticky:
		return m.sticky(r)
	case routing.Group:
		return m.group(r)
	case routing.Custom:
		return m.custom(r)
	}
	panic(fmt.Sprintf("no model of %T", r))
}

// first is the first offer of a list, else the outcomes combined.
func (m *model) first(rules []routing.Rule) answer {
	var all []routing.Outcome
	for _, r := range rules {
		a := m.route(r)
		if a.outcome == routing.Offer {
			return a
		}
		all = append(all, a.outcome)
	}
	for _, o := range []routing.Outcome{routing.NoneAvailable, routing.Exhausted} {
		if slices.Contains(all, o) {
			return answer{outcome: o}
		}
	}
	return answer{outcome: routing.Closed}
}

func (m *model) percentage(r routing.Percentage) answer {
	var shares []routing.Rule
	latest := -1
	for _, s := range r {
		if s.Percent > 0 {
			shares = append(shares, s.To)
		}
	}
	for i := len(m.e.Tried) - 1; i >= 0 && latest < 0; i-- {
		latest = slices.IndexFunc(shares, func(s routing.Rule) bool { return slices.Contains(below(s), m.e.Tried[i]) })
	}
	if latest >= 0 {
		return m.first(append([]routing.Rule{shares[latest]}, slices.Delete(slices.Clone(shares), latest, latest+1)...))
	}
	looking := *m
	looking.look = true
	var can, cannot []routing.Rule
	for _, s := range shares {
		if looking.route(s).outcome == routing.Offer {
			can = append(can, s)
		} else {
			cannot = append(cannot, s)
		}
	}
	var all answer
	for i := range can {
		order := append([]routing.Rule{can[i]}, slices.Delete(slices.Clone(can), i, i+1)...)
		a := m.first(append(order, cannot...))
		all.outcome = a.outcome
		all.offers = append(all.offers, a.offers...)
	}
	if len(can) == 0 {
		return m.first(shares)
	}
	return all
}

func (m *model) sticky(r routing.Sticky) answer {
	who := routing.Staff(m.e.LastStaff)
	within := r.For
	if within == 0 {
		within = 30 * 24 * time.Hour
	}
	if m.e.LastStaff == "" || m.e.At.Sub(m.e.LastAt) > within || slices.Contains(m.e.Tried, who) || !m.ps[who].Available() {
		return m.route(r.Then)
	}
	looking := *m
	looking.look = true
	if then := looking.route(r.Then); then.outcome == routing.Closed {
		return then
	}
	return answer{outcome: routing.Offer, offers: [][]routing.Destination{{who}}}
}

func (m *model) group(r routing.Group) answer {
	var active, idle, all []routing.Destination
	untried := false
	for _, d := range r.Members {
		if slices.Contains(m.e.Tried, d) {
			continue
		}
		untried = true
		s := m.ps[d]
		if s.Status == "" && d.Kind != routing.KindStaff {
			s.Status = routing.Active
		}
		if !s.Available() {
			continue
		}
		all = append(all, d)
		if s.Status == routing.Active {
			active = append(active, d)
		} else {
			idle = append(idle, d)
		}
	}
	if len(all) == 0 {
		return answer{outcome: map[bool]routing.Outcome{true: routing.NoneAvailable, false: routing.Exhausted}[untried]}
	}
	tier := active
	if len(active) == 0 {
		tier = idle
	}
	a := answer{outcome: routing.Offer}
	switch r.Method {
	case routing.Simultaneous:
		a.offers = [][]routing.Destination{all}
	case routing.RoundRobin:
		for _, d := range tier {
			a.offers = append(a.offers, []routing.Destination{d})
		}
	case routing.MostIdle:
		best := slices.MinFunc(tier, func(a, b routing.Destination) int {
			if m.ps[a].Load != m.ps[b].Load {
				return m.ps[a].Load - m.ps[b].Load
			}
			return m.ps[a].Since.Compare(m.ps[b].Since)
		})
		a.offers = [][]routing.Destination{{best}}
	default:
		a.offers = [][]routing.Destination{{tier[0]}}
	}
	return a
}

func (m *model) custom(r routing.Custom) answer {
	s, _ := r.Router.(stub)
	peeks := false
	if p, ok := r.Router.(peekStub); ok {
		s, peeks = p.stub, true
	}
	if m.look && !peeks {
		return answer{outcome: routing.Offer, offers: [][]routing.Destination{nil}}
	}
	if s.panic || s.err != nil {
		m.fails = true
		return answer{outcome: routing.NoneAvailable}
	}
	a := answer{outcome: s.d.Outcome}
	if a.outcome == routing.Offer {
		a.offers = [][]routing.Destination{s.d.Destinations}
	}
	return a
}

// below lists the destinations of a rule that are not drained.
func below(r routing.Rule) (all []routing.Destination) {
	switch r := r.(type) {
	case routing.Destination:
		return []routing.Destination{r}
	case routing.Alternative:
		for _, to := range r {
			all = append(all, below(to)...)
		}
	case routing.Percentage:
		for _, s := range r {
			if s.Percent > 0 {
				all = append(all, below(s.To)...)
			}
		}
	case routing.Time:
		for _, c := range r.Conditions {
			all = append(all, below(c.Then)...)
		}
		for _, d := range r.Dates {
			all = append(all, below(d.Then)...)
		}
		all = append(all, below(r.Otherwise)...)
	case routing.Sticky:
		return below(r.Then)
	case routing.Group:
		return r.Members
	}
	return all
}

// TestModel compares plans with the model, over random rules, enquiries and presences.
func TestModel(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(17, 17))
	at := time.Date(2018, 11, 4, 3, 0, 0, 0, time.UTC) // the hour at which Brazil skipped midnight
	plans := 0
	for plans < 2_000 {
		r := randomRule(rnd, 5, at)
		p, err := routing.New(r)
		if err != nil { // two shares came out equal
			continue
		}
		plans++
		for range 6 {
			e, ps := randomEnquiry(rnd, at), randomStates(rnd)
			m := model{e: e, ps: ps}
			want := m.route(r)
			peeked, peekErr := p.Peek(t.Context(), e, ps)
			got, err := p.Route(t.Context(), e, ps)
			report := func(what string) {
				t.Helper()
				t.Fatalf("%s\nrule %#v\nenquiry %+v\npresence %+v\nRoute = %v, %v\nPeek = %v, %v\nwant %+v", what, r, e, ps, got, err, peeked, peekErr, want)
			}
			if !slices.ContainsFunc(append(want.offers, nil), func(o []routing.Destination) bool { return slices.Equal(o, got.Destinations) }) || got.Outcome != want.outcome {
				report("another decision")
			}
			if (got.Outcome == routing.Offer) != (len(got.Destinations) > 0) {
				report("an offer to nobody, or destinations without an offer")
			}
			if err != nil && got.Outcome == routing.Offer || err != nil && !m.fails {
				report("an error")
			}
			if unasked := peeked.Outcome == routing.Offer && len(peeked.Destinations) == 0; !unasked && peekErr == nil && err == nil &&
				(peeked.Outcome != got.Outcome || !slices.Equal(peeked.Destinations, got.Destinations) || !peeked.NextOpening.Equal(got.NextOpening)) {
				report("Peek and Route differ")
			}
			if len(got.Reasons()) == 0 {
				report("no reasons")
			}
		}
	}
}
