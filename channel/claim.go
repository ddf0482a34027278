package channel

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/internal/rules"
)

// prior is what has to be known of a conversation as it was before a change.
type prior struct {
	enquiry    *Enquiry
	base       int64
	told       time.Time // of the offer
	done, last [conversation.Lanes]int64
}

func (p *prior) note(h *conversation.Head) {
	p.enquiry, p.base, p.told = h.Enquiry, h.StateSeq, h.Routing.ToldAt
	for l := range h.Lane {
		p.done[l], p.last[l] = h.Lane[l].Done, h.Lane[l].Last
	}
}

// claimer takes, within a change, the lanes that the change makes due.
type claimer struct {
	e     *engine
	ch    *Channel
	now   time.Time
	taken [conversation.Lanes]int64 // tokens
	any   bool
	poke  bool // something is due soon that was not taken
}

// reset gives back what an earlier run of the change took.
func (k *claimer) reset() {
	k.poke = false
	if !k.any {
		return
	}
	for l, token := range k.taken {
		if token != 0 {
			k.e.leave(k.ch, conversation.Lane(l))
		}
	}
	k.taken, k.any = [conversation.Lanes]int64{}, false
}

// claim leases the lanes of c that are due now and whose work is at hand.
func (k *claimer) claim(c *conversation.Conversation, before *prior, look conversation.Look) {
	if !k.e.taking.Load() {
		k.poke = true // a Run that begins meanwhile may look before this is recorded
		return
	}
	if k.ch.gone.Load() || c.Gone {
		return
	}
	now := k.now.UnixNano()
	for _, l := range []conversation.Lane{conversation.LaneRoute, conversation.LaneNotify, conversation.LaneDeliver} {
		switch cur := &c.Lane[l]; {
		case cur.Due == 0 || cur.Lease != 0 || l == conversation.LaneRoute && k.ch.suspended():
		case cur.Due > now:
			k.poke = k.poke || cur.Due <= k.now.Add(pollEvery).UnixNano()
		case !k.ready(c, before, look, l):
			k.poke = true
		case k.e.enter(k.ch, l): // without room, whoever leaves next asks for more
			k.taken[l], k.any = rules.Lease(c, l, k.now.Add(leaseTime)), true
		}
	}
}

// ready reports whether the change holds all that work on the lane needs.
func (k *claimer) ready(c *conversation.Conversation, before *prior, look conversation.Look, l conversation.Lane) bool {
	switch l {
	case conversation.LaneRoute:
		return c.Enquiry.Live() && c.Routing.Pending
	case conversation.LaneNotify, conversation.LaneDeliver:
		found := false
		if c.Lane[l].Done < c.Lane[l].Last {
			atHand(c, before, look, l, func(*conversation.Record) bool { found = true; return false })
		}
		return found
	default:
		return false
	}
}

// whole reports whether c holds every record of the lane after Done: when all before the change was settled, or
// when the change looked ahead and found the end.
func whole(c *conversation.Conversation, before *prior, look conversation.Look, l conversation.Lane) bool {
	if before == nil || c.Lane[l].Done >= before.last[l] {
		return true
	}
	if look.Lane != l || look.Ahead == 0 {
		return false
	}
	found := 0
	for i := range c.Found {
		if r := &c.Found[i]; r.Seq > before.done[l] && l.Wants(r) {
			found++
		}
	}
	return found < look.Ahead
}

// atHand hands the next records of a lane to each, until that returns false, as far as c holds them without a gap.
func atHand(c *conversation.Conversation, before *prior, look conversation.Look, l conversation.Lane, each func(*conversation.Record) bool) {
	list := func(list []conversation.Record) bool {
		for i := range list {
			if r := &list[i]; r.Seq > c.Lane[l].Done && l.Wants(r) && !each(r) {
				return false
			}
		}
		return true
	}
	if (before == nil || look.Lane == l && look.Ahead > 0) && !list(c.Found) {
		return
	}
	if whole(c, before, look, l) {
		list(c.Added)
	}
}

