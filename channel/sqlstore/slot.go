package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/usherchat/usher/channel/conversation"
)

// slot is a conversation while changes are made to it. Several changes in a row are recorded as one.
type slot struct {
	id    string
	key   string // id as a column holds it
	steps []*request

	stamp  int64                     // of the row that was loaded, 0 = there is none
	next   [conversation.Lanes]int64 // when the lanes were due then
	cached bool                      // loaded from the cache: right only if the stamp still is when a change is recorded
	head   conversation.Head         // with the changes
	loaded loaded                    // with the changes

	added       []conversation.Record
	changed     []conversation.Record
	saves       []*conversation.Enquiry
	writes      int                        // changes that set Write
	withEffects *conversation.Conversation // the one change with effects beyond the conversation, not applied yet
	then        func(ctx context.Context, tx *transaction) error
	past        *conversation.Enquiry // was the latest one before the changes

	mayExist bool // a change brings a Once key that might be there already
	ready    bool // the one change was made before it came into a batch

	rows       *rows // to be written
	conflicted bool  // another process changed the conversation meanwhile
	err        error // the fault of the changes
}

// step is a change in a slot.
type step struct {
	look conversation.Look
	also []string // Once keys that the change was seen to bring
	fn   func(*conversation.Conversation) error
	over func() error                                     // the error of the caller's context
	then func(ctx context.Context, tx *transaction) error // belongs to the change, in the same transaction

	err     error
	settled bool // err is the outcome
	again   bool // it has to run once more
	fresh   bool // and not with what is in the cache
}

// newSlot returns an empty slot for a conversation.
func newSlot(id string) *slot {
	return &slot{id: id, key: textColumn(id), head: conversation.Head{ID: id}}
}

// clear makes the slot as it was before anything was read, but for its steps.
func (m *slot) clear() {
	steps := m.steps
	*m = *newSlot(m.id)
	m.steps = steps
}

// begin takes the conversation as it was loaded.
func (m *slot) begin(stamp int64, head conversation.Head) {
	m.stamp, m.head = stamp, head
	m.head.ID, m.head.Version = m.id, version(stamp)
	m.loaded.from = head.Seq
	for l := range m.next {
		m.next[l] = head.Lane[l].Next()
	}
}

// covers reports whether all that a step looks for is loaded, except perhaps Once keys.
func (m *slot) covers(st *step) bool {
	for _, seq := range st.look.Records {
		if _, certain := m.loaded.bySeq(seq); !certain {
			return false
		}
	}
	if m.wantsOld(st.look) {
		if _, certain := m.loaded.old(st.look.Enquiry); !certain {
			return false
		}
	}
	if m.looksAhead(st.look) {
		_, certain := m.loaded.ahead(st.look.Lane, m.head.Lane[st.look.Lane].Done, st.look.Ahead)
		return certain
	}
	return true
}

func (m *slot) wantsOld(look conversation.Look) bool {
	return look.Enquiry != "" && (m.head.Enquiry == nil || m.head.Enquiry.ID != look.Enquiry)
}

// looksAhead reports whether a look for the next records of a lane can find any.
func (m *slot) looksAhead(look conversation.Look) bool {
	if look.Ahead <= 0 || look.Lane != conversation.LaneNotify && look.Lane != conversation.LaneDeliver {
		return false
	}
	return m.head.Lane[look.Lane].Done < m.head.Seq
}

// conversation is what a step's change is shown. mayExist are the keys whose records may exist without being loaded.
func (m *slot) conversation(look conversation.Look) (c *conversation.Conversation, mayExist []string) {
	c = &conversation.Conversation{Head: m.head}
	add := func(r *conversation.Record) {
		if r != nil && !slices.ContainsFunc(c.Found, func(f conversation.Record) bool { return f.Seq == r.Seq }) {
			c.Found = append(c.Found, *r)
		}
	}
	for _, key := range look.Once {
		if key == "" {
			continue
		}
		r, certain := m.loaded.once(key)
		if add(r); !certain {
			mayExist = append(mayExist, key)
		}
	}
	for _, seq := range look.Records {
		r, _ := m.loaded.bySeq(seq)
		add(r)
	}
	if m.looksAhead(look) {
		list, _ := m.loaded.ahead(look.Lane, m.head.Lane[look.Lane].Done, look.Ahead)
		for _, r := range list {
			add(r)
		}
	}
	if len(c.Found) > 1 {
		slices.SortFunc(c.Found, func(a, b conversation.Record) int { return int(a.Seq - b.Seq) })
	}
	if m.wantsOld(look) {
		c.Old, _ = m.loaded.old(look.Enquiry)
	}
	return c, mayExist
}

