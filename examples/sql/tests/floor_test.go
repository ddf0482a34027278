package tests_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/usherchat/usher/channel/sqlstore"
)

// floor writes the rows of recorded messages again, as they are, with as little as possible in between: the head of
// a conversation updated and a record inserted, batch by batch, each batch a transaction.
type floor struct {
	tb    testing.TB
	db    *sql.DB
	place place
	heads []headRow
	docs  []recordRow
	mu    sync.Mutex
	seq   int64

	statements [2]*sql.Stmt
}

type headRow struct{ id, head, enquiry string }

type recordRow struct{ conversation, once, enquiry, doc string }

// newFloor takes rows from the tables of a store that has recorded messages, and makes tables of its own, with the
// same columns and indexes and the same conversations.
func newFloor(tb testing.TB, from, to place, db *sql.DB) *floor {
	tb.Helper()
	to.storeOn(tb, db)
	f := &floor{tb: tb, db: db, place: to, seq: 1 << 20}
	f.scan(`SELECT id, head, enquiry FROM `+from.table("conversations")+` WHERE enquiry IS NOT NULL LIMIT 1000`, func(rows *sql.Rows) error {
		var h headRow
		err := rows.Scan(&h.id, &h.head, &h.enquiry)
		f.heads = append(f.heads, h)
		return err
	})
	f.scan(`SELECT conversation, once, enquiry, doc FROM `+from.table("records")+` WHERE once IS NOT NULL ORDER BY seq DESC LIMIT 1000`, func(rows *sql.Rows) error {
		var r recordRow
		err := rows.Scan(&r.conversation, &r.once, &r.enquiry, &r.doc)
		f.docs = append(f.docs, r)
		return err
	})
	f.run(`INSERT INTO ` + to.table("conversations") + ` SELECT * FROM ` + from.table("conversations"))
	return f
}

func (p place) table(name string) string {
	if p.prefix == "" {
		return sqlstore.DefaultPrefix + name
	}
	return p.prefix + name
}

func (f *floor) run(text string) {
	f.tb.Helper()
	if _, err := f.db.Exec(text); err != nil {
		f.tb.Fatal(err)
	}
}

func (f *floor) scan(text string, fn func(*sql.Rows) error) {
	f.tb.Helper()
	rows, err := f.db.Query(text)
	if err != nil {
		f.tb.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			f.tb.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		f.tb.Fatal(err)
	}
}

// next is what the next batch writes: for each row the number of the message.
func (f *floor) next(size int) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seq += int64(size)
	return f.seq - int64(size)
}

const (
	rawHead = `UPDATE %s SET version = version + 1, enquiry = $2, next_route = $3, next_wait = NULL, next_notify = $4,
		next_deliver = NULL, next_channel = NULL, head = $5 WHERE id = $1`
	rawRecord = `INSERT INTO %s (conversation, seq, once, enquiry, notify, deliver, doc) VALUES ($1, $2, $3, $4, TRUE, FALSE, $5)`

	rawHeads = `UPDATE %s c SET version = version + 1, enquiry = k.enquiry, next_route = k.route, next_wait = NULL,
		next_notify = k.notify, next_deliver = NULL, next_channel = NULL, head = k.head
		FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[]) k (id, enquiry, route, notify, head)
		WHERE c.id = k.id`
	rawRecords = `INSERT INTO %s (conversation, seq, once, enquiry, notify, deliver, doc)
		SELECT k.conversation, k.seq, k.once, k.enquiry, TRUE, FALSE, k.doc
		FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[]) k (conversation, seq, once, enquiry, doc)`
)

