package channel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// call is a call of the host's code that may not come back: of Notify, of a Router, of Presence.
type call struct {
	name string // of what is called
	ch   *Channel
	lane conversation.Lane // whose work it is
	id   string            // of the conversation
	most time.Duration     // until its ctx ends
}

// Bounds of calls that were given up.
const (
	callGrace     = time.Second // for a call to come back after its ctx has ended
	maxStrays     = 4           // of one conversation and lane
	attendTimeout = 5 * time.Second
)

var (
	errGivenUp = errors.New("did not return in time and was given up")
	errStrays  = errors.New("not called: earlier calls were given up and have not returned")
)

// outside calls fn on a goroutine of its own while Run is at work. When fn has not returned soon after its ctx ended
// it is given up: the caller goes on with errGivenUp, and what fn returns later is ignored. A goroutine inside the
// host's code cannot be ended from outside, so that it stays as a stray until fn returns; strays are bounded.
//
// Without Run the caller's goroutine calls fn.
func outside[T any](ctx context.Context, e *engine, c call, fn func(context.Context) (T, error)) (T, error) {
	var value T
	switch {
	case !e.running.Load():
		limit, cancel := within(ctx, c.most)
		defer cancel()
		err := e.hub.contain(c.name, c.ch.id, func() (err error) { value, err = fn(limit); return err })
		return value, err
	case !e.strays.room(c):
		return value, fmt.Errorf("%s: %w", c.name, errStrays)
	default:
		return await(ctx, e, c, fn)
	}
}

// outcome is what a call came to.
type outcome[T any] struct {
	over  atomic.Bool // the call has returned, or was given up
	done  chan struct{}
	value T
	err   error
}

// await makes the call of outside and waits for it.
func await[T any](ctx context.Context, e *engine, c call, fn func(context.Context) (T, error)) (T, error) {
	o := &outcome[T]{done: make(chan struct{}), err: errExited}
	limit, cancel := within(ctx, c.most)
	go func() {
		defer func() {
			cancel()
			if !o.over.CompareAndSwap(false, true) {
				e.strays.add(c, -1)
				e.offerPlace(c.lane)
			}
			close(o.done)
		}()
		o.err = contained(func() (err error) { o.value, err = fn(limit); return err })
	}()
	select {
	case <-o.done:
	case <-limit.Done():
		if !returns(o.done, e.grace) && e.giveUp(c, &o.over) {
			var none T
			return none, fmt.Errorf("%s %w", c.name, errGivenUp)
		}
		<-o.done
	}
	e.hub.logPanic(c.name, c.ch.id, o.err)
	return o.value, o.err
}

// returns reports whether done is closed within d.
func returns(done <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d) //nolint:forbidigo // bounds the host's code: real time
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// giveUp makes a call a stray, unless it is just returning.
func (e *engine) giveUp(c call, over *atomic.Bool) bool {
	e.strays.add(c, 1) // before its return can take it back
	if !over.CompareAndSwap(false, true) {
		e.strays.add(c, -1)
		return false
	}
	e.hub.log.Warn("gave up a call", slog.String("call", c.name), channelAttr(c.ch.id))
	return true
}

// strays counts the calls that were given up and have not returned.
type strays struct {
	most int // in a lane, shared among channels

	mu   sync.Mutex
	all  [conversation.Lanes]int
	of   map[strayKey]int
	each map[*Channel]*[conversation.Lanes]int
}

type strayKey struct {
	id   string
	lane conversation.Lane
}

// room reports whether the conversation and the channel may have one more.
func (s *strays) room(c call) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shares(c.ch, c.lane) && s.of[strayKey{c.id, c.lane}] < maxStrays
}

// share reports whether the channel may have one more. A channel that has none always may; another may have as many as
// are left for others.
func (s *strays) share(ch *Channel, l conversation.Lane) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shares(ch, l)
}

func (s *strays) shares(ch *Channel, l conversation.Lane) bool {
	n := s.each[ch]
	return n == nil || n[l] == 0 || n[l] <= s.most-s.all[l]
}

func (s *strays) add(c call, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil {
		s.of, s.each = map[strayKey]int{}, map[*Channel]*[conversation.Lanes]int{}
	}
	if s.each[c.ch] == nil {
		s.each[c.ch] = new([conversation.Lanes]int)
	}
	s.all[c.lane] += n
	s.each[c.ch][c.lane] += n
	if *s.each[c.ch] == [conversation.Lanes]int{} {
		delete(s.each, c.ch)
	}
	key := strayKey{c.id, c.lane}
	if s.of[key] += n; s.of[key] == 0 {
		delete(s.of, key)
	}
}

// count is how many there are.
func (s *strays) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, of := range s.all {
		n += of
	}
	return n
}
