package storetest_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/memstore"
)

// saving is a mutation of what is recorded.
func saving(save func(c *conversation.Conversation)) func(*bent) {
	return func(b *bent) {
		b.save = func(c *conversation.Conversation) error {
			save(c)
			return nil
		}
	}
}

// loading is a mutation of what a run is shown.
func loading(load func(c *conversation.Conversation)) func(*bent) {
	return func(b *bent) { b.load = func(c *conversation.Conversation, _ conversation.Look) { load(c) } }
}

func brokenUpdates() []mutation {
	return []mutation{
		{
			name: "an absent conversation is not empty", rules: []string{"Update/absent is empty but for its ID"},
			bend: loading(func(c *conversation.Conversation) { c.Greeted = c.Greeted || c.Version == 0 }),
		},
		{
			name: "an absent conversation has no id", rules: []string{"Update/absent is empty but for its ID"},
			bend: loading(func(c *conversation.Conversation) {
				if c.Version == 0 {
					c.ID = ""
				}
			}),
		},
		{
			name: "an absent conversation is there once it was read", rules: []string{"Update/absent is empty but for its ID"},
			bend: saving(func(c *conversation.Conversation) { c.Write = c.Write || c.Version == 0 }),
		},
		{
			name: "Write does not matter", rules: []string{"Update/nothing without Write", "Due/nothing without Write"},
			bend: saving(func(c *conversation.Conversation) { c.Write = true }),
		},
		{
			name: "what failed is recorded", rules: []string{"Update/an error records nothing", "Claims/only what is recorded"},
			bend: func(b *bent) {
				b.wrap = func(_ *bent, in conversation.Store) conversation.Store {
					return &funcs{Store: in, update: func(ctx context.Context, id string, look conversation.Look, fn change) error {
						var failed error
						err := in.Update(ctx, id, look, func(c *conversation.Conversation) error {
							failed = fn(c)
							return nil
						})
						if failed != nil {
							return failed
						}
						return err
					}}
				}
			},
		},
		{
			name: "errors are wrapped", rules: []string{"Update/an error comes back as it is"},
			bend: func(b *bent) {
				b.wrap = func(_ *bent, in conversation.Store) conversation.Store {
					return &funcs{Store: in, update: func(ctx context.Context, id string, look conversation.Look, fn change) error {
						if err := in.Update(ctx, id, look, fn); err != nil {
							return fmt.Errorf("update: %w", err)
						}
						return nil
					}}
				}
			},
		},
	}
}

func brokenWrites() []mutation {
	all := []string{"Update/all is recorded"}
	return []mutation{
		{name: "the Head is lost", rules: all, bend: saving(func(c *conversation.Conversation) {
			c.Greeted = c.Greeted || c.Version > 0
		})},
		{name: "Seq is lost", rules: all, bend: saving(func(c *conversation.Conversation) { c.Seq = min(c.Seq, 1) })},
		{name: "a lane is lost", rules: all, bend: saving(func(c *conversation.Conversation) {
			c.Lane[conversation.LaneNotify] = conversation.Cursor{}
		})},
		{name: "the last record is lost", rules: all, bend: saving(func(c *conversation.Conversation) {
			c.Added = c.Added[:max(0, len(c.Added)-1)]
		})},
		{
			name: "changed records are lost", rules: append(all, "Update/Added is appended and Changed replaced"),
			bend: saving(func(c *conversation.Conversation) { c.Changed = nil }),
		},
		{name: "the enquiry is not saved", rules: all, bend: saving(func(c *conversation.Conversation) { c.Save = false })},
		{
			name: "claims are lost", rules: append(all, "Claims/up to the capacity"),
			bend: saving(func(c *conversation.Conversation) { c.Claims = nil }),
		},
		{
			name: "what is refused for its claims is recorded but for them", rules: []string{"Update/or nothing is recorded"},
			bend: func(b *bent) {
				b.wrap = func(_ *bent, in conversation.Store) conversation.Store {
					return &funcs{Store: in, update: func(ctx context.Context, id string, look conversation.Look, fn change) error {
						err := in.Update(ctx, id, look, fn)
						if err == conversation.ErrCapacity { //nolint:errorlint // the memory store returns it as it is
							_ = in.Update(ctx, id, look, func(c *conversation.Conversation) error {
								err := fn(c)
								c.Claims = nil
								return err
							})
						}
						return err
					}}
				}
			},
		},
	}
}

