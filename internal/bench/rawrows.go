package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/sqlstore"
)

// rawRows is an engine's own floor: the rows that the library writes for a message, a conversation's head and a
// record, written into tables and indexes like the library's by statements prepared once, many in a transaction, as
// durably as the library does. It reads nothing, checks nothing and decides nothing, and its documents are ready:
// states of a conversation as one message after the other makes them, so that the engine's log, which leaves out
// what a row has in common with the one before it, is as long. Callers hand a message over and wait until it is
// committed; whichever writer is free takes all that wait.
type rawRows struct {
	d     *database
	db    *sql.DB
	heads []string
	doc   string
	queue chan *rawRow
	ended []chan error
}

// rawRow is a change that waits to be written.
type rawRow struct {
	conversation string
	seq          int64
	due          int64 // next_notify: stays as it is for a message to a lane where others wait
	settles      bool  // only the head: work on a record was done
	alone        bool  // one row of 500 bytes instead
	done         chan error
}

// rawCallers returns a change for each of n callers, who use it again and again.
func rawCallers(n int) []rawRow {
	raw := make([]rawRow, n)
	for w := range raw {
		raw[w].done = make(chan error, 1)
	}
	return raw
}

// rawDue is when work has been due ever since the conversations were made.
const rawDue = 1795767990424150935

const (
	rawBatch = 128 // rows in a transaction at most, as in sqlstore
	rawConv  = 16  // conversations of each caller
)

