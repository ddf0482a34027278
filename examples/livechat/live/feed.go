// Package live keeps pages in browsers up to date with server-sent events.
//
// A [Feed] carries no data, only the names of what has changed. What a thing looks like is read when it is
// written to the page, so a slow page gets fewer updates but never an old one after a newer one, and a
// subscriber costs one entry for each thing, however often that changes.
package live

import (
	"context"
	"sync"
)

// Key names something that a page shows.
type Key struct{ Kind, ID string }

// Reset is what a subscriber is told when it has fallen so far behind that it had better read everything again.
const Reset = "reset"

// maxBehind bounds what is remembered for one subscriber.
const maxBehind = 4096

// Feed tells its subscribers what has changed. The zero Feed is ready; its methods are safe for concurrent use.
type Feed struct {
	mu   sync.Mutex
	subs map[*Sub]struct{}
}

// Sub is one subscription. Only one goroutine may use it.
type Sub struct {
	feed *Feed
	wake chan struct{} // capacity 1

	// Guarded by feed.mu.
	order []Key
	known map[Key]struct{}
}

// Subscribe begins a subscription; Close ends it.
func (f *Feed) Subscribe() *Sub {
	s := &Sub{feed: f, wake: make(chan struct{}, 1), known: map[Key]struct{}{}}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.subs == nil {
		f.subs = map[*Sub]struct{}{}
	}
	f.subs[s] = struct{}{}
	return s
}

// Close ends the subscription.
func (s *Sub) Close() {
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	delete(s.feed.subs, s)
}

// Len is how many subscriptions there are.
func (f *Feed) Len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.subs)
}

// Changed tells every subscriber. It never blocks.
func (f *Feed) Changed(keys ...Key) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for s := range f.subs {
		for _, k := range keys {
			s.note(k)
		}
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

func (s *Sub) note(k Key) {
	if _, ok := s.known[k]; ok {
		return
	}
	if len(s.order) >= maxBehind {
		clear(s.known)
		s.order, k = s.order[:0], Key{Kind: Reset}
	}
	if _, ok := s.known[Key{Kind: Reset}]; ok {
		return // everything will be read again anyhow
	}
	s.known[k] = struct{}{}
	s.order = append(s.order, k)
}

// Woken can receive when something has changed since the last Take.
func (s *Sub) Woken() <-chan struct{} { return s.wake }

// Take returns what has changed since the last Take, each thing once, the longest waiting first.
func (s *Sub) Take() []Key {
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	keys := s.order
	s.order = nil
	clear(s.known)
	return keys
}

// Wait blocks until something has changed or ctx ends.
func (s *Sub) Wait(ctx context.Context) ([]Key, error) {
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-s.wake:
			if keys := s.Take(); len(keys) > 0 {
				return keys, nil
			}
		}
	}
}
