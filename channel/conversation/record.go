package conversation

import (
	"time"

	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// Record is an entry of a conversation's log: a message, an event for the host, or both. A record without Message, Event,
// Post and Ref holds what is left of a forgotten message: its Once.
type Record struct {
	Seq     int64     `json:"-"`                 // 1, 2, 3 … within the conversation
	At      time.Time `json:"at"`                // when it was recorded
	Enquiry EnquiryID `json:"enquiry,omitempty"` // which it belongs to
	Once    string    `json:"-"`                 // unique in the conversation if not empty
	Notify  bool      `json:"notify,omitempty"`  // it belongs to LaneNotify
	Deliver bool      `json:"deliver,omitempty"` // it belongs to LaneDeliver

	// Of a message.
	Author      Author            `json:"author,omitempty"`
	Staff       string            `json:"staff,omitempty"`        // id of the author, of staff or a bot
	DisplayName string            `json:"display_name,omitempty"` // of the author, as the visitor sees it
	AvatarURL   string            `json:"avatar_url,omitempty"`   // of the author
	Prefix      string            `json:"prefix,omitempty"`       // the author's name, which is posted before the text
	Auto        AutoKind          `json:"auto,omitempty"`         // which automatic text it is
	Post        string            `json:"post,omitempty"`         // no message: a post of the enquiry's state, opened, accepted or closed
	Message     *messages.Message `json:"message,omitempty"`      // never modified
	SentAt      time.Time         `json:"sent_at,omitzero"`       // by the source's clock; of an event about a receipt, the receipt's
	DeliveredAt time.Time         `json:"delivered_at,omitzero"`  // by the source's clock if the receipt gave a time, else when it came
	ReadAt      time.Time         `json:"read_at,omitzero"`       // likewise
	Expires     time.Time         `json:"expires,omitzero"`       // of an away text: superseded from then on
	Delivery    Delivery          `json:"delivery,omitempty"`     // if it differs from what the lane's cursor implies; see DeliveryAt
	Err         string            `json:"err,omitempty"`          // why it failed; of a suspension, its reason

	// Of an event.
	Event        EventType             `json:"event,omitempty"`
	Destinations []routing.Destination `json:"destinations,omitempty"`
	Wait         time.Duration         `json:"wait,omitempty"`      // how long an offer stands
	State        *Enquiry              `json:"state,omitempty"`     // the enquiry as it was, unless StateSeq names a record
	StateSeq     int64                 `json:"state_seq,omitempty"` // Seq of the record that holds State, if this one does not
	Ref          int64                 `json:"ref,omitempty"`       // Seq of the record whose message this one is about

	RequeuedAs int64 `json:"requeued_as,omitempty"` // of a message: Seq of the record that last queued it again
}

// DeliveryAt is how far the message has come when LaneDeliver is settled up to the Seq done: Delivery if that is set,
// else Sent or Queued. It is "" for a record that is not posted.
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
