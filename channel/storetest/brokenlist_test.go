package storetest_test

import (
	"context"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// listed is a mutation of Enquiries.
func listed(fn func(in conversation.Store, ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error]) func(*bent) {
	return func(b *bent) {
		b.wrap = func(_ *bent, in conversation.Store) conversation.Store {
			return &funcs{Store: in, enquiries: func(ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error] {
				return fn(in, ctx, q)
			}}
		}
	}
}

// sorted lists in another order.
func sorted(compare func(a, b conversation.Enquiry) int) func(*bent) {
	return listed(func(in conversation.Store, ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error] {
		list := all(in.Enquiries(ctx, q))
		slices.SortStableFunc(list, compare)
		return stream(list)
	})
}

// stream yields a list.
func stream[T any](list []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range list {
			if !yield(v, nil) {
				return
			}
		}
	}
}

// atMost ends a stream early.
func atMost[T any](seq iter.Seq2[T, error], n int) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		left := n
		for v, err := range seq {
			if left--; left < 0 || !yield(v, err) {
				return
			}
		}
	}
}

// onceOnly is a stream that is empty when it is read again.
func onceOnly[T any](seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	var read bool
	return func(yield func(T, error) bool) {
		if read {
			return
		}
		read = true
		seq(yield)
	}
}

// unstoppable goes on when its reader has had enough.
func unstoppable[T any](seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range seq {
			yield(v, err)
		}
	}
}

// repeated yields the first of each page twice.
func repeated[T any](seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		n := 0
		for v, err := range seq {
			if n++; n%256 == 0 && !yield(v, err) || !yield(v, err) {
				return
			}
		}
	}
}

// byOffset reads every page anew and skips what came before by number.
func byOffset[T any](open func() iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for offset := 0; ; offset += 100 {
			list := all(open())
			if offset >= len(list) {
				return
			}
			for _, v := range list[offset:min(len(list), offset+100)] {
				if !yield(v, nil) {
					return
				}
			}
		}
	}
}

func brokenLists() []mutation {
	order := []string{"Enquiries/newest first"}
	pages := func(fn func(iter.Seq2[conversation.Enquiry, error]) iter.Seq2[conversation.Enquiry, error]) func(*bent) {
		return listed(func(in conversation.Store, ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error] {
			return fn(in.Enquiries(ctx, q))
		})
	}
	return []mutation{
		{
			name: "oldest first", rules: append(order, "Query/every condition", "Enquiries/many pages"),
			bend: sorted(func(a, b conversation.Enquiry) int { return a.OpenedAt.Compare(b.OpenedAt) }),
		},
		{name: "those opened together by the lesser id", rules: order, bend: sorted(func(a, b conversation.Enquiry) int {
			if c := b.OpenedAt.Compare(a.OpenedAt); c != 0 {
				return c
			}
			return strings.Compare(string(a.ID), string(b.ID))
		})},
		{name: "those opened together by the folded id", rules: order, bend: sorted(func(a, b conversation.Enquiry) int {
			if c := b.OpenedAt.Compare(a.OpenedAt); c != 0 {
				return c
			}
			return strings.Compare(strings.ToLower(string(b.ID)), strings.ToLower(string(a.ID)))
		})},
		{name: "by number", rules: order, bend: sorted(func(a, b conversation.Enquiry) int { return int(b.Number - a.Number) })},
		{
			name: "one channel after the other", rules: append(order, "Query/every condition"),
			bend: sorted(func(a, b conversation.Enquiry) int { return strings.Compare(a.Channel, b.Channel) }),
		},
		{
			name: "enquiries are listed that were not saved", rules: []string{"Enquiries/what was saved", "Number/only to what is saved"},
			bend: saving(func(c *conversation.Conversation) { c.Save = c.Enquiry != nil }),
		},
		{
			name: "an enquiry is saved once", rules: []string{"Enquiries/what was saved", "Query/as it is now"},
			bend: saving(func(c *conversation.Conversation) { c.Save = c.Save && c.Enquiry != nil && c.Enquiry.Number == 0 }),
		},
		{name: "counters are those that were saved", rules: []string{"Enquiries/counters of the latest"}, bend: func(b *bent) {
			rows := map[conversation.EnquiryID]*conversation.Enquiry{}
			b.save = func(c *conversation.Conversation) error {
				if c.Save {
					rows[c.Enquiry.ID] = c.Enquiry
				}
				return nil
			}
			b.list = func(e *conversation.Enquiry) {
				if row := rows[e.ID]; row != nil {
					e.LastMessageAt, e.Messages = row.LastMessageAt, row.Messages
				}
			}
		}},
		{name: "counters of the latest are those of all", rules: []string{"Enquiries/counters of the latest"}, bend: func(b *bent) {
			latest := map[string]*conversation.Enquiry{}
			b.save = func(c *conversation.Conversation) error {
				latest[c.ID] = c.Enquiry
				return nil
			}
			b.list = func(e *conversation.Enquiry) {
				if head := latest[e.ID.Conversation()]; head != nil {
					e.LastMessageAt, e.Messages = head.LastMessageAt, head.Messages
				}
			}
		}},
		{
			name: "only the first page is listed", rules: []string{"Enquiries/many pages", "Context/Enquiries over at any point"},
			bend: pages(func(seq iter.Seq2[conversation.Enquiry, error]) iter.Seq2[conversation.Enquiry, error] {
				return atMost(seq, 256)
			}),
		},
		{name: "an enquiry is on two pages", rules: []string{"Enquiries/many pages", "Enquiries/while others write"}, bend: pages(repeated[conversation.Enquiry])},
		{
			name: "pages are counted", rules: []string{"Enquiries/while others write"},
			bend: listed(func(in conversation.Store, ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error] {
				return byOffset(func() iter.Seq2[conversation.Enquiry, error] { return in.Enquiries(ctx, q) })
			}),
		},
		{name: "enquiries come and come", rules: []string{"Enquiries/stopping early"}, bend: pages(unstoppable[conversation.Enquiry])},
		{name: "enquiries are listed once", rules: []string{"Enquiries/stopping early"}, bend: pages(onceOnly[conversation.Enquiry])},
	}
}

