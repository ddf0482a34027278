package channel

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/internal/rules"
	"github.com/usherchat/usher/internal/printable"
	"github.com/usherchat/usher/webhook"
)

// Times of work.
const (
	notifyTimeout = 10 * time.Second
	firstNotify   = 500 * time.Millisecond // until the next attempt after an error of the host, doubling
	lastNotify    = time.Minute
	shortWait     = 2 * time.Second // a post that may go out so soon waits in place
	settleTimeout = 5 * time.Second
)

// do does one piece of work and settles it.
func (h *Hub) do(ctx context.Context, w *work) {
	begun := h.clock.Now()
	var err error
	switch w.lane {
	case conversation.LaneRoute:
		if w.head.State != nil {
			err = h.rerouteOpen(ctx, w)
		} else {
			err = h.route(ctx, w)
		}
	case conversation.LaneNotify:
		err = h.tell(ctx, w)
	case conversation.LaneDeliver:
		err = h.deliver(ctx, w)
	default: // the others are orders, not work
	}
	h.observe(Observation{Op: w.lane.String(), Channel: w.ch.id, Took: h.clock.Now().Sub(begun), Err: err})
	if err != nil && !errors.Is(err, errLost) {
		h.log.WarnContext(ctx, "work failed", laneAttr(w.lane), channelAttr(w.ch.id), errorAttr(err))
	}
}

// errLost: another process has taken the work over.
var errLost = errors.New("lease lost")

// settle records the outcome of w, unless another process has taken it over. It goes on after the end of ctx, so
// that work done is not done again.
func (h *Hub) settle(ctx context.Context, w *work, look conversation.Look, fn func(*rules.Change)) error {
	limit := detached(ctx, settleTimeout)
	defer limit.end()
	return h.changeBy(limit, w, w.ch, w.id, look, func(c *rules.Change) error {
		if !rules.Holds(c.Conversation, w.lane, w.token) {
			return errLost
		}
		rules.Release(c.Conversation, w.lane)
		fn(c)
		return nil
	})
}

// tell tells the host the events of w.
func (h *Hub) tell(ctx context.Context, w *work) error {
	records, err := h.complete(ctx, w)
	if err != nil {
		return errors.Join(err, h.settle(ctx, w, conversation.Look{}, func(c *rules.Change) {
			rules.Postpone(c.Conversation, conversation.LaneNotify, h.clock.Now().Add(firstNotify), false)
		}))
	}
	var told int64
	var failure error
	for i := range records {
		if i > 0 && (*h.engine.halt.Load()).Err() != nil || w.lapsed(h.clock.Now()) {
			break
		}
		if failure = h.call(ctx, w.ch.event(w.head, &records[i])); failure != nil {
			break
		}
		told = records[i].Seq
	}
	now := h.clock.Now()
	look := conversation.Look{Lane: conversation.LaneNotify, Ahead: 2 * ahead}
	err = h.settle(ctx, w, look, func(c *rules.Change) {
		if told > 0 {
			c.Notified(told)
		}
		if failure != nil {
			delay := min(firstNotify<<min(c.Lane[conversation.LaneNotify].Try, 10), lastNotify)
			rules.Postpone(c.Conversation, conversation.LaneNotify, now.Add(delay), true)
		}
	})
	if failure != nil {
		failure = fmt.Errorf("host: %w", failure)
	}
	return errors.Join(failure, err)
}

// call calls Notify; a panic is an error.
func (h *Hub) call(ctx context.Context, ev Event) (err error) {
	limit := within(ctx, notifyTimeout)
	defer limit.end()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			h.log.ErrorContext(ctx, "notify panicked", errorAttr(err), stackAttr(debug.Stack()))
		}
	}()
	return h.notify(limit, ev)
}

