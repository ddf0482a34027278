package routing_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/routing"
)

// crew makes staff of one-letter names.
func crew(names string) (all []routing.Destination) {
	for _, name := range names {
		all = append(all, routing.Staff(string(name)))
	}
	return all
}

func group(method routing.Method, names string) routing.Group {
	return routing.Group{ID: "g", Method: method, Members: crew(names)}
}

// names returns the ids of destinations in one text.
func names(all []routing.Destination) string {
	var s strings.Builder
	for _, d := range all {
		s.WriteString(d.ID)
	}
	return s.String()
}

// offers routes n enquiries and returns the ids offered, those of one offer together.
func offers(tb testing.TB, p *routing.Plan, ps routing.Presence, n int) (all []string) {
	tb.Helper()
	for range n {
		d, err := p.Route(tb.Context(), routing.Enquiry{}, ps)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, names(d.Destinations))
	}
	return all
}

func TestGroupMethods(t *testing.T) {
	t.Parallel()
	active := func(load int, since int64) routing.State {
		return routing.State{Status: routing.Active, Load: load, Since: time.Unix(since, 0)}
	}
	idle := routing.State{Status: routing.Idle}
	tests := []struct {
		name  string
		group routing.Group
		ps    routing.Presence
		want  []string
	}{
		{name: "fixed order", group: group(routing.FixedOrder, "abc"), want: []string{"a", "a", "a"}},
		{name: "fixed order, active before idle", group: group(routing.FixedOrder, "abc"), ps: states{routing.Staff("a"): idle, routing.Staff("c"): active(0, 0)}, want: []string{"c", "c"}},
		{name: "fixed order, the first idle", group: group(routing.FixedOrder, "abc"), ps: states{routing.Staff("b"): idle, routing.Staff("c"): idle}, want: []string{"b"}},
		{name: "round robin", group: group(routing.RoundRobin, "abc"), want: []string{"a", "b", "c", "a"}},
		{name: "round robin, without b", group: group(routing.RoundRobin, "abc"), ps: states{routing.Staff("a"): active(0, 0), routing.Staff("c"): active(0, 0)}, want: []string{"a", "c", "a"}},
		{name: "round robin, active before idle", group: group(routing.RoundRobin, "abc"), ps: states{routing.Staff("a"): idle, routing.Staff("b"): active(0, 0), routing.Staff("c"): active(0, 0)}, want: []string{"b", "c", "b"}},
		{name: "most idle, by load", group: group(routing.MostIdle, "abc"), ps: states{routing.Staff("a"): active(2, 1), routing.Staff("b"): active(1, 9), routing.Staff("c"): active(2, 2)}, want: []string{"b", "b"}},
		{name: "most idle, by time", group: group(routing.MostIdle, "abc"), ps: states{routing.Staff("a"): active(1, 3), routing.Staff("b"): active(1, 2), routing.Staff("c"): active(1, 2)}, want: []string{"b"}},
		{name: "most idle, active before idle", group: group(routing.MostIdle, "ab"), ps: states{routing.Staff("a"): idle, routing.Staff("b"): active(7, 9)}, want: []string{"b"}},
		{name: "most idle, nobody waited before who never served", group: group(routing.MostIdle, "ab"), ps: states{routing.Staff("a"): active(0, 5), routing.Staff("b"): {Status: routing.Active}}, want: []string{"b"}},
		{name: "simultaneous", group: group(routing.Simultaneous, "abc"), want: []string{"abc", "abc"}},
		{name: "simultaneous, idle ones too", group: group(routing.Simultaneous, "abc"), ps: states{routing.Staff("a"): idle, routing.Staff("c"): active(0, 0)}, want: []string{"ac"}},
		{name: "simultaneous, the first two", group: group(routing.Simultaneous, "abc"), ps: states{routing.Staff("a"): idle, routing.Staff("b"): active(0, 0)}, want: []string{"ab"}},
		{name: "full ones are passed over", group: group(routing.FixedOrder, "ab"), ps: states{routing.Staff("a"): {Status: routing.Active, Load: 2, Capacity: 2}, routing.Staff("b"): active(1, 0)}, want: []string{"b"}},
		{name: "nobody", group: group(routing.RoundRobin, "ab"), ps: states{}, want: []string{""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, offers(t, newPlan(t, tt.group), tt.ps, len(tt.want))); diff != "" {
				t.Errorf("offers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGroupTried(t *testing.T) {
	t.Parallel()
	p := newPlan(t, group(routing.RoundRobin, "abc"))
	offers(t, p, nil, 1) // a
	d, err := p.Route(t.Context(), routing.Enquiry{Tried: crew("ab")}, nil)
	if err != nil || names(d.Destinations) != "c" {
		t.Errorf("Route = %v, %v; want c", d, err)
	}
	// The turn moves by every offer, also by one after another.
	if diff := cmp.Diff([]string{"a"}, offers(t, p, nil, 1)); diff != "" {
		t.Error(diff)
	}
	d, err = p.Route(t.Context(), routing.Enquiry{Tried: crew("abc")}, nil)
	if err != nil || d.Outcome != routing.Exhausted {
		t.Errorf("Route = %v, %v; want exhausted", d, err)
	}
}

// TestGroupSharedTurn: groups with one ID share a turn, in one plan and over With.
func TestGroupSharedTurn(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		before, after string
		offered       int // before the change
		want          string
	}{
		{name: "unchanged", before: "abcd", after: "abcd", offered: 2, want: "cda"},
		{name: "the last offered is gone", before: "abcd", after: "acd", offered: 2, want: "cda"},
		{name: "it and the next are gone", before: "abcd", after: "ad", offered: 2, want: "dad"},
		{name: "one before it is gone", before: "abcd", after: "bcd", offered: 2, want: "cdb"},
		{name: "it was the last and is gone", before: "abcd", after: "abc", offered: 4, want: "abc"},
		{name: "somebody came in its place", before: "abc", after: "axc", offered: 2, want: "cax"},
		{name: "reordered", before: "abc", after: "cba", offered: 2, want: "acb"},
		{name: "all are others", before: "abc", after: "xyz", offered: 2, want: "yzx"},
		{name: "all are others, and fewer", before: "abcd", after: "xy", offered: 4, want: "yxy"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlan(t, group(routing.RoundRobin, tt.before))
			offers(t, p, nil, tt.offered)
			next, err := p.With(routing.Sticky{Then: group(routing.RoundRobin, tt.after)})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(offers(t, next, nil, len(tt.want)), ""); got != tt.want {
				t.Errorf("after the change the turn went %s, want %s", got, tt.want)
			}
		})
	}
	p := newPlan(t, routing.Percentage{{Percent: 50, To: group(routing.RoundRobin, "abc")}, {Percent: 50, To: routing.Sticky{Then: group(routing.RoundRobin, "abc")}}})
	if diff := cmp.Diff([]string{"a", "b", "c", "a"}, offers(t, p, nil, 4)); diff != "" {
		t.Errorf("two groups of one plan (-want +got):\n%s", diff)
	}
}

func TestGroupConcurrent(t *testing.T) {
	t.Parallel()
	p := newPlan(t, group(routing.RoundRobin, "abcde"))
	var counts [5]atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 10_000 {
				d, err := p.Route(t.Context(), routing.Enquiry{}, nil)
				if err != nil || len(d.Destinations) != 1 {
					t.Errorf("Route = %v, %v", d, err)
					return
				}
				counts[d.Destinations[0].ID[0]-'a'].Add(1)
			}
		})
	}
	wg.Wait()
	for i := range counts {
		if n := counts[i].Load(); n != 32_000 {
			t.Errorf("member %c was offered %d of 160 000 enquiries, want 32 000", 'a'+i, n)
		}
	}
}

// TestGroupWait: the group's Wait is the decision's, also through other rules.
func TestGroupWait(t *testing.T) {
	t.Parallel()
	g := group(routing.FixedOrder, "a")
	g.Wait = 20 * time.Second
	p := newPlan(t, routing.Percentage{{Percent: 50, To: routing.Alternative{g}}, {Percent: 50, To: routing.Staff("b")}})
	var got []string
	for range 2 {
		d, err := p.Route(t.Context(), routing.Enquiry{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(names(d.Destinations), d.Wait))
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"a20s", "b0s"}, got); diff != "" {
		t.Error(diff)
	}
}
