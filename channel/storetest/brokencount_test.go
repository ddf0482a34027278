package storetest_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// counting is a store that numbers enquiries itself. number is called for every change without an error, with a
// function that draws the next number of a counter.
func counting(number func(c *conversation.Conversation, draw func(counter string) int64)) func(*bent) {
	return func(b *bent) {
		last := map[string]int64{}
		b.save = func(c *conversation.Conversation) error {
			number(c, func(counter string) int64 {
				b.mu.Lock()
				defer b.mu.Unlock()
				last[counter]++
				return last[counter]
			})
			return nil
		}
	}
}

func brokenNumbers() []mutation {
	type draw = func(string) int64
	return []mutation{
		{
			name: "numbers count over all channels", rules: []string{"Number/counts within the channel"},
			bend: counting(func(c *conversation.Conversation, next draw) {
				if c.NeedsNumber() {
					c.Numbered(next(""))
				}
			}),
		},
		{
			name: "numbers count from 2", rules: []string{"Number/counts within the channel"},
			bend: counting(func(c *conversation.Conversation, next draw) {
				if c.NeedsNumber() {
					c.Numbered(next(c.Channel) + 1)
				}
			}),
		},
		{
			name: "a saved enquiry gets a new number", rules: []string{"Number/given once"},
			bend: counting(func(c *conversation.Conversation, next draw) {
				if c.Save && c.Write {
					c.Numbered(next(c.Channel))
				}
			}),
		},
		{
			name: "numbers are drawn for what is not saved", rules: []string{"Number/only to what is saved"},
			bend: counting(func(c *conversation.Conversation, next draw) {
				if c.Write && c.Enquiry != nil && c.Enquiry.Number == 0 {
					c.Numbered(next(c.Channel))
				}
			}),
		},
		{
			name: "records keep the number 0", rules: []string{"Number/in the records too", "Update/complete on return"},
			bend: counting(func(c *conversation.Conversation, next draw) {
				if c.NeedsNumber() {
					e := *c.Enquiry
					e.Number = next(c.Channel)
					c.Enquiry = &e
				}
			}),
		},
		{
			name: "all records get the number", rules: []string{"Number/in the records too"},
			bend: counting(func(c *conversation.Conversation, next draw) {
				if !c.NeedsNumber() {
					return
				}
				c.Numbered(next(c.Channel))
				for i := range c.Added {
					if s := c.Added[i].State; s != nil {
						state := *s
						state.Number = c.Enquiry.Number
						c.Added[i].State = &state
					}
				}
			}),
		},
		{
			name: "a refused change leaves a gap", rules: []string{"Number/no gap under contention", "Update/or nothing is recorded"},
			bend: counting(func(c *conversation.Conversation, next draw) {
				if c.NeedsNumber() {
					c.Numbered(next(c.Channel))
				}
			}),
		},
		{
			name: "a failed change leaves a gap", rules: []string{"Number/no gap under contention", "Update/an error records nothing"},
			bend: func(b *bent) {
				last := map[string]int64{}
				b.wrap = func(b *bent, in conversation.Store) conversation.Store {
					return &funcs{Store: in, update: func(ctx context.Context, id string, look conversation.Look, fn change) error {
						return in.Update(ctx, id, look, func(c *conversation.Conversation) error {
							err := fn(c)
							if c.NeedsNumber() {
								b.mu.Lock()
								defer b.mu.Unlock()
								last[c.Channel]++
								c.Numbered(last[c.Channel])
							}
							return err
						})
					}}
				}
			},
		},
		{name: "two get one number", rules: []string{"Number/no gap under contention"}, bend: func(b *bent) {
			last := map[string]int64{}
			b.save = func(c *conversation.Conversation) error {
				if !c.NeedsNumber() {
					return nil
				}
				b.mu.Lock()
				n := last[c.Channel] + 1
				b.mu.Unlock()
				time.Sleep(50 * time.Microsecond)
				b.mu.Lock()
				last[c.Channel] = n
				b.mu.Unlock()
				c.Numbered(n)
				return nil
			}
		}},
		{name: "Due gives no numbers", rules: []string{"Number/no gap in Due"}, bend: func(b *bent) {
			b.wrap = func(_ *bent, in conversation.Store) conversation.Store {
				return &funcs{Store: in, due: func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
					return in.Due(ctx, wants, func(c *conversation.Conversation, l conversation.Lane) error {
						err := fn(c, l)
						if c.NeedsNumber() {
							c.Numbered(-1)
						}
						return err
					})
				}}
			}
		}},
	}
}

// claims is a mutation of the claims of a change.
func claims(fn func(c *conversation.Conversation, claims []conversation.Claim) []conversation.Claim) func(*bent) {
	return saving(func(c *conversation.Conversation) { c.Claims = fn(c, slices.Clone(c.Claims)) })
}

// ledger is a store that counts by itself.
func ledger(count func(b *bent, c *conversation.Conversation, counted map[string]int) error) func(*bent) {
	return func(b *bent) {
		counted := map[string]int{}
		b.save = func(c *conversation.Conversation) error {
			if !c.Write {
				return nil
			}
			err := count(b, c, counted)
			c.Claims = nil
			return err
		}
	}
}

