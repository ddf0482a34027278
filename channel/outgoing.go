package channel

import (
	"encoding/json"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/webhook"
)

// Types of posts to the source.
const (
	postMessage = "message"
)

// outgoingData is the data of every post to the source. Staff ids are not in it.
type outgoingData struct {
	Channel string            `json:"channel"`
	Source  string            `json:"source"`
	Visitor VisitorID         `json:"visitor"`
	Enquiry EnquiryID         `json:"enquiry,omitempty"`
	Seq     int64             `json:"seq,omitempty"`
	State   string            `json:"state,omitempty"` // of an enquiry: opened, accepted, closed
	Message *messages.Message `json:"message,omitempty"`
	Author  *outgoingAuthor   `json:"author,omitempty"`
}

type outgoingAuthor struct {
	Kind        string `json:"kind"` // staff, bot or auto
	DisplayName string `json:"display_name,omitempty"`
	AvatarURL   string `json:"avatar_url,omitempty"`
}

// outgoing is the post of a record; about is the record that holds the message. Its ID is the webhook-id: it depends on
// the record alone, so that every retry and every Redeliver has the same one.
func (c *Channel) outgoing(head *conversation.Head, r *item, about *conversation.Record) webhook.Event {
	t := c.terms.Load()
	at := later(r.At, c.state.Load().ResumedAt) // an event does not age while the channel is suspended
	data := outgoingData{
		Channel: c.id, Source: t.Source, Visitor: head.Visitor.ID, Enquiry: about.Enquiry, Seq: about.Seq,
	}
	if about.Post != "" {
		data.State = about.Post
		if about.Author != "" {
			data.Author = authorOf(about)
		}
		id := head.EventID(r.Seq)
		return webhook.Event{ID: id, Type: SendEnquiry, Time: at, Data: encode(data)}
	}
	id := string(head.MessageID(about.Seq))
	m := *about.Message
	m.ID = id
	m.Text = about.Prefix + m.Text
	if r.replyTo != "" {
		m.ReplyTo = r.replyTo
	}
	data.Message = &m
	data.Author = authorOf(about)
	return webhook.Event{ID: id, Type: postMessage, Time: at, Data: encode(data)}
}

// authorOf is who wrote the record, as the source may know them.
func authorOf(r *conversation.Record) *outgoingAuthor {
	return &outgoingAuthor{Kind: string(r.Author), DisplayName: r.DisplayName, AvatarURL: r.AvatarURL}
}

// encode cannot fail: the data holds nothing but strings, numbers that were checked, and maps of strings.
func encode(data outgoingData) json.RawMessage {
	b, err := json.Marshal(data)
	if err != nil {
		return json.RawMessage(`{}`)
	}
	return b
}
