package conversation

import (
	"time"

	"github.com/usherchat/usher/messages"
)

// Inbound is a visitor's message as the source sends it.
type Inbound struct {
	Visitor Visitor          `json:"visitor"`
	Message messages.Message `json:"message"`
	SentAt  time.Time        `json:"sent_at,omitzero"` // by the source's clock; kept for the host, never used for order
}

// Accepted says how an Inbound was recorded.
type Accepted struct {
	Enquiry   EnquiryID `json:"enquiry"`
	Message   MessageID `json:"message"`
	Duplicate bool      `json:"duplicate"` // the message id was recorded before: nothing happened, and the first content stays
}

// Receipt says how far a message has come that was posted to the source.
type Receipt struct {
	Message MessageID `json:"message"`
	Status  Delivery  `json:"status"`           // Delivered, Read or Failed
	Reason  string    `json:"reason,omitempty"` // of Failed
	At      time.Time `json:"at,omitzero"`      // by the source's clock; kept for the host, never used for order
}

// Author is the side that a message comes from.
type Author string

// Authors.
const (
	FromVisitor Author = "visitor"
	FromStaff   Author = "staff"
	FromBot     Author = "bot"
	FromAuto    Author = "auto" // welcome, away and closing texts
)

// Delivery is how far a message to the visitor has come. It never moves down this list, except that a Delivered or Read
// receipt replaces Failed.
type Delivery string

// Deliveries. Messages from visitors have none.
const (
	Queued    Delivery = "queued"
	Sent      Delivery = "sent" // the endpoint answered 2xx
	Delivered Delivery = "delivered"
	Read      Delivery = "read"
	Failed    Delivery = "failed" // given up; Err says why
)

// Rank orders deliveries, from 0 for Queued to 4 for Read: a receipt of a lower or equal rank changes nothing.
func (d Delivery) Rank() int {
	switch d {
	case Sent:
		return 1
	case Failed:
		return 2
	case Delivered:
		return 3
	case Read:
		return 4
	default:
		return 0
	}
}

// AutoKind tells automatic texts apart.
type AutoKind string

// Automatic texts.
const (
	AutoWelcome AutoKind = "welcome"
	AutoAway    AutoKind = "away"
	AutoClosing AutoKind = "closing"
)
