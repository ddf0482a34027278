package channel_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// by routes by a rule.
func by(r routing.Rule) setup { return func(w *world) { w.settings.Routing = r } }

// together offers to ann, bob and a team at once.
var together = routing.Group{
	ID: "all", Method: routing.Simultaneous, Wait: 30 * time.Second,
	Members: []routing.Destination{routing.Staff("ann"), routing.Staff("bob"), routing.Team("sales")},
}

func TestOffer(t *testing.T) {
	t.Parallel()
	tell(t, []story{
		{
			name: "not answered: withdrawn after OfferWait, the next is offered",
			do: func(w *world) {
				w.hear("hello")
				w.forget()
				w.advance(channel.DefaultOfferWait - 1)
				w.wantEvents()
				w.advance(1)
			},
			events: []string{"withdrawn ann", "offered bob"},
		},
		{
			name: "the rule's own wait comes first",
			setup: func(w *world) {
				w.settings.Routing = together
				w.settings.OfferWait = time.Hour
			},
			do: func(w *world) {
				w.hear("hello")
				w.forget()
				w.advance(30*time.Second - 1)
				w.wantEvents()
				w.advance(1)
			},
			events: []string{"withdrawn ann bob team sales", "missed", "sent away"},
			posts:  []string{"auto: away"},
		},
		{
			name: "the wait counts from when Notify took the offer",
			do: func(w *world) {
				fail := true
				w.host.setHook(func(_ context.Context, e channel.Event) error {
					if e.Type == channel.EnquiryOffered && fail {
						return errors.New("down")
					}
					return nil
				})
				w.hear("hello")
				for range 10 { // an offer never told does not expire
					w.advance(time.Minute)
				}
				w.wantEvents("opened", "received hello")
				fail = false
				w.advance(time.Minute)
				w.wantEvents("offered ann", "sent welcome")
				w.advance(channel.DefaultOfferWait - 1)
				w.wantEvents()
				w.advance(1)
				w.source.take()
			},
			events: []string{"withdrawn ann", "offered bob"},
		},
		{
			name: "all tried: exhausted, missed with the away text",
			do: func(w *world) {
				id := w.hear("hello")
				w.advance(channel.DefaultOfferWait)
				w.forget()
				w.advance(channel.DefaultOfferWait)
				w.wantStatus(id, channel.Missed)
			},
			events: []string{"withdrawn bob", "missed", "sent away"},
			posts:  []string{"auto: away"},
		},
		{
			name:  "together: accepted by one, withdrawn from the others",
			setup: by(together),
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				w.accept(id, bob)
			},
			events: []string{"withdrawn ann team sales", "accepted bob"},
		},
		{
			name:  "together: a member accepts for the team",
			setup: by(together),
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				w.accept(id, eve)
				if d := w.enquiry(id).Destination; d != routing.Team("sales") {
					w.t.Errorf("accepted through %v", d)
				}
			},
			events: []string{"withdrawn ann bob", "accepted eve"},
		},
		{
			name: "accepted by somebody who was not offered",
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				w.accept(id, eve)
			},
			events: []string{"withdrawn ann", "accepted eve"},
		},
		{
			name: "closed while offered",
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				w.close(id, eve)
			},
			events: []string{"withdrawn ann", "closed"},
		},
	})
}

func TestDecline(t *testing.T) {
	t.Parallel()
	team := channel.Staff{ID: "sales"}
	tell(t, []story{
		{
			name: "by the one who was offered: the next is offered at once",
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				w.decline(id, ann)
			},
			events: []string{"withdrawn ann", "offered bob"},
		},
		{
			name: "by anybody else: nothing",
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				w.decline(id, eve)
				w.decline(id, channel.Staff{ID: "ann", Bot: true})
				w.advance(channel.DefaultOfferWait - 1)
			},
		},
		{
			name:  "by all who were offered together",
			setup: by(together),
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				w.decline(id, bob)
				if got := w.enquiry(id).Offered; len(got) != 2 {
					w.t.Errorf("offered to %v after bob declined", got)
				}
				w.decline(id, bob)
				w.decline(id, team)
				w.wantEvents()
				w.decline(id, ann)
			},
			events: []string{"withdrawn ann", "missed", "sent away"},
			posts:  []string{"auto: away"},
		},
		{
			name:  "by a team",
			setup: by(routing.Alternative{routing.Team("sales"), routing.Staff("bob")}),
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				w.decline(id, eve) // a member does not speak for the team
				w.decline(id, team)
			},
			events: []string{"withdrawn team sales", "offered bob"},
		},
		{
			name:  "by a bot",
			setup: by(routing.Alternative{routing.Bot("bo"), routing.Staff("bob")}),
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				w.decline(id, bot)
			},
			events: []string{"withdrawn bot bo", "offered bob"},
		},
		{
			name: "after it was accepted: nothing",
			do: func(w *world) {
				id := w.hear("hello")
				w.accept(id, ann)
				w.forget()
				w.decline(id, ann)
				w.wantStatus(id, channel.Handling)
			},
		},
	})
}

