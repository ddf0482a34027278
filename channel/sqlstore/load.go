package sqlstore

import (
	"database/sql"
	"fmt"
	"slices"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/sqlstore/internal/document"
)

// asked is what the steps of several slots look for, and what is found of it.
type asked struct {
	by        map[string]*slot // by key
	ids       []string
	onces     [][2]any // conversation and key
	seqs      [][2]any // conversation and Seq
	enquiries []string
}

// ask collects what slots look for. From now on the slots know what is not found.
func ask(slots []*slot) *asked {
	a := &asked{by: make(map[string]*slot, len(slots)), ids: make([]string, 0, len(slots))}
	for _, m := range slots {
		a.by[m.key] = m
		a.ids = append(a.ids, m.key)
		for _, r := range m.steps {
			a.once(m, r.look.Once)
			a.once(m, r.also)
			for _, seq := range r.look.Records {
				if !slices.Contains(m.known.seqs, seq) {
					m.known.seqs = append(m.known.seqs, seq)
					a.seqs = append(a.seqs, [2]any{m.key, seq})
				}
			}
			a.enquiry(m, r.look.Enquiry)
		}
	}
	return a
}

func (a *asked) once(m *slot, keys []string) {
	for _, key := range keys {
		if key != "" && !slices.Contains(m.known.keys, key) {
			m.known.keys = append(m.known.keys, key)
			a.onces = append(a.onces, [2]any{m.key, column(key)})
		}
	}
}

func (a *asked) enquiry(m *slot, id conversation.EnquiryID) {
	if _, again := m.known.olds[id]; id == "" || again {
		return
	}
	if m.known.olds == nil {
		m.known.olds = map[conversation.EnquiryID]*conversation.Enquiry{}
	}
	m.known.olds[id] = nil
	a.enquiries = append(a.enquiries, column(string(id)))
}

// Kinds of rows that scan takes.
const (
	headKind = iota
	recordKind
	enquiryKind
)

// fault notes that a row of the conversation cannot be understood, which is no fault of others.
func (m *slot) fault(err error) {
	if err != nil {
		m.err = fmt.Errorf("sqlstore: conversation %s: %w", m.id, err)
	}
}

// scan takes a row: its kind, the conversation, a stamp or Seq, a key, a document.
func (a *asked) scan(rows *sql.Rows) error {
	var kind int
	var key string
	var n int64
	var once, doc *string
	if err := rows.Scan(&kind, &key, &n, &once, &doc); err != nil {
		return err
	}
	m := a.by[key]
	if m == nil { // an enquiry of another conversation
		return nil
	}
	switch kind {
	case headKind:
		head, err := document.ReadHead(m.id, *doc)
		m.begin(n, head)
		m.fault(err)
	case recordKind:
		r, err := decodeRecord(n, once, doc)
		m.known.put(r)
		m.fault(err)
	case enquiryKind:
		e, err := document.ReadEnquiry(*doc)
		m.known.olds[e.ID] = e
		m.fault(err)
	}
	return nil
}
