package channel

import (
	"sync"
	"time"
)

// posts lets perChannel posts of a channel be on their way at the same time. As long as the endpoint is quick, the
// next ones are taken before that and wait in line, so that nobody has to ask the Store for them.
type posts struct {
	mu   sync.Mutex
	out  int
	line []lined
}

type lined struct {
	w     *work
	since time.Time
}

const (
	perChannel = 16                     // posts of one channel at the same time
	perLine    = 3 * perChannel         // posts that wait in line
	quickPost  = 250 * time.Millisecond // an endpoint that answers within this is quick
	lineHolds  = time.Second            // what waits longer is looked at anew: it may have been forgotten
)

// enter takes a place for w, or puts it in line.
func (p *posts) enter(w *work, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.out < perChannel {
		p.out++
		return true
	}
	p.line = append(p.line, lined{w, now})
	return false
}

// leave passes the place on to the next in line, or gives it back.
func (p *posts) leave() (w *work, since time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.line) == 0 {
		p.out--
		return nil, time.Time{}
	}
	next := p.line[0]
	p.line[0] = lined{}
	if p.line = p.line[1:]; len(p.line) == 0 {
		p.line = nil
	}
	return next.w, next.since
}
