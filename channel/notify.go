package channel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/internal/rules"
)

// notifyTimeout is until the ctx of one Notify ends.
const notifyTimeout = 10 * time.Second

// tellHost tells the host the events of w, in order, until one fails.
func (h *Hub) tellHost(ctx context.Context, w *work) error {
	if err := h.complete(ctx, w); err != nil {
		return errors.Join(err, h.reschedule(ctx, w, firstBackOff))
	}
	var told int64
	var failure error
	for i := range w.items {
		if i > 0 && h.engine.halted() || w.lapsed(h.clock.Now()) {
			break
		}
		if failure = h.callNotify(ctx, w.ch, w.id, w.ch.event(w.head, &w.items[i])); failure != nil {
			break
		}
		told = w.items[i].Seq
	}
	look := conversation.Look{Lane: conversation.LaneNotify, Ahead: 2 * notifyBatch}
	err := h.settle(ctx, w, look, func(c *rules.Change) {
		if told > 0 {
			c.Notified(told)
		}
		switch {
		case failure == nil:
		case ctx.Err() != nil: // Run is ending: the next process tells the host
			rules.Postpone(c.Conversation, conversation.LaneNotify, c.Now, false)
		default:
			rules.Postpone(c.Conversation, conversation.LaneNotify, c.Now.Add(backOff(c.Lane[conversation.LaneNotify].Try)), true)
		}
	})
	if failure != nil {
		failure = fmt.Errorf("host: %w", failure)
	}
	return errors.Join(failure, err)
}

// callNotify tells the host an event of a conversation.
func (h *Hub) callNotify(ctx context.Context, ch *Channel, id string, ev Event) error {
	c := call{name: "Notify", ch: ch, lane: conversation.LaneNotify, id: id, most: notifyTimeout}
	_, err := outside(ctx, &h.engine, c, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, h.notify(ctx, ev)
	})
	return err
}

// event is what the host is told of a record.
func (c *Channel) event(head *conversation.Head, r *item) Event {
	ev := Event{
		ID: head.EventID(r.Seq), Type: r.Event, At: r.At, SentAt: r.SentAt,
		Channel: head.Channel, Visitor: head.Visitor.ID, Seq: r.Seq, Destinations: r.Destinations, Wait: r.Wait, Err: r.Err,
	}
	switch {
	case r.State != nil:
		ev.Enquiry = *r.State
	case r.Enquiry != "":
		ev.Enquiry = Enquiry{ID: r.Enquiry, Channel: head.Channel, Visitor: head.Visitor}
	}
	about := r.subject()
	if about == nil {
		about = &r.Record
	}
	if about.Message != nil {
		ev.Message, ev.Author = about.Message, about.Author
		ev.MessageID = head.MessageID(about.Seq)
	}
	if r.Event == MessageReceived {
		ev.Enquiry.LastMessageAt = later(ev.Enquiry.LastMessageAt, r.At)
	}
	return ev
}
