package channel_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// The process is down for hours, and another takes over the store.
func TestDown(t *testing.T) {
	t.Parallel()
	const long = 5 * time.Hour
	busy := func(w *world) {
		w.staff.Set("ann", routing.Busy, 0)
		w.staff.Set("bob", routing.Busy, 0)
	}
	tell(t, []story{
		{
			name: "received, then down before anything was done",
			do: func(w *world) {
				_, err := w.ch.Receive(w.t.Context(), channel.Inbound{
					Visitor: channel.Visitor{ID: "v"}, Message: messages.Message{ID: "1", Text: "hello"},
				})
				if err != nil {
					w.t.Fatal(err)
				}
				w.clock.Set(w.clock.Now().Add(long))
				w.start()
				w.run()
			},
			events: []string{"opened", "received hello", "offered ann", "sent welcome"},
			posts:  []string{"auto: welcome"},
		},
		{
			name: "waiting: routed once more, and somebody is there", setup: busy,
			do: func(w *world) {
				w.hear("hello")
				w.forget()
				w.clock.Set(w.clock.Now().Add(long))
				w.staff.Set("bob", routing.Active, 0)
				w.start()
				w.run()
			},
			events: []string{"offered bob"},
		},
		{
			name: "waiting: routed once more, then missed", setup: busy,
			do: func(w *world) {
				w.hear("hello")
				w.forget()
				w.clock.Set(w.clock.Now().Add(long))
				w.start()
				w.run()
			},
			events: []string{"missed", "sent away"},
			posts:  []string{"auto: away"},
		},
		{
			name: "offered: expired, the next is offered though MaxWait has passed",
			do: func(w *world) {
				w.hear("hello")
				w.forget()
				w.clock.Set(w.clock.Now().Add(long))
				w.start()
				w.run()
			},
			events: []string{"withdrawn ann", "offered bob"},
		},
		{
			name: "the Router failed: routed once more",
			setup: router(func(_ context.Context, e routing.Enquiry, _ routing.Presence) (routing.Decision, error) {
				if e.At.Equal(monday) {
					return routing.Decision{}, errors.New("down")
				}
				return routing.Decision{Outcome: routing.Offer, Destinations: []routing.Destination{routing.Staff("ann")}}, nil
			}),
			do: func(w *world) {
				w.hear("hello")
				w.forget()
				w.clock.Set(w.clock.Now().Add(long))
				w.start()
				w.run()
			},
			events: []string{"offered ann"},
		},
		{
			name: "replied, then down before it was posted",
			do: func(w *world) {
				id := w.handled(ann)
				if _, err := w.ch.Reply(w.t.Context(), id, ann, messages.Text("hi")); err != nil {
					w.t.Fatal(err)
				}
				w.clock.Set(w.clock.Now().Add(long))
				w.start()
				w.run()
			},
			events: []string{"sent hi"},
			posts:  []string{"staff Ann: hi"},
		},
		{
			name: "died while telling the host: told again after the lease",
			do: func(w *world) {
				dead, cancel := context.WithCancel(w.t.Context())
				w.config.Store = mortal(dead, w.config.Store)
				w.start()
				w.host.setHook(func(context.Context, channel.Event) error { cancel(); return nil })
				_, err := w.ch.Receive(w.t.Context(), channel.Inbound{
					Visitor: channel.Visitor{ID: "v"}, Message: messages.Message{ID: "1", Text: "hello"},
				})
				if err != nil {
					w.t.Fatal(err)
				}
				_ = w.hub.RunDue(w.t.Context()) // dies after the first event
				w.host.setHook(nil)
				w.config.Store = living(w.config.Store)
				w.start()
				w.run()
				w.advance(9 * time.Second)
				w.wantEvents("opened", "received hello") // told by the one that died
				w.advance(time.Second)
			},
			events: []string{"opened", "received hello", "offered ann", "sent welcome"},
			posts:  []string{"auto: welcome", "auto: welcome"}, // of each process once, under one webhook-id
		},
	})
}

// mortalStore records nothing any more once its process is dead.
type mortalStore struct {
	channel.Store
	dead context.Context
}

func mortal(dead context.Context, s channel.Store) channel.Store { return mortalStore{s, dead} }

// living is the store behind a mortal one.
func living(s channel.Store) channel.Store { return s.(mortalStore).Store }

var errDead = errors.New("the process is dead")

func (s mortalStore) Update(ctx context.Context, id string, look conversation.Look, fn func(*conversation.Conversation) error) error {
	if s.dead.Err() != nil {
		return errDead
	}
	return s.Store.Update(ctx, id, look, fn)
}

func (s mortalStore) Due(ctx context.Context, wants []conversation.Want, fn func(*conversation.Conversation, conversation.Lane) error) (time.Time, error) {
	if s.dead.Err() != nil {
		return time.Time{}, errDead
	}
	return s.Store.Due(ctx, wants, fn)
}

// failingStore fails every change while err is set.
type failingStore struct {
	channel.Store
	err error
}

func (s *failingStore) Update(ctx context.Context, id string, look conversation.Look, fn func(*conversation.Conversation) error) error {
	if s.err != nil {
		return s.err
	}
	return s.Store.Update(ctx, id, look, fn)
}
