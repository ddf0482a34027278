package sqlstore

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/sqlstore/internal/document"
)

// claimSize is how many conversations of a channel one transaction of Due claims at most.
const claimSize = 128

// lookDue asks for conversations of a channel whose lane is due, in order after a place in it.
type lookDue struct {
	channel string // as a column holds it
	after   place
	until   int64
	limit   int
}

// place is a place in the order of a lane.
type place struct {
	next int64
	key  string
}

// claimed is a conversation that was found due.
type claimed struct {
	ask   int // the place of its lookDue
	at    place
	stamp int64
	doc   string
}

// lookNext asks when a lane is next due after a time, for each of some channels.
type lookNext struct {
	lane     conversation.Lane
	channels []string // as columns hold them
	after    int64
}

// moment is when a channel's lane is next due.
type moment struct {
	ask     int // the place of its lookNext
	channel string
	next    int64
}

// Due implements [channel.Store]. Idle polls cost one query, however many conversations there are.
func (s *Store) Due(
	ctx context.Context, wants []conversation.Want, fn func(*conversation.Conversation, conversation.Lane) error,
) (time.Time, error) {
	if err := ctx.Err(); err != nil {
		return time.Time{}, err
	}
	d := &dueRun{store: s, fn: fn, skip: map[string]bool{}}
	if err := d.look(ctx, wants); err != nil {
		return time.Time{}, err
	}
	for len(d.open) > 0 {
		if err := ctx.Err(); err != nil {
			return time.Time{}, err
		}
		err := d.round(ctx)
		if conflicted(err) {
			if d.tries++; d.tries < 10 {
				continue
			}
			for _, w := range d.open {
				d.soon(nanos(w.Until) + 1) // other processes work on them
			}
			break
		}
		if err != nil {
			return time.Time{}, err
		}
	}
	if err := d.lookOn(ctx); err != nil {
		return time.Time{}, err
	}
	if d.next == 0 {
		return time.Time{}, nil
	}
	return time.Unix(0, d.next), nil
}

// dueRun is one call of Due.
type dueRun struct {
	store *Store
	fn    func(*conversation.Conversation, conversation.Lane) error
	open  []*dueWant
	done  []*dueWant
	next  int64
	tries int
	skip  map[string]bool // conversations whose change cannot be recorded, by key
}

// dueWant is a Want, and how far the call has come with it.
type dueWant struct {
	*conversation.Want
	asks  []lookDue
	found []int // by ask
	full  bool  // a channel had more than Limit
	wrote bool
}

func (d *dueRun) soon(next int64) {
	if next != 0 && (d.next == 0 || next < d.next) {
		d.next = next
	}
}

// look finds out which channels have anything to do.
func (d *dueRun) look(ctx context.Context, wants []conversation.Want) error {
	var asks, late []lookNext
	var open []*dueWant
	for i := range wants {
		w := &wants[i]
		if len(w.Channels) == 0 || w.Limit <= 0 || w.Lane >= conversation.Lanes {
			continue
		}
		after := int64(math.MinInt64)
		if !w.After.IsZero() {
			after = nanos(w.After)
		}
		a := lookNext{lane: w.Lane, channels: textColumns(w.Channels), after: after}
		if until := nanos(w.Until); after >= until {
			a.after = until
			late = append(late, a)
			continue
		}
		asks, open = append(asks, a), append(open, &dueWant{Want: w})
	}
	moments, err := d.store.peek(ctx, asks)
	if err != nil {
		return err
	}
	for _, m := range moments {
		w, until := open[m.ask], nanos(open[m.ask].Until)
		if m.next > until {
			d.soon(m.next)
			continue
		}
		// Everything after (after, the greatest key) has a Next above after.
		w.asks = append(w.asks, lookDue{channel: m.channel, after: place{asks[m.ask].after, "\U0010ffff"}, until: until})
	}
	for _, w := range open {
		if len(w.asks) > 0 {
			w.found = make([]int, len(w.asks))
			d.open = append(d.open, w)
		}
	}
	return d.beyond(ctx, late)
}

// beyond finds out when lanes are due after what was wanted.
func (d *dueRun) beyond(ctx context.Context, asks []lookNext) error {
	moments, err := d.store.peek(ctx, asks)
	for _, m := range moments {
		d.soon(m.next)
	}
	return err
}

// lookOn finds out when the channels that had work are due next.
func (d *dueRun) lookOn(ctx context.Context) error {
	var asks []lookNext
	for _, w := range d.done {
		channels := make([]string, len(w.asks))
		for i := range w.asks {
			channels[i] = w.asks[i].channel
		}
		asks = append(asks, lookNext{lane: w.Lane, channels: channels, after: nanos(w.Until)})
		if w.full && w.wrote { // more is due at once
			d.soon(nanos(w.Until) + 1)
		}
	}
	return d.beyond(ctx, asks)
}

