package sqlstore

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/channel/conversation"
)

// sqlite is the engine for SQLite: one writer at a time, a statement for each row.
//
// Statements that read take turns with transactions that write. SQLite caches pages of the file for each connection, and
// drops them when another connection has written. [sql.DB] hands out the connection that was returned last, so whatever
// takes turns works on the same connection and keeps its pages.
type sqlite struct {
	store *Store
	turn  chan struct{} // holds one while a goroutine uses the database; fairer than the lock of the file
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

// The statements that write a row: SQLite reads parameters faster than JSON. The values come in the order of the columns.
var (
	insertHead   = conversationColumns.without("was").insert("conversations") + ` ON CONFLICT DO NOTHING`
	insertRecord = recordColumns.insert("records") + ` ON CONFLICT DO NOTHING`
	updateRecord = `UPDATE {records} SET ` + changedRecord.set(recordColumns.value) + ` WHERE conversation = $1 AND seq = $2`
	saveEnquiry  = enquiryColumns.insert("enquiries") + onSaved

	// updateHeads are by the lanes whose moment changes, a bit for each: SQLite writes the index of every column that
	// is set, even if its value stays.
	updateHeads = func() (texts [1 << conversation.Lanes]string) {
		for moved := range texts {
			set := changedHead
			for l, name := range nextColumns {
				if moved&(1<<l) == 0 {
					set = set.without(name)
				}
			}
			texts[moved] = `UPDATE {conversations} SET ` + set.set(conversationColumns.value) + ` WHERE id = $1 AND version = ` +
				conversationColumns.value("was")
		}
		return texts
	}()
)

func (q *sqlite) put(ctx context.Context, tx *transaction, slots []*slot) error {
	for _, m := range slots {
		if err := q.putSlot(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

// putSlot writes the records first: one that exists already shows a conflict before anything has to be undone.
func (q *sqlite) putSlot(ctx context.Context, tx *transaction, m *slot) error {
	for i := range m.rows.added {
		n, err := q.exec(ctx, tx, insertRecord, m.rows.added[i].values()...)
		switch {
		case err != nil:
			return err
		case n == 0 && i == 0:
			m.conflicted = true
			return nil
		case n == 0:
			return errConflicted
		}
	}
	n, err := q.putHead(ctx, tx, m)
	if err != nil {
		return err
	}
	if n == 0 {
		if m.conflicted = true; len(m.rows.added) > 0 {
			return errConflicted
		}
		return nil
	}
	for i := range m.rows.changed {
		if _, err := q.exec(ctx, tx, updateRecord, m.rows.changed[i].values()...); err != nil {
			return err
		}
	}
	for i := range m.rows.enquiries {
		if _, err := q.exec(ctx, tx, saveEnquiry, m.rows.enquiries[i].values()...); err != nil {
			return err
		}
	}
	return nil
}

func (q *sqlite) putHead(ctx context.Context, tx *transaction, m *slot) (int64, error) {
	values := m.rows.head.values()
	if m.stamp == 0 {
		return q.exec(ctx, tx, insertHead, values[:len(values)-1]...)
	}
	moved := 0
	for l := range m.next {
		if m.head.Lane[l].Next() != m.next[l] {
			moved |= 1 << l
		}
	}
	return q.exec(ctx, tx, updateHeads[moved], values...)
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

// sqliteClaim finds the conversations of a channel that are due, in order.
var sqliteClaim = forLanes(`SELECT %s, id, version, head FROM {conversations}
	WHERE channel = $1 AND (%s, id) > ($2, $3) AND %s <= $4 ORDER BY %s, id LIMIT $5`)

func (q *sqlite) claim(ctx context.Context, tx *transaction, l conversation.Lane, asks []lookDue) ([]claimed, error) {
	var list []claimed
	for i, a := range asks {
		scan := func(rows *sql.Rows) error {
			got := claimed{ask: i}
			err := rows.Scan(&got.at.next, &got.at.key, &got.stamp, &got.doc)
			list = append(list, got)
			return err
		}
		err := q.query(ctx, tx, scan, sqliteClaim[l], a.channel, a.after.next, a.after.key, a.until, a.limit)
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}
