// Package team is the host's own knowledge of its people: who there is, who belongs to which team, and who is at
// work. A real host has this in its own tables.
package team

import (
	"slices"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// Team is a group of staff inside which the host distributes: an enquiry offered to the team is shown to all of
// its members, and the first who accepts has it.
type Team struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Members []string `json:"members"`
}

// Directory is who works here. It does not change while the program runs.
type Directory struct {
	Staff []channel.Staff
	Teams []Team
	Bots  []channel.Staff
}

// Example is the staff of this example.
func Example() *Directory {
	person := func(id, first, last string) channel.Staff {
		return channel.Staff{ID: id, Person: messages.Person{FirstName: first, LastName: last}, Capacity: 8}
	}
	return &Directory{
		Staff: []channel.Staff{
			person("ann", "Ann", "Archer"), person("bob", "Bob", "Brook"), person("chloe", "Chloe", "Chen"),
		},
		Teams: []Team{
			{ID: "sales", Name: "Sales", Members: []string{"ann", "bob"}},
			{ID: "support", Name: "Support", Members: []string{"bob", "chloe"}},
		},
		Bots: []channel.Staff{{ID: "guide", Person: messages.Person{FirstName: "Guide"}, Bot: true}},
	}
}

// Find returns the staff member with that id.
func (d *Directory) Find(id string) (channel.Staff, bool) {
	i := slices.IndexFunc(d.Staff, func(s channel.Staff) bool { return s.ID == id })
	if i < 0 {
		return channel.Staff{}, false
	}
	return d.Staff[i], true
}

// Team returns the team with that id.
func (d *Directory) Team(id string) (Team, bool) {
	i := slices.IndexFunc(d.Teams, func(t Team) bool { return t.ID == id })
	if i < 0 {
		return Team{}, false
	}
	return d.Teams[i], true
}

// Concerns reports whether an offer to these destinations is for the staff member, in person or as one of a team,
// and for which of them.
func (d *Directory) Concerns(offered []routing.Destination, staff string) (routing.Destination, bool) {
	for _, to := range offered {
		switch to.Kind {
		case routing.KindStaff:
			if to.ID == staff {
				return to, true
			}
		case routing.KindTeam:
			if t, ok := d.Team(to.ID); ok && slices.Contains(t.Members, staff) {
				return to, true
			}
		case routing.KindBot:
		}
	}
	return routing.Destination{}, false
}
