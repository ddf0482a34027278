package channel

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// prior is what has to be known of a conversation as it was before a change.
type prior struct {
	enquiry    *Enquiry
	base       int64
	told       time.Time // of the offer
	done, last [Lanes]int64
}

func (p *prior) note(h *Head) {
	p.enquiry, p.base, p.told = h.Enquiry, h.Base, h.Routing.Told
	for l := range h.Lane {
		p.done[l], p.last[l] = h.Lane[l].Done, h.Lane[l].Last
	}
}

// claimer takes, within a change, the lanes that the change makes due.
type claimer struct {
	e     *engine
	ch    *Channel
	now   time.Time
	taken [Lanes]int64 // tokens
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
			k.e.leave(k.ch, Lane(l))
		}
	}
	k.taken, k.any = [Lanes]int64{}, false
}

// claim leases the lanes of c that are due now and whose work is at hand.
func (k *claimer) claim(c *Conversation, before *prior) {
	if !k.e.taking.Load() {
		k.poke = true // a Run that begins meanwhile may look before this is recorded
		return
	}
	if k.ch.gone.Load() || c.Gone {
		return
	}
	now := k.now.UnixNano()
	for _, l := range []Lane{LaneRoute, LaneNotify, LaneDeliver} {
		switch cur := &c.Lane[l]; {
		case cur.Due == 0 || cur.Lease != 0 || l == LaneRoute && k.ch.suspended():
		case cur.Due > now:
			k.poke = k.poke || cur.Due <= k.now.Add(pollEvery).UnixNano()
		case !k.ready(c, before, l):
			k.poke = true
		case k.e.enter(k.ch, l): // without room, whoever leaves next asks for more
			k.taken[l], k.any = c.lease(l, k.now.Add(leaseTime)), true
		}
	}
}

// ready reports whether the change holds all that work on the lane needs.
func (k *claimer) ready(c *Conversation, before *prior, l Lane) bool {
	switch l {
	case LaneRoute:
		return c.Enquiry.live() && c.Routing.Pending
	case LaneNotify, LaneDeliver:
		found := false
		if c.Lane[l].Done < c.Lane[l].Last {
			c.atHand(before, l, func(*Record) bool { found = true; return false })
		}
		return found
	default:
		return false
	}
}

// whole reports whether c holds every record of the lane after Done: when all before the change was settled, or
// when the change looked ahead and found the end.
func (c *Conversation) whole(before *prior, l Lane) bool {
	if before == nil || c.Lane[l].Done >= before.last[l] {
		return true
	}
	if c.looked.Lane != l || c.looked.Ahead == 0 {
		return false
	}
	found := 0
	for i := range c.Found {
		if r := &c.Found[i]; r.Seq > before.done[l] && l.Wants(r) {
			found++
		}
	}
	return found < c.looked.Ahead
}

// atHand hands the next records of a lane to each, until that returns false, as far as c holds them without a gap.
func (c *Conversation) atHand(before *prior, l Lane, each func(*Record) bool) {
	list := func(list []Record) bool {
		for i := range list {
			if r := &list[i]; r.Seq > c.Lane[l].Done && l.Wants(r) && !each(r) {
				return false
			}
		}
		return true
	}
	if (before == nil || c.looked.Lane == l && c.looked.Ahead > 0) && !list(c.Found) {
		return
	}
	if c.whole(before, l) {
		list(c.Added)
	}
}

// start begins what was taken, now that it is recorded, and says how much that was. If lent, the only piece of work
// gives c back when it is done. If the change settles by, whoever did that goes on with one of them.
func (k *claimer) start(c *Conversation, before *prior, by *work, lent bool) (begun int) {
	if k.poke {
		k.e.pokeNow()
	}
	if !k.any {
		return 0
	}
	var list [Lanes]*work
	for l, token := range k.taken {
		if token == 0 {
			continue
		}
		lane := Lane(l)
		w := newWork(c, lane, k.ch, token, k.now.Add(leaseTime))
		if lane != LaneRoute {
			w.collect(c, before)
		}
		list[begun] = w
		begun++
	}
	k.any = false
	if lent && begun == 1 {
		list[0].lent = c
	}
	for _, w := range list[:begun] {
		switch {
		case by == nil || by.next != nil:
			k.e.begin(w)
		case k.e.enlist(w):
			by.next = w
		}
	}
	return begun
}

