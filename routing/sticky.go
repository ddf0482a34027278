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
	asks   bool                     // a Custom is below
	staff  map[string][]Destination // those below, ready to be offered
}

func newSticky(r Sticky, then *node) *sticky {
	s := &sticky{within: cmp.Or(r.For, defaultFor), wait: r.Wait, then: then, asks: then.asks(), staff: make(map[string][]Destination)}
	for d := range then.destinations() {
		if d.Kind == KindStaff {
			s.staff[d.ID] = []Destination{d}
		}
	}
	return s
}

func (s *sticky) route(n *node, c *call) verdict {
	code, arg := s.judge(c)
	at := c.trace.note(n, code, arg)
	if code != stepStickyHit {
		return s.then.route(c)
	}
	if s.closed(c) {
		c.trace.amend(at, n, stepStickyClosed, 0)
		return s.then.route(c)
	}
	c.wait = s.wait
	c.offer = s.staff[c.e.LastStaff]
	if c.offer == nil {
		c.offer = []Destination{Staff(c.e.LastStaff)}
	}
	return offered
}

// closed looks whether Then is closed, without a trace. Only a Custom needs to be asked for that: nothing else
// depends on who is there.
func (s *sticky) closed(c *call) bool {
	if !s.asks {
		state, _ := s.then.openAt(c.e.At.Unix(), nil)
		return state == notOpen
	}
	m := c.trace.mark()
	errs, closed := len(c.errs), len(c.closed)
	v := s.then.peek(c)
	c.trace.rollback(m)
	c.errs, c.closed = c.errs[:errs], c.closed[:closed]
	return v == shut
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
	last := Staff(c.e.LastStaff)
	switch c.stands(&last) {
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
