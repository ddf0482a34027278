package routing

import (
	"slices"
	"sync/atomic"
	"time"
)

// group is a compiled Group.
type group struct {
	method  Method
	members []Destination
	wait    time.Duration
	turn    *turn
	places  []place // of the members
}

// A turn remembers who of the groups with one ID was offered to last.
type turn struct{ last atomic.Pointer[place] }

// A place is a member's place in its group. All of a group are made once, so that a turn moves without
// allocating.
type place struct {
	of *group
	at int
}

func newGroup(r Group, t *turn) *group {
	g := &group{method: r.Method, members: r.Members, wait: r.Wait, turn: t, places: make([]place, len(r.Members))}
	for i := range g.places {
		g.places[i] = place{of: g, at: i}
	}
	return g
}

func (g *group) route(n *node, c *call) verdict {
	var found tally
	switch g.method {
	case Simultaneous:
		found = g.everyone(c)
	case RoundRobin:
		found = g.next(c)
	case MostIdle:
		found = g.mostIdle(c)
	default:
		found = g.fromTop(c, 0)
	}
	return found.tell(n, c, g)
}

// A tally is what a walk over the members found.
type tally struct {
	chosen                   int // index of the member, -1 = nobody
	all                      []Destination
	unavailable, full, tried int
}

// tell notes the tally and makes the offer.
func (t *tally) tell(n *node, c *call, g *group) verdict {
	note := func(code stepCode, count int) {
		if count > 0 {
			c.trace.note(n, code, uint16(count)) //nolint:gosec // a plan has fewer members
		}
	}
	note(stepMembersUnavailable, t.unavailable)
	note(stepMembersFull, t.full)
	note(stepMembersTried, t.tried)
	switch {
	case t.all != nil:
		c.offer = t.all
		note(stepMembers, len(t.all))
	case t.chosen >= 0:
		c.offer = g.members[t.chosen : t.chosen+1 : t.chosen+1]
		c.trace.note(n, stepMember, uint16(t.chosen)) //nolint:gosec // a plan has fewer members
	case t.unavailable+t.full > 0:
		return untried
	default:
		return tried
	}
	c.wait = g.wait
	return offered
}

// check asks for one member, and counts if it cannot be offered to.
func (t *tally) check(c *call, d *Destination) (ok bool) {
	switch c.stands(d) {
	case ready:
		return true
	case wasTried:
		t.tried++
	case full:
		t.full++
	default:
		t.unavailable++
	}
	return false
}

// fromTop finds the first member in order that is Active, else the first that is Idle, beginning at a
// place and going round.
func (g *group) fromTop(c *call, begin int) tally {
	t := tally{chosen: -1}
	for k := range g.members {
		i := begin + k
		if i >= len(g.members) {
			i -= len(g.members)
		}
		if !t.check(c, &g.members[i]) {
			continue
		}
		if !c.seen.idle {
			t.chosen = i
			return t
		}
		if t.chosen < 0 {
			t.chosen = i
		}
	}
	return t
}

// next takes the turn. Of callers at once each gets another place.
func (g *group) next(c *call) tally {
	for {
		last := g.turn.last.Load()
		t := g.fromTop(c, g.after(last))
		if t.chosen < 0 || c.fixed() || g.turn.last.CompareAndSwap(last, &g.places[t.chosen]) {
			return t
		}
	}
}

// after is where the turn goes on: behind the member that was offered to last. If that one is not a member
// here, the turn goes to the first of those after it in its own list who is.
func (g *group) after(last *place) int {
	switch {
	case last == nil:
		return 0
	case last.of == g:
		return (last.at + 1) % len(g.members)
	}
	theirs := last.of.members
	if i := slices.Index(g.members, theirs[last.at]); i >= 0 {
		return (i + 1) % len(g.members)
	}
	for k := 1; k < len(theirs); k++ {
		if i := slices.Index(g.members, theirs[(last.at+k)%len(theirs)]); i >= 0 {
			return i
		}
	}
	return last.at % len(g.members)
}

// mostIdle finds the member with the lowest load, then the one free for longest, then the first in order.
func (g *group) mostIdle(c *call) tally {
	t := tally{chosen: -1}
	var best seen
	c.timed = true
	for i := range g.members {
		if t.check(c, &g.members[i]) && (t.chosen < 0 || c.seen.before(best)) {
			t.chosen, best = i, c.seen
		}
	}
	c.timed = false
	return t
}

// before reports whether a is to be asked before b.
func (a seen) before(b seen) bool {
	switch {
	case a.idle != b.idle:
		return b.idle
	case a.load != b.load:
		return a.load < b.load
	default:
		return a.since.Before(b.since)
	}
}

// everyone finds all who are available. It allocates only if some are not.
func (g *group) everyone(c *call) tally {
	t := tally{chosen: -1}
	n := 0
	for i, d := range g.members {
		ok := t.check(c, &g.members[i])
		switch {
		case ok && n < i && t.all == nil:
			t.all = append(make([]Destination, 0, len(g.members)), g.members[:n]...)
			t.all = append(t.all, d)
		case ok && t.all != nil:
			t.all = append(t.all, d)
		}
		if ok {
			n++
		}
	}
	if t.all == nil && n > 0 {
		t.all = g.members[:n:n]
	}
	return t
}
