package sqlstore

import (
	"container/list"
	"sync"

	"github.com/usherchat/usher/channel/conversation"
)

// cache keeps the conversations that were used last, so that work on a live conversation reads nothing. Another process
// may have changed a conversation meanwhile. That does no harm: a change is recorded only if the row still has the
// stamp that the change began with, and is made again with what the database has otherwise.
type cache struct {
	max int // bytes; 0 = nothing is kept

	mu   sync.Mutex
	size int
	by   map[string]*list.Element
	used list.List // of *cached, the latest used first
}

type cached struct {
	id     string
	stamp  int64
	head   conversation.Head
	loaded loaded
	size   int
}

// headSize is about how many bytes a conversation takes beside its records.
const headSize = 4096

func newCache(bytes int) *cache { return &cache{max: bytes, by: map[string]*list.Element{}} }

// get fills the slot, if its conversation is kept.
func (c *cache) get(m *slot) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.by[m.id]
	if e == nil {
		return false
	}
	c.used.MoveToFront(e)
	kept := e.Value.(*cached)
	m.begin(kept.stamp, kept.head)
	m.loaded.from = kept.loaded.from
	m.loaded.list = append(m.loaded.list[:0], kept.loaded.list...)
	m.cached = true
	return true
}

// confirmed fills the slot, if its conversation is kept with the stamp that its row has now.
func (c *cache) confirmed(m *slot, stamp int64) bool {
	if c.holds(m.id, stamp) && c.get(m) && m.stamp == stamp {
		m.cached = false
		return true
	}
	m.clear()
	return false
}

// holds reports whether the conversation is kept with that stamp.
func (c *cache) holds(id string, stamp int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.by[id]
	return e != nil && e.Value.(*cached).stamp == stamp
}

// put keeps what the slot recorded.
func (c *cache) put(m *slot) {
	if c.max <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.by[m.id]
	if e == nil {
		e = c.used.PushFront(&cached{id: m.id})
		c.by[m.id] = e
	}
	kept := e.Value.(*cached)
	if sameLife(kept.stamp, m.rows.head.Version) && kept.stamp > m.rows.head.Version {
		return // another change of this process was recorded later
	}
	c.used.MoveToFront(e)
	c.size -= kept.size
	kept.stamp, kept.head = m.rows.head.Version, m.head
	kept.size = headSize + 2*len(m.rows.head.Head) + m.loaded.recent(&kept.loaded)
	for c.size += kept.size; c.size > c.max; {
		c.remove(c.used.Back())
	}
}

// drop forgets a conversation.
func (c *cache) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.by[id]; e != nil {
		c.remove(e)
	}
}

func (c *cache) remove(e *list.Element) {
	kept := c.used.Remove(e).(*cached)
	delete(c.by, kept.id)
	c.size -= kept.size
}

func sameLife(a, b int64) bool { return a>>stampBits == b>>stampBits }
