package routing_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/routing"
)

// faults returns the faults of an error, one a line.
func faults(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

func TestNewFaults(t *testing.T) {
	t.Parallel()
	ann, bob := routing.Staff("ann"), routing.Staff("bob")
	mondays := []time.Weekday{time.Monday}
	window := func(from, to routing.TimeOfDay) routing.Time {
		return routing.Time{Conditions: []routing.Condition{{Days: mondays, From: from, To: to, Then: ann}}}
	}
	self := make(routing.Alternative, 2)
	self[0], self[1] = self, ann
	ring := make(routing.Percentage, 1)
	ring[0] = routing.Share{Percent: 100, To: routing.Sticky{Then: routing.Alternative{ring}}}
	var deep routing.Rule = ann
	for range 8 {
		deep = routing.Alternative{deep}
	}
	tests := []struct {
		name string
		rule routing.Rule
		want []string
	}{
		{name: "nil", rule: nil, want: []string{"a rule is missing"}},
		{name: "no id", rule: routing.Staff(""), want: []string{"id: the id is empty"}},
		{name: "an unseen id", rule: routing.Staff("a\u202eb\u3164"), want: []string{`id: "a\u202eb\u3164" is blank, or holds a character that is not printable`}},
		{name: "a blank id", rule: routing.Team(" "), want: []string{`id: " " is blank, or holds a character that is not printable`}},
		{
			name: "unseen ids of a group",
			rule: routing.Group{ID: "a\u2028", Method: routing.FixedOrder, Members: []routing.Destination{routing.Staff("b\xff")}},
			want: []string{
				`id: "a\u2028" is blank, or holds a character that is not printable`,
				`members[0].id: "b\xff" is blank, or holds a character that is not printable`,
			},
		},
		{name: "no kind", rule: routing.Destination{ID: "ann"}, want: []string{`type: "" is not staff, team or bot`}},
		{name: "a pointer", rule: &ann, want: []string{"*routing.Destination is not a rule: rules are values, not pointers"}},
		{name: "a nil pointer", rule: routing.Sticky{Then: (*routing.Sticky)(nil)}, want: []string{"then: *routing.Sticky is not a rule: rules are values, not pointers"}},
		{name: "no rules", rule: routing.Alternative{}, want: []string{"rules: there is no rule"}},
		{name: "a nil rule", rule: routing.Alternative{ann, nil}, want: []string{"rules[1]: a rule is missing"}},
		{name: "itself", rule: self, want: []string{"rules[0]: the rule contains itself"}},
		{name: "itself, further down", rule: ring, want: []string{"shares[0].to.then.rules[0]: the rule contains itself"}},
		{name: "nine deep", rule: deep, want: []string{strings.TrimPrefix(strings.Repeat(".rules[0]", 8), ".") + ": rules nest deeper than 8"}},
		{name: "no shares", rule: routing.Percentage{}, want: []string{"shares: there is no share"}},
		{name: "99", rule: routing.Percentage{{60, ann}, {39, bob}}, want: []string{"shares: percentages add up to 99, not 100"}},
		{name: "100.01", rule: routing.Percentage{{60.01, ann}, {40, bob}}, want: []string{"shares: percentages add up to 100.01, not 100"}},
		{
			name: "no percentages", rule: routing.Percentage{{math.NaN(), ann}, {-1, bob}, {math.Inf(1), routing.Team("t")}, {33.333, routing.Bot("b")}},
			want: []string{
				"shares[0].percent: NaN is not between 0 and 100", "shares[1].percent: -1 is not between 0 and 100",
				"shares[2].percent: +Inf is not between 0 and 100", "shares[3].percent: 33.333 has more than two decimals",
			},
		},
		{name: "equal shares", rule: routing.Percentage{{50, routing.Alternative{ann}}, {25, bob}, {25, routing.Alternative{ann}}}, want: []string{"shares[2]: is the same as shares[0]"}},
		{name: "an empty share", rule: routing.Percentage{{Percent: 100}}, want: []string{"shares[0].to: a rule is missing"}},
		{name: "empty time", rule: routing.Time{}, want: []string{"conditions: there is no condition, date or otherwise"}},
		{name: "no such zone", rule: routing.Time{Zone: "Mars/Olympus", Otherwise: ann}, want: []string{`zone: time zone "Mars/Olympus" is not known here (a program without zone data of its system can import time/tzdata)`}},
		{name: "local", rule: routing.Time{Zone: "Local", Otherwise: ann}, want: []string{`zone: "Local" is another zone on each machine; give the name of one`}},
		{name: "no such offset", rule: routing.Time{Zone: "+8", Otherwise: ann}, want: []string{`zone: "+8" is no offset from UTC; write it like "+08:00", at most 18:00`}},
		{name: "no days", rule: routing.Time{Conditions: []routing.Condition{{From: 0, To: 60, Then: ann}}}, want: []string{"conditions[0].days: there is no day; list all seven for every day"}},
		{name: "the eighth day", rule: routing.Time{Conditions: []routing.Condition{{Days: []time.Weekday{1, 7}, From: 0, To: 60, Then: ann}}}, want: []string{"conditions[0].days[1]: 7 is no day of the week"}},
		{name: "an empty window", rule: window(540, 540), want: []string{"conditions[0].to: the window 09:00–09:00 is empty; the whole day is 00:00–24:00"}},
		{name: "00:00 to 00:00", rule: window(0, 0), want: []string{"conditions[0].to: the window 00:00–00:00 is empty; the whole day is 00:00–24:00"}},
		{name: "past 24:00", rule: window(routing.At(9, 0), routing.At(24, 1)), want: []string{"conditions[0].to: 24:01 is past 24:00"}},
		{name: "far past 24:00", rule: window(routing.At(9, 0), routing.At(1_000_000, 0)), want: []string{"conditions[0].to: 546:07 is past 24:00"}},
		{name: "no time", rule: window(routing.At(-9, 0), routing.At(9, 60)), want: []string{"conditions[0].from: this is no time of day", "conditions[0].to: this is no time of day"}},
		{name: "from 24:00", rule: window(routing.At(24, 0), routing.At(9, 0)), want: []string{"conditions[0].from: 24:00 is the end of a day; the beginning of the next is 00:00"}},
		{name: "nothing to do", rule: routing.Time{Conditions: []routing.Condition{{Days: mondays, From: 0, To: 60}}}, want: []string{"conditions[0].then: a rule is missing"}},
		{name: "no such date", rule: routing.Time{Dates: []routing.DateRule{{Date: routing.Date{2026, time.February, 29}}}}, want: []string{"dates[0].date: 2026-02-29 is no day of the calendar"}},
		{name: "a date's window", rule: routing.Time{Dates: []routing.DateRule{{Date: routing.Date{2026, time.February, 28}, From: 60, To: 60}}}, want: []string{"dates[0].to: the window 01:00–01:00 is empty; the whole day is 00:00–24:00"}},
		{name: "negative times", rule: routing.Sticky{For: -1, Wait: -time.Second, Then: ann}, want: []string{"for: -1ns is negative", "wait: -1s is negative"}},
		{name: "sticky to nothing", rule: routing.Sticky{}, want: []string{"then: a rule is missing"}},
		{
			name: "a group of faults", rule: routing.Group{Method: "any", Wait: -1, Members: []routing.Destination{ann, {}, ann}},
			want: []string{
				"id: the id is empty", `method: "any" is not fixed_order, round_robin, most_idle or simultaneous`, "wait: -1ns is negative",
				`members[1].type: "" is not staff, team or bot`, "members[1].id: the id is empty", "members[2]: staff ann is a member already",
			},
		},
		{name: "an empty group", rule: routing.Group{ID: "g", Method: routing.RoundRobin}, want: []string{"members: there is no member"}},
		{name: "no Router", rule: routing.Alternative{routing.Custom{Name: "vip"}, routing.Custom{Name: "vip", Router: routing.RouterFunc(nil)}}, want: []string{`rules[0].router: there is no Router for "vip"`, `rules[1].router: there is no Router for "vip"`}},
		{
			name: "faults everywhere",
			rule: routing.Sticky{Wait: -1, Then: routing.Time{Zone: "local", Conditions: []routing.Condition{{From: 0, To: 60, Then: routing.Percentage{{99, routing.Team("")}}}}}},
			want: []string{
				"wait: -1ns is negative", `then.zone: "local" is another zone on each machine; give the name of one`,
				"then.conditions[0].days: there is no day; list all seven for every day",
				"then.conditions[0].then.shares: percentages add up to 99, not 100",
				"then.conditions[0].then.shares[0].to.id: the id is empty",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := routing.New(tt.rule)
			if diff := cmp.Diff(tt.want, faults(err)); diff != "" || p != nil {
				t.Errorf("New = %v, faults (-want +got):\n%s", p, diff)
			}
		})
	}
}

// TestNewBounded: a small rule that unfolds into a huge one is refused soon.
func TestNewBounded(t *testing.T) {
	t.Parallel()
	var list, split, times routing.Rule = routing.Staff("a"), routing.Staff("a"), routing.Staff("a")
	for range 6 {
		wide, shares := make(routing.Alternative, 1_000), make(routing.Percentage, 1_000)
		for i := range wide {
			wide[i], shares[i] = list, routing.Share{Percent: 0.1, To: split}
		}
		list, split = wide, shares
		times = routing.Sticky{Then: routing.Time{Conditions: slices.Repeat([]routing.Condition{window(allDays, 0, 60, times)}, 100)}}
	}
	const want = "a plan has at most 65535 rules, members and dates"
	_, err := routing.New(list)
	if got := faults(err); len(got) != 1 || !strings.HasSuffix(got[0], want) {
		t.Errorf("New gave %d faults, the first %q", len(got), got[0])
	}
	for name, r := range map[string]routing.Rule{"percentages": split, "times": times} { // with other faults, too
		if _, err := routing.New(routing.Sticky{Then: r}); len(faults(err)) != 101 {
			t.Errorf("%s: New gave %d faults", name, len(faults(err)))
		}
	}
	_, err = routing.New(make(routing.Alternative, 60_000))
	if got := faults(err); len(got) != 101 || got[100] != "59900 more faults" {
		t.Errorf("New gave %d faults, the last %q", len(got), got[len(got)-1])
	}
	_, err = routing.ParseRule([]byte(`{"type":"alternative","rules":[` + strings.Repeat("0,", 60_000) + `0]}`))
	if got := faults(err); len(got) != 101 || got[100] != "59901 more faults" {
		t.Errorf("ParseRule gave %d faults, the last %q", len(got), got[len(got)-1])
	}
}

func TestNewAccepts(t *testing.T) {
	t.Parallel()
	var deep routing.Rule = routing.Staff("ann")
	for range 7 {
		deep = routing.Alternative{deep}
	}
	shared := routing.Alternative{routing.Staff("ann"), routing.Staff("bob")}
	all := []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	tests := map[string]routing.Rule{
		"eight deep":       deep,
		"a shared part":    routing.Alternative{routing.Sticky{Then: shared}, shared},
		"thirds":           routing.Percentage{{33.33, routing.Staff("a")}, {33.33, routing.Staff("b")}, {33.34, routing.Staff("c")}},
		"tenths":           routing.Percentage{{0.1, routing.Staff("a")}, {0.2, routing.Staff("b")}, {99.7, routing.Staff("c")}},
		"a whole day":      routing.Time{Conditions: []routing.Condition{{Days: all, From: 0, To: routing.At(24, 0), Then: deep.(routing.Alternative)[0]}}},
		"an offset":        routing.Time{Zone: "-03:30", Otherwise: routing.Staff("a")},
		"dates alone":      routing.Time{Dates: []routing.DateRule{{Date: routing.Date{2024, time.February, 29}}}},
		"a leap day twice": routing.Time{Dates: []routing.DateRule{{Date: routing.Date{2024, time.February, 29}, From: 0, To: 60}, {Date: routing.Date{2024, time.February, 29}}}},
		"unnamed customs":  routing.Percentage{{50, routing.Custom{Router: stub{}}}, {50, routing.Custom{Router: stub{}}}},
	}
	for name, r := range tests {
		if _, err := routing.New(r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNewCopies: a plan does not change with the rule it was made of.
func TestNewCopies(t *testing.T) {
	t.Parallel()
	g := group(routing.FixedOrder, "ab")
	r := routing.Alternative{onMonday(g), routing.Percentage{{Percent: 100, To: routing.Staff("z")}}}
	p := newPlan(t, r)
	before, err := routing.MarshalRule(p.Rule())
	if err != nil {
		t.Fatal(err)
	}
	g.Members[0] = routing.Staff("x")
	r[0].(routing.Time).Conditions[0].Days[0] = time.Sunday
	r[1].(routing.Percentage)[0].Percent = 7
	r[0] = routing.Staff("y")
	after, err := routing.MarshalRule(p.Rule())
	if err != nil || string(before) != string(after) {
		t.Errorf("the plan's rule became %s, %v; was %s", after, err, before)
	}
	d, err := p.Route(t.Context(), routing.Enquiry{At: monday}, nil)
	if err != nil || names(d.Destinations) != "a" {
		t.Errorf("Route = %v, %v; want a", d, err)
	}
}
