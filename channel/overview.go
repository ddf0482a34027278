package channel

import (
	"context"
	"iter"

	"github.com/usherchat/usher/channel/conversation"
)

// Enquiry returns an enquiry of this channel. [ErrNotFound]: it is unknown, or belongs to another channel.
func (c *Channel) Enquiry(ctx context.Context, id EnquiryID) (Enquiry, error) {
	var got Enquiry
	err := c.read(ctx, id, func(_ *conversation.Conversation, e *Enquiry) error {
		got = *e
		return nil
	})
	if err != nil {
		return Enquiry{}, wrap("enquiry", c.id, err)
	}
	return got, nil
}

// Enquiries is the enquiry overview: this channel's, newest first. Query.Channels is ignored.
func (c *Channel) Enquiries(ctx context.Context, q Query) iter.Seq2[Enquiry, error] {
	q.Channels = []string{c.id}
	return wrapped("enquiries", c.id, c.hub.store.Enquiries(ctx, q))
}

// Transcript yields the messages of an enquiry, in order. [ErrNotFound]: it is unknown, or belongs to another channel. It
// stops after an error, which it yields.
func (c *Channel) Transcript(ctx context.Context, id EnquiryID) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		var head conversation.Head
		err := c.read(ctx, id, func(conv *conversation.Conversation, _ *Enquiry) error {
			head = conv.Head
			return nil
		})
		if err != nil {
			yield(Entry{}, wrap("transcript", c.id, err))
			return
		}
		for r, err := range c.hub.store.Records(ctx, id) {
			if err != nil {
				yield(Entry{}, wrap("transcript", c.id, err))
				return
			}
			if r.Message != nil && !yield(entryOf(&r, &head), nil) {
				return
			}
		}
	}
}

// entryOf is a record as the transcript shows it.
func entryOf(r *conversation.Record, head *conversation.Head) Entry {
	return Entry{
		ID: head.MessageID(r.Seq), Seq: r.Seq, At: r.At, SentAt: r.SentAt,
		Author: r.Author, Staff: r.Staff, DisplayName: r.DisplayName, Message: *r.Message, Auto: r.Auto,
		Delivery: r.DeliveryAt(head.Lane[conversation.LaneDeliver].Done), DeliveredAt: r.DeliveredAt, ReadAt: r.ReadAt, Err: r.Err,
	}
}
