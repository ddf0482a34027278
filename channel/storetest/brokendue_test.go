package storetest_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/usherchat/usher/channel"
)

// wanting is a mutation of what Due is asked for.
func wanting(want func(*channel.Want)) func(*bent) {
	return func(b *bent) { b.want = want }
}

// due is a mutation of Due.
func due(fn func(in channel.Store) func(context.Context, []channel.Want, visit) (time.Time, error)) func(*bent) {
	return func(b *bent) {
		b.wrap = func(_ *bent, in channel.Store) channel.Store { return &funcs{Store: in, due: fn(in)} }
	}
}

// visiting is a mutation of what Due runs.
func visiting(fn func(c *channel.Conversation, l channel.Lane, fn visit) error) func(*bent) {
	return due(func(in channel.Store) func(context.Context, []channel.Want, visit) (time.Time, error) {
		return func(ctx context.Context, wants []channel.Want, inner visit) (time.Time, error) {
			return in.Due(ctx, wants, func(c *channel.Conversation, l channel.Lane) error { return fn(c, l, inner) })
		}
	})
}

// arranged is a Due that looks what is due, arranges it, and runs it then.
func arranged(arrange func(list []string) []string) func(*bent) {
	return due(func(in channel.Store) func(context.Context, []channel.Want, visit) (time.Time, error) {
		return func(ctx context.Context, wants []channel.Want, fn visit) (next time.Time, err error) {
			for _, w := range wants {
				var list []string
				next, err = in.Due(ctx, []channel.Want{w}, func(c *channel.Conversation, _ channel.Lane) error {
					list = append(list, c.ID)
					return nil
				})
				for _, id := range arrange(list) {
					_ = in.Update(ctx, id, channel.Look{Lane: w.Lane, Ahead: w.Ahead}, func(c *channel.Conversation) error {
						return fn(c, w.Lane)
					})
				}
			}
			return next, err
		}
	})
}

