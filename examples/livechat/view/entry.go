package view

import (
	"iter"
	"slices"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/examples/livechat/team"
	"github.com/usherchat/usher/messages"
)

// Entry is one message of a conversation.
type Entry struct {
	ID       channel.MessageID `json:"id"`
	At       time.Time         `json:"at"`
	From     channel.Author    `json:"from"`
	Auto     channel.AutoKind  `json:"auto,omitempty"`
	Name     string            `json:"name,omitempty"`  // who of the staff wrote it, for staff
	Shown    string            `json:"shown,omitempty"` // the name that the visitor sees
	Delivery channel.Delivery  `json:"delivery,omitempty"`
	Err      string            `json:"err,omitempty"`
	Message  messages.Message  `json:"message"`
}

// Entries gathers a transcript, at most the latest limit of it.
func Entries(all iter.Seq2[channel.Entry, error], limit int, d *team.Directory) ([]Entry, error) {
	entries := []Entry{}
	for e, err := range all {
		if err != nil {
			return nil, err
		}
		if len(entries) == 2*limit { // in halves, so that a long transcript is not moved for each message
			entries = append(entries[:0], entries[limit:]...)
		}
		v := Entry{
			ID: e.ID, At: e.At, From: e.Author, Auto: e.Auto, Shown: e.DisplayName, Delivery: e.Delivery,
			Err: e.Err, Message: e.Message,
		}
		for _, s := range slices.Concat(d.Staff, d.Bots) {
			if s.ID == e.Staff {
				v.Name = Name(s.Person, s.ID)
			}
		}
		entries = append(entries, v)
	}
	return entries[max(0, len(entries)-limit):], nil
}
