package storetest_test

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// updated is a mutation of Update.
func updated(fn func(in conversation.Store, ctx context.Context, id string, look conversation.Look, fn change) error) func(*bent) {
	return func(b *bent) {
		b.wrap = func(_ *bent, in conversation.Store) conversation.Store {
			return &funcs{Store: in, update: func(ctx context.Context, id string, look conversation.Look, change change) error {
				return fn(in, ctx, id, look, change)
			}}
		}
	}
}

// byHalves records a change in two parts and looks at ctx in between.
func byHalves(pause time.Duration) func(in conversation.Store, ctx context.Context, id string, look conversation.Look, fn change) error {
	return func(in conversation.Store, ctx context.Context, id string, look conversation.Look, fn change) error {
		var rest []conversation.Record
		err := in.Update(ctx, id, look, func(c *conversation.Conversation) error {
			err := fn(c)
			rest, c.Added = c.Added, nil
			return err
		})
		if err != nil || rest == nil {
			return err
		}
		time.Sleep(pause)
		return in.Update(ctx, id, conversation.Look{}, func(c *conversation.Conversation) error {
			c.Added, c.Write = rest, true
			return nil
		})
	}
}

func brokenContexts() []mutation {
	before := []string{"Context/over before it begins"}
	anyPoint := []string{"Context/Update over at any point", "Context/over within the change"}
	return []mutation{
		{
			name: "Update does not look at ctx", rules: append(before, "Number/no gap under contention"),
			bend: updated(func(in conversation.Store, ctx context.Context, id string, look conversation.Look, fn change) error {
				return in.Update(context.WithoutCancel(ctx), id, look, fn)
			}),
		},
		{
			name: "Due does not look at ctx", rules: before,
			bend: due(func(in conversation.Store) func(context.Context, []conversation.Want, visit) (time.Time, error) {
				return func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
					return in.Due(context.WithoutCancel(ctx), wants, fn)
				}
			}),
		},
		{
			name: "Enquiries does not look at ctx", rules: before,
			bend: listed(func(in conversation.Store, ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error] {
				return in.Enquiries(context.WithoutCancel(ctx), q)
			}),
		},
		{
			name: "Records does not look at ctx", rules: before,
			bend: told(func(in conversation.Store, ctx context.Context, id conversation.EnquiryID) iter.Seq2[conversation.Record, error] {
				return in.Records(context.WithoutCancel(ctx), id)
			}),
		},
		{
			name: "every end of ctx is called cancelled", rules: before,
			bend: updated(func(in conversation.Store, ctx context.Context, id string, look conversation.Look, fn change) error {
				err := in.Update(ctx, id, look, fn)
				if errors.Is(err, context.DeadlineExceeded) {
					return context.Canceled
				}
				return err
			}),
		},
		{name: "a change is recorded by halves", rules: anyPoint, bend: updated(byHalves(0))},
		{name: "a slow change is recorded by halves", rules: []string{"Context/Update over at any time"}, bend: updated(byHalves(200 * time.Microsecond))},
		{
			name: "nil although nothing is recorded", rules: append(anyPoint[:1:1], "Number/no gap under contention"),
			bend: updated(func(in conversation.Store, ctx context.Context, id string, look conversation.Look, fn change) error {
				err := in.Update(ctx, id, look, fn)
				if errors.Is(err, context.Canceled) {
					_ = fn(&conversation.Conversation{Head: conversation.Head{ID: id, Enquiry: &conversation.Enquiry{}}})
					return nil
				}
				return err
			}),
		},
		{
			name: "an error although it is recorded", rules: anyPoint[1:],
			bend: updated(func(in conversation.Store, ctx context.Context, id string, look conversation.Look, fn change) error {
				if err := in.Update(ctx, id, look, fn); err != nil {
					return err
				}
				return ctx.Err()
			}),
		},
		{
			name: "Due records by halves", rules: []string{"Context/Due over at any point"},
			bend: due(func(in conversation.Store) func(context.Context, []conversation.Want, visit) (time.Time, error) {
				return func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
					return in.Due(ctx, wants, func(c *conversation.Conversation, l conversation.Lane) error {
						err := fn(c, l)
						if ctx.Err() != nil {
							c.Added = nil
						}
						return err
					})
				}
			}),
		},
		{
			name: "Enquiries ends quietly", rules: []string{"Context/Enquiries over at any point", "Context/over before it begins"},
			bend: listed(func(in conversation.Store, ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error] {
				return quiet(in.Enquiries(ctx, q))
			}),
		},
		{
			name: "Records ends quietly", rules: []string{"Context/Records over at any point", "Context/over before it begins"},
			bend: told(func(in conversation.Store, ctx context.Context, id conversation.EnquiryID) iter.Seq2[conversation.Record, error] {
				return quiet(in.Records(ctx, id))
			}),
		},
		{
			name: "Enquiries goes on after an error", rules: []string{"Context/Enquiries over at any point"},
			bend: listed(func(in conversation.Store, ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error] {
				return stubborn(in.Enquiries(ctx, q))
			}),
		},
		{
			name: "Records goes on after an error", rules: []string{"Context/Records over at any point"},
			bend: told(func(in conversation.Store, ctx context.Context, id conversation.EnquiryID) iter.Seq2[conversation.Record, error] {
				return stubborn(in.Records(ctx, id))
			}),
		},
	}
}

// quiet ends a stream instead of yielding its error.
func quiet[T any](seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range seq {
			if err != nil || !yield(v, nil) {
				return
			}
		}
	}
}

// stubborn yields an error twice.
func stubborn[T any](seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range seq {
			if !yield(v, err) || err != nil && !yield(v, err) {
				return
			}
		}
	}
}
