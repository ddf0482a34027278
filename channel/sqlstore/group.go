package sqlstore

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// group is group commit: callers share transactions. A caller adds its request to those that wait. If fewer than max
// callers lead, it leads: it takes the waiting requests as its batch, works them off in its own goroutine and wakes
// their callers. So a caller that is alone does not wait for company, and the busier a process is, the more requests
// share a commit. A conversation is in one batch at a time.
//
// A caller is never told to lead: it is woken, and sees for itself whether it may. A caller that releases the lock while
// requests wait and another leader is allowed has woken one of those that wait, so no request is forgotten.
type group struct {
	max  int // leaders at the same time
	size int // requests in a batch
	run  func(ctx context.Context, batch []*request)

	mu      sync.Mutex
	leaders int
	pending []*request
	lately  int             // how many requests batches have held lately
	busy    map[string]bool // conversations that are in a batch
}

// request is a change that waits to be made.
type request struct {
	step

	id    string
	wake  chan struct{} // capacity 1
	ready *slot         // with the change made, if that could be done ahead

	finished atomic.Bool // done, and err is the outcome

	// Guarded by group.mu.
	state  state
	leader *request // the first request of its batch: its caller works it off
	alone  bool     // not together with others: one of them may be at fault
}

type state uint8

const (
	waiting state = iota
	taken         // in a batch that has not begun: the caller may still give up
	begun
	left // the caller has given up
	done
)

func newGroup(leaders, size int, run func(context.Context, []*request)) *group {
	return &group{max: leaders, size: size, run: run, busy: map[string]bool{}}
}

// do has the request worked off. It returns when that is done, or with the error of ctx if that ends before the
// request has begun.
func (g *group) do(ctx context.Context, r *request) error {
	g.mu.Lock()
	g.pending = append(g.pending, r)
	for r.state != done {
		if r.state < begun && ctx.Err() != nil {
			g.leave(r)
			g.part()
			return ctx.Err()
		}
		if g.mayLead(r) {
			g.gather()
			if batch := g.take(r); len(batch) > 0 {
				g.lead(ctx, r, batch)
			}
			continue
		}
		g.kick()
		if g.wait(ctx, r) {
			return r.err
		}
	}
	g.part()
	return r.err
}

// part releases the lock for good.
func (g *group) part() {
	g.kick()
	g.mu.Unlock()
}

// wait waits without the lock until the request is woken or ctx ends. It returns true, without the lock, if the request
// is done.
func (g *group) wait(ctx context.Context, r *request) bool {
	over := ctx.Done()
	if r.state >= begun {
		over = nil // the caller gets the outcome, even if ctx ends
	}
	g.mu.Unlock()
	select {
	case <-r.wake:
	case <-over:
	}
	if r.finished.Load() {
		return true
	}
	g.mu.Lock()
	return false
}

// lead works a batch off outside the lock.
func (g *group) lead(ctx context.Context, r *request, batch []*request) {
	g.leaders++
	g.kick()
	g.mu.Unlock()
	whole := slices.Clone(batch)
	finished := false
	defer func() {
		g.mu.Lock()
		g.leaders--
		if !finished {
			g.abort(r, whole)
			g.part()
		}
	}()
	g.run(ctx, batch)
	finished = true
}

// abort ends a batch after a change in it has panicked in the leader's goroutine.
func (g *group) abort(leader *request, batch []*request) {
	for _, p := range batch {
		if p.leader == leader && (p.state == taken || p.state == begun) {
			delete(g.busy, p.id)
			p.err = errAborted
			p.finish()
		}
	}
}

// errAborted is the error of the other requests in such a batch.
var errAborted = errors.New("sqlstore: a change that was recorded together with this one panicked")

// engaged reports whether work on a conversation is going on.
func (g *group) engaged(id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.busy[id]
}

func (g *group) mayLead(r *request) bool {
	return g.leaders < g.max && r.state == waiting && !g.busy[r.id]
}

// gather lets callers that have just been woken add their next requests before the batch is taken, until there are
// about as many as in the last batches.
func (g *group) gather() {
	for range patience {
		if len(g.pending) >= g.lately {
			return
		}
		g.mu.Unlock()
		runtime.Gosched()
		g.mu.Lock()
	}
}

// patience is how often a leader yields to other goroutines. Each time all that are ready run; more often would only
// keep a processor busy.
const patience = 4

// least is the size of a batch from which on a leader leaves requests to further leaders.
const least = 8

// take returns the batch that r may lead, or nothing if r has to wait. Each further leader is left as many requests.
func (g *group) take(r *request) []*request {
	if !g.mayLead(r) {
		return nil
	}
	size := min(g.size, max(least, (len(g.pending)+g.max-g.leaders-1)/(g.max-g.leaders)))
	batch := []*request{r}
	if !r.alone {
		for _, p := range g.pending {
			if p != r && !p.alone && !g.busy[p.id] && len(batch) < size {
				batch = append(batch, p)
			}
		}
	}
	g.lately = max(len(batch), g.lately*3/4)
	for _, p := range batch {
		p.state, p.leader = taken, r
		g.busy[p.id] = true
	}
	g.pending = slices.DeleteFunc(g.pending, func(p *request) bool { return p.state != waiting })
	return batch
}

// kick wakes a caller that may lead, if there is one.
func (g *group) kick() {
	if g.leaders >= g.max {
		return
	}
	for _, p := range g.pending {
		if !g.busy[p.id] {
			p.signal()
			return
		}
	}
}

// leave takes back a request that has not begun.
func (g *group) leave(r *request) {
	if r.state == waiting {
		g.pending = slices.DeleteFunc(g.pending, func(p *request) bool { return p == r })
	}
	r.state = left
}

// begin returns the requests of a batch whose callers have not given up. From now on they get the outcome.
func (g *group) begin(batch []*request) []*request {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.DeleteFunc(batch, func(r *request) bool {
		if r.state == left {
			return true
		}
		r.state = begun
		return false
	})
}

// settle ends the work on slots: their requests are done, or wait to be run again.
func (g *group) settle(slots ...*slot) {
	g.mu.Lock()
	var again []*request
	for _, m := range slots {
		delete(g.busy, m.id)
		for _, r := range m.steps {
			switch {
			case r.state == left:
			case r.again:
				r.again, r.settled, r.err, r.state = false, false, nil, waiting
				again = append(again, r)
				r.signal()
			default:
				r.finish()
			}
		}
	}
	g.pending = append(again, g.pending...)
	g.part()
}

// finish says that the request is done.
func (r *request) finish() {
	r.state = done
	r.finished.Store(true)
	r.signal()
}

func (r *request) signal() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}
