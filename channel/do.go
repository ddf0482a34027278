package channel

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Times of work.
const (
	notifyTimeout = 10 * time.Second
	firstNotify   = 500 * time.Millisecond // until the next attempt after an error of the host, doubling
	lastNotify    = time.Minute
	shortWait     = 2 * time.Second // a post that may go out so soon waits in place
	settleTimeout = 5 * time.Second
)

// do does one piece of work and settles it. A panic fails it.
func (h *Hub) do(ctx context.Context, w *work) {
	begun := h.clock.Now()
	returned := false
	err := h.contain(w.lane.String(), w.ch.id, func() error {
		err := h.lane(ctx, w)
		returned = true
		return err
	})
	if !returned {
		h.postpone(ctx, w)
	}
	h.did(ctx, w, begun, err)
}

// lane does what the lane of w is there for.
func (h *Hub) lane(ctx context.Context, w *work) error {
	switch w.lane {
	case LaneRoute:
		if w.head.State != nil {
			return h.tend(ctx, w)
		}
		return h.route(ctx, w)
	case LaneNotify:
		return h.tell(ctx, w)
	case LaneDeliver:
		return h.deliver(ctx, w)
	default: // the others are orders, not work
		return nil
	}
}

// did tells what came of a piece of work.
func (h *Hub) did(ctx context.Context, w *work, begun time.Time, err error) {
	h.observe(Observation{Op: w.lane.String(), Channel: w.ch.id, Took: h.clock.Now().Sub(begun), Err: err})
	if err != nil && !errors.Is(err, errLost) {
		h.log.WarnContext(ctx, "work failed", laneAttr(w.lane), channelAttr(w.ch.id), errorAttr(err))
	}
}

// fail settles work whose goroutine was ended. It may be settled already.
func (h *Hub) fail(ctx context.Context, w *work, err error) {
	h.logPanic(w.lane.String(), w.ch.id, err)
	h.postpone(ctx, w)
}

// postpone makes work due again that has failed half-way, after 0.5 s doubling to a minute. If that fails too it is
// due when the lease runs out. An attempt to deliver counts only where its outcome is known.
func (h *Hub) postpone(ctx context.Context, w *work) {
	_ = h.aside("postponing work", w.ch.id, func() error {
		return h.settle(ctx, w, Look{}, func(c *Conversation, _ *terms) error {
			c.postponed(w.lane, h.clock.Now().Add(backOff(c.Lane[w.lane].Try)), w.lane != LaneDeliver)
			return nil
		})
	})
}

// backOff is how long to wait after so many failures and one more.
func backOff(failures int) time.Duration { return min(firstNotify<<min(failures, 10), lastNotify) }

// errLost: another process has taken the work over.
var errLost = errors.New("lease lost")

// settle records the outcome of w, unless another process has taken it over. It goes on after the end of ctx, so
// that work done is not done again.
func (h *Hub) settle(ctx context.Context, w *work, look Look, fn func(*Conversation, *terms) error) error {
	limit := detached(ctx, settleTimeout)
	defer limit.end()
	return h.changeBy(limit, w, w.ch, w.id, look, func(c *Conversation) error {
		if !c.holds(w.lane, w.token) {
			return errLost
		}
		c.release(w.lane)
		return fn(c, w.ch.terms.Load())
	})
}

// tell tells the host the events of w.
func (h *Hub) tell(ctx context.Context, w *work) error {
	records, err := h.complete(ctx, w)
	if err != nil {
		return errors.Join(err, h.settle(ctx, w, Look{}, func(c *Conversation, _ *terms) error {
			c.postponed(LaneNotify, h.clock.Now().Add(firstNotify), false)
			return nil
		}))
	}
	var told int64
	var failure error
	for i := range records {
		if i > 0 && (*h.engine.halt.Load()).Err() != nil || w.lapsed(h.clock.Now()) {
			break
		}
		if failure = h.call(ctx, w.ch, w.id, w.ch.event(w.head, &records[i])); failure != nil {
			break
		}
		told = records[i].Seq
	}
	now := h.clock.Now()
	look := Look{Lane: LaneNotify, Ahead: 2 * ahead}
	err = h.settle(ctx, w, look, func(c *Conversation, t *terms) error {
		if told > 0 {
			t.told(c, told, now)
		}
		switch {
		case failure == nil:
		case ctx.Err() != nil: // we are shutting down: whoever comes next tells it
			c.postponed(LaneNotify, now, false)
		default:
			c.postponed(LaneNotify, now.Add(backOff(c.Lane[LaneNotify].Try)), true)
		}
		return nil
	})
	if failure != nil {
		failure = fmt.Errorf("host: %w", failure)
	}
	return errors.Join(failure, err)
}

