package intake

import (
	"log/slog"
	"sync"
	"time"
)

// How much of one kind is logged.
const (
	linesEvery = 10 * time.Second
	linesMost  = 10
)

// Lines bounds what is logged of one kind of request: the first ten in ten seconds. The next line after that says as
// left_out how many were not written. The zero value is ready; it is safe for concurrent use.
type Lines struct {
	mu      sync.Mutex
	since   time.Time
	written int
	leftOut int
}

// Log returns the logger for a line at that time, or one that discards it.
func (l *Lines) Log(log *slog.Logger, now time.Time) *slog.Logger {
	leftOut, ok := l.take(now)
	switch {
	case !ok:
		return discard
	case leftOut > 0:
		return log.With(slog.Int("left_out", leftOut))
	default:
		return log
	}
}

var discard = slog.New(slog.DiscardHandler)

func (l *Lines) take(now time.Time) (leftOut int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if apart := now.Sub(l.since); apart >= linesEvery || apart < 0 {
		l.since, l.written = now, 0
	}
	if l.written == linesMost {
		l.leftOut++
		return 0, false
	}
	l.written++
	leftOut, l.leftOut = l.leftOut, 0
	return leftOut, true
}
