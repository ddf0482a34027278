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
	ch      *Channel
	head    *conversation.Head // after the change that leased it
	records []item
	until   atomic.Int64 // the lease, in Unix nanoseconds
	next    *work        // what it made due itself, to be done by the same goroutine
}

// item is a record of a lane with what other records hold for it.
type item struct {
	conversation.Record
	about   *conversation.Record // Ref, as far as it is at hand
	replyTo string               // what the source calls the message that is answered
}

// lease says which lane of which conversation was leased.
type lease struct {
	id    string // of the conversation
	lane  conversation.Lane
	token int64
}

// pieces are used again.
var pieces = sync.Pool{New: func() any { return new(work) }}

func newWork(c *conversation.Conversation, l conversation.Lane, ch *Channel, token int64, until time.Time) *work {
	w := pieces.Get().(*work)
	w.lease = lease{c.ID, l, token}
	w.ch, w.head = ch, &c.Head
	w.until.Store(until.UnixNano())
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
func (w *work) collect(c *conversation.Conversation, before *prior, look conversation.Look) {
	limit := ahead
	if w.lane == conversation.LaneDeliver {
		limit = 1
	}
	atHand(c, before, look, w.lane, func(r *conversation.Record) bool {
		w.records = append(w.records, item{Record: *r})
		w.records[len(w.records)-1].fill(c, before)
		return len(w.records) < limit
	})
}

// lapsed reports whether the lease of w has run out, as when the process stood still: others may be at it.
func (w *work) lapsed(now time.Time) bool { return now.UnixNano() >= w.until.Load() }

// works are the pieces in progress, for renewing their leases. They are kept in parts, so that nobody who begins or
// ends one has to wait for another.
type works [16]struct {
	mu sync.Mutex
	by map[lease]*work
}

func (a *works) init() {
	for i := range a {
		a[i].by = map[lease]*work{}
	}
}

// in calls fn with the part that keeps a lease.
func (a *works) in(l lease, fn func(by map[lease]*work)) {
	part := &a[int(l.id[len(l.id)-1])%len(a)]
	part.mu.Lock()
	defer part.mu.Unlock()
	fn(part.by)
}

func (a *works) add(w *work) {
	a.in(w.lease, func(by map[lease]*work) { by[w.lease] = w })
}

func (a *works) remove(w *work) {
	a.in(w.lease, func(by map[lease]*work) { delete(by, w.lease) })
}

// older returns the leases that end before t.
func (a *works) older(t time.Time) []lease {
	var old []lease
	for i := range a {
		a[i].mu.Lock()
		for l, w := range a[i].by {
			if w.lapsed(t) {
				old = append(old, l)
			}
		}
		a[i].mu.Unlock()
	}
	return old
}

// renewed notes until when a lease holds now, if its work is still going on; zero: somebody else has it.
func (a *works) renewed(l lease, until time.Time) {
	a.in(l, func(by map[lease]*work) {
		if w := by[l]; w != nil {
			w.until.Store(max(0, until.UnixNano()))
		}
	})
}
