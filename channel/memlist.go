package channel

import (
	"cmp"
	"container/heap"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// How many enquiries of a channel are copied while its lock is held: few to begin with, because most lists are one
// page, then more.
const (
	firstChunk = 16
	lastChunk  = 512
)

// memPlace is a place in the order of enquiries: by opened, then id.
type memPlace struct {
	opened int64
	id     conversation.EnquiryID
}

func (e *memEnquiry) place() memPlace { return memPlace{e.opened, e.id} }

func (p memPlace) compare(q memPlace) int {
	return cmp.Or(cmp.Compare(p.opened, q.opened), cmp.Compare(p.id, q.id))
}

// search returns where in a list in order the first enquiry stands that is not before p.
func (p memPlace) search(list []*memEnquiry) int {
	at, _ := slices.BinarySearchFunc(list, p, func(e *memEnquiry, p memPlace) int { return e.place().compare(p) })
	return at
}

// after stands behind every place of its moment.
const after conversation.EnquiryID = "~"

// clamped is t in Unix nanoseconds, the nearest there is of a time beyond them.
func clamped(t time.Time) int64 {
	switch {
	case t.Before(time.Unix(0, math.MinInt64)):
		return math.MinInt64
	case t.After(time.Unix(0, math.MaxInt64)):
		return math.MaxInt64
	default:
		return t.UnixNano()
	}
}

// span returns the places between which q looks: from the first to below the last. ok is false if there is nothing.
func (s *MemStore) span(q *conversation.Query) (from, top memPlace, ok bool) {
	from, top = memPlace{opened: math.MinInt64}, memPlace{math.MaxInt64, after}
	if !q.From.IsZero() {
		from.opened = clamped(q.From)
	}
	if !q.To.IsZero() {
		top = memPlace{opened: clamped(q.To)}
		if top.opened == math.MinInt64 || top.opened == math.MaxInt64 { // what is as far away is told apart by Matches
			top.id = after
		}
	}
	if q.Before == "" {
		return from, top, true
	}
	m := s.conversation(q.Before.Conversation(), false)
	if m == nil {
		return from, top, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.past {
		if e.id == q.Before {
			if e.place().compare(top) < 0 {
				top = e.place()
			}
			return from, top, true
		}
	}
	return from, top, false
}

// newestFirst yields the enquiries that q may select in the order of Enquiries, without holding a lock. Those that are
// opened meanwhile may be among them.
func (s *MemStore) newestFirst(q *conversation.Query) iter.Seq[*memEnquiry] {
	return func(yield func(*memEnquiry) bool) {
		from, top, ok := s.span(q)
		if !ok {
			return
		}
		var lists memLists
		for _, name := range s.listed(q.Channels) {
			l := &memList{from: from, top: top, size: firstChunk}
			if q.Visitor != "" {
				l.next = s.ofVisitor(name, q.Visitor, from, top)
			} else {
				s.names.RLock()
				l.channel = s.byName[name]
				s.names.RUnlock()
			}
			if l.more() {
				lists = append(lists, l)
			}
		}
		heap.Init(&lists)
		for len(lists) > 0 {
			l := lists[0]
			last := len(l.next) - 1
			if !yield(l.next[last]) {
				return
			}
			if l.next = l.next[:last]; l.more() {
				heap.Fix(&lists, 0)
			} else {
				heap.Pop(&lists)
			}
		}
	}
}

// listed is each of the given channels once, or every channel if none is given.
func (s *MemStore) listed(channels []string) []string {
	names := slices.Compact(slices.Sorted(slices.Values(channels)))
	if len(names) > 0 {
		return names
	}
	s.names.RLock()
	defer s.names.RUnlock()
	for name := range s.byName {
		names = append(names, name)
	}
	return names
}

// ofVisitor returns a visitor's enquiries between two places, in order.
func (s *MemStore) ofVisitor(channel string, v conversation.VisitorID, from, top memPlace) []*memEnquiry {
	m := s.conversation(conversation.ID(channel, v), false)
	if m == nil {
		return nil
	}
	m.mu.Lock()
	all := slices.Clone(m.past)
	m.mu.Unlock()
	slices.SortFunc(all, compareEnquiries)
	lo, hi := from.search(all), top.search(all)
	return all[lo:max(lo, hi)]
}

// below returns the last n enquiries from one place to below another, in order.
func (ch *memChannel) below(from, top memPlace, n int) []*memEnquiry {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	lo, hi := from.search(ch.enquiries), top.search(ch.enquiries)
	lo = max(lo, hi-n)
	return slices.Clone(ch.enquiries[lo:max(lo, hi)])
}

// memList lists the enquiries of a channel, or of a visitor, from the newest on.
type memList struct {
	channel   *memChannel   // nil: there is no more than next
	from, top memPlace      // what is still to be read
	size      int           // of the next chunk
	next      []*memEnquiry // in order: the last one comes next
}

// more reports whether there is a next one.
func (l *memList) more() bool {
	if len(l.next) == 0 && l.channel != nil {
		if l.next = l.channel.below(l.from, l.top, l.size); len(l.next) > 0 {
			l.top, l.size = l.next[0].place(), min(2*l.size, lastChunk)
		}
	}
	return len(l.next) > 0
}

// memLists is a heap with the newest on top.
type memLists []*memList //nolint:recvcheck // heap.Interface wants both

func (h memLists) Len() int { return len(h) }
func (h memLists) Less(i, j int) bool {
	return compareEnquiries(h[i].next[len(h[i].next)-1], h[j].next[len(h[j].next)-1]) > 0
}
func (h memLists) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *memLists) Push(x any)   { *h = append(*h, x.(*memList)) }
func (h *memLists) Pop() any {
	last := len(*h) - 1
	l := (*h)[last]
	*h = (*h)[:last]
	return l
}