func brokenDue() []mutation {
	bounds := []string{"Due/after After until Until"}
	return []mutation{
		{name: "After is included", rules: append(bounds, "Due/an order in pages"), bend: wanting(func(w *channel.Want) {
			if !w.After.IsZero() {
				w.After = w.After.Add(-1)
			}
		})},
		{
			name: "After is not heard", rules: append(bounds, "Due/in that order", "Due/several wants", "Due/an order in pages"),
			bend: wanting(func(w *channel.Want) { w.After = time.Time{} }),
		},
		{name: "After is rounded", rules: bounds, bend: wanting(func(w *channel.Want) { w.After = w.After.Truncate(time.Microsecond) })},
		{name: "a zero After leaves out the first", rules: bounds, bend: wanting(func(w *channel.Want) {
			if w.After.IsZero() {
				w.After = noonOfSuite()
			}
		})},
		{name: "Until is not included", rules: bounds, bend: wanting(func(w *channel.Want) { w.Until = w.Until.Add(-1) })},
		{name: "Until is rounded", rules: bounds, bend: wanting(func(w *channel.Want) { w.Until = w.Until.Truncate(time.Microsecond) })},
		{
			name: "Until is an hour later", rules: append(bounds, "Lease/nobody else while it lasts", "Due/as Update does"),
			bend: wanting(func(w *channel.Want) { w.Until = w.Until.Add(time.Hour) }),
		},
		{name: "the last comes first", rules: []string{"Due/in that order", "Due/an order in pages"}, bend: arranged(func(list []string) []string {
			slices.Reverse(list)
			return list
		})},
		{name: "in the order of ids", rules: []string{"Due/in that order"}, bend: arranged(func(list []string) []string {
			slices.Sort(list)
			return list
		})},
		{name: "one less than Limit", rules: []string{"Due/at most Limit"}, bend: wanting(func(w *channel.Want) { w.Limit-- })},
		{
			name: "Limit is not heard", rules: []string{"Due/at most Limit", "Due/several wants"},
			bend: wanting(func(w *channel.Want) { w.Limit = 1000 }),
		},
		{name: "any so many", rules: []string{"Due/at most Limit"}, bend: due(anySoMany)},
		{
			name: "Limit is for all channels together", rules: []string{"Due/at most Limit"},
			bend: due(func(in channel.Store) func(context.Context, []channel.Want, visit) (time.Time, error) {
				return func(ctx context.Context, wants []channel.Want, fn visit) (time.Time, error) {
					n := 0
					return in.Due(ctx, wants, func(c *channel.Conversation, l channel.Lane) error {
						if n++; n > wants[0].Limit {
							return errBent
						}
						return fn(c, l)
					})
				}
			}),
		},
		{name: "the first want only", rules: []string{"Due/several wants", "Next/over channels and wants"}, bend: func(b *bent) {
			b.many = func(_ context.Context, wants []channel.Want) []channel.Want { return wants[:min(1, len(wants))] }
		}},
		{name: "the first channel only", rules: []string{"Due/at most Limit", "Next/over channels and wants"}, bend: wanting(func(w *channel.Want) {
			w.Channels = w.Channels[:min(1, len(w.Channels))]
		})},
		{
			name: "every lane is called route", rules: []string{"Due/several wants"},
			bend: visiting(func(c *channel.Conversation, _ channel.Lane, fn visit) error { return fn(c, channel.LaneRoute) }),
		},
		{name: "no channels are all channels", rules: []string{"Due/only what is wanted"}, bend: wanting(func(w *channel.Want) {
			if len(w.Channels) == 0 {
				w.Channels = []string{"shop"}
			}
		})},
		{name: "channels are folded when wanted", rules: []string{"Due/only what is wanted"}, bend: wanting(func(w *channel.Want) {
			list := slices.Clone(w.Channels)
			for i := range list {
				list[i] = strings.ToLower(list[i])
			}
			w.Channels = list
		})},
		{name: "no wants are all wants", rules: []string{"Due/only what is wanted"}, bend: func(b *bent) {
			b.many = func(_ context.Context, wants []channel.Want) []channel.Want {
				if len(wants) == 0 {
					return []channel.Want{{Channels: []string{"shop"}, Until: noonOfSuite(), Limit: 1}}
				}
				return wants
			}
		}},
		{
			name: "Due does not look ahead", rules: []string{"Due/records ahead", "Due/as Update does"},
			bend: wanting(func(w *channel.Want) { w.Ahead = 0 }),
		},
		{name: "Due looks one further", rules: []string{"Due/records ahead"}, bend: wanting(func(w *channel.Want) { w.Ahead++ })},
		{
			name: "Due ends with an error", rules: []string{"Due/an error leaves it", "Number/no gap in Due"},
			bend: due(func(in channel.Store) func(context.Context, []channel.Want, visit) (time.Time, error) {
				return func(ctx context.Context, wants []channel.Want, fn visit) (time.Time, error) {
					var failed error
					return in.Due(ctx, wants, func(c *channel.Conversation, l channel.Lane) error {
						if failed == nil {
							failed = fn(c, l)
						}
						return failed
					})
				}
			}),
		},
		{
			name: "Due returns the error of a change", rules: []string{"Due/an error leaves it"},
			bend: due(func(in channel.Store) func(context.Context, []channel.Want, visit) (time.Time, error) {
				return func(ctx context.Context, wants []channel.Want, fn visit) (time.Time, error) {
					var failed error
					next, err := in.Due(ctx, wants, func(c *channel.Conversation, l channel.Lane) error {
						err := fn(c, l)
						failed = errors.Join(failed, err)
						return err
					})
					return next, cmpErr(err, failed)
				}
			}),
		},
		{
			name: "Due records what failed", rules: []string{"Due/an error leaves it"},
			bend: visiting(func(c *channel.Conversation, l channel.Lane, fn visit) error {
				_ = fn(c, l)
				return nil
			}),
		},
		{
			name: "Due loses records", rules: []string{"Due/as Update does"},
			bend: visiting(func(c *channel.Conversation, l channel.Lane, fn visit) error {
				err := fn(c, l)
				c.Added = nil
				return err
			}),
		},
		{
			name: "Due claims nobody", rules: []string{"Due/as Update does", "Claims/in Due"},
			bend: visiting(func(c *channel.Conversation, l channel.Lane, fn visit) error {
				err := fn(c, l)
				c.Claims = nil
				return err
			}),
		},
		{
			name: "Due forgets nothing", rules: []string{"Due/as Update does"},
			bend: visiting(func(c *channel.Conversation, l channel.Lane, fn visit) error {
				err := fn(c, l)
				c.Forget = false
				return err
			}),
		},
		{
			name: "Due saves no enquiry", rules: []string{"Due/as Update does", "Number/no gap in Due"},
			bend: visiting(func(c *channel.Conversation, l channel.Lane, fn visit) error {
				err := fn(c, l)
				c.Save = false
				return err
			}),
		},
		{
			name: "Due records nothing", rules: []string{"Due/as Update does", "Crowd/ten thousand due at once", "Gone/nothing of it is due"},
			bend: visiting(func(c *channel.Conversation, l channel.Lane, fn visit) error {
				err := fn(c, l)
				c.Write = false
				return err
			}),
		},
		{
			name: "Due records without Write", rules: []string{"Due/nothing without Write"},
			bend: visiting(func(c *channel.Conversation, l channel.Lane, fn visit) error {
				err := fn(c, l)
				c.Write = true
				return err
			}),
		},
		{
			name: "a conversation is taken whole", rules: []string{"Due/lanes do not wait for each other"},
			bend: visiting(func(c *channel.Conversation, l channel.Lane, fn visit) error {
				for _, k := range c.Lane {
					if k.Lease != 0 {
						return errBent
					}
				}
				return fn(c, l)
			}),
		},
		{
			name: "every other look is at an old list", rules: []string{"Due/as soon as it is recorded"},
			bend: due(func(in channel.Store) func(context.Context, []channel.Want, visit) (time.Time, error) {
				calls := 0
				return func(ctx context.Context, wants []channel.Want, fn visit) (time.Time, error) {
					if calls++; calls%2 == 0 {
						return time.Time{}, nil
					}
					return in.Due(ctx, wants, fn)
				}
			}),
		},
	}
}

