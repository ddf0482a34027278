package channel

import (
	"context"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// MemStore is a Store in the memory of one process: for development, for tests, and for hosts that may forget.
// Everything in it is lost with the process. It is safe for concurrent use.
type MemStore struct {
	shards [64]memShard
	names  sync.RWMutex
	byName map[string]*memChannel

	staffMu sync.Mutex
	staff   map[string]int // enquiries that are counted to a staff member
}

var _ conversation.Store = (*MemStore)(nil)

// memShard is a part of the conversations, to keep the lock of the map short.
type memShard struct {
	mu     sync.Mutex
	by     map[string]*memConversation
	recent []*memConversation // those that are left unpacked though they have nothing to do
	oldest int
}

// memConversation is a conversation as MemStore keeps it. Lock order: conversation, then channel or staff.
type memConversation struct {
	mu      sync.Mutex
	id      string
	gone    bool          // no longer in its shard
	open    *memOpen      // nil while it is packed
	packed  string        // the head and the end of the log of a conversation with nothing to do
	older   *memOlder     // the log before that, if it is long
	latest  *memEnquiry   // the head's enquiry, while it is packed
	past    []*memEnquiry // every enquiry of it
	channel *memChannel
	slot    *[conversation.Lanes]memSlot // guarded by channel.mu; nil while it is packed and no lane is due
}

// memOpen is a conversation at work.
type memOpen struct {
	head conversation.Head
	log  []conversation.Record // its end
	kept int                   // of the log: what drop has looked at
}

// NewMemStore returns an empty MemStore.
func NewMemStore() *MemStore { return newMemStore(recentlyUsed) }

func newMemStore(recent int) *MemStore {
	s := &MemStore{byName: map[string]*memChannel{}, staff: map[string]int{}}
	for i := range s.shards {
		s.shards[i].by = map[string]*memConversation{}
		s.shards[i].recent = make([]*memConversation, recent)
	}
	return s
}

func (s *MemStore) shard(id string) *memShard {
	h := 0
	for i := range min(len(id), 4) {
		h = h*31 + int(id[i])
	}
	return &s.shards[h%len(s.shards)]
}

func (s *MemStore) conversation(id string, create bool) *memConversation {
	sh := s.shard(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	c := sh.by[id]
	if c == nil && create {
		c = &memConversation{id: id}
		sh.by[id] = c
	}
	return c
}

func (s *MemStore) channel(name string) *memChannel {
	s.names.RLock()
	ch := s.byName[name]
	s.names.RUnlock()
	if ch != nil {
		return ch
	}
	s.names.Lock()
	defer s.names.Unlock()
	if ch = s.byName[name]; ch == nil {
		ch = &memChannel{}
		s.byName[name] = ch
	}
	return ch
}

// Update implements Store.
func (s *MemStore) Update(ctx context.Context, id string, look conversation.Look, fn func(*conversation.Conversation) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for {
		m := s.conversation(id, true)
		m.mu.Lock()
		if m.gone { // removed between look-up and lock
			m.mu.Unlock()
			continue
		}
		m.unpack()
		err := s.update(m, look, fn)
		s.tidy(m)
		m.mu.Unlock()
		s.use(m)
		return err
	}
}

// update runs fn on m, which is locked, and records what it changed.
func (s *MemStore) update(m *memConversation, look conversation.Look, fn func(*conversation.Conversation) error) error {
	c := new(conversation.Conversation)
	c.Head = m.open.head
	c.ID = m.id
	m.find(c, look)
	if err := fn(c); err != nil || !c.Write {
		return err
	}
	if err := m.unique(c.Added); err != nil {
		return err
	}
	if err := s.claim(c.Claims); err != nil {
		return err
	}
	if m.channel == nil {
		m.channel = s.channel(c.Channel)
	}
	if c.NeedsNumber() {
		c.Numbered(m.channel.number())
	}
	c.Version++
	m.record(c)
	if c.Gone {
		m.clear()
	}
	m.channel.schedule(m)
	return nil
}

// use keeps m, which was just used, unpacked, and packs in its stead the one that was used longest ago.
func (s *MemStore) use(m *memConversation) {
	sh := s.shard(m.id)
	sh.mu.Lock()
	if slices.Contains(sh.recent, m) {
		sh.mu.Unlock()
		return
	}
	last := sh.recent[sh.oldest]
	sh.recent[sh.oldest] = m
	sh.oldest = (sh.oldest + 1) % len(sh.recent)
	sh.mu.Unlock()
	if last != nil {
		last.mu.Lock()
		last.pack()
		last.mu.Unlock()
	}
}

// tidy drops a conversation of which nothing is left; m is locked.
func (s *MemStore) tidy(m *memConversation) {
	if m.gone || m.open.head.Version != 0 || len(m.past) > 0 {
		return
	}
	m.gone = true
	sh := s.shard(m.id)
	sh.mu.Lock()
	delete(sh.by, m.id)
	sh.mu.Unlock()
}

// claim counts enquiries to staff, all or none.
func (s *MemStore) claim(claims []conversation.Claim) error {
	if len(claims) == 0 {
		return nil
	}
	s.staffMu.Lock()
	defer s.staffMu.Unlock()
	for i, c := range claims {
		s.staff[c.Staff] += c.Delta
		if c.Delta > 0 && c.Capacity > 0 && s.staff[c.Staff] > c.Capacity {
			for _, undo := range claims[:i+1] {
				s.staff[undo.Staff] -= undo.Delta
			}
			return conversation.ErrCapacity
		}
	}
	for _, c := range claims {
		if s.staff[c.Staff] <= 0 {
			delete(s.staff, c.Staff)
		}
	}
	return nil
}

// Due implements Store.
func (s *MemStore) Due(ctx context.Context, wants []conversation.Want, fn func(*conversation.Conversation, conversation.Lane) error) (time.Time, error) {
	var next int64
	for _, w := range wants {
		for _, name := range w.Channels {
			if err := ctx.Err(); err != nil {
				return time.Time{}, err
			}
			s.names.RLock()
			ch := s.byName[name]
			s.names.RUnlock()
			if ch == nil {
				continue
			}
			taken := ch.take(w)
			for _, m := range taken {
				s.run(m, w, fn)
			}
			ch.giveBack(taken, w.Lane)
			for _, m := range taken {
				s.use(m)
			}
			if n := ch.earliest(w); n != 0 && (next == 0 || n < next) {
				next = n
			}
		}
	}
	if next == 0 {
		return time.Time{}, nil
	}
	return time.Unix(0, next), nil
}

// run runs fn on a conversation that was due a moment ago.
func (s *MemStore) run(m *memConversation, w conversation.Want, fn func(*conversation.Conversation, conversation.Lane) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone {
		return
	}
	m.unpack()
	if !mem_covers(&w, m.open.head.Lane[w.Lane].Next()) {
		return
	}
	_ = s.update(m, conversation.Look{Lane: w.Lane, Ahead: w.Ahead}, func(c *conversation.Conversation) error { return fn(c, w.Lane) })
	s.tidy(m)
}

// covers reports whether a lane with that Next is wanted.
func mem_covers(w *conversation.Want, next int64) bool {
	return next != 0 && next <= w.Until.UnixNano() && (w.After.IsZero() || next > w.After.UnixNano())
}

// Enquiries implements Store.
func (s *MemStore) Enquiries(ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error] {
	return func(yield func(conversation.Enquiry, error) bool) {
		count := 0
		for e := range s.newestFirst(&q) {
			if err := ctx.Err(); err != nil {
				yield(conversation.Enquiry{}, err)
				return
			}
			got := e.matching(&q)
			if got == nil {
				continue
			}
			if !yield(*got, nil) {
				return
			}
			if count++; q.Limit > 0 && count >= q.Limit {
				return
			}
		}
	}
}

// Records implements Store.
func (s *MemStore) Records(ctx context.Context, id conversation.EnquiryID) iter.Seq2[conversation.Record, error] {
	return func(yield func(conversation.Record, error) bool) {
		m := s.conversation(id.Conversation(), false)
		if m == nil {
			return
		}
		for after := int64(0); ; {
			if err := ctx.Err(); err != nil {
				yield(conversation.Record{}, err)
				return
			}
			page := m.page(id, after, 256)
			s.use(m)
			if len(page) == 0 {
				return
			}
			for i := range page {
				if !yield(page[i], nil) {
					return
				}
			}
			after = page[len(page)-1].Seq
		}
	}
}
