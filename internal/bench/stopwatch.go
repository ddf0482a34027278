package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// marks is how many messages can be on their way.
const marks = 256 * connections

// stopwatch measures from begin to end, which happen in different goroutines, by marks that come around again.
type stopwatch struct {
	begun [marks]atomic.Int64 // nanoseconds since zero
	ended atomic.Int64        // how many
	done  waiters             // by worker: mark modulo connections
	zero  time.Time
	mu    sync.Mutex
	took  []time.Duration
}

func newStopwatch() *stopwatch { return &stopwatch{zero: time.Now(), done: newWaiters(connections)} }

func (s *stopwatch) begin(mark int, at time.Time) { s.begun[mark].Store(int64(at.Sub(s.zero))) }

func (s *stopwatch) end(mark int) {
	now := time.Since(s.zero)
	s.ended.Add(1)
	s.done.arrived(mark % connections)
	if begun := s.begun[mark].Swap(0); begun != 0 {
		s.mu.Lock()
		s.took = append(s.took, now-time.Duration(begun))
		s.mu.Unlock()
	}
}

// take returns what was measured since the last take.
func (s *stopwatch) take() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	took := s.took
	s.took = nil
	return took
}
