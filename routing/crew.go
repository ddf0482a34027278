package routing

import "time"

// crew is the presence within a simulation, with the load that it counts.
type crew struct {
	everybody bool // is Active
	states    map[Destination]State
	offers    map[Destination]int // open, to this one alone
	handling  map[Destination]int
	since     map[Destination]time.Time
}

func newCrew(everybody bool) *crew {
	return &crew{
		everybody: everybody,
		states:    make(map[Destination]State),
		offers:    make(map[Destination]int),
		handling:  make(map[Destination]int),
		since:     make(map[Destination]time.Time),
	}
}

// State implements [Presence].
func (c *crew) State(d Destination) State {
	s := c.states[d]
	if c.everybody {
		s.Status = Active
	}
	s.Load += c.offers[d] + c.handling[d]
	if t := c.since[d]; t.After(s.Since) {
		s.Since = t
	}
	return s
}
