package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// The parts of the statement that writes a batch. A head is written only if it still has the stamp that the change
// began with, and the rest only for the heads that were: locking and comparing a row costs nothing beside writing
// it. Rows come in the order of their ids, so that two batches hardly ever wait for each other in a circle; if they
// do, the database ends one of them, and it is made again.
//
// The longest parameters come first, because drivers gather all of them in a buffer that grows.
const (
	headRows = `unnest(string_to_array($1, E'\n'), $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::text[],
		$8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[])
		k (head, id, was, version, channel, enquiry, next_route, next_wait, next_notify, next_deliver, next_channel)`
	putHeads = ` AS (UPDATE {conversations} c SET version = k.version, enquiry = k.enquiry, next_route = k.next_route,
		next_wait = k.next_wait, next_notify = k.next_notify, next_deliver = k.next_deliver,
		next_channel = k.next_channel, head = k.head
		FROM ` + headRows + ` WHERE c.id = k.id AND c.version = k.was`
	putTaken    = ` AND k.id NOT IN (SELECT conversation FROM taken)`
	putReturned = ` RETURNING c.id)`
	putNew      = `,
	made AS (INSERT INTO {conversations} (id, version, channel, enquiry, next_route, next_wait, next_notify,
		next_deliver, next_channel, head)
		SELECT id, version, channel, enquiry, next_route, next_wait, next_notify, next_deliver, next_channel, head
		FROM ` + headRows + ` WHERE was = 0 ORDER BY id ON CONFLICT DO NOTHING RETURNING id),
	done AS MATERIALIZED (SELECT id FROM kept UNION ALL SELECT id FROM made)`
	putRecords = `,
	a AS (INSERT INTO {records} (conversation, seq, once, enquiry, notify, deliver, doc)
		SELECT r.* FROM unnest($13::text[], $14::bigint[], $15::text[], $16::text[], $17::boolean[], $18::boolean[],
			string_to_array($2, E'\n')) r (conversation, seq, once, enquiry, notify, deliver, doc)
			JOIN done ON done.id = r.conversation)`
	putDone = `
	SELECT id FROM unnest($3::text[]) k (id) WHERE id NOT IN (SELECT id FROM done)`
)

// Parts that are not always needed: their parameters are numbered as they come.
const (
	lookTaken = `taken AS MATERIALIZED (SELECT k.conversation FROM unnest(?::text[], ?::text[]) k (conversation, once)
		CROSS JOIN LATERAL (SELECT FROM {records} o WHERE o.conversation = k.conversation AND o.once = k.once) o),
	`
	putChanged = `,
	g AS (UPDATE {records} o SET enquiry = k.enquiry, notify = k.notify, deliver = k.deliver, doc = k.doc
		FROM unnest(string_to_array(?, E'\n'), ?::text[], ?::bigint[], ?::text[], ?::boolean[], ?::boolean[])
			k (doc, conversation, seq, enquiry, notify, deliver) JOIN done ON done.id = k.conversation
		WHERE o.conversation = k.conversation AND o.seq = k.seq)`
	putEnquiries = `,
	e AS (INSERT INTO {enquiries} (doc, conversation, id, channel, number, visitor, status, staff, opened_at, accepted_at,
		first_reply_at, missed_at, closed_at, follow_up, first_seq)
		SELECT k.* FROM unnest(string_to_array(?, E'\n'), ?::text[], ?::text[], ?::text[], ?::bigint[], ?::text[],
			?::text[], ?::text[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::boolean[],
			?::bigint[]) k (doc, conversation, id, channel, number, visitor, status, staff, opened_at, accepted_at,
			first_reply_at, missed_at, closed_at, follow_up, first_seq) JOIN done ON done.id = k.conversation
		ON CONFLICT (id) DO UPDATE SET number = excluded.number, visitor = excluded.visitor,
			status = excluded.status, staff = excluded.staff, opened_at = excluded.opened_at,
			accepted_at = excluded.accepted_at, first_reply_at = excluded.first_reply_at,
			missed_at = excluded.missed_at, closed_at = excluded.closed_at, follow_up = excluded.follow_up,
			doc = excluded.doc)`
)

// putParts says which parts a statement has.
type putParts struct{ taken, made, changed, saves bool }

// putTexts are the statements of all combinations.
var putTexts = func() map[putParts]string {
	all := map[putParts]string{}
	for i := range 16 {
		p := putParts{i&1 != 0, i&2 != 0, i&4 != 0, i&8 != 0}
		all[p] = p.text()
	}
	return all
}()

func (p putParts) text() string {
	var text strings.Builder
	n := 18 // parameters that are always there
	add := func(yes bool, part string) {
		if !yes {
			return
		}
		for before, after, more := strings.Cut(part, "?"); ; before, after, more = strings.Cut(after, "?") {
			text.WriteString(before)
			if !more {
				return
			}
			n++
			text.WriteString("$" + strconv.Itoa(n))
		}
	}
	add(true, "WITH ")
	add(p.taken, lookTaken)
	add(p.made, "kept")
	add(!p.made, "done")
	add(true, putHeads)
	add(p.taken, putTaken)
	add(true, putReturned)
	add(p.made, putNew)
	add(true, putRecords)
	add(p.changed, putChanged)
	add(p.saves, putEnquiries)
	add(true, putDone)
	return text.String()
}

