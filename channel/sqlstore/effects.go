package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/sqlstore/internal/document"
)

// effects does what changes ask for beyond their conversations: it counts enquiries to staff, gives numbers and saves
// further enquiries. Then it applies the changes and makes their rows. Rows are locked in one order everywhere:
// conversations, staff, channels, each sorted.
func (s *Store) effects(ctx context.Context, tx *transaction, slots []*slot) error {
	var withEffects []*slot
	for _, m := range slots {
		if m.withEffects != nil && m.open() {
			withEffects = append(withEffects, m)
		}
	}
	if err := s.claim(ctx, tx, withEffects); err != nil {
		return err
	}
	withEffects = slices.DeleteFunc(withEffects, func(m *slot) bool { return !m.open() })
	if err := s.number(ctx, tx, withEffects); err != nil {
		return err
	}
	for _, m := range withEffects {
		m.apply(m.withEffects)
	}
	if err := s.carry(ctx, tx, withEffects); err != nil {
		return err
	}
	for _, m := range withEffects {
		if m.err = m.encode(); m.err != nil {
			return m.err // its number is not to be lost
		}
	}
	return nil
}

// Claims. The upsert returns the load and locks the row.
const (
	lockStaff = `INSERT INTO {staff} (id, load) VALUES ($1, 0) ON CONFLICT (id) DO UPDATE SET load = {staff}.load RETURNING load`
	setStaff  = `UPDATE {staff} SET load = $2 WHERE id = $1`
)

// claim counts enquiries to staff, in the order of the changes. It refuses a change whose claims exceed a capacity.
func (s *Store) claim(ctx context.Context, tx *transaction, withEffects []*slot) error {
	before := map[string]int64{}
	for _, m := range withEffects {
		for _, c := range m.withEffects.Claims {
			before[c.Staff] = 0
		}
	}
	for _, staff := range slices.Sorted(maps.Keys(before)) {
		load := func(rows *sql.Rows) error {
			var n int64
			err := rows.Scan(&n)
			before[staff] = n
			return err
		}
		if err := s.statements.query(ctx, tx, load, lockStaff, textColumn(staff)); err != nil {
			return err
		}
	}
	after := maps.Clone(before)
	for _, m := range withEffects {
		if !grant(after, m.withEffects.Claims) {
			m.err = conversation.ErrCapacity
		}
	}
	for _, staff := range slices.Sorted(maps.Keys(after)) {
		if after[staff] == before[staff] {
			continue
		}
		if _, err := s.statements.exec(ctx, tx, setStaff, textColumn(staff), after[staff]); err != nil {
			return err
		}
	}
	return nil
}

// grant counts claims, all or none.
func grant(load map[string]int64, claims []conversation.Claim) bool {
	for i, c := range claims {
		load[c.Staff] += int64(c.Delta)
		if c.Delta > 0 && c.Capacity > 0 && load[c.Staff] > int64(c.Capacity) {
			for _, undo := range claims[:i+1] {
				load[undo.Staff] -= int64(undo.Delta)
			}
			return false
		}
	}
	for _, c := range claims {
		load[c.Staff] = max(load[c.Staff], 0)
	}
	return true
}

const nextNumbers = `INSERT INTO {channels} (id, last_number) VALUES ($1, $2)
	ON CONFLICT (id) DO UPDATE SET last_number = {channels}.last_number + excluded.last_number
	RETURNING last_number`

