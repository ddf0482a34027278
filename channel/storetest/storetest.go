package storetest

import (
	"runtime/debug"
	"testing"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// Opener is what the store of a test implements when several stores can work on its data.
type Opener interface {
	// Open returns another store over the same data, as another process has it. It ends with the test.
	Open(tb testing.TB) conversation.Store
}

// Run checks a store. newStore is called for every sub-test and returns an empty store that ends with the test.
// With -short the crowds are smaller. Sub-tests run one after the other.
func Run(t *testing.T, newStore func(testing.TB) conversation.Store) {
	t.Helper()
	for _, ch := range contract() {
		t.Run(ch.name, func(t *testing.T) {
			for _, r := range ch.rules {
				t.Run(r.name, func(t *testing.T) {
					r.run(t, newStore(t), limits{patience: patience, crowd: crowd()})
				})
			}
		})
	}
}

// limits of a trial.
type limits struct {
	patience time.Duration // how long a call may take that must not block
	crowd    int           // how many conversations are due at once
}

const patience = time.Minute

func crowd() int {
	if testing.Short() {
		return 1_000
	}
	return 10_000
}

// chapter is what the contract says about one thing.
type chapter struct {
	name  string
	rules []rule
}

// rule is a sentence of the contract and its test.
type rule struct {
	name  string
	says  string // the words of the contract
	check func(*trial)
}

// run holds a store to the rule.
func (r *rule) run(tb testing.TB, s conversation.Store, l limits) {
	tb.Helper()
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("the contract says: %q", r.says)
		}
	})
	defer func() { // an answer that makes no sense ends this sub-test only
		if p := recover(); p != nil {
			tb.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	r.check(&trial{TB: tb, store: s, limits: l})
}

// contract is all of it.
func contract() []chapter {
	return []chapter{
		{"Update", updating()},
		{"Look", looking()},
		{"Once", onlyOnce()},
		{"Number", numbering()},
		{"Claims", claiming()},
		{"Forget", forgetting()},
		{"Gone", going()},
		{"Due", beingDue()},
		{"Next", comingNext()},
		{"Lease", leasing()},
		{"Enquiries", listing()},
		{"Query", querying()},
		{"Records", reading()},
		{"Context", cancelling()},
		{"Fidelity", keeping()},
		{"Crowd", crowding()},
	}
}
