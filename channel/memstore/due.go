package memstore

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// place is a conversation's place in the queue of a lane.
type place struct {
	id    string
	next  int64  // when the lane has to be shown
	stamp uint64 // orders those of the same moment
	at    int    // in the queue
}

// queue holds the conversations of a channel whose lane has something to do, as a heap with the earliest on top.
type queue []*place //nolint:recvcheck // heap.Interface wants both

func (q queue) Len() int { return len(q) }

func (q queue) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(q[i].next, q[j].next), cmp.Compare(q[i].stamp, q[j].stamp)) < 0
}

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].at, q[j].at = i, j
}

// Push implements [heap.Interface].
func (q *queue) Push(x any) {
	p := x.(*place)
	p.at = len(*q)
	*q = append(*q, p)
}

// Pop implements [heap.Interface].
func (q *queue) Pop() any {
	last := len(*q) - 1
	p := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return p
}

// schedule gives the lanes of a conversation the places that their Next says. s.mu is held.
func (s *Store) schedule(id string, k *kept) {
	for l := range conversation.Lanes {
		q, p, next := &k.channel.due[l], k.due[l], k.head.Lane[l].Next()
		switch {
		case p == nil && next == 0:
		case p == nil:
			s.scheduled++
			k.due[l] = &place{id: id, next: next, stamp: s.scheduled}
			heap.Push(q, k.due[l])
		case next == 0:
			heap.Remove(q, p.at)
			k.due[l] = nil
		case next != p.next:
			s.scheduled++
			p.next, p.stamp = next, s.scheduled
			heap.Fix(q, p.at)
		}
	}
}

// errPassed says that a lane is no longer due.
var errPassed = errors.New("no longer due")

// Due implements [conversation.Store].
func (s *Store) Due(
	ctx context.Context, wants []conversation.Want, fn func(*conversation.Conversation, conversation.Lane) error,
) (next time.Time, err error) {
	if err := ctx.Err(); err != nil {
		return time.Time{}, err
	}
	for _, w := range wants {
		look := conversation.Look{Lane: w.Lane, Ahead: w.Ahead}
		visit := func(c *conversation.Conversation) error {
			if !covers(&w, c.Lane[w.Lane].Next()) {
				return errPassed
			}
			return fn(c, w.Lane)
		}
		for _, name := range w.Channels {
			for _, id := range s.due(name, &w) {
				// An error of fn is for fn to tell; what it left as it was comes again.
				_ = s.Update(ctx, id, look, visit)
				if err := ctx.Err(); err != nil {
					return time.Time{}, err
				}
				s.stepBack(id, w.Lane)
			}
			if n := s.nextDue(name, &w); !n.IsZero() && (next.IsZero() || n.Before(next)) {
				next = n
			}
		}
	}
	return next, nil
}

// covers reports whether a lane with that Next is wanted.
func covers(w *conversation.Want, next int64) bool {
	return next != 0 && next <= w.Until.UnixNano() && (w.After.IsZero() || next > w.After.UnixNano())
}

// due returns the ids of the conversations of a channel that w wants, in order.
func (s *Store) due(name string, w *conversation.Want) (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.channels[name]
	if ch == nil {
		return nil
	}
	q, until := &ch.due[w.Lane], w.Until.UnixNano()
	var seen []*place
	for len(*q) > 0 && len(ids) < w.Limit && (*q)[0].next <= until {
		p := heap.Pop(q).(*place)
		seen = append(seen, p)
		if covers(w, p.next) {
			ids = append(ids, p.id)
		}
	}
	for _, p := range seen {
		heap.Push(q, p)
	}
	return ids
}

// stepBack puts a conversation that Due has shown behind those that are due at the same moment: if its change fails
// time and again, they have their turn nevertheless.
func (s *Store) stepBack(id string, l conversation.Lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.conversations[id]
	if k == nil || k.due[l] == nil {
		return
	}
	s.scheduled++
	k.due[l].stamp = s.scheduled
	heap.Fix(&k.channel.due[l], k.due[l].at)
}

// nextDue is the earliest Next above w.Until of a channel, zero if there is none.
func (s *Store) nextDue(name string, w *conversation.Want) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.channels[name]
	if ch == nil || len(ch.due[w.Lane]) == 0 {
		return time.Time{}
	}
	// What is left below Until was beyond the limit or failed. It is due at once, and Due may say so.
	return time.Unix(0, max(ch.due[w.Lane][0].next, w.Until.UnixNano()+1))
}
