package routing_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/usherchat/usher/routing"
)

// restless is a rule of many windows, none of which is open: each is of another minute, and what holds in it is closed.
func restless(windows int, last routing.Rule) routing.Alternative {
	past := routing.Time{Dates: []routing.DateRule{{Date: routing.Date{Year: 2000, Month: time.January, Day: 1}, Then: routing.Staff("a")}}}
	var r routing.Alternative
	for i := range windows {
		r = append(r, routing.Time{Conditions: []routing.Condition{window(allDays, i, i+60, past)}})
	}
	return append(r, last)
}

func TestSearchManyWindows(t *testing.T) {
	t.Parallel()
	soon := routing.Time{Conditions: []routing.Condition{window(allDays, 13*60, 14*60, routing.Staff("a"))}}
	later := routing.Time{Dates: []routing.DateRule{{Date: routing.Date{Year: 2027, Month: time.March, Day: 2}, Then: routing.Staff("a")}}}
	week := routing.Time{Dates: []routing.DateRule{{Date: routing.Date{Year: 2026, Month: time.March, Day: 9}, From: routing.At(10, 0), To: routing.At(10, 1), Then: routing.Staff("a")}}}
	nested := routing.Time{Conditions: []routing.Condition{window(allDays, 0, 24*60, restless(1_300, later))}}
	for _, tt := range []struct {
		name string
		rule routing.Rule
		want time.Time // zero: not known
	}{
		{name: "one opens soon", rule: restless(1_300, soon), want: monday.Add(3 * time.Hour)},
		{name: "one opens where a stretch of the search ends", rule: routing.Alternative{week, restless(1, later)}, want: monday.AddDate(0, 0, 7)},
		{name: "one opens in a year", rule: restless(200, later), want: time.Date(2027, time.March, 2, 0, 0, 0, 0, time.UTC)},
		{name: "too many to know", rule: restless(1_300, later)},
		{name: "too many, further down", rule: nested},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlan(t, tt.rule)
			began := time.Now()
			if got, ok := p.NextOpening(monday); ok == tt.want.IsZero() || !got.Equal(tt.want) {
				t.Errorf("NextOpening = %v, %v; want %v", got, ok, tt.want)
			}
			t.Logf("NextOpening took %v", time.Since(began))
			began = time.Now()
			if got, ok := p.NextChange(monday); ok == tt.want.IsZero() || !got.Equal(tt.want) {
				t.Errorf("NextChange = %v, %v; want %v", got, ok, tt.want)
			}
			t.Logf("NextChange took %v", time.Since(began))
		})
	}
}

// ending is a context that ends after its error was asked for some times.
type ending struct {
	context.Context
	asked int
}

func (e *ending) Err() error {
	if e.asked--; e.asked < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

func TestRouteEndsWithContext(t *testing.T) {
	t.Parallel()
	p := newPlan(t, restless(1_300, onSunday(routing.Staff("a"))))
	for name, decide := range map[string]func(context.Context, routing.Enquiry, routing.Presence) (routing.Decision, error){"Route": p.Route, "Peek": p.Peek} {
		d, err := decide(&ending{t.Context(), 5}, routing.Enquiry{At: monday}, nil)
		if !errors.Is(err, context.DeadlineExceeded) || d.Outcome != routing.NoneAvailable {
			t.Errorf("%s = %v, %v; want the error of its context", name, d, err)
		}
	}
	if d, err := p.Route(t.Context(), routing.Enquiry{At: monday}, nil); err != nil || d.Outcome != routing.Closed || d.NextOpening.IsZero() {
		t.Errorf("Route = %v, %v; want an opening on Sunday", d, err)
	}
}
