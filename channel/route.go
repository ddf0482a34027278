package channel

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	var pass *fairPass
	if !w.head.Routing.Waiting {
		pass = h.routeWaitingOf(ctx, w.ch)
	}
	d, _ := h.decide(ctx, w.ch, w.head, pass)
	return h.settle(ctx, w, conversation.Look{}, func(c *rules.Change) {
		switch {
		case d.Fault != "" && ctx.Err() != nil: // Run is ending: that was no decision
			rules.Postpone(c.Conversation, conversation.LaneRoute, c.Now, false)
		case c.Routing.Revision != w.head.Routing.Revision || !c.Enquiry.Live():
		case w.ch.suspended(): // routed afresh on Resume
		default:
			c.Routed(d)
		}
	})
}

// decide asks the Router, outside of any lock. Destinations that were refused to enquiries before this one are refused
// to it; a nil pass refuses none. An error is why there is no decision.
func (h *Hub) decide(ctx context.Context, ch *Channel, head *conversation.Head, pass *fairPass) (rules.Decided, error) {
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
			return rules.Decided{Fault: faultOf(err)}, err
		}
		router = plan
	}
	seen := &seenPresence{hub: h, pass: pass}
	prefer := r.Prefer
	call := call{name: "Router", ch: ch, lane: conversation.LaneRoute, id: head.ID, most: routeTimeout}
	d, err := outside(ctx, &h.engine, call, func(ctx context.Context) (routing.Decision, error) {
		d, err := router.Route(ctx, ask, seen)
		if err == nil {
			err = valid(d)
		}
		if err == nil && prefer != "" {
			d = preferred(d, prefer, ask.Tried, seen)
		}
		return d, err
	})
	return rules.Decided{Decision: d, Fault: faultOf(err), Staffed: seen.staffed.Load()}, err
}

// faultOf says in clean and short words why there is no decision, "" for nil.
func faultOf(err error) string {
	if err == nil {
		return ""
	}
	return printable.Cut(err.Error(), 200)
}

// preferred offers a reopened enquiry to its last handler first, unless the channel is closed.
func preferred(d routing.Decision, staff string, tried []routing.Destination, p routing.Presence) routing.Decision {
	to := routing.Staff(staff)
	if d.Outcome == routing.Closed || slices.Contains(tried, to) || !p.State(to).Available() {
		return d
	}
	return routing.Decision{Outcome: routing.Offer, Destinations: []routing.Destination{to}}.
		Because(routing.Reason{Code: "reopened", Text: "reopened: " + staff + " handled it last"})
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
