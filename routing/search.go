package routing

import (
	"context"
	"math"
)

// horizon is how far ahead an opening or a change is looked for, in seconds.
const horizon = 400 * secondsPerDay

const (
	// searchSteps is how much work a search may take before its answer is "not known": a step reads a clock once and
	// takes some 15 ns. A year of one Time with two windows a day takes some 1 500.
	searchSteps = 1 << 21
	// searchStretch is how far a search looks in one branch before it turns to the next: a branch that stays closed for
	// long costs little where another opens soon.
	searchStretch = 7 * secondsPerDay
)

// A search looks ahead in a plan. Every branch is followed through its own changes alone, so that the work grows with
// the number of changes of all branches together.
type search struct {
	ctx   context.Context //nolint:containedctx // a search lives no longer than the call that needs it
	said  []closing       // what Customs said about themselves
	steps int             // taken
	over  bool            // it took too many, or ctx ended
}

// step counts some work and reports whether the search may go on.
func (s *search) step(n int) bool {
	const often = 1 << 10 // how often ctx is looked at
	before := s.steps / often
	if s.steps += n; s.steps > searchSteps || s.steps/often != before && s.ctx.Err() != nil {
		s.over = true
	}
	return !s.over
}

// opening finds the first instant from unix up to limit at which the rule is not closed, and what it is then. Without
// one it is notOpen, and the rule is closed up to limit; if the search is over, that is sure up to the instant returned.
func (s *search) opening(n *node, unix, limit int64) (at int64, state openness) {
	for at = unix; at <= limit; at = min(at+searchStretch, limit) + 1 {
		end := min(at+searchStretch, limit)
		first, state := s.openingIn(n, at, end)
		if s.over {
			return at, notOpen
		}
		if state != notOpen {
			return first, state
		}
	}
	return limit + 1, notOpen
}

func (s *search) openingIn(n *node, unix, limit int64) (at int64, state openness) {
	if !s.step(1) {
		return unix, notOpen
	}
	switch n.kind {
	case isAlternative:
		return earliest(s, n.rules, func(r *node) *node { return r }, unix, limit)
	case isPercentage:
		return earliest(s, n.split.shares, func(s share) *node { return s.to }, unix, limit)
	case isTime:
		return s.openingOfTime(n.schedule, unix, limit)
	case isSticky:
		return s.openingIn(n.sticky.then, unix, limit)
	case isCustom:
		state, until := n.customOpenAt(unix, s.said)
		if state == notOpen && until <= limit {
			return until, open
		}
		return unix, state
	default:
		return unix, open
	}
}

// earliest is the opening of the branch that opens first; of those that do together, one that is surely open.
func earliest[T any](s *search, branches []T, of func(T) *node, unix, limit int64) (at int64, state openness) {
	at = limit
	for _, b := range branches {
		first, found := s.openingIn(of(b), unix, at)
		if found != notOpen && (state == notOpen || first < at || found == open) {
			at, state = first, found
		}
		if s.over || state == open && at == unix {
			break
		}
	}
	return at, state
}

func (s *search) openingOfTime(t *schedule, unix, limit int64) (at int64, state openness) {
	for at = unix; at <= limit && s.step(1); {
		r := t.zone.read(at)
		until := t.until(r)
		_, _, to := t.branch(r)
		if to != nil {
			if first, state := s.openingIn(to, at, min(until-1, limit)); state != notOpen {
				return first, state
			}
		}
		if until <= at {
			return at, unclear
		}
		at = until
	}
	return limit, notOpen
}

// change finds the first instant after unix, up to limit, at which the rule in force is another than at unix.
func (s *search) change(n *node, unix, limit int64) (at int64, ok bool) {
	now := s.inForce(n, unix)
	for at = unix; at < limit && !s.over; {
		end := min(at+searchStretch, limit)
		if first, ok := s.changeIn(n, at, end); ok {
			return first, !s.over
		}
		if at = end; s.inForce(n, at) != now {
			return at, !s.over
		}
	}
	return at, false
}

// changeIn is change for a stretch of time.
func (s *search) changeIn(n *node, unix, limit int64) (at int64, ok bool) {
	if unix >= limit || !s.step(1) {
		return 0, false
	}
	switch n.kind {
	case isAlternative, isPercentage, isSticky:
		return s.changeOfBranches(n, unix, limit)
	case isTime:
		return s.changeOfTime(n, unix, limit)
	default:
		return 0, false
	}
}

// changeOfBranches looks where one of the branches changes, and whether that changes the whole.
func (s *search) changeOfBranches(n *node, unix, limit int64) (at int64, ok bool) {
	const never = math.MaxInt64
	var branches []*node
	var next []int64 // when each changes
	for b := range n.children() {
		branches, next = append(branches, b), append(next, unix)
	}
	now := s.inForce(n, unix)
	for at = unix; !s.over; {
		soonest := int64(never)
		for i, b := range branches {
			if next[i] == at {
				next[i] = never
				if first, ok := s.changeIn(b, at, limit); ok {
					next[i] = first
				}
			}
			soonest = min(soonest, next[i])
		}
		if soonest == never {
			break
		}
		if at = soonest; s.inForce(n, at) != now {
			return at, true
		}
	}
	return 0, false
}

func (s *search) changeOfTime(n *node, unix, limit int64) (at int64, ok bool) {
	now := s.inForce(n, unix)
	for at = unix; !s.over; {
		r := n.schedule.zone.read(at)
		until := n.schedule.until(r)
		if _, _, to := n.schedule.branch(r); to != nil {
			if first, ok := s.changeIn(to, at, min(until-1, limit)); ok {
				return first, true
			}
		}
		if until <= at || until > limit || !s.step(1) {
			break
		}
		if at = until; s.inForce(n, at) != now {
			return at, true
		}
	}
	return 0, false
}

// inForce is the rule in force as a key, "" while it is closed.
func (s *search) inForce(n *node, unix int64) string {
	s.step(1)
	r := n.inForce(unix)
	if r == nil {
		return ""
	}
	key, _ := ruleKey(r)
	s.step(len(key) / 8)
	return key
}
