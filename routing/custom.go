package routing

import (
	"context"
	"errors"
	"fmt"

	"github.com/usherchat/usher/internal/printable"
)

// custom is a compiled Custom.
type custom struct {
	name   string
	router Router
}

// label names a Custom in errors and reasons.
func (cu *custom) label() string {
	if cu.name == "" {
		return "custom router"
	}
	return "custom router " + readable(cu.name)
}

func (cu *custom) route(n *node, c *call) verdict {
	ask := cu.router.Route
	if c.peeking {
		p, ok := cu.router.(Peeker)
		if !ok {
			c.offer, c.wait = nil, 0
			c.trace.note(n, stepNotAsked, 0)
			return offered
		}
		ask = p.Peek
	}
	d, err := guarded(ask, c.host, *c.e)
	if err == nil {
		err = d.usable(c.peeking)
	}
	if err != nil {
		return cu.fail(n, c, err)
	}
	c.trace.note(n, stepAsked, uint16(d.Outcome))
	c.adopt(n, d.Reasons())
	switch d.Outcome {
	case Offer:
		c.offer, c.wait = d.Destinations, d.Wait
		return offered
	case Closed:
		c.closed = append(c.closed, closing{custom: n, until: d.NextOpening})
		return shut
	case Exhausted:
		return tried
	default:
		return untried
	}
}

// maxFault is the length in bytes at which the error of a Router of the host is cut in a reason.
const maxFault = 200

// fail passes a Router over: it counts as open with nobody to offer to.
func (cu *custom) fail(n *node, c *call, err error) verdict {
	c.errs = append(c.errs, fmt.Errorf("routing: %s: %w", cu.label(), err))
	c.adopt(n, []Reason{{Code: CodeFailed, Text: cu.label() + " was passed over: " + printable.Cut(err.Error(), maxFault)}})
	if c.host.ctx.Err() != nil {
		c.ended = true
	}
	return untried
}

// adopt notes the reasons that a Router of the host gave, under the path of its rule.
func (c *call) adopt(n *node, reasons []Reason) {
	if len(reasons) == 0 {
		return
	}
	reasons = reasons[:min(len(reasons), 255)]
	from := len(c.trace.foreign)
	for _, r := range reasons {
		r.Rule = join(n.path, r.Rule)
		c.trace.foreign = append(c.trace.foreign, r)
	}
	at := c.trace.note(n, stepForeign, uint16(from)) //nolint:gosec // at most 255 for each of a plan's steps
	if at >= 0 {
		c.trace.steps[at].run = uint8(len(reasons)) //nolint:gosec // capped above
	}
}

// usable reports what makes a decision of a host's Router one that cannot be followed.
func (d Decision) usable(peeking bool) error {
	switch {
	case d.Outcome > Exhausted:
		return fmt.Errorf("its outcome is %v", d.Outcome)
	case d.Outcome == Offer && len(d.Destinations) == 0 && !peeking:
		return errors.New("it offers to nobody")
	case d.Wait < 0:
		return fmt.Errorf("its wait is %v", d.Wait)
	}
	return nil
}

type routeFunc = func(context.Context, Enquiry, Presence) (Decision, error)

// guarded asks a Router of the host and makes an error of a panic.
func guarded(ask routeFunc, h *host, e Enquiry) (d Decision, err error) {
	defer func() {
		if v := recover(); v != nil {
			d, err = Decision{}, fmt.Errorf("it panicked with a %T", v) // the value may hold what a visitor wrote
		}
	}()
	return ask(h.ctx, e, h.presence)
}