// write has callers hand over count rows, each waiting until its row is durable before it hands over the next.
// Several writers write whatever has gathered, each batch a transaction: a group commit without anything else.
func (f *floor) write(callers, writers, count int) error {
	statements, batch, err := f.prepare()
	if err != nil {
		return err
	}
	queue := make(chan chan error, callers)
	var writing, calling sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for first := range queue {
				waiting := []chan error{first}
				for len(waiting) < callers && len(queue) > 0 {
					if next, ok := <-queue; ok {
						waiting = append(waiting, next)
					}
				}
				tx, err := f.db.BeginTx(context.Background(), nil)
				if err == nil {
					err = batch(tx, statements, w, writers, len(waiting))
				}
				if err == nil {
					err = tx.Commit()
				}
				for _, done := range waiting {
					done <- err
				}
			}
		})
	}
	var failed atomic.Pointer[error]
	for c := range callers {
		calling.Go(func() {
			done := make(chan error, 1)
			for n := c; n < count; n += callers {
				queue <- done
				if err := <-done; err != nil {
					failed.Store(&err)
					return
				}
			}
		})
	}
	calling.Wait()
	close(queue)
	writing.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// bulk writes count rows in batches of a size, one after the other, and nobody waits for a row.
func (f *floor) bulk(size, count int) error {
	statements, batch, err := f.prepare()
	if err != nil {
		return err
	}
	for n := 0; n < count; n += size {
		tx, err := f.db.BeginTx(context.Background(), nil)
		if err == nil {
			err = batch(tx, statements, 0, 1, size)
		}
		if err == nil {
			err = tx.Commit()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type writeBatch func(tx *sql.Tx, statements [2]*sql.Stmt, writer, writers, size int) error

// prepare prepares the statements, once.
func (f *floor) prepare() ([2]*sql.Stmt, writeBatch, error) {
	heads, records := f.place.table("conversations"), f.place.table("records")
	texts := [2]string{fmt.Sprintf(rawHead, heads), fmt.Sprintf(rawRecord, records)}
	batch := f.rows
	if f.place.dialect == sqlstore.PostgreSQL {
		texts = [2]string{fmt.Sprintf(rawHeads, heads), fmt.Sprintf(rawRecords, records)}
		batch = f.arrays
	}
	for i, text := range texts {
		if f.statements[i] != nil {
			continue
		}
		var err error
		if f.statements[i], err = f.db.Prepare(text); err != nil {
			return f.statements, nil, err
		}
	}
	return f.statements, batch, nil
}

// rows writes a batch row by row.
func (f *floor) rows(tx *sql.Tx, statements [2]*sql.Stmt, _, _, size int) error {
	first := f.next(size)
	up, in := tx.Stmt(statements[0]), tx.Stmt(statements[1])
	for n := first; n < first+int64(size); n++ {
		h, r := f.heads[n%int64(len(f.heads))], f.docs[n%int64(len(f.docs))]
		if _, err := up.Exec(h.id, h.enquiry, n, n, h.head); err != nil {
			return err
		}
		if _, err := in.Exec(h.id, n, fmt.Sprintf("%s%d", r.once[:10], n), r.enquiry, r.doc); err != nil {
			return err
		}
	}
	return nil
}

// arrays writes a batch with two statements. Writers keep to conversations of their own, so that they need not wait
// for each other.
func (f *floor) arrays(tx *sql.Tx, statements [2]*sql.Stmt, writer, writers, size int) error {
	first := f.next(size)
	var cols [10]strings.Builder
	for n := first; n < first+int64(size); n++ {
		h, r := f.heads[(n*int64(writers)+int64(writer))%int64(len(f.heads))], f.docs[n%int64(len(f.docs))]
		for i, text := range []string{
			h.id, h.enquiry, fmt.Sprint(n), fmt.Sprint(n), h.head,
			h.id, fmt.Sprint(n), fmt.Sprintf("%s%d", r.once[:10], n), r.enquiry, r.doc,
		} {
			if n > first {
				cols[i].WriteByte(',')
			}
			cols[i].WriteByte('"')
			_, _ = quote.WriteString(&cols[i], text)
			cols[i].WriteByte('"')
		}
	}
	var args [10]any
	for i := range cols {
		args[i] = "{" + cols[i].String() + "}"
	}
	if _, err := tx.Stmt(statements[0]).Exec(args[:5]...); err != nil {
		return err
	}
	_, err := tx.Stmt(statements[1]).Exec(args[5:]...)
	return err
}

var quote = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
