package conversation

import (
	"time"

	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// Record is an entry of a conversation's log: a message, an event for the host, or both.
type Record struct {
	Seq     int64     `json:"-"`
	At      time.Time `json:"at"`
	Enquiry EnquiryID `json:"enquiry,omitempty"`
	Once    string    `json:"-"` // unique in the conversation if not empty
	Notify  bool      `json:"notify,omitempty"`
	Deliver bool      `json:"deliver,omitempty"`

	// Of a message.
	Author      Author            `json:"author,omitempty"`
	Staff       string            `json:"staff,omitempty"`
	DisplayName string            `json:"display_name,omitempty"`
	AvatarURL   string            `json:"avatar_url,omitempty"`
	Prefix      string            `json:"prefix,omitempty"` // what is put before the text: the name
	Auto        AutoKind          `json:"auto,omitempty"`
	Post        string            `json:"post,omitempty"`        // tells the source of the enquiry: opened, accepted, closed
	Message     *messages.Message `json:"message,omitempty"`     // never modified
	SentAt      time.Time         `json:"sent_at,omitzero"`      // by the source's clock; of an event that tells of a receipt, the receipt's
	DeliveredAt time.Time         `json:"delivered_at,omitzero"` // by the source's clock if a receipt gave it
	ReadAt      time.Time         `json:"read_at,omitzero"`
	Expires     time.Time         `json:"expires,omitzero"`   // not worth sending afterwards
	Delivery    Delivery          `json:"delivery,omitempty"` // what the lane's cursor does not tell
	Err         string            `json:"err,omitempty"`

	// Of an event.
	Event        EventType             `json:"event,omitempty"`
	Destinations []routing.Destination `json:"destinations,omitempty"`
	Wait         time.Duration         `json:"wait,omitempty"`      // of an offer
	State        *Enquiry              `json:"state,omitempty"`     // the enquiry as it was, unless StateSeq names another record
	StateSeq     int64                 `json:"state_seq,omitempty"` // the record that holds State, if this one does not
	Ref          int64                 `json:"ref,omitempty"`       // the record whose message this one is about

	RequeuedAs int64 `json:"requeued_as,omitempty"` // of a message: the record that last queued it again
}

// DeliveryAt is how far the message has come when its lane is done up to that record: what is written with it, or
// what the lane's place tells. "" of a record that is not posted.
func (r *Record) DeliveryAt(done int64) Delivery {
	switch {
	case !r.Deliver:
		return ""
	case r.Delivery != "":
		return r.Delivery
	case r.Seq <= done:
		return Sent
	default:
		return Queued
	}
}
