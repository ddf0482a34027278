package channel

import (
	"context"
	"errors"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/internal/rules"
)

// Times of work.
const (
	firstBackOff  = 500 * time.Millisecond // after a failure, doubling
	lastBackOff   = time.Minute
	settleTimeout = 5 * time.Second
)

// errLeaseLost: another process has taken the work over. A process with a lost lease cannot settle.
var errLeaseLost = errors.New("lease lost")

// do does one piece of work and settles it. A panic fails it.
func (h *Hub) do(ctx context.Context, w *work) {
	begun := h.clock.Now()
	returned := false
	err := h.contain(w.lane.String(), w.ch.id, func() error {
		err := h.doLane(ctx, w)
		returned = true
		return err
	})
	if !returned {
		h.postpone(ctx, w)
	}
	h.observe(Observation{Op: w.lane.String(), Channel: w.ch.id, Took: h.clock.Now().Sub(begun), Err: err})
	if err != nil && !errors.Is(err, errLeaseLost) {
		h.log.WarnContext(ctx, "work failed", laneAttr(w.lane), channelAttr(w.ch.id), errorAttr(err))
	}
}

// doLane does what the lane of w is there for.
func (h *Hub) doLane(ctx context.Context, w *work) error {
	switch w.lane {
	case conversation.LaneRoute:
		if w.head.State != nil {
			return h.rerouteOpen(ctx, w)
		}
		return h.route(ctx, w)
	case conversation.LaneNotify:
		return h.tellHost(ctx, w)
	case conversation.LaneDeliver:
		return h.post(ctx, w)
	default: // the others are orders, not work
		return nil
	}
}

// fail settles work whose goroutine was ended. It may be settled already.
func (h *Hub) fail(w *work, err error) {
	h.postpone(h.ctx(), w)
	h.logPanic(w.lane.String(), w.ch.id, err)
}

// postpone makes work due again that has failed half-way, after 0.5 s doubling to a minute. If that fails too it is
// due when the lease runs out. An attempt to post counts only where its outcome is known.
func (h *Hub) postpone(ctx context.Context, w *work) {
	_ = h.aside("postponing work", w.ch.id, func() error {
		return h.settle(ctx, w, conversation.Look{}, func(c *rules.Change) {
			delay := backOff(c.Lane[w.lane].Try)
			rules.Postpone(c.Conversation, w.lane, c.Now.Add(delay), w.lane != conversation.LaneDeliver)
		})
	})
}

// backOff is how long to wait after so many failures and one more.
func backOff(failures int) time.Duration { return min(firstBackOff<<min(failures, 10), lastBackOff) }

// settle records the outcome of w and gives its lease back. It is the fence: with a lost lease it records nothing and
// returns errLeaseLost. It goes on after the end of ctx, so that work done is not done again.
func (h *Hub) settle(ctx context.Context, w *work, look conversation.Look, fn func(*rules.Change)) error {
	limit, cancel := within(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	return h.change(limit, w.ch, w.id, look, func(c *rules.Change) error {
		if !rules.Holds(c.Conversation, w.lane, w.token) {
			return errLeaseLost
		}
		rules.Release(c.Conversation, w.lane)
		fn(c)
		return nil
	})
}

// reschedule gives w back, to be done again after that delay; no attempt was made.
func (h *Hub) reschedule(ctx context.Context, w *work, delay time.Duration) error {
	return h.settle(ctx, w, conversation.Look{}, func(c *rules.Change) {
		rules.Postpone(c.Conversation, w.lane, c.Now.Add(delay), false)
	})
}

// complete loads what the items of w only refer to.
func (h *Hub) complete(ctx context.Context, w *work) error {
	var missing []int64
	for i := range w.items {
		r := &w.items[i]
		if r.State == nil && r.StateSeq != 0 {
			missing = append(missing, r.StateSeq)
		}
		if r.about == nil && r.Ref != 0 {
			missing = append(missing, r.Ref)
		}
	}
	if err := h.fetch(ctx, w, missing, (*item).fill); err != nil {
		return err
	}
	missing = nil
	for i := range w.items {
		r := &w.items[i]
		if seq := r.answers(w.head); seq != 0 {
			missing = append(missing, seq)
		}
		if r.Event == "" || r.State != nil || r.Enquiry == "" {
			continue
		}
		e, err := h.enquiry(ctx, r.Enquiry) // an earlier one
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		r.State = e
	}
	return h.fetch(ctx, w, missing, func(r *item, c *conversation.Conversation) {
		if a := c.Record(r.answers(w.head)); a != nil && a.Author == FromVisitor && a.Message != nil {
			r.replyTo = a.Message.ID // the source knows it by its own id
		}
	})
}

// fetch hands every item of w to fn, together with the records that were missing.
func (h *Hub) fetch(ctx context.Context, w *work, missing []int64, fn func(*item, *conversation.Conversation)) error {
	if len(missing) == 0 {
		return nil
	}
	return h.store.Update(ctx, w.id, conversation.Look{Records: missing}, func(c *conversation.Conversation) error {
		for i := range w.items {
			fn(&w.items[i], c)
		}
		return nil
	})
}

// subject is the record whose message the item is about: itself, or the one that it repeats. nil if that was forgotten.
func (i *item) subject() *conversation.Record {
	if i.Ref != 0 {
		return i.about
	}
	return &i.Record
}

// answers is the Seq of the message that a post answers, 0 if there is none in this conversation.
func (i *item) answers(head *conversation.Head) int64 {
	r := i.subject()
	if !i.Deliver || r == nil || r.Message == nil || r.Message.ReplyTo == "" {
		return 0
	}
	id := MessageID(r.Message.ReplyTo)
	if head.MessageID(id.Seq()) != id {
		return 0
	}
	return id.Seq()
}
