package sqlstore

import (
	"context"
	"errors"
	"slices"

	"github.com/usherchat/usher/channel/conversation"
)

// nearby is how many records a slot may have to be read with all of them, rather than those of one lane.
const nearby = 64

// lookAhead reads the next records of lanes, as far as they are not known: those that the slots' steps look for and,
// where there are few, all that are not settled, because work on them will look for them soon.
func (s *Store) lookAhead(ctx context.Context, tx *transaction, slots []*slot) error {
	var asks [conversation.Lanes + 1][]lookAhead
	for _, m := range slots {
		done := m.settled()
		if m.known.from <= done {
			continue
		}
		if m.head.Seq-done <= nearby {
			asks[allLanes] = append(asks[allLanes], lookAhead{slot: m, done: done, limit: nearby + 1})
			continue
		}
		for _, l := range []conversation.Lane{conversation.LaneNotify, conversation.LaneDeliver} {
			limit := 0
			for _, r := range m.steps {
				if r.look.Lane == l && m.looksAhead(r.look) {
					limit = max(limit, r.look.Ahead)
				}
			}
			if limit > 0 {
				asks[l] = append(asks[l], lookAhead{slot: m, done: m.head.Lane[l].Done, limit: limit})
			}
		}
	}
	for l, list := range asks {
		if len(list) == 0 {
			continue
		}
		if err := s.engine.ahead(ctx, tx, conversation.Lane(l), list); err != nil {
			return err
		}
	}
	return nil
}

// settled is the Seq up to which nothing is left to be done, and nothing looked for.
func (m *slot) settled() int64 {
	done := m.head.Seq
	for _, l := range []conversation.Lane{conversation.LaneNotify, conversation.LaneDeliver} {
		looked := slices.ContainsFunc(m.steps, func(r *request) bool { return r.look.Lane == l && m.looksAhead(r.look) })
		if k := m.head.Lane[l]; looked || k.Done < k.Last {
			done = min(done, k.Done)
		}
	}
	return done
}

// allLanes asks for records of any lane or none.
const allLanes = conversation.Lanes

// lookAhead asks for the records of a lane after done.
type lookAhead struct {
	slot  *slot
	done  int64
	limit int
	count int // records found
}

// found adds a record of the lane. stamp is the row's at that moment.
func (a *lookAhead) found(l conversation.Lane, stamp int64, r item) error {
	if stamp != a.slot.stamp {
		return errMoved
	}
	a.slot.known.put(r)
	if a.count++; l != allLanes {
		a.slot.known.spans[l] = span{from: a.done, to: r.Seq}
	}
	return nil
}

// end says that there were no more records.
func (a *lookAhead) end(l conversation.Lane) {
	known := &a.slot.known
	switch {
	case a.count >= a.limit:
	case l == allLanes:
		known.from = min(known.from, a.done)
	default:
		known.spans[l] = span{from: a.done, to: known.from}
	}
}

// errMoved says that a conversation was changed while it was read.
var errMoved = errors.New("sqlstore: changed while it was read")
