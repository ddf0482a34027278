package simulation

import (
	"time"

	"github.com/usherchat/usher/routing"
)

// presence is the presence within a simulation, with the load that it counts.
type presence struct {
	everybody bool // is Active
	states    map[routing.Destination]routing.State
	offers    map[routing.Destination]int // open, to this one alone
	handling  map[routing.Destination]int
	since     map[routing.Destination]time.Time
}

func newPresence(everybody bool) *presence {
	return &presence{
		everybody: everybody,
		states:    make(map[routing.Destination]routing.State),
		offers:    make(map[routing.Destination]int),
		handling:  make(map[routing.Destination]int),
		since:     make(map[routing.Destination]time.Time),
	}
}

// State implements [routing.Presence].
func (p *presence) State(d routing.Destination) routing.State {
	s := p.states[d]
	if p.everybody {
		s.Status = routing.Active
	}
	s.Load += p.offers[d] + p.handling[d]
	if t := p.since[d]; t.After(s.Since) {
		s.Since = t
	}
	return s
}
