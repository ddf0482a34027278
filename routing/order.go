package routing

import (
	"math"
	"sync/atomic"
)

// An order says whose turn it is at each of a period of draws, and counts the draws. It is Tijdeman's
// order (R. Tijdeman, The chairman assignment problem, Discrete Mathematics 32, 1980): after any number n
// of draws each share i of k was drawn n·share[i] times, give or take at most 1-1/(2k-2).
type order struct {
	slots []uint16 // one period: indexes of shares
	_     [40]byte // the counter has a cache line of its own: slots are read by everybody
	draws atomic.Uint64
	_     [56]byte
}

// next draws; concurrent callers get different places in the order.
func (o *order) next() int { return o.slot(o.draws.Add(1) - 1) }

// peek is what next would return now.
func (o *order) peek() int { return o.slot(o.draws.Load()) }

func (o *order) slot(n uint64) int {
	if n <= math.MaxUint32 { // the shorter division takes less time
		return int(o.slots[uint32(n)%uint32(len(o.slots))]) //nolint:gosec // both fit
	}
	return int(o.slots[n%uint64(len(o.slots))])
}

// starts returns the places of a period, counted from 0, at which drawing can begin so that each share is less than one
// from n·share after any n draws. The first place always is one.
//
// What a share has had beyond its part grows by period-weight with each of its draws and falls by weight with each
// other; all is multiplied by period here. From a place on it moves by the difference to what it is there, so the
// place must be less than one below the most and above the least that it ever is.
func (o *order) starts() []int {
	period := len(o.slots)
	draws := make(map[uint16][]int) // by share: the places of its draws
	for place, share := range o.slots {
		draws[share] = append(draws[share], place)
	}
	bad := make([]int, period+1) // how many shares rule a place out, as differences
	for _, places := range draws {
		weight, most, least := len(places), 0, 0
		for drawn, place := range places {
			least = min(least, drawn*period-place*weight)
			most = max(most, (drawn+1)*period-(place+1)*weight)
		}
		from := 0
		for drawn := range weight + 1 { // between two draws
			until := period
			if drawn < weight {
				until = places[drawn] + 1
			}
			// It is drawn·period - place·weight at these places, which must lie between.
			low := floorDiv(int64((drawn-1)*period-least), int64(weight)) + 1
			high := -floorDiv(int64(-((drawn+1)*period - most)), int64(weight))
			first, end := min(max(from, int(low)), until), max(min(until, int(high)), from)
			if first >= end {
				first, end = from, from
			}
			bad[from]++
			bad[first]--
			bad[end]++
			bad[until]--
			from = until
		}
	}
	var starts []int
	for place, ruled := 0, 0; place < period; place++ {
		if ruled += bad[place]; ruled == 0 {
			starts = append(starts, place)
		}
	}
	return starts
}

// newOrder makes the order of the shares whose weights are not zero. There must be one.
func newOrder(weights []int64) *order {
	var sum, divisor int64
	var who []uint16
	for i, w := range weights {
		if w > 0 {
			who = append(who, uint16(i))
			sum += w
			divisor = gcd(divisor, w)
		}
	}
	c := chairmen{period: sum / divisor, twice: 2*int64(len(who)) - 2}
	for _, i := range who {
		c.states = append(c.states, chairman{share: i, weight: weights[i] / divisor})
	}
	if len(who) == 1 {
		return &order{slots: who}
	}
	return &order{slots: c.assign()}
}

// chairmen makes Tijdeman's assignment. Times and deviations are kept as integers by multiplying with
// period·twice, where twice = 2k-2; the largest product, for 10 000 shares, is about 2·10¹².
type chairmen struct {
	period int64
	twice  int64
	states []chairman
	// due holds, for each draw, the first of those who become eligible with it; the others follow by next.
	due   []int
	ready []int // a heap of the eligible, by deadline
}

type chairman struct {
	share  uint16
	weight int64
	drawn  int64
	next   int // in the list of due, -1 = none
}

// assign gives each draw to the eligible share that would first fall too far behind. A share with x draws
// is eligible for draw n once n·weight/period - x ≥ 1/twice, and must be drawn before that exceeds
// 1-1/twice.
func (c *chairmen) assign() []uint16 {
	c.due = make([]int, c.period+1)
	for n := range c.due {
		c.due[n] = -1
	}
	for i := range c.states {
		c.wait(i, 1)
	}
	slots := make([]uint16, c.period)
	for n := range slots { // counts from 0, the draws from 1
		for i := c.due[n+1]; i >= 0; i = c.states[i].next {
			c.push(i)
		}
		i := c.pop()
		slots[n] = c.states[i].share
		c.states[i].drawn++
		c.wait(i, int64(n)+2)
	}
	return slots
}

// wait puts i in the list of the draw from which it is eligible again: the first n, not before the next, with
// n·weight·twice ≥ period·(drawn·twice + 1).
func (c *chairmen) wait(i int, next int64) {
	s := &c.states[i]
	per := s.weight * c.twice
	n := max(next, (c.period*(s.drawn*c.twice+1)+per-1)/per)
	if n <= c.period {
		s.next, c.due[n] = c.due[n], i
	}
}

// before reports whether i must be drawn before j: it has the earlier deadline, which is
// period·(drawn + 1 - 1/twice)/weight, or the same and stands first in the list.
func (c *chairmen) before(i, j int) bool {
	a, b := &c.states[i], &c.states[j]
	left := (a.drawn*c.twice + c.twice - 1) * b.weight
	right := (b.drawn*c.twice + c.twice - 1) * a.weight
	return left < right || left == right && i < j
}

func (c *chairmen) push(i int) {
	c.ready = append(c.ready, i)
	at := len(c.ready) - 1
	for at > 0 {
		up := (at - 1) / 2
		if !c.before(c.ready[at], c.ready[up]) {
			return
		}
		c.ready[at], c.ready[up] = c.ready[up], c.ready[at]
		at = up
	}
}

func (c *chairmen) pop() int {
	top := c.ready[0]
	last := len(c.ready) - 1
	c.ready[0] = c.ready[last]
	c.ready = c.ready[:last]
	for at := 0; ; {
		least := at
		for down := 2*at + 1; down <= 2*at+2 && down < last; down++ {
			if c.before(c.ready[down], c.ready[least]) {
				least = down
			}
		}
		if least == at {
			return top
		}
		c.ready[at], c.ready[least] = c.ready[least], c.ready[at]
		at = least
	}
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
