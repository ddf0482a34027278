package storetest_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// wanting is a mutation of what Due is asked for.
func wanting(want func(*conversation.Want)) func(*bent) {
	return func(b *bent) { b.want = want }
}

// due is a mutation of Due.
func due(fn func(in conversation.Store) func(context.Context, []conversation.Want, visit) (time.Time, error)) func(*bent) {
	return func(b *bent) {
		b.wrap = func(_ *bent, in conversation.Store) conversation.Store { return &funcs{Store: in, due: fn(in)} }
	}
}

// visiting is a mutation of what Due runs.
func visiting(fn func(c *conversation.Conversation, l conversation.Lane, fn visit) error) func(*bent) {
	return due(func(in conversation.Store) func(context.Context, []conversation.Want, visit) (time.Time, error) {
		return func(ctx context.Context, wants []conversation.Want, inner visit) (time.Time, error) {
			return in.Due(ctx, wants, func(c *conversation.Conversation, l conversation.Lane) error { return fn(c, l, inner) })
		}
	})
}

// arranged is a Due that looks what is due, arranges it, and runs it then.
func arranged(arrange func(list []string) []string) func(*bent) {
	return due(func(in conversation.Store) func(context.Context, []conversation.Want, visit) (time.Time, error) {
		return func(ctx context.Context, wants []conversation.Want, fn visit) (next time.Time, err error) {
			for _, w := range wants {
				var list []string
				next, err = in.Due(ctx, []conversation.Want{w}, func(c *conversation.Conversation, _ conversation.Lane) error {
					list = append(list, c.ID)
					return nil
				})
				for _, id := range arrange(list) {
					_ = in.Update(ctx, id, conversation.Look{Lane: w.Lane, Ahead: w.Ahead}, func(c *conversation.Conversation) error {
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
		{name: "After is included", rules: append(bounds, "Due/an order in pages"), bend: wanting(func(w *conversation.Want) {
			if !w.After.IsZero() {
				w.After = w.After.Add(-1)
			}
		})},
		{
			name: "After is not heard", rules: append(bounds, "Due/in that order", "Due/several wants", "Due/an order in pages"),
			bend: wanting(func(w *conversation.Want) { w.After = time.Time{} }),
		},
		{name: "After is rounded", rules: bounds, bend: wanting(func(w *conversation.Want) { w.After = w.After.Truncate(time.Microsecond) })},
		{name: "a zero After leaves out the first", rules: bounds, bend: wanting(func(w *conversation.Want) {
			if w.After.IsZero() {
				w.After = noonOfSuite()
			}
		})},
		{name: "Until is not included", rules: bounds, bend: wanting(func(w *conversation.Want) { w.Until = w.Until.Add(-1) })},
		{name: "Until is rounded", rules: bounds, bend: wanting(func(w *conversation.Want) { w.Until = w.Until.Truncate(time.Microsecond) })},
		{
			name: "Until is an hour later", rules: append(bounds, "Lease/nobody else while it lasts", "Due/as Update does"),
			bend: wanting(func(w *conversation.Want) { w.Until = w.Until.Add(time.Hour) }),
		},
		{name: "the last comes first", rules: []string{"Due/in that order", "Due/an order in pages"}, bend: arranged(func(list []string) []string {
			slices.Reverse(list)
			return list
		})},
		{name: "in the order of ids", rules: []string{"Due/in that order"}, bend: arranged(func(list []string) []string {
			slices.Sort(list)
			return list
		})},
		{name: "one less than Limit", rules: []string{"Due/at most Limit"}, bend: wanting(func(w *conversation.Want) { w.Limit-- })},
		{
			name: "Limit is not heard", rules: []string{"Due/at most Limit", "Due/several wants"},
			bend: wanting(func(w *conversation.Want) { w.Limit = 1000 }),
		},
		{name: "any so many", rules: []string{"Due/at most Limit"}, bend: due(anySoMany)},
		{
			name: "Limit is for all channels together", rules: []string{"Due/at most Limit"},
			bend: due(func(in conversation.Store) func(context.Context, []conversation.Want, visit) (time.Time, error) {
				return func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
					n := 0
					return in.Due(ctx, wants, func(c *conversation.Conversation, l conversation.Lane) error {
						if n++; n > wants[0].Limit {
							return errBent
						}
						return fn(c, l)
					})
				}
			}),
		},
	}
}

func brokenWants() []mutation {
	return []mutation{
		{name: "the first want only", rules: []string{"Due/several wants", "Next/over channels and wants"}, bend: func(b *bent) {
			b.many = func(_ context.Context, wants []conversation.Want) []conversation.Want {
				return wants[:min(1, len(wants))]
			}
		}},
		{name: "the first channel only", rules: []string{"Due/at most Limit", "Next/over channels and wants"}, bend: wanting(func(w *conversation.Want) {
			w.Channels = w.Channels[:min(1, len(w.Channels))]
		})},
		{
			name: "every lane is called route", rules: []string{"Due/several wants"},
			bend: visiting(func(c *conversation.Conversation, _ conversation.Lane, fn visit) error {
				return fn(c, conversation.LaneRoute)
			}),
		},
		{name: "no channels are all channels", rules: []string{"Due/only what is wanted"}, bend: wanting(func(w *conversation.Want) {
			if len(w.Channels) == 0 {
				w.Channels = []string{"shop"}
			}
		})},
		{name: "channels are folded when wanted", rules: []string{"Due/only what is wanted"}, bend: wanting(func(w *conversation.Want) {
			list := slices.Clone(w.Channels)
			for i := range list {
				list[i] = strings.ToLower(list[i])
			}
			w.Channels = list
		})},
		{name: "no wants are all wants", rules: []string{"Due/only what is wanted"}, bend: func(b *bent) {
			b.many = func(_ context.Context, wants []conversation.Want) []conversation.Want {
				if len(wants) == 0 {
					return []conversation.Want{{Channels: []string{"shop"}, Until: noonOfSuite(), Limit: 1}}
				}
				return wants
			}
		}},
		{
			name: "Due does not look ahead", rules: []string{"Due/records ahead", "Due/as Update does"},
			bend: wanting(func(w *conversation.Want) { w.Ahead = 0 }),
		},
		{name: "Due looks one further", rules: []string{"Due/records ahead"}, bend: wanting(func(w *conversation.Want) { w.Ahead++ })},
	}
}

func brokenVisits() []mutation {
	return []mutation{
		{
			name: "Due ends with an error", rules: []string{"Due/an error leaves it", "Number/no gap in Due"},
			bend: due(func(in conversation.Store) func(context.Context, []conversation.Want, visit) (time.Time, error) {
				return func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
					var failed error
					return in.Due(ctx, wants, func(c *conversation.Conversation, l conversation.Lane) error {
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
			bend: due(func(in conversation.Store) func(context.Context, []conversation.Want, visit) (time.Time, error) {
				return func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
					var failed error
					next, err := in.Due(ctx, wants, func(c *conversation.Conversation, l conversation.Lane) error {
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
			bend: visiting(func(c *conversation.Conversation, l conversation.Lane, fn visit) error {
				_ = fn(c, l)
				return nil
			}),
		},
		{
			name: "Due loses records", rules: []string{"Due/as Update does"},
			bend: visiting(func(c *conversation.Conversation, l conversation.Lane, fn visit) error {
				err := fn(c, l)
				c.Added = nil
				return err
			}),
		},
		{
			name: "Due claims nobody", rules: []string{"Due/as Update does", "Claims/in Due"},
			bend: visiting(func(c *conversation.Conversation, l conversation.Lane, fn visit) error {
				err := fn(c, l)
				c.Claims = nil
				return err
			}),
		},
		{
			name: "Due forgets nothing", rules: []string{"Due/as Update does"},
			bend: visiting(func(c *conversation.Conversation, l conversation.Lane, fn visit) error {
				err := fn(c, l)
				c.Forget = false
				return err
			}),
		},
		{
			name: "Due saves no enquiry", rules: []string{"Due/as Update does", "Number/no gap in Due"},
			bend: visiting(func(c *conversation.Conversation, l conversation.Lane, fn visit) error {
				err := fn(c, l)
				c.Save = false
				return err
			}),
		},
		{
			name: "Due records nothing", rules: []string{"Due/as Update does", "Crowd/ten thousand due at once", "Gone/nothing of it is due"},
			bend: visiting(func(c *conversation.Conversation, l conversation.Lane, fn visit) error {
				err := fn(c, l)
				c.Write = false
				return err
			}),
		},
		{
			name: "Due records without Write", rules: []string{"Due/nothing without Write"},
			bend: visiting(func(c *conversation.Conversation, l conversation.Lane, fn visit) error {
				err := fn(c, l)
				c.Write = true
				return err
			}),
		},
		{
			name: "a conversation is taken whole", rules: []string{"Due/lanes do not wait for each other"},
			bend: visiting(func(c *conversation.Conversation, l conversation.Lane, fn visit) error {
				for _, k := range c.Lane {
					if k.Lease != 0 {
						return errBent
					}
				}
				return fn(c, l)
			}),
		},
		{
			name: "Due looks at every conversation", rules: []string{"Crowd/the idle cost nothing"},
			bend: func(b *bent) { b.wrap = lookingAtAll },
		},
		{
			name: "what was due once is shown", rules: []string{"Due/as long as it is due"},
			bend: func(b *bent) { b.wrap = showingAll },
		},
		{
			name: "every other look is at an old list", rules: []string{"Due/as soon as it is recorded"},
			bend: due(func(in conversation.Store) func(context.Context, []conversation.Want, visit) (time.Time, error) {
				calls := 0
				return func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
					if calls++; calls%2 == 0 {
						return time.Time{}, nil
					}
					return in.Due(ctx, wants, fn)
				}
			}),
		},
	}
}

// lookingAtAll is a store whose Due looks at every conversation.
func lookingAtAll(b *bent, in conversation.Store) conversation.Store {
	known := map[string]bool{}
	return &funcs{
		Store: in,
		update: func(ctx context.Context, id string, look conversation.Look, fn change) error {
			b.mu.Lock()
			known[id] = true
			b.mu.Unlock()
			return in.Update(ctx, id, look, fn)
		},
		due: func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
			for id := range known {
				_ = in.Update(ctx, id, conversation.Look{}, func(*conversation.Conversation) error { return nil })
			}
			return in.Due(ctx, wants, fn)
		},
	}
}

// noonOfSuite is when the suite begins.
func noonOfSuite() time.Time { return time.Date(2026, time.March, 1, 12, 0, 0, 123_456_000, time.UTC) }

// anySoMany takes as many as Limit says, but not the first ones.
func anySoMany(in conversation.Store) func(context.Context, []conversation.Want, visit) (time.Time, error) {
	return func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
		w := wants[0]
		all := w
		all.Limit = 1000
		count := map[string]int{}
		_, _ = in.Due(ctx, []conversation.Want{all}, func(c *conversation.Conversation, _ conversation.Lane) error {
			count[c.Channel]++
			return nil
		})
		return in.Due(ctx, []conversation.Want{all}, func(c *conversation.Conversation, l conversation.Lane) error {
			if count[c.Channel]--; count[c.Channel] < w.Limit {
				return fn(c, l)
			}
			return errBent
		})
	}
}

// showingAll is a store whose Due shows every conversation, whenever it is due.
func showingAll(b *bent, in conversation.Store) conversation.Store {
	known := map[string]bool{}
	return &funcs{
		Store: in,
		update: func(ctx context.Context, id string, look conversation.Look, fn change) error {
			b.mu.Lock()
			known[id] = true
			b.mu.Unlock()
			return in.Update(ctx, id, look, fn)
		},
		due: func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
			b.mu.Lock()
			ids := slices.Sorted(maps.Keys(known))
			b.mu.Unlock()
			for _, id := range ids {
				_ = in.Update(ctx, id, conversation.Look{}, func(c *conversation.Conversation) error { return fn(c, wants[0].Lane) })
			}
			return time.Time{}, nil
		},
	}
}
