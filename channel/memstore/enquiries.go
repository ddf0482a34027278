package memstore

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// row is an enquiry as it was last saved, where Enquiries finds it.
type row struct {
	position
	saved *conversation.Enquiry
	of    *kept
}

// position orders enquiries. OpenedAt does not change after an enquiry was first saved.
type position struct {
	opened time.Time
	id     conversation.EnquiryID
}

func (p position) compare(q position) int {
	return cmp.Or(p.opened.Compare(q.opened), cmp.Compare(p.id, q.id))
}

// list holds enquiries, the oldest first.
type list []*row

// search returns where the first enquiry stands that does not come before p.
func (l list) search(p position) int {
	return sort.Search(len(l), func(i int) bool { return l[i].compare(p) >= 0 })
}

// insert returns the list with r in it.
func (l list) insert(r *row) list {
	at := len(l)
	if at > 0 && l[at-1].compare(r.position) > 0 {
		at = l.search(r.position)
	}
	return slices.Insert(l, at, r)
}

// row returns the enquiry of that id, nil if none was saved.
func (k *kept) row(id conversation.EnquiryID) *row {
	for _, r := range k.enquiries {
		if r.id == id {
			return r
		}
	}
	return nil
}

// save keeps the latest enquiry where Enquiries finds it. s.mu is held.
func (s *Store) save(k *kept) {
	e := k.head.Enquiry
	if r := k.row(e.ID); r != nil {
		r.saved = e
		return
	}
	r := &row{position: position{e.OpenedAt.Round(0), e.ID}, saved: e, of: k} // without the monotonic clock
	k.enquiries = append(k.enquiries, r)
	k.channel.enquiries = k.channel.enquiries.insert(r)
	s.enquiries = s.enquiries.insert(r)
}

// now returns the enquiry as it was last saved, with what the Head counts without saving it.
func (r *row) now() *conversation.Enquiry {
	h := r.of.head.Enquiry
	if h == nil || h == r.saved || h.ID != r.id {
		return r.saved
	}
	e := *r.saved
	e.LastMessageAt, e.Messages = h.LastMessageAt, h.Messages
	return &e
}

// Enquiries implements [conversation.Store].
func (s *Store) Enquiries(ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error] {
	return func(yield func(conversation.Enquiry, error) bool) {
		left := q.Limit
		if left <= 0 {
			left = math.MaxInt
		}
		top, more := s.top(&q)
		for more && left > 0 {
			if err := ctx.Err(); err != nil {
				yield(conversation.Enquiry{}, err)
				return
			}
			var page []*conversation.Enquiry
			page, top, more = s.page(&q, top, min(left, pageSize))
			for _, e := range page {
				if !yield(*e, nil) {
					return
				}
			}
			left -= len(page)
		}
	}
}

// top returns a position below which all that q selects stands. ok is false if q.Before is not known.
func (s *Store) top(q *conversation.Query) (p position, ok bool) {
	p = position{opened: q.To}
	if q.To.IsZero() {
		p.opened = time.Unix(math.MaxInt32<<24, 0) // later than any
	}
	if q.Before == "" {
		return p, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.conversations[q.Before.Conversation()]
	if k == nil {
		return p, false
	}
	r := k.row(q.Before)
	if r == nil {
		return p, false
	}
	return r.position, true
}

// scanSize is how many enquiries are looked at for a page while the lock is held.
const scanSize = 1024

// page returns the next enquiries below a position that q selects, at most n, and the position below which the page
// after it begins. more is false if there is none.
func (s *Store) page(q *conversation.Query, top position, n int) (page []*conversation.Enquiry, end position, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.listed(q)
	at := l.search(top)
	for range scanSize {
		if at--; at < 0 || l[at].opened.Before(q.From) {
			return page, top, false
		}
		top = l[at].position
		if q.Matches(l[at].saved) {
			if page = append(page, l[at].now()); len(page) == n {
				break
			}
		}
	}
	return page, top, true
}

// listed returns a list that holds all that q selects. s.mu is held.
func (s *Store) listed(q *conversation.Query) list {
	switch {
	case q.Visitor != "":
		return s.ofVisitor(q)
	case len(q.Channels) != 1:
		return s.enquiries
	case s.channels[q.Channels[0]] == nil:
		return nil
	default:
		return s.channels[q.Channels[0]].enquiries
	}
}

// ofVisitor returns the enquiries of the visitor of q. s.mu is held.
func (s *Store) ofVisitor(q *conversation.Query) (l list) {
	names := slices.Sorted(slices.Values(q.Channels))
	if len(names) == 0 {
		names = slices.Collect(maps.Keys(s.channels))
	}
	for _, name := range slices.Compact(names) {
		if k := s.conversations[conversation.ID(name, q.Visitor)]; k != nil {
			l = append(l, k.enquiries...)
		}
	}
	slices.SortFunc(l, func(a, b *row) int { return a.compare(b.position) })
	return l
}
