package routing_test

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/routing"
)

// codes returns the reasons as "path code".
func codes(d routing.Decision) (all []string) {
	for _, r := range d.Reasons() {
		all = append(all, strings.TrimSpace(r.Rule+" "+r.Code))
	}
	return all
}

func TestReasons(t *testing.T) {
	t.Parallel()
	up := routing.State{Status: routing.Active}
	full := routing.State{Status: routing.Active, Load: 1, Capacity: 1}
	split := routing.Percentage{{Percent: 60, To: routing.Staff("a")}, {Percent: 40, To: routing.Staff("b")}}
	vip := routing.Custom{Name: "vip", Router: stub{err: errors.New("down")}}
	tests := []struct {
		name string
		rule routing.Rule
		ps   routing.Presence
		e    routing.Enquiry
		want []string
		says string
	}{
		{
			name: "nested", rule: routing.Sticky{Then: onMonday(split)}, ps: states{routing.Staff("b"): up},
			want: []string{"no_match", "then matched", "then.conditions[0].then share", "then.conditions[0].then.shares[0].to unavailable", "then.conditions[0].then.shares[1].to offered"},
			says: "offer staff b: nobody served this visitor before; Mon 2026-03-02 10:00 UTC is within Mon 09:00–18:00; share 2 of 2 (40 %) has its turn; staff a is not known; staff b is available",
		},
		{
			name: "a list of people", rule: routing.Alternative{routing.Staff("a"), routing.Staff("b"), routing.Staff("c"), routing.Staff("d"), routing.Staff("e")},
			ps:   states{routing.Staff("a"): {Status: routing.Offline}, routing.Staff("b"): {Status: routing.Offline}, routing.Staff("c"): full, routing.Staff("d"): {Status: routing.Busy}, routing.Staff("e"): up},
			want: []string{"matched", "rules[0] unavailable", "rules[1] unavailable", "rules[2] full", "rules[3] unavailable", "rules[4] offered"},
			says: "offer staff e: rule 5 of 5 can be offered; staff a is offline; staff b is offline; staff c is at capacity; staff d is busy; staff e is available",
		},
		{
			name: "nobody", rule: split, ps: states{},
			want: []string{"no_match", "shares[0].to unavailable", "shares[1].to unavailable"},
			says: "none available: no share can be offered; staff a is not known; staff b is not known",
		},
		{
			name: "goes on", rule: split, e: routing.Enquiry{Tried: crew("a")},
			want: []string{"no_match", "shares[0].to tried", "next_share", "shares[1].to offered"},
			says: "share 1 of 2 (60 %) has nobody to offer; staff a was tried before; share 2 of 2 (40 %) is next in order",
		},
		{
			name: "stays in the share", rule: routing.Percentage{{Percent: 100, To: routing.Alternative{routing.Staff("a"), routing.Staff("b")}}}, e: routing.Enquiry{Tried: crew("a")},
			want: []string{"same_share", "shares[0].to matched", "shares[0].to.rules[0] tried", "shares[0].to.rules[1] offered"},
		},
		{
			name: "closed", rule: onSunday(routing.Staff("a")), want: []string{"closed"},
			says: "closed until Sun 2026-03-08 09:00 UTC: Mon 2026-03-02 10:00 UTC is outside opening hours",
		},
		{
			name: "a holiday", rule: routing.Time{Dates: []routing.DateRule{{Date: routing.Date{Year: 2026, Month: time.March, Day: 2}}}, Otherwise: routing.Staff("a")},
			want: []string{"closed"}, says: "is within 2026-03-02, which is closed",
		},
		{
			name: "special hours", rule: routing.Time{Dates: []routing.DateRule{{Date: routing.Date{Year: 2026, Month: time.March, Day: 2}, From: 60, To: 720, Then: routing.Staff("a")}}},
			want: []string{"date", "dates[0].then offered"}, says: "Mon 2026-03-02 10:00 UTC is within 2026-03-02 01:00–12:00",
		},
		{
			name: "otherwise", rule: routing.Time{Otherwise: routing.Staff("a")},
			want: []string{"otherwise", "otherwise offered"},
		},
		{
			name: "a group", rule: group(routing.RoundRobin, "abcde"), e: routing.Enquiry{Tried: crew("e")},
			ps:   states{routing.Staff("b"): full, routing.Staff("d"): up},
			want: []string{"unavailable", "full", "offered"},
			says: "2 of 5 members of g are not available; 1 of 5 members of g are at capacity; staff d is next in g (round robin)",
		},
		{
			name: "a group that was tried", rule: group(routing.Simultaneous, "ab"), e: routing.Enquiry{Tried: crew("ab")},
			want: []string{"tried"}, says: "exhausted: 2 of 2 members of g were tried before",
		},
		{
			name: "a custom that failed", rule: routing.Alternative{vip, routing.Staff("b")},
			want: []string{"matched", "rules[0] failed", "rules[1] offered"},
			says: "custom router vip was passed over: down",
		},
		{
			name: "a plan within", rule: routing.Alternative{routing.Custom{Name: "inner", Router: newPlan(t, routing.Sticky{Then: routing.Staff("z")})}},
			want: []string{"matched", "rules[0] asked", "rules[0] no_match", "rules[0].then offered"},
			says: "custom router inner says offer",
		},
		{
			name: "a look that is taken back", rule: routing.Sticky{Then: routing.Alternative{vip, routing.Staff("b")}}, e: routing.Enquiry{LastStaff: "x y", LastAt: monday},
			want: []string{"matched"}, says: `offer staff "x y": staff "x y" served this visitor last`,
		},
		{
			name: "a presence that panics", rule: routing.Team("a"), ps: rude{},
			want: []string{"unavailable"}, says: "team a is not to be seen, since the presence panicked",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.e.At = monday
			d, _ := newPlan(t, tt.rule).Route(t.Context(), tt.e, tt.ps)
			if diff := cmp.Diff(tt.want, codes(d)); diff != "" {
				t.Errorf("reasons (-want +got):\n%s\n%v", diff, d)
			}
			if !strings.Contains(d.String(), tt.says) {
				t.Errorf("String = %q, does not contain %q", d, tt.says)
			}
		})
	}
}

