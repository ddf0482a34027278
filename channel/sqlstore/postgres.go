package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/usherchat/usher/channel/conversation"
)

// postgres is the engine for PostgreSQL: a batch is one statement wherever that is possible.
type postgres struct{ store *Store }

// leaders: while one batch waits for the disk, another one is read, changed and sent. More leaders would make the
// batches smaller, and each batch has a cost of its own.
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

// record takes a transaction of several statements only if a change has effects beyond its conversation.
func (p *postgres) record(ctx context.Context, slots []*slot) error {
	if slices.ContainsFunc(slots, func(m *slot) bool { return m.withEffects != nil }) {
		return p.write(ctx, func(tx *transaction) error { return p.store.recordIn(ctx, tx, slots) })
	}
	return p.store.recordIn(ctx, nil, slots)
}

// putAll is the one statement that writes a batch: a round trip and a commit for all its changes.
//
// taken finds the conversations in which another record has a Once key already. A head is written only if no key is
// taken and its row still has the version that the change began with; records and enquiries are written only for the
// heads that were. Rows are locked in the order of their ids, so that two batches hardly ever wait for each other in
// a circle; if they do, PostgreSQL ends one of them, and the Store makes it again.
var putAll = `WITH
taken AS MATERIALIZED (SELECT r.conversation FROM rows($1: conversation text, once text) CROSS JOIN {records} r
	WHERE r.conversation = k.conversation AND r.once = k.once),
kept AS (UPDATE {conversations} c SET ` + changedHead.set(from("k")) + ` FROM ` + conversationColumns.rows(2) + `
	WHERE c.id = k.id AND c.version = k.was AND k.id NOT IN (SELECT conversation FROM taken) RETURNING c.id),
made AS (INSERT INTO {conversations} (` + conversationColumns.without("was").names() + `)
	SELECT ` + conversationColumns.without("was").list(from("k")) + ` FROM ` + conversationColumns.rows(4) + `
	ORDER BY k.id ON CONFLICT DO NOTHING RETURNING id),
done AS MATERIALIZED (SELECT id FROM kept UNION ALL SELECT id FROM made),
added AS (INSERT INTO {records} (` + recordColumns.names() + `)
	SELECT ` + recordColumns.list(from("k")) + ` FROM ` + recordColumns.rows(6) + ` JOIN done ON done.id = k.conversation),
changed AS (UPDATE {records} r SET ` + changedRecord.set(from("k")) + `
	FROM ` + recordColumns.rows(8) + ` JOIN done ON done.id = k.conversation
	WHERE r.conversation = k.conversation AND r.seq = k.seq),
saved AS (INSERT INTO {enquiries} (` + enquiryColumns.names() + `)
	SELECT ` + enquiryColumns.list(from("k")) + ` FROM ` + enquiryColumns.rows(10) + ` JOIN done ON done.id = k.conversation` + onSaved + `)
SELECT id FROM done`

func (p *postgres) put(ctx context.Context, tx *transaction, slots []*slot) error {
	slices.SortFunc(slots, func(a, b *slot) int { return cmp.Compare(a.key, b.key) })
	var b putBatch
	for _, m := range slots {
		m.conflicted = true
		b.add(m)
	}
	args, err := parameters(
		b.keys, b.changedHeads.rows, b.changedHeads.docs, b.addedHeads.rows, b.addedHeads.docs, b.added.rows, b.added.docs,
		b.changed.rows, b.changed.docs, b.saved.rows, b.saved.docs)
	if err != nil {
		return err
	}
	return p.query(ctx, tx, func(rows *sql.Rows) error {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		if i, ok := slices.BinarySearchFunc(slots, id, func(m *slot, id string) int { return cmp.Compare(m.key, id) }); ok {
			slots[i].conflicted = false
		}
		return nil
	}, putAll, args...)
}

// putBatch is what putAll is given.
type putBatch struct {
	keys                     []onceKey
	changedHeads, addedHeads documentRows[conversationRow]
	added, changed           documentRows[recordRow]
	saved                    documentRows[enquiryRow]
}