// fill gives a record what other records hold for it, as far as the change knows it.
func (c *Conversation) fill(r *Record, before *prior) {
	if r.State == nil && r.Base != 0 {
		switch base := c.record(r.Base); {
		case base != nil:
			r.State = base.State
		case before != nil && before.base == r.Base && before.enquiry != nil:
			r.State = before.enquiry
		}
	}
	if about := c.record(r.Ref); r.Ref != 0 && about != nil {
		r.about = about
	}
}

// wants lists what to poll for now: what there is room for, in every lane and channel. e is nil under RunDue.
func (h *Hub) wants(now time.Time, e *engine) []Want {
	var told, routed, posted []string
	for _, ch := range *h.names.Load() {
		if e == nil || e.free(ch, LaneNotify) {
			told = append(told, ch.id)
		}
		if !ch.state.Load().Suspended && (e == nil || e.free(ch, LaneRoute)) {
			routed = append(routed, ch.id)
		}
		if ch.mayDeliver(now) && (e == nil || e.free(ch, LaneDeliver)) {
			posted = append(posted, ch.id)
		}
	}
	var wants []Want
	add := func(l Lane, names []string, limit, ahead int) {
		if len(names) > 0 {
			wants = append(wants, Want{Lane: l, Channels: names, Until: now, Limit: limit, Ahead: ahead})
		}
	}
	add(LaneNotify, told, batch, ahead)
	add(LaneRoute, routed, batch, 0)
	add(LaneDeliver, posted, perLine, deliverAhead)
	return wants
}

// deliverAhead is how many records are looked at for one to post: those that were overtaken are passed over.
const deliverAhead = 4

// takeDue leases a lane that the store found due. It returns nil if nothing remains to be done.
func (h *Hub) takeDue(c *Conversation, l Lane, now time.Time, enter func(*Channel, Lane) bool) (*work, error) {
	ch, ok := h.Channel(c.Channel)
	if !ok {
		return nil, errNoRoom
	}
	k := &c.Lane[l]
	if k.Lease > now.UnixNano() || k.Next() == 0 {
		return nil, errNoRoom
	}
	if k.Lease != 0 {
		c.release(l) // its holder has died
	}
	c.epoch = ch.state.Load().Epoch
	t := ch.terms.Load()
	until := now.Add(leaseTime)
	switch l {
	case LaneRoute:
		if c.State != nil {
			return takeChannel(c, ch, until, enter)
		}
		t.elapse(c, now, ch.state.Load())
		if c.Gone || !c.Enquiry.live() || !c.Routing.Pending || c.Lane[l].Due > now.UnixNano() {
			c.Write = true
			return nil, nil
		}
	case LaneNotify:
		if k.Done >= k.Last || len(c.Found) == 0 {
			k.Due, k.Done, c.Write = 0, k.Last, true
			return nil, nil
		}
	case LaneDeliver:
		if t.upNext(c, now) == nil {
			if len(c.Found) < deliverAhead && c.Lane[l].Done < c.Lane[l].Last {
				t.passed(c, c.Lane[l].Last, now)
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
	w := newWork(c, l, ch, c.lease(l, until), until)
	if l != LaneRoute {
		w.collect(c, nil)
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
	lane Lane
}

// elapsed is a conversation that time itself changed.
type elapsed struct {
	ch     *Channel
	before *Enquiry
	after  *Conversation
}

// take is the function for Store.Due.
func (a *haul) take(h *Hub, now time.Time, enter func(*Channel, Lane) bool, leave func(*Channel, Lane)) func(*Conversation, Lane) error {
	a.by, a.did = map[haulKey]*work{}, map[haulKey]elapsed{}
	return func(c *Conversation, l Lane) error {
		key, before, lane := haulKey{c.ID, l}, c.Enquiry, c.Lane[l]
		old, again := a.by[key]
		w, err := h.takeDue(c, l, now, func(ch *Channel, l Lane) bool { return again || enter(ch, l) })
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
		if ch, ok := h.Channel(c.Channel); ok && l == LaneRoute && err == nil {
			a.did[key] = elapsed{ch, before, c}
		}
		return err
	}
}

// settled tells presence what the passing of time has changed.
func (a *haul) settled(h *Hub) {
	for _, d := range a.did {
		h.changed(d.ch, d.after, d.before, false)
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
		if a.lane != LaneRoute || b.lane != LaneRoute || a.head.Enquiry == nil || b.head.Enquiry == nil {
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
//
// The host's code is called in the caller's goroutine too: it is not given up when it hangs, and runtime.Goexit in it,
// as by testing.T.FailNow, ends the test that calls RunDue.
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
		_, err := h.store.Due(ctx, h.wants(now, nil), taken.take(h, now, func(*Channel, Lane) bool { return true }, func(*Channel, Lane) {}))
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