// newRawRows makes the tables, fills in conversations and starts writers.
func newRawRows(ctx context.Context, d *database, db *sql.DB, heads []string, doc string) (*rawRows, error) {
	if _, err := d.store(ctx, db, "floor_"); err != nil {
		return nil, err
	}
	f := &rawRows{d: d, db: db, heads: heads, doc: doc, queue: make(chan *rawRow, 4*connections)}
	if _, err := db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS floor_single (id BIGINT PRIMARY KEY, doc TEXT NOT NULL)`); err != nil {
		return nil, err
	}
	for w := range connections {
		for k := range rawConv {
			_, err := db.ExecContext(ctx, `INSERT INTO floor_conversations (id, version, channel, enquiry, next_route, next_notify, head)
				VALUES ($1, 1, 'c', $2, $3, $4, $5)`, rawID(w, k), rawID(w, k)+"AAAAAAe1", rawDue, rawDue, heads[0])
			if err != nil {
				return nil, err
			}
		}
	}
	writers := 1
	if d.dialect == sqlstore.PostgreSQL {
		writers = 3
	}
	for range writers {
		ended := make(chan error, 1)
		f.ended = append(f.ended, ended)
		go func() { ended <- f.write(ctx) }()
	}
	return f, nil
}

// rawID is the k-th conversation of a caller: batches never meet in a conversation.
func rawID(w, k int) string { return fmt.Sprintf("conversation%04d%04d", w, k) }

func (f *rawRows) close() error {
	close(f.queue)
	var err error
	for _, ended := range f.ended {
		err = errors.Join(err, <-ended)
	}
	return err
}

// successive returns states of a conversation in the table receive_conversations, each as a message after the one
// before it makes it, of one length: from the hundredth message on.
func successive(ctx context.Context, db *sql.DB, ch *channel.Channel) ([]string, error) {
	const visitor = 1 << 20 // nobody else's
	id := conversation.ID(ch.ID(), visitorID(visitor))
	var list []string
	for i := range 100 + 64 {
		if _, err := ch.Receive(ctx, inbound(visitor, ids.Add(1), 0)); err != nil {
			return nil, err
		}
		if i < 100 {
			continue
		}
		var head string
		if err := db.QueryRowContext(ctx, `SELECT head FROM receive_conversations WHERE id = $1`, id).Scan(&head); err != nil {
			return nil, err
		}
		list = append(list, head)
	}
	return list, nil
}

// add writes a change and waits until it is durable.
func (f *rawRows) add(r *rawRow) error {
	r.seq = ids.Add(1)
	f.queue <- r
	return <-r.done
}

// cycle writes the rows of a full cycle in a conversation, in the three steps that have to follow each other: the
// question, the answer, and that it was sent, which is no record. In each of them work becomes due or is done.
func (f *rawRows) cycle(r *rawRow, conversation string) error {
	r.conversation = conversation
	for step := range 3 {
		r.due, r.settles = ids.Add(1), step == 2
		if err := f.add(r); err != nil {
			return err
		}
	}
	return nil
}

// write is a writer: it takes what waits, in one transaction.
func (f *rawRows) write(ctx context.Context) error {
	conn, err := f.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	put, err := f.statements(ctx, conn)
	for r := range f.queue {
		batch := []*rawRow{r}
	gather:
		for len(batch) < rawBatch {
			select {
			case more, ok := <-f.queue:
				if !ok {
					break gather
				}
				batch = append(batch, more)
			default:
				break gather
			}
		}
		if err == nil {
			err = put(batch)
		}
		for _, r := range batch {
			r.done <- err
		}
	}
	return err
}

const (
	rawHead   = `UPDATE floor_conversations SET version = version + 1, enquiry = $2, head = $3 WHERE id = $1`
	rawMoved  = `UPDATE floor_conversations SET version = version + 1, enquiry = $2, head = $3, next_notify = $4 WHERE id = $1`
	rawRecord = `INSERT INTO floor_records (conversation, seq, once, enquiry, notify, deliver, doc) VALUES ($1, $2, $3, $4, TRUE, FALSE, $5)`
	rawSingle = `INSERT INTO floor_single (id, doc) VALUES ($1, $2)`
	rawAll    = `WITH u AS (UPDATE floor_conversations c SET version = version + 1, enquiry = k.enquiry, next_notify = k.next, head = k.head
		FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) k (id, enquiry, next, head) WHERE c.id = k.id)
		INSERT INTO floor_records (conversation, seq, once, enquiry, notify, deliver, doc)
		SELECT id, seq, once, enquiry, TRUE, FALSE, doc FROM unnest($5::text[], $6::bigint[], $7::text[], $8::text[], $9::text[])
			r (id, seq, once, enquiry, doc)`
	rawSingles = `INSERT INTO floor_single (id, doc) SELECT * FROM unnest($1::bigint[], $2::text[])`
)

var fiveHundred = strings.Repeat("0123456789", 50)

// statements prepares what the engine is best at: a statement for each row in SQLite, one for all in PostgreSQL.
func (f *rawRows) statements(ctx context.Context, conn *sql.Conn) (func([]*rawRow) error, error) {
	var faults []error
	prepare := func(text string) *sql.Stmt {
		st, err := conn.PrepareContext(ctx, text)
		faults = append(faults, err)
		return st
	}
	if f.d.dialect == sqlstore.PostgreSQL {
		all, singles := prepare(rawAll), prepare(rawSingles)
		return func(batch []*rawRow) error { return f.putAtOnce(ctx, all, singles, batch) }, errors.Join(faults...)
	}
	head, moved, record, single := prepare(rawHead), prepare(rawMoved), prepare(rawRecord), prepare(rawSingle)
	return func(batch []*rawRow) error {
		if _, err := conn.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
			return err
		}
		for _, r := range batch {
			if err := f.putOne(ctx, head, moved, record, single, r); err != nil {
				return err
			}
		}
		_, err := conn.ExecContext(ctx, `COMMIT`)
		return err
	}, errors.Join(faults...)
}

func (f *rawRows) putOne(ctx context.Context, head, moved, record, single *sql.Stmt, r *rawRow) error {
	if r.alone {
		_, err := single.ExecContext(ctx, r.seq, fiveHundred)
		return err
	}
	enquiry := r.conversation + "AAAAAAe1"
	if !r.settles {
		if _, err := record.ExecContext(ctx, r.conversation, r.seq, onceOf(r), enquiry, f.doc); err != nil {
			return err
		}
	}
	var err error
	if r.due == rawDue {
		_, err = head.ExecContext(ctx, r.conversation, enquiry, f.headOf(r))
	} else {
		_, err = moved.ExecContext(ctx, r.conversation, enquiry, f.headOf(r), r.due)
	}
	return err
}

func (f *rawRows) putAtOnce(ctx context.Context, all, singles *sql.Stmt, batch []*rawRow) error {
	var conversations, enquiries, heads, said, about, onces, docs, bodies []string
	var dues, seqs, numbers []int64
	for _, r := range batch {
		if r.alone {
			numbers, bodies = append(numbers, r.seq), append(bodies, fiveHundred)
			continue
		}
		enquiry := r.conversation + "AAAAAAe1"
		conversations, enquiries = append(conversations, r.conversation), append(enquiries, enquiry)
		heads, dues = append(heads, f.headOf(r)), append(dues, r.due)
		if !r.settles {
			said, about, docs = append(said, r.conversation), append(about, enquiry), append(docs, f.doc)
			seqs, onces = append(seqs, r.seq), append(onces, onceOf(r))
		}
	}
	var err1, err2 error
	if len(conversations) > 0 {
		_, err1 = all.ExecContext(ctx, conversations, enquiries, dues, heads, said, seqs, onces, about, docs)
	}
	if len(numbers) > 0 {
		_, err2 = singles.ExecContext(ctx, numbers, bodies)
	}
	return errors.Join(err1, err2)
}

func (f *rawRows) headOf(r *rawRow) string { return f.heads[r.seq%int64(len(f.heads))] }

// onceOf is as long as the library's keys.
func onceOf(r *rawRow) string { return fmt.Sprintf("%020d", r.seq) }
