package routing

import (
	"context"
	"time"
)

// A node is a compiled rule. Exactly one of the pointers below kind is set, as kind says. It is a struct
// and not an interface so that a call stays on the stack.
type node struct {
	index uint16
	path  string
	rule  Rule // a copy of what was compiled, for reports
	kind  nodeKind

	one      []Destination // isDestination: the destination, ready to be offered
	rules    []*node       // isAlternative
	split    *split
	schedule *schedule
	sticky   *sticky
	group    *group
	custom   *custom
}

type nodeKind uint8

const (
	isDestination nodeKind = iota
	isAlternative
	isPercentage
	isTime
	isSticky
	isGroup
	isCustom
)

// A call is one decision in the making. It holds everything by value, so that it can stay on the stack
// although parts of it are handed to code of the host.
type call struct {
	ctx      context.Context //nolint:containedctx // a call lives no longer than Route
	e        Enquiry
	presence Presence
	everyone bool // presence is Everyone: nobody needs to be asked
	looking  bool // nothing may change
	ended    bool // ctx ended while a Custom was asked: nothing may change any more

	seen   seen          // of the latest destination that was ready
	why    why           // of the latest one that was not available
	offer  []Destination // of the latest verdict that holds offered; empty: of a Custom that was not asked
	wait   time.Duration
	trace  trace
	errs   []error
	closed []closing
}

// A closing is what a Custom said about its own opening.
type closing struct {
	custom *node
	until  time.Time // zero = not known
}

// A verdict is what a branch came to, as a set: the verdicts of several branches combine by |.
type verdict uint8

const (
	offered verdict = 1 << iota
	untried         // open, with a destination that was not tried yet
	tried           // open, with a destination that was tried
	shut            // closed
)

func (v verdict) outcome() Outcome {
	switch {
	case v&offered != 0:
		return Offer
	case v&untried != 0:
		return NoneAvailable
	case v&tried != 0:
		return Exhausted
	default:
		return Closed
	}
}

// try is route; ok is false if the presence panicked.
func (n *node) try(c *call) (v verdict, ok bool) {
	defer func() {
		if !ok {
			_ = recover() // what it panicked with is not ours to tell
		}
	}()
	return n.route(c), true
}

// route asks the rule. The offer, if there is one, stands in c.
func (n *node) route(c *call) verdict {
	switch n.kind {
	case isDestination:
		return n.routeDestination(c)
	case isAlternative:
		return n.routeAlternative(c)
	case isPercentage:
		return n.split.route(n, c)
	case isTime:
		return n.schedule.route(n, c)
	case isSticky:
		return n.sticky.route(n, c)
	case isGroup:
		return n.group.route(n, c)
	case isCustom:
		return n.custom.route(n, c)
	}
	return untried
}

// look asks the rule without any consequence. The steps noted stay; take them back by a mark.
func (n *node) look(c *call) verdict {
	was := c.looking
	c.looking = true
	v := n.route(c)
	c.looking = was
	return v
}

func (n *node) routeDestination(c *call) verdict {
	switch c.stands(n.one[0]) {
	case ready:
		c.offer, c.wait = n.one, 0
		c.trace.note(n, stepOffered, 0)
		return offered
	case wasTried:
		c.trace.note(n, stepTried, 0)
		return tried
	case full:
		c.trace.note(n, stepFull, 0)
	default:
		c.trace.note(n, stepUnavailable, uint16(c.why))
	}
	return untried
}

func (n *node) routeAlternative(c *call) verdict {
	at := c.trace.note(n, stepNoAlternative, 0)
	var all verdict
	for i, r := range n.rules {
		v := r.route(c)
		all |= v
		if v&offered != 0 {
			c.trace.amend(at, n, stepAlternative, uint16(i))
			break
		}
	}
	return all
}

// fixed reports whether the call may not move counters and turns.
func (c *call) fixed() bool { return c.looking || c.ended }
