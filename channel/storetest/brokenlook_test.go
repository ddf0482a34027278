package storetest_test

import (
	"errors"
	"slices"
	"strings"

	"github.com/usherchat/usher/channel/conversation"
)

// asking is a mutation of what a look asks for.
func asking(look func(*conversation.Look)) func(*bent) {
	return func(b *bent) { b.look = look }
}

func brokenLooks() []mutation {
	found := func(fn func(found []conversation.Record, look conversation.Look) []conversation.Record) func(*bent) {
		return func(b *bent) {
			b.load = func(c *conversation.Conversation, look conversation.Look) { c.Found = fn(c.Found, look) }
		}
	}
	return []mutation{
		{name: "Once is not looked for", rules: []string{"Look/by Once"}, bend: asking(func(l *conversation.Look) { l.Once = nil })},
		{name: "only the first key is looked for", rules: []string{"Look/by Once"}, bend: asking(func(l *conversation.Look) {
			l.Once = l.Once[:min(1, len(l.Once))]
		})},
		{name: "keys are folded", rules: []string{"Look/by Once"}, bend: asking(func(l *conversation.Look) {
			var keys []string
			for _, key := range l.Once {
				keys = append(keys, key, strings.ToLower(key))
			}
			l.Once = keys
		})},
		{name: "keys are trimmed", rules: []string{"Look/by Once"}, bend: asking(func(l *conversation.Look) {
			keys := slices.Clone(l.Once)
			for i := range keys {
				keys[i] = strings.TrimSpace(keys[i])
			}
			l.Once = keys
		})},
		{name: "the empty key finds what has none", rules: []string{"Look/by Once"}, bend: asking(func(l *conversation.Look) {
			if slices.Contains(l.Once, "") {
				l.Records = append(l.Records, 10)
			}
		})},
		{name: "Seq is not looked for", rules: []string{"Look/by Seq"}, bend: asking(func(l *conversation.Look) { l.Records = nil })},
		{name: "a few records only", rules: []string{"Look/by Seq"}, bend: asking(func(l *conversation.Look) {
			l.Records = l.Records[:min(50, len(l.Records))]
		})},
		{name: "all records between two", rules: []string{"Look/by Seq"}, bend: asking(func(l *conversation.Look) {
			if len(l.Records) == 3 {
				l.Records = seqRange(l.Records[0], l.Records[2])
			}
		})},
		{
			name: "Found is in the order of the question", rules: []string{"Look/by Seq each once"},
			bend: found(func(found []conversation.Record, look conversation.Look) []conversation.Record {
				slices.SortStableFunc(found, func(a, b conversation.Record) int {
					return slices.Index(look.Records, a.Seq) - slices.Index(look.Records, b.Seq)
				})
				return found
			}),
		},
		{
			name: "Found is backwards", rules: []string{"Look/by Seq each once", "Look/by Once", "Look/by Seq", "Look/ahead of a lane"},
			bend: found(func(found []conversation.Record, _ conversation.Look) []conversation.Record {
				slices.Reverse(found)
				return found
			}),
		},
		{
			name: "what was asked for twice is found twice", rules: []string{"Look/by Seq each once", "Look/by Once"},
			bend: found(func(found []conversation.Record, look conversation.Look) []conversation.Record {
				for _, key := range look.Once[:max(0, len(look.Once)-1)] {
					if at := slices.IndexFunc(found, func(r conversation.Record) bool { return r.Once == key }); at >= 0 {
						found = slices.Insert(found, at, found[at])
					}
				}
				return found
			}),
		},
		{
			name: "enquiries are not looked for", rules: []string{"Look/an old enquiry"},
			bend: asking(func(l *conversation.Look) { l.Enquiry = "" }),
		},
		{name: "the latest enquiry is also an old one", rules: []string{"Look/an old enquiry"}, bend: func(b *bent) {
			b.load = func(c *conversation.Conversation, look conversation.Look) {
				if c.Enquiry != nil && c.Enquiry.ID == look.Enquiry {
					c.Old = c.Enquiry
				}
			}
		}},
		{
			name: "an unknown enquiry is found empty", rules: []string{"Look/an old enquiry", "Look/what does not exist is left out"},
			bend: func(b *bent) {
				b.load = func(c *conversation.Conversation, look conversation.Look) {
					if look.Enquiry != "" && c.Old == nil && c.Enquiry != nil && c.Enquiry.ID != look.Enquiry {
						c.Old = &conversation.Enquiry{}
					}
				}
			},
		},
		{name: "the old enquiry becomes the latest", rules: []string{"Look/an old enquiry"}, bend: func(b *bent) {
			b.load = func(c *conversation.Conversation, look conversation.Look) {
				if look.Enquiry != "" && c.Enquiry != nil && c.Enquiry.ID != look.Enquiry {
					c.Enquiry = c.Old
				}
			}
		}},
		{name: "nothing is looked for ahead", rules: []string{"Look/ahead of a lane"}, bend: asking(func(l *conversation.Look) { l.Ahead = 0 })},
		{name: "one more ahead", rules: []string{"Look/ahead of a lane"}, bend: asking(func(l *conversation.Look) { l.Ahead++ })},
		{
			name: "at most ten ahead are of one page", rules: []string{"Look/ahead of a lane"},
			bend: asking(func(l *conversation.Look) { l.Ahead = min(l.Ahead, 9) }),
		},
		{name: "ahead from the first record", rules: []string{"Look/ahead of a lane"}, bend: found(fromTheFirst)},
		{name: "ahead of every lane", rules: []string{"Look/ahead of a lane"}, bend: asking(func(l *conversation.Look) {
			if l.Lane == conversation.LaneRoute {
				l.Lane = conversation.LaneNotify
			}
		})},
		{
			name: "unknown records are made up", rules: []string{"Look/what does not exist is left out"},
			bend: found(func(found []conversation.Record, look conversation.Look) []conversation.Record {
				if slices.Contains(look.Records, 4) && len(found) == 0 {
					found = append(found, conversation.Record{Seq: 4})
				}
				return found
			}),
		},
	}
}

