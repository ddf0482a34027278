package view

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/examples/livechat/team"
	"github.com/usherchat/usher/routing"
)

// Words puts people's names into a text of the library, which knows only their ids: "staff ann is next" becomes
// "Ann Archer is next".
func Words(text string, d *team.Directory) string {
	var pairs []string
	for _, s := range d.Staff {
		pairs = append(pairs, routing.Staff(s.ID).String(), Name(s.Person, s.ID), "by "+s.ID, "by "+Name(s.Person, s.ID))
	}
	for _, t := range d.Teams {
		pairs = append(pairs, routing.Team(t.ID).String(), t.Name+" team", "by "+t.ID, "by the "+t.Name+" team")
	}
	for _, b := range d.Bots {
		pairs = append(pairs, routing.Bot(b.ID).String(), Name(b.Person, b.ID)+" (bot)", "by "+b.ID, "by "+Name(b.Person, b.ID))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// because is the step of a decision that says most: why this person. The steps around it say where it was taken.
func because(e *channel.Enquiry) string {
	for _, r := range slices.Backward(e.Reasons) {
		switch r.Code {
		case routing.CodeOffered, routing.CodeMatched:
			if r.Text != "" && (len(e.Offered) > 0 || e.Staff.ID != "") {
				return r.Text
			}
		}
	}
	return e.Why
}

// Rule says in words whom a rule leads to, in the order in which they are asked. Times are not said: they are
// what routing's InForce has decided before.
func Rule(r routing.Rule, d *team.Directory) string {
	switch r := r.(type) {
	case nil:
		return "closed"
	case routing.Destination:
		return Destination(r, d)
	case routing.Alternative:
		var parts []string
		for _, inner := range r {
			parts = append(parts, Rule(inner, d))
		}
		return strings.Join(parts, ", then ")
	case routing.Percentage:
		var parts []string
		for _, s := range r {
			parts = append(parts, strconv.FormatFloat(s.Percent, 'f', -1, 64)+" % "+Rule(s.To, d))
		}
		return strings.Join(parts, ", ")
	case routing.Sticky:
		return Rule(r.Then, d)
	case routing.Group:
		var names []string
		for _, m := range r.Members {
			names = append(names, Destination(m, d))
		}
		if len(names) == 1 {
			return names[0]
		}
		return strings.Join(names, ", ") + how[r.Method]
	default:
		return fmt.Sprintf("%T", r)
	}
}

var how = map[routing.Method]string{
	routing.FixedOrder: " in this order", routing.RoundRobin: " in turns", routing.MostIdle: " by who is free",
	routing.Simultaneous: " at once",
}
