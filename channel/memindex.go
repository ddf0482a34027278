package channel

import (
	"cmp"
	"container/heap"
	"slices"
	"sync"

	"github.com/usherchat/usher/channel/conversation"
)

// memChannel is what MemStore keeps of a channel: its counter, its enquiries in order, and for every lane the
// conversations with work, earliest first.
type memChannel struct {
	mu        sync.Mutex
	last      int64
	stamp     uint64
	enquiries []*memEnquiry // by opened, then id
	lanes     [conversation.Lanes]memHeap
}

// memEnquiry is an enquiry as MemStore keeps it.
type memEnquiry struct {
	id     conversation.EnquiryID
	opened int64                 // Unix nanoseconds
	row    *conversation.Enquiry // as it was last saved; nil while its conversation is packed
	packed string                // row, unless it is what the packed conversation holds as its latest
	from   *memConversation
}

// memSlot is a conversation's place in a lane's heap.
type memSlot struct {
	m     *memConversation
	lane  conversation.Lane
	at    int // its place, counted from 1; 0 = it is not in the heap
	next  int64
	stamp uint64
}

func (ch *memChannel) number() int64 {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	ch.last++
	return ch.last
}

func compareEnquiries(a, b *memEnquiry) int {
	return a.place().compare(b.place())
}

func (ch *memChannel) insert(e *memEnquiry) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if n := len(ch.enquiries); n == 0 || compareEnquiries(ch.enquiries[n-1], e) < 0 {
		ch.enquiries = append(ch.enquiries, e)
		return
	}
	at, _ := slices.BinarySearchFunc(ch.enquiries, e, compareEnquiries)
	ch.enquiries = slices.Insert(ch.enquiries, at, e)
}

// matching returns the enquiry as it is now, nil if q does not select it.
func (e *memEnquiry) matching(q *conversation.Query) *conversation.Enquiry {
	m := e.from
	m.mu.Lock()
	defer m.mu.Unlock()
	var h *conversation.Enquiry
	switch {
	case m.open != nil:
		h = m.open.head.Enquiry
	case m.latest == e:
		h = m.peek().Enquiry
	}
	row := e.row
	switch {
	case row != nil:
	case e.packed != "":
		row = e.unpackRow()
	default:
		row = h
	}
	if !q.Matches(row) {
		return nil
	}
	if h != nil && h.ID == e.id {
		return with(row, h)
	}
	return row
}

// saved is the enquiry as it was last saved; its conversation is locked and not packed.
func (e *memEnquiry) saved() *conversation.Enquiry {
	if e.row == nil {
		return e.unpackRow()
	}
	return e.row
}

// with is the enquiry as it was last saved, with what the Head counts without saving it.
func with(saved, h *conversation.Enquiry) *conversation.Enquiry {
	if saved == h {
		return h
	}
	row := *saved
	row.LastMessageAt, row.Messages = h.LastMessageAt, h.Messages
	return &row
}

// schedule puts the conversation, which is locked, where its lanes' Next says.
func (ch *memChannel) schedule(m *memConversation) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	for l := range conversation.Lanes {
		ch.place(m, l)
	}
}

// trim frees the room of the places of a conversation, which is locked, if it has none.
func (ch *memChannel) trim(m *memConversation) {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if m.slot != nil && !slices.ContainsFunc(m.slot[:], func(s memSlot) bool { return s.at != 0 }) {
		m.slot = nil
	}
}

// place moves m within the heap of a lane; m and ch are locked.
func (ch *memChannel) place(m *memConversation, l conversation.Lane) {
	h, next := &ch.lanes[l], m.open.head.Lane[l].Next()
	if m.slot == nil {
		if next == 0 {
			return
		}
		m.slot = new([conversation.Lanes]memSlot)
	}
	slot := &m.slot[l]
	switch {
	case slot.at == 0 && next == 0, slot.at != 0 && next == slot.next:
	case next == 0:
		heap.Remove(h, slot.at-1)
	default:
		ch.stamp++
		slot.m, slot.lane, slot.next, slot.stamp = m, l, next, ch.stamp
		if slot.at == 0 {
			heap.Push(h, slot)
		} else {
			heap.Fix(h, slot.at-1)
		}
	}
}

// take removes the conversations that w wants from their heap, so that no other Due sees them, in order.
func (ch *memChannel) take(w conversation.Want) []*memConversation {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	h := &ch.lanes[w.Lane]
	var taken []*memConversation
	if w.After.IsZero() {
		for len(*h) > 0 && len(taken) < w.Limit && mem_covers(&w, (*h)[0].next) {
			taken = append(taken, heap.Pop(h).(*memSlot).m)
		}
		return taken
	}
	var wanted []*memSlot
	for _, item := range *h {
		if mem_covers(&w, item.next) {
			wanted = append(wanted, item)
		}
	}
	slices.SortFunc(wanted, (*memSlot).compare)
	for _, item := range wanted[:min(len(wanted), w.Limit)] {
		heap.Remove(h, item.at-1)
		taken = append(taken, item.m)
	}
	return taken
}

// giveBack schedules again what take removed.
func (ch *memChannel) giveBack(taken []*memConversation, l conversation.Lane) {
	for _, m := range taken {
		m.mu.Lock()
		if !m.gone {
			m.unpack()
			ch.mu.Lock()
			ch.place(m, l)
			ch.mu.Unlock()
		}
		m.mu.Unlock()
	}
}

// earliest is the earliest Next above w.Until, 0 if there is none; it may be one that is due.
func (ch *memChannel) earliest(w conversation.Want) int64 {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	h := ch.lanes[w.Lane]
	if len(h) == 0 {
		return 0
	}
	if first := h[0].next; first > w.Until.UnixNano() {
		return first
	}
	// What is left below Until was not taken for the limit: it is due at once, and Due may say so.
	return w.Until.UnixNano() + 1
}

// memHeap orders conversations by when their lane is due, and those due together by when that was said.
type memHeap []*memSlot //nolint:recvcheck // heap.Interface wants both

func (a *memSlot) compare(b *memSlot) int {
	return cmp.Or(cmp.Compare(a.next, b.next), cmp.Compare(a.stamp, b.stamp))
}

func (h memHeap) Len() int           { return len(h) }
func (h memHeap) Less(i, j int) bool { return h[i].compare(h[j]) < 0 }
func (h memHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].at, h[j].at = i+1, j+1
}

func (h *memHeap) Push(x any) {
	slot := x.(*memSlot)
	*h = append(*h, slot)
	slot.at = len(*h)
}

func (h *memHeap) Pop() any {
	last := len(*h) - 1
	slot := (*h)[last]
	slot.at = 0
	(*h)[last] = nil
	*h = (*h)[:last]
	return slot
}
