package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/channel/conversation"
)

// sqlite is the engine for SQLite: one writer at a time, a statement for each row.
//
// What reads takes turns with what writes. SQLite keeps pages for each connection and drops them all once another has
// written; [sql.DB] hands out the connection that was given back last, so that those who take turns keep theirs.
type sqlite struct {
	store *Store
	turn  chan struct{} // holds one while somebody uses the database; fairer than the file's lock
}

func newSQLite(s *Store) *sqlite { return &sqlite{store: s, turn: make(chan struct{}, 1)} }

// take waits for a turn, which give ends.
func (q *sqlite) take(ctx context.Context) error {
	select {
	case q.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (q *sqlite) give() { <-q.turn }

// leaders: there is one writer.
func (q *sqlite) leaders() int { return 1 }

// query runs a statement, in a turn of its own if it is in no transaction.
func (q *sqlite) query(ctx context.Context, tx *transaction, scan func(*sql.Rows) error, text string, args ...any) error {
	if tx == nil {
		if err := q.take(ctx); err != nil {
			return err
		}
		defer q.give()
	}
	return q.store.statements.query(ctx, tx, scan, text, args...)
}

func (q *sqlite) exec(ctx context.Context, tx *transaction, text string, args ...any) (int64, error) {
	return q.store.statements.exec(ctx, tx, text, args...)
}

func jsonList[T any](list []T) (string, error) {
	b, err := json.Marshal(list)
	return string(b), err
}

// takeWriter is the first statement of a transaction: it touches no row, but takes the file's write lock before
// anything is read, as BEGIN IMMEDIATE does.
const takeWriter = `UPDATE {meta} SET version = version WHERE FALSE`

func (q *sqlite) write(ctx context.Context, fn func(tx *transaction) error) error {
	if err := q.take(ctx); err != nil {
		return err
	}
	defer q.give()
	tx, err := q.begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// begin starts a transaction that may write. It waits for other processes longer than the driver may do.
func (q *sqlite) begin(ctx context.Context) (*transaction, error) {
	for {
		tx, err := q.store.statements.begin(ctx, nil)
		if err != nil {
			return nil, err
		}
		_, err = q.exec(ctx, tx, takeWriter)
		if err == nil {
			return tx, nil
		}
		_ = tx.Rollback()
		if !busy(err) {
			return nil, err
		}
		pause := clock.New().Timer(time.Duration(1+rand.IntN(10)) * time.Millisecond) //nolint:gosec // not a secret
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return nil, err
		}
	}
}

func (q *sqlite) record(ctx context.Context, slots []*slot) error {
	return q.write(ctx, func(tx *transaction) error { return q.store.recordIn(ctx, tx, slots) })
}

const stampOf = `SELECT version FROM {conversations} WHERE id = $1`

// lock only compares: nobody else writes now. Slots without effects are compared as they are written.
func (q *sqlite) lock(ctx context.Context, tx *transaction, slots []*slot) error {
	for _, m := range slots {
		if m.special == nil {
			continue
		}
		var stamp int64
		scan := func(rows *sql.Rows) error { return rows.Scan(&stamp) }
		if err := q.query(ctx, tx, scan, stampOf, m.key); err != nil {
			return err
		}
		m.met = stamp != m.stamp
	}
	return nil
}

const (
	addRecord = `INSERT INTO {records} (conversation, seq, once, enquiry, notify, deliver, doc)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`
	changeRecord = `UPDATE {records} SET enquiry = $3, notify = $4, deliver = $5, doc = $6
		WHERE conversation = $1 AND seq = $2`
	addHead = `INSERT INTO {conversations} (id, version, channel, enquiry, next_route, next_wait, next_notify,
		next_deliver, next_channel, head) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`
	changeHead  = `UPDATE {conversations} SET version = $3, enquiry = $4, head = $5%s WHERE id = $1 AND version = $2`
	saveEnquiry = `INSERT INTO {enquiries} (id, conversation, channel, number, visitor, status, staff, opened_at,
		accepted_at, first_reply_at, missed_at, closed_at, follow_up, first_seq, doc)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (id) DO UPDATE SET number = excluded.number, visitor = excluded.visitor,
		status = excluded.status, staff = excluded.staff, opened_at = excluded.opened_at,
		accepted_at = excluded.accepted_at, first_reply_at = excluded.first_reply_at,
		missed_at = excluded.missed_at, closed_at = excluded.closed_at, follow_up = excluded.follow_up,
		doc = excluded.doc`
)

func (q *sqlite) put(ctx context.Context, tx *transaction, slots []*slot) error {
	for _, m := range slots {
		if err := q.putSlot(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

// putSlot writes the records first: one that is there already shows that the change met another before anything
// has to be undone.
func (q *sqlite) putSlot(ctx context.Context, tx *transaction, m *slot) error {
	for i := range m.rows.added {
		r := &m.rows.added[i]
		n, err := q.exec(ctx, tx, addRecord, m.key, r.seq, r.once, r.enquiry, r.notify, r.deliver, r.doc)
		switch {
		case err != nil:
			return err
		case n == 0 && i == 0:
			m.met = true
			return nil
		case n == 0:
			return errMet
		}
	}
	n, err := q.putHead(ctx, tx, m)
	if err != nil {
		return err
	}
	if n == 0 {
		if m.met = true; len(m.rows.added) > 0 {
			return errMet
		}
		return nil
	}
	for i := range m.rows.changed {
		r := &m.rows.changed[i]
		if _, err := q.exec(ctx, tx, changeRecord, m.key, r.seq, r.enquiry, r.notify, r.deliver, r.doc); err != nil {
			return err
		}
	}
	for i := range m.rows.enquiries {
		e := &m.rows.enquiries[i]
		_, err := q.exec(ctx, tx, saveEnquiry, e.id, m.key, e.channel, e.number, e.visitor, e.status, e.staff, e.opened,
			e.accepted, e.replied, e.missed, e.closed, e.followUp, e.first, e.doc)
		if err != nil {
			return err
		}
	}
	return nil
}

func (q *sqlite) putHead(ctx context.Context, tx *transaction, m *slot) (int64, error) {
	r := m.rows
	if m.stamp == 0 {
		return q.exec(ctx, tx, addHead, m.key, r.stamp, r.channel, r.enquiry,
			r.next[0], r.next[1], r.next[2], r.next[3], r.next[4], r.head)
	}
	args := make([]any, 0, 5+len(r.next))
	args = append(args, m.key, m.stamp, r.stamp, r.enquiry, r.head)
	moved := 0
	for l, next := range r.next {
		if m.head.Lane[l].Next() != m.next[l] {
			moved |= 1 << l
			args = append(args, next)
		}
	}
	return q.exec(ctx, tx, changeHeads[moved], args...)
}

// changeHeads are the statements by the lanes whose moment changes, a bit for each: SQLite writes the index of every
// column that is set, even to what it is.
var changeHeads = func() (texts [1 << conversation.Lanes]string) {
	for moved := range texts {
		var set strings.Builder
		n := 5
		for l, col := range nextColumns {
			if moved&(1<<l) != 0 {
				n++
				fmt.Fprintf(&set, ", %s = $%d", col, n)
			}
		}
		texts[moved] = strings.Replace(changeHead, "%s", set.String(), 1)
	}
	return texts
}()

// readSlots reads with one statement, so that all of it is of one moment.
var readSlots = [...]string{
	`SELECT 0, id, version, NULL, head FROM {conversations} WHERE id IN (SELECT value FROM json_each($1))`,
	` UNION ALL SELECT 1, r.conversation, r.seq, r.once, r.doc FROM json_each($2) k CROSS JOIN {records} r
		ON r.conversation = json_extract(k.value, '$[0]') AND r.once = json_extract(k.value, '$[1]')`,
	` UNION ALL SELECT 1, r.conversation, r.seq, r.once, r.doc FROM json_each($3) k CROSS JOIN {records} r
		ON r.conversation = json_extract(k.value, '$[0]') AND r.seq = json_extract(k.value, '$[1]')`,
	` UNION ALL SELECT 2, e.conversation, 0, e.id, e.doc FROM json_each($4) k CROSS JOIN {enquiries} e
		ON e.id = k.value`,
}

func (q *sqlite) load(ctx context.Context, slots []*slot) error {
	asked := ask(slots)
	var args []any
	for _, list := range []any{asked.ids, asked.onces, asked.seqs, asked.enquiries} {
		b, err := json.Marshal(list)
		if err != nil {
			return err
		}
		args = append(args, string(b))
	}
	return q.query(ctx, nil, asked.scan, readSlots[0]+readSlots[1]+readSlots[2]+readSlots[3], args...)
}

var aheadOf = [...]string{
	conversation.LaneNotify:  recordsAhead("notify"),
	conversation.LaneDeliver: recordsAhead("deliver"),
	allLanes:                 recordsAhead("TRUE"),
}

func recordsAhead(lane string) string {
	return `SELECT COALESCE((SELECT version FROM {conversations} WHERE id = $1), 0), seq, once, doc FROM {records}
		WHERE conversation = $1 AND seq > $2 AND ` + lane + ` ORDER BY seq LIMIT $3`
}

func (q *sqlite) ahead(ctx context.Context, tx *transaction, l conversation.Lane, asks []lookAhead) error {
	for i := range asks {
		a := &asks[i]
		scan := func(rows *sql.Rows) error {
			var stamp, seq int64
			var once, doc *string
			if err := rows.Scan(&stamp, &seq, &once, &doc); err != nil {
				return err
			}
			r, err := decodeRecord(seq, once, doc)
			if err != nil {
				return err
			}
			return a.found(l, stamp, r)
		}
		if err := q.query(ctx, tx, scan, aheadOf[l], a.slot.key, a.done, a.limit); err != nil {
			return err
		}
		a.end(l)
	}
	return nil
}
