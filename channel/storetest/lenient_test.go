package storetest_test

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// TestLenient sees that stores pass that do what the contract allows.
func TestLenient(t *testing.T) {
	t.Parallel()
	for name, bend := range map[string]func(*bent){
		"a change runs several times, on any goroutine": restless,
		"everything is kept as JSON":                    documents,
		"times are UTC to the microsecond":              microseconds,
		"next is as early as can be":                    due(early),
		"every user has a store of its own": func(b *bent) {
			b.open = func(_ testing.TB, b *bent) conversation.Store { return &funcs{Store: b.Store} }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pass(t, bend)
		})
	}
}

// early is a Due after which more is due at once, if there is more.
func early(in conversation.Store) func(context.Context, []conversation.Want, visit) (time.Time, error) {
	return func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
		next, err := in.Due(ctx, wants, fn)
		for _, w := range wants {
			if next.After(w.Until) {
				next = w.Until.Add(1)
			}
		}
		return next, err
	}
}

// restless runs every change three times, each time on a conversation of its own and on another goroutine.
func restless(b *bent) {
	again := func(c *conversation.Conversation, fn change) error {
		for range 2 {
			shown := *c
			shown.Found = slices.Clone(c.Found)
			var run sync.WaitGroup
			run.Go(func() { _ = fn(&shown) })
			run.Wait()
		}
		return fn(c)
	}
	b.wrap = func(_ *bent, in conversation.Store) conversation.Store {
		return &funcs{
			Store: in,
			update: func(ctx context.Context, id string, look conversation.Look, fn change) error {
				return in.Update(ctx, id, look, func(c *conversation.Conversation) error { return again(c, fn) })
			},
			due: func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
				return in.Due(ctx, wants, func(c *conversation.Conversation, l conversation.Lane) error {
					return again(c, func(c *conversation.Conversation) error { return fn(c, l) })
				})
			},
		}
	}
}

// through returns what remains of v when it is written and read as JSON.
func through[T any](v T) T {
	var read T
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, &read)
	}
	if err != nil {
		panic(err)
	}
	return read
}

func documents(b *bent) {
	record := func(r conversation.Record) conversation.Record {
		seq, once := r.Seq, r.Once
		r = through(r)
		r.Seq, r.Once = seq, once
		return r
	}
	b.load = func(c *conversation.Conversation, _ conversation.Look) {
		id, version := c.ID, c.Version
		c.Head = through(c.Head)
		c.ID, c.Version = id, version
		for i := range c.Found {
			c.Found[i] = record(c.Found[i])
		}
		c.Old = through(c.Old)
	}
	b.list = func(e *conversation.Enquiry) { *e = through(*e) }
	b.read = func(r *conversation.Record) { *r = record(*r) }
}

func microseconds(b *bent) {
	round := func(t time.Time) time.Time {
		if t.IsZero() {
			return t
		}
		return t.UTC().Round(time.Microsecond)
	}
	b.load = func(c *conversation.Conversation, _ conversation.Look) {
		c.Head = instants(c.Head, round)
		for i := range c.Found {
			c.Found[i] = instants(c.Found[i], round)
		}
		if c.Old != nil {
			c.Old = new(instants(*c.Old, round))
		}
	}
	b.list = func(e *conversation.Enquiry) { *e = instants(*e, round) }
	b.read = func(r *conversation.Record) { *r = instants(*r, round) }
}
