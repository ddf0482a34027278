package routing

import (
	"cmp"
	"time"
)

// defaultFor is how long a visitor is remembered when [Sticky.For] is 0.
const defaultFor = 30 * 24 * time.Hour

// sticky is a compiled Sticky.
type sticky struct {
	within time.Duration
	wait   time.Duration
	then   *node
	staff  map[string][]Destination // people that stand in the plan, ready to be offered
}

func newSticky(r Sticky, then *node) *sticky {
	return &sticky{within: cmp.Or(r.For, defaultFor), wait: r.Wait, then: then}
}

func (s *sticky) route(n *node, c *call) verdict {
	code, arg := s.judge(c)
	at := c.trace.note(n, code, arg)
	if code != stepStickyHit {
		return s.then.route(c)
	}
	c.trace.last = c.e.LastStaff
	m := c.trace.mark()
	faults, closings := len(c.errs), len(c.closed)
	if s.then.look(c) == shut {
		c.trace.rollback(m)
		c.errs, c.closed = c.errs[:faults], c.closed[:closings]
		c.trace.amend(at, n, stepStickyClosed, 0)
		return s.then.route(c)
	}
	c.trace.rollback(m)
	c.errs, c.closed = c.errs[:faults], c.closed[:closings]
	c.wait = s.wait
	c.offer = s.staff[c.e.LastStaff]
	if c.offer == nil {
		c.offer = []Destination{Staff(c.e.LastStaff)}
	}
	return offered
}

// judge says whether the person who last served this visitor is asked first, or why not.
func (s *sticky) judge(c *call) (code stepCode, arg uint16) {
	if c.e.LastStaff == "" {
		return stepStickyNobody, 0
	}
	c.trace.last = c.e.LastStaff
	if c.e.At.Sub(c.e.LastAt) > s.within {
		return stepStickyExpired, 0
	}
	switch c.stands(Staff(c.e.LastStaff)) {
	case ready:
		return stepStickyHit, 0
	case wasTried:
		return stepStickyTried, 0
	case full:
		return stepStickyFull, 0
	default:
		return stepStickyUnavailable, uint16(c.why)
	}
}
