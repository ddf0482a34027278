package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// Why an exchange was ended.
var (
	errSlowHeader = fmt.Errorf("webhook: no answer in time: %w", os.ErrDeadlineExceeded)
	errSlowEnd    = fmt.Errorf("webhook: the exchange took too long: %w", os.ErrDeadlineExceeded)
	errExchanged  = errors.New("webhook: the exchange is over")
)

// exchanges bounds all exchanges of a client in real time. They share one timer,
// set for the one that is due next, which rarely has to move: two timers for
// each request, the context's and the transport's, would cost a fast post a
// twentieth of its time.
type exchanges struct {
	mu    sync.Mutex
	first *exchange // in the order of starting
	last  *exchange
	timer *time.Timer
	next  time.Time // when the timer fires; zero: it is not set
}

// An exchange is one request with its answer, and the memory for it.
type exchange struct {
	ctx             context.Context // lives as long as the request, like a Request's own
	cancel          context.CancelCauseFunc
	headerBy, endBy time.Time
	answered        bool
	before, after   *exchange

	values [3]string // of the signed headers
	body   bytes.Reader
}

// due is when the exchange is to be ended unless something happens.
func (x *exchange) due() time.Time {
	if !x.answered && x.headerBy.Before(x.endBy) {
		return x.headerBy
	}
	return x.endBy
}

// start begins an exchange whose context ends after the time allowed for the
// header, connecting included, or for all of it. The caller calls answered when
// the header is there, and stop in any case.
func (xs *exchanges) start(ctx context.Context, now time.Time, header, all time.Duration) *exchange {
	x := &exchange{headerBy: now.Add(header), endBy: now.Add(all)}
	x.ctx, x.cancel = context.WithCancelCause(ctx)
	xs.mu.Lock()
	defer xs.mu.Unlock()
	if x.before = xs.last; x.before == nil {
		xs.first = x
	} else {
		x.before.after = x
	}
	xs.last = x
	if due := x.due(); xs.next.IsZero() || due.Before(xs.next) {
		xs.set(due, now)
	}
	return x
}

func (xs *exchanges) answered(x *exchange) {
	xs.mu.Lock()
	x.answered = true
	xs.mu.Unlock()
}

func (xs *exchanges) stop(x *exchange) {
	xs.mu.Lock()
	xs.remove(x)
	xs.mu.Unlock()
	x.cancel(errExchanged)
}

// set sets the timer; it is called with the lock held.
func (xs *exchanges) set(due, now time.Time) {
	xs.next = due
	if xs.timer == nil {
		xs.timer = time.AfterFunc(due.Sub(now), xs.expire) //nolint:forbidigo // I/O runs on real time
		return
	}
	xs.timer.Reset(due.Sub(now))
}

// remove takes x out if it is still in.
func (xs *exchanges) remove(x *exchange) {
	switch {
	case x.before != nil:
		x.before.after = x.after
	case xs.first == x:
		xs.first = x.after
	default:
		return
	}
	if x.after != nil {
		x.after.before = x.before
	} else {
		xs.last = x.before
	}
	x.before, x.after = nil, nil
}

// expire ends what is due and sets the timer for what is due next.
func (xs *exchanges) expire() {
	now := time.Now() //nolint:forbidigo // I/O runs on real time
	xs.mu.Lock()
	defer xs.mu.Unlock()
	xs.next = time.Time{}
	for x := xs.first; x != nil; {
		after := x.after
		switch due := x.due(); {
		case due.After(now):
			if xs.next.IsZero() || due.Before(xs.next) {
				xs.next = due
			}
		case x.endBy.After(now):
			xs.remove(x)
			x.cancel(errSlowHeader)
		default:
			xs.remove(x)
			x.cancel(errSlowEnd)
		}
		x = after
	}
	if !xs.next.IsZero() {
		xs.set(xs.next, now)
	}
}

// realTime is the real time at the clock's now: the same if the clock is real.
func (c *Client) realTime(now time.Time) time.Time {
	if c.realClock {
		return now
	}
	return time.Now() //nolint:forbidigo // I/O runs on real time
}