// complete loads what the records of w only refer to.
func (h *Hub) complete(ctx context.Context, w *work) ([]item, error) {
	var missing []int64
	for i := range w.records {
		r := &w.records[i]
		if r.State == nil && r.StateSeq != 0 {
			missing = append(missing, r.StateSeq)
		}
		if r.about == nil && r.Ref != 0 {
			missing = append(missing, r.Ref)
		}
	}
	if len(missing) > 0 {
		if err := h.lookUp(ctx, w, missing, func(c *conversation.Conversation, r *item) { r.fill(c, nil) }); err != nil {
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
	return w.records, h.lookUp(ctx, w, missing, func(c *conversation.Conversation, r *item) {
		if a := c.Record(r.answers(w.head)); a != nil && a.Author == FromVisitor && a.Message != nil {
			r.replyTo = a.Message.ID // the source knows it by its own id
		}
	})
}

// lookUp hands every record of w to fn, together with what was looked up.
func (h *Hub) lookUp(ctx context.Context, w *work, seqs []int64, fn func(*conversation.Conversation, *item)) error {
	return h.store.Update(ctx, w.id, conversation.Look{Records: seqs}, func(c *conversation.Conversation) error {
		for i := range w.records {
			fn(c, &w.records[i])
		}
		return nil
	})
}

// answers is the Seq of the message that a post answers, 0 if there is none in this conversation.
func (r *item) answers(head *conversation.Head) int64 {
	m := r.Message
	if r.Ref != 0 && r.about != nil {
		m = r.about.Message
	}
	if !r.Deliver || m == nil || m.ReplyTo == "" {
		return 0
	}
	id := MessageID(m.ReplyTo)
	if head.MessageID(id.Seq()) != id {
		return 0
	}
	return id.Seq()
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
	about := &r.Record
	if r.Ref != 0 && r.about != nil {
		about = r.about
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

// deliver posts the head of the deliver lane.
func (h *Hub) deliver(ctx context.Context, w *work) error {
	records, err := h.complete(ctx, w)
	if err == nil && len(records) == 0 {
		err = errors.New("nothing to deliver")
	}
	if err != nil {
		return errors.Join(err, h.settle(ctx, w, conversation.Look{}, func(c *rules.Change) {
			rules.Postpone(c.Conversation, conversation.LaneDeliver, h.clock.Now().Add(firstNotify), false)
		}))
	}
	r := &records[0]
	about := &r.Record
	if r.Ref != 0 {
		about = r.about
	}
	if about == nil || about.Message == nil && about.Post == "" || // forgotten
		about.Delivery.Rank() >= Delivered.Rank() { // known to have come
		return h.settle(ctx, w, conversation.Look{}, func(c *rules.Change) {
			c.Passed(r.Seq)
		})
	}
	if w.ch.suspended() || w.ch.unproved.Load() || w.lapsed(h.clock.Now()) { // since the work was taken
		return h.settle(ctx, w, conversation.Look{}, func(c *rules.Change) {
			rules.Postpone(c.Conversation, conversation.LaneDeliver, h.clock.Now(), false)
		})
	}
	ev := w.ch.outgoing(w.head, r, about)
	patience := shortWait
	if about.Auto == AutoAway || about.Auto == AutoClosing { // may be overtaken while it waits
		patience = 0
	}
	begun := h.clock.Now()
	healed, err := h.post(ctx, w.ch, ev, patience)
	w.ch.quick.Store(err == nil && h.clock.Now().Sub(begun) < quickPost)
	if err == nil && (healed || w.ch.fresh.Swap(false)) {
		ch := w.ch // w is used again
		defer h.background(ctx, func(ctx context.Context) { h.heads(ctx, ch) })
	}
	return h.delivered(ctx, w, r, about, ev, err)
}

// post posts ev, waiting in place, patience at most, for what is allowed soon. It reports whether the endpoint is well again.
func (h *Hub) post(ctx context.Context, ch *Channel, ev webhook.Event, patience time.Duration) (healed bool, err error) {
	until := h.clock.Now().Add(patience)
	for {
		resp, err := h.webhooks.Post(ctx, ch.settings.Load().Webhook, ev)
		refused, ok := errors.AsType[*webhook.Error](err)
		if !ok || !errors.Is(err, webhook.ErrOpen) || h.clock.Now().Add(refused.RetryAfter).After(until) || !h.engine.taking.Load() {
			return resp.Healed, err
		}
		timer := h.clock.Timer(max(refused.RetryAfter, time.Millisecond))
		select {
		case <-timer.C:
		case <-(*h.engine.halt.Load()).Done():
			timer.Stop()
			return false, err
		}
	}
}

// delivered settles what came of posting r.
func (h *Hub) delivered(ctx context.Context, w *work, r *item, about *conversation.Record, ev webhook.Event, err error) error {
	now := h.clock.Now()
	look := conversation.Look{Lane: conversation.LaneDeliver, Ahead: deliverAhead, Records: []int64{about.Seq, r.Seq}, Enquiry: about.Enquiry}
	failed, _ := errors.AsType[*webhook.Error](err)
	state := about.Post != "" // nobody waits for it
	var settle func(c *rules.Change)
	var delay time.Duration
	retry := h.webhooks.Retry()
	switch {
	case err == nil && state:
		settle = func(c *rules.Change) { c.Passed(r.Seq) }
	case err == nil:
		settle = func(c *rules.Change) { c.Delivered(r.Seq) }
	case failed != nil && failed.Status == 410:
		settle = func(c *rules.Change) { rules.Postpone(c.Conversation, conversation.LaneDeliver, now, false) }
	case errors.Is(err, webhook.ErrOpen) && (retry.MaxAge <= 0 || now.Sub(ev.Time) < retry.MaxAge):
		delay = max(failed.RetryAfter, time.Millisecond)
		settle = func(c *rules.Change) { rules.Postpone(c.Conversation, conversation.LaneDeliver, now.Add(delay), false) }
	case state:
		settle = func(c *rules.Change) { c.Passed(r.Seq) }
	case ctx.Err() != nil: // we are shutting down: that was no attempt
		settle = func(c *rules.Change) { rules.Postpone(c.Conversation, conversation.LaneDeliver, now, false) }
	default:
		settle = func(c *rules.Change) { h.tryAgain(c, r, ev, err, now) }
	}
	if failed != nil && failed.Status == 410 { // before the message is due again
		if err := w.ch.suspend(context.WithoutCancel(ctx), "the endpoint answered 410 Gone"); err != nil {
			h.log.WarnContext(ctx, "suspending the channel failed", channelAttr(w.ch.id), errorAttr(err))
		}
	}
	errSettle := h.settle(ctx, w, look, func(c *rules.Change) {
		settle(c)
		c.NextPost()
	})
	w.ch.outcome(err, delay, now)
	return errors.Join(err, errSettle)
}

// tryAgain keeps a message for the next attempt, or gives it up.
func (h *Hub) tryAgain(c *rules.Change, r *item, ev webhook.Event, err error, now time.Time) {
	retry := h.webhooks.Retry()
	failed, _ := errors.AsType[*webhook.Error](err)
	delay, again := retry.Next(c.Lane[conversation.LaneDeliver].Try+1, err)
	if failed != nil && failed.Permanent {
		again = false
	}
	if again && retry.MaxAge > 0 && now.Add(delay).Sub(ev.Time) > retry.MaxAge {
		again = false
	}
	if !again {
		c.GaveUp(r.Seq, printable.Cut(reasonOf(err), maxReason))
		return
	}
	rules.Postpone(c.Conversation, conversation.LaneDeliver, now.Add(delay), true)
}

// reasonOf says why a message could not be delivered.
func reasonOf(err error) string {
	failed, ok := errors.AsType[*webhook.Error](err)
	switch {
	case !ok:
		return err.Error()
	case failed.Status != 0:
		return fmt.Sprintf("the endpoint answered %d", failed.Status)
	case failed.Err != nil:
		return failed.Err.Error()
	default:
		return err.Error()
	}
}

// heads makes every message of the channel that waits for another attempt due: the endpoint is back.
func (h *Hub) heads(ctx context.Context, ch *Channel) {
	ch.hold.Store(0)
	now := h.clock.Now()
	for ctx.Err() == nil {
		n, moved := 0, 0
		_, err := h.store.Due(ctx, []conversation.Want{{
			Lane: conversation.LaneDeliver, Channels: []string{ch.id}, After: now, Until: now.Add(1000 * time.Hour), Limit: batch,
		}}, func(c *conversation.Conversation, l conversation.Lane) error {
			n++
			if k := &c.Lane[l]; k.Lease == 0 && k.Due > now.UnixNano() {
				k.Due = now.UnixNano()
				c.Write = true
				moved++
				return nil
			}
			return errNoRoom
		})
		if err != nil || n < batch || moved == 0 {
			break
		}
	}
	h.engine.pokeNow()
}