// TestReasonsOfMany: a decision of more steps than it keeps shows the first ones, how many are left out, and
// the last.
func TestReasonsOfMany(t *testing.T) {
	t.Parallel()
	var r routing.Alternative
	for i := range 40 {
		r = append(r, onSunday(routing.Staff(strconv.Itoa(i))))
	}
	r = append(r, routing.Staff("z"))
	d, err := newPlan(t, r).Route(t.Context(), routing.Enquiry{At: monday}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := codes(d)
	if n := len(got); n != 17 || got[0] != "matched" || got[1] != "rules[0] closed" || got[n-2] != "abbreviated" || got[n-1] != "rules[40] offered" {
		t.Errorf("reasons = %q", got)
	}
	if text := d.Reasons()[15].Text; text != "26 more steps are not shown" {
		t.Error(text)
	}
	// Those passed over one after the other share a step, however many.
	staff := make(routing.Alternative, 0, 600)
	for i := range cap(staff) {
		staff = append(staff, routing.Staff(strconv.Itoa(i)))
	}
	d, err = newPlan(t, staff).Route(t.Context(), routing.Enquiry{At: monday}, states{routing.Staff("599"): {Status: routing.Active}})
	if got := codes(d); err != nil || len(got) != 601 || got[599] != "rules[598] unavailable" || got[600] != "rules[599] offered" {
		t.Errorf("%d reasons, %v", len(got), err)
	}
}

func TestBecause(t *testing.T) {
	t.Parallel()
	d, err := newPlan(t, routing.Staff("a")).Route(t.Context(), routing.Enquiry{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	one := d.Because(routing.Reason{Code: "one", Text: "line\nbreak"})
	more := d.Because(routing.Reason{Code: "1"}).Because(routing.Reason{Code: "2"}).Because(routing.Reason{Code: "3"})
	left, right := more.Because(routing.Reason{Code: "left"}), more.Because(routing.Reason{Code: "right"})
	two := one.Because(routing.Reason{Code: "two"})
	three := one.Because(routing.Reason{Code: "three"})
	for _, tt := range []struct {
		d    routing.Decision
		want []string
		text string
	}{
		{d, []string{"offered"}, "offer staff a: staff a is available"},
		{one, []string{"offered", "one"}, "offer staff a: staff a is available; line break"},
		{two, []string{"offered", "one", "two"}, "offer staff a: staff a is available; line break; two"},
		{left, []string{"offered", "1", "2", "3", "left"}, "offer staff a: staff a is available; 1; 2; 3; left"},
		{right, []string{"offered", "1", "2", "3", "right"}, "offer staff a: staff a is available; 1; 2; 3; right"},
		{three, []string{"offered", "one", "three"}, "offer staff a: staff a is available; line break; three"},
		{routing.Decision{}.Because(routing.Reason{Code: "x"}), []string{"x"}, "none available: x"},
		{routing.Decision{}, nil, "none available"},
	} {
		if diff := cmp.Diff(tt.want, codes(tt.d)); diff != "" {
			t.Errorf("reasons (-want +got):\n%s", diff)
		}
		if tt.d.String() != tt.text {
			t.Errorf("String = %q, want %q", tt.d, tt.text)
		}
	}
}

func TestDecisionJSON(t *testing.T) {
	t.Parallel()
	g := group(routing.Simultaneous, "ab")
	g.Wait = 20 * time.Second
	p := newPlan(t, routing.Alternative{g})
	for _, tt := range []struct {
		e    routing.Enquiry
		rule *routing.Plan
		want string
	}{
		{rule: p, want: `{"outcome":"offer","destinations":[{"type":"staff","id":"a"},{"type":"staff","id":"b"}],"wait":"20s","reasons":[{"code":"matched","text":"rule 1 of 1 can be offered"},{"rule":"rules[0]","code":"offered","text":"2 of 2 members of g are available"}]}`},
		{rule: newPlan(t, onSunday(routing.Staff("a"))), e: routing.Enquiry{At: monday}, want: `{"outcome":"closed","next_opening":"2026-03-08T09:00:00Z","reasons":[{"code":"closed","text":"Mon 2026-03-02 10:00 UTC is outside opening hours"}]}`},
	} {
		d, err := tt.rule.Route(t.Context(), tt.e, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(d)
		if err != nil || string(got) != tt.want {
			t.Errorf("Marshal = %s, %v; want %s", got, err, tt.want)
		}
		var back routing.Decision
		if err := json.Unmarshal(got, &back); err != nil || back.String() != d.String() {
			t.Errorf("Unmarshal = %v, %v; want %v", back, err, d)
		}
	}
}

// TestJSONTags pins the stored forms of what a channel keeps.
func TestJSONTags(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		v    any
		want string
	}{
		{routing.Staff("ann"), `{"type":"staff","id":"ann"}`},
		{routing.Reason{Code: "x"}, `{"code":"x"}`},
		{routing.State{}, `{}`},
		{routing.State{Status: routing.Idle, Load: 1, Capacity: 2, Since: monday}, `{"status":"idle","load":1,"capacity":2,"since":"2026-03-02T10:00:00Z"}`},
		{routing.Enquiry{At: monday, LastStaff: "ann"}, `{"at":"2026-03-02T10:00:00Z","last_staff":"ann"}`},
		{routing.Finding{Path: "zone", Code: "x", Text: "y"}, `{"path":"zone","code":"x","text":"y"}`},
		{routing.Exhausted, `"exhausted"`},
	} {
		if got, err := json.Marshal(tt.v); err != nil || string(got) != tt.want {
			t.Errorf("Marshal(%+v) = %s, %v; want %s", tt.v, got, err, tt.want)
		}
	}
}

// TestRouteAllocations pins what Route costs in memory. It cannot run beside other tests.
func TestRouteAllocations(t *testing.T) { //nolint:paralleltest // allocations are counted for the whole process
	roster := routing.NewRoster(nil)
	for _, d := range crew("abcdefg") {
		roster.Set(d.ID, routing.Active, time.Hour)
	}
	split := routing.Percentage{{Percent: 50, To: routing.Staff("a")}, {Percent: 30, To: routing.Staff("b")}, {Percent: 20, To: routing.Staff("offline")}}
	seven := routing.Percentage{}
	for i, d := range crew("abcdefg") {
		seven = append(seven, routing.Share{Percent: []float64{40, 10}[min(i, 1)], To: d})
	}
	tests := []struct {
		name string
		rule routing.Rule
		e    routing.Enquiry
		want float64
	}{
		{name: "sticky, time, percentage", rule: routing.Sticky{Then: onMonday(split)}},
		{name: "after others", rule: routing.Sticky{Then: onMonday(split)}, e: routing.Enquiry{Tried: crew("a")}},
		{name: "seven shares", rule: seven},
		{name: "round robin", rule: routing.Alternative{routing.Staff("x"), group(routing.RoundRobin, "xab")}},
		{name: "most idle", rule: group(routing.MostIdle, "xab")},
		{name: "simultaneous, all", rule: group(routing.Simultaneous, "abc")},
		{name: "simultaneous, some", rule: group(routing.Simultaneous, "xab"), want: 1},
		{name: "sticky hit", rule: routing.Sticky{Then: onMonday(split)}, e: routing.Enquiry{LastStaff: "g", LastAt: monday}, want: 1},
		{name: "closed", rule: routing.Sticky{Then: onSunday(split)}, e: routing.Enquiry{LastStaff: "g", LastAt: monday}},
		{name: "nobody", rule: routing.Alternative{routing.Staff("x"), routing.Staff("y")}},
	}
	for _, tt := range tests {
		tt.e.At = monday
		p := newPlan(t, tt.rule)
		ctx := t.Context()
		var d routing.Decision
		got := testing.AllocsPerRun(200, func() { d, _ = p.Route(ctx, tt.e, roster) })
		if got > tt.want {
			t.Errorf("%s: Route allocates %v times, want %v; %v", tt.name, got, tt.want, d)
		}
	}
}
