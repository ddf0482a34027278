package routing

import (
	"context"
	"math"
	"time"
)

// InForce answers "who is it at this moment": the rule with every [Time] replaced by what it chooses then. Nil
// means closed. Closed parts and drained shares are left out; the shares that are left keep their percentages,
// which then add up to less than 100. Whether anybody is there is not asked.
func (p *Plan) InForce(t time.Time) Rule {
	if p == nil || p.root == nil {
		return nil
	}
	return p.root.inForce(t.Unix())
}

// NextChange returns the first instant after t at which the rule in force becomes another, in the Location of
// t; false if it stays for 400 days, or if so much happens in the plan that it is not known (see [Plan.NextOpening]).
// Until then what was found for t can be kept.
func (p *Plan) NextChange(t time.Time) (time.Time, bool) {
	if p == nil || p.root == nil {
		return time.Time{}, false
	}
	s := search{ctx: context.Background()}
	at, ok := s.change(p.root, t.Unix(), t.Unix()+horizon)
	if !ok {
		return time.Time{}, false
	}
	return time.Unix(at, 0).In(t.Location()), true
}

func (n *node) inForce(unix int64) Rule {
	switch n.kind {
	case isAlternative:
		var left Alternative
		for _, r := range n.rules {
			if now := r.inForce(unix); now != nil {
				left = append(left, now)
			}
		}
		if len(left) > 0 {
			return left
		}
	case isPercentage:
		var left Percentage
		for _, s := range n.split.shares {
			if now := s.to.inForce(unix); now != nil {
				left = append(left, Share{Percent: s.percent, To: now})
			}
		}
		if len(left) > 0 {
			return left
		}
	case isTime:
		if _, _, to := n.schedule.branch(n.schedule.zone.read(unix)); to != nil {
			return to.inForce(unix)
		}
	case isSticky:
		if then := n.sticky.then.inForce(unix); then != nil {
			rule, _ := n.rule.(Sticky)
			rule.Then = then
			return rule
		}
	default:
		return n.rule
	}
	return nil
}

// steady returns an instant up to which the rule in force stays the same for sure.
func (n *node) steady(unix int64) int64 {
	until := int64(math.MaxInt64)
	if n.kind == isTime {
		r := n.schedule.zone.read(unix)
		until = n.schedule.until(r)
		if _, _, to := n.schedule.branch(r); to != nil {
			until = min(until, to.steady(unix))
		}
		return until
	}
	for child := range n.children() {
		until = min(until, child.steady(unix))
	}
	return until
}
