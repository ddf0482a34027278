package channel_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

func (w *world) suspend() { w.t.Helper(); w.must(w.ch.Suspend(w.t.Context())) }

func (w *world) resume() { w.t.Helper(); w.must(w.ch.Resume(w.t.Context())) }

func TestSuspended(t *testing.T) {
	t.Parallel()
	tell(t, []story{
		{
			name: "told once each",
			do: func(w *world) {
				w.suspend()
				w.suspend()
				w.resume()
				w.resume()
			},
			events: []string{"suspended (suspended by the host)", "resumed"},
		},
		{
			name: "nothing comes in, staff go on, nothing is posted",
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				w.suspend()
				_, err := w.ch.Receive(w.t.Context(), channel.Inbound{
					Visitor: channel.Visitor{ID: "v"}, Message: messages.Message{ID: "x", Text: "hi"},
				})
				if !errors.Is(err, channel.ErrSuspended) {
					w.t.Errorf("receive: %v, want ErrSuspended", err)
				}
				if _, err := w.ch.Engage(w.t.Context(), "u", ann, messages.Text("hi")); !errors.Is(err, channel.ErrSuspended) {
					w.t.Errorf("engage: %v, want ErrSuspended", err)
				}
				w.accept(id, ann)
				w.say(id, ann, "hi")
				w.close(id, ann)
				w.advance(time.Hour)
				w.wantPosts()
				w.wantEvents("suspended (suspended by the host)", "accepted ann", "closed")
				w.resume()
			},
			events: []string{"resumed", "sent hi"},
			posts:  []string{"staff Ann: hi"},
		},
		{
			name: "no deadline runs: an offer is made afresh on resume",
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				w.suspend()
				w.advance(24 * time.Hour)
				w.wantEvents("suspended (suspended by the host)")
				w.wantStatus(id, channel.Opened)
				w.resume()
				w.wantEvents("resumed", "withdrawn ann", "offered ann")
				w.advance(channel.DefaultOfferWait - 1)
				w.wantEvents()
				w.advance(1)
			},
			events: []string{"withdrawn ann", "offered bob"},
		},
		{
			name: "waiting starts anew",
			setup: func(w *world) {
				w.staff.Set("ann", routing.Busy, 0)
				w.staff.Set("bob", routing.Busy, 0)
			},
			do: func(w *world) {
				id := w.hear("hello")
				w.advance(50 * time.Second)
				w.suspend()
				w.advance(time.Hour)
				w.resume()
				w.forget()
				w.advance(channel.DefaultMaxWait - 1)
				w.wantStatus(id, channel.Opened)
				w.advance(1)
				w.wantStatus(id, channel.Missed)
			},
			events: []string{"missed", "sent away"},
			posts:  []string{"auto: away"},
		},
		{
			name: "tried is forgotten",
			do: func(w *world) {
				id := w.hear("hello")
				w.decline(id, ann)
				w.suspend()
				w.forget()
				w.resume()
			},
			events: []string{"resumed", "withdrawn bob", "offered ann"},
		},
		{
			name: "one away text an opening, suspended or not",
			setup: func(w *world) {
				w.staff.Set("ann", routing.Offline, 0)
				w.staff.Set("bob", routing.Offline, 0)
				w.settings.AwayEvery = -1
			},
			do: func(w *world) {
				w.hear("hello")
				w.suspend()
				w.resume()
				w.advance(channel.DefaultMaxWait)
				w.host.take()
			},
			posts: []string{"auto: welcome", "auto: away"},
		},
		{
			name: "a transfer is offered afresh, not to the one who transfers",
			do: func(w *world) {
				id := w.handled(ann)
				w.transfer(id, ann, routing.Alternative{routing.Staff("ann"), routing.Staff("bob")})
				w.suspend()
				w.advance(time.Hour)
				w.resume()
				w.advance(channel.DefaultOfferWait)
				w.wantStatus(id, channel.Handling)
			},
			events: []string{
				"transferred ann", "offered bob", "suspended (suspended by the host)", "resumed",
				"withdrawn bob", "offered bob", "withdrawn bob", "withdrawn",
			},
		},
		{
			name: "AutoClose starts anew", setup: closing,
			do: func(w *world) {
				id := w.handled(ann)
				w.say(id, ann, "hi")
				w.forget()
				w.advance(5 * time.Minute)
				w.suspend()
				w.advance(time.Hour)
				w.resume()
				w.advance(8*time.Minute - 1)
				w.wantStatus(id, channel.Handling)
				w.advance(1)
				w.advance(2 * time.Minute)
				w.source.take()
			},
			events: []string{"suspended (suspended by the host)", "resumed", "closing", "closed", "sent bye"},
		},
		{
			name: "what was held for days is posted, not given up",
			do: func(w *world) {
				id := w.handled(ann)
				w.suspend()
				w.say(id, ann, "hi")
				w.advance(10 * 24 * time.Hour)
				w.resume()
			},
			events: []string{"suspended (suspended by the host)", "resumed", "sent hi"},
			posts:  []string{"staff Ann: hi"},
		},
		{
			name: "by another process",
			do: func(w *world) {
				id := w.handled(ann)
				other, err := channel.NewHub(w.config)
				if err != nil {
					w.t.Fatal(err)
				}
				ch, err := other.Connect(w.t.Context(), w.settings)
				if err != nil {
					w.t.Fatal(err)
				}
				if err := ch.Suspend(w.t.Context()); err != nil {
					w.t.Fatal(err)
				}
				w.advance(time.Second)
				if !w.ch.Suspended() {
					w.t.Error("not known after a second")
				}
				w.say(id, ann, "hi")
				w.wantPosts()
				if err := ch.Resume(w.t.Context()); err != nil {
					w.t.Fatal(err)
				}
				w.advance(time.Second)
				w.run()
			},
			events: []string{"suspended (suspended by the host)", "resumed", "sent hi"},
			posts:  []string{"staff Ann: hi"},
		},
		{
			name: "a restart meanwhile",
			do: func(w *world) {
				id := w.handled(ann)
				w.suspend()
				w.start()
				if !w.ch.Suspended() {
					w.t.Error("a new hub does not know")
				}
				w.say(id, ann, "hi")
				w.wantPosts()
				w.resume()
			},
			events: []string{"suspended (suspended by the host)", "resumed", "sent hi"},
			posts:  []string{"staff Ann: hi"},
		},
	})
}