// round claims, changes and records up to claimSize conversations of each channel, in one transaction.
func (d *dueRun) round(ctx context.Context) error {
	ctx, cancel := writing(ctx)
	defer cancel()
	var work *dueWork
	err := d.store.engine.write(ctx, func(tx *transaction) error {
		work = &dueWork{run: d, by: map[string]*slot{}}
		if err := work.claim(ctx, tx); err != nil {
			return err
		}
		if err := d.store.lookAhead(ctx, tx, work.slots); err != nil {
			return err
		}
		work.change()
		return d.store.recordIn(ctx, tx, work.slots)
	})
	for _, m := range work.list() {
		if m.writes == 0 {
			continue
		}
		if conflicted(err) && m.bringsOnce() { // its record exists, or another process was faster: the next call sees
			d.skip[m.key] = true
		}
		if err != nil || !m.open() || m.withEffects != nil && (m.withEffects.Forget || m.withEffects.Gone) {
			d.store.cache.drop(m.id)
		} else {
			d.store.cache.put(m)
		}
	}
	if err == nil {
		work.advance()
	}
	return err
}

// dueWork is what one transaction claims.
type dueWork struct {
	run   *dueRun
	slots []*slot
	by    map[string]*slot // by key
	order []dueStep
}

// dueStep is a change of the lane that was found due.
type dueStep struct {
	want *dueWant
	got  claimed
	slot *slot
	step *request
}

func (w *dueWork) list() []*slot {
	if w == nil {
		return nil
	}
	return w.slots
}

func (w *dueWork) claim(ctx context.Context, tx *transaction) error {
	for _, want := range w.run.open {
		for i := range want.asks {
			want.asks[i].limit = min(want.Limit-want.found[i], claimSize)
		}
		list, err := w.run.store.engine.claim(ctx, tx, want.Lane, want.asks)
		if err != nil {
			return err
		}
		for _, got := range list {
			w.add(want, got)
		}
	}
	return nil
}

func (w *dueWork) add(want *dueWant, got claimed) {
	m := w.by[got.at.key]
	if m == nil {
		m = newSlot(original(got.at.key))
		if !w.run.store.cache.confirmed(m, got.stamp) {
			head, err := document.ReadHead(m.id, got.doc)
			m.begin(got.stamp, head)
			m.fault(err)
		}
		w.by[m.key] = m
		w.slots = append(w.slots, m)
	}
	st := &request{step: step{
		look: conversation.Look{Lane: want.Lane, Ahead: want.Ahead},
		fn:   func(c *conversation.Conversation) error { return w.run.fn(c, want.Lane) },
	}}
	m.steps = append(m.steps, st)
	w.order = append(w.order, dueStep{want: want, got: got, slot: m, step: st})
}

// change runs the changes in the order in which the lanes are due.
func (w *dueWork) change() {
	for _, st := range w.order {
		if w.run.skip[st.slot.key] || st.slot.err != nil {
			continue
		}
		before := st.slot.writes
		st.slot.run(&st.step.step)
		st.want.wrote = st.want.wrote || st.slot.writes > before
		st.want.full = st.want.full || st.step.again
	}
	for _, m := range w.slots {
		if m.writes > 0 && m.withEffects == nil {
			m.err = m.encode()
		}
	}
}

// advance moves the places from which the next round goes on.
func (w *dueWork) advance() {
	d := w.run
	seen := map[*dueWant][]int{}
	for _, want := range d.open {
		seen[want] = make([]int, len(want.asks))
	}
	for _, st := range w.order {
		ask := st.got.ask
		seen[st.want][ask]++
		st.want.found[ask]++
		st.want.asks[ask].after = st.got.at
	}
	for _, want := range d.open {
		for i := range want.asks {
			if seen[want][i] < want.asks[i].limit { // no more there
				want.asks[i].until = math.MinInt64
			} else if want.found[i] >= want.Limit {
				want.asks[i].until = math.MinInt64
				want.full = true
			}
		}
		if !slices.ContainsFunc(want.asks, func(a lookDue) bool { return a.until != math.MinInt64 }) {
			d.done = append(d.done, want)
		}
	}
	d.open = slices.DeleteFunc(d.open, func(want *dueWant) bool { return slices.Contains(d.done, want) })
}

// bringsOnce reports whether the slot's changes add records that may be there already.
func (m *slot) bringsOnce() bool {
	added := m.added
	if m.withEffects != nil {
		added = m.withEffects.Added
	}
	return slices.ContainsFunc(added, func(r conversation.Record) bool { return r.Once != "" })
}

func textColumns(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = textColumn(s)
	}
	return slices.Compact(slices.Sorted(slices.Values(out)))
}