// fromTheFirst finds the first records of a lane instead of those after Done, of logs like those of the suite.
func fromTheFirst(found []conversation.Record, look conversation.Look) []conversation.Record {
	for i := range found {
		if look.Ahead > 0 {
			found[i].Seq = int64(i+1) * int64(look.Lane)
		}
	}
	return found
}

func seqRange(from, to int64) (all []int64) {
	for n := from; n <= to; n++ {
		all = append(all, n)
	}
	return all
}

var errBent = errors.New("bent")

func brokenKeys() []mutation {
	// keys remembers every key that was recorded, by conversation.
	remember := func(fn func(c *conversation.Conversation, r *conversation.Record, owner string, known bool) error) func(*bent) {
		return func(b *bent) {
			owners := map[string]string{}
			b.save = func(c *conversation.Conversation) error {
				b.mu.Lock()
				defer b.mu.Unlock()
				for i := range c.Added {
					r := &c.Added[i]
					owner, known := owners[r.Once]
					if err := fn(c, r, owner, known); err != nil {
						return err
					}
					owners[r.Once] = c.ID
				}
				return nil
			}
		}
	}
	return []mutation{
		{
			name: "a second record with a key is recorded without it", rules: []string{"Once/enforced"},
			bend: remember(func(c *conversation.Conversation, r *conversation.Record, owner string, known bool) error {
				if known && owner == c.ID && r.Once != "" {
					r.Once = ""
				}
				return nil
			}),
		},
		{name: "a second record with a key is left out", rules: []string{"Once/enforced"}, bend: func(b *bent) {
			inner := remember(func(c *conversation.Conversation, r *conversation.Record, owner string, known bool) error {
				if known && owner == c.ID && r.Once != "" {
					r.Seq = 0
				}
				return nil
			})
			inner(b)
			check := b.save
			b.save = func(c *conversation.Conversation) error {
				err := check(c)
				c.Added = slices.DeleteFunc(c.Added, func(r conversation.Record) bool { return r.Seq == 0 })
				return err
			}
		}},
		{
			name: "keys are unique in the store", rules: []string{"Once/in the conversation only"},
			bend: remember(func(c *conversation.Conversation, _ *conversation.Record, owner string, known bool) error {
				if known && owner != c.ID {
					return errBent
				}
				return nil
			}),
		},
		{
			name: "the empty key is a key", rules: []string{"Once/no key, no rule"},
			bend: remember(func(c *conversation.Conversation, r *conversation.Record, owner string, known bool) error {
				if known && owner == c.ID && r.Once == "" {
					return errBent
				}
				return nil
			}),
		},
		{name: "keys are forgotten", rules: []string{"Once/for ever", "Forget/records are blank"}, bend: func(b *bent) {
			b.load = func(c *conversation.Conversation, look conversation.Look) {
				c.Found = slices.DeleteFunc(c.Found, func(r conversation.Record) bool {
					return r.Message == nil && slices.Contains(look.Once, r.Once)
				})
			}
		}},
		{name: "forgotten keys are given again", rules: []string{"Once/for ever"}, bend: func(b *bent) {
			b.save = func(c *conversation.Conversation) error {
				for i := range c.Added {
					if r := &c.Added[i]; r.Message != nil && r.Message.Text == "again" {
						r.Once += " again"
					}
				}
				return nil
			}
		}},
	}
}
