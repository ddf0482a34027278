package routing

import (
	"math"
	"time"
)

type openness uint8

const (
	notOpen openness = iota
	open
	unclear // a Custom decides
)

// openAt says whether the rule is open at an instant, and until when it is surely not.
func (n *node) openAt(unix int64, said []closing) (state openness, until int64) {
	switch n.kind {
	case isAlternative:
		return anyOpen(n.rules, func(r *node) *node { return r }, unix, said)
	case isPercentage:
		return anyOpen(n.split.shares, func(s share) *node { return s.to }, unix, said)
	case isTime:
		r := n.schedule.zone.read(unix)
		until = n.schedule.until(r)
		_, _, to := n.schedule.branch(r)
		if to == nil {
			return notOpen, until
		}
		state, end := to.openAt(unix, said)
		return state, min(until, end)
	case isSticky:
		return n.sticky.then.openAt(unix, said)
	case isCustom:
		return n.customOpenAt(unix, said)
	default:
		return open, 0
	}
}

func anyOpen[T any](branches []T, of func(T) *node, unix int64, said []closing) (state openness, until int64) {
	until = math.MaxInt64
	for _, b := range branches {
		s, end := of(b).openAt(unix, said)
		switch s {
		case open:
			return open, 0
		case unclear:
			state = unclear
		default:
			until = min(until, end)
		}
	}
	return state, until
}

func (n *node) customOpenAt(unix int64, said []closing) (state openness, until int64) {
	for _, s := range said {
		if s.custom != n {
			continue
		}
		if s.until.IsZero() {
			return notOpen, math.MaxInt64
		}
		if ends := s.ends(); unix < ends {
			return notOpen, ends
		}
		return open, 0
	}
	return unclear, 0
}

// ends is the end of a closing in whole seconds, not before it.
func (s closing) ends() int64 {
	if s.until.Nanosecond() > 0 {
		return s.until.Unix() + 1
	}
	return s.until.Unix()
}

// opens tells an instant at which the rule opens in the zone of the rule that opens: the innermost Time that
// was closed just before.
func (n *node) opens(unix int64, said []closing) time.Time {
	switch n.kind {
	case isAlternative:
		for _, r := range n.rules {
			if state, _ := r.openAt(unix, said); state == open {
				return r.opens(unix, said)
			}
		}
	case isPercentage:
		for _, s := range n.split.shares {
			if state, _ := s.to.openAt(unix, said); state == open {
				return s.to.opens(unix, said)
			}
		}
	case isTime:
		_, _, to := n.schedule.branch(n.schedule.zone.read(unix))
		if state, _ := to.openAt(unix-1, said); state == notOpen {
			return to.opens(unix, said)
		}
		return time.Unix(unix, 0).In(n.schedule.zone.location)
	case isSticky:
		return n.sticky.then.opens(unix, said)
	case isCustom:
		for _, s := range said {
			if s.custom == n {
				return s.until
			}
		}
	default:
	}
	return time.Unix(unix, 0).UTC()
}
