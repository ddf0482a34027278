package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
)

// The parts of the statement that writes a batch. Heads are locked in the order of their ids and written only if
// they still have the stamp that the change began with; the rest is written for the heads that were.
const (
	putHeads = `WITH h AS MATERIALIZED (SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[],
		$6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::text[])
		h (id, was, version, channel, enquiry, next_route, next_wait, next_notify, next_deliver, next_channel, head)),
	r AS MATERIALIZED (SELECT * FROM unnest($12::text[], $13::bigint[], $14::text[], $15::text[], $16::boolean[],
		$17::boolean[], $18::text[]) r (conversation, seq, once, enquiry, notify, deliver, doc)),
	locked AS MATERIALIZED (
		SELECT id, version FROM {conversations} WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE),
	taken AS MATERIALIZED (SELECT r.conversation FROM r CROSS JOIN LATERAL (
		SELECT FROM {records} o WHERE o.conversation = r.conversation AND o.once = r.once) o),
	kept AS MATERIALIZED (SELECT h.* FROM h JOIN locked l ON l.id = h.id AND l.version = h.was
		WHERE h.id NOT IN (SELECT conversation FROM taken)),
	u AS (UPDATE {conversations} c SET version = k.version, enquiry = k.enquiry, next_route = k.next_route,
		next_wait = k.next_wait, next_notify = k.next_notify, next_deliver = k.next_deliver,
		next_channel = k.next_channel, head = k.head FROM kept k WHERE c.id = k.id)`
	putNew = `,
	made AS (INSERT INTO {conversations} (id, version, channel, enquiry, next_route, next_wait, next_notify,
		next_deliver, next_channel, head)
		SELECT id, version, channel, enquiry, next_route, next_wait, next_notify, next_deliver, next_channel, head
		FROM h WHERE was = 0 ORDER BY id ON CONFLICT DO NOTHING RETURNING id),
	done AS MATERIALIZED (SELECT id FROM kept UNION ALL SELECT id FROM made)`
	putOld = `,
	done AS MATERIALIZED (SELECT id FROM kept)`
	putRecords = `,
	a AS (INSERT INTO {records} (conversation, seq, once, enquiry, notify, deliver, doc)
		SELECT r.* FROM r JOIN done ON done.id = r.conversation)`
	putChanged = `,
	g AS (UPDATE {records} o SET enquiry = k.enquiry, notify = k.notify, deliver = k.deliver, doc = k.doc
		FROM unnest($19::text[], $20::bigint[], $21::text[], $22::text[], $23::boolean[], $24::boolean[], $25::text[])
			k (conversation, seq, once, enquiry, notify, deliver, doc) JOIN done ON done.id = k.conversation
		WHERE o.conversation = k.conversation AND o.seq = k.seq)`
	putEnquiries = `,
	e AS (INSERT INTO {enquiries} (conversation, id, channel, number, visitor, status, staff, opened_at, accepted_at,
		first_reply_at, missed_at, closed_at, follow_up, first_seq, doc)
		SELECT k.* FROM unnest($26::text[], $27::text[], $28::text[], $29::bigint[], $30::text[], $31::text[],
			$32::text[], $33::bigint[], $34::bigint[], $35::bigint[], $36::bigint[], $37::bigint[], $38::boolean[],
			$39::bigint[], $40::text[]) k (conversation, id, channel, number, visitor, status, staff, opened_at,
			accepted_at, first_reply_at, missed_at, closed_at, follow_up, first_seq, doc)
			JOIN done ON done.id = k.conversation
		ON CONFLICT (id) DO UPDATE SET number = excluded.number, visitor = excluded.visitor,
			status = excluded.status, staff = excluded.staff, opened_at = excluded.opened_at,
			accepted_at = excluded.accepted_at, first_reply_at = excluded.first_reply_at,
			missed_at = excluded.missed_at, closed_at = excluded.closed_at, follow_up = excluded.follow_up,
			doc = excluded.doc)`
	putDone = `
	SELECT id FROM done`
)

// How many arrays each of them takes.
const (
	headColumns    = 11
	recordColumns  = 7
	enquiryColumns = 15
)

// putBatch is the statement of a batch as far as it is built.
type putBatch struct {
	made                         bool
	heads, added, changed, saves arrays
}

func (p *postgres) put(ctx context.Context, tx *transaction, slots []*slot) error {
	slices.SortFunc(slots, func(a, b *slot) int { return cmp.Compare(a.key, b.key) })
	b := &putBatch{
		heads: make(arrays, headColumns), added: make(arrays, recordColumns),
		changed: make(arrays, recordColumns), saves: make(arrays, enquiryColumns),
	}
	for _, m := range slots {
		b.slot(m)
	}
	done := make(map[string]bool, len(slots))
	text, args := b.statement()
	err := p.query(ctx, tx, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		done[id] = true
		return err
	}, text, args...)
	if err != nil {
		return err
	}
	for _, m := range slots {
		m.met = !done[m.key]
	}
	return nil
}

func (b *putBatch) slot(m *slot) {
	r, h := m.rows, b.heads
	b.made = b.made || m.stamp == 0
	h[0].text(m.key)
	h[1].number(m.stamp)
	h[2].number(r.stamp)
	h[3].text(r.channel)
	h[4].any(r.enquiry)
	for l, next := range r.next {
		h[5+l].any(next)
	}
	h[10].text(r.head)
	for i := range r.added {
		b.record(b.added, m.key, &r.added[i])
	}
	for i := range r.changed {
		b.record(b.changed, m.key, &r.changed[i])
	}
	for i := range r.enquiries {
		b.enquiry(m.key, &r.enquiries[i])
	}
}

func (b *putBatch) record(to arrays, key string, r *recordRow) {
	to[0].text(key)
	to[1].number(r.seq)
	to[2].any(r.once)
	to[3].any(r.enquiry)
	to[4].truth(r.notify)
	to[5].truth(r.deliver)
	to[6].text(r.doc)
}

func (b *putBatch) enquiry(key string, e *enquiryRow) {
	for i, s := range []string{key, e.id, e.channel} {
		b.saves[i].text(s)
	}
	b.saves[3].number(e.number)
	for i, s := range []string{e.visitor, e.status, e.staff} {
		b.saves[4+i].text(s)
	}
	b.saves[7].number(e.opened)
	for i, at := range []any{e.accepted, e.replied, e.missed, e.closed} {
		b.saves[8+i].any(at)
	}
	b.saves[12].truth(e.followUp)
	b.saves[13].number(e.first)
	b.saves[14].text(e.doc)
}

// statement puts together the parts that are needed. The numbers of parameters are fixed, so those in between are
// given even if they are empty.
func (b *putBatch) statement() (string, []any) {
	var text strings.Builder
	text.WriteString(putHeads)
	if b.made {
		text.WriteString(putNew)
	} else {
		text.WriteString(putOld)
	}
	args := append(b.heads.args(), b.added.args()...)
	text.WriteString(putRecords)
	changed, saves := len(b.changed[0].b) > 0, len(b.saves[0].b) > 0
	if changed || saves {
		text.WriteString(putChanged)
		args = append(args, b.changed.args()...)
	}
	if saves {
		text.WriteString(putEnquiries)
		args = append(args, b.saves.args()...)
	}
	text.WriteString(putDone)
	return text.String(), args
}
