package routing

import (
	"slices"
	"sync/atomic"
)

const (
	// fewShares is up to how many positive shares a split keeps the orders of all sets for ever. Each takes
	// 2 bytes for each draw of its period, so all 63 take some 20 KiB with whole percentages and at most
	// 1.3 MiB with two decimals.
	fewShares = 6
	// shelfBytes bounds the orders of a split of more shares: they lie on two shelves of this size. When
	// the newer is full it becomes the older one, and what was on the older is forgotten, save what was used
	// since. A set forgotten begins with a new counter.
	shelfBytes = 1 << 20
	shelfHeads = 256
)

// orders keeps the order of each set of available shares, made when the set is first met. Nothing locks:
// of two callers who make the same order at once one wins, and both draw from the winner's.
type orders struct {
	weights []int64 // of the positive shares, in hundredths of a percent
	few     []atomic.Pointer[order]
	shelves atomic.Pointer[shelves]
}

type shelves struct{ young, old *shelf }

// A shelf is a table of sets with a fixed number of chains, which only grow.
type shelf struct {
	bytes atomic.Int64
	heads [shelfHeads]atomic.Pointer[shelved]
}

type shelved struct {
	set   []uint64
	order *order
	next  *shelved
}

func newOrders(weights []int64) *orders {
	o := &orders{weights: weights}
	if len(weights) <= fewShares {
		o.few = make([]atomic.Pointer[order], 1<<len(weights))
	} else {
		o.shelves.Store(&shelves{young: new(shelf), old: new(shelf)})
	}
	return o
}

// of returns the order of a set of shares, which is not empty.
func (o *orders) of(set []uint64) *order {
	if o.few != nil {
		at := &o.few[set[0]]
		if found := at.Load(); found != nil {
			return found
		}
		at.CompareAndSwap(nil, o.make(set))
		return at.Load()
	}
	h := hash(set)
	s := o.shelves.Load()
	if found := s.young.heads[h].Load().find(set); found != nil {
		return found.order
	}
	if found := s.old.heads[h].Load().find(set); found != nil {
		return o.put(s, h, found.set, found.order)
	}
	return o.put(s, h, slices.Clone(set), o.make(set))
}

func (o *orders) make(set []uint64) *order {
	weights := make([]int64, len(o.weights))
	for i, w := range o.weights {
		if set[i/64]&(1<<(i%64)) != 0 {
			weights[i] = w
		}
	}
	return newOrder(weights)
}

// put lays an order on the young shelf, unless somebody was faster, and makes room when that is full.
func (o *orders) put(s *shelves, h int, set []uint64, made *order) *order {
	for entry := (&shelved{set: set, order: made}); ; {
		entry.next = s.young.heads[h].Load()
		if found := entry.next.find(set); found != nil {
			return found.order
		}
		if s.young.heads[h].CompareAndSwap(entry.next, entry) {
			break
		}
	}
	if s.young.bytes.Add(int64(2*len(made.slots)+8*len(set))+200) > shelfBytes {
		o.shelves.CompareAndSwap(s, &shelves{young: new(shelf), old: s.young})
	}
	return made
}

func (s *shelved) find(set []uint64) *shelved {
	for ; s != nil; s = s.next {
		if slices.Equal(s.set, set) {
			return s
		}
	}
	return nil
}

// hash chooses the chain of a set.
func hash(set []uint64) int {
	h := uint64(len(set))
	for _, word := range set {
		h = (h ^ word) * 0x9e3779b97f4a7c15 // 2⁶⁴ divided by the golden ratio
		h ^= h >> 32
	}
	return int(h % shelfHeads)
}