// noonOfSuite is when the suite begins.
func noonOfSuite() time.Time { return time.Date(2026, time.March, 1, 12, 0, 0, 123_456_000, time.UTC) }

// anySoMany takes as many as Limit says, but not the first ones.
func anySoMany(in channel.Store) func(context.Context, []channel.Want, visit) (time.Time, error) {
	return func(ctx context.Context, wants []channel.Want, fn visit) (time.Time, error) {
		w := wants[0]
		all := w
		all.Limit = 1000
		count := map[string]int{}
		_, _ = in.Due(ctx, []channel.Want{all}, func(c *channel.Conversation, _ channel.Lane) error {
			count[c.Channel]++
			return nil
		})
		return in.Due(ctx, []channel.Want{all}, func(c *channel.Conversation, l channel.Lane) error {
			if count[c.Channel]--; count[c.Channel] < w.Limit {
				return fn(c, l)
			}
			return errBent
		})
	}
}

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
			bend: due(func(in channel.Store) func(context.Context, []channel.Want, visit) (time.Time, error) {
				return func(ctx context.Context, wants []channel.Want, fn visit) (next time.Time, err error) {
					for _, w := range wants {
						next, err = in.Due(ctx, []channel.Want{w}, fn)
					}
					return next, err
				}
			}),
		},
		{
			name: "next is of all lanes", rules: []string{"Next/zero if there is none"},
			bend: due(func(in channel.Store) func(context.Context, []channel.Want, visit) (time.Time, error) {
				return func(ctx context.Context, wants []channel.Want, fn visit) (time.Time, error) {
					next, err := in.Due(ctx, wants, fn)
					for _, w := range wants {
						w.Lane = channel.LaneDeliver
						if other, _ := in.Due(ctx, []channel.Want{w}, nobody); next.IsZero() {
							next = other
						}
					}
					return next, err
				}
			}),
		},
		{
			name: "next is looked up before the changes", rules: []string{"Next/after what the change did"},
			bend: due(func(in channel.Store) func(context.Context, []channel.Want, visit) (time.Time, error) {
				return func(ctx context.Context, wants []channel.Want, fn visit) (time.Time, error) {
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
			bend: due(func(in channel.Store) func(context.Context, []channel.Want, visit) (time.Time, error) {
				return func(ctx context.Context, wants []channel.Want, fn visit) (time.Time, error) {
					n := 0
					next, err := in.Due(ctx, wants, func(c *channel.Conversation, l channel.Lane) error {
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

func nobody(*channel.Conversation, channel.Lane) error { return errBent }

// aside keeps a part of the deliver lane where the index of the store does not see it.
func aside(put func(k *channel.Cursor) (kept int64), take func(k *channel.Cursor, kept int64)) func(*bent) {
	return func(b *bent) {
		kept := map[string]int64{}
		b.load = func(c *channel.Conversation, _ channel.Look) {
			b.mu.Lock()
			defer b.mu.Unlock()
			take(&c.Lane[channel.LaneDeliver], kept[c.ID])
		}
		b.save = func(c *channel.Conversation) error {
			if c.Write {
				b.mu.Lock()
				defer b.mu.Unlock()
				kept[c.ID] = put(&c.Lane[channel.LaneDeliver])
			}
			return nil
		}
	}
}

func brokenLeases() []mutation {
	lane := func(fn func(k *channel.Cursor)) func(*bent) {
		return saving(func(c *channel.Conversation) { fn(&c.Lane[channel.LaneDeliver]) })
	}
	return []mutation{
		{
			name: "leased work is shown when it is due", rules: []string{"Lease/nobody else while it lasts", "Lease/renewed", "Lease/taken over when it has run out"},
			bend: aside(func(k *channel.Cursor) int64 {
				lease := k.Lease
				k.Lease = 0
				return lease
			}, func(k *channel.Cursor, lease int64) { k.Lease = lease }),
		},
		{
			name: "leased work is never shown", rules: []string{"Lease/taken over when it has run out", "Lease/a lost lease settles nothing"},
			bend: visiting(func(c *channel.Conversation, l channel.Lane, fn visit) error {
				if c.Lane[l].Lease != 0 {
					return errBent
				}
				return fn(c, l)
			}),
		},
		{
			name: "work that is not due is not shown when its lease has run out", rules: []string{"Lease/taken over when it has run out"},
			bend: visiting(func(c *channel.Conversation, l channel.Lane, fn visit) error {
				if c.Lane[l].Due == 0 {
					return errBent
				}
				return fn(c, l)
			}),
		},
		{
			name: "a lease is not renewed", rules: []string{"Lease/renewed"},
			bend: func(b *bent) {
				first := map[string]channel.Cursor{}
				b.save = func(c *channel.Conversation) error {
					k := &c.Lane[channel.LaneDeliver]
					if was, ok := first[c.ID]; ok && was.Token == k.Token && k.Lease != 0 {
						k.Lease = was.Lease
					}
					first[c.ID] = *k
					return nil
				}
			},
		},
		{name: "a lease is not released", rules: []string{"Lease/released"}, bend: lane(func(k *channel.Cursor) {
			if k.Token > 0 && k.Lease == 0 {
				k.Lease = noonOfSuite().Add(10 * time.Second).UnixNano()
			}
		})},
		{name: "tokens do not grow", rules: []string{
			"Lease/a lost lease settles nothing", "Lease/taken over when it has run out", "Lease/released", "Lease/one holder under contention",
		}, bend: lane(func(k *channel.Cursor) { k.Token = min(k.Token, 1) })},
		{name: "Done is lost", rules: []string{"Lease/released"}, bend: lane(func(k *channel.Cursor) { k.Done = 0 })},
	}
}
