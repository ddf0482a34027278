package channel

import (
	"time"

	"github.com/usherchat/usher/messages"
)

// Entry is a message of a transcript.
type Entry struct {
	ID          MessageID        `json:"id"`
	Seq         int64            `json:"seq"`              // grows within the conversation
	At          time.Time        `json:"at"`               // when it was recorded
	SentAt      time.Time        `json:"sent_at,omitzero"` // by the source's clock, of a visitor's message
	Author      Author           `json:"author"`
	Staff       string           `json:"staff,omitempty"`
	DisplayName string           `json:"display_name,omitempty"`
	Message     messages.Message `json:"message"`
	Delivery    Delivery         `json:"delivery,omitempty"`
	DeliveredAt time.Time        `json:"delivered_at,omitzero"` // by the source's clock if its receipt said so, else when the receipt came
	ReadAt      time.Time        `json:"read_at,omitzero"`      // likewise
	Err         string           `json:"err,omitempty"`
	Auto        AutoKind         `json:"auto,omitempty"` // which automatic text it is
}