func brokenClaims() []mutation {
	limit := []string{"Claims/up to the capacity"}
	return []mutation{
		{
			name: "one more than the capacity", rules: append(limit, "Claims/over all conversations and channels", "Claims/in Due"),
			bend: claims(func(_ *conversation.Conversation, list []conversation.Claim) []conversation.Claim {
				for i := range list {
					if list[i].Capacity > 0 {
						list[i].Capacity++
					}
				}
				return list
			}),
		},
		{
			name: "one less than the capacity", rules: limit,
			bend: claims(func(_ *conversation.Conversation, list []conversation.Claim) []conversation.Claim {
				for i := range list {
					if list[i].Capacity > 1 {
						list[i].Capacity--
					}
				}
				return list
			}),
		},
		{name: "staff are folded", rules: limit, bend: claims(func(_ *conversation.Conversation, list []conversation.Claim) []conversation.Claim {
			for i := range list {
				list[i].Staff = strings.TrimSpace(strings.ToLower(list[i].Staff))
			}
			return list
		})},
		{name: "another error than ErrCapacity", rules: limit, bend: func(b *bent) {
			b.wrap = func(_ *bent, in conversation.Store) conversation.Store {
				return &funcs{Store: in, update: func(ctx context.Context, id string, look conversation.Look, fn change) error {
					err := in.Update(ctx, id, look, fn)
					if errors.Is(err, conversation.ErrCapacity) {
						return errBent
					}
					return err
				}}
			}
		}},
		{
			name: "some of the claims", rules: []string{"Claims/all or none"},
			bend: ledger(func(b *bent, c *conversation.Conversation, counted map[string]int) error {
				b.mu.Lock()
				defer b.mu.Unlock()
				for _, claim := range c.Claims {
					if claim.Delta > 0 && claim.Capacity > 0 && counted[claim.Staff] >= claim.Capacity {
						return conversation.ErrCapacity
					}
					counted[claim.Staff] += claim.Delta
				}
				return nil
			}),
		},
		{
			name: "each claim by itself", rules: []string{"Claims/all or none"},
			bend: ledger(func(b *bent, c *conversation.Conversation, counted map[string]int) error {
				b.mu.Lock()
				defer b.mu.Unlock()
				for _, claim := range c.Claims { // both of one change see what was before it
					if claim.Delta > 0 && claim.Capacity > 0 && counted[claim.Staff] >= claim.Capacity {
						return conversation.ErrCapacity
					}
				}
				for _, claim := range c.Claims {
					counted[claim.Staff] += claim.Delta
				}
				return nil
			}),
		},
	}
}

func brokenReturns() []mutation {
	return []mutation{
		{
			name: "nothing is given back", rules: []string{"Claims/given back", "Claims/handed on"},
			bend: claims(func(_ *conversation.Conversation, list []conversation.Claim) []conversation.Claim {
				return slices.DeleteFunc(list, func(c conversation.Claim) bool { return c.Delta < 0 })
			}),
		},
		{
			name: "taken before given back", rules: []string{"Claims/handed on"},
			bend: claims(func(_ *conversation.Conversation, list []conversation.Claim) []conversation.Claim {
				slices.SortFunc(list, func(a, b conversation.Claim) int { return b.Delta - a.Delta })
				return list
			}),
		},
		{name: "capacity 0 is none", rules: []string{"Claims/no limit"}, bend: func(b *bent) {
			b.save = func(c *conversation.Conversation) error {
				for _, claim := range c.Claims {
					if claim.Delta > 0 && claim.Capacity == 0 {
						return conversation.ErrCapacity
					}
				}
				return nil
			}
		}},
		{
			name: "what has no limit is not counted", rules: []string{"Claims/no limit"},
			bend: claims(func(_ *conversation.Conversation, list []conversation.Claim) []conversation.Claim {
				return slices.DeleteFunc(list, func(c conversation.Claim) bool { return c.Delta > 0 && c.Capacity == 0 })
			}),
		},
		{
			name: "claims without Write", rules: []string{"Claims/only what is recorded"},
			bend: saving(func(c *conversation.Conversation) { c.Write = c.Write || len(c.Claims) > 0 }),
		},
		{
			name: "every channel counts for itself", rules: []string{"Claims/over all conversations and channels"},
			bend: claims(func(c *conversation.Conversation, list []conversation.Claim) []conversation.Claim {
				for i := range list {
					list[i].Staff += c.Channel
				}
				return list
			}),
		},
		{
			name: "looked at, then counted", rules: []string{"Claims/over all conversations and channels"},
			bend: ledger(func(b *bent, c *conversation.Conversation, counted map[string]int) error {
				for _, claim := range c.Claims {
					b.mu.Lock()
					n := counted[claim.Staff]
					b.mu.Unlock()
					if claim.Delta > 0 && claim.Capacity > 0 && n >= claim.Capacity {
						return conversation.ErrCapacity
					}
					time.Sleep(50 * time.Microsecond)
					b.mu.Lock()
					counted[claim.Staff] += claim.Delta
					b.mu.Unlock()
				}
				return nil
			}),
		},
		{name: "Due ends when somebody is full", rules: []string{"Claims/in Due"}, bend: func(b *bent) {
			b.wrap = func(_ *bent, in conversation.Store) conversation.Store {
				return &funcs{Store: in, due: func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
					taken := 0
					return in.Due(ctx, wants, func(c *conversation.Conversation, l conversation.Lane) error {
						if taken > 4 {
							return conversation.ErrCapacity
						}
						taken++
						return fn(c, l)
					})
				}}
			}
		}},
		{name: "a full one in Due is recorded but for its claim", rules: []string{"Claims/in Due"}, bend: func(b *bent) {
			b.wrap = func(_ *bent, in conversation.Store) conversation.Store {
				return &funcs{Store: in, due: func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
					return in.Due(ctx, wants, func(c *conversation.Conversation, l conversation.Lane) error {
						err := fn(c, l)
						c.Claims = nil
						return err
					})
				}}
			}
		}},
	}
}
