package desk

import (
	"testing"
	"time"

	"github.com/usherchat/usher/routing"
)

// The paths are those that the library itself gives: each offer's reasons lead to the group that made it.
func TestAtFollowsThePathsOfReasons(t *testing.T) {
	t.Parallel()
	group := func(id string) routing.Group {
		return routing.Group{ID: id, Method: routing.FixedOrder, Members: []routing.Destination{routing.Staff(id)}, Wait: time.Minute}
	}
	day := []time.Weekday{time.Monday}
	rule := routing.Sticky{Then: routing.Time{
		Conditions: []routing.Condition{
			{Days: day, From: routing.At(8, 0), To: routing.At(9, 0), Then: routing.Alternative{group("a"), group("b")}},
			{Days: day, From: routing.At(9, 0), To: routing.At(10, 0), Then: routing.Percentage{{Percent: 0, To: group("no")}, {Percent: 100, To: group("c")}}},
		},
		Dates:     []routing.DateRule{{Date: routing.Date{Year: 2026, Month: time.December, Day: 25}, Then: group("d")}},
		Otherwise: routing.Alternative{routing.Team("x"), group("e")},
	}}
	plan, err := routing.New(rule)
	if err != nil {
		t.Fatal(err)
	}
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		want string
		e    routing.Enquiry
	}{
		{"a", routing.Enquiry{At: monday.Add(8 * time.Hour)}},
		{"b", routing.Enquiry{At: monday.Add(8 * time.Hour), Tried: []routing.Destination{routing.Staff("a")}}},
		{"c", routing.Enquiry{At: monday.Add(9 * time.Hour)}},
		{"d", routing.Enquiry{At: time.Date(2026, 12, 25, 9, 0, 0, 0, time.UTC)}},
		{"e", routing.Enquiry{At: monday, Tried: []routing.Destination{routing.Team("x")}}},
	} {
		d, err := plan.Peek(t.Context(), tt.e, nil)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, r := range d.Reasons() {
			g, ok := at(rule, r.Rule).(routing.Group)
			found = found || ok && g.ID == tt.want && r.Code == routing.CodeOffered
		}
		if !found {
			t.Errorf("%s: no reason leads to its group: %v", tt.want, d.Reasons())
		}
	}
	for _, path := range []string{"x", "then.conditions[9].then", "then.conditions[x]", "then.then.then", "rules[0]"} {
		if got, ok := at(rule, path).(routing.Group); ok {
			t.Errorf("%s leads to %v", path, got)
		}
	}
}
