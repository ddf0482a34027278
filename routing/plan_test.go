package routing_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/routing"
)

var monday = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// onMonday is open on Mondays 09:00–18:00 UTC, which holds at monday.
func onMonday(then routing.Rule) routing.Time {
	return routing.Time{Conditions: []routing.Condition{{Days: []time.Weekday{time.Monday}, From: routing.At(9, 0), To: routing.At(18, 0), Then: then}}}
}

func onSunday(then routing.Rule) routing.Time {
	r := onMonday(then)
	r.Conditions[0].Days = []time.Weekday{time.Sunday}
	return r
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	a, b := routing.Staff("a"), routing.Staff("b")
	up, off := routing.State{Status: routing.Active}, routing.State{Status: routing.Offline}
	tests := []struct {
		name  string
		rule  routing.Rule
		ps    routing.Presence
		tried []routing.Destination
		want  routing.Outcome
		to    string
	}{
		{name: "the first offer wins", rule: routing.Alternative{a, b}, want: routing.Offer, to: "a"},
		{name: "unavailable is passed over", rule: routing.Alternative{a, b}, ps: states{b: up}, want: routing.Offer, to: "b"},
		{name: "tried is passed over", rule: routing.Alternative{a, b}, tried: crew("a"), want: routing.Offer, to: "b"},
		{name: "all tried", rule: routing.Alternative{a, b}, tried: crew("ba"), want: routing.Exhausted},
		{name: "one tried, one away", rule: routing.Alternative{a, b}, ps: states{a: up, b: off}, tried: crew("a"), want: routing.NoneAvailable},
		{name: "tried counts whether there or not", rule: a, ps: states{a: off}, tried: crew("a"), want: routing.Exhausted},
		{name: "closed beside tried", rule: routing.Alternative{onSunday(b), a}, tried: crew("a"), want: routing.Exhausted},
		{name: "closed beside away", rule: routing.Alternative{onSunday(b), a}, ps: states{b: up}, want: routing.NoneAvailable},
		{name: "closed beside closed", rule: routing.Alternative{onSunday(b), onSunday(a)}, want: routing.Closed},
		{name: "closed beside open", rule: routing.Alternative{onSunday(b), onMonday(a)}, want: routing.Offer, to: "a"},
		{name: "a closed share", rule: routing.Percentage{{Percent: 99, To: onSunday(b)}, {Percent: 1, To: a}}, want: routing.Offer, to: "a"},
		{name: "all shares closed", rule: routing.Percentage{{Percent: 99, To: onSunday(b)}, {Percent: 1, To: onSunday(a)}}, want: routing.Closed},
		{name: "a drained share is no way out", rule: routing.Percentage{{Percent: 100, To: a}, {Percent: 0, To: b}}, tried: crew("a"), want: routing.Exhausted},
		{name: "nor when the others are away", rule: routing.Percentage{{Percent: 100, To: a}, {Percent: 0, To: b}}, ps: states{b: up}, want: routing.NoneAvailable},
		{name: "unknown staff are away", rule: a, ps: states{}, want: routing.NoneAvailable},
		{name: "unknown teams are there", rule: routing.Team("a"), ps: states{}, want: routing.Offer, to: "a"},
		{name: "unknown bots are there", rule: routing.Bot("a"), ps: states{}, want: routing.Offer, to: "a"},
		{name: "a busy team is not", rule: routing.Team("a"), ps: states{routing.Team("a"): {Status: routing.Busy}}, want: routing.NoneAvailable},
		{name: "an unknown team at capacity is not", rule: routing.Team("a"), ps: states{routing.Team("a"): {Load: 3, Capacity: 3}}, want: routing.NoneAvailable},
		{name: "a status nobody knows is away", rule: routing.Team("a"), ps: states{routing.Team("a"): {Status: "lunch"}}, want: routing.NoneAvailable},
		{name: "a window whose staff are away is not otherwise", rule: func() routing.Rule {
			r := onMonday(a)
			r.Otherwise = b
			return r
		}(), ps: states{b: up}, want: routing.NoneAvailable},
		{name: "another kind of the same id was tried", rule: routing.Team("a"), tried: crew("a"), want: routing.Offer, to: "a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, err := newPlan(t, tt.rule).Route(t.Context(), routing.Enquiry{At: monday, Tried: tt.tried}, tt.ps)
			if err != nil || d.Outcome != tt.want || names(d.Destinations) != tt.to {
				t.Errorf("Route = %v, %v; want %v %s", d, err, tt.want, tt.to)
			}
		})
	}
}