func brokenOutcomes() []mutation {
	return []mutation{
		{
			name: "the store does not outlive its user", rules: []string{"Update/there for who comes afterwards"},
			bend: func(b *bent) { b.open = func(testing.TB, *bent) conversation.Store { return memstore.New() } },
		},
		{name: "every user reads from a cache of its own", rules: []string{"Update/there for who comes afterwards"}, bend: func(b *bent) {
			b.open = func(_ testing.TB, b *bent) conversation.Store {
				cached := map[string]conversation.Head{}
				return &funcs{Store: b.Store, update: func(ctx context.Context, id string, look conversation.Look, fn change) error {
					return b.Store.Update(ctx, id, look, func(c *conversation.Conversation) error {
						b.mu.Lock()
						defer b.mu.Unlock()
						head, ok := cached[id]
						if !ok {
							head.Count, cached[id] = c.Count, c.Head
						}
						c.Count = head.Count
						return fn(c)
					})
				}}
			}
		}},
		{
			name: "the caller's conversation is not completed", rules: []string{"Update/complete on return"},
			bend: func(b *bent) {
				b.wrap = func(_ *bent, in conversation.Store) conversation.Store {
					return &funcs{Store: in, update: func(ctx context.Context, id string, look conversation.Look, fn change) error {
						return in.Update(ctx, id, look, func(c *conversation.Conversation) error {
							shown := *c
							err := fn(&shown)
							*c = shown
							return err
						})
					}}
				}
			},
		},
		{
			name: "conversations are written into", rules: []string{"Update/may be kept"},
			bend: func(b *bent) {
				kept := map[string]*conversation.Conversation{}
				b.wrap = func(b *bent, in conversation.Store) conversation.Store {
					return &funcs{Store: in, update: func(ctx context.Context, id string, look conversation.Look, fn change) error {
						return in.Update(ctx, id, look, func(c *conversation.Conversation) error {
							b.mu.Lock()
							defer b.mu.Unlock()
							shown := kept[id]
							if shown == nil {
								shown = &conversation.Conversation{}
								kept[id] = shown
							}
							*shown = *c
							err := fn(shown)
							*c = *shown
							return err
						})
					}}
				}
			},
		},
		{name: "enquiries are written into", rules: []string{"Update/may be kept"}, bend: func(b *bent) {
			shown := map[string]*conversation.Enquiry{}
			b.load = func(c *conversation.Conversation, _ conversation.Look) { shown[c.ID] = c.Enquiry }
			b.save = func(c *conversation.Conversation) error {
				if e := shown[c.ID]; e != nil && c.Write {
					*e = *c.Enquiry
				}
				return nil
			}
		}},
		{name: "Version stays", rules: []string{"Update/Version grows"}, bend: saving(func(c *conversation.Conversation) { c.Version = 0 })},
		{name: "Version grows with every look", rules: []string{"Update/Version grows"}, bend: func(b *bent) {
			looks := int64(0)
			b.load = func(c *conversation.Conversation, _ conversation.Look) {
				b.mu.Lock()
				defer b.mu.Unlock()
				if looks++; c.Version > 0 {
					c.Version += looks
				}
			}
		}},
		{name: "ids are folded", rules: []string{"Update/identifiers to the byte"}, bend: foldIDs(strings.ToLower)},
		{name: "channels are folded", rules: []string{"Update/identifiers to the byte"}, bend: saving(func(c *conversation.Conversation) {
			c.Channel = strings.ToLower(c.Channel)
		})},
		{name: "visitors are trimmed", rules: []string{"Update/identifiers to the byte"}, bend: saving(func(c *conversation.Conversation) {
			c.Visitor.ID = conversation.VisitorID(strings.TrimSpace(string(c.Visitor.ID)))
		})},
		{
			name: "only the delivery of a record changes", rules: []string{"Update/all is recorded", "Fidelity/every field of a Record"},
			bend: saving(func(c *conversation.Conversation) {
				changed := slices.Clone(c.Changed)
				for i := range changed {
					at := slices.IndexFunc(c.Found, func(r conversation.Record) bool { return r.Seq == changed[i].Seq })
					r := c.Found[at]
					r.Delivery = changed[i].Delivery
					changed[i] = r
				}
				c.Changed = changed
			}),
		},
		{
			name: "the wrong record changes", rules: []string{"Update/Added is appended and Changed replaced"},
			bend: saving(func(c *conversation.Conversation) {
				changed := slices.Clone(c.Changed)
				for i := range changed {
					changed[i].Seq = c.Changed[len(changed)-1-i].Seq
				}
				c.Changed = changed
			}),
		},
	}
}

// foldIDs makes conversations of which the folded ids are equal one.
func foldIDs(fold func(string) string) func(*bent) {
	return func(b *bent) {
		b.wrap = func(_ *bent, in conversation.Store) conversation.Store {
			return &funcs{Store: in, update: func(ctx context.Context, id string, look conversation.Look, fn change) error {
				return in.Update(ctx, fold(id), look, func(c *conversation.Conversation) error {
					c.ID = id
					return fn(c)
				})
			}}
		}
	}
}

