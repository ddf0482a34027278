package storetest_test

import (
	"html"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/messages"
)

// damaged is a store that gives back something else than it was given.
func damaged(head func(conversation.Head) conversation.Head, record func(conversation.Record) conversation.Record) func(*bent) {
	return func(b *bent) {
		b.load = func(c *conversation.Conversation, _ conversation.Look) {
			if head != nil && c.Version > 0 {
				id, version := c.ID, c.Version
				c.Head = head(c.Head)
				c.ID, c.Version = id, version
			}
			for i := range c.Found {
				if record != nil {
					c.Found[i] = record(c.Found[i])
				}
			}
		}
	}
}

// lostFields loses one field after the other.
func lostFields() (list []mutation) {
	enquiry, record := reflect.TypeFor[conversation.Enquiry](), reflect.TypeFor[conversation.Record]()
	for _, path := range fields(reflect.TypeFor[conversation.Head](), enquiry) {
		if path == "ID" || path == "Version" || path == "Enquiry" {
			continue
		}
		list = append(list, mutation{
			name: "Head." + path + " is lost", rules: []string{"Fidelity/every field of a Head"},
			bend: damaged(func(h conversation.Head) conversation.Head { return without(h, path) }, nil),
		})
	}
	for _, path := range fields(record, enquiry) {
		lose := func(r conversation.Record) conversation.Record { return without(r, path) }
		list = append(list, mutation{
			name: "Record." + path + " is lost", rules: []string{"Fidelity/every field of a Record"}, bend: damaged(nil, lose),
		}, mutation{
			name: "Record." + path + " is not read", rules: []string{"Fidelity/every field of a Record"},
			bend: func(b *bent) { b.read = func(r *conversation.Record) { *r = lose(*r) } },
		})
	}
	for _, path := range fields(enquiry) {
		lose := func(e *conversation.Enquiry) *conversation.Enquiry {
			if e == nil {
				return nil
			}
			lost := without(*e, path)
			return &lost
		}
		list = append(list, mutation{
			name: "Enquiry." + path + " is lost", rules: []string{"Fidelity/every field of an Enquiry"},
			bend: loading(func(c *conversation.Conversation) { c.Enquiry = lose(c.Enquiry) }),
		}, mutation{
			name: "Enquiry." + path + " of an old one is lost", rules: []string{"Fidelity/every field of an Enquiry"},
			bend: loading(func(c *conversation.Conversation) { c.Old = lose(c.Old) }),
		}, mutation{
			name: "Enquiry." + path + " is not listed", rules: []string{"Fidelity/every field of an Enquiry"},
			bend: func(b *bent) { b.list = func(e *conversation.Enquiry) { *e = *lose(e) } },
		})
	}
	return list
}