func TestSticky(t *testing.T) {
	t.Parallel()
	there := states{routing.Staff("ann"): {Status: routing.Active}, routing.Staff("bob"): {Status: routing.Active}}
	idle := states{routing.Staff("ann"): {Status: routing.Idle}, routing.Staff("bob"): {Status: routing.Active}}
	full := states{routing.Staff("ann"): {Status: routing.Active, Load: 1, Capacity: 1}, routing.Staff("bob"): {Status: routing.Active}}
	tests := []struct {
		name string
		e    routing.Enquiry
		ps   routing.Presence
		then routing.Rule
		want string
		code string // of the sticky rule's reason
	}{
		{name: "hit", e: routing.Enquiry{LastStaff: "ann", LastAt: monday.Add(-time.Hour)}, ps: there, want: "ann", code: routing.CodeMatched},
		{name: "an idle person is asked", e: routing.Enquiry{LastStaff: "ann", LastAt: monday.Add(-time.Hour)}, ps: idle, want: "ann", code: routing.CodeMatched},
		{name: "nobody before", ps: there, want: "bob", code: routing.CodeNoMatch},
		{name: "just in time", e: routing.Enquiry{LastStaff: "ann", LastAt: monday.Add(-48 * time.Hour)}, ps: there, want: "ann", code: routing.CodeMatched},
		{name: "too long ago", e: routing.Enquiry{LastStaff: "ann", LastAt: monday.Add(-48*time.Hour - 1)}, ps: there, want: "bob", code: routing.CodeExpired},
		{name: "never known when", e: routing.Enquiry{LastStaff: "ann"}, ps: there, want: "bob", code: routing.CodeExpired},
		{name: "after the moment, by another clock", e: routing.Enquiry{LastStaff: "ann", LastAt: monday.Add(time.Second)}, ps: there, want: "ann", code: routing.CodeMatched},
		{name: "away", e: routing.Enquiry{LastStaff: "zoe", LastAt: monday}, ps: there, want: "bob", code: routing.CodeUnavailable},
		{name: "full", e: routing.Enquiry{LastStaff: "ann", LastAt: monday}, ps: full, want: "bob", code: routing.CodeFull},
		{name: "tried", e: routing.Enquiry{LastStaff: "ann", LastAt: monday, Tried: []routing.Destination{routing.Staff("ann")}}, ps: there, want: "bob", code: routing.CodeTried},
		{name: "closed", e: routing.Enquiry{LastStaff: "ann", LastAt: monday}, ps: there, then: onSunday(routing.Staff("bob")), want: "", code: routing.CodeClosed},
		{name: "open, but nobody there", e: routing.Enquiry{LastStaff: "ann", LastAt: monday}, ps: there, then: onMonday(routing.Staff("zoe")), want: "ann", code: routing.CodeMatched},
		{name: "all others tried", e: routing.Enquiry{LastStaff: "ann", LastAt: monday, Tried: []routing.Destination{routing.Staff("bob")}}, ps: there, want: "ann", code: routing.CodeMatched},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := routing.Sticky{For: 48 * time.Hour, Wait: 20 * time.Second, Then: routing.Staff("bob")}
			if tt.then != nil {
				r.Then = tt.then
			}
			tt.e.At = monday
			d, err := newPlan(t, r).Route(t.Context(), tt.e, tt.ps)
			got := names(d.Destinations)
			if err != nil || got != tt.want {
				t.Fatalf("Route = %v, %v; want %s", d, err, tt.want)
			}
			if hit := tt.code == routing.CodeMatched; hit != (d.Wait == 20*time.Second) {
				t.Errorf("Wait = %v", d.Wait)
			}
			if r := d.Reasons()[0]; r.Rule != "" || r.Code != tt.code {
				t.Errorf("the first reason is %+v, want code %s", r, tt.code)
			}
		})
	}
}

