package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/usherchat/usher/channel/conversation"
)

// postgres is the engine for PostgreSQL: a batch is one statement wherever that is possible. Rows come as arrays,
// one for each column.
type postgres struct {
	store   *Store
	careful atomic.Int64 // batches that are still written with a look for Once keys
}

// leaders: while one group waits for the disk, another is read, changed and sent. More of them would make groups
// smaller, and each costs its own.
func (p *postgres) leaders() int { return 2 }

func (p *postgres) query(ctx context.Context, tx *transaction, scan func(*sql.Rows) error, text string, args ...any) error {
	return p.store.statements.query(ctx, tx, scan, text, args...)
}

func (p *postgres) write(ctx context.Context, fn func(tx *transaction) error) error {
	tx, err := p.store.statements.begin(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// record takes a transaction of several statements only if there are effects on others.
func (p *postgres) record(ctx context.Context, slots []*slot) error {
	if slices.ContainsFunc(slots, func(m *slot) bool { return m.special != nil }) {
		return p.write(ctx, func(tx *transaction) error { return p.store.recordIn(ctx, tx, slots) })
	}
	return p.store.recordIn(ctx, nil, slots)
}

const lockHeads = `SELECT id, version FROM {conversations} WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE`

// lock locks all rows in the order of their ids, as every statement here does, so that no two wait for each other.
func (p *postgres) lock(ctx context.Context, tx *transaction, slots []*slot) error {
	by := make(map[string]int64, len(slots))
	ids := make([]string, len(slots))
	for i, m := range slots {
		ids[i] = m.key
	}
	err := p.query(ctx, tx, func(rows *sql.Rows) error {
		var id string
		var stamp int64
		err := rows.Scan(&id, &stamp)
		by[id] = stamp
		return err
	}, lockHeads, texts(ids))
	if err != nil {
		return err
	}
	for _, m := range slots {
		m.met = by[m.key] != m.stamp
	}
	return nil
}

// readHeads and its like read with one statement, so that all of it is of one moment.
const (
	readHeads = `SELECT 0, id, version, NULL, head FROM {conversations} WHERE id = ANY ($1::text[])`
	readOnces = ` UNION ALL SELECT 1, r.conversation, r.seq, r.once, r.doc
		FROM unnest($2::text[], $3::text[]) k (conversation, once)
		CROSS JOIN LATERAL (SELECT * FROM {records} r WHERE r.conversation = k.conversation AND r.once = k.once) r`
	readSeqs = ` UNION ALL SELECT 1, r.conversation, r.seq, r.once, r.doc
		FROM unnest($4::text[], $5::bigint[]) k (conversation, seq)
		CROSS JOIN LATERAL (SELECT * FROM {records} r WHERE r.conversation = k.conversation AND r.seq = k.seq) r`
	readOlds = ` UNION ALL SELECT 2, conversation, 0, id, doc FROM {enquiries} WHERE id = ANY ($6::text[])`
)

func (p *postgres) load(ctx context.Context, slots []*slot) error {
	a := ask(slots)
	cols := make(arrays, 4)
	for _, o := range a.onces {
		cols[0].any(o[0])
		cols[1].any(o[1])
	}
	for _, s := range a.seqs {
		cols[2].any(s[0])
		cols[3].any(s[1])
	}
	args := cols.args([]any{texts(a.ids)})
	text := readHeads + readOnces
	switch {
	case len(a.enquiries) > 0:
		return p.query(ctx, nil, a.scan, text+readSeqs+readOlds, append(args, texts(a.enquiries))...)
	case len(a.seqs) > 0:
		return p.query(ctx, nil, a.scan, text+readSeqs, args...)
	default:
		return p.query(ctx, nil, a.scan, text, args[:3]...)
	}
}

// readAhead names the lane's column where %s stands.
const readAhead = `SELECT k.n, COALESCE((SELECT version FROM {conversations} WHERE id = k.conversation), 0),
		r.seq, r.once, r.doc
	FROM unnest($1::text[], $2::bigint[], $3::bigint[]) WITH ORDINALITY k (conversation, done, most, n)
	CROSS JOIN LATERAL (SELECT seq, once, doc FROM {records}
		WHERE conversation = k.conversation AND seq > k.done AND %s ORDER BY seq LIMIT k.most) r
	ORDER BY k.n, r.seq`

var readLane = [...]string{
	conversation.LaneNotify:  strings.ReplaceAll(readAhead, "%s", "notify"),
	conversation.LaneDeliver: strings.ReplaceAll(readAhead, "%s", "deliver"),
	allLanes:                 strings.ReplaceAll(readAhead, "%s", "TRUE"),
}

func (p *postgres) ahead(ctx context.Context, tx *transaction, l conversation.Lane, asks []lookAhead) error {
	cols := make(arrays, 3)
	for i := range asks {
		cols[0].text(asks[i].slot.key)
		cols[1].number(asks[i].done)
		cols[2].number(int64(asks[i].limit))
	}
	err := p.query(ctx, tx, func(rows *sql.Rows) error {
		var n int
		var stamp, seq int64
		var once, doc *string
		if err := rows.Scan(&n, &stamp, &seq, &once, &doc); err != nil {
			return err
		}
		r, err := decodeRecord(seq, once, doc)
		if err != nil {
			return err
		}
		return asks[n-1].found(l, stamp, r)
	}, readLane[l], cols.args(nil)...)
	for i := range asks {
		asks[i].end(l)
	}
	return err
}
