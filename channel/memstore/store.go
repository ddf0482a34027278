package memstore

import (
	"context"
	"sync"

	"github.com/usherchat/usher/channel/conversation"
)

// Store is a [conversation.Store] in memory. It is safe for concurrent use.
type Store struct {
	mu            sync.Mutex               // held for a look, a page or a record, never while a change runs
	held          map[string]chan struct{} // conversations that are being changed; closed afterwards
	conversations map[string]*kept
	channels      map[string]*channel
	enquiries     list           // of every channel
	handled       map[string]int // enquiries that are counted to a staff member
	scheduled     uint64         // grows with each place in a queue
}

var _ conversation.Store = (*Store)(nil)

// channel is what the store keeps of a channel.
type channel struct {
	number    int64 // the last one given to an enquiry
	enquiries list
	due       [conversation.Lanes]queue
}

// kept is a conversation as the store keeps it. One that was removed, and of which enquiries are left, has an empty
// Head and no log.
type kept struct {
	head      conversation.Head
	log       []conversation.Record // by Seq
	once      map[string]int64      // Seq by Once
	enquiries []*row                // in the order in which they were first saved
	due       [conversation.Lanes]*place
	channel   *channel
}

// New returns an empty Store.
func New() *Store {
	return &Store{
		held:          map[string]chan struct{}{},
		conversations: map[string]*kept{},
		channels:      map[string]*channel{},
		handled:       map[string]int{},
	}
}

// Update implements [conversation.Store].
func (s *Store) Update(
	ctx context.Context, id string, look conversation.Look, fn func(*conversation.Conversation) error,
) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.hold(ctx, id); err != nil {
		return err
	}
	defer s.release(id)
	c := s.load(id, look)
	if err := fn(c); err != nil || !c.Write {
		return err
	}
	return s.record(id, c)
}

// hold keeps other changes of the conversation out until release. It waits for one that is being made.
func (s *Store) hold(ctx context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.held[id] != nil {
		released := s.held[id]
		s.mu.Unlock()
		select {
		case <-released:
		case <-ctx.Done():
		}
		s.mu.Lock()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	s.held[id] = make(chan struct{})
	return nil
}

func (s *Store) release(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.held[id])
	delete(s.held, id)
}

// load returns the conversation with what look asks for.
func (s *Store) load(id string, look conversation.Look) *conversation.Conversation {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &conversation.Conversation{}
	if k := s.conversations[id]; k != nil {
		c.Head = k.head
		k.find(c, look)
	}
	c.ID = id
	return c
}

// record makes what c brings part of the store, all or nothing.
func (s *Store) record(id string, c *conversation.Conversation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.conversations[id]
	if err := k.unique(c.Added); err != nil {
		return err
	}
	if err := s.claim(c.Claims); err != nil {
		return err
	}
	if k == nil {
		k = &kept{channel: s.channel(c.Channel), once: map[string]int64{}}
		s.conversations[id] = k
	}
	if c.NeedsNumber() {
		k.channel.number++
		c.Numbered(k.channel.number)
	}
	c.Version++
	k.head = ownHead(c.Head)
	k.write(c)
	if c.Save {
		s.save(k)
	}
	if c.Forget {
		k.forget(c.ForgetTo)
	}
	if c.Gone {
		s.remove(id, k)
	}
	s.schedule(id, k)
	return nil
}

// channel returns what is kept of a channel. s.mu is held.
func (s *Store) channel(name string) *channel {
	ch := s.channels[name]
	if ch == nil {
		ch = &channel{}
		s.channels[name] = ch
	}
	return ch
}

// claim counts enquiries to staff, all or none. s.mu is held.
func (s *Store) claim(claims []conversation.Claim) error {
	for i, c := range claims {
		s.handled[c.Staff] += c.Delta
		if c.Delta > 0 && c.Capacity > 0 && s.handled[c.Staff] > c.Capacity {
			for _, undo := range claims[:i+1] {
				s.handled[undo.Staff] -= undo.Delta
			}
			return conversation.ErrCapacity
		}
	}
	for _, c := range claims {
		if s.handled[c.Staff] <= 0 {
			delete(s.handled, c.Staff)
		}
	}
	return nil
}

// forget blanks the records up to a Seq and takes from the enquiries what tells who the visitor was.
func (k *kept) forget(to int64) {
	for i := range k.log {
		if r := &k.log[i]; r.Seq <= to {
			*r = conversation.Record{Seq: r.Seq, Once: r.Once}
		}
	}
	for _, r := range k.enquiries {
		r.saved = new(r.saved.Anonymous())
	}
}

// remove removes the conversation but for its enquiries. s.mu is held.
func (s *Store) remove(id string, k *kept) {
	for _, r := range k.enquiries {
		r.saved = r.now()
	}
	k.head, k.log, k.once = conversation.Head{}, nil, map[string]int64{}
	if len(k.enquiries) == 0 {
		delete(s.conversations, id)
	}
}
