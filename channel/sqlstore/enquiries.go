package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/sqlstore/internal/document"
)

// The greatest page of a stream, and the first one, which may be all that is wanted.
const (
	pageSize  = 256
	firstPage = 32
)

// Enquiries implements [channel.Store]. A query by visitor, by staff, by channel, by status other than closed, or by
// time is answered from an index; other conditions are checked on what the index yields.
func (s *Store) Enquiries(ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error] {
	return func(yield func(conversation.Enquiry, error) bool) {
		m, err := s.merge(ctx, &q)
		count := 0
		for err == nil {
			var e *conversation.Enquiry
			if e, err = m.next(ctx); e == nil {
				break
			}
			if !q.Matches(e) {
				continue
			}
			if !yield(*e, nil) {
				return
			}
			if count++; q.Limit > 0 && count >= q.Limit {
				return
			}
		}
		if err != nil {
			yield(conversation.Enquiry{}, err)
		}
	}
}

// merged yields several streams as one, newest first.
type merged struct{ streams []*stream }

// stream yields the enquiries of which some columns have certain values, in pages.
type stream struct {
	store *Store
	where string // with parameters from $5 on
	args  []any
	after enquiryPlace // yielded so far
	from  int64
	page  []listed
	size  int
	ended bool
}

// enquiryPlace is a place in the order of enquiries.
type enquiryPlace struct {
	opened int64
	key    string
}

func (a enquiryPlace) compare(b enquiryPlace) int {
	return cmp.Or(cmp.Compare(a.opened, b.opened), cmp.Compare(a.key, b.key))
}

// listed is an enquiry on a page.
type listed struct {
	at   enquiryPlace
	doc  string
	head *string // of its conversation, if it is the latest
}

// merge finds the streams that a query selects from.
func (s *Store) merge(ctx context.Context, q *conversation.Query) (*merged, error) {
	top := enquiryPlace{math.MaxInt64, "~"}
	from := int64(math.MinInt64)
	if !q.From.IsZero() {
		from = nanos(q.From)
	}
	if !q.To.IsZero() && nanos(q.To) < math.MaxInt64 {
		top = enquiryPlace{opened: nanos(q.To)}
	}
	if q.Before != "" {
		before, ok, err := s.enquiryPlace(ctx, q.Before)
		if err != nil || !ok {
			return &merged{}, err
		}
		if before.compare(top) < 0 {
			top = before
		}
	}
	m := &merged{}
	add := func(where string, args ...any) {
		m.streams = append(m.streams, &stream{store: s, where: where, args: args, after: top, from: from, size: firstPage})
	}
	channels := textColumns(q.Channels)
	status := q.Status
	if q.Waiting {
		status = []conversation.Status{conversation.Opened}
	}
	live := len(status) > 0 && !slices.Contains(status, conversation.Closed)
	switch {
	case q.Visitor != "":
		add(" AND e.visitor = $5 AND e.visitor <> ''", textColumn(string(q.Visitor)))
	case q.Staff != "":
		add(" AND e.staff = $5 AND e.staff <> ''", textColumn(q.Staff))
	case live && len(channels) == 0:
		for _, st := range distinct(status) {
			add(" AND e.status = $5 AND e.status <> 'closed'", textColumn(string(st)))
		}
	case live:
		for _, name := range channels {
			for _, st := range distinct(status) {
				add(" AND e.channel = $5 AND e.status = $6 AND e.status <> 'closed'", name, textColumn(string(st)))
			}
		}
	case len(channels) > 0:
		for _, name := range channels {
			add(" AND e.channel = $5", name)
		}
	default:
		add("")
	}
	return m, nil
}