func TestWaiting(t *testing.T) {
	t.Parallel()
	nobody := func(s routing.Status) setup {
		return func(w *world) {
			w.staff.Set("ann", s, 0)
			w.staff.Set("bob", s, 0)
		}
	}
	tell(t, []story{
		{
			name:  "offline: waiting, the away text now, missed at MaxWait",
			setup: nobody(routing.Offline),
			do: func(w *world) {
				id := w.hear("hello")
				w.wantEvents("opened", "received hello", "waiting", "sent welcome", "sent away")
				w.wantPosts("auto: welcome", "auto: away")
				w.hear("hello?")
				w.wantEvents("received hello?")
				w.advance(channel.DefaultMaxWait - 1)
				w.wantStatus(id, channel.Opened)
				w.advance(1)
				w.wantStatus(id, channel.Missed)
			},
			events: []string{"missed"},
		},
		{
			name:  "busy: waiting, the away text at missed",
			setup: nobody(routing.Busy),
			do: func(w *world) {
				w.hear("hello")
				w.wantEvents("opened", "received hello", "waiting", "sent welcome")
				w.wantPosts("auto: welcome")
				w.advance(channel.DefaultMaxWait)
			},
			events: []string{"missed", "sent away"},
			posts:  []string{"auto: away"},
		},
		{
			name: "full: waiting, the away text at missed",
			setup: func(w *world) {
				w.staff.SetCapacity("ann", -1)
				w.staff.SetCapacity("bob", -1)
			},
			do: func(w *world) {
				w.hear("hello")
				w.wantPosts("auto: welcome")
				w.advance(channel.DefaultMaxWait)
				w.host.take()
			},
			posts: []string{"auto: away"},
		},
		{
			name:  "busy, then offline: the away text when the last one goes",
			setup: nobody(routing.Busy),
			do: func(w *world) {
				w.hear("hello")
				w.forget()
				nobody(routing.Offline)(w)
				w.advance(time.Second)
			},
			events: []string{"sent away"},
			posts:  []string{"auto: away"},
		},
		{
			name:  "presence changes: offered",
			setup: nobody(routing.Busy),
			do: func(w *world) {
				w.hear("hello")
				w.forget()
				w.advance(time.Second)
				w.staff.Set("bob", routing.Active, 0)
				w.run()
			},
			events: []string{"offered bob"},
		},
		{
			name:  "MaxWait negative: missed at once",
			setup: func(w *world) { nobody(routing.Busy)(w); w.settings.MaxWait = -1 },
			do:    func(w *world) { w.hear("hello") },
			events: []string{
				"opened", "received hello", "missed", "sent welcome", "sent away",
			},
			posts: []string{"auto: welcome", "auto: away"},
		},
		{
			name:  "waiting is told once per wait",
			setup: nobody(routing.Busy),
			do: func(w *world) {
				id := w.hear("hello")
				for range 10 {
					w.advance(time.Second)
				}
				w.staff.Set("bob", routing.Active, 0)
				w.run()
				w.staff.Set("bob", routing.Busy, 0)
				w.decline(id, bob)
				w.advance(time.Second)
				w.source.take()
			},
			events: []string{"opened", "received hello", "waiting", "sent welcome", "offered bob", "withdrawn bob", "waiting"},
		},
		{
			name:  "accepted while waiting",
			setup: nobody(routing.Busy),
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				w.accept(id, eve)
				w.advance(time.Hour)
				w.wantStatus(id, channel.Handling)
			},
			events: []string{"accepted eve"},
		},
	})
}

// Waiting enquiries are offered oldest first, and before a new one is routed.
func TestWaitingOldestFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, by(routing.Staff("ann")))
	w.staff.SetCapacity("ann", 1)
	w.staff.Set("ann", routing.Busy, 0)
	first := w.hearFrom("a", "1")
	w.advance(time.Second)
	second := w.hearFrom("b", "2")
	w.advance(time.Second)
	w.forget()

	// ann is free again, and nobody said so: a new enquiry does not overtake those that wait.
	w.staff.Set("ann", routing.Active, 0)
	third, err := w.ch.Receive(t.Context(), channel.Inbound{
		Visitor: channel.Visitor{ID: "c"}, Message: messages.Message{ID: "3", Text: "3"},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.run()
	w.wantStatus(first, channel.Opened)
	for i, step := range []struct {
		id   channel.EnquiryID
		want []int
	}{
		{first, []int{1, 0, 0}}, {second, []int{0, 1, 0}}, {third.Enquiry, []int{0, 0, 1}},
	} {
		for j, id := range []channel.EnquiryID{first, second, third.Enquiry} {
			if got := len(w.enquiry(id).Offered); got != step.want[j] {
				t.Errorf("step %d: enquiry %d is offered to %d, want %d", i, j+1, got, step.want[j])
			}
		}
		w.accept(step.id, ann)
		w.close(step.id, ann)
	}
}

// More enquiries than fit one page wait since the same moment: each has its turn.
func TestManyWaitSinceTheSameMoment(t *testing.T) {
	t.Parallel()
	const many = 200
	w := newWorld(t, func(w *world) {
		w.settings.Routing = nil
		w.settings.MaxWait = time.Hour
		w.settings.Router = routing.RouterFunc(func(_ context.Context, e routing.Enquiry, p routing.Presence) (routing.Decision, error) {
			to := routing.Staff("staff of " + e.Visitor)
			if !p.State(to).Available() {
				return routing.Decision{}, nil
			}
			return routing.Decision{Outcome: routing.Offer, Destinations: []routing.Destination{to}}, nil
		})
	})
	var ids []channel.EnquiryID
	for i := range many {
		v := channel.VisitorID([]byte{'a' + byte(i/26), 'a' + byte(i%26)})
		got, err := w.ch.Receive(t.Context(), channel.Inbound{
			Visitor: channel.Visitor{ID: v}, Message: messages.Message{ID: "1", Text: "hi"},
		})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, got.Enquiry)
	}
	w.run()
	for _, i := range []int{many - 1, many / 2, 0} {
		v := string(w.enquiry(ids[i]).Visitor.ID)
		w.staff.Set("staff of "+v, routing.Active, 0)
		w.run()
		if got := w.enquiry(ids[i]).Offered; len(got) != 1 {
			t.Errorf("enquiry %d of %d, whose staff is there now, is offered to %v", i+1, many, got)
		}
	}
}