// call tells the host an event of a conversation.
func (h *Hub) call(ctx context.Context, ch *Channel, id string, ev Event) error {
	c := call{name: "Notify", ch: ch, lane: LaneNotify, id: id, most: notifyTimeout}
	_, err := outside(ctx, &h.engine, c, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, h.notify(ctx, ev)
	})
	return err
}

// complete loads what the records of w only refer to.
func (h *Hub) complete(ctx context.Context, w *work) ([]Record, error) {
	var missing []int64
	for i := range w.records {
		r := &w.records[i]
		if r.State == nil && r.Base != 0 {
			missing = append(missing, r.Base)
		}
		if r.about == nil && r.Ref != 0 {
			missing = append(missing, r.Ref)
		}
	}
	if len(missing) > 0 {
		if err := h.lookUp(ctx, w, missing, func(c *Conversation, r *Record) { c.fill(r, nil) }); err != nil {
			return nil, err
		}
	}
	missing = nil
	for i := range w.records {
		r := &w.records[i]
		if seq := r.answers(w.head); seq != 0 {
			missing = append(missing, seq)
		}
		if r.Event == "" || r.State != nil || r.Enquiry == "" {
			continue
		}
		e, err := h.enquiry(ctx, r.Enquiry) // an earlier one
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		r.State = e
	}
	if len(missing) == 0 {
		return w.records, nil
	}
	return w.records, h.lookUp(ctx, w, missing, func(c *Conversation, r *Record) {
		if a := c.record(r.answers(w.head)); a != nil && a.Author == FromVisitor && a.Message != nil {
			r.replyTo = a.Message.ID // the source knows it by its own id
		}
	})
}

// lookUp hands every record of w to fn, together with what was looked up.
func (h *Hub) lookUp(ctx context.Context, w *work, seqs []int64, fn func(*Conversation, *Record)) error {
	return h.store.Update(ctx, w.id, Look{Records: seqs}, func(c *Conversation) error {
		for i := range w.records {
			fn(c, &w.records[i])
		}
		return nil
	})
}

// answers is the Seq of the message that a post answers, 0 if there is none in this conversation.
func (r *Record) answers(head *Head) int64 {
	m := r.Message
	if r.Ref != 0 && r.about != nil {
		m = r.about.Message
	}
	if !r.Deliver || m == nil || m.ReplyTo == "" {
		return 0
	}
	id, generation, seq, ok := splitID(m.ReplyTo, messageKind)
	if !ok || id != head.ID || generation != head.Generation {
		return 0
	}
	return seq
}

// event is what the host is told of a record.
func (c *Channel) event(head *Head, r *Record) Event {
	ev := Event{
		ID: makeID(head.ID, head.Generation, eventKind, r.Seq), Type: r.Event, At: r.At, SentAt: r.SentAt,
		Channel: head.Channel, Visitor: head.Visitor.ID, Seq: r.Seq, Destinations: r.Destinations, Wait: r.Wait, Err: r.Err,
	}
	switch {
	case r.State != nil:
		ev.Enquiry = *r.State
	case r.Enquiry != "":
		ev.Enquiry = Enquiry{ID: r.Enquiry, Channel: head.Channel, Visitor: head.Visitor}
	}
	about := r
	if r.Ref != 0 && r.about != nil {
		about = r.about
	}
	if about.Message != nil {
		ev.Message, ev.Author = about.Message, about.Author
		ev.MessageID = MessageID(makeID(head.ID, head.Generation, messageKind, about.Seq))
	}
	if r.Event == MessageReceived {
		ev.Enquiry.LastMessageAt = latest(ev.Enquiry.LastMessageAt, r.At)
	}
	return ev
}