// start begins what was taken, now that it is recorded. If the change settles by, whoever did that goes on with one of
// them.
func (k *claimer) start(c *conversation.Conversation, before *prior, look conversation.Look, by *work) {
	if k.poke {
		k.e.pokeNow()
	}
	if !k.any {
		return
	}
	begun := 0
	var list [conversation.Lanes]*work
	for l, token := range k.taken {
		if token == 0 {
			continue
		}
		lane := conversation.Lane(l)
		w := newWork(c, lane, k.ch, token, k.now.Add(leaseTime))
		if lane != conversation.LaneRoute {
			w.collect(c, before, look)
		}
		list[begun] = w
		begun++
	}
	k.any = false
	for _, w := range list[:begun] {
		switch {
		case by == nil || by.next != nil:
			k.e.begin(w)
		case k.e.enlist(w):
			by.next = w
		}
	}
}

// fill gives an item what other records hold for it, as far as the change knows it.
func (r *item) fill(c *conversation.Conversation, before *prior) {
	if r.State == nil && r.StateSeq != 0 {
		switch base := c.Record(r.StateSeq); {
		case base != nil:
			r.State = base.State
		case before != nil && before.base == r.StateSeq && before.enquiry != nil:
			r.State = before.enquiry
		}
	}
	if about := c.Record(r.Ref); r.Ref != 0 && about != nil {
		r.about = about
	}
}

// wants lists what to poll for now.
func (h *Hub) wants(now time.Time, e *engine) []conversation.Want {
	var all, routed, posted []string
	for _, ch := range *h.names.Load() {
		all = append(all, ch.id)
		if !ch.state.Load().Suspended {
			routed = append(routed, ch.id)
		}
		if ch.mayDeliver(now) && (e == nil || e.free(ch, conversation.LaneDeliver)) {
			posted = append(posted, ch.id)
		}
	}
	var wants []conversation.Want
	add := func(l conversation.Lane, names []string, limit, ahead int) {
		if len(names) > 0 && (e == nil || l == conversation.LaneDeliver || e.free(nil, l)) {
			wants = append(wants, conversation.Want{Lane: l, Channels: names, Until: now, Limit: limit, Ahead: ahead})
		}
	}
	add(conversation.LaneNotify, all, batch, ahead)
	add(conversation.LaneRoute, routed, batch, 0)
	add(conversation.LaneDeliver, posted, perLine, deliverAhead)
	return wants
}

// deliverAhead is how many records are looked at for one to post: those that were overtaken are passed over.
const deliverAhead = 4

// takeDue leases a lane that the store found due. It returns nil if nothing remains to be done.
func (h *Hub) takeDue(c *conversation.Conversation, l conversation.Lane, now time.Time, enter func(*Channel, conversation.Lane) bool) (*work, error) {
	ch, ok := h.Channel(c.Channel)
	if !ok {
		return nil, errNoRoom
	}
	k := &c.Lane[l]
	if k.Lease > now.UnixNano() || k.Next() == 0 {
		return nil, errNoRoom
	}
	if k.Lease != 0 {
		rules.Release(c, l) // its holder has died
	}
	change := ch.rules(c, now)
	until := now.Add(leaseTime)
	switch l {
	case conversation.LaneRoute:
		if c.State != nil {
			return takeChannel(change, ch, until, enter)
		}
		change.Elapse(ch.state.Load())
		if c.Gone || !c.Enquiry.Live() || !c.Routing.Pending || c.Lane[l].Due > now.UnixNano() {
			c.Write = true
			return nil, nil
		}
	case conversation.LaneNotify:
		if k.Done >= k.Last || len(c.Found) == 0 {
			k.Due, k.Done, c.Write = 0, k.Last, true
			return nil, nil
		}
	case conversation.LaneDeliver:
		if change.NextPost() == nil {
			if len(c.Found) < deliverAhead && c.Lane[l].Done < c.Lane[l].Last {
				change.Passed(c.Lane[l].Last)
			}
			c.Write = true
			return nil, nil
		}
	default:
		return nil, errNoRoom
	}
	if !enter(ch, l) {
		return nil, errNoRoom
	}
	w := newWork(c, l, ch, rules.Lease(c, l, until), until)
	if l != conversation.LaneRoute {
		w.collect(c, nil, conversation.Look{Lane: l, Ahead: 1})
	}
	return w, nil
}