// A Router that is asked when the channel is suspended decides nothing.
func TestSuspendedWhileRouting(t *testing.T) {
	t.Parallel()
	var w *world
	suspend := true
	w = newWorld(t, func(world *world) {
		w = world
		world.settings.MaxWait = -1
		router(func(context.Context, routing.Enquiry, routing.Presence) (routing.Decision, error) {
			if suspend {
				suspend = false
				if err := w.ch.Suspend(t.Context()); err != nil {
					t.Error(err)
				}
			}
			return routing.Decision{}, nil
		})(world)
	})
	id := w.hear("hello")
	w.wantStatus(id, channel.Opened)
	w.wantEvents("opened", "received hello", "suspended (suspended by the host)")
	w.resume()
	w.wantStatus(id, channel.Missed)
}

// 410 suspends the channel; the message stays and goes out after Resume.
func TestGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.handled(ann)
	w.source.setAnswer(down(http.StatusGone))
	before, _ := w.source.counts()
	w.say(id, ann, "hi")
	w.hearFromNobody()
	if after, _ := w.source.counts(); after != before+1 {
		t.Errorf("posted %d times to an endpoint that is gone", after-before)
	}
	w.wantEvents("suspended (the endpoint answered 410 Gone)")
	w.wantTranscript(id, "visitor: hello", "auto: welcome (sent)", "staff Ann: hi (queued)")
	w.advance(100 * time.Hour)
	w.source.setAnswer(nil)
	w.resume()
	w.wantEvents("resumed", "sent hi")
	w.wantPosts("staff Ann: hi")
}

// hearFromNobody expects that messages are refused.
func (w *world) hearFromNobody() {
	w.t.Helper()
	_, err := w.ch.Receive(w.t.Context(), channel.Inbound{
		Visitor: channel.Visitor{ID: "other"}, Message: messages.Message{ID: "x", Text: "hi"},
	})
	if !errors.Is(err, channel.ErrSuspended) {
		w.t.Errorf("receive: %v, want ErrSuspended", err)
	}
}

// After a move to another endpoint nothing is posted to the new one before it is proved.
func TestUnprovedHoldsDeliveries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.handled(ann)
	w.settings.Webhook.URL = "https://new.example/hook"
	w.source.setMute(true)
	ch, err := w.hub.Connect(t.Context(), w.settings)
	if !errors.Is(err, webhook.ErrChallenge) || ch == nil || ch.Verified() {
		t.Fatalf("connect: %v, %v; want the channel and ErrChallenge", ch, err)
	}
	w.hearFrom("other", "hello?")
	w.say(id, ann, "hi")
	w.wantEvents("#2 opened", "#2 received hello?", "#2 offered ann")
	w.wantPosts()
	w.source.setMute(false)
	_, challenges := w.source.counts()
	w.advance(30 * time.Second)
	if _, now := w.source.counts(); now != challenges+1 || !ch.Verified() {
		t.Errorf("after 30 s challenged %d times more, verified %t", now-challenges, ch.Verified())
	}
	w.run()
	if got := w.source.take(); len(got) != 2 {
		t.Errorf("after the proof %v was posted", got)
	}
}
