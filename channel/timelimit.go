package channel

import (
	"context"
	"sync"
	"time"
)

// timeLimit is what context.WithTimeout makes, on real time because it bounds I/O, but costs no timer unless
// somebody waits for its end: most work is done long before.
type timeLimit struct {
	parent   context.Context //nolint:containedctx // it is a context itself
	detached bool            // the parent's end does not matter
	at       time.Time

	mu     sync.Mutex
	timed  context.Context //nolint:containedctx // made when somebody first waits
	cancel context.CancelFunc
	over   bool
}

// within returns a context that ends after d. The caller ends it when the work is done.
func within(parent context.Context, d time.Duration) *timeLimit {
	return &timeLimit{parent: parent, at: time.Now().Add(d)} //nolint:forbidigo // bounds I/O: real time
}

// detached is within, but goes on when the parent ends.
func detached(parent context.Context, d time.Duration) *timeLimit {
	l := within(parent, d)
	l.detached = true
	return l
}

// end releases what waits for the context's end.
func (l *timeLimit) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	if l.cancel != nil {
		l.cancel()
	}
}

// Deadline implements context.Context.
func (l *timeLimit) Deadline() (time.Time, bool) {
	if at, ok := l.parent.Deadline(); ok && !l.detached && at.Before(l.at) {
		return at, true
	}
	return l.at, true
}

// Done implements context.Context.
func (l *timeLimit) Done() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timed == nil {
		parent := l.parent
		if l.detached {
			parent = context.WithoutCancel(parent)
		}
		l.timed, l.cancel = context.WithDeadline(parent, l.at) //nolint:forbidigo // bounds I/O: real time
		if l.over {
			l.cancel()
		}
	}
	return l.timed.Done()
}

// Err implements context.Context.
func (l *timeLimit) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.timed != nil:
		return l.timed.Err()
	case !l.detached && l.parent.Err() != nil:
		return l.parent.Err()
	case l.over:
		return context.Canceled
	case !time.Now().Before(l.at): //nolint:forbidigo // bounds I/O: real time
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// Value implements context.Context. Once somebody waits it is that of the context waited for, which lets contexts
// made from this one hear of its end without a goroutine.
func (l *timeLimit) Value(key any) any {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timed != nil {
		return l.timed.Value(key)
	}
	return l.parent.Value(key)
}
