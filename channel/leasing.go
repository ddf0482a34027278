package channel

import (
	"sync"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/internal/rules"
)

// leasing leases, in the commit of a change, the lanes that the change makes due: the process that made the work due
// begins it at once, and nothing has to look for it.
type leasing struct {
	hub  *Hub
	ch   *Channel
	look conversation.Look
	now  time.Time

	mu     sync.Mutex // a Store may still run the change when Update has returned an error
	closed bool       // Update has returned
	commit commit
	tokens [conversation.Lanes]int64 // of the lanes that were leased; 0 = not leased
	poke   bool                      // something is due soon that was not leased
}

// run makes the function for Store.Update, which may call it several times.
func (l *leasing) run(fn func(*rules.Change) error) func(*conversation.Conversation) error {
	return func(c *conversation.Conversation) error {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.undo()
		l.commit = commit{before: c.Head, after: c, look: l.look}
		if err := fn(l.ch.rules(c, l.now)); err != nil {
			return err
		}
		if c.Write && !l.closed {
			l.lease(c)
		}
		return nil
	}
}

// lease leases the lanes of c that are due now and whose work is at hand.
func (l *leasing) lease(c *conversation.Conversation) {
	e := &l.hub.engine
	if !e.leasing.Load() {
		l.poke = true // a Run that begins meanwhile may look before this is recorded
		return
	}
	if l.ch.disconnected.Load() || c.Gone {
		return
	}
	now := l.now.UnixNano()
	for _, lane := range []conversation.Lane{conversation.LaneRoute, conversation.LaneNotify, conversation.LaneDeliver} {
		switch k := &c.Lane[lane]; {
		case k.Due == 0 || k.Lease != 0 || lane == conversation.LaneRoute && l.ch.suspended():
		case k.Due > now:
			l.poke = l.poke || k.Due <= l.now.Add(pollEvery).UnixNano()
		case !l.atHand(lane):
			l.poke = true
		case e.enter(l.ch, lane): // without a place the next one that is left has work looked for
			l.tokens[lane] = rules.Lease(c, lane, l.now.Add(leaseTime))
		}
	}
}

// atHand reports whether the commit holds all that work on the lane needs.
func (l *leasing) atHand(lane conversation.Lane) bool {
	c := l.commit.after
	if lane == conversation.LaneRoute {
		return c.Enquiry.Live() && c.Routing.Pending
	}
	return c.Lane[lane].Done < c.Lane[lane].Last && len(l.commit.items(lane, 1)) > 0
}

// undo gives back the places that an earlier run of the change took.
func (l *leasing) undo() {
	for lane, token := range l.tokens {
		if token != 0 {
			l.hub.engine.leave(l.ch, conversation.Lane(lane))
		}
	}
	l.tokens, l.poke = [conversation.Lanes]int64{}, false
}

// abandon ends a change that was not recorded, as far as is known: the places are given back, and lanes that were leased
// all the same are due again when the leases run out.
func (l *leasing) abandon() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.undo()
}

// begin begins the work that was leased, now that it is recorded.
func (l *leasing) begin() {
	l.mu.Lock()
	tokens := l.tokens
	l.closed, l.tokens = true, [conversation.Lanes]int64{}
	l.mu.Unlock()
	if l.poke {
		l.hub.engine.pokeNow()
	}
	for lane, token := range tokens {
		if token != 0 {
			l.hub.engine.begin(l.commit.newWork(conversation.Lane(lane), l.ch, token, l.now.Add(leaseTime)))
		}
	}
}
