package routing

import (
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
)

const (
	// fewShares is up to how many positive shares a split keeps the orders of all sets for ever. Each takes
	// 2 bytes for each draw of its period, so all 63 take some 20 KiB with whole percentages and at most
	// 1.3 MiB with two decimals.
	fewShares = 6
	// maxOrders bounds the orders of a split of more shares, in bytes, twice: when the recent ones take more, they
	// become the earlier ones, and what was among the earlier ones is forgotten, save what was used since. A set
	// that was forgotten begins with a new counter.
	maxOrders = 1 << 20
	// orderBytes is what an order takes beside its slots and its set.
	orderBytes = 200
)

// orders keeps the order of each set of available shares, made when the set is first met. A set has one bit for each
// positive share. A decision reads what is known without a lock; only what is not known yet takes it.
type orders struct {
	weights []int64 // of the positive shares, in hundredths of a percent
	fixed   bool    // orders begin at their first place
	few     []atomic.Pointer[order]
	known   atomic.Pointer[knownOrders]

	mu    sync.Mutex // held to replace known
	bytes int        // of the recent ones
}

// knownOrders are orders by their sets. The maps never change: they are replaced.
type knownOrders struct{ recent, earlier map[string]*order }

func newOrders(weights []int64, fixed bool) *orders {
	o := &orders{weights: weights, fixed: fixed}
	if len(weights) <= fewShares {
		o.few = make([]atomic.Pointer[order], 1<<len(weights))
	} else {
		o.known.Store(new(knownOrders))
	}
	return o
}

// of returns the order of a set of shares, which is not empty.
func (o *orders) of(set []byte) *order {
	if o.few != nil {
		at := &o.few[set[0]]
		if found := at.Load(); found != nil {
			return found
		}
		at.CompareAndSwap(nil, o.make(set))
		return at.Load()
	}
	if found := o.known.Load().recent[string(set)]; found != nil {
		return found
	}
	return o.meet(string(set))
}

// meet puts the order of a set among the recent ones.
func (o *orders) meet(set string) *order {
	o.mu.Lock()
	defer o.mu.Unlock()
	known := *o.known.Load()
	if found := known.recent[set]; found != nil {
		return found
	}
	met := known.earlier[set]
	if met == nil {
		met = o.make([]byte(set))
	}
	if o.bytes += 2*len(met.slots) + len(set) + orderBytes; o.bytes > maxOrders {
		o.bytes, known.earlier, known.recent = 0, known.recent, nil
	}
	known.recent = maps.Clone(known.recent)
	if known.recent == nil {
		known.recent = make(map[string]*order)
	}
	known.recent[set] = met
	o.known.Store(&known)
	return met
}

func (o *orders) make(set []byte) *order {
	weights := make([]int64, len(o.weights))
	for i, w := range o.weights {
		if has(set, i) {
			weights[i] = w
		}
	}
	made := newOrder(weights)
	if !o.fixed {
		starts := made.starts()
		made.draws.Store(uint64(starts[rand.IntN(len(starts))])) //nolint:gosec // guessing it gains nothing; a place is not negative
	}
	return made
}

// has reports whether a share is in a set.
func has(set []byte, share int) bool { return set[share/8]&(1<<(share%8)) != 0 }
