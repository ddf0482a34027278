package channel

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// work is one piece: the next records of a lane, or a decision, leased for this process.
type work struct {
	lease
	ch    *Channel
	head  *conversation.Head // after the change that leased it
	items []item
	until atomic.Int64 // when the lease runs out, in Unix nanoseconds
}

// lease says which lane of which conversation was leased.
type lease struct {
	id    string // of the conversation
	lane  conversation.Lane
	token int64
}

// newWork is the work of a lane that the commit has leased.
func (k *commit) newWork(l conversation.Lane, ch *Channel, token int64, until time.Time) *work {
	w := &work{lease: lease{k.after.ID, l, token}, ch: ch, head: &k.after.Head}
	w.until.Store(until.UnixNano())
	switch l {
	case conversation.LaneNotify:
		w.items = k.items(l, notifyBatch)
	case conversation.LaneDeliver:
		w.items = k.items(l, 1)
	default: // a decision needs no records
	}
	return w
}

// lapsed reports whether the lease of w has run out, as when the process stood still: another process may be at it.
func (w *work) lapsed(now time.Time) bool { return now.UnixNano() >= w.until.Load() }

// works are the pieces in progress, whose leases are renewed.
type works struct {
	mu sync.Mutex
	by map[lease]*work
}

func (a *works) add(w *work) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.by[w.lease] = w
}

func (a *works) remove(w *work) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.by, w.lease)
}

// endingBefore returns the leases that run out before t.
func (a *works) endingBefore(t time.Time) []lease {
	a.mu.Lock()
	defer a.mu.Unlock()
	var ending []lease
	for l, w := range a.by {
		if w.lapsed(t) {
			ending = append(ending, l)
		}
	}
	return ending
}

// renewed notes until when a lease holds now, if its work is still going on; zero: another process has it.
func (a *works) renewed(l lease, until time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if w := a.by[l]; w != nil {
		w.until.Store(max(0, until.UnixNano()))
	}
}
