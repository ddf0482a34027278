package routing

import (
	"sync"
	"time"

	"github.com/benbjohnson/clock"
)

// Roster is a [Presence] of staff in memory. A status is a lease: when it is not renewed in time the
// person counts as [Offline], so a browser that vanished does not keep on being offered enquiries.
// Teams and bots are not kept: their State is the zero one, which a [Plan] reads as [Active].
//
// A Roster is safe for concurrent use, and starts no goroutine: leases are judged when they are read.
// It remembers every staff id it was told of, some 150 bytes each; [Roster.Forget] removes one. Use
// [NewRoster]: the zero Roster is not usable.
type Roster struct {
	clock clock.Clock

	mu    sync.RWMutex
	staff map[string]entry
}

type entry struct {
	status   Status
	until    time.Time // the end of the lease; zero = none
	load     int
	capacity int
	since    time.Time
}

// NewRoster returns an empty Roster that judges leases by c; nil is the real clock.
func NewRoster(c clock.Clock) *Roster {
	if c == nil {
		c = clock.New()
	}
	return &Roster{clock: c, staff: make(map[string]entry)}
}

// Set gives a staff member a status for the time of the lease, after which they are [Offline]. A lease
// of 0 does not expire; a negative one has expired already. A status that is not one of the four counts
// as Offline. Coming back from Offline is becoming free: [State.Since] begins anew.
func (r *Roster) Set(staff string, s Status, lease time.Duration) {
	now := r.clock.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.staff[staff]
	was := e.at(now)
	e.status, e.until = s, time.Time{}
	if lease != 0 {
		e.until = now.Add(lease)
	}
	if was == Offline && e.at(now) != Offline {
		e.since = now
	}
	r.staff[staff] = e
}

// SetCapacity sets how many enquiries a staff member handles at most; 0 = no limit, negative = none at
// all. It stays when the status changes or its lease runs out.
func (r *Roster) SetCapacity(staff string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.staff[staff]
	e.capacity = n
	r.staff[staff] = e
}

// Took counts one more enquiry that a staff member handles.
func (r *Roster) Took(staff string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.staff[staff]
	e.load++
	r.staff[staff] = e
}

// Freed counts one enquiry less, never below none, and begins [State.Since] anew.
func (r *Roster) Freed(staff string) {
	now := r.clock.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.staff[staff]
	e.load = max(0, e.load-1)
	e.since = now
	r.staff[staff] = e
}

// Forget removes all that is known of a staff member.
func (r *Roster) Forget(staff string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.staff, staff)
}

// State implements [Presence]. Staff that were never set, or whose lease ran out, are [Offline].
func (r *Roster) State(d Destination) State {
	if d.Kind != KindStaff {
		return State{}
	}
	r.mu.RLock()
	e, ok := r.staff[d.ID]
	r.mu.RUnlock()
	if !ok {
		return State{Status: Offline}
	}
	s := State{Status: e.status, Load: e.load, Capacity: e.capacity, Since: e.since}
	if !e.until.IsZero() || !e.status.known() {
		s.Status = e.at(r.clock.Now())
	}
	return s
}

// at is the status at a moment: a lease no longer holds at its very end.
func (e entry) at(now time.Time) Status {
	if !e.status.known() || !e.until.IsZero() && !now.Before(e.until) {
		return Offline
	}
	return e.status
}

// known reports whether s is one of the four statuses.
func (s Status) known() bool {
	return s == Active || s == Idle || s == Busy || s == Offline
}

var _ Presence = (*Roster)(nil)
