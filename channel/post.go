package channel

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/internal/rules"
	"github.com/usherchat/usher/internal/printable"
	"github.com/usherchat/usher/webhook"
)

// shortWait is how long a post waits in place for what is allowed soon.
const shortWait = 2 * time.Second

// post posts the next record of the deliver lane.
func (h *Hub) post(ctx context.Context, w *work) error {
	err := h.complete(ctx, w)
	if err == nil && len(w.items) == 0 {
		err = errors.New("nothing to deliver")
	}
	if err != nil {
		return errors.Join(err, h.reschedule(ctx, w, firstBackOff))
	}
	r := &w.items[0]
	about := r.subject()
	if about == nil || about.Message == nil && about.Post == "" || // forgotten
		about.Delivery.Rank() >= Delivered.Rank() { // known to have come
		return h.settle(ctx, w, conversation.Look{}, func(c *rules.Change) { c.Passed(r.Seq) })
	}
	if w.ch.suspended() || w.ch.unproved.Load() || w.lapsed(h.clock.Now()) { // since the work was taken
		return h.reschedule(ctx, w, 0)
	}
	if !h.takeTurn(w) {
		return h.reschedule(ctx, w, 0)
	}
	defer w.ch.endTurn()
	patience := shortWait
	if mayBeOvertaken(about) {
		patience = 0
	}
	begun := h.clock.Now()
	ev := h.dated(w.ch.outgoing(w.head, r, about), w.untried())
	healed, err := h.postPatiently(ctx, w.ch, ev, patience)
	w.ch.quick.Store(err == nil && h.clock.Now().Sub(begun) < quickPost)
	if err == nil && (healed || w.ch.unposted.Swap(false)) {
		defer h.background(ctx, func(ctx context.Context) { h.retryNow(ctx, w.ch) })
	}
	return h.settlePost(ctx, w, about, ev, err)
}

// untried reports whether no attempt was made yet at what w posts.
func (w *work) untried() bool { return w.head.Lane[conversation.LaneDeliver].Try == 0 }

// dated gives an event that is too old to be tried the time of now if it was never tried: a clock that jumped ahead, or
// days without a process, fail no message without one attempt.
func (h *Hub) dated(ev webhook.Event, untried bool) webhook.Event {
	if now := h.clock.Now(); untried && tooOld(h.webhooks.Retry(), ev.Time, now) {
		ev.Time = now
	}
	return ev
}

func tooOld(r webhook.Retry, at, now time.Time) bool { return r.MaxAge > 0 && now.Sub(at) >= r.MaxAge }

// postPatiently posts ev, waiting in place, patience at most, for what is allowed soon. It reports whether the endpoint
// is well again.
func (h *Hub) postPatiently(
	ctx context.Context, ch *Channel, ev webhook.Event, patience time.Duration,
) (healed bool, err error) {
	until := h.clock.Now().Add(patience)
	for {
		resp, err := h.attempt(ctx, ch, ev)
		refused, ok := errors.AsType[*webhook.Error](err)
		if !ok || !errors.Is(err, webhook.ErrOpen) || h.clock.Now().Add(refused.RetryAfter).After(until) || !h.engine.leasing.Load() {
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

// attempt posts ev once. A round tripper of the host's that panics is an attempt that failed.
func (h *Hub) attempt(ctx context.Context, ch *Channel, ev webhook.Event) (resp webhook.Response, err error) {
	err = h.contain("Post", ch.id, func() (err error) {
		resp, err = h.webhooks.Post(ctx, ch.settings.Load().Webhook, ev)
		return err
	})
	return resp, err
}

// settlePost settles what came of posting the item of w.
func (h *Hub) settlePost(ctx context.Context, w *work, about *conversation.Record, ev webhook.Event, err error) error {
	seq := w.items[0].Seq
	failed, _ := errors.AsType[*webhook.Error](err)
	gone := failed != nil && failed.Status == http.StatusGone // 410
	var settle func(c *rules.Change)
	var delay time.Duration
	switch {
	case err == nil && about.Post != "":
		settle = func(c *rules.Change) { c.Passed(seq) }
	case err == nil:
		settle = func(c *rules.Change) { c.Delivered(seq) }
	case gone:
		settle = func(c *rules.Change) { rules.Postpone(c.Conversation, conversation.LaneDeliver, c.Now, false) }
	case errors.Is(err, webhook.ErrOpen) && (w.untried() || !tooOld(h.webhooks.Retry(), ev.Time, h.clock.Now())):
		delay = max(failed.RetryAfter, time.Millisecond)
		settle = func(c *rules.Change) {
			rules.Postpone(c.Conversation, conversation.LaneDeliver, c.Now.Add(delay), false)
		}
	case about.Post != "": // a failed state of an enquiry stops nothing
		settle = func(c *rules.Change) { c.Passed(seq) }
	case ctx.Err() != nil: // Run is ending: that was no attempt
		settle = func(c *rules.Change) { rules.Postpone(c.Conversation, conversation.LaneDeliver, c.Now, false) }
	default:
		settle = func(c *rules.Change) { h.tryAgain(c, seq, ev, err) }
	}
	if gone { // before the message is due again
		h.suspendGone(ctx, w.ch)
	}
	look := conversation.Look{
		Lane: conversation.LaneDeliver, Ahead: postAhead, Records: []int64{about.Seq, seq}, Enquiry: about.Enquiry,
	}
	errSettle := h.settle(ctx, w, look, func(c *rules.Change) {
		settle(c)
		c.NextPost()
	})
	w.ch.holdAfter(err, delay, h.clock.Now())
	return errors.Join(err, errSettle)
}

// suspendGone suspends a channel whose endpoint answered 410 Gone. The message stays queued.
func (h *Hub) suspendGone(ctx context.Context, ch *Channel) {
	if err := ch.suspend(context.WithoutCancel(ctx), "the endpoint answered 410 Gone"); err != nil {
		h.log.WarnContext(ctx, "suspending the channel failed", channelAttr(ch.id), errorAttr(err))
	}
}

// tryAgain keeps a message for the next attempt, or gives it up.
func (h *Hub) tryAgain(c *rules.Change, seq int64, ev webhook.Event, err error) {
	retry := h.webhooks.Retry()
	failed, _ := errors.AsType[*webhook.Error](err)
	delay, again := retry.Next(c.Lane[conversation.LaneDeliver].Try+1, err)
	if failed != nil && failed.Permanent || retry.MaxAge > 0 && c.Now.Add(delay).Sub(ev.Time) > retry.MaxAge {
		again = false
	}
	if !again {
		c.GaveUp(seq, printable.Cut(reasonOf(err), maxReason))
		return
	}
	rules.Postpone(c.Conversation, conversation.LaneDeliver, c.Now.Add(delay), true)
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

// retryNow makes every message of the channel that waits for another attempt due: the endpoint is back.
func (h *Hub) retryNow(ctx context.Context, ch *Channel) {
	ch.heldUntil.Store(0)
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
			return errSkip
		})
		if err != nil || n < batch || moved == 0 {
			break
		}
	}
	h.engine.pokeNow()
}
