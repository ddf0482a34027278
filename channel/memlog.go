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
		i, _ := m.bySeq(m.open.head.Lane[look.Lane].Done + 1)
		for n := 0; i < len(m.open.log) && n < look.Ahead; i++ {
			if look.Lane.Wants(&m.open.log[i]) {
				m.found(c, i)
				n++
			}
		}
	}
	if len(c.Found) > 1 {
		slices.SortFunc(c.Found, func(a, b Record) int { return int(a.Seq - b.Seq) })
	}
	if look.Enquiry != "" && (m.open.head.Enquiry == nil || m.open.head.Enquiry.ID != look.Enquiry) {
		for _, e := range m.past {
			if e.id == look.Enquiry {
				c.Old = e.saved()
			}
		}
	}
}

// found adds the i-th record, once.
func (m *memConversation) found(c *Conversation, i int) {
	for j := range c.Found {
		if c.Found[j].Seq == m.open.log[i].Seq {
			return
		}
	}
	c.Found = append(c.Found, m.open.log[i])
}

// bySeq returns the place of the record with that Seq, or of the first one after it.
func (m *memConversation) bySeq(seq int64) (int, bool) {
	if len(m.open.log) == 0 {
		return 0, false
	}
	if i := seq - m.open.log[0].Seq; i >= 0 && i < int64(len(m.open.log)) && m.open.log[i].Seq == seq { // as long as none was removed
		return int(i), true
	}
	i := sort.Search(len(m.open.log), func(i int) bool { return m.open.log[i].Seq >= seq }) // without copying records
	return i, i < len(m.open.log) && m.open.log[i].Seq == seq
}

func (m *memConversation) byOnce(key string) (int, bool) {
	if m.open.once != nil {
		seq, ok := m.open.once[key]
		if !ok {
			return 0, false
		}
		return m.bySeq(seq)
	}
	for i := range m.open.log {
		if m.open.log[i].Once == key {
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
			m.open.log[at] = c.Changed[i]
		}
	}
	m.open.log = append(m.open.log, c.Added...)
	if m.open.once != nil || len(m.open.log) > longLog {
		m.index(c.Added)
	}
	if c.Save {
		m.save(c.Enquiry)
	}
	m.open.head = c.Head
	if c.Forget {
		m.forget(c.ForgetTo)
	}
}

// index keeps the Once keys of the records that were added, or of all when the log has just become long.
func (m *memConversation) index(added []Record) {
	if m.open.once == nil {
		m.open.once = make(map[string]int64, 2*longLog)
		added = m.open.log
	}
	for i := range added {
		if added[i].Once != "" {
			m.open.once[added[i].Once] = added[i].Seq
		}
	}
}

// save keeps the enquiry as the one of its id.
func (m *memConversation) save(e *Enquiry) {
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
			*r = Record{Seq: r.Seq, Once: r.Once}
		}
	}
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
	*m.open = memOpen{}
}

// page returns at most n records of an enquiry after a Seq.
func (m *memConversation) page(id EnquiryID, after int64, n int) []Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone {
		return nil
	}
	m.unpack()
	i, _ := m.bySeq(after + 1)
	var page []Record
	for ; i < len(m.open.log) && len(page) < n; i++ {
		if m.open.log[i].Enquiry == id {
			page = append(page, m.open.log[i])
		}
	}
	return page
}