// brokenLocks are stores that hold something while they yield.
func brokenLocks() []mutation {
	const impatient = 500 * time.Millisecond
	return []mutation{
		{
			name: "a lock is held while enquiries are listed", patience: impatient, rules: []string{"Enquiries/nothing is held", "Enquiries/many at once"},
			bend: func(b *bent) {
				var lock sync.RWMutex
				b.wrap = func(_ *bent, in conversation.Store) conversation.Store {
					return &funcs{Store: in, update: lockedUpdate(in, &lock), enquiries: func(ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error] {
						return locked(in.Enquiries(ctx, q), lock.RLock, lock.RUnlock)
					}}
				}
			},
		},
		{
			name: "a lock is held while records are read", patience: impatient, rules: []string{"Records/nothing is held"},
			bend: func(b *bent) {
				var lock sync.RWMutex
				b.wrap = func(_ *bent, in conversation.Store) conversation.Store {
					return &funcs{Store: in, update: lockedUpdate(in, &lock), records: func(ctx context.Context, id conversation.EnquiryID) iter.Seq2[conversation.Record, error] {
						return locked(in.Records(ctx, id), lock.RLock, lock.RUnlock)
					}}
				}
			},
		},
		{
			name: "a connection of sixteen is held while enquiries are listed", patience: impatient, rules: []string{"Enquiries/many at once"},
			bend: func(b *bent) {
				pool := make(chan struct{}, 16)
				b.wrap = func(_ *bent, in conversation.Store) conversation.Store {
					return &funcs{Store: in, enquiries: func(ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error] {
						return locked(in.Enquiries(ctx, q), func() { pool <- struct{}{} }, func() { <-pool })
					}}
				}
			},
		},
	}
}

func lockedUpdate(in conversation.Store, lock *sync.RWMutex) func(context.Context, string, conversation.Look, change) error {
	return func(ctx context.Context, id string, look conversation.Look, fn change) error {
		lock.Lock()
		defer lock.Unlock()
		return in.Update(ctx, id, look, fn)
	}
}

func locked[T any](seq iter.Seq2[T, error], lock, unlock func()) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		lock()
		defer unlock()
		seq(yield)
	}
}
