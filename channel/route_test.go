package channel_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// router routes by a function of the host.
func router(f routing.RouterFunc) setup {
	return func(w *world) { w.settings.Routing, w.settings.Router = nil, f }
}

// decision routes by one decision for all.
func decision(d routing.Decision) setup {
	return router(func(context.Context, routing.Enquiry, routing.Presence) (routing.Decision, error) { return d, nil })
}

func TestRoutedClosedAndExhausted(t *testing.T) {
	t.Parallel()
	opening := monday.Add(2 * time.Hour)
	atOnce := []string{"opened", "received hello", "missed", "sent welcome", "sent away"}
	texts := []string{"auto: welcome", "auto: away"}
	tell(t, []story{
		{
			name:   "closed: missed at once, the away text after the welcome",
			setup:  decision(routing.Decision{Outcome: routing.Closed, NextOpening: opening}),
			do:     func(w *world) { w.hear("hello") },
			events: atOnce, posts: texts,
		},
		{
			name:   "exhausted: missed, the away text",
			setup:  decision(routing.Decision{Outcome: routing.Exhausted}),
			do:     func(w *world) { w.hear("hello") },
			events: atOnce, posts: texts,
		},
		{
			name:   "offered only what was tried: missed",
			setup:  decision(routing.Decision{Outcome: routing.Offer, Destinations: []routing.Destination{routing.Staff("ann")}}),
			do:     func(w *world) { w.decline(w.hear("hello"), ann) },
			events: []string{"opened", "received hello", "offered ann", "sent welcome", "withdrawn ann", "missed", "sent away"},
			posts:  texts,
		},
		{
			name: "the away text names the next opening",
			setup: func(w *world) {
				decision(routing.Decision{Outcome: routing.Closed, NextOpening: opening})(w)
				w.settings.Messages.Away.Texts = map[string]string{"": "back at {next_opening}"}
			},
			do:     func(w *world) { w.hear("hello"); w.host.take() },
			events: nil, posts: []string{"auto: welcome", "auto: back at 11:00 AM"},
		},
		{
			name: "texts that are off are not sent",
			setup: func(w *world) {
				decision(routing.Decision{Outcome: routing.Closed})(w)
				w.settings.Messages.Away = messages.AutoReply{Off: true}
				w.settings.Messages.Welcome = messages.AutoReply{Off: true}
			},
			do:     func(w *world) { w.hear("hello") },
			events: []string{"opened", "received hello", "missed"},
		},
	})
}

