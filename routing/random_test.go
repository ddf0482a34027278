package routing_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/usherchat/usher/routing"
)

var people = func() (all []routing.Destination) {
	for i := range 8 {
		all = append(all, routing.Staff(string(rune('a'+i))))
	}
	return append(all, routing.Team("t"), routing.Bot("b"))
}()

// randomRule makes a rule that New accepts, at most depth levels deep.
func randomRule(rnd *rand.Rand, depth int, at time.Time) routing.Rule {
	someone := func() routing.Destination { return people[rnd.IntN(len(people))] }
	if depth <= 1 {
		return someone()
	}
	switch rnd.IntN(8) {
	case 0:
		return someone()
	case 1:
		r := make(routing.Alternative, 1+rnd.IntN(3))
		for i := range r {
			r[i] = randomRule(rnd, depth-1, at)
		}
		return r
	case 2, 3:
		return randomPercentage(rnd, depth, at)
	case 4:
		r := randomTime(rnd, []string{"", "Asia/Tokyo", "America/Sao_Paulo"}[rnd.IntN(3)], at)
		for i := range r.Conditions {
			r.Conditions[i].Then = randomRule(rnd, depth-1, at)
		}
		for i := range r.Dates {
			if r.Dates[i].Then != nil {
				r.Dates[i].Then = randomRule(rnd, depth-1, at)
			}
		}
		return r
	case 5:
		return routing.Sticky{For: time.Duration(rnd.IntN(3)) * 24 * time.Hour, Then: randomRule(rnd, depth-1, at)}
	case 6:
		return randomCustom(rnd, someone)
	default:
		g := routing.Group{ID: fmt.Sprint("g", rnd.IntN(3)), Method: []routing.Method{routing.FixedOrder, routing.RoundRobin, routing.MostIdle, routing.Simultaneous}[rnd.IntN(4)]}
		for _, i := range rnd.Perm(len(people))[:1+rnd.IntN(5)] {
			g.Members = append(g.Members, people[i])
		}
		return g
	}
}

func randomPercentage(rnd *rand.Rand, depth int, at time.Time) routing.Rule {
	k := 1 + rnd.IntN(4)
	parts := randomSplit(rnd, k, 10_000, 1)
	var r routing.Percentage
	for _, p := range parts {
		r = append(r, routing.Share{Percent: float64(p) / 100, To: randomRule(rnd, depth-1, at)})
	}
	if rnd.IntN(3) == 0 {
		r = append(r, routing.Share{To: routing.Team("drained")})
	}
	return r
}

func randomCustom(rnd *rand.Rand, someone func() routing.Destination) routing.Rule {
	s := stub{}
	switch rnd.IntN(6) {
	case 0:
		s.err = errors.New("stub")
	case 1:
		s.panic = true
	default:
		s.d.Outcome = routing.Outcome(rnd.IntN(4))
		if s.d.Outcome == routing.Offer {
			s.d.Destinations = []routing.Destination{someone()}
		}
	}
	c := routing.Custom{Name: "stub", Router: s}
	if rnd.IntN(2) == 0 {
		c.Router = peekStub{s}
	}
	return c
}

func randomEnquiry(rnd *rand.Rand, at time.Time) routing.Enquiry {
	e := routing.Enquiry{ID: "1", At: at.Add(time.Duration(rnd.IntN(4*24*60)-2*24*60) * time.Minute)}
	if rnd.IntN(2) == 0 {
		for _, i := range rnd.Perm(len(people))[:rnd.IntN(len(people))] {
			e.Tried = append(e.Tried, people[i])
		}
	}
	if rnd.IntN(2) == 0 {
		e.LastStaff = people[rnd.IntN(8)].ID
		e.LastAt = e.At.Add(-time.Duration(rnd.IntN(72)) * time.Hour)
	}
	return e
}

func randomStates(rnd *rand.Rand) states {
	ps := make(states)
	for _, d := range people {
		if rnd.IntN(6) == 0 {
			continue // not known
		}
		ps[d] = routing.State{
			Status: []routing.Status{routing.Active, routing.Active, routing.Idle, routing.Busy, routing.Offline}[rnd.IntN(5)],
			Load:   rnd.IntN(4), Capacity: rnd.IntN(4), Since: time.Unix(rnd.Int64N(3), 0),
		}
	}
	return ps
}