// number gives new enquiries the next numbers of their channels.
func (s *Store) number(ctx context.Context, tx *transaction, withEffects []*slot) error {
	by := map[string][]*slot{}
	for _, m := range withEffects {
		if m.withEffects.NeedsNumber() {
			by[m.withEffects.Channel] = append(by[m.withEffects.Channel], m)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		var last int64
		scan := func(rows *sql.Rows) error { return rows.Scan(&last) }
		if err := s.statements.query(ctx, tx, scan, nextNumbers, textColumn(name), len(by[name])); err != nil {
			return err
		}
		for i, m := range by[name] {
			m.withEffects.Numbered(last - int64(len(by[name])) + int64(i) + 1)
		}
	}
	return nil
}

// carry saves the enquiries that changes alter without naming them. An enquiry that is no longer the latest gets the
// counts that only the head had; those of a forgotten visitor become anonymous.
func (s *Store) carry(ctx context.Context, tx *transaction, withEffects []*slot) error {
	for _, m := range withEffects {
		if m.withEffects.Forget {
			if err := s.anonymise(ctx, tx, m); err != nil {
				return err
			}
		}
		past := m.past
		if m.withEffects.Gone {
			past = m.head.Enquiry
		}
		if past == nil || m.then != nil || slices.ContainsFunc(m.saves, func(e *conversation.Enquiry) bool { return e.ID == past.ID }) {
			continue
		}
		e, err := s.enquiry(ctx, tx, past.ID)
		if err != nil {
			return err
		}
		if e != nil {
			m.save(with(e, past))
		}
	}
	return nil
}

// with is the enquiry as it was saved, with what the Head counts without saving it.
func with(e, head *conversation.Enquiry) *conversation.Enquiry {
	row := *e
	row.LastMessageAt, row.Messages = head.LastMessageAt, head.Messages
	return &row
}

// An enquiry's id begins with that of its conversation.
const (
	oneEnquiry  = `SELECT doc FROM {enquiries} WHERE id = $1`
	enquiriesOf = `SELECT doc FROM {enquiries} WHERE id > $1 AND id < $2 AND conversation = $1`
)

func (s *Store) enquiry(ctx context.Context, tx *transaction, id conversation.EnquiryID) (e *conversation.Enquiry, err error) {
	err = s.statements.query(ctx, tx, func(rows *sql.Rows) error {
		var doc string
		if err := rows.Scan(&doc); err != nil {
			return err
		}
		e, err = document.ReadEnquiry(doc)
		return err
	}, oneEnquiry, textColumn(string(id)))
	return e, err
}

func (s *Store) anonymise(ctx context.Context, tx *transaction, m *slot) error {
	err := s.statements.query(ctx, tx, func(rows *sql.Rows) error {
		var doc string
		if err := rows.Scan(&doc); err != nil {
			return err
		}
		e, err := document.ReadEnquiry(doc)
		if err != nil || slices.ContainsFunc(m.saves, func(s *conversation.Enquiry) bool { return s.ID == e.ID }) {
			return err
		}
		m.save(e)
		return nil
	}, enquiriesOf, m.key, m.key+"~")
	for i, e := range m.saves {
		anonymous := e.Anonymous()
		m.saves[i] = &anonymous
	}
	return err
}

const (
	blankRecords     = `UPDATE {records} SET enquiry = NULL, notify = FALSE, deliver = FALSE, doc = NULL WHERE conversation = $1 AND seq <= $2`
	dropRecords      = `DELETE FROM {records} WHERE conversation = $1`
	dropConversation = `DELETE FROM {conversations} WHERE id = $1`
)

// aftermath does what has to follow the rows: it blanks and removes records, and runs the then of a step.
func (s *Store) aftermath(ctx context.Context, tx *transaction, slots []*slot) error {
	slices.SortFunc(slots, func(a, b *slot) int { return cmp.Compare(a.key, b.key) })
	for _, m := range slots {
		if m.withEffects == nil {
			continue
		}
		if m.withEffects.Forget {
			if _, err := s.statements.exec(ctx, tx, blankRecords, m.key, m.withEffects.ForgetTo); err != nil {
				return err
			}
		}
		if m.withEffects.Gone {
			for _, text := range []string{dropRecords, dropConversation} {
				if _, err := s.statements.exec(ctx, tx, text, m.key); err != nil {
					return err
				}
			}
		}
		if m.then != nil {
			if err := m.then(ctx, tx); err != nil {
				return err
			}
		}
	}
	return nil
}
