package storetest_test

import (
	"context"
	"iter"
	"strings"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

func brokenForgetting() []mutation {
	blank := func(fn func(r *conversation.Record)) func(*bent) {
		return loading(func(c *conversation.Conversation) {
			for i := range c.Found {
				if r := &c.Found[i]; r.Message == nil {
					fn(r)
				}
			}
		})
	}
	return []mutation{
		{
			name: "Forget is not heard", rules: []string{"Forget/records are blank"},
			bend: saving(func(c *conversation.Conversation) { c.Forget = false }),
		},
		{
			name: "the last one is not forgotten", rules: []string{"Forget/records are blank"},
			bend: saving(func(c *conversation.Conversation) { c.ForgetTo-- }),
		},
		{
			name: "errors are not forgotten", rules: []string{"Forget/records are blank"},
			bend: blank(func(r *conversation.Record) { r.Err = "secret" }),
		},
		{
			name: "forgotten records have no key", rules: []string{"Forget/records are blank"},
			bend: blank(func(r *conversation.Record) { r.Once = "" }),
		},
		{
			name: "one more is forgotten", rules: []string{"Forget/later records stay"},
			bend: saving(func(c *conversation.Conversation) { c.ForgetTo++ }),
		},
		{
			name: "all records are forgotten", rules: []string{"Forget/later records stay"},
			bend: saving(func(c *conversation.Conversation) { c.ForgetTo = c.Seq }),
		},
		{
			name: "what was changed is not forgotten", rules: []string{"Forget/later records stay"},
			bend: blank(func(r *conversation.Record) {
				if r.Seq == 2 {
					r.Err = "changed"
				}
			}),
		},
		{
			name: "listed enquiries tell who it was", rules: []string{"Forget/enquiries are anonymous"},
			bend: visitors(func(b *bent, was map[conversation.EnquiryID]conversation.Visitor) {
				b.list = func(e *conversation.Enquiry) { e.Visitor = was[e.ID] }
			}),
		},
		{
			name: "old enquiries tell who it was", rules: []string{"Forget/enquiries are anonymous"},
			bend: visitors(func(b *bent, was map[conversation.EnquiryID]conversation.Visitor) {
				b.load = func(c *conversation.Conversation, _ conversation.Look) {
					if c.Old != nil {
						old := *c.Old
						old.Visitor = was[old.ID]
						c.Old = &old
					}
				}
			}),
		},
		{
			name: "only the latest enquiry is anonymous", rules: []string{"Forget/enquiries are anonymous"},
			bend: visitors(func(b *bent, was map[conversation.EnquiryID]conversation.Visitor) {
				b.list = func(e *conversation.Enquiry) {
					if !strings.HasSuffix(string(e.ID), "e3") {
						e.Visitor = was[e.ID]
					}
				}
			}),
		},
		{name: "all visitors are forgotten", rules: []string{"Forget/others stay"}, bend: func(b *bent) {
			forgot := false
			b.save = func(c *conversation.Conversation) error {
				forgot = forgot || c.Forget
				return nil
			}
			b.list = func(e *conversation.Enquiry) {
				if forgot {
					e.Visitor = conversation.Visitor{}
				}
			}
		}},
		{name: "the visitor of another channel is forgotten", rules: []string{"Forget/others stay"}, bend: func(b *bent) {
			forgot := false
			b.save = func(c *conversation.Conversation) error {
				forgot = forgot || c.Forget
				return nil
			}
			b.load = func(c *conversation.Conversation, _ conversation.Look) {
				for i := range c.Found {
					if forgot && c.Channel == "forum" {
						c.Found[i].Message = nil
					}
				}
			}
		}},
	}
}

// visitors is a store that remembers who wrote, whatever is forgotten.
func visitors(tell func(b *bent, was map[conversation.EnquiryID]conversation.Visitor)) func(*bent) {
	return func(b *bent) {
		was := map[conversation.EnquiryID]conversation.Visitor{}
		b.save = func(c *conversation.Conversation) error {
			if c.Enquiry != nil && c.Enquiry.Visitor.ID != "" {
				was[c.Enquiry.ID] = c.Enquiry.Visitor
			}
			return nil
		}
		tell(b, was)
	}
}

func brokenRemoval() []mutation {
	gone := func(then func(b *bent, in conversation.Store, gone map[string]bool) *funcs) func(*bent) {
		return func(b *bent) {
			b.wrap = func(b *bent, in conversation.Store) conversation.Store {
				removed := map[string]bool{}
				f := then(b, in, removed)
				f.Store = in
				update := f.update
				if update == nil {
					update = in.Update
				}
				note := func(c *conversation.Conversation) {
					if c.Gone && c.Write {
						removed[c.ID] = true
					}
				}
				f.update = func(ctx context.Context, id string, look conversation.Look, fn change) error {
					return update(ctx, id, look, func(c *conversation.Conversation) error {
						err := fn(c)
						note(c)
						return err
					})
				}
				return f
			}
		}
	}
	return []mutation{
		{
			name: "Gone is not heard", rules: []string{"Gone/the conversation is removed", "Gone/nothing of it is due"},
			bend: saving(func(c *conversation.Conversation) { c.Gone = false }),
		},
		{
			name: "records stay when the conversation goes", rules: []string{"Gone/the conversation is removed"},
			bend: saving(func(c *conversation.Conversation) {
				if c.Gone {
					c.Gone, c.Head = false, conversation.Head{ID: c.ID, Channel: c.Channel, Version: c.Version}
				}
			}),
		},
		{
			name: "enquiries go with the conversation", rules: []string{"Gone/its enquiries stay"},
			bend: gone(func(_ *bent, in conversation.Store, gone map[string]bool) *funcs {
				return &funcs{enquiries: func(ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error] {
					return filter(in.Enquiries(ctx, q), func(e conversation.Enquiry) bool { return !gone[e.ID.Conversation()] })
				}}
			}),
		},
		{
			name: "enquiries of what is gone are not found by id", rules: []string{"Gone/its enquiries stay"},
			bend: loading(func(c *conversation.Conversation) {
				if c.Version == 0 {
					c.Old = nil
				}
			}),
		},
		{
			name: "enquiries of what is gone are not found by visitor", rules: []string{"Gone/its enquiries stay", "Gone/it begins afresh"},
			bend: gone(func(_ *bent, in conversation.Store, gone map[string]bool) *funcs {
				return &funcs{enquiries: func(ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error] {
					return filter(in.Enquiries(ctx, q), func(e conversation.Enquiry) bool {
						return q.Visitor == "" || !gone[e.ID.Conversation()]
					})
				}}
			}),
		},
		{
			name: "what is gone is due", rules: []string{"Gone/nothing of it is due"},
			bend: gone(func(_ *bent, in conversation.Store, gone map[string]bool) *funcs {
				return &funcs{due: func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
					next, err := in.Due(ctx, wants, fn)
					for id := range gone {
						_ = fn(&conversation.Conversation{Head: conversation.Head{ID: id}}, wants[0].Lane)
					}
					return next, err
				}}
			}),
		},
		{
			name: "what is gone will be due", rules: []string{"Gone/nothing of it is due"},
			bend: gone(func(_ *bent, in conversation.Store, gone map[string]bool) *funcs {
				return &funcs{due: func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
					next, err := in.Due(ctx, wants, fn)
					if len(gone) > 0 {
						next = wants[0].Until.Add(time.Second)
					}
					return next, err
				}}
			}),
		},
		{
			name: "a conversation goes on where it was removed", rules: []string{"Gone/it begins afresh"},
			bend: gone(func(_ *bent, in conversation.Store, gone map[string]bool) *funcs {
				return &funcs{update: func(ctx context.Context, id string, look conversation.Look, fn change) error {
					return in.Update(ctx, id, look, func(c *conversation.Conversation) error {
						if gone[id] {
							c.Seq = 15
						}
						return fn(c)
					})
				}}
			}),
		},
		{
			name: "numbers begin again", rules: []string{"Gone/it begins afresh"},
			bend: gone(func(_ *bent, in conversation.Store, gone map[string]bool) *funcs {
				return &funcs{update: func(ctx context.Context, id string, look conversation.Look, fn change) error {
					return in.Update(ctx, id, look, func(c *conversation.Conversation) error {
						err := fn(c)
						if gone[id] && c.NeedsNumber() {
							c.Numbered(1)
						}
						return err
					})
				}}
			}),
		},
	}
}

// filter leaves out of a stream what is not to be kept.
func filter[T any](seq iter.Seq2[T, error], keep func(T) bool) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range seq {
			if err == nil && !keep(v) {
				continue
			}
			if !yield(v, err) {
				return
			}
		}
	}
}
