package source

import (
	"encoding/json"
	"time"
)

// The forms below are all that a source has to know: what it posts to the incoming API, and what comes back to its
// webhook. They are written out here, without the library, because a source may be written in any language.

// visitor is who writes.
type visitor struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	Locale string `json:"locale,omitempty"`
}

// message is what is said, in both directions.
type message struct {
	ID          string       `json:"id"`
	Text        string       `json:"text,omitempty"`
	Attachments []attachment `json:"attachments,omitempty"`
	Choices     []choice     `json:"choices,omitempty"`
	Choice      string       `json:"choice,omitempty"`
}

type attachment struct {
	Kind string `json:"kind"`
	URL  string `json:"url"`
	Name string `json:"name,omitempty"`
}

type choice struct {
	Text  string `json:"text,omitempty"`
	Value string `json:"value,omitempty"`
}

// inbound is POST {api}/messages.
type inbound struct {
	Visitor visitor   `json:"visitor"`
	Message message   `json:"message"`
	SentAt  time.Time `json:"sent_at"`
}

// receipt is POST {api}/receipts: how far a message of staff has come.
type receipt struct {
	Message string    `json:"message"`
	Status  string    `json:"status"` // delivered or read
	At      time.Time `json:"at"`
}

// typing is POST {api}/typing.
type typing struct {
	Visitor string `json:"visitor"`
}

// outbound is the data of an event that comes to the webhook: of type message, typing or enquiry.
type outbound struct {
	Visitor string  `json:"visitor"`
	Message message `json:"message"`
	State   string  `json:"state"` // of an enquiry: opened, accepted, closed
	Author  struct {
		Kind        string `json:"kind"` // staff, bot or auto
		DisplayName string `json:"display_name"`
	} `json:"author"`
}

func decode(data json.RawMessage) (outbound, error) {
	var o outbound
	err := json.Unmarshal(data, &o)
	return o, err
}
