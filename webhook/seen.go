package webhook

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/benbjohnson/clock"
)

// Seen remembers which events were handled. A receiver asks it only about
// requests whose signature was verified.
//
// Claim reserves an id: done means that it was handled before, busy that another
// request is handling it now; otherwise the caller has it and calls Settle
// exactly once, with done if the handler succeeded and without if the next
// attempt may try again. An id is to be remembered for at least the time over
// which its sender retries: 72 h, see [DefaultMaxAge]. Both are called from many
// goroutines at once; ids are as in [Event].
//
// An error of Claim is answered with 503, one of Settle(done) with 500, so that
// the sender comes again. Thus an application that keeps ids in its database can
// begin its transaction in Claim, work in it from Handle (found by Event.ID) and
// commit it in Settle: handled and remembered are then one.
type Seen interface {
	Claim(ctx context.Context, id string) (done, busy bool, err error)
	Settle(ctx context.Context, id string, done bool) error
}

// Bounds of the memory of [NewSeen].
const (
	DefaultSeenFor = DefaultMaxAge
	DefaultSeenMax = 100_000
)

var errSeenFull = errors.New("webhook: too many events are being handled")

// NewSeen returns a Seen in memory, which forgets everything with the process.
// It remembers up to maxIDs (0 is 100 000, some 20 MB with long ids) for a while
// (0 is 72 h); beyond that the oldest go first. c nil is the real clock.
func NewSeen(c clock.Clock, keep time.Duration, maxIDs int) Seen {
	if c == nil {
		c = clock.New()
	}
	if keep <= 0 {
		keep = DefaultSeenFor
	}
	if maxIDs <= 0 {
		maxIDs = DefaultSeenMax
	}
	return &memorySeen{clock: c, keep: keep, max: maxIDs, ids: make(map[string]bool)}
}

type memorySeen struct {
	clock clock.Clock
	keep  time.Duration
	max   int

	mu    sync.Mutex
	ids   map[string]bool // true: done, false: busy
	done  []settled       // a ring, in the order of settling
	first int             // of the ring
	count int
}

type settled struct {
	id string
	at time.Time
}

func (s *memorySeen) Claim(_ context.Context, id string) (done, busy bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	for s.count > 0 && now.Sub(s.done[s.first].at) > s.keep {
		s.forget()
	}
	if done, known := s.ids[id]; known {
		return done, !done, nil
	}
	if len(s.ids) >= s.max {
		if s.count == 0 {
			return false, false, errSeenFull
		}
		s.forget()
	}
	s.ids[id] = false
	return false, false, nil
}

func (s *memorySeen) Settle(_ context.Context, id string, done bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if was, known := s.ids[id]; !known || was {
		return nil
	}
	if !done {
		delete(s.ids, id)
		return nil
	}
	s.ids[id] = true
	if s.count == len(s.done) {
		s.grow()
	}
	s.done[(s.first+s.count)%len(s.done)] = settled{id: id, at: s.clock.Now()}
	s.count++
	return nil
}

// forget drops the oldest id that is done.
func (s *memorySeen) forget() {
	delete(s.ids, s.done[s.first].id)
	s.done[s.first] = settled{}
	s.first = (s.first + 1) % len(s.done)
	s.count--
}

func (s *memorySeen) grow() {
	larger := make([]settled, min(max(2*len(s.done), 64), max(s.max, 64)))
	for i := range s.count {
		larger[i] = s.done[(s.first+i)%len(s.done)]
	}
	s.done, s.first = larger, 0
}