// putBatch is what is given to the statement of a batch.
type putBatch struct {
	heads, added, changed, saves                documentList
	head, record, taken, changedRecord, enquiry arrays
	made                                        bool
}

// putBatches holds those that are not used: their buffers have grown as far as they have to.
var putBatches = sync.Pool{New: func() any {
	return &putBatch{
		head: make(arrays, 10), record: make(arrays, 6), taken: make(arrays, 2),
		changedRecord: make(arrays, 5), enquiry: make(arrays, 14),
	}
}}

// put looks for Once keys that might be there already only if writing without that has failed, which is rare. Then
// it goes on looking for a while.
func (p *postgres) put(ctx context.Context, tx *transaction, slots []*slot) error {
	slices.SortFunc(slots, func(a, b *slot) int { return cmp.Compare(a.key, b.key) })
	b := putBatches.Get().(*putBatch)
	defer b.free()
	for _, m := range slots {
		b.slot(m)
	}
	careful := len(b.taken[0].b) > 0 && (tx != nil || p.careful.Load() > 0)
	err := p.putBatch(ctx, tx, slots, b, careful)
	switch {
	case err == nil && careful:
		p.careful.Add(-1)
	case err != nil && !careful && tx == nil && len(b.taken[0].b) > 0 && ofStatement(err):
		p.careful.Store(carefulFor)
		err = p.putBatch(ctx, tx, slots, b, true)
	}
	return err
}

// carefulFor is how many batches are written with a look for Once keys after it was necessary.
const carefulFor = 64

func (p *postgres) putBatch(ctx context.Context, tx *transaction, slots []*slot, b *putBatch, careful bool) error {
	for _, m := range slots {
		m.met = false
	}
	text, args := b.statement(careful)
	return p.query(ctx, tx, func(rows *sql.Rows) error {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		if i, ok := slices.BinarySearchFunc(slots, id, func(m *slot, id string) int { return cmp.Compare(m.key, id) }); ok {
			slots[i].met = true
		}
		return nil
	}, text, args...)
}

func (b *putBatch) slot(m *slot) {
	r, h := m.rows, b.head
	b.made = b.made || m.stamp == 0
	b.heads.add(r.head)
	h[0].text(m.key)
	h[1].number(m.stamp)
	h[2].number(r.stamp)
	h[3].text(r.channel)
	h[4].any(r.enquiry)
	for l, next := range r.next {
		h[5+l].any(next)
	}
	for i := range r.added {
		a, to := &r.added[i], b.record
		b.added.add(a.doc)
		to[0].text(m.key)
		to[1].number(a.seq)
		to[2].any(a.once)
		to[3].any(a.enquiry)
		to[4].truth(a.notify)
		to[5].truth(a.deliver)
		if m.unsure && a.once != nil {
			b.taken[0].text(m.key)
			b.taken[1].any(a.once)
		}
	}
	for i := range r.changed {
		c, to := &r.changed[i], b.changedRecord
		b.changed.add(c.doc)
		to[0].text(m.key)
		to[1].number(c.seq)
		to[2].any(c.enquiry)
		to[3].truth(c.notify)
		to[4].truth(c.deliver)
	}
	for i := range r.enquiries {
		b.save(m.key, &r.enquiries[i])
	}
}

func (b *putBatch) save(key string, e *enquiryRow) {
	b.saves.add(e.doc)
	to := b.enquiry
	for i, s := range []string{key, e.id, e.channel} {
		to[i].text(s)
	}
	to[3].number(e.number)
	for i, s := range []string{e.visitor, e.status, e.staff} {
		to[4+i].text(s)
	}
	to[7].number(e.opened)
	for i, at := range []any{e.accepted, e.replied, e.missed, e.closed} {
		to[8+i].any(at)
	}
	to[12].truth(e.followUp)
	to[13].number(e.first)
}

// statement returns the statement that writes the batch, and its arguments.
func (b *putBatch) statement(careful bool) (string, []any) {
	parts := putParts{
		taken: careful, made: b.made, changed: len(b.changed.b) > 0, saves: len(b.saves.b) > 0,
	}
	args := make([]any, 0, 48)
	args = append(args, b.heads.String(), b.added.String())
	args = b.head.args(args)
	args = b.record.args(args)
	if parts.taken {
		args = b.taken.args(args)
	}
	if parts.changed {
		args = b.changedRecord.args(append(args, b.changed.String()))
	}
	if parts.saves {
		args = b.enquiry.args(append(args, b.saves.String()))
	}
	return putTexts[parts], args
}

// free gives the batch back.
func (b *putBatch) free() {
	size := 0
	for _, d := range []*documentList{&b.heads, &b.added, &b.changed, &b.saves} {
		size += cap(d.b)
		d.b = d.b[:0]
	}
	for _, list := range []arrays{b.head, b.record, b.taken, b.changedRecord, b.enquiry} {
		for i := range list {
			size += cap(list[i].b)
			list[i].b = list[i].b[:0]
		}
	}
	if b.made = false; size <= 1<<20 {
		putBatches.Put(b)
	}
}
