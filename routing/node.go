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

// A call is one decision in the making. It and what it points to stay on the stack: all that may live on, since
// it is handed to code of the host or becomes the decision, lies behind one more pointer.
type call struct {
	host  *host
	e     *Enquiry
	trace *trace
	*answer
	everyone bool // the presence is Everyone: nobody needs to be asked
	peeking  bool // nothing may change
	ended    bool // ctx ended while a Custom was asked: nothing may change any more

	why   why  // of the latest destination that was not available
	seen  seen // of the latest one that was ready
	timed bool // its time is wanted
}

// An answer is what a call has come to so far, beside its verdict.
type answer struct {
	offer  []Destination // of the latest verdict that holds offered; empty: of a Custom that was not asked
	wait   time.Duration
	errs   []error
	closed []closing
}

// A host is whom a call may ask.
type host struct {
	ctx      context.Context //nolint:containedctx // a call lives no longer than Route
	presence Presence
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

// peek asks the rule without any consequence. The steps noted stay; take them back by a mark.
func (n *node) peek(c *call) verdict {
	was := c.peeking
	c.peeking = true
	v := n.route(c)
	c.peeking = was
	return v
}

// glance is peek that leaves no steps if the rule can be offered.
func (n *node) glance(c *call) verdict {
	m := c.trace.mark()
	v := n.peek(c)
	if v&offered != 0 {
		c.trace.rollback(m)
	}
	return v
}

func (n *node) routeDestination(c *call) verdict {
	if st := c.stands(&n.one[0]); st != ready {
		return n.passOver(c, st)
	}
	return n.take(c)
}

// take offers to a destination that is ready.
func (n *node) take(c *call) verdict {
	c.offer, c.wait = n.one, 0
	c.trace.note(n, stepOffered, 0)
	return offered
}

// passOver notes why a destination is not offered to.
func (n *node) passOver(c *call, st standing) verdict {
	switch st {
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
func (c *call) fixed() bool { return c.peeking || c.ended }
