package channel

import (
	"fmt"
	"slices"
	"sort"
)

// longLog is how many records a conversation has before its Once keys are kept in a map: before that a scan is
// as fast and costs no memory.
const longLog = 32

// find adds what look asks for to c. m is locked.
func (m *memConversation) find(c *Conversation, look Look) {
	for _, key := range look.Once {
		if key == "" {
			continue
		}
		if i, ok := m.byOnce(key); ok {
			m.found(c, i)
		}
	}
	for _, seq := range look.Records {
		if i, ok := m.bySeq(seq); ok {
			m.found(c, i)
		}
	}
	if look.Ahead > 0 {
		i, _ := m.bySeq(m.head.Lane[look.Lane].Done + 1)
		for n := 0; i < len(m.log) && n < look.Ahead; i++ {
			if look.Lane.Wants(&m.log[i]) {
				m.found(c, i)
				n++
			}
		}
	}
	if len(c.Found) > 1 {
		slices.SortFunc(c.Found, func(a, b Record) int { return int(a.Seq - b.Seq) })
	}
	if look.Enquiry != "" && (m.head.Enquiry == nil || m.head.Enquiry.ID != look.Enquiry) {
		for _, e := range m.past {
			if e.id == look.Enquiry {
				c.Old = e.row
			}
		}
	}
}

// found adds the i-th record, once.
func (m *memConversation) found(c *Conversation, i int) {
	for j := range c.Found {
		if c.Found[j].Seq == m.log[i].Seq {
			return
		}
	}
	c.Found = append(c.Found, m.log[i])
}

// bySeq returns the place of the record with that Seq, or of the first one after it.
func (m *memConversation) bySeq(seq int64) (int, bool) {
	if len(m.log) == 0 {
		return 0, false
	}
	if i := seq - m.log[0].Seq; i >= 0 && i < int64(len(m.log)) && m.log[i].Seq == seq { // as long as none was removed
		return int(i), true
	}
	i := sort.Search(len(m.log), func(i int) bool { return m.log[i].Seq >= seq }) // without copying records
	return i, i < len(m.log) && m.log[i].Seq == seq
}

func (m *memConversation) byOnce(key string) (int, bool) {
	if m.once != nil {
		seq, ok := m.once[key]
		if !ok {
			return 0, false
		}
		return m.bySeq(seq)
	}
	for i := range m.log {
		if m.log[i].Once == key {
			return i, true
		}
	}
	return 0, false
}

// errOnce refuses a change that did not look before it added.
var errOnce = fmt.Errorf("%w: another record of the conversation has the same Once", ErrConflict)

// unique checks that no other record has the keys of those that are added.
func (m *memConversation) unique(added []Record) error {
	for i := range added {
		key := added[i].Once
		if key == "" {
			continue
		}
		_, taken := m.byOnce(key)
		if taken || slices.ContainsFunc(added[:i], func(r Record) bool { return r.Once == key }) {
			return errOnce
		}
	}
	return nil
}

// record makes what c brings part of m, which is locked.
func (m *memConversation) record(c *Conversation) {
	for i := range c.Changed {
		if at, ok := m.bySeq(c.Changed[i].Seq); ok {
			m.log[at] = c.Changed[i]
		}
	}
	m.log = append(m.log, c.Added...)
	if m.once != nil || len(m.log) > longLog {
		m.index(c.Added)
	}
	if c.Save {
		m.save(c.Enquiry)
	}
	m.head = c.Head
	if c.Forget {
		m.forget(c.ForgetTo)
	}
}

// index keeps the Once keys of the records that were added, or of all when the log has just become long.
func (m *memConversation) index(added []Record) {
	if m.once == nil {
		m.once = make(map[string]int64, 2*longLog)
		added = m.log
	}
	for i := range added {
		if added[i].Once != "" {
			m.once[added[i].Once] = added[i].Seq
		}
	}
}

// save keeps the enquiry as the one of its id.
func (m *memConversation) save(e *Enquiry) {
	for _, p := range m.past {
		if p.id == e.ID {
			p.row = e
			return
		}
	}
	p := &memEnquiry{id: e.ID, opened: e.OpenedAt, row: e, from: m}
	m.past = append(m.past, p)
	m.channel.insert(p)
}

// forget blanks the records up to seq and what tells who the visitor was.
func (m *memConversation) forget(seq int64) {
	for i := range m.log {
		if r := &m.log[i]; r.Seq <= seq {
			*r = Record{Seq: r.Seq, Once: r.Once}
		}
	}
	for _, p := range m.past {
		anonymous := p.row.Anonymous()
		p.row = &anonymous
	}
}

// clear removes the conversation but for its enquiries; m is locked.
func (m *memConversation) clear() {
	for _, p := range m.past {
		if h := m.head.Enquiry; h != nil && h.ID == p.id {
			p.row = p.with(h)
		}
	}
	m.head, m.log, m.once = Head{}, nil, nil
}

// page returns at most n records of an enquiry after a Seq.
func (m *memConversation) page(id EnquiryID, after int64, n int) []Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, _ := m.bySeq(after + 1)
	var page []Record
	for ; i < len(m.log) && len(page) < n; i++ {
		if m.log[i].Enquiry == id {
			page = append(page, m.log[i])
		}
	}
	return page
}