func lostValues() []mutation {
	heads := func(fn func(int64) int64) func(*bent) {
		return damaged(func(h conversation.Head) conversation.Head { return numbers(h, fn) },
			func(r conversation.Record) conversation.Record { return numbers(r, fn) })
	}
	times := func(fn func(time.Time) time.Time) func(*bent) {
		return damaged(func(h conversation.Head) conversation.Head { return instants(h, fn) },
			func(r conversation.Record) conversation.Record { return instants(r, fn) })
	}
	return []mutation{
		{name: "emptied fields stay", rules: []string{"Fidelity/what was emptied"}, bend: func(b *bent) {
			was := map[string]conversation.Head{}
			b.save = func(c *conversation.Conversation) error {
				if c.Write {
					merge(&c.Head, was[c.ID])
					was[c.ID] = c.Head
				}
				return nil
			}
		}},
		{name: "emptied fields of an enquiry stay", rules: []string{"Fidelity/what was emptied"}, bend: func(b *bent) {
			was := map[string]conversation.Enquiry{}
			b.save = func(c *conversation.Conversation) error {
				if c.Write {
					e := *c.Enquiry
					merge(&e, was[c.ID])
					c.Enquiry, was[c.ID] = &e, e
				}
				return nil
			}
		}},
		{name: "emptied fields of a record stay", rules: []string{"Fidelity/every field of a Record"}, bend: saving(func(c *conversation.Conversation) {
			c.Changed = slices.Clone(c.Changed)
			for i := range c.Changed {
				at := slices.IndexFunc(c.Found, func(r conversation.Record) bool { return r.Seq == c.Changed[i].Seq })
				merge(&c.Changed[i], c.Found[at])
			}
		})},
		{name: "numbers are floats", rules: []string{"Fidelity/extreme numbers"}, bend: heads(func(n int64) int64 {
			if n == math.MaxInt64 {
				return n
			}
			return int64(float64(n))
		})},
		{name: "numbers have 32 bits", rules: []string{"Fidelity/extreme numbers"}, bend: heads(func(n int64) int64 {
			if n > 1<<40 {
				return n
			}
			return int64(int32(n))
		})},
		{name: "numbers have no sign", rules: []string{"Fidelity/extreme numbers"}, bend: heads(func(n int64) int64 { return max(n, -n) })},
		{name: "times to the second", rules: []string{"Fidelity/instants"}, bend: times(func(t time.Time) time.Time { return t.Truncate(time.Second) })},
		{name: "times to the millisecond", rules: []string{"Fidelity/instants"}, bend: times(func(t time.Time) time.Time { return t.Truncate(time.Millisecond) })},
		{name: "times without their zone", rules: []string{"Fidelity/instants"}, bend: times(func(t time.Time) time.Time {
			return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
		})},
		{name: "times since 1970", rules: []string{"Fidelity/instants"}, bend: times(func(t time.Time) time.Time {
			if t.Unix() < 0 {
				return time.Time{}
			}
			return t
		})},
		{name: "no time is 1970", rules: []string{"Fidelity/instants", "Fidelity/what was emptied"}, bend: times(func(t time.Time) time.Time {
			if t.IsZero() {
				return time.Unix(0, 0)
			}
			return t
		})},
		{name: "times as nanoseconds", rules: []string{"Fidelity/instants"}, bend: times(func(t time.Time) time.Time {
			if t.IsZero() {
				return t
			}
			return time.Unix(0, t.UnixNano())
		})},
		{
			name: "times of records to the microsecond, others not", rules: []string{"Fidelity/instants"},
			bend: damaged(nil, func(r conversation.Record) conversation.Record {
				return instants(r, func(t time.Time) time.Time { return t.Truncate(time.Microsecond) })
			}),
		},
		{name: "times that are listed to the microsecond, others not", rules: []string{"Fidelity/instants"}, bend: func(b *bent) {
			b.list = func(e *conversation.Enquiry) {
				*e = instants(*e, func(t time.Time) time.Time { return t.Truncate(time.Microsecond) })
			}
		}},
		{
			name: "no place at 0, 0", rules: []string{"Fidelity/every kind of message"},
			bend: damaged(nil, func(r conversation.Record) conversation.Record {
				if r.Message != nil && r.Message.Location != nil && *r.Message.Location == (messages.Location{}) {
					return without(r, "Message.Location")
				}
				return r
			}),
		},
		{
			name: "floats are short", rules: []string{"Fidelity/every kind of message", "Fidelity/every field of a Record"},
			bend: damaged(nil, func(r conversation.Record) conversation.Record {
				return copied(r, func(_ string, v reflect.Value) {
					if v.CanFloat() {
						v.SetFloat(float64(float32(v.Float())))
					}
				})
			}),
		},
		{name: "a few records of a change", rules: []string{"Fidelity/large values"}, bend: saving(func(c *conversation.Conversation) {
			c.Added = c.Added[:min(256, len(c.Added))]
		})},
	}
}