func TestRoutingFails(t *testing.T) {
	t.Parallel()
	failing := map[string]struct {
		route routing.RouterFunc
		why   string
	}{
		"error": {
			func(context.Context, routing.Enquiry, routing.Presence) (routing.Decision, error) {
				return routing.Decision{}, errors.New("no such queue")
			}, "no such queue",
		},
		"panic": {
			func(context.Context, routing.Enquiry, routing.Presence) (routing.Decision, error) { panic("oops") },
			"panicked with a string",
		},
		"outcome unknown": {returning(routing.Decision{Outcome: 99}), "invalid decision: outcome"},
		"offer to nobody": {returning(routing.Decision{Outcome: routing.Offer}), "an offer to 0 destinations"},
		"without id": {
			returning(routing.Decision{Outcome: routing.Offer, Destinations: []routing.Destination{{Kind: routing.KindStaff}}}),
			"destination 0",
		},
		"of no kind": {
			returning(routing.Decision{Outcome: routing.Offer, Destinations: []routing.Destination{{Kind: "robot", ID: "x"}}}),
			"destination 0",
		},
		"named twice": {
			returning(routing.Decision{Outcome: routing.Offer, Destinations: []routing.Destination{routing.Staff("a"), routing.Staff("a")}}),
			"destination 1",
		},
		"negative wait": {
			returning(routing.Decision{Outcome: routing.Offer, Destinations: []routing.Destination{routing.Staff("a")}, Wait: -1}),
			"negative wait",
		},
	}
	for name, tt := range failing {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var asked []time.Duration
			w := newWorld(t, func(w *world) {
				w.settings.MaxWait = 2 * time.Minute
				router(func(ctx context.Context, e routing.Enquiry, p routing.Presence) (routing.Decision, error) {
					mu.Lock()
					asked = append(asked, e.At.Sub(monday))
					mu.Unlock()
					return tt.route(ctx, e, p)
				})(w)
			})
			id := w.hear("hello")
			e := w.enquiry(id)
			if e.Status != channel.Opened || !strings.Contains(e.Why, tt.why) || len(e.Reasons) == 0 {
				t.Errorf("after the first failure: %s, why %q; want why to say %q", e.Status, e.Why, tt.why)
			}
			for range 2*60 - 1 {
				w.advance(time.Second)
			}
			w.wantStatus(id, channel.Opened)
			w.advance(time.Second)
			if e := w.enquiry(id); e.Status != channel.Missed || !strings.Contains(e.Why, tt.why) {
				t.Errorf("at MaxWait: %s, why %q", e.Status, e.Why)
			}
			want := "[0s 1s 3s 7s 15s 31s 1m1s 1m31s 2m0s]"
			mu.Lock()
			got := fmt.Sprint(asked)
			mu.Unlock()
			if got != want {
				t.Errorf("asked at %s, want %s", got, want)
			}
			w.wantPosts("auto: welcome", "auto: away")
			w.wantEvents("opened", "received hello", "sent welcome", "missed", "sent away")
		})
	}
}

func returning(d routing.Decision) routing.RouterFunc {
	return func(context.Context, routing.Enquiry, routing.Presence) (routing.Decision, error) { return d, nil }
}

func TestRouterHeals(t *testing.T) {
	t.Parallel()
	fail := true
	w := newWorld(t, router(func(context.Context, routing.Enquiry, routing.Presence) (routing.Decision, error) {
		if fail {
			return routing.Decision{}, errors.New("down")
		}
		return routing.Decision{Outcome: routing.Offer, Destinations: []routing.Destination{routing.Staff("ann")}}, nil
	}))
	id := w.hear("hello")
	fail = false
	w.advance(time.Second)
	if e := w.enquiry(id); len(e.Offered) != 1 || strings.Contains(e.Why, "down") {
		t.Errorf("after the router is back: offered to %v, why %q", e.Offered, e.Why)
	}
}

// A Router sees what the design says it may know.
func TestWhatARouterKnows(t *testing.T) {
	t.Parallel()
	var asked []routing.Enquiry
	w := newWorld(t, func(w *world) {
		w.settings.ReopenWithin = 0
		router(func(_ context.Context, e routing.Enquiry, _ routing.Presence) (routing.Decision, error) {
			asked = append(asked, e)
			return routing.Decision{Outcome: routing.Offer, Destinations: []routing.Destination{routing.Staff(fmt.Sprint("s", len(asked)))}}, nil
		})(w)
	})
	id := w.hearIn(channel.Inbound{
		Visitor: channel.Visitor{ID: "v", Locale: "de", Attributes: map[string]string{"plan": "gold"}},
		Message: messages.Message{ID: "1", Text: "hi"},
	})
	first := asked[0]
	if first.ID != string(id) || first.Channel != "shop" || first.Visitor != "v" || first.Locale != "de" ||
		first.Attributes["plan"] != "gold" || !first.At.Equal(monday) || first.LastStaff != "" || len(first.Tried) != 0 {
		t.Errorf("first asked with %+v", first)
	}
	w.advance(channel.DefaultOfferWait)
	if got := asked[1].Tried; len(got) != 1 || got[0] != routing.Staff("s1") {
		t.Errorf("then tried is %v", got)
	}
	w.accept(id, bot) // a bot is nobody's last staff
	w.close(id, ann)
	w.hear("2")
	if got := asked[2]; got.LastStaff != "" || len(got.Tried) != 0 {
		t.Errorf("after a bot: %+v", got)
	}
	at := w.clock.Now()
	id = w.host.last(channel.EnquiryOffered).Enquiry.ID
	w.accept(id, bob)
	w.advance(time.Minute)
	w.close(id, ann)
	w.hear("3")
	if got := asked[3]; got.LastStaff != "bob" || !got.LastAt.Equal(at) {
		t.Errorf("after bob: last staff %q at %v, want bob at %v", got.LastStaff, got.LastAt, at)
	}
}