func (b *putBatch) add(m *slot) {
	b.keys = append(b.keys, m.possiblyTaken()...)
	if m.stamp == 0 {
		b.addedHeads.add(&m.rows.head, m.rows.head.Head)
	} else {
		b.changedHeads.add(&m.rows.head, m.rows.head.Head)
	}
	for i := range m.rows.added {
		b.added.add(&m.rows.added[i], m.rows.added[i].Doc)
	}
	for i := range m.rows.changed {
		b.changed.add(&m.rows.changed[i], m.rows.changed[i].Doc)
	}
	for i := range m.rows.enquiries {
		b.saved.add(&m.rows.enquiries[i], m.rows.enquiries[i].Doc)
	}
}

// documentRows are rows and their documents. The documents are a parameter of their own, one a line: within the JSON
// of the rows each quote would have to be escaped and understood again.
type documentRows[Row any] struct {
	rows []*Row
	docs documents
}

// documents are a parameter.
type documents []string

func (d *documentRows[Row]) add(r *Row, doc string) {
	d.rows, d.docs = append(d.rows, r), append(d.docs, doc)
}

// possiblyTaken are the Once keys that the slot adds without knowing whether another record has them.
func (m *slot) possiblyTaken() (keys []onceKey) {
	for i := range m.rows.added {
		if r := &m.rows.added[i]; m.mayExist && r.Once != nil {
			keys = append(keys, onceKey{r.Conversation, *r.Once})
		}
	}
	return keys
}

// readAhead names the lane's column where %s stands.
const readAhead = `SELECT k.n, COALESCE((SELECT version FROM {conversations} WHERE id = k.conversation), 0),
		r.seq, r.once, r.doc
	FROM rows($1: n bigint, conversation text, done bigint, most bigint)
	CROSS JOIN LATERAL (SELECT seq, once, doc FROM {records}
		WHERE conversation = k.conversation AND seq > k.done AND %s ORDER BY seq LIMIT k.most) r
	ORDER BY k.n, r.seq`

var readLane = [...]string{
	conversation.LaneNotify:  strings.ReplaceAll(readAhead, "%s", "notify"),
	conversation.LaneDeliver: strings.ReplaceAll(readAhead, "%s", "deliver"),
	allLanes:                 strings.ReplaceAll(readAhead, "%s", "TRUE"),
}

func (p *postgres) ahead(ctx context.Context, tx *transaction, l conversation.Lane, asks []lookAhead) error {
	type row struct {
		N            int    `json:"n"`
		Conversation string `json:"conversation"`
		Done         int64  `json:"done"`
		Most         int    `json:"most"`
	}
	list := make([]row, len(asks))
	for i, a := range asks {
		list[i] = row{i, a.slot.key, a.done, a.limit}
	}
	args, err := parameters(list)
	if err != nil {
		return err
	}
	err = p.query(ctx, tx, func(rows *sql.Rows) error {
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
		return asks[n].found(l, stamp, r)
	}, readLane[l], args...)
	for i := range asks {
		asks[i].end(l)
	}
	return err
}

// postgresClaim finds the conversations of several channels that are due, in order, without those that others hold.
var postgresClaim = forLanes(`SELECT k.n, c.next, c.id, c.version, c.head
	FROM rows($1: n bigint, channel text, after bigint, key text, until bigint, most bigint)
	CROSS JOIN LATERAL (SELECT %s AS next, id, version, head FROM {conversations}
		WHERE channel = k.channel AND (%s, id) > (k.after, k.key) AND %s <= k.until
		ORDER BY %s, id LIMIT k.most FOR UPDATE SKIP LOCKED) c
	ORDER BY k.n, c.next, c.id`)

func (p *postgres) claim(ctx context.Context, tx *transaction, l conversation.Lane, asks []lookDue) ([]claimed, error) {
	type row struct {
		N       int    `json:"n"`
		Channel string `json:"channel"`
		After   int64  `json:"after"`
		Key     string `json:"key"`
		Until   int64  `json:"until"`
		Most    int    `json:"most"`
	}
	due := make([]row, len(asks))
	for i, a := range asks {
		due[i] = row{i, a.channel, a.after.next, a.after.key, a.until, a.limit}
	}
	args, err := parameters(due)
	if err != nil {
		return nil, err
	}
	var list []claimed
	err = p.query(ctx, tx, func(rows *sql.Rows) error {
		var got claimed
		err := rows.Scan(&got.ask, &got.at.next, &got.at.key, &got.stamp, &got.doc)
		list = append(list, got)
		return err
	}, postgresClaim[l], args...)
	return list, err
}
