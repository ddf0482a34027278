package channel

import (
	"time"

	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// EventType says what happened. Hosts ignore types that they do not know.
type EventType string

// Events that Notify is told, in the order in which they are recorded in the conversation.
const (
	EnquiryOpened      EventType = "enquiry.opened"      // a new enquiry, or an old one opened again
	EnquiryOffered     EventType = "enquiry.offered"     // Destinations may accept it
	EnquiryWithdrawn   EventType = "enquiry.withdrawn"   // Destinations need not bother any more; none: a transfer found nobody
	EnquiryWaiting     EventType = "enquiry.waiting"     // nobody can be offered it now; it keeps its place
	EnquiryAccepted    EventType = "enquiry.accepted"    // Enquiry.Staff handles it
	EnquiryTransferred EventType = "enquiry.transferred" // Enquiry.Staff hands it on
	EnquiryMissed      EventType = "enquiry.missed"
	EnquiryClosing     EventType = "enquiry.closing" // it will be closed for want of messages
	EnquiryClosed      EventType = "enquiry.closed"
	MessageReceived    EventType = "message.received" // from the visitor
	MessageSent        EventType = "message.sent"     // the endpoint took it
	MessageDelivered   EventType = "message.delivered"
	MessageRead        EventType = "message.read"
	MessageFailed      EventType = "message.failed" // given up; Err says why
	VisitorTyping      EventType = "visitor.typing" // never stored: may be lost, has no Seq
	ChannelSuspended   EventType = "channel.suspended"
	ChannelResumed     EventType = "channel.resumed"
)

// Event is what the host is told. Enquiry is as it was when the event was recorded.
type Event struct {
	ID           string                `json:"id"` // the same each time that the event is told
	Type         EventType             `json:"type"`
	At           time.Time             `json:"at"`
	SentAt       time.Time             `json:"sent_at,omitzero"` // by the source's clock: of a visitor's message, or of what a receipt tells
	Channel      string                `json:"channel"`
	Enquiry      Enquiry               `json:"enquiry,omitzero"`
	Visitor      VisitorID             `json:"visitor,omitempty"`
	Seq          int64                 `json:"seq,omitempty"`
	MessageID    MessageID             `json:"message_id,omitempty"`
	Message      *messages.Message     `json:"message,omitempty"` // of every message event; must not be modified
	Author       Author                `json:"author,omitempty"`  // of every message event
	Destinations []routing.Destination `json:"destinations,omitempty"`
	Wait         time.Duration         `json:"wait,omitempty"` // of EnquiryOffered: how long the offer stands once Notify took it; nanoseconds in JSON
	Err          string                `json:"err,omitempty"`
}
