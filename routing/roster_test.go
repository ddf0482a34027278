package routing_test

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/routing"
)

func TestStateAvailable(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		s    routing.State
		want bool
	}{
		{routing.State{}, false},
		{routing.State{Status: routing.Active}, true},
		{routing.State{Status: routing.Idle}, true},
		{routing.State{Status: routing.Busy}, false},
		{routing.State{Status: routing.Offline}, false},
		{routing.State{Status: "lunch"}, false},
		{routing.State{Status: routing.Active, Load: 99}, true},
		{routing.State{Status: routing.Active, Load: 1, Capacity: 2}, true},
		{routing.State{Status: routing.Active, Load: 2, Capacity: 2}, false},
		{routing.State{Status: routing.Idle, Load: 3, Capacity: 2}, false},
		{routing.State{Status: routing.Active, Capacity: -1}, false},
	} {
		if got := tt.s.Available(); got != tt.want {
			t.Errorf("%+v.Available() = %v", tt.s, got)
		}
	}
	for _, d := range []routing.Destination{routing.Staff("a"), routing.Team("t"), routing.Bot("b")} {
		if s := routing.Everyone.State(d); s != (routing.State{Status: routing.Active}) {
			t.Errorf("Everyone.State(%v) = %+v", d, s)
		}
	}
}

func TestRoster(t *testing.T) {
	t.Parallel()
	mock := clock.NewMock()
	mock.Set(monday)
	r := routing.NewRoster(mock)
	check := func(what string, want routing.State) {
		t.Helper()
		if diff := cmp.Diff(want, r.State(routing.Staff("ann"))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	check("never set", routing.State{Status: routing.Offline})
	r.Set("ann", routing.Active, time.Minute)
	check("set", routing.State{Status: routing.Active, Since: monday})
	mock.Add(time.Minute - 1)
	check("just before the end of the lease", routing.State{Status: routing.Active, Since: monday})
	mock.Add(1)
	check("at the end of the lease", routing.State{Status: routing.Offline, Since: monday})
	r.Set("ann", routing.Idle, 0)
	check("back", routing.State{Status: routing.Idle, Since: monday.Add(time.Minute)})
	mock.Add(24 * time.Hour)
	check("without a lease", routing.State{Status: routing.Idle, Since: monday.Add(time.Minute)})
	r.Set("ann", routing.Busy, 0)
	r.Set("ann", routing.Active, time.Hour)
	check("a change among those who are there", routing.State{Status: routing.Active, Since: monday.Add(time.Minute)})
	r.SetCapacity("ann", 2)
	r.Took("ann")
	r.Took("ann")
	check("took two", routing.State{Status: routing.Active, Load: 2, Capacity: 2, Since: monday.Add(time.Minute)})
	mock.Add(time.Minute)
	freed := mock.Now()
	r.Freed("ann")
	check("freed", routing.State{Status: routing.Active, Load: 1, Capacity: 2, Since: freed})
	r.Freed("ann")
	r.Freed("ann")
	check("never below none", routing.State{Status: routing.Active, Capacity: 2, Since: freed})
	r.Set("ann", "lunch", 0)
	check("no status", routing.State{Status: routing.Offline, Capacity: 2, Since: freed})
	r.Set("ann", routing.Active, -time.Second)
	check("a lease that is over", routing.State{Status: routing.Offline, Capacity: 2, Since: freed})
	r.Forget("ann")
	check("forgotten", routing.State{Status: routing.Offline})
	if s := r.State(routing.Team("ann")); s != (routing.State{}) {
		t.Errorf("a team has the state %+v", s)
	}
}

// TestRosterRouting: who is at capacity is passed over, until freed.
func TestRosterRouting(t *testing.T) {
	t.Parallel()
	r := routing.NewRoster(clock.NewMock())
	p := newPlan(t, routing.Alternative{routing.Staff("a"), routing.Staff("b"), routing.Team("t")})
	r.Set("a", routing.Active, 0)
	r.SetCapacity("a", 1)
	r.Set("b", routing.Active, time.Hour)
	got := offers(t, p, r, 1)
	r.Took("a")
	got = append(got, offers(t, p, r, 1)...)
	r.Set("b", routing.Offline, 0)
	got = append(got, offers(t, p, r, 1)...)
	r.Freed("a")
	got = append(got, offers(t, p, r, 1)...)
	if diff := cmp.Diff([]string{"a", "b", "t", "a"}, got); diff != "" {
		t.Errorf("offers (-want +got):\n%s", diff)
	}
}

func TestRosterConcurrent(t *testing.T) {
	t.Parallel()
	r := routing.NewRoster(nil)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			id := strconv.Itoa(i % 2)
			for range 500 {
				r.Set(id, routing.Active, time.Hour)
				r.Took(id)
				r.SetCapacity(id, 5_000)
				r.State(routing.Staff(id))
			}
		})
	}
	wg.Wait()
	for _, id := range []string{"0", "1"} {
		if s := r.State(routing.Staff(id)); s.Load != 2_000 || s.Status != routing.Active {
			t.Errorf("%s has the state %+v, want a load of 2 000", id, s)
		}
	}
}
