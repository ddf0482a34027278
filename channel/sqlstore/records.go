package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"github.com/usherchat/usher/channel/conversation"
)

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