// TestStickyKeepsCounters: a hit, and a look, moves nothing below.
func TestStickyKeepsCounters(t *testing.T) {
	t.Parallel()
	below := routing.Percentage{{Percent: 50, To: routing.Staff("a")}, {Percent: 50, To: group(routing.RoundRobin, "xyz")}}
	p, same := newPlan(t, routing.Sticky{Then: below}), newPlan(t, below)
	for range 20 {
		if _, err := p.Route(t.Context(), routing.Enquiry{At: monday, LastStaff: "zoe", LastAt: monday}, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Peek(t.Context(), routing.Enquiry{At: monday}, nil); err != nil {
			t.Fatal(err)
		}
		if got, want := offers(t, p, nil, 1), offers(t, same, nil, 1); !slices.Equal(got, want) {
			t.Fatalf("after a hit the order went on with %v, want %v", got, want)
		}
	}
}

// TestPercentageFailOver: further offers stay in the share, then go on in order, and move no counter.
func TestPercentageFailOver(t *testing.T) {
	t.Parallel()
	r := routing.Percentage{
		{Percent: 20, To: routing.Staff("a")},
		{Percent: 50, To: routing.Alternative{routing.Staff("b"), routing.Staff("c")}},
		{Percent: 30, To: routing.Staff("d")},
	}
	p, same := newPlan(t, r), newPlan(t, r)
	for _, tt := range []struct{ tried, want string }{
		{"b", "c"}, {"bc", "a"}, {"bca", "d"}, {"bcad", ""}, {"a", "b"}, {"ab", "c"}, {"d", "a"}, {"dx", "a"}, {"xd", "a"}, {"c", "b"},
	} {
		d, err := p.Route(t.Context(), routing.Enquiry{Tried: crew(tt.tried)}, nil)
		if err != nil || names(d.Destinations) != tt.want {
			t.Errorf("with %s tried Route = %v, %v; want %s", tt.tried, d, err, tt.want)
		}
	}
	if diff := cmp.Diff(offers(t, same, nil, 10), offers(t, p, nil, 10)); diff != "" {
		t.Errorf("a fail-over moved a counter:\n%s", diff)
	}
	// Who was tried elsewhere does not make this rule's first offer another one.
	d, err := p.Route(t.Context(), routing.Enquiry{Tried: crew("xyz")}, nil)
	if want := offers(t, same, nil, 1)[0]; err != nil || names(d.Destinations) != want {
		t.Errorf("Route = %v, %v; want %s", d, err, want)
	}
}

func TestWith(t *testing.T) {
	t.Parallel()
	split := routing.Percentage{{Percent: 40, To: routing.Staff("a")}, {Percent: 25, To: routing.Staff("b")}, {Percent: 35, To: routing.Staff("c")}}
	changed := slices.Clone(split)
	changed[0].Percent, changed[1].Percent = 41, 24
	tests := []struct {
		name string
		rule routing.Rule
		keep bool
	}{
		{name: "the same", rule: split, keep: true},
		{name: "at another place", rule: routing.Alternative{onSunday(routing.Staff("x")), routing.Sticky{Then: split}}, keep: true},
		{name: "another share", rule: changed},
		{name: "another order", rule: routing.Percentage{split[1], split[0], split[2]}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, straight, fresh := newPlan(t, split), newPlan(t, split), newPlan(t, tt.rule)
			offers(t, p, nil, 7)
			offers(t, straight, nil, 7)
			next, err := p.With(tt.rule)
			if err != nil {
				t.Fatal(err)
			}
			want := fresh
			if tt.keep {
				want = straight
			}
			if diff := cmp.Diff(offers(t, want, nil, 20), offers(t, next, nil, 20)); diff != "" {
				t.Errorf("offers (-want +got):\n%s", diff)
			}
		})
	}
	if _, err := newPlan(t, split).With(nil); err == nil {
		t.Error("With(nil) gave no error")
	}
}

