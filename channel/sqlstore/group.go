package sqlstore

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// group lets callers share transactions. Of those that wait, up to max lead: each takes what has gathered, works
// it off in its own goroutine and wakes the others. A conversation is in one batch at a time.
//
// A caller is never told to lead: it is woken, and looks for itself. Whoever leaves the lock while there is work
// and room for a leader has woken somebody who waits for that work, so none is left lying.
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

// request is a change that waits to be made. What follows mu is guarded by group.mu.
type request struct {
	step

	id    string
	wake  chan struct{} // capacity 1
	ready *slot         // with the change made, if that could be done ahead

	finished atomic.Bool // done, and err is the outcome

	state  state
	leader *request // who leads the batch
	alone  bool     // not together with others: one of them may be at fault
}

type state uint8

const (
	waiting state = iota
	taken         // in a batch, not begun: the caller may still go away
	begun
	left // the caller has gone away
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

// part leaves the lock for good.
func (g *group) part() {
	g.kick()
	g.mu.Unlock()
}

// wait waits outside the lock until the request is woken or ctx ends. If it is done, which takes no lock to see, it
// says so and stays outside.
func (g *group) wait(ctx context.Context, r *request) bool {
	over := ctx.Done()
	if r.state >= begun {
		over = nil // now the outcome counts
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

// abort ends a batch whose leader was torn away by a change that panicked.
func (g *group) abort(leader *request, batch []*request) {
	for _, p := range batch {
		if p.leader == leader && (p.state == taken || p.state == begun) {
			delete(g.busy, p.id)
			p.err = errAborted
			p.finish()
		}
	}
}

// errAborted is for those whose leader was torn away by a change that panicked.
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

// gather lets others come in who have just been woken, so that a batch holds more than the first of them: about as
// many as lately, if they come without delay.
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

// patience is how often a leader gives way to others. Each time all come in who can go on at once; more would keep a
// processor from work that they wait for.
const patience = 4

// least is how many requests a leader does not share with others who may lead.
const least = 8

// take returns the batch that r may lead: r and others, and as many are left for each leader who may follow.
// Nothing if r has to wait.
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

// kick wakes somebody who can lead, if there is work and room.
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

// begin returns those of a batch whose callers are still there; from now on the outcome counts for them.
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

// settle ends the work on conversations: their requests are done or wait to be run again.
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