// Presence may be asked by a Router from several goroutines.
func TestPresenceIsAskedTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t, router(func(_ context.Context, _ routing.Enquiry, p routing.Presence) (routing.Decision, error) {
		var wg sync.WaitGroup
		for _, s := range []string{"ann", "bob", "eve"} {
			wg.Go(func() { p.State(routing.Staff(s)) })
		}
		wg.Wait()
		return routing.Decision{}, nil
	}))
	w.wantStatus(w.hear("hello"), channel.Opened)
}

// While an enquiry is offered to one alone, that one counts as busier for the next.
func TestOpenOffersCountAsLoad(t *testing.T) {
	t.Parallel()
	idle := routing.Group{
		ID: "g", Method: routing.MostIdle, Members: []routing.Destination{routing.Staff("ann"), routing.Staff("bob")},
	}
	for _, tt := range []struct {
		name string
		do   func(w *world)
		want []string // to whom the enquiries that follow are offered
	}{
		{"nothing is offered", func(*world) {}, []string{"ann", "bob", "ann", "bob"}},
		{"one is offered", func(w *world) { w.hear("hi") }, []string{"bob", "ann"}},
		{"declined", func(w *world) { id := w.hear("hi"); w.decline(id, ann); w.decline(id, bob) }, []string{"ann", "bob"}},
		{
			"expired and missed", func(w *world) {
				w.hear("hi")
				w.advance(channel.DefaultOfferWait)
				w.advance(channel.DefaultOfferWait)
			}, []string{"ann", "bob"},
		},
		{"accepted", func(w *world) { w.accept(w.hear("hi"), ann) }, []string{"bob", "ann"}},
		{"accepted by another", func(w *world) { w.accept(w.hear("hi"), bob) }, []string{"ann", "ann", "bob"}},
		{"closed while offered", func(w *world) { w.close(w.hear("hi"), eve) }, []string{"ann", "bob"}},
		{
			"offered by a transfer", func(w *world) {
				id := w.hear("hi")
				w.accept(id, eve)
				w.transfer(id, eve, routing.Staff("ann"))
			}, []string{"bob", "ann"},
		},
		{
			"a transfer that came back", func(w *world) {
				id := w.hear("hi")
				w.accept(id, eve)
				w.transfer(id, eve, routing.Staff("ann"))
				w.advance(channel.DefaultOfferWait)
			}, []string{"ann", "bob"},
		},
		{
			"told late, after it would have run out", func(w *world) {
				w.host.setHook(func(context.Context, channel.Event) error { return errors.New("down") })
				w.hear("hi")
				w.advance(channel.DefaultOfferWait + 2*time.Minute)
				w.host.setHook(nil)
				w.advance(time.Hour)
			}, []string{"bob", "ann"},
		},
		{
			"suspended and resumed", func(w *world) {
				id := w.hear("hi")
				w.must(w.ch.Suspend(w.t.Context()))
				w.close(id, eve)
				w.must(w.ch.Resume(w.t.Context()))
			}, []string{"ann", "bob"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, by(idle))
			tt.do(w)
			for i, want := range tt.want {
				id := w.hearFrom(channel.VisitorID(fmt.Sprint("next", i)), "hi")
				if got := w.enquiry(id).Offered; len(got) != 1 || got[0].ID != want {
					t.Errorf("enquiry %d after it is offered to %v, want %s", i+1, got, want)
				}
			}
		})
	}
}
