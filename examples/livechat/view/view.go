// Package view is what the host's pages are told of enquiries and messages: plain data, ready to be shown. Nothing in
// it is HTML; the pages put every text into the document as text.
package view

import (
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/examples/livechat/team"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// Enquiry is one line of the overview, or one conversation of the staff page.
type Enquiry struct {
	ID      channel.EnquiryID `json:"id"`
	Number  int64             `json:"number"`
	Status  channel.Status    `json:"status"`
	Visitor string            `json:"visitor"` // a name to show, never empty
	Locale  string            `json:"locale,omitempty"`
	Staff   string            `json:"staff,omitempty"`    // the handler's id
	Handler string            `json:"handler,omitempty"`  // the handler's name
	Offered []string          `json:"offered,omitempty"`  // names of whom it is offered to now
	Why     string            `json:"why,omitempty"`      // the latest decision in words
	Because string            `json:"because,omitempty"`  // its last step: why this person
	Reasons []string          `json:"reasons,omitempty"`  // all its steps
	Follow  bool              `json:"follow,omitempty"`   // taken up after it had been missed
	Moving  bool              `json:"transfer,omitempty"` // its handler hands it on; nobody has accepted yet

	Opened     time.Time `json:"opened"`
	Accepted   time.Time `json:"accepted,omitzero"`
	FirstReply time.Time `json:"first_reply,omitzero"`
	Missed     time.Time `json:"missed,omitzero"`
	Closed     time.Time `json:"closed,omitzero"`
	Last       time.Time `json:"last,omitzero"` // message

	Messages channel.Messages `json:"messages"`
}

// Of returns what is shown of an enquiry.
func Of(e *channel.Enquiry, d *team.Directory) Enquiry {
	v := Enquiry{
		ID: e.ID, Number: e.Number, Status: e.Status, Visitor: Visitor(&e.Visitor), Locale: e.Visitor.Locale,
		Staff: e.Staff.ID, Handler: Name(e.Staff.Person, e.Staff.ID), Follow: e.FollowUp,
		Why: Words(e.Why, d), Because: Words(because(e), d),
		Moving: e.Status == channel.Handling && len(e.Offered) > 0,
		Opened: e.OpenedAt, Accepted: e.AcceptedAt, FirstReply: e.FirstReplyAt, Missed: e.MissedAt,
		Closed: e.ClosedAt, Last: e.LastMessageAt, Messages: e.Messages,
	}
	for _, to := range e.Offered {
		v.Offered = append(v.Offered, Destination(to, d))
	}
	for _, r := range e.Reasons {
		if r.Text != "" {
			v.Reasons = append(v.Reasons, Words(r.Text, d))
		}
	}
	return v
}

// Visitor is the name to show of a visitor: cleaned as names are, so that one cannot turn the page's text around.
func Visitor(v *channel.Visitor) string {
	if name := messages.FullName.Format(v.Person); name != "" {
		return name
	}
	if name := messages.FirstName.Format(messages.Person{FirstName: v.Name}); name != "" {
		return name
	}
	if v.ID == "" {
		return "Forgotten visitor"
	}
	return "Visitor " + messages.FirstName.Format(messages.Person{FirstName: string(v.ID)})
}

// Name is the full name of a person who works here, or else the id.
func Name(p messages.Person, id string) string {
	if name := messages.FullName.Format(p); name != "" {
		return name
	}
	return id
}

// Destination is a name for whom an enquiry is offered to.
func Destination(to routing.Destination, d *team.Directory) string {
	if s, ok := d.Find(to.ID); ok && to.Kind == routing.KindStaff {
		return Name(s.Person, s.ID)
	}
	if t, ok := d.Team(to.ID); ok && to.Kind == routing.KindTeam {
		return t.Name + " team"
	}
	for _, b := range d.Bots {
		if to == routing.Bot(b.ID) {
			return Name(b.Person, b.ID) + " (bot)"
		}
	}
	return to.String()
}
