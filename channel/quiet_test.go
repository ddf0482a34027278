package channel_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/routing"
)

// countingStore counts the calls of Due.
type countingStore struct {
	channel.Store
	due atomic.Int64
}

func (s *countingStore) Due(ctx context.Context, wants []conversation.Want, fn func(*conversation.Conversation, conversation.Lane) error) (time.Time, error) {
	s.due.Add(1)
	return s.Store.Due(ctx, wants, fn)
}

// A hub with nothing to do asks the store a few times a second at most, whatever happened before.
func TestIdleHubIsQuiet(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   func(w *world)
	}{
		{"nothing yet", func(*world) {}},
		{"closed", func(w *world) { w.closeNow(w.receive("v", "hello")) }},
		{"handled", func(w *world) { w.acceptNow(w.receive("v", "hello")) }},
		{"missed", func(w *world) { w.receive("v", "hello") }},
		{"waiting", func(w *world) {
			w.staff.Set("ann", routing.Busy, 0)
			w.staff.Set("bob", routing.Busy, 0)
			w.receive("v", "hello")
		}},
		{"forgotten", func(w *world) {
			w.receive("v", "hello")
			if err := w.ch.Forget(w.t.Context(), "v"); err != nil {
				w.t.Error(err)
			}
		}},
		{"suspended", func(w *world) {
			w.receive("v", "hello")
			if err := w.ch.Suspend(w.t.Context()); err != nil {
				w.t.Error(err)
			}
		}},
		{"suspended and resumed", func(w *world) {
			w.acceptNow(w.receive("v", "hello"))
			if err := errors.Join(w.ch.Suspend(w.t.Context()), w.ch.Resume(w.t.Context())); err != nil {
				w.t.Error(err)
			}
		}},
		{"an endpoint that is down", func(w *world) {
			w.source.setAnswer(down(http.StatusBadGateway))
			w.receive("v", "hello")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := &countingStore{Store: channel.NewMemStore()}
			live(t, func(w *world) { w.config.Store = store }, func(w *world) {
				tt.do(w)
				time.Sleep(10 * time.Second)
				before := store.due.Load()
				time.Sleep(time.Minute)
				if n := store.due.Load() - before; n > 5*60 {
					w.t.Errorf("the store was asked %d times in a minute", n)
				}
			})
		})
	}
}

// A forgotten visitor who came back leaves nothing that is due for ever.
func TestQuietAfterForgetting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &countingStore{Store: channel.NewMemStore()}
		w := newWorld(t, func(w *world) {
			w.config.Clock, w.config.Store = clock.New(), store
			w.config.Webhooks = newClient(t, w.config.Clock, w.source)
		})
		w.receive("v", "hello")
		w.must(w.ch.Forget(t.Context(), "v"))
		w.closeNow(w.receive("v", "hello again"))
		time.Sleep(100 * time.Hour)
		stop := w.begin(w.hub)
		time.Sleep(10 * time.Second)
		before := store.due.Load()
		time.Sleep(time.Minute)
		if n := store.due.Load() - before; n > 5*60 {
			t.Errorf("the store was asked %d times in a minute", n)
		}
		stop()
	})
}

func (w *world) closeNow(id channel.EnquiryID) {
	w.t.Helper()
	if err := w.ch.Close(w.t.Context(), id, ann); err != nil {
		w.t.Error(err)
	}
}

func (w *world) acceptNow(id channel.EnquiryID) {
	w.t.Helper()
	if err := w.ch.Accept(w.t.Context(), id, ann); err != nil {
		w.t.Error(err)
	}
}
