package intake

import (
	"slices"
	"sync"
	"time"
)

// DefaultBudget bounds the bodies of senders that are not known yet: 8 MiB, eight of the largest messages at once.
const DefaultBudget = 8 << 20

// waitForRoom is how long a body waits, in real time, for another to give up its place.
const waitForRoom = time.Second

// A Budget bounds the bytes of bodies that are in memory at once and whose senders are not known yet. Of each body the
// first 4 KiB are free: they cost no more than its connection does, and most messages are not longer, so that none who
// sends much keeps those out.
//
// When there is no room, the body that has been read for longest gives up its place, and its sender is told to come
// again. Thus senders that dawdle hold nobody up, and one that sends at once gets through. Its methods are safe for
// concurrent use.
type Budget struct {
	max int64

	mu      sync.Mutex
	used    int64
	reading []*Body       // those that hold something and are still being read, the oldest first
	leaving int           // how many were told to give up and have not yet
	freed   chan struct{} // closed when something is given back
}

// NewBudget returns a budget of so many bytes; 0 = [DefaultBudget], or largest where that is more; negative = no
// bound. largest is what one body may have.
func NewBudget(bytes, largest int64) *Budget {
	if bytes == 0 {
		bytes = max(DefaultBudget, largest)
	}
	return &Budget{max: bytes, freed: make(chan struct{})}
}

// take charges n bytes more to the body, which has begun to be read. It reports false if there is no room, or if the
// body was told to give up.
func (b *Budget) take(body *Body, n int64) bool {
	if b.max < 0 {
		return true
	}
	ok, freed := b.try(body, n)
	if ok || freed == nil {
		return ok
	}
	deadline := time.NewTimer(waitForRoom) //nolint:forbidigo // bounds I/O: real time
	defer deadline.Stop()
	for !ok && freed != nil {
		select {
		case <-freed:
			ok, freed = b.try(body, n)
		case <-deadline.C:
			return false
		}
	}
	return ok
}

// try is take without waiting: freed is what to wait for.
func (b *Budget) try(body *Body, n int64) (ok bool, freed <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case body.cut:
		return false, nil
	case b.used <= b.max-n:
		b.used += n
		if body.held == 0 {
			b.reading = append(b.reading, body)
		}
		body.held += n
		return true, nil
	case b.leaving == 0 && !b.cutOldest(body):
		return false, nil
	default:
		return false, b.freed
	}
}

// cutOldest makes the oldest body but this one give up its place. Its deadline is set under the lock, so that it cannot
// hit what its connection carries next; setting one does not block.
func (b *Budget) cutOldest(but *Body) bool {
	for i, old := range b.reading {
		if old != but && old.stop() == nil {
			old.cut = true
			b.leaving++
			b.reading = slices.Delete(b.reading, i, i+1)
			b.signal() // it may itself be waiting for room
			return true
		}
	}
	return false
}

// whole notes that the body has been read, and reports false if it was told to give up before.
func (b *Budget) whole(body *Body) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget(body)
	return !body.cut
}

// release gives back what the body holds.
func (b *Budget) release(body *Body) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if body.held == 0 {
		return
	}
	b.forget(body)
	if body.cut {
		b.leaving--
	}
	b.used -= body.held
	body.held = 0
	b.signal()
}

// forget makes the body one that cannot be told to give up.
func (b *Budget) forget(body *Body) {
	if i := slices.Index(b.reading, body); i >= 0 {
		b.reading = slices.Delete(b.reading, i, i+1)
	}
}

// signal wakes those that wait.
func (b *Budget) signal() {
	close(b.freed)
	b.freed = make(chan struct{})
}
