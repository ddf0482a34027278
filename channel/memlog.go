package channel

import (
	"fmt"
	"iter"
	"slices"
	"sort"

	"github.com/usherchat/usher/channel/conversation"
)

// find adds what look asks for to c. m is locked.
func (m *memConversation) find(c *conversation.Conversation, look conversation.Look) {
	for _, key := range look.Once {
		if key == "" {
			continue
		}
		if r := m.byOnce(key); r != nil {
			mem_found(c, r)
		}
	}
	for _, seq := range look.Records {
		if r := m.bySeq(seq); r != nil {
			mem_found(c, r)
		}
	}
	if look.Ahead > 0 {
		n := 0
		for r := range m.after(m.open.head.Lane[look.Lane].Done) {
			if n == look.Ahead {
				break
			}
			if look.Lane.Wants(r) {
				mem_found(c, r)
				n++
			}
		}
	}
	if len(c.Found) > 1 {
		slices.SortFunc(c.Found, func(a, b conversation.Record) int { return int(a.Seq - b.Seq) })
	}
	if look.Enquiry != "" && (m.open.head.Enquiry == nil || m.open.head.Enquiry.ID != look.Enquiry) {
		for _, e := range m.past {
			if e.id == look.Enquiry {
				c.Old = e.saved()
			}
		}
	}
}

// found adds a record, once.
func mem_found(c *conversation.Conversation, r *conversation.Record) {
	for j := range c.Found {
		if c.Found[j].Seq == r.Seq {
			return
		}
	}
	c.Found = append(c.Found, *r)
}

// indexOf returns the index in the open log of the record with that Seq, or of the first one after it.
func (m *memConversation) indexOf(seq int64) (int, bool) {
	if len(m.open.log) == 0 {
		return 0, false
	}
	if i := seq - m.open.log[0].Seq; i >= 0 && i < int64(len(m.open.log)) && m.open.log[i].Seq == seq { // as long as none was removed
		return int(i), true
	}
	i := sort.Search(len(m.open.log), func(i int) bool { return m.open.log[i].Seq >= seq }) // without copying records
	return i, i < len(m.open.log) && m.open.log[i].Seq == seq
}

// after yields the records after a Seq. They are not modified.
func (m *memConversation) after(seq int64) iter.Seq[*conversation.Record] {
	return func(yield func(*conversation.Record) bool) {
		for r := range m.older.after(m.id, seq) {
			if !yield(r) {
				return
			}
		}
		for i, _ := m.indexOf(seq + 1); i < len(m.open.log); i++ {
			if !yield(&m.open.log[i]) {
				return
			}
		}
	}
}

// bySeq returns the record with that Seq, nil if there is none: it is not modified.
func (m *memConversation) bySeq(seq int64) *conversation.Record {
	if i, ok := m.indexOf(seq); ok {
		return &m.open.log[i]
	}
	return m.older.bySeq(m.id, seq)
}

// byOnce returns the record with that key, nil if there is none: it is not modified.
func (m *memConversation) byOnce(key string) *conversation.Record {
	i := 0
	if m.older != nil {
		for seq := range m.older.candidates(key) {
			if r := m.bySeq(seq); r != nil && r.Once == key {
				return r
			}
		}
		i, _ = m.indexOf(m.older.indexed + 1)
	}
	for ; i < len(m.open.log); i++ {
		if m.open.log[i].Once == key {
			return &m.open.log[i]
		}
	}
	return nil
}

// errOnce refuses a change that did not look before it added.
var errOnce = fmt.Errorf("%w: another record of the conversation has the same Once", conversation.ErrConflict)

// unique checks that no other record has the keys of those that are added.
func (m *memConversation) unique(added []conversation.Record) error {
	for i := range added {
		key := added[i].Once
		if key == "" {
			continue
		}
		if m.byOnce(key) != nil || slices.ContainsFunc(added[:i], func(r conversation.Record) bool { return r.Once == key }) {
			return errOnce
		}
	}
	return nil
}

// record makes what c brings part of m, which is locked.
func (m *memConversation) record(c *conversation.Conversation) {
	for i := range c.Changed {
		if at, ok := m.indexOf(c.Changed[i].Seq); ok {
			m.open.log[at] = c.Changed[i]
		} else {
			m.older.change(m.id, &c.Changed[i])
		}
	}
	m.open.log = append(m.open.log, c.Added...)
	if c.Save {
		m.save(c.Enquiry)
	}
	m.open.head = c.Head
	if c.Forget {
		m.forget(c.ForgetTo)
	}
	m.shorten()
}

// save keeps the enquiry as the one of its id.
func (m *memConversation) save(e *conversation.Enquiry) {
	for _, p := range m.past {
		if p.id == e.ID {
			p.row, p.packed = e, ""
			return
		}
	}
	p := &memEnquiry{id: e.ID, opened: clamped(e.OpenedAt), row: e, from: m}
	m.past = append(m.past, p)
	m.channel.insert(p)
}

// forget blanks the records up to seq and what tells who the visitor was.
func (m *memConversation) forget(seq int64) {
	for i := range m.open.log {
		if r := &m.open.log[i]; r.Seq <= seq {
			*r = mem_forgotten(r)
		}
	}
	m.older.forget(m.id, seq)
	for _, p := range m.past {
		anonymous := p.saved().Anonymous()
		p.row, p.packed = &anonymous, ""
	}
}

// clear removes the conversation but for its enquiries; m is locked.
func (m *memConversation) clear() {
	for _, p := range m.past {
		if h := m.open.head.Enquiry; h != nil && h.ID == p.id {
			p.row, p.packed = with(p.saved(), h), ""
		}
	}
	*m.open, m.older = memOpen{}, nil
}

func mem_forgotten(r *conversation.Record) conversation.Record {
	return conversation.Record{Seq: r.Seq, Once: r.Once}
}

// page returns at most n records of an enquiry after a Seq.
func (m *memConversation) page(id conversation.EnquiryID, after int64, n int) []conversation.Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone {
		return nil
	}
	m.unpack()
	var page []conversation.Record
	for r := range m.after(after) {
		if len(page) == n {
			break
		}
		if r.Enquiry == id {
			page = append(page, *r)
		}
	}
	return page
}
