package routing_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/routing"
)

func TestDiff(t *testing.T) {
	t.Parallel()
	ann, bob := routing.Staff("ann"), routing.Staff("bob")
	sunday := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	everyDay := newPlan(t, routing.Time{Conditions: []routing.Condition{window(allDays, 540, 1440, ann)}})
	tests := []struct {
		name          string
		before, after *routing.Plan
		from          time.Time
		want          []string
	}{
		{name: "nothing", before: everyDay, after: everyDay, from: sunday},
		{
			name: "closes an evening", before: everyDay, from: sunday,
			after: newPlan(t, routing.Time{Conditions: []routing.Condition{window(allDays[1:], 540, 1440, ann), window(allDays[:1], 540, 1320, ann)}}),
			want:  []string{"Sun 2026-03-01 22:00–24:00 was open, is closed"},
		},
		{
			name: "opens two mornings", before: everyDay, from: sunday.Add(8 * time.Hour),
			after: newPlan(t, routing.Time{Conditions: []routing.Condition{window(allDays, 540, 1440, ann), window([]time.Weekday{time.Sunday, time.Tuesday}, 420, 540, ann)}}),
			want:  []string{"Sun 2026-03-01 08:00–09:00 was closed, is open", "Tue 2026-03-03 07:00–09:00 was closed, is open", "Sun 2026-03-08 07:00–08:00 was closed, is open"},
		},
		{
			name: "other people", before: newPlan(t, routing.Sticky{Then: routing.Percentage{{Percent: 60, To: ann}, {Percent: 40, To: group(routing.RoundRobin, "ab")}}}),
			after: newPlan(t, routing.Alternative{ann, bob}), from: sunday,
			want: []string{"Sun 2026-03-01 00:00 – Sat 2026-03-07 24:00 was sticky (60 % staff ann, 40 % group g (round robin of 2)), is (staff ann else staff bob)"},
		},
		{
			name: "one change over two windows", after: nil, from: sunday,
			before: newPlan(t, routing.Time{Conditions: []routing.Condition{window(allDays[1:2], 540, 720, ann), window(allDays[1:2], 720, 1080, ann)}}),
			want:   []string{"Mon 2026-03-02 09:00–18:00 was open, is closed"},
		},
		{
			name: "in another zone", before: newPlan(t, routing.Time{Zone: "Asia/Tokyo", Conditions: []routing.Condition{window(allDays[1:2], 0, 60, ann)}}), after: nil, from: sunday,
			want: []string{"Sun 2026-03-01 15:00–16:00 was open, is closed"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, c := range routing.Diff(tt.before, tt.after, tt.from) {
				got = append(got, fmt.Sprint(c))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Diff (-want +got):\n%s", diff)
			}
		})
	}
}

// TestInForce: a plan of the rule in force decides like the whole plan at that moment.
func TestInForce(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(29, 29))
	for checked := 0; checked < 600; {
		r := randomRule(rnd, 5, monday)
		p, err := routing.New(r)
		if err != nil {
			continue
		}
		checked++
		e, ps := randomEnquiry(rnd, monday), randomStates(rnd)
		now := p.InForce(e.At)
		got, err := p.Peek(t.Context(), e, ps)
		if now == nil {
			if got.Outcome != routing.Closed {
				t.Fatalf("nothing is in force, but Peek = %v, %v", got, err)
			}
			continue
		}
		m := model{e: e, ps: ps, look: true}
		if want := m.route(now); want.outcome != got.Outcome {
			t.Fatalf("Peek = %v, the rule in force says %v\n%s\n%s", got, want.outcome, mustMarshal(t, r), mustMarshal(t, now))
		}
	}
}

func mustMarshal(t *testing.T, r routing.Rule) []byte {
	t.Helper()
	data, err := routing.MarshalRule(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestNextChange(t *testing.T) {
	t.Parallel()
	p := newPlan(t, routing.Alternative{
		routing.Time{Zone: "Europe/Berlin", Conditions: []routing.Condition{window(workdays, 540, 1080, routing.Staff("ann")), window(workdays, 1080, 1140, routing.Staff("ann"))}},
		routing.Time{Dates: []routing.DateRule{{Date: routing.Date{Year: 2026, Month: time.March, Day: 3}, Then: routing.Staff("ann")}}},
	})
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.FixedZone("", 3600))
	var got []string
	for range 4 {
		next, ok := p.NextChange(at)
		if !ok {
			t.Fatal("no change")
		}
		got = append(got, next.Format("Mon 15:04 Z0700"))
		at = next
	}
	// 19:00, not 18:00: there the rule in force stays the same.
	if diff := cmp.Diff([]string{"Mon 19:00 +0100", "Tue 01:00 +0100", "Tue 09:00 +0100", "Tue 19:00 +0100"}, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if next, ok := newPlan(t, routing.Staff("ann")).NextChange(at); ok {
		t.Errorf("a destination changes at %v", next)
	}
}

// TestNextChangeOfTrees compares with a scan of the rule in force, minute by minute.
func TestNextChangeOfTrees(t *testing.T) {
	t.Parallel()
	const minutes = 3 * 24 * 60
	rnd := rand.New(rand.NewPCG(47, 47))
	for changes := 0; changes < 40; {
		r := randomRule(rnd, 5, monday)
		p, err := routing.New(r)
		if err != nil {
			continue
		}
		inForce := make([]string, minutes)
		for m := range inForce {
			if now := p.InForce(gridTime(monday, m)); now != nil {
				inForce[m] = string(mustMarshal(t, now))
			}
		}
		next := -1
		for m := minutes - 2; m >= 0; m-- {
			if inForce[m] != inForce[m+1] {
				next = m + 1
				changes++
			}
			if next < 0 {
				continue
			}
			if got, ok := p.NextChange(gridTime(monday, m)); !ok || !got.Equal(gridTime(monday, next)) {
				t.Fatalf("at %v NextChange = %v, %v; want %v\n%s", gridTime(monday, m), got, ok, gridTime(monday, next), mustMarshal(t, r))
			}
		}
	}
}