// run runs a step's change on the conversation as the steps before it left it.
func (m *slot) run(st *step) {
	if m.withEffects != nil || !m.covers(st) {
		st.again = true
		return
	}
	c, mayExist := m.conversation(st.look)
	err := st.fn(c)
	if err == nil && st.over != nil {
		err = st.over()
	}
	if err != nil || !c.Write {
		st.err = err
		switch {
		case len(mayExist) > 0, m.cached && m.writes == 0:
			st.again, st.fresh = true, true
		case m.writes == 0:
			st.settled = true
		}
		return
	}
	if err := m.unique(st, c, mayExist); err != nil || st.again {
		st.err, st.settled = err, err != nil && m.writes == 0
		return
	}
	if len(c.Claims) > 0 || c.NeedsNumber() || c.Forget || c.Gone || st.then != nil {
		if m.writes > 0 { // it may be refused, and the changes before it must not be
			st.again = true
			return
		}
		if err := encodable(c); err != nil {
			st.err, st.settled = err, true
			return
		}
		m.withEffects, m.then = c, st.then
	}
	m.writes++
	c.Version = version(m.stamp + int64(m.writes))
	if m.withEffects == nil {
		m.apply(c)
	}
}

// unique checks the Seqs and Once keys that a change brings.
func (m *slot) unique(st *step, c *conversation.Conversation, mayExist []string) error {
	left := len(mayExist)
	last := m.head.Seq
	for i := range c.Added {
		if c.Added[i].Seq <= last {
			return errSeq
		}
		last = c.Added[i].Seq
		key := c.Added[i].Once
		if key == "" {
			continue
		}
		r, certain := m.loaded.once(key)
		if r != nil || slices.ContainsFunc(c.Added[:i], func(r conversation.Record) bool { return r.Once == key }) {
			if m.cached {
				st.again, st.fresh = true, true
				return nil
			}
			return errOnce
		}
		if !certain {
			st.also = append(st.also, key)
			m.mayExist = true
		}
		if slices.Contains(mayExist, key) {
			left--
		}
	}
	if left > 0 { // only reading shows that there is no such record
		st.again, st.fresh = true, true
	}
	return nil
}

// apply makes a change part of the slot.
func (m *slot) apply(c *conversation.Conversation) {
	if old := m.head.Enquiry; old != nil && (c.Enquiry == nil || c.Enquiry.ID != old.ID) {
		m.past = old
	}
	m.head = c.Head
	m.head.ID = m.id
	for _, r := range c.Changed {
		m.change(r)
	}
	if m.added == nil {
		m.added = slices.Clip(c.Added)
	} else {
		m.added = append(m.added, c.Added...)
	}
	for i := range c.Added {
		r := &c.Added[i]
		m.loaded.put(item{r, sizeOf(r)})
	}
	if c.Save {
		m.save(c.Enquiry)
	}
}

func (m *slot) change(r conversation.Record) {
	if i := slices.IndexFunc(m.added, func(a conversation.Record) bool { return a.Seq == r.Seq }); i >= 0 {
		m.added = slices.Clone(m.added) // they belong to the change that added them
		m.added[i] = r
	} else if i := slices.IndexFunc(m.changed, func(a conversation.Record) bool { return a.Seq == r.Seq }); i >= 0 {
		m.changed[i] = r
	} else {
		m.changed = append(m.changed, r)
	}
	if _, ok := m.loaded.at(r.Seq); ok {
		m.loaded.put(item{&r, sizeOf(&r)})
	}
}

func (m *slot) save(e *conversation.Enquiry) {
	if i := slices.IndexFunc(m.saves, func(s *conversation.Enquiry) bool { return s.ID == e.ID }); i >= 0 {
		m.saves[i] = e
		return
	}
	m.saves = append(m.saves, e)
}

// open reports whether the slot is still to be written.
func (m *slot) open() bool { return m.writes > 0 && !m.conflicted && m.err == nil }

// errOnce refuses a change that did not look before it added.
var errOnce = fmt.Errorf("%w: another record of the conversation has the same Once", conversation.ErrConflict)

// errSeq refuses a change that does not number its records.
var errSeq = errors.New("sqlstore: a record was added with a Seq that had been given before")
