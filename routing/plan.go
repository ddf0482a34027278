package routing

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// Plan is a [Rule] made ready to route: checked, laid out for speed, and with the counters of its
// percentages and the turns of its groups. It is made by [New]; the zero Plan routes nobody.
//
// A Plan is safe for concurrent use. A decision takes no lock, except where a [Percentage] of more than six
// shares meets a set of available shares for the first time. Counters live in memory: each process and each
// start begins anew, percentages at a random place of their order (see [Percentage] and [Plan.Fixed]).
type Plan struct {
	fixed bool
	root  *node
	nodes []*node
	turns map[string]*turn
	shut  atomic.Pointer[stretch] // a stretch of time in which the plan is known to be closed
}

// A stretch [from, until) of time, in seconds since 1970.
type stretch struct{ from, until int64 }

var errNoPlan = errors.New("routing: the plan was not made by New")

// New checks a rule and makes a plan of it. The error joins everything that is wrong, each as a *[RuleError]
// with its path. The rule is copied.
func New(r Rule) (*Plan, error) { return newPlan(r, false) }

func newPlan(r Rule, fixed bool) (*Plan, error) {
	c := compiler{fixed: fixed, zones: make(map[string]*zone), turns: make(map[string]*turn)}
	root := c.rule("", r, 1)
	if err := c.faults.join(); err != nil {
		return nil, err
	}
	return &Plan{fixed: fixed, root: root, nodes: c.nodes, turns: c.turns}, nil
}

// Fixed returns a plan of the same rule whose counters are new and begin at the first place of each order, so that
// the same enquiries are decided alike every time: for tests and simulations. What With makes of it is fixed too.
func (p *Plan) Fixed() *Plan {
	if p == nil || p.root == nil {
		return p
	}
	fixed, err := newPlan(p.root.rule, true)
	if err != nil {
		panic("routing: a rule that was checked is refused: " + err.Error()) // cannot happen
	}
	return fixed
}

// With makes a plan of a new rule that goes on where this one is: percentages that are equal in both keep
// their counters, and groups with the same ID their turn. Plans that share a counter can be used at once;
// no draw is lost or doubled while one takes over from the other.
func (p *Plan) With(r Rule) (*Plan, error) {
	next, err := newPlan(r, p != nil && p.fixed)
	if err != nil || p == nil || p.root == nil {
		return next, err
	}
	kept := make(map[string][]*orders)
	for _, n := range p.nodes {
		if n.kind == isPercentage {
			key, _ := ruleKey(n.rule)
			kept[key] = append(kept[key], n.split.orders)
		}
	}
	for _, n := range next.nodes {
		switch n.kind {
		case isPercentage:
			key, _ := ruleKey(n.rule)
			if same := kept[key]; len(same) > 0 {
				n.split.orders, kept[key] = same[0], same[1:]
			}
		case isGroup:
			if t := p.turns[n.rule.(Group).ID]; t != nil { //nolint:forcetypeassert // the rule of a group
				n.group.turn = t
			}
		default:
		}
	}
	for id := range next.turns {
		if t := p.turns[id]; t != nil {
			next.turns[id] = t
		}
	}
	return next, nil
}

// Rule returns a copy of the rule that the plan was made of.
func (p *Plan) Rule() Rule {
	if p == nil || p.root == nil {
		return nil
	}
	return p.root.rule
}

// Route implements [Router]. A nil Presence means [Everyone]. It returns the error of ctx if that ended, and
// then no counter moved; else an error only if nobody can be offered to and a [Custom] failed, together with
// the decision.
func (p *Plan) Route(ctx context.Context, e Enquiry, ps Presence) (d Decision, err error) {
	err = p.decide(ctx, &e, ps, false, &d)
	return d, err
}

// Peek returns the decision that Route would return, without moving any counter or turn. Where it comes
// down to a [Custom] whose Router has no Peek, the decision is an [Offer] without destinations.
func (p *Plan) Peek(ctx context.Context, e Enquiry, ps Presence) (d Decision, err error) {
	err = p.decide(ctx, &e, ps, true, &d)
	return d, err
}

// decide makes the decision d, which is zero.
func (p *Plan) decide(ctx context.Context, e *Enquiry, ps Presence, peeking bool, d *Decision) error { //nolint:contextcheck // a nil context must not panic
	if p == nil || p.root == nil {
		return errNoPlan
	}
	if ctx == nil {
		ctx = context.Background()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if ps == nil {
		ps = Everyone
	}
	h := host{ctx: ctx, presence: ps}
	var a answer
	var c call
	c.host, c.e, c.trace, c.answer, c.peeking = &h, e, &d.trace, &a, peeking
	_, c.everyone = ps.(everyone)
	d.trace.plan, d.trace.at = p, e.At.Unix()
	v, ok := p.root.try(&c)
	if !ok {
		h.presence, a = guard{ps}, answer{}
		d.trace = trace{plan: p, at: e.At.Unix()}
		c = call{host: &h, e: e, trace: &d.trace, answer: &a, peeking: peeking}
		v = p.root.route(&c)
	}
	if c.ended {
		*d = Decision{}
		return ctx.Err()
	}
	d.Outcome = v.outcome()
	if d.Outcome == Offer {
		d.Destinations, d.Wait = a.offer, a.wait
		return nil
	}
	if d.Outcome == Closed {
		var err error
		if d.NextOpening, _, err = p.nextOpening(ctx, e.At, a.closed); err != nil {
			*d = Decision{}
			return err
		}
	}
	return errors.Join(a.errs...)
}

// NextOpening returns when the plan is open, from t on: t itself when it is open then, else the first
// instant of the next opening in the zone of the [Time] that opens. A [Time.Otherwise] counts as open, and
// whether anybody is there is not asked. It returns false if the plan does not open within 400 days, if a [Custom]
// decides whether it does, or if it is not known, because the windows of the plan begin and end more than some
// 500 000 times until it opens.
func (p *Plan) NextOpening(t time.Time) (time.Time, bool) {
	if p == nil || p.root == nil {
		return time.Time{}, false
	}
	at, ok, _ := p.nextOpening(context.Background(), t, nil)
	return at, ok
}

// nextOpening returns the error of ctx if that ended.
func (p *Plan) nextOpening(ctx context.Context, t time.Time, said []closing) (time.Time, bool, error) {
	from := t.Unix()
	known := stretch{from: from, until: from}
	if s := p.shut.Load(); s != nil && len(said) == 0 && s.from <= from && from < s.until {
		known = *s
	}
	s := search{ctx: ctx, said: said}
	at, state := s.opening(p.root, known.until, from+horizon)
	if at > known.until && len(said) == 0 {
		p.shut.Store(&stretch{from: known.from, until: at})
	}
	switch {
	case s.over:
		return time.Time{}, false, ctx.Err()
	case state != open:
		return time.Time{}, false, nil
	case at == from:
		return t, true, nil
	}
	return p.root.opens(at, said), true, nil
}
