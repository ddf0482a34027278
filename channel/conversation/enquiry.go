package conversation

import (
	"maps"
	"time"

	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// Visitor is a person writing on the source. A field that is empty in a later message keeps its earlier value; an
// attribute with an empty value is removed.
type Visitor struct {
	ID VisitorID `json:"id"`
	messages.Person
	Name       string            `json:"name,omitempty"`
	AvatarURL  string            `json:"avatar_url,omitempty"`
	Locale     string            `json:"locale,omitempty"` // BCP 47
	Attributes map[string]string `json:"attributes,omitempty"`
}

// Same reports whether all fields of v and w are equal.
func (v *Visitor) Same(w *Visitor) bool {
	return v.ID == w.ID && v.Person == w.Person && v.Name == w.Name && v.AvatarURL == w.AvatarURL &&
		v.Locale == w.Locale && maps.Equal(v.Attributes, w.Attributes)
}

// Staff is a person or a bot that acts on an enquiry. The ID is never sent to the source.
type Staff struct {
	ID string `json:"id"`
	messages.Person
	AvatarURL string `json:"avatar_url,omitempty"` // at most 32 KiB
	// Capacity is the most enquiries that this staff member handles at the same time, over all channels and
	// processes; 0 = no limit. The Store enforces it when an enquiry is accepted.
	Capacity int  `json:"capacity,omitempty"`
	Bot      bool `json:"bot,omitempty"`
}

// Destination is the staff member as a destination of an offer.
func (s Staff) Destination() routing.Destination {
	if s.Bot {
		return routing.Bot(s.ID)
	}
	return routing.Staff(s.ID)
}

// Author is FromBot for a bot, else FromStaff.
func (s Staff) Author() Author {
	if s.Bot {
		return FromBot
	}
	return FromStaff
}

// Status is how far an enquiry has come.
type Status string

// Opened → Handling → Closed, or Opened → Missed → Handling (a follow-up) → Closed.
const (
	Opened   Status = "opened"
	Handling Status = "handling"
	Missed   Status = "missed"
	Closed   Status = "closed"
)

// Enquiry is one matter in a conversation. Times that have not happened are zero.
type Enquiry struct {
	ID       EnquiryID             `json:"id"`
	Number   int64                 `json:"number"` // counts from 1 within the channel, without a gap
	Channel  string                `json:"channel"`
	Visitor  Visitor               `json:"visitor"`
	Status   Status                `json:"status"`
	Staff    Staff                 `json:"staff,omitzero"`    // its present or last handler
	Offered  []routing.Destination `json:"offered,omitempty"` // the destinations of the present offer
	OpenedAt time.Time             `json:"opened_at"`         // when it was first opened

	AcceptedAt    time.Time `json:"accepted_at,omitzero"`    // when its present or last handler took it
	FirstReplyAt  time.Time `json:"first_reply_at,omitzero"` // first reply by staff
	MissedAt      time.Time `json:"missed_at,omitzero"`      // when it was last missed; a follow-up does not clear it
	ClosedAt      time.Time `json:"closed_at,omitzero"`
	LastMessageAt time.Time `json:"last_message_at,omitzero"` // by the visitor or by staff

	Why      string           `json:"why,omitempty"` // the latest decision in words
	Reasons  []routing.Reason `json:"reasons,omitempty"`
	FollowUp bool             `json:"follow_up,omitempty"` // accepted after it had been missed

	// Destination is the destination through which it was accepted, before that the first of the latest offer.
	Destination routing.Destination `json:"destination,omitzero"`
	// ReopenedAt is when it was last opened again, after having been missed or closed.
	ReopenedAt time.Time `json:"reopened_at,omitzero"`
	// FirstAcceptedAt is when it was first accepted; AcceptedAt moves with each transfer.
	FirstAcceptedAt time.Time `json:"first_accepted_at,omitzero"`
	// Messages counts what was said in it.
	Messages Messages `json:"messages,omitzero"`
}

// Messages counts messages by where they came from. Failed ones are counted where they came from as well.
type Messages struct {
	In     int `json:"in,omitempty"`     // by the visitor
	Out    int `json:"out,omitempty"`    // by staff and bots
	Auto   int `json:"auto,omitempty"`   // welcome, away and closing texts
	Failed int `json:"failed,omitempty"` // could not be delivered
}

// Add adds what n counts.
func (m *Messages) Add(n Messages) {
	m.In += n.In
	m.Out += n.Out
	m.Auto += n.Auto
	m.Failed += n.Failed
}

// Anonymous returns the enquiry without its visitor.
func (e *Enquiry) Anonymous() Enquiry {
	a := *e
	a.Visitor = Visitor{}
	return a
}

// Live reports whether the enquiry can still be answered.
func (e *Enquiry) Live() bool { return e != nil && e.Status != Closed }
