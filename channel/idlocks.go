package channel

import "sync"

// idLocks is a lock for each id. An id that no caller has locked costs nothing.
type idLocks struct {
	mu sync.Mutex
	by map[string]*idLock
}

type idLock struct {
	mu     sync.Mutex
	wanted int // by how many callers; guarded by idLocks.mu
}

// lock waits for the lock of the id and returns what unlocks it.
func (l *idLocks) lock(id string) (unlock func()) {
	l.mu.Lock()
	if l.by == nil {
		l.by = map[string]*idLock{}
	}
	mine := l.by[id]
	if mine == nil {
		mine = &idLock{}
		l.by[id] = mine
	}
	mine.wanted++
	l.mu.Unlock()
	mine.mu.Lock()
	return func() {
		mine.mu.Unlock()
		l.mu.Lock()
		defer l.mu.Unlock()
		if mine.wanted--; mine.wanted == 0 {
			delete(l.by, id)
		}
	}
}