// haul is what one Due takes. A change may run again: its place in the room is taken once.
type haul struct {
	by    map[haulKey]*work
	order []haulKey // in which the store found them
	did   map[haulKey]elapsed
	more  bool // the work itself made something due
}

type haulKey struct {
	id   string
	lane conversation.Lane
}

// elapsed is a conversation that time itself changed.
type elapsed struct {
	before *Enquiry
	after  *conversation.Conversation
}

// take is the function for Store.Due.
func (a *haul) take(h *Hub, now time.Time, enter func(*Channel, conversation.Lane) bool, leave func(*Channel, conversation.Lane)) func(*conversation.Conversation, conversation.Lane) error {
	a.by, a.did = map[haulKey]*work{}, map[haulKey]elapsed{}
	return func(c *conversation.Conversation, l conversation.Lane) error {
		key, before, lane := haulKey{c.ID, l}, c.Enquiry, c.Lane[l]
		old, again := a.by[key]
		w, err := h.takeDue(c, l, now, func(ch *Channel, l conversation.Lane) bool { return again || enter(ch, l) })
		switch {
		case w != nil:
			if !again {
				a.order = append(a.order, key)
			}
			a.by[key] = w
		case again: // changed by another process meanwhile: it is not ours
			delete(a.by, key)
			a.order = slices.DeleteFunc(a.order, func(k haulKey) bool { return k == key })
			leave(old.ch, l)
		}
		passed := w == nil && err == nil && c.Lane[l] != lane && c.Lane[l].Due != 0 && c.Lane[l].Due <= now.UnixNano()
		a.more = a.more || len(c.Added) > 0 || passed
		if l == conversation.LaneRoute && err == nil {
			a.did[key] = elapsed{before, c}
		}
		return err
	}
}

// settled tells presence what the passing of time has changed.
func (a *haul) settled(h *Hub) {
	for _, d := range a.did {
		h.changed(d.after, d.before, false)
	}
}

// list returns the work in the order in which it is to begin.
func (a *haul) list() []*work {
	list := make([]*work, 0, len(a.order))
	for _, key := range a.order {
		list = append(list, a.by[key])
	}
	return sortWork(list)
}

// sortWork puts what was opened first in front: enquiries are routed in the order in which they came.
func sortWork(list []*work) []*work {
	slices.SortStableFunc(list, func(a, b *work) int {
		if a.lane != conversation.LaneRoute || b.lane != conversation.LaneRoute || a.head.Enquiry == nil || b.head.Enquiry == nil {
			return cmp.Compare(a.lane, b.lane)
		}
		return cmp.Or(a.head.Routing.Since.Compare(b.head.Routing.Since),
			cmp.Compare(a.head.Enquiry.Number, b.head.Enquiry.Number))
	})
	return list
}

// RunDue does all work that is due at the Clock's now, deadlines equal to now included, in the caller's
// goroutine, and returns when nothing is left: for tests with a fake clock. Waiting enquiries are looked at once.
// It excludes Run. What the work itself makes due at now is done as well.
func (h *Hub) RunDue(ctx context.Context) error {
	e := &h.engine
	if !e.busy.CompareAndSwap(false, true) {
		return wrap("run due", "", ErrRunning)
	}
	defer e.busy.Store(false)
	e.ctx.Store(&ctx)
	e.halt.Store(&ctx)
	h.refresh(ctx, h.clock.Now())
	h.verifyAgain(ctx, h.clock.Now())
	h.lookAtWaiting(ctx)
	for {
		if err := ctx.Err(); err != nil {
			return wrap("run due", "", err)
		}
		h.flushTyping(ctx)
		now := h.clock.Now()
		var taken haul
		_, err := h.store.Due(ctx, h.wants(now, nil), taken.take(h, now, func(*Channel, conversation.Lane) bool { return true }, func(*Channel, conversation.Lane) {}))
		if err != nil {
			return wrap("run due", "", err)
		}
		taken.settled(h)
		if len(taken.by) == 0 && !taken.more {
			return nil
		}
		for _, w := range taken.list() {
			h.do(ctx, w)
		}
		if e.again.Swap(false) {
			h.lookAtWaiting(ctx)
		}
	}
}
