package channel

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/internal/rules"
	"github.com/usherchat/usher/routing"
)

// waiting lets the passes over a channel's waiting enquiries be shared by those callers that ask for one together.
type waiting struct {
	asked   atomic.Int64
	mu      sync.Mutex
	done    int64
	pass    *fairPass // the latest; nil if no enquiry waits
	passing atomic.Bool
}

// routeWaiting routes the waiting enquiries of all channels.
func (h *Hub) routeWaiting(ctx context.Context) {
	h.engine.recheck.Store(false)
	h.offers.expire(h.clock.Now())
	all := *h.sorted.Load()
	names := make([]string, len(all))
	for i, ch := range all {
		names[i] = ch.id
	}
	h.engine.waiting.Store(false)
	oldest, err := h.readWaiting(ctx, names, time.Time{}, 1)
	if err != nil {
		return
	}
	for _, head := range oldest {
		h.engine.waiting.Store(true)
		if ch, ok := h.Channel(head.Channel); ok && ctx.Err() == nil {
			h.routeWaitingBriefly(ctx, ch)
		}
	}
}

// routeWaitingBriefly is routeWaitingOf, but waits only a moment for a Router that hangs: it is the other channels'
// turn then.
func (h *Hub) routeWaitingBriefly(ctx context.Context, ch *Channel) {
	if !ch.waiting.passing.CompareAndSwap(false, true) {
		return
	}
	done := make(chan struct{})
	pass := func() {
		defer close(done)
		defer ch.waiting.passing.Store(false)
		h.routeWaitingOf(ctx, ch)
	}
	if h.engine.spawn(pass) {
		returns(done, waitingMoment)
	} else {
		pass()
	}
}

// waitingMoment is how long the other channels wait for one.
const waitingMoment = 250 * time.Millisecond

// routeWaitingOf routes the waiting enquiries of a channel, oldest first. Those whom nobody can be offered keep their
// place, and nothing is recorded for them. It returns whom they were refused.
func (h *Hub) routeWaitingOf(ctx context.Context, ch *Channel) *fairPass {
	if ch.disconnected.Load() || ch.state.Load().Suspended {
		return nil
	}
	mine := ch.waiting.asked.Add(1)
	ch.waiting.mu.Lock()
	defer ch.waiting.mu.Unlock()
	if ch.waiting.done >= mine {
		return ch.waiting.pass // a pass that began after we asked has seen what we know
	}
	ch.waiting.done, ch.waiting.pass = ch.waiting.asked.Load(), nil
	var after time.Time
	seen := map[string]bool{}
	for limit := batch; ctx.Err() == nil; {
		page, err := h.readWaiting(ctx, []string{ch.id}, after, limit)
		if err != nil {
			break
		}
		if ch.waiting.pass == nil && len(page) > 0 {
			ch.waiting.pass = &fairPass{}
		}
		before := len(seen)
		for i := range page {
			if !seen[page[i].ID] {
				seen[page[i].ID] = true
				if h.routeAgain(ctx, ch, &page[i], ch.waiting.pass) {
					return ch.waiting.pass // the others would wait as long, each
				}
			}
		}
		switch {
		case len(page) < limit:
			return ch.waiting.pass
		case len(seen) == before: // more wait since one moment than fit a page
			limit *= 2
		default:
			after = page[len(page)-1].Routing.Since.Add(-1)
		}
	}
	return ch.waiting.pass
}

// readWaiting reads the next waiting conversations of channels, limit of each.
func (h *Hub) readWaiting(ctx context.Context, channels []string, after time.Time, limit int) ([]conversation.Head, error) {
	if len(channels) == 0 {
		return nil, nil
	}
	by := map[string]conversation.Head{}
	want := conversation.Want{
		Lane: conversation.LaneWait, Channels: channels, After: after, Until: h.clock.Now().Add(leaseTime), Limit: limit,
	}
	_, err := h.store.Due(ctx, []conversation.Want{want}, func(c *conversation.Conversation, _ conversation.Lane) error {
		by[c.ID] = c.Head
		return nil
	})
	list := make([]conversation.Head, 0, len(by))
	for _, head := range by {
		list = append(list, head)
	}
	slices.SortFunc(list, func(a, b conversation.Head) int {
		if c := a.Routing.Since.Compare(b.Routing.Since); c != 0 || a.Enquiry == nil || b.Enquiry == nil {
			return c
		}
		return int(a.Enquiry.Number - b.Enquiry.Number)
	})
	return list, err
}

// routeAgain decides about one waiting enquiry and records only what is new. It reports whether the Router was given up.
func (h *Hub) routeAgain(ctx context.Context, ch *Channel, head *conversation.Head, pass *fairPass) (givenUp bool) {
	if !head.Enquiry.Live() || !head.Routing.Waiting || head.Lane[conversation.LaneRoute].Lease != 0 {
		return false
	}
	if ch.state.Load().Interrupted(&head.Routing) { // its deadline was before a suspension; it is about to begin anew
		return false
	}
	now := h.clock.Now()
	d, err := h.decide(ctx, ch, head, pass)
	if err != nil {
		return errors.Is(err, errGivenUp) // the route lane will meet the error at the deadline, and say so
	}
	t := ch.terms.Load()
	due := !now.Before(head.Routing.Since.Add(t.MaxWait))
	if d.Outcome == routing.NoneAvailable && !due && d.String() == head.Enquiry.Why && (d.Staffed || head.Routing.Away) {
		return false
	}
	err = h.change(ctx, ch, head.ID, conversation.Look{}, func(c *rules.Change) error {
		if c.Routing.Revision == head.Routing.Revision && c.Enquiry.Live() && c.Routing.Waiting &&
			c.Lane[conversation.LaneRoute].Lease == 0 && !ch.suspended() {
			c.Routed(d)
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		h.log.WarnContext(ctx, "recording a decision failed", channelAttr(ch.id), errorAttr(err))
	}
	return false
}
