package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

const (
	// keepAtLeast is how long a closed enquiry stays whatever Prune is asked for: as long as a source may repeat a
	// request, the ids of messages have to be known.
	keepAtLeast = 72 * time.Hour

	// pruneSize is how many enquiries are removed together.
	pruneSize = 32
)

// Prune removes enquiries that were closed longer than olderThan ago, but at least 72 hours, with all that was said
// in them, and returns how many. What is known of their visitors stays: that they were welcomed, when they last got
// an away message, who last took their enquiry; use [channel.Channel.Forget] to erase a visitor. An enquiry of which
// something is still to be told or delivered is left for the next time. Afterwards messages of a removed enquiry are
// not found any more, and a visitor who writes again gets a new enquiry even within Settings.ReopenWithin.
//
// It works in small steps, each of which is a transaction of its own that others hardly notice, so it may run at
// any time, in any process. After an error or the end of ctx, what was removed so far stays removed.
func (s *Store) Prune(ctx context.Context, olderThan time.Duration) (int, error) {
	before := s.clock.Now().Add(-max(olderThan, keepAtLeast))
	removed := 0
	var last closedEnquiry
	for {
		page, err := s.closedBefore(ctx, before, last)
		if err != nil {
			return removed, fmt.Errorf("sqlstore: prune: %w", err)
		}
		n, err := s.prunePage(ctx, page, before)
		if removed += n; err != nil {
			return removed, fmt.Errorf("sqlstore: prune: %w", err)
		}
		if len(page) < pruneSize {
			return removed, nil
		}
		last = page[len(page)-1]
	}
}

// closedEnquiry is one that may be removed.
type closedEnquiry struct {
	at                int64
	key, conversation string
}

const closedPage = `SELECT closed_at, id, conversation FROM {enquiries}
	WHERE status = 'closed' AND closed_at < $1 AND (closed_at, id) > ($2, $3) ORDER BY closed_at, id LIMIT $4`

func (s *Store) closedBefore(ctx context.Context, before time.Time, last closedEnquiry) ([]closedEnquiry, error) {
	var page []closedEnquiry
	err := s.statements.query(ctx, nil, func(rows *sql.Rows) error {
		var e closedEnquiry
		err := rows.Scan(&e.at, &e.key, &e.conversation)
		page = append(page, e)
		return err
	}, closedPage, nanos(before), last.at, last.key, pruneSize)
	return page, err
}

// prunePage removes enquiries together, so that they share transactions.
func (s *Store) prunePage(ctx context.Context, page []closedEnquiry, before time.Time) (int, error) {
	var wg sync.WaitGroup
	done, errs := make([]bool, len(page)), make([]error, len(page))
	for i, e := range page {
		wg.Go(func() { done[i], errs[i] = s.pruneEnquiry(ctx, e, before) })
	}
	wg.Wait()
	n := 0
	for _, ok := range done {
		if ok {
			n++
		}
	}
	return n, errors.Join(errs...)
}

const (
	dropEnquiryRecords = `DELETE FROM {records} WHERE conversation = $1 AND enquiry = $2
		AND seq >= COALESCE((SELECT first_seq FROM {enquiries} WHERE id = $2), 0)`
	dropEnquiry = `DELETE FROM {enquiries} WHERE id = $1`
	dropOrphan  = `DELETE FROM {enquiries} WHERE id = $1 AND status = 'closed'
		AND NOT EXISTS (SELECT 1 FROM {conversations} c WHERE c.id = conversation)`
)

func (s *Store) pruneEnquiry(ctx context.Context, e closedEnquiry, before time.Time) (bool, error) {
	id := conversation.EnquiryID(original(e.key))
	gone, pruned := false, false
	err := s.update(ctx, original(e.conversation), step{
		look: conversation.Look{Enquiry: id},
		fn: func(c *conversation.Conversation) error {
			gone, pruned = c.Version == 0, false
			if !gone {
				pruned = prune(c, id, before)
			}
			return nil
		},
		then: func(ctx context.Context, tx *transaction) error {
			if _, err := s.statements.exec(ctx, tx, dropEnquiryRecords, e.conversation, e.key); err != nil {
				return err
			}
			_, err := s.statements.exec(ctx, tx, dropEnquiry, e.key)
			return err
		},
	})
	if err == nil && gone {
		err = s.engine.write(ctx, func(tx *transaction) error {
			n, err := s.statements.exec(ctx, tx, dropOrphan, e.key)
			pruned = n > 0
			return err
		})
	}
	return pruned && err == nil, err
}

// prune takes an enquiry out of its conversation, if nothing is left to be done for it.
func prune(c *conversation.Conversation, id conversation.EnquiryID, before time.Time) bool {
	for _, l := range []conversation.Lane{conversation.LaneNotify, conversation.LaneDeliver} {
		if k := c.Lane[l]; k.Done < k.Last || k.Lease != 0 {
			return false
		}
	}
	e := c.Old
	if c.Enquiry != nil && c.Enquiry.ID == id {
		e = c.Enquiry
	}
	if e == nil || e.Status != conversation.Closed || !e.ClosedAt.Before(before) {
		return false
	}
	if e == c.Enquiry {
		c.Enquiry, c.StateSeq = nil, 0
		c.Routing = conversation.Routing{Revision: c.Routing.Revision + 1, Epoch: c.Routing.Epoch}
	}
	c.Write = true
	return true
}
