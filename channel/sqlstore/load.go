package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/sqlstore/internal/document"
)

// readAll reads with one statement, so that all of it is of one moment.
const readAll = `SELECT 0, c.id, c.version, NULL, c.head FROM rows($1: id text) CROSS JOIN {conversations} c WHERE c.id = k.id
	UNION ALL SELECT 1, r.conversation, r.seq, r.once, r.doc FROM rows($2: conversation text, once text)
		CROSS JOIN {records} r WHERE r.conversation = k.conversation AND r.once = k.once
	UNION ALL SELECT 1, r.conversation, r.seq, r.once, r.doc FROM rows($3: conversation text, seq bigint)
		CROSS JOIN {records} r WHERE r.conversation = k.conversation AND r.seq = k.seq
	UNION ALL SELECT 2, e.conversation, 0, e.id, e.doc FROM rows($4: id text) CROSS JOIN {enquiries} e WHERE e.id = k.id`

// Keys ask for rows of a table.
type (
	onceKey struct {
		Conversation string `json:"conversation"`
		Once         string `json:"once"`
	}
	idKey struct {
		ID string `json:"id"`
	}
	seqKey struct {
		Conversation string `json:"conversation"`
		Seq          int64  `json:"seq"`
	}
)

// read reads what the steps of slots look for: heads, records by key and Seq, and enquiries.
func (s *Store) read(ctx context.Context, slots []*slot) error {
	a := ask(slots)
	args, err := parameters(a.ids, a.onces, a.seqs, a.enquiries)
	if err != nil {
		return err
	}
	return s.engine.query(ctx, nil, a.scan, readAll, args...)
}

// asked is what the steps of several slots look for, and what is found of it.
type asked struct {
	by        map[string]*slot // by key
	ids       []idKey
	onces     []onceKey
	seqs      []seqKey
	enquiries []idKey
}

// ask collects what slots look for. From now on the slots know what is not found.
func ask(slots []*slot) *asked {
	a := &asked{by: make(map[string]*slot, len(slots)), ids: make([]idKey, 0, len(slots))}
	for _, m := range slots {
		a.by[m.key] = m
		a.ids = append(a.ids, idKey{m.key})
		for _, r := range m.steps {
			a.once(m, r.look.Once)
			a.once(m, r.also)
			for _, seq := range r.look.Records {
				if !slices.Contains(m.loaded.seqs, seq) {
					m.loaded.seqs = append(m.loaded.seqs, seq)
					a.seqs = append(a.seqs, seqKey{m.key, seq})
				}
			}
			a.enquiry(m, r.look.Enquiry)
		}
	}
	return a
}

func (a *asked) once(m *slot, keys []string) {
	for _, key := range keys {
		if key != "" && !slices.Contains(m.loaded.keys, key) {
			m.loaded.keys = append(m.loaded.keys, key)
			a.onces = append(a.onces, onceKey{m.key, textColumn(key)})
		}
	}
}

func (a *asked) enquiry(m *slot, id conversation.EnquiryID) {
	if _, again := m.loaded.olds[id]; id == "" || again {
		return
	}
	if m.loaded.olds == nil {
		m.loaded.olds = map[conversation.EnquiryID]*conversation.Enquiry{}
	}
	m.loaded.olds[id] = nil
	a.enquiries = append(a.enquiries, idKey{textColumn(string(id))})
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
		m.loaded.put(r)
		m.fault(err)
	case enquiryKind:
		e, err := document.ReadEnquiry(*doc)
		m.loaded.olds[e.ID] = e
		m.fault(err)
	}
	return nil
}

// nearby is how many records a slot may have to be read with all of them, rather than those of one lane.
const nearby = 64

// lookAhead reads the next records of lanes, as far as they are not known: those that the slots' steps look for and,
// where there are few, all that are not settled, because work on them will look for them soon.
func (s *Store) lookAhead(ctx context.Context, tx *transaction, slots []*slot) error {
	var asks [conversation.Lanes + 1][]lookAhead
	for _, m := range slots {
		done := m.settled()
		if m.loaded.from <= done {
			continue
		}
		if m.head.Seq-done <= nearby {
			asks[allLanes] = append(asks[allLanes], lookAhead{slot: m, done: done, limit: nearby + 1})
			continue
		}
		for _, l := range []conversation.Lane{conversation.LaneNotify, conversation.LaneDeliver} {
			limit := 0
			for _, r := range m.steps {
				if r.look.Lane == l && m.looksAhead(r.look) {
					limit = max(limit, r.look.Ahead)
				}
			}
			if limit > 0 {
				asks[l] = append(asks[l], lookAhead{slot: m, done: m.head.Lane[l].Done, limit: limit})
			}
		}
	}
	for l, list := range asks {
		if len(list) == 0 {
			continue
		}
		if err := s.engine.ahead(ctx, tx, conversation.Lane(l), list); err != nil {
			return err
		}
	}
	return nil
}

// settled is the Seq up to which nothing is left to be done, and nothing looked for.
func (m *slot) settled() int64 {
	done := m.head.Seq
	for _, l := range []conversation.Lane{conversation.LaneNotify, conversation.LaneDeliver} {
		looked := slices.ContainsFunc(m.steps, func(r *request) bool { return r.look.Lane == l && m.looksAhead(r.look) })
		if k := m.head.Lane[l]; looked || k.Done < k.Last {
			done = min(done, k.Done)
		}
	}
	return done
}

// allLanes asks for records of any lane or none.
const allLanes = conversation.Lanes

// lookAhead asks for the records of a lane after done.
type lookAhead struct {
	slot  *slot
	done  int64
	limit int
	count int // records found
}

// found adds a record of the lane. stamp is the row's at that moment.
func (a *lookAhead) found(l conversation.Lane, stamp int64, r item) error {
	if stamp != a.slot.stamp {
		return errMoved
	}
	a.slot.loaded.put(r)
	if a.count++; l != allLanes {
		a.slot.loaded.ranges[l] = laneRange{from: a.done, to: r.Seq}
	}
	return nil
}

// end says that there were no more records.
func (a *lookAhead) end(l conversation.Lane) {
	known := &a.slot.loaded
	switch {
	case a.count >= a.limit:
	case l == allLanes:
		known.from = min(known.from, a.done)
	default:
		known.ranges[l] = laneRange{from: a.done, to: known.from}
	}
}

// errMoved says that a conversation was changed while it was read.
var errMoved = errors.New("sqlstore: changed while it was read")
