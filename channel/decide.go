package channel

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/internal/rules"
	"github.com/usherchat/usher/internal/printable"
	"github.com/usherchat/usher/routing"
)

// routeTimeout bounds one decision of a Router.
const routeTimeout = 5 * time.Second

// route decides about the enquiry of w, after those of its channel that wait longer.
func (h *Hub) route(ctx context.Context, w *work) error {
	var before *refused
	if !w.head.Routing.Waiting {
		before = h.lookAt(ctx, w.ch)
	}
	d := h.decide(ctx, w.ch, w.head, before)
	return h.settle(ctx, w, conversation.Look{}, func(c *rules.Change) {
		switch {
		case c.Routing.Revision != w.head.Routing.Revision || !c.Enquiry.Live():
		case w.ch.suspended(): // routed afresh on Resume
		default:
			c.Routed(d)
		}
	})
}

// decide asks the Router, outside of any lock. Who was refused to enquiries before this one is refused to it; nil =
// nobody.
func (h *Hub) decide(ctx context.Context, ch *Channel, head *conversation.Head, before *refused) rules.Decided {
	e, r := head.Enquiry, &head.Routing
	ask := routing.Enquiry{
		ID: string(e.ID), Channel: head.Channel, Visitor: string(head.Visitor.ID), Locale: head.Visitor.Locale,
		At: h.clock.Now(), Attributes: head.Visitor.Attributes, LastStaff: head.LastStaff, LastAt: head.LastAt,
		Tried: r.Tried,
	}
	router := *ch.router.Load()
	if r.Rule != nil {
		plan, err := h.plans.get(r.Rule)
		if err != nil {
			return rules.Decided{Fault: faultOf(err)}
		}
		router = plan
	}
	seen := &watch{hub: h, before: before}
	d, err := h.ask(ctx, router, ask, seen)
	if err == nil {
		err = valid(d)
	}
	if err == nil && r.Prefer != "" {
		d = h.preferred(d, r.Prefer, ask.Tried, seen)
	}
	return rules.Decided{Decision: d, Fault: faultOf(err), Staffed: seen.staffed.Load()}
}

// faultOf says in clean and short words why there is no decision.
func faultOf(err error) string {
	if err == nil {
		return ""
	}
	return printable.Cut(err.Error(), 200)
}

// preferred offers a reopened enquiry to its last handler first, unless the channel is closed.
func (h *Hub) preferred(d routing.Decision, staff string, tried []routing.Destination, p routing.Presence) routing.Decision {
	to := routing.Staff(staff)
	if d.Outcome == routing.Closed || slices.Contains(tried, to) || !p.State(to).Available() {
		return d
	}
	return routing.Decision{Outcome: routing.Offer, Destinations: []routing.Destination{to}}.
		Because(routing.Reason{Code: "reopened", Text: "reopened: " + staff + " handled it last"})
}

// ask calls the Router; a panic is an error.
func (h *Hub) ask(ctx context.Context, r routing.Router, e routing.Enquiry, p routing.Presence) (d routing.Decision, err error) {
	limit := within(ctx, routeTimeout)
	defer limit.end()
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
			h.log.ErrorContext(ctx, "router panicked", errorAttr(err), stackAttr(debug.Stack()))
		}
	}()
	return r.Route(limit, e, p)
}

// maxOffered bounds the destinations of one offer.
const maxOffered = 1000

// valid checks a decision of a Router that may be the host's.
func valid(d routing.Decision) error {
	switch d.Outcome {
	case routing.NoneAvailable, routing.Closed, routing.Exhausted:
		return nil
	case routing.Offer:
	default:
		return fmt.Errorf("invalid decision: outcome %v", d.Outcome)
	}
	if len(d.Destinations) == 0 || len(d.Destinations) > maxOffered {
		return fmt.Errorf("invalid decision: an offer to %d destinations", len(d.Destinations))
	}
	for i, to := range d.Destinations {
		known := to.Kind == routing.KindStaff || to.Kind == routing.KindTeam || to.Kind == routing.KindBot
		if !known || !printable.ID(to.ID) || slices.Contains(d.Destinations[:i], to) {
			return fmt.Errorf("invalid decision: destination %d is unknown, nameless or named twice", i)
		}
	}
	if d.Wait < 0 {
		return errors.New("invalid decision: negative wait")
	}
	return nil
}

