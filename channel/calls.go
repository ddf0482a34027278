package channel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// call is a call of the host's code that may not come back: of Notify, of a Router, of Presence.
type call struct {
	name string // of what is called
	ch   *Channel
	lane Lane          // whose work it is
	id   string        // of the conversation
	most time.Duration // until its ctx ends
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

// outcome is what a call came to, or that nobody waits for it any more.
type outcome[T any] struct {
	over  atomic.Bool // the call has returned, or was given up
	done  chan struct{}
	value T
	err   error
}

// outside calls fn on a goroutine of its own while Run is at work. When fn has not returned soon after its ctx ended
// it is given up: the caller goes on with errGivenUp, and whatever fn returns later is ignored. A goroutine inside the
// host's code cannot be ended by anybody else, so that it stays as a stray until fn returns; strays are bounded.
//
// Without Run fn is called by the caller's goroutine, which starts none.
func outside[T any](ctx context.Context, e *engine, c call, fn func(context.Context) (T, error)) (T, error) {
	var value T
	switch {
	case !e.running.Load():
		limit := within(ctx, c.most)
		defer limit.end()
		err := e.hub.contain(c.name, c.ch.id, func() (err error) { value, err = fn(limit); return err })
		return value, err
	case !e.strays.room(c):
		return value, fmt.Errorf("%s: %w", c.name, errStrays)
	default:
		return await(ctx, e, c, fn)
	}
}

// await makes the call of outside and waits for it.
func await[T any](ctx context.Context, e *engine, c call, fn func(context.Context) (T, error)) (T, error) {
	o := &outcome[T]{done: make(chan struct{}), err: errExited}
	e.call(func() {
		limit := within(ctx, c.most)
		defer func() {
			limit.end()
			if !o.over.CompareAndSwap(false, true) {
				e.strayed(c)
			}
			close(o.done)
		}()
		o.err = contained(func() (err error) { o.value, err = fn(limit); return err })
	})
	timer := time.NewTimer(c.most) //nolint:forbidigo // bounds the host's code: real time
	defer timer.Stop()
	select {
	case <-o.done:
		e.hub.logPanic(c.name, c.ch.id, o.err)
		return o.value, o.err
	case <-timer.C:
	case <-ctx.Done():
	}
	if !returns(o.done, e.grace) && e.giveUp(c, &o.over) {
		var none T
		return none, fmt.Errorf("%s %w", c.name, errGivenUp)
	}
	<-o.done
	e.hub.logPanic(c.name, c.ch.id, o.err)
	return o.value, o.err
}

// call has fn, which is not to be waited for, done by a goroutine that has nothing to do, or by a new one.
func (e *engine) call(fn func()) {
	if to := e.callers.last(); to != nil {
		to <- fn
		return
	}
	go func() {
		mine := make(chan func(), 1)
		for next := fn; next != nil; {
			next()
			next = e.callers.wait(mine)
		}
	}()
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

// strayed notes that a call that was given up has returned.
func (e *engine) strayed(c call) {
	e.strays.add(c, -1)
	if c.ch.starved[c.lane].Swap(false) {
		e.pokeNow()
	}
}

// strays counts the calls that were given up and have not returned, of each lane.
type strays struct {
	most int64 // in all, shared among channels
	all  [Lanes]atomic.Int64
	mu   sync.Mutex
	by   map[strayKey]int
}

type strayKey struct {
	id   string
	lane Lane
}

// room reports whether the conversation and the channel may have one more. A channel that has none always may; else
// it may have as many as are left for others.
func (s *strays) room(c call) bool { return s.share(c.ch, c.lane) && s.of(c.id, c.lane) < maxStrays }

func (s *strays) share(ch *Channel, l Lane) bool {
	n := ch.strays[l].Load()
	return n == 0 || n <= s.most-s.all[l].Load()
}

func (s *strays) of(id string, l Lane) int {
	if s.all[l].Load() == 0 {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.by[strayKey{id, l}]
}

func (s *strays) add(c call, n int) {
	s.all[c.lane].Add(int64(n))
	c.ch.strays[c.lane].Add(int64(n))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by == nil {
		s.by = map[strayKey]int{}
	}
	key := strayKey{c.id, c.lane}
	if s.by[key] += n; s.by[key] == 0 {
		delete(s.by, key)
	}
}

// count is how many there are.
func (s *strays) count() int64 {
	var n int64
	for l := range s.all {
		n += s.all[l].Load()
	}
	return n
}