func TestCustom(t *testing.T) {
	t.Parallel()
	fault := errors.New("the directory is down")
	ann := routing.Decision{Outcome: routing.Offer, Destinations: crew("a"), Wait: 5 * time.Second}.Because(routing.Reason{Code: "vip", Text: "a customer of ann"})
	named := func(r routing.Router) routing.Custom { return routing.Custom{Name: "vip", Router: r} }
	tests := []struct {
		name    string
		rule    routing.Rule
		outcome routing.Outcome
		to      string
		err     error
		says    string // in the decision's String
	}{
		{name: "offers", rule: named(stub{d: ann}), outcome: routing.Offer, to: "a", says: "a customer of ann"},
		{name: "fails, alone", rule: named(stub{err: fault}), err: fault, says: "the directory is down"},
		{name: "fails, beside others", rule: routing.Alternative{named(stub{err: fault}), routing.Staff("b")}, outcome: routing.Offer, to: "b", says: "custom router vip was passed over: the directory is down"},
		{name: "panics", rule: routing.Alternative{named(stub{panic: true}), routing.Staff("b")}, outcome: routing.Offer, to: "b", says: "it panicked with a string"},
		{name: "offers to nobody", rule: routing.Alternative{named(stub{d: routing.Decision{Outcome: routing.Offer}}), routing.Staff("b")}, outcome: routing.Offer, to: "b", says: "it offers to nobody"},
		{name: "says nonsense", rule: routing.Alternative{named(stub{d: routing.Decision{Outcome: 9}}), routing.Staff("b")}, outcome: routing.Offer, to: "b", says: "Outcome(9)"},
		{name: "is looked at, and has nobody", rule: routing.Percentage{{Percent: 50, To: named(peekStub{stub{}})}, {Percent: 50, To: routing.Staff("b")}}, outcome: routing.Offer, to: "b"},
		{name: "is closed", rule: named(stub{d: routing.Decision{Outcome: routing.Closed}}), outcome: routing.Closed},
		{name: "is exhausted, beside closed", rule: routing.Alternative{onSunday(routing.Staff("b")), named(stub{d: routing.Decision{Outcome: routing.Exhausted}})}, outcome: routing.Exhausted},
		{name: "a plan within a plan", rule: routing.Sticky{Then: named(newPlan(t, routing.Alternative{routing.Staff("c")}))}, outcome: routing.Offer, to: "c", says: "staff c is available"},
		{name: "without a name", rule: routing.Custom{Router: stub{d: ann}}, outcome: routing.Offer, to: "a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, err := newPlan(t, tt.rule).Route(t.Context(), routing.Enquiry{At: monday}, nil)
			if !errors.Is(err, tt.err) || d.Outcome != tt.outcome || names(d.Destinations) != tt.to {
				t.Errorf("Route = %v, %v; want %v %s, %v", d, err, tt.outcome, tt.to, tt.err)
			}
			if !strings.Contains(d.String(), tt.says) {
				t.Errorf("the reasons %q do not say %q", d, tt.says)
			}
		})
	}
}

