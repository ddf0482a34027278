package channel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/usherchat/usher/webhook"
)

// deliver posts the head of the deliver lane.
func (h *Hub) deliver(ctx context.Context, w *work) error {
	records, err := h.complete(ctx, w)
	if err == nil && len(records) == 0 {
		err = errors.New("nothing to deliver")
	}
	if err != nil {
		return errors.Join(err, h.settle(ctx, w, Look{}, func(c *Conversation, _ *terms) error {
			c.postponed(LaneDeliver, h.clock.Now().Add(firstNotify), false)
			return nil
		}))
	}
	r := &records[0]
	about := r
	if r.Ref != 0 {
		about = r.about
	}
	if about == nil || about.Message == nil && about.Post == "" || // forgotten
		about.Delivery.rank() >= Delivered.rank() { // known to have come
		return h.settle(ctx, w, Look{}, func(c *Conversation, t *terms) error {
			t.passed(c, r.Seq, h.clock.Now())
			return nil
		})
	}
	if w.ch.suspended() || w.ch.unproved.Load() || w.lapsed(h.clock.Now()) { // since the work was taken
		return h.settle(ctx, w, Look{}, func(c *Conversation, _ *terms) error {
			c.postponed(LaneDeliver, h.clock.Now(), false)
			return nil
		})
	}
	ev := w.ch.outgoing(w.head, r, about)
	patience := shortWait
	if about.Auto == AutoAway || about.Auto == AutoClosing { // may be overtaken while it waits
		patience = 0
	}
	begun := h.clock.Now()
	healed, err := h.post(ctx, w.ch, h.dated(ev, w.untried()), patience)
	w.ch.quick.Store(err == nil && h.clock.Now().Sub(begun) < quickPost)
	if err == nil && (healed || w.ch.fresh.Swap(false)) {
		ch := w.ch // w is used again
		defer h.background(ctx, func(ctx context.Context) { h.heads(ctx, ch) })
	}
	return h.delivered(ctx, w, r, about, ev, err)
}

// untried reports whether no attempt was made yet at what w posts.
func (w *work) untried() bool { return w.head.Lane[LaneDeliver].Try == 0 }

// dated gives an event that is too old to be tried the time of now if it was never tried: a clock that jumped ahead, or
// days without a process, fail no message without one attempt.
func (h *Hub) dated(ev webhook.Event, untried bool) webhook.Event {
	if now := h.clock.Now(); untried && tooOld(h.webhooks.Retry(), ev.Time, now) {
		ev.Time = now
	}
	return ev
}

func tooOld(r webhook.Retry, at, now time.Time) bool { return r.MaxAge > 0 && now.Sub(at) >= r.MaxAge }

// post posts ev, waiting in place, patience at most, for what is allowed soon. It reports whether the endpoint is well again.
func (h *Hub) post(ctx context.Context, ch *Channel, ev webhook.Event, patience time.Duration) (healed bool, err error) {
	until := h.clock.Now().Add(patience)
	for {
		resp, err := h.attempt(ctx, ch, ev)
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

// attempt posts ev once. A round tripper of the host's that panics is an attempt that failed.
func (h *Hub) attempt(ctx context.Context, ch *Channel, ev webhook.Event) (resp webhook.Response, err error) {
	err = h.contain("Post", ch.id, func() (err error) {
		resp, err = h.webhooks.Post(ctx, ch.settings.Load().Webhook, ev)
		return err
	})
	return resp, err
}

// delivered settles what came of posting r.
func (h *Hub) delivered(ctx context.Context, w *work, r, about *Record, ev webhook.Event, err error) error {
	now := h.clock.Now()
	look := Look{Lane: LaneDeliver, Ahead: deliverAhead, Records: []int64{about.Seq, r.Seq}, Enquiry: about.Enquiry}
	failed, _ := errors.AsType[*webhook.Error](err)
	state := about.Post != "" // nobody waits for it
	var settle func(c *Conversation, t *terms)
	var delay time.Duration
	switch {
	case err == nil && state:
		settle = func(c *Conversation, t *terms) { t.passed(c, r.Seq, now) }
	case err == nil:
		settle = func(c *Conversation, t *terms) { t.delivered(c, r.Seq, now) }
	case failed != nil && failed.Status == 410:
		settle = func(c *Conversation, _ *terms) { c.postponed(LaneDeliver, now, false) }
	case errors.Is(err, webhook.ErrOpen) && (w.untried() || !tooOld(h.webhooks.Retry(), ev.Time, now)):
		delay = max(failed.RetryAfter, time.Millisecond)
		settle = func(c *Conversation, _ *terms) { c.postponed(LaneDeliver, now.Add(delay), false) }
	case state:
		settle = func(c *Conversation, t *terms) { t.passed(c, r.Seq, now) }
	case ctx.Err() != nil: // we are shutting down: that was no attempt
		settle = func(c *Conversation, _ *terms) { c.postponed(LaneDeliver, now, false) }
	default:
		settle = func(c *Conversation, t *terms) { h.tryAgain(c, t, r, ev, err, now) }
	}
	if failed != nil && failed.Status == 410 { // before the message is due again
		if err := w.ch.suspend(context.WithoutCancel(ctx), "the endpoint answered 410 Gone"); err != nil {
			h.log.WarnContext(ctx, "suspending the channel failed", channelAttr(w.ch.id), errorAttr(err))
		}
	}
	errSettle := h.settle(ctx, w, look, func(c *Conversation, t *terms) error {
		settle(c, t)
		t.upNext(c, now)
		return nil
	})
	w.ch.outcome(err, delay, now)
	return errors.Join(err, errSettle)
}

// tryAgain keeps a message for the next attempt, or gives it up.
func (h *Hub) tryAgain(c *Conversation, t *terms, r *Record, ev webhook.Event, err error, now time.Time) {
	retry := h.webhooks.Retry()
	failed, _ := errors.AsType[*webhook.Error](err)
	delay, again := retry.Next(c.Lane[LaneDeliver].Try+1, err)
	if failed != nil && failed.Permanent {
		again = false
	}
	if again && retry.MaxAge > 0 && now.Add(delay).Sub(ev.Time) > retry.MaxAge {
		again = false
	}
	if !again {
		t.gaveUp(c, r.Seq, shorten(reasonOf(err), 500), now)
		return
	}
	c.postponed(LaneDeliver, now.Add(delay), true)
}

// reasonOf says why a message could not be delivered.
func reasonOf(err error) string {
	failed, ok := errors.AsType[*webhook.Error](err)
	switch {
	case !ok:
		return clean(err.Error())
	case failed.Status != 0:
		return fmt.Sprintf("the endpoint answered %d", failed.Status)
	case failed.Err != nil:
		return clean(failed.Err.Error())
	default:
		return clean(err.Error())
	}
}

// heads makes every message of the channel that waits for another attempt due: the endpoint is back.
func (h *Hub) heads(ctx context.Context, ch *Channel) {
	ch.hold.Store(0)
	now := h.clock.Now()
	for ctx.Err() == nil {
		n, moved := 0, 0
		_, err := h.store.Due(ctx, []Want{{
			Lane: LaneDeliver, Channels: []string{ch.id}, After: now, Until: now.Add(1000 * time.Hour), Limit: batch,
		}}, func(c *Conversation, l Lane) error {
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
