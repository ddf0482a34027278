package routing

import (
	"cmp"
	"math"
	"slices"
)

// split is a compiled Percentage. Only its positive shares are kept: the others are drained.
type split struct {
	shares []share
	holds  map[Destination]int // which share holds a destination, the first in order if several do
	orders *orders
}

type share struct {
	to      *node
	index   uint16 // in the rule
	percent float64
}

// maxPositive is how many positive shares there can be: each has at least 0.01 %.
const maxPositive = 10_000

func (s *split) route(n *node, c *call) verdict {
	if i, ok := s.latest(c.e.Tried); ok {
		return s.goOn(n, c, i)
	}
	if len(s.shares) <= 64 {
		var set [8]byte
		return s.firstOffer(n, c, set[:])
	}
	var set [(maxPositive + 7) / 8]byte
	return s.firstOffer(n, c, set[:(len(s.shares)+7)/8])
}

// latest finds the share that holds the latest tried of this rule's destinations.
func (s *split) latest(tried []Destination) (share int, ok bool) {
	for _, d := range slices.Backward(tried) {
		if share, ok = s.holds[d]; ok {
			return share, true
		}
	}
	return 0, false
}

// firstOffer draws among the shares that can be offered to now. The set must be empty.
func (s *split) firstOffer(n *node, c *call, set []byte) verdict {
	at := c.trace.note(n, stepNoShare, 0)
	all := s.available(c, set)
	if all&offered == 0 {
		return all
	}
	order := s.orders.of(set)
	chosen := order.peek()
	if !c.fixed() {
		chosen = order.next()
	}
	c.trace.amend(at, n, stepShare, s.shares[chosen].index)
	v := s.take(c, chosen)
	all = all&^offered | v
	// Without an offer somebody was faster, or a Custom had nobody after all.
	for i := 0; v&offered == 0 && i < len(s.shares); i++ {
		if i != chosen && has(set, i) {
			v = s.offerNext(n, c, i)
			all |= v
		}
	}
	return all
}

// take offers to the share whose turn it is. A destination was just looked at, and is not asked twice.
func (s *split) take(c *call, chosen int) verdict {
	to := s.shares[chosen].to
	if to.kind == isDestination {
		return to.take(c)
	}
	return to.route(c)
}

// available looks at every share and puts those that can be offered to into the set.
func (s *split) available(c *call, set []byte) (all verdict) {
	for i := range s.shares {
		to := s.shares[i].to
		if to.kind != isDestination {
			v := to.glance(c)
			all |= v
			if v&offered == 0 {
				continue
			}
		} else if st := c.stands(&to.one[0]); st != ready {
			all |= to.passOver(c, st)
			continue
		}
		all |= offered
		set[uint(i)/8] |= 1 << (uint(i) % 8)
	}
	return all
}

// goOn offers further within the share that holds the latest tried destination, then in the other shares
// in their order. No counter moves.
func (s *split) goOn(n *node, c *call, share int) verdict {
	at := c.trace.note(n, stepSameShare, s.shares[share].index)
	v := s.shares[share].to.route(c)
	if v&offered == 0 {
		c.trace.amend(at, n, stepShareEmpty, s.shares[share].index)
	}
	all := v
	for i := 0; v&offered == 0 && i < len(s.shares); i++ {
		if i != share {
			v = s.offerNext(n, c, i)
			all |= v
		}
	}
	return all
}

// offerNext asks the next share in order.
func (s *split) offerNext(n *node, c *call, i int) verdict {
	at := c.trace.note(n, stepNextShare, s.shares[i].index)
	v := s.shares[i].to.route(c)
	if v&offered == 0 {
		c.trace.amend(at, n, stepShareEmpty, s.shares[i].index)
	}
	return v
}

// Percentages turns weights into percentages for the shares of a [Percentage]: in proportion, with two decimals at
// most, adding up to exactly 100. What rounding leaves goes to those it took most from, the first ones among equals
// (the largest remainder method of Hamilton). A weight of 0 stays 0.
//
// It returns nil if a weight is negative or not a number, or if they add up to nothing or to infinity.
func Percentages(weights ...float64) []float64 {
	sum := 0.0
	for _, w := range weights {
		if !(w >= 0) { // also when it is not a number
			return nil
		}
		sum += w
	}
	if sum == 0 || math.IsInf(sum, 0) {
		return nil
	}
	const all = 100 * 100
	left := all
	parts, rest, order := make([]int, len(weights)), make([]float64, len(weights)), make([]int, 0, len(weights))
	for i, w := range weights {
		exact := w / sum * all
		parts[i] = int(exact)
		rest[i] = exact - math.Trunc(exact)
		left -= parts[i]
		if w > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rest[b], rest[a]) })
	for k := 0; left > 0; k++ {
		parts[order[k%len(order)]]++
		left--
	}
	percentages := make([]float64, len(weights))
	for i, p := range parts {
		percentages[i] = float64(p) / 100
	}
	return percentages
}
