package team

import "github.com/usherchat/usher/routing"

// Presence is the routing.Presence of the host: a Roster, which knows staff, and what follows from it for teams.
// Took and Freed come from the Roster, so that the hub keeps its loads.
type Presence struct {
	*routing.Roster
	directory *Directory
}

// NewPresence returns a Presence in which everybody is offline.
func NewPresence(d *Directory) *Presence {
	p := &Presence{Roster: routing.NewRoster(nil), directory: d}
	for _, s := range d.Staff {
		p.SetCapacity(s.ID, s.Capacity)
	}
	return p
}

// State implements routing.Presence. A team is what the best of its members is: available if one of them is.
func (p *Presence) State(d routing.Destination) routing.State {
	if d.Kind != routing.KindTeam {
		return p.Roster.State(d)
	}
	team, ok := p.directory.Team(d.ID)
	if !ok {
		return routing.State{Status: routing.Offline}
	}
	best := routing.State{Status: routing.Offline}
	for _, id := range team.Members {
		s := p.Roster.State(routing.Staff(id))
		switch {
		case s.Available():
			return routing.State{Status: s.Status} // the load is the member's own affair
		case rank(s.Status) > rank(best.Status):
			best = s
		}
	}
	return best
}

func rank(s routing.Status) int {
	switch s {
	case routing.Active:
		return 3
	case routing.Idle:
		return 2
	case routing.Busy:
		return 1
	default:
		return 0
	}
}