// brokenContention are stores that fail when changes meet.
func brokenContention() []mutation {
	serial := []string{
		"Update/one after the other", "Once/the second sees the first", "Lease/one holder under contention", "Crowd/a busy day",
	}
	return []mutation{
		{name: "changes are lost", rules: serial, bend: func(b *bent) {
			b.wrap = func(_ *bent, in conversation.Store) conversation.Store {
				return &funcs{Store: in, update: unserialised(in), due: unclaimed(in)}
			}
		}},
		{name: "due work is shown to several", rules: []string{"Crowd/ten thousand due at once"}, bend: func(b *bent) {
			b.wrap = func(_ *bent, in conversation.Store) conversation.Store { return &funcs{Store: in, due: unclaimed(in)} }
		}},
		{name: "due work is not shown when there is much", rules: []string{"Crowd/ten thousand due at once"}, bend: func(b *bent) {
			b.want = func(w *conversation.Want) {
				if slices.Contains(w.Channels, "mail") {
					w.Channels = []string{"shop", "forum", "app"}
				}
			}
		}},
		{name: "a run begins with what the one before did", rules: []string{"Update/fresh data on every run"}, bend: func(b *bent) {
			b.wrap = func(_ *bent, in conversation.Store) conversation.Store {
				return &funcs{Store: in, update: func(ctx context.Context, id string, look conversation.Look, fn change) error {
					return in.Update(ctx, id, look, func(c *conversation.Conversation) error {
						if err := fn(c); err != nil {
							return err
						}
						return fn(c)
					})
				}}
			}
		}},
		{name: "runs of one change overlap", rules: []string{"Update/one after the other"}, bend: func(b *bent) {
			b.wrap = func(_ *bent, in conversation.Store) conversation.Store {
				return &funcs{Store: in, update: func(ctx context.Context, id string, look conversation.Look, fn change) error {
					return in.Update(ctx, id, look, func(c *conversation.Conversation) error {
						shown, done := *c, make(chan struct{})
						go func() {
							defer close(done)
							_ = fn(&shown)
						}()
						err := fn(c)
						<-done
						return err
					})
				}}
			}
		}},
		{name: "a failed run leaves traces", rules: []string{"Update/an error records nothing", "Update/fresh data on every run"}, bend: func(b *bent) {
			cached := map[string]conversation.Head{}
			b.wrap = func(b *bent, in conversation.Store) conversation.Store {
				return &funcs{Store: in, update: func(ctx context.Context, id string, look conversation.Look, fn change) error {
					return in.Update(ctx, id, look, func(c *conversation.Conversation) error {
						b.mu.Lock()
						defer b.mu.Unlock()
						if head, ok := cached[id]; ok {
							head.Version = c.Version
							c.Head = head
						}
						err := fn(c)
						cached[id] = c.Head
						return err
					})
				}}
			}
		}},
		{name: "an error reaches others recorded together", rules: []string{"Update/conversations do not mix"}, bend: func(b *bent) {
			var last error
			b.wrap = func(b *bent, in conversation.Store) conversation.Store {
				return &funcs{Store: in, update: func(ctx context.Context, id string, look conversation.Look, fn change) error {
					err := in.Update(ctx, id, look, fn)
					b.mu.Lock()
					defer b.mu.Unlock()
					err, last = cmpErr(err, last), err
					return err
				}}
			}
		}},
		{name: "conversations are mixed up", rules: []string{"Update/conversations do not mix"}, bend: func(b *bent) {
			b.save = func(c *conversation.Conversation) error {
				b.mu.Lock()
				defer b.mu.Unlock()
				for i := range c.Added {
					if strings.HasSuffix(string(c.Visitor.ID), "7") {
						c.Added[i].Err = "of another"
					}
				}
				return nil
			}
		}},
	}
}

func cmpErr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// unserialised runs a change on what was there a moment ago and records the outcome over what is there now.
func unserialised(in conversation.Store) func(context.Context, string, conversation.Look, change) error {
	return func(ctx context.Context, id string, look conversation.Look, fn change) error {
		var shown *conversation.Conversation
		if err := in.Update(ctx, id, look, func(c *conversation.Conversation) error {
			shown = c
			return nil
		}); err != nil {
			return err
		}
		outcome := *shown
		if err := fn(&outcome); err != nil {
			return err
		}
		time.Sleep(20 * time.Microsecond)
		return in.Update(ctx, id, conversation.Look{}, func(c *conversation.Conversation) error {
			version := c.Version
			*c = outcome
			c.Version = version
			return nil
		})
	}
}

// unclaimed shows what was due a moment ago, whoever works on it by now.
func unclaimed(in conversation.Store) func(context.Context, []conversation.Want, visit) (time.Time, error) {
	return func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
		seen := map[string]conversation.Lane{}
		next, err := in.Due(ctx, wants, func(c *conversation.Conversation, l conversation.Lane) error {
			seen[c.ID] = l
			return nil
		})
		time.Sleep(50 * time.Microsecond)
		for _, id := range slices.Sorted(maps.Keys(seen)) {
			_ = in.Update(ctx, id, conversation.Look{}, func(c *conversation.Conversation) error { return fn(c, seen[id]) })
		}
		return next, err
	}
}