// merge keeps in to what was in from where to has nothing.
func merge[T any](to *T, from T) {
	into, old := reflect.ValueOf(to).Elem(), reflect.ValueOf(from)
	for i, f := range slices.Collect(fieldsOf(into.Type())) {
		if f.IsExported() && into.Field(i).IsZero() {
			into.Field(i).Set(old.Field(i))
		}
	}
}

func fieldsOf(t reflect.Type) func(yield func(reflect.StructField) bool) { return t.Fields() }

func damagedTexts() (list []mutation) {
	for name, fn := range map[string]func(string) string{
		"trimmed":                  strings.TrimSpace,
		"folded":                   strings.ToLower,
		"with spaces folded":       func(s string) string { return strings.ReplaceAll(s, "  ", " ") },
		"with Unix lines":          func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") },
		"without carriage returns": func(s string) string { return strings.ReplaceAll(s, "\r", "") },
		"without controls": func(s string) string {
			return dropping(s, func(r rune) bool { return r < 0x20 && r != '\n' && r != '\t' && r != '\r' })
		},
		"without C1 controls":       func(s string) string { return dropping(s, func(r rune) bool { return r == 0x9f }) },
		"without what has 4 bytes":  func(s string) string { return dropping(s, func(r rune) bool { return r > 0xffff }) },
		"without a mark":            func(s string) string { return strings.TrimPrefix(s, "\ufeff") },
		"without non-characters":    func(s string) string { return dropping(s, func(r rune) bool { return r&0xfffe == 0xfffe }) },
		"without direction":         func(s string) string { return dropping(s, func(r rune) bool { return r == '\u202e' }) },
		"composed":                  func(s string) string { return strings.ReplaceAll(s, "a\u0308", "ä") },
		"compatible":                func(s string) string { return strings.ReplaceAll(s, "ﬁ", "fi") },
		"in HTML":                   html.EscapeString,
		"in SQL":                    func(s string) string { return strings.ReplaceAll(s, "'", "''") },
		"with backslashes taken":    func(s string) string { return strings.ReplaceAll(s, `\n`, "\n") },
		"with line separators kept": func(s string) string { return strings.ReplaceAll(s, "\u2028", `\u2028`) },
		"null":                      func(s string) string { return strings.TrimPrefix(s, "null") },
		"NULL":                      func(s string) string { return strings.TrimPrefix(s, "NULL") },
		"not as long as ids":        func(s string) string { return s[:min(511, len(s))] },
		"not as long as Matrix's":   func(s string) string { return s[:min(254, len(s))] },
		"in Latin 1":                func(s string) string { return dropping(s, func(r rune) bool { return r > 0xff }) },
	} {
		list = append(list, mutation{
			name: "texts are " + name, rules: []string{"Fidelity/texts"},
			bend: damaged(func(h conversation.Head) conversation.Head { return texts(h, fn) }, nil),
		}, mutation{
			name: "texts of records are " + name, rules: []string{"Fidelity/texts"},
			bend: damaged(nil, func(r conversation.Record) conversation.Record { return texts(r, fn) }),
		})
	}
	for name, n := range map[string]int{"255": 255, "64 K": 1<<16 - 1, "a million": 1_000_000} {
		cut := func(s string) string { return s[:min(n, len(s))] }
		list = append(list, mutation{
			name: "texts are cut at " + name, rules: []string{"Fidelity/large values"},
			bend: damaged(nil, func(r conversation.Record) conversation.Record { return texts(r, cut) }),
		})
	}
	for name, n := range map[string]int{"255": 255, "32 K": 1 << 15} {
		cut := func(s string) string { return s[:min(n, len(s))] }
		list = append(list, mutation{
			name: "texts that are listed are cut at " + name, rules: []string{"Fidelity/large values"},
			bend: func(b *bent) { b.list = func(e *conversation.Enquiry) { *e = texts(*e, cut) } },
		})
	}
	return list
}

// dropping removes the runes of a kind.
func dropping(s string, gone func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if gone(r) {
			return -1
		}
		return r
	}, s)
}
