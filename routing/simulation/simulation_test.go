package simulation_test

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/routing/simulation"
)

var (
	monday  = time.Date(2026, time.March, 2, 10, 0, 0, 0, time.UTC)
	allDays = []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	people  = []routing.Destination{routing.Staff("a"), routing.Staff("b"), routing.Staff("c"), routing.Staff("d"), routing.Team("t"), routing.Bot("b")}
)

func newPlan(tb testing.TB, r routing.Rule) *routing.Plan {
	tb.Helper()
	p, err := routing.New(r)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// failing is a Router of the host that cannot decide.
func failing(context.Context, routing.Enquiry, routing.Presence) (routing.Decision, error) {
	return routing.Decision{}, errors.New("down")
}

// randomRule makes a rule that New may accept, at most depth levels deep.
func randomRule(rnd *rand.Rand, depth int) routing.Rule {
	someone := people[rnd.IntN(len(people))]
	if depth <= 1 {
		return someone
	}
	below := func() routing.Rule { return randomRule(rnd, depth-1) }
	switch rnd.IntN(6) {
	case 0:
		return routing.Alternative{below(), below()}
	case 1:
		return routing.Percentage{{Percent: 70, To: below()}, {Percent: 30, To: below()}}
	case 2:
		from := rnd.IntN(20) // hours
		return routing.Time{Conditions: []routing.Condition{{Days: allDays, From: routing.At(from, 0), To: routing.At(from+2, 0), Then: below()}}, Otherwise: below()}
	case 3:
		return routing.Sticky{Then: below()}
	case 4:
		return routing.Alternative{routing.Custom{Name: "down", Router: routing.RouterFunc(failing)}, below()}
	default:
		methods := []routing.Method{routing.FixedOrder, routing.RoundRobin, routing.MostIdle, routing.Simultaneous}
		return routing.Group{ID: strconv.Itoa(rnd.IntN(3)), Method: methods[rnd.IntN(len(methods))], Members: people[:1+rnd.IntN(len(people))]}
	}
}

// arrivals yields n enquiries, one every so often from monday on.
func arrivals(n int, every time.Duration) iter.Seq[routing.Enquiry] {
	return func(yield func(routing.Enquiry) bool) {
		for i := range n {
			if !yield(routing.Enquiry{ID: strconv.Itoa(i), At: monday.Add(time.Duration(i) * every)}) {
				return
			}
		}
	}
}

func TestSimulate(t *testing.T) {
	t.Parallel()
	ann, bob := routing.Staff("ann"), routing.Staff("bob")
	busy := func(d time.Duration) func(routing.Enquiry, routing.Destination) time.Duration {
		return func(routing.Enquiry, routing.Destination) time.Duration { return d }
	}
	atWork := func(capacity int) iter.Seq[simulation.PresenceChange] {
		return slices.Values([]simulation.PresenceChange{
			{At: monday.Add(-time.Hour), Destination: ann, State: routing.State{Status: routing.Active, Capacity: capacity}},
			{At: monday.Add(30 * time.Second), Destination: bob, State: routing.State{Status: routing.Active, Capacity: capacity}},
		})
	}
	waits := func(all ...time.Duration) simulation.Waits {
		n := len(all)
		var sum time.Duration
		for _, d := range all {
			sum += d
		}
		return simulation.Waits{Count: n, Mean: sum / time.Duration(n), P50: all[(n+1)/2-1], P90: all[n-1], P99: all[n-1], Max: all[n-1]}
	}
	tests := []struct {
		name string
		rule routing.Rule
		s    simulation.Simulation
		want simulation.Simulated
	}{
		{
			name: "everybody answers at once",
			rule: routing.Percentage{{Percent: 60, To: ann}, {Percent: 40, To: bob}},
			s:    simulation.Simulation{Enquiries: arrivals(5, time.Second)},
			want: simulation.Simulated{
				Enquiries: 5, Accepted: 5, Waits: simulation.Waits{Count: 5},
				ByDestination: []simulation.SimulatedLoad{{Destination: ann, FirstOffers: 3, Offers: 3, Accepted: 3, Peak: 1}, {Destination: bob, FirstOffers: 2, Offers: 2, Accepted: 2, Peak: 1}},
			},
		},
		{
			name: "one never answers",
			rule: routing.Alternative{routing.Group{ID: "g", Method: routing.FixedOrder, Members: []routing.Destination{ann}, Wait: 20 * time.Second}, bob},
			s: simulation.Simulation{Enquiries: arrivals(2, time.Hour), Answer: func(_ routing.Enquiry, d routing.Destination) (time.Duration, bool) {
				if d == ann {
					return time.Hour, true
				}
				return 3 * time.Second, true
			}},
			want: simulation.Simulated{
				Enquiries: 2, Accepted: 2, Waits: waits(23*time.Second, 23*time.Second),
				ByDestination: []simulation.SimulatedLoad{{Destination: ann, FirstOffers: 2, Offers: 2}, {Destination: bob, Offers: 2, Accepted: 2, Peak: 1}},
			},
		},
		{
			name: "all decline",
			rule: routing.Alternative{ann, bob},
			s:    simulation.Simulation{Enquiries: arrivals(1, 0), Answer: func(routing.Enquiry, routing.Destination) (time.Duration, bool) { return time.Second, false }},
			want: simulation.Simulated{Enquiries: 1, Exhausted: 1, ByDestination: []simulation.SimulatedLoad{{Destination: ann, FirstOffers: 1, Offers: 1}, {Destination: bob, Offers: 1}}},
		},
		{
			name: "together, the quicker one wins",
			rule: routing.Group{ID: "g", Method: routing.Simultaneous, Members: []routing.Destination{ann, bob}},
			s: simulation.Simulation{Enquiries: arrivals(1, 0), Answer: func(_ routing.Enquiry, d routing.Destination) (time.Duration, bool) {
				return map[string]time.Duration{"ann": 9 * time.Second, "bob": 4 * time.Second}[d.ID], true
			}},
			want: simulation.Simulated{Enquiries: 1, Accepted: 1, Waits: waits(4 * time.Second), ByDestination: []simulation.SimulatedLoad{{Destination: ann, FirstOffers: 1, Offers: 1}, {Destination: bob, FirstOffers: 1, Offers: 1, Accepted: 1, Peak: 1}}},
		},
		{
			name: "closed half of the time",
			rule: routing.Time{Conditions: []routing.Condition{{Days: []time.Weekday{time.Monday}, From: routing.At(9, 0), To: routing.At(18, 0), Then: ann}}},
			s:    simulation.Simulation{Enquiries: arrivals(10, 2*time.Hour)}, // 10:00, 12:00, 14:00, 16:00, 18:00 …
			want: simulation.Simulated{Enquiries: 10, Accepted: 4, Closed: 6, Waits: simulation.Waits{Count: 4}, ByDestination: []simulation.SimulatedLoad{{Destination: ann, FirstOffers: 4, Offers: 4, Accepted: 4, Peak: 1}}},
		},
		{
			// Ann takes the first, at once; bob the second, when he comes after 30 s; ann the third, when she is free
			// after 75 s. The others wait 60 s in vain.
			name: "waiting for room",
			rule: routing.Alternative{ann, bob},
			s:    simulation.Simulation{Enquiries: arrivals(5, 10*time.Second), Presence: atWork(1), Handle: busy(75 * time.Second)},
			want: simulation.Simulated{
				Enquiries: 5, Accepted: 3, Missed: 2, Waits: waits(0, 20*time.Second, 55*time.Second),
				ByDestination: []simulation.SimulatedLoad{
					{Destination: ann, FirstOffers: 2, Offers: 2, Accepted: 2, Handling: 150 * time.Second, Peak: 1},
					{Destination: bob, FirstOffers: 1, Offers: 1, Accepted: 1, Handling: 75 * time.Second, Peak: 1},
				},
			},
		},
		{
			name: "waiting for a window to open",
			rule: routing.Alternative{routing.Staff("away"), routing.Time{Conditions: []routing.Condition{{Days: allDays, From: routing.At(10, 1), To: routing.At(11, 0), Then: ann}}}},
			s:    simulation.Simulation{Enquiries: arrivals(1, 0), Presence: atWork(1), MaxWait: 2 * time.Minute},
			want: simulation.Simulated{Enquiries: 1, Accepted: 1, Waits: waits(time.Minute), ByDestination: []simulation.SimulatedLoad{{Destination: ann, FirstOffers: 1, Offers: 1, Accepted: 1, Peak: 1}}},
		},
		{
			// The second waits for the one place until the first is declined, after 20 s.
			name: "waiting for an offer to end",
			rule: ann,
			s: simulation.Simulation{
				Enquiries: arrivals(2, 10*time.Second), Presence: atWork(1),
				Answer: func(e routing.Enquiry, _ routing.Destination) (time.Duration, bool) {
					if e.ID == "0" {
						return 20 * time.Second, false
					}
					return time.Second, true
				},
			},
			want: simulation.Simulated{Enquiries: 2, Accepted: 1, Exhausted: 1, Waits: waits(11 * time.Second), ByDestination: []simulation.SimulatedLoad{{Destination: ann, FirstOffers: 2, Offers: 2, Accepted: 1, Peak: 1}}},
		},
		{
			name: "no waiting",
			rule: ann, s: simulation.Simulation{Enquiries: arrivals(2, time.Second), Presence: atWork(1), Handle: busy(time.Minute), MaxWait: -1},
			want: simulation.Simulated{Enquiries: 2, Accepted: 1, Missed: 1, Waits: simulation.Waits{Count: 1}, ByDestination: []simulation.SimulatedLoad{{Destination: ann, FirstOffers: 1, Offers: 1, Accepted: 1, Handling: time.Minute, Peak: 1}}},
		},
		{
			name: "a custom that fails",
			rule: routing.Custom{Name: "mine", Router: routing.RouterFunc(failing)}, s: simulation.Simulation{Enquiries: arrivals(2, time.Second)},
			want: simulation.Simulated{Enquiries: 2, Failed: 2},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlan(t, tt.rule)
			for range 2 { // the second time alike: nothing of the plan moved
				got, err := simulation.Simulate(t.Context(), p, tt.s)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("Simulate (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// TestSimulateSticky: the simulation remembers who served a visitor.
func TestSimulateSticky(t *testing.T) {
	t.Parallel()
	r := routing.Percentage{{Percent: 50, To: routing.Staff("a")}, {Percent: 50, To: routing.Staff("b")}}
	visits := func(yield func(routing.Enquiry) bool) {
		for i := range 9 {
			if !yield(routing.Enquiry{Visitor: "v", At: monday.Add(time.Duration(i) * time.Minute)}) {
				return
			}
		}
	}
	got, err := simulation.Simulate(t.Context(), newPlan(t, routing.Sticky{Then: r}), simulation.Simulation{Enquiries: visits})
	if err != nil || len(got.ByDestination) != 1 || got.ByDestination[0].Accepted != 9 {
		t.Errorf("Simulate = %+v, %v; want one destination for all", got, err)
	}
}

// TestSimulateAddsUp: over random traffic every enquiry comes to one end, and the loads agree with that.
func TestSimulateAddsUp(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		rnd := rand.New(rand.NewPCG(31, seed))
		r := randomRule(rnd, 4)
		p, err := routing.New(r)
		if err != nil {
			continue
		}
		traffic := func() simulation.Simulation {
			rnd := rand.New(rand.NewPCG(37, seed))
			return simulation.Simulation{
				Enquiries: func(yield func(routing.Enquiry) bool) {
					at := monday
					for i := range 500 {
						at = at.Add(time.Duration(rnd.IntN(60)) * time.Second)
						if !yield(routing.Enquiry{ID: strconv.Itoa(i), Visitor: strconv.Itoa(rnd.IntN(50)), At: at}) {
							return
						}
					}
				},
				Presence: func(yield func(simulation.PresenceChange) bool) {
					rnd := rand.New(rand.NewPCG(41, seed))
					at := monday
					for range 300 {
						at = at.Add(time.Duration(rnd.IntN(60)) * time.Second)
						if !yield(simulation.PresenceChange{At: at, Destination: people[rnd.IntN(len(people))], State: routing.State{Status: routing.Active, Capacity: 1 + rnd.IntN(2)}}) {
							return
						}
					}
				},
				Answer: func(routing.Enquiry, routing.Destination) (time.Duration, bool) {
					return time.Duration(rnd.IntN(90)) * time.Second, rnd.IntN(3) > 0
				},
				Handle: func(routing.Enquiry, routing.Destination) time.Duration {
					return time.Duration(rnd.IntN(300)) * time.Second
				},
			}
		}
		got, err := simulation.Simulate(t.Context(), p, traffic())
		if err != nil {
			t.Fatal(err)
		}
		accepted, first := 0, 0
		for _, l := range got.ByDestination {
			accepted += l.Accepted
			first += l.FirstOffers
			if l.Peak > 2 && l.Destination.ID != "t" && l.Destination.ID != "b" {
				t.Errorf("%v handled %d at once, over its capacity", l.Destination, l.Peak)
			}
		}
		if sum := got.Accepted + got.Closed + got.Exhausted + got.Missed + got.Failed; sum != 500 || got.Enquiries != 500 || accepted != got.Accepted || got.Waits.Count != accepted || first < accepted-got.Enquiries {
			t.Errorf("the books do not balance: %+v", got)
		}
		again, err := simulation.Simulate(t.Context(), p, traffic())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got, again); diff != "" {
			t.Errorf("the second run differs:\n%s", diff)
		}
	}
}

func TestSimulateFaults(t *testing.T) {
	t.Parallel()
	p := newPlan(t, routing.Staff("a"))
	backwards := slices.Values([]routing.Enquiry{{At: monday}, {At: monday.Add(-1)}})
	restless := slices.Values([]simulation.PresenceChange{{At: monday}, {At: monday.Add(-1)}})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name string
		ctx  context.Context
		p    *routing.Plan
		s    simulation.Simulation
	}{
		{"no plan", t.Context(), nil, simulation.Simulation{Enquiries: arrivals(1, 0)}},
		{"no enquiries", t.Context(), p, simulation.Simulation{}},
		{"backwards", t.Context(), p, simulation.Simulation{Enquiries: backwards}},
		{"presence backwards", t.Context(), p, simulation.Simulation{Enquiries: arrivals(5, time.Hour), Presence: restless}},
		{"cancelled", gone, p, simulation.Simulation{Enquiries: arrivals(1, 0)}},
	} {
		if got, err := simulation.Simulate(tt.ctx, tt.p, tt.s); err == nil {
			t.Errorf("%s: Simulate = %+v without an error", tt.name, got)
		}
	}
}
