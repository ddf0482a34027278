package channel

import (
	"sync"
	"time"
)

// work is one piece: the next records of a lane, or a decision, leased for this process.
type work struct {
	lease
	ch      *Channel
	head    *Head         // after the change that leased it
	lent    *Conversation // to be given back, nil = none
	records []Record
	until   time.Time // the lease; guarded by works.mu
	next    *work     // what it made due itself, to be done by the same goroutine
}

// lease says which lane of which conversation was leased.
type lease struct {
	id    string // of the conversation
	lane  Lane
	token int64
}

// pieces are used again.
var pieces = sync.Pool{New: func() any { return new(work) }}

func newWork(c *Conversation, l Lane, ch *Channel, token int64, until time.Time) *work {
	w := pieces.Get().(*work)
	w.lease = lease{c.ID, l, token}
	w.ch, w.head, w.until = ch, &c.Head, until
	return w
}

// recycle lets w be used again, with the room that its records had. Nobody may hold it.
func (w *work) recycle() {
	records := w.records
	clear(records)
	*w = work{records: records[:0]}
	pieces.Put(w)
}

// collect gathers the records of the lane after Done that c holds, with the enquiry as it was.
func (w *work) collect(c *Conversation, before *prior) {
	limit := ahead
	if w.lane == LaneDeliver {
		limit = 1
	}
	c.atHand(before, w.lane, func(r *Record) bool {
		w.records = append(w.records, *r)
		c.fill(&w.records[len(w.records)-1], before)
		return len(w.records) < limit
	})
}

// works are the pieces in progress, for renewing their leases.
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

// older returns the leases that end before t.
func (a *works) older(t time.Time) []lease {
	a.mu.Lock()
	defer a.mu.Unlock()
	var old []lease
	for l, w := range a.by {
		if w.until.Before(t) {
			old = append(old, l)
		}
	}
	return old
}

// lapsed reports whether the lease of w has run out, as when the process stood still: others may be at it.
func (a *works) lapsed(w *work, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return !now.Before(w.until)
}

// renewed notes until when a lease holds now, if its work is still going on.
func (a *works) renewed(l lease, until time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if w := a.by[l]; w != nil {
		w.until = until
	}
}
