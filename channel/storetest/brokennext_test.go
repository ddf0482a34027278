package storetest_test

import (
	"context"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

func brokenNext() []mutation {
	returning := func(next func(time.Time) time.Time) func(*bent) { return func(b *bent) { b.next = next } }
	return []mutation{
		{
			name: "next is a second late", rules: []string{"Next/never later than the truth", "Next/over channels and wants", "Next/after what the change did"},
			bend: returning(func(next time.Time) time.Time {
				if next.IsZero() {
					return next
				}
				return next.Add(time.Second)
			}),
		},
		{
			name: "next is a nanosecond late", rules: []string{"Next/never later than the truth"},
			bend: returning(func(next time.Time) time.Time { return next.Add(1) }),
		},
		{
			name: "next is never", rules: []string{"Next/never later than the truth", "Next/beyond the limit"},
			bend: returning(func(time.Time) time.Time { return time.Time{} }),
		},
		{
			name: "next is always", rules: []string{"Next/zero if there is none", "Due/only what is wanted"},
			bend: returning(func(next time.Time) time.Time {
				if next.IsZero() {
					return noonOfSuite()
				}
				return next
			}),
		},
		{
			name: "next is that of the last want", rules: []string{"Next/over channels and wants"},
			bend: due(func(in conversation.Store) func(context.Context, []conversation.Want, visit) (time.Time, error) {
				return func(ctx context.Context, wants []conversation.Want, fn visit) (next time.Time, err error) {
					for _, w := range wants {
						next, err = in.Due(ctx, []conversation.Want{w}, fn)
					}
					return next, err
				}
			}),
		},
		{
			name: "next is of all lanes", rules: []string{"Next/zero if there is none"},
			bend: due(func(in conversation.Store) func(context.Context, []conversation.Want, visit) (time.Time, error) {
				return func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
					next, err := in.Due(ctx, wants, fn)
					for _, w := range wants {
						w.Lane = conversation.LaneDeliver
						if other, _ := in.Due(ctx, []conversation.Want{w}, nobody); next.IsZero() {
							next = other
						}
					}
					return next, err
				}
			}),
		},
		{
			name: "next is looked up before the changes", rules: []string{"Next/after what the change did"},
			bend: due(func(in conversation.Store) func(context.Context, []conversation.Want, visit) (time.Time, error) {
				return func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
					was, _ := in.Due(ctx, wants, nobody)
					for _, w := range wants { // what comes, not what is due
						w.Until = w.Until.Add(-1)
					}
					_, err := in.Due(ctx, wants, fn)
					if was.Equal(wants[0].Until.Add(1)) {
						was = time.Time{}
					}
					return was, err
				}
			}),
		},
		{
			name: "next is not known beyond the limit", rules: []string{"Next/beyond the limit"},
			bend: due(func(in conversation.Store) func(context.Context, []conversation.Want, visit) (time.Time, error) {
				return func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
					n := 0
					next, err := in.Due(ctx, wants, func(c *conversation.Conversation, l conversation.Lane) error {
						n++
						return fn(c, l)
					})
					if len(wants) > 0 && n == wants[0].Limit {
						next = time.Time{}
					}
					return next, err
				}
			}),
		},
	}
}

func nobody(*conversation.Conversation, conversation.Lane) error { return errBent }

// aside keeps a part of the deliver lane where the index of the store does not see it.
func aside(put func(k *conversation.Cursor) (kept int64), take func(k *conversation.Cursor, kept int64)) func(*bent) {
	return func(b *bent) {
		kept := map[string]int64{}
		b.load = func(c *conversation.Conversation, _ conversation.Look) {
			b.mu.Lock()
			defer b.mu.Unlock()
			take(&c.Lane[conversation.LaneDeliver], kept[c.ID])
		}
		b.save = func(c *conversation.Conversation) error {
			if c.Write {
				b.mu.Lock()
				defer b.mu.Unlock()
				kept[c.ID] = put(&c.Lane[conversation.LaneDeliver])
			}
			return nil
		}
	}
}

func brokenLeases() []mutation {
	lane := func(fn func(k *conversation.Cursor)) func(*bent) {
		return saving(func(c *conversation.Conversation) { fn(&c.Lane[conversation.LaneDeliver]) })
	}
	return []mutation{
		{
			name: "leased work is shown when it is due", rules: []string{"Lease/nobody else while it lasts", "Lease/renewed", "Lease/taken over when it has run out"},
			bend: aside(func(k *conversation.Cursor) int64 {
				lease := k.Lease
				k.Lease = 0
				return lease
			}, func(k *conversation.Cursor, lease int64) { k.Lease = lease }),
		},
		{
			name: "leased work is never shown", rules: []string{"Lease/taken over when it has run out", "Lease/a lost lease settles nothing"},
			bend: visiting(func(c *conversation.Conversation, l conversation.Lane, fn visit) error {
				if c.Lane[l].Lease != 0 {
					return errBent
				}
				return fn(c, l)
			}),
		},
		{
			name: "work that is not due is not shown when its lease has run out", rules: []string{"Lease/taken over when it has run out"},
			bend: visiting(func(c *conversation.Conversation, l conversation.Lane, fn visit) error {
				if c.Lane[l].Due == 0 {
					return errBent
				}
				return fn(c, l)
			}),
		},
		{
			name: "a lease is not renewed", rules: []string{"Lease/renewed"},
			bend: func(b *bent) {
				first := map[string]conversation.Cursor{}
				b.save = func(c *conversation.Conversation) error {
					k := &c.Lane[conversation.LaneDeliver]
					if was, ok := first[c.ID]; ok && was.Token == k.Token && k.Lease != 0 {
						k.Lease = was.Lease
					}
					first[c.ID] = *k
					return nil
				}
			},
		},
		{name: "a lease is not released", rules: []string{"Lease/released"}, bend: lane(func(k *conversation.Cursor) {
			if k.Token > 0 && k.Lease == 0 {
				k.Lease = noonOfSuite().Add(10 * time.Second).UnixNano()
			}
		})},
		{name: "tokens do not grow", rules: []string{
			"Lease/a lost lease settles nothing", "Lease/taken over when it has run out", "Lease/released", "Lease/one holder under contention",
		}, bend: lane(func(k *conversation.Cursor) { k.Token = min(k.Token, 1) })},
		{name: "Done is lost", rules: []string{"Lease/released"}, bend: lane(func(k *conversation.Cursor) { k.Done = 0 })},
	}
}