func distinct(list []conversation.Status) []conversation.Status {
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

const placeOfEnquiry = `SELECT opened_at, id FROM {enquiries} WHERE id = $1`

func (s *Store) enquiryPlace(ctx context.Context, id conversation.EnquiryID) (at enquiryPlace, ok bool, err error) {
	err = s.statements.query(ctx, nil, func(rows *sql.Rows) error {
		ok = true
		return rows.Scan(&at.opened, &at.key)
	}, placeOfEnquiry, textColumn(string(id)))
	return at, ok, err
}

// next returns the newest enquiry of all streams, nil at their end.
func (m *merged) next(ctx context.Context) (*conversation.Enquiry, error) {
	var best *stream
	for _, st := range m.streams {
		if err := st.fill(ctx); err != nil {
			return nil, err
		}
		if len(st.page) > 0 && (best == nil || st.page[0].at.compare(best.page[0].at) > 0) {
			best = st
		}
	}
	if best == nil {
		return nil, nil
	}
	first := best.page[0]
	best.page = best.page[1:]
	return first.enquiry()
}

// enquiryPage is a page of a stream; the conditions of the stream stand where %s does.
const enquiryPage = `SELECT e.opened_at, e.id, e.doc, c.head FROM {enquiries} e
	LEFT JOIN {conversations} c ON c.id = e.conversation AND c.enquiry = e.id
	WHERE (e.opened_at, e.id) < ($1, $2) AND e.opened_at >= $3%s
	ORDER BY e.opened_at DESC, e.id DESC LIMIT $4`

// fill reads the next page if the last one is used up.
func (st *stream) fill(ctx context.Context) error {
	if len(st.page) > 0 || st.ended {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	st.page = make([]listed, 0, st.size)
	args := append([]any{st.after.opened, st.after.key, st.from, st.size}, st.args...)
	err := st.store.statements.query(ctx, nil, func(rows *sql.Rows) error {
		var l listed
		err := rows.Scan(&l.at.opened, &l.at.key, &l.doc, &l.head)
		st.page = append(st.page, l)
		return err
	}, strings.Replace(enquiryPage, "%s", st.where, 1), args...)
	if err != nil {
		return err
	}
	if st.ended = len(st.page) < st.size; len(st.page) > 0 {
		st.after = st.page[len(st.page)-1].at
	}
	st.size = pageSize
	return nil
}

func (l *listed) enquiry() (*conversation.Enquiry, error) {
	e, err := document.ReadEnquiry(l.doc)
	if err == nil && l.head != nil {
		var h conversation.Head
		if h, err = document.ReadHead(e.ID.Conversation(), *l.head); err == nil && h.Enquiry != nil && h.Enquiry.ID == e.ID {
			e = with(e, h.Enquiry)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("sqlstore: enquiry %s: %w", l.at.key, err)
	}
	return e, nil
}

// recordPage is a page of an enquiry's records. They begin where the enquiry did.
const recordPage = `SELECT seq, once, doc FROM {records}
	WHERE conversation = $1 AND seq >= COALESCE((SELECT first_seq FROM {enquiries} WHERE id = $2), 0) AND seq > $3 AND enquiry = $2
	ORDER BY seq LIMIT $4`

// Records implements [channel.Store].
func (s *Store) Records(ctx context.Context, id conversation.EnquiryID) iter.Seq2[conversation.Record, error] {
	return func(yield func(conversation.Record, error) bool) {
		in := textColumn(id.Conversation())
		if in == "" {
			return
		}
		for after, size := int64(0), firstPage; ; size = pageSize {
			page, err := s.records(ctx, in, id, after, size)
			if err != nil {
				yield(conversation.Record{}, err)
				return
			}
			for _, r := range page {
				if !yield(*r.Record, nil) {
					return
				}
			}
			if len(page) < size {
				return
			}
			after = page[len(page)-1].Seq
		}
	}
}

func (s *Store) records(
	ctx context.Context, in string, id conversation.EnquiryID, after int64, size int,
) ([]item, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	page := make([]item, 0, size)
	err := s.statements.query(ctx, nil, func(rows *sql.Rows) error {
		var seq int64
		var once, doc *string
		if err := rows.Scan(&seq, &once, &doc); err != nil {
			return err
		}
		r, err := decodeRecord(seq, once, doc)
		if err != nil {
			return fmt.Errorf("sqlstore: record %d of enquiry %s: %w", seq, id, err)
		}
		page = append(page, r)
		return nil
	}, recordPage, in, textColumn(string(id)), after, size)
	return page, err
}
