package channel

import "sync"

// turns lets those who name the same id come one after the other. An id that nobody names costs nothing.
type turns struct {
	mu sync.Mutex
	by map[string]*turn
}

type turn struct {
	mu     sync.Mutex
	wanted int // by how many; guarded by turns.mu
}

// lock waits for the id's turn and returns what ends it.
func (t *turns) lock(id string) (unlock func()) {
	t.mu.Lock()
	if t.by == nil {
		t.by = map[string]*turn{}
	}
	mine := t.by[id]
	if mine == nil {
		mine = &turn{}
		t.by[id] = mine
	}
	mine.wanted++
	t.mu.Unlock()
	mine.mu.Lock()
	return func() {
		mine.mu.Unlock()
		t.mu.Lock()
		defer t.mu.Unlock()
		if mine.wanted--; mine.wanted == 0 {
			delete(t.by, id)
		}
	}
}
