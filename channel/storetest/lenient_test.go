package storetest_test

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
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
			b.open = func(_ testing.TB, b *bent) channel.Store { return &funcs{Store: b.Store} }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pass(t, bend)
		})
	}
}

// early is a Due after which more is due at once, if there is more.
func early(in channel.Store) func(context.Context, []channel.Want, visit) (time.Time, error) {
	return func(ctx context.Context, wants []channel.Want, fn visit) (time.Time, error) {
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
	again := func(c *channel.Conversation, fn change) error {
		for range 2 {
			shown := *c
			shown.Found = slices.Clone(c.Found)
			var run sync.WaitGroup
			run.Go(func() { _ = fn(&shown) })
			run.Wait()
		}
		return fn(c)
	}
	b.wrap = func(_ *bent, in channel.Store) channel.Store {
		return &funcs{
			Store: in,
			update: func(ctx context.Context, id string, look channel.Look, fn change) error {
				return in.Update(ctx, id, look, func(c *channel.Conversation) error { return again(c, fn) })
			},
			due: func(ctx context.Context, wants []channel.Want, fn visit) (time.Time, error) {
				return in.Due(ctx, wants, func(c *channel.Conversation, l channel.Lane) error {
					return again(c, func(c *channel.Conversation) error { return fn(c, l) })
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
	record := func(r channel.Record) channel.Record {
		seq, once := r.Seq, r.Once
		r = through(r)
		r.Seq, r.Once = seq, once
		return r
	}
	b.load = func(c *channel.Conversation, _ channel.Look) {
		id, version := c.ID, c.Version
		c.Head = through(c.Head)
		c.ID, c.Version = id, version
		for i := range c.Found {
			c.Found[i] = record(c.Found[i])
		}
		c.Old = through(c.Old)
	}
	b.list = func(e *channel.Enquiry) { *e = through(*e) }
	b.read = func(r *channel.Record) { *r = record(*r) }
}

func microseconds(b *bent) {
	round := func(t time.Time) time.Time {
		if t.IsZero() {
			return t
		}
		return t.UTC().Round(time.Microsecond)
	}
	b.load = func(c *channel.Conversation, _ channel.Look) {
		c.Head = instants(c.Head, round)
		for i := range c.Found {
			c.Found[i] = instants(c.Found[i], round)
		}
		if c.Old != nil {
			c.Old = new(instants(*c.Old, round))
		}
	}
	b.list = func(e *channel.Enquiry) { *e = instants(*e, round) }
	b.read = func(r *channel.Record) { *r = instants(*r, round) }
}
