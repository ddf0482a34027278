package channel

import (
	"time"

	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// Event says what happened, for [HubConfig.Notify]. Enquiry is as it was when the event was recorded.
type Event struct {
	ID           string                `json:"id"` // the same each time that Notify gets the event
	Type         EventType             `json:"type"`
	At           time.Time             `json:"at"`
	SentAt       time.Time             `json:"sent_at,omitzero"` // by the source's clock: of a visitor's message, or of a receipt
	Channel      string                `json:"channel"`
	Enquiry      Enquiry               `json:"enquiry,omitzero"`
	Visitor      VisitorID             `json:"visitor,omitempty"`
	Seq          int64                 `json:"seq,omitempty"`
	MessageID    MessageID             `json:"message_id,omitempty"`
	Message      *messages.Message     `json:"message,omitempty"` // of every message event; must not be modified
	Author       Author                `json:"author,omitempty"`  // of every message event
	Destinations []routing.Destination `json:"destinations,omitempty"`
	Wait         time.Duration         `json:"wait,omitempty"` // of EnquiryOffered: how long the offer stands, from when Notify returned nil; nanoseconds in JSON
	Err          string                `json:"err,omitempty"`
}
