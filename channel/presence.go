package channel

import (
	"sync"
	"sync/atomic"

	"github.com/usherchat/usher/routing"
)

// seenPresence is the presence that one decision sees: open offers count as load, and what was asked is remembered.
type seenPresence struct {
	hub     *Hub
	pass    *fairPass
	staffed atomic.Bool // a Router may ask from several goroutines
}

// State implements routing.Presence.
func (p *seenPresence) State(d routing.Destination) routing.State {
	s := p.hub.presence.State(d)
	switch s.Status {
	case routing.Active, routing.Idle, routing.Busy:
		p.staffed.Store(true)
	case "":
		if d.Kind != routing.KindStaff {
			p.staffed.Store(true)
		}
	case routing.Offline:
	}
	s.Load += p.hub.offers.open(d)
	if p.pass != nil {
		s = p.pass.state(d, s)
	}
	return s
}

// fairPass remembers, while the waiting enquiries of a channel are looked at, which destinations were not available to
// one of them: one that becomes available meanwhile is for the oldest, in the next pass, and not for a younger one now.
type fairPass struct {
	mu sync.Mutex
	by map[routing.Destination]routing.State
}

// state is how d stands: as now, unless it was refused before.
func (r *fairPass) state(d routing.Destination, now routing.State) routing.State {
	r.mu.Lock()
	defer r.mu.Unlock()
	if then, ok := r.by[d]; ok {
		return then
	}
	if now.Available() || now.Status == "" && d.Kind != routing.KindStaff && (now.Capacity == 0 || now.Load < now.Capacity) {
		return now
	}
	if r.by == nil {
		r.by = map[routing.Destination]routing.State{}
	}
	r.by[d] = now
	return now
}