// waiters lets the passes over a channel's waiting enquiries be shared by those who ask for one together.
type waiters struct {
	asked   atomic.Int64
	mu      sync.Mutex
	done    int64
	refused *refused // in the latest pass; nil if nobody waits
}

// lookAtWaiting looks at the waiting enquiries of all channels.
func (h *Hub) lookAtWaiting(ctx context.Context) {
	h.engine.again.Store(false)
	h.offers.expire(h.clock.Now())
	all := *h.names.Load()
	names := make([]string, len(all))
	for i, ch := range all {
		names[i] = ch.id
	}
	h.engine.waiting.Store(false)
	oldest, err := h.waiting(ctx, names, time.Time{}, 1)
	if err != nil {
		return
	}
	for _, head := range oldest {
		h.engine.waiting.Store(true)
		if ch, ok := h.Channel(head.Channel); ok && ctx.Err() == nil {
			h.lookAt(ctx, ch)
		}
	}
}

// lookAt routes the waiting enquiries of a channel, oldest first. Those whom nobody can be offered keep their
// place, and nothing is recorded for them. It returns who was refused to them.
func (h *Hub) lookAt(ctx context.Context, ch *Channel) *refused {
	if ch.gone.Load() || ch.state.Load().Suspended {
		return nil
	}
	mine := ch.waiters.asked.Add(1)
	ch.waiters.mu.Lock()
	defer ch.waiters.mu.Unlock()
	if ch.waiters.done >= mine {
		return ch.waiters.refused // a pass that began after we asked has seen what we know
	}
	ch.waiters.done, ch.waiters.refused = ch.waiters.asked.Load(), nil
	var after time.Time
	seen := map[string]bool{}
	for limit := batch; ctx.Err() == nil; {
		page, err := h.waiting(ctx, []string{ch.id}, after, limit)
		if err != nil {
			break
		}
		if ch.waiters.refused == nil && len(page) > 0 {
			ch.waiters.refused = &refused{}
		}
		looked := len(seen)
		for i := range page {
			if !seen[page[i].ID] {
				seen[page[i].ID] = true
				h.look(ctx, ch, &page[i], ch.waiters.refused)
			}
		}
		switch {
		case len(page) < limit:
			return ch.waiters.refused
		case len(seen) == looked: // more wait since one moment than fit a page
			limit *= 2
		default:
			after = page[len(page)-1].Routing.Since.Add(-1)
		}
	}
	return ch.waiters.refused
}

// waiting reads the next waiting conversations of channels, limit of each.
func (h *Hub) waiting(ctx context.Context, channels []string, after time.Time, limit int) ([]conversation.Head, error) {
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

// look decides about one waiting enquiry and records only what is new.
func (h *Hub) look(ctx context.Context, ch *Channel, head *conversation.Head, before *refused) {
	if !head.Enquiry.Live() || !head.Routing.Waiting || head.Lane[conversation.LaneRoute].Lease != 0 {
		return
	}
	if ch.state.Load().Interrupted(&head.Routing) { // its deadline was before a suspension; it is about to begin anew
		return
	}
	now := h.clock.Now()
	d := h.decide(ctx, ch, head, before)
	if d.Fault != "" {
		return // the route lane will meet the error at the deadline, and say so
	}
	t := ch.terms.Load()
	due := !now.Before(head.Routing.Since.Add(t.MaxWait))
	if d.Outcome == routing.NoneAvailable && !due && d.String() == head.Enquiry.Why && (d.Staffed || head.Routing.Away) {
		return
	}
	err := h.change(ctx, ch, head.ID, conversation.Look{}, func(c *rules.Change) error {
		if c.Routing.Revision == head.Routing.Revision && c.Enquiry.Live() && c.Routing.Waiting &&
			c.Lane[conversation.LaneRoute].Lease == 0 && !ch.suspended() {
			c.Routed(d)
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		h.log.WarnContext(ctx, "recording a decision failed", channelAttr(ch.id), errorAttr(err))
	}
}
