package memstore_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/memstore"
	"github.com/usherchat/usher/channel/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(testing.TB) conversation.Store { return memstore.New() })
}

// Who waits for another change of the conversation waits no longer than its context; other conversations do not wait.
func TestWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		inside, leave := make(chan struct{}), make(chan struct{})
		update := func(ctx context.Context, fn func(*conversation.Conversation)) <-chan error {
			ended := make(chan error, 1)
			go func() {
				ended <- s.Update(ctx, "a", conversation.Look{}, func(c *conversation.Conversation) error {
					fn(c)
					return nil
				})
			}()
			return ended
		}
		update(t.Context(), func(c *conversation.Conversation) {
			c.Channel, c.Count, c.Write = "shop", 1, true
			close(inside)
			<-leave
		})
		<-inside
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan int64, 1)
		ended := update(ctx, func(*conversation.Conversation) {})
		update(t.Context(), func(c *conversation.Conversation) { done <- c.Count })
		synctest.Wait()
		change(t, s, "b", conversation.Look{}, func(*conversation.Conversation) {})
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled while it waits: got error %v", err)
		}
		select {
		case <-done:
			t.Error("two changes of a conversation run at the same time")
		default:
		}
		close(leave)
		if count := <-done; count != 1 {
			t.Errorf("the second change sees Count %d, want 1", count)
		}
	})
}

// A change that panics records nothing and holds nothing.
func TestPanic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		func() {
			defer func() { _ = recover() }()
			change(t, s, "a", conversation.Look{}, func(c *conversation.Conversation) {
				c.Channel, c.Count, c.Write = "shop", 1, true
				panic("a fault of the change")
			})
		}()
		change(t, s, "a", conversation.Look{}, func(c *conversation.Conversation) {
			if c.Count != 0 {
				t.Error("what panicked was recorded")
			}
		})
	})
}