// TestCustomAskedOnce: a Router without Peek is asked once, when it is chosen, and not by a mere look.
func TestCustomAskedOnce(t *testing.T) {
	t.Parallel()
	asked := 0
	router := routing.RouterFunc(func(context.Context, routing.Enquiry, routing.Presence) (routing.Decision, error) {
		asked++
		return routing.Decision{}, nil
	})
	p := newPlan(t, routing.Sticky{Then: routing.Percentage{{Percent: 99, To: routing.Custom{Name: "mine", Router: router}}, {Percent: 1, To: routing.Staff("b")}}})
	hit, err := p.Route(t.Context(), routing.Enquiry{At: monday, LastStaff: "ann", LastAt: monday}, nil)
	if err != nil || asked != 0 || names(hit.Destinations) != "ann" {
		t.Errorf("a sticky hit asked %d times: %v, %v", asked, hit, err)
	}
	look, err := p.Peek(t.Context(), routing.Enquiry{At: monday}, nil)
	if err != nil || asked != 0 || look.Outcome != routing.Offer || look.Destinations != nil {
		t.Errorf("Peek asked %d times: %v, %v", asked, look, err)
	}
	d, err := p.Route(t.Context(), routing.Enquiry{At: monday}, nil)
	if err != nil || asked != 1 || names(d.Destinations) != "b" {
		t.Errorf("Route asked %d times: %v, %v", asked, d, err)
	}
}

func TestRouteContext(t *testing.T) {
	t.Parallel()
	split := routing.Percentage{{Percent: 50, To: routing.Staff("a")}, {Percent: 50, To: routing.Staff("b")}}
	p := newPlan(t, split)
	want := offers(t, newPlan(t, split), nil, 1)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if d, err := p.Route(gone, routing.Enquiry{}, nil); !errors.Is(err, context.Canceled) || d.Outcome != routing.NoneAvailable {
		t.Errorf("Route = %v, %v; want %v", d, err, context.Canceled)
	}
	if got := offers(t, p, nil, 1); !slices.Equal(got, want) {
		t.Errorf("a call that was cancelled moved a counter: %v, want %v", got, want)
	}
	// The context ends while a Custom is asked: nothing moves, nobody is offered.
	live, cancel := context.WithCancel(t.Context())
	slow := routing.RouterFunc(func(ctx context.Context, _ routing.Enquiry, _ routing.Presence) (routing.Decision, error) {
		cancel()
		return routing.Decision{}, ctx.Err()
	})
	q := newPlan(t, routing.Alternative{routing.Custom{Name: "slow", Router: slow}, split})
	if d, err := q.Route(live, routing.Enquiry{}, nil); !errors.Is(err, context.Canceled) || d.Outcome != routing.NoneAvailable {
		t.Errorf("Route = %v, %v; want %v", d, err, context.Canceled)
	}
	if got := offers(t, q, nil, 1); !slices.Equal(got, want) {
		t.Errorf("a call that was cancelled moved a counter: %v, want %v", got, want)
	}
}

// rude is a presence that panics.
type rude struct{}

func (rude) State(routing.Destination) routing.State { panic("rude") }

func TestRouteNeverPanics(t *testing.T) {
	t.Parallel()
	rule := routing.Sticky{Then: routing.Percentage{{Percent: 50, To: routing.Team("a")}, {Percent: 50, To: group(routing.MostIdle, "bc")}}}
	var nobody *routing.Roster
	var noPlan *routing.Plan
	for name, p := range map[string]*routing.Plan{"a plan": newPlan(t, rule), "no plan": noPlan, "the zero plan": {}} {
		for _, ps := range []routing.Presence{nil, rude{}, nobody, routing.Everyone} {
			for _, at := range []time.Time{{}, time.Unix(1<<62, 0), time.Unix(-1<<62, 0), monday} {
				e := routing.Enquiry{At: at, LastStaff: "\x00", LastAt: at}
				d, err := p.Route(t.Context(), e, ps)
				if (err == nil) != (name == "a plan") {
					t.Errorf("%s: Route = %v, %v", name, d, err)
				}
				if ps == (rude{}) && d.Outcome != routing.NoneAvailable {
					t.Errorf("%s: a presence that panics gave %v", name, d)
				}
				_, _ = d.String(), d.Reasons()
				p.NextOpening(at)
				p.NextChange(at)
				p.InForce(at)
				p.Findings()
			}
		}
		if _, err := p.With(rule); err != nil {
			t.Errorf("%s: With: %v", name, err)
		}
	}
	var ctx context.Context
	if _, err := newPlan(t, rule).Route(ctx, routing.Enquiry{}, nil); err != nil {
		t.Error(err)
	}
}
