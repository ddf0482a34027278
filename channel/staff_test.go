package channel_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// with is the staff member with a capacity.
func with(s channel.Staff, capacity int) channel.Staff {
	s.Capacity = capacity
	return s
}

func TestAccept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.hear("hello")
	w.advance(3 * time.Second)
	w.accept(id, ann)
	e := w.enquiry(id)
	if e.Status != channel.Handling || e.Staff.ID != "ann" || !e.AcceptedAt.Equal(w.clock.Now()) || e.FollowUp || len(e.Offered) != 0 {
		t.Errorf("accepted: %+v", e)
	}
	if !strings.Contains(e.Why, "accepted by ann") {
		t.Errorf("why is %q", e.Why)
	}
	w.forget()
	w.accept(id, ann) // again is nothing
	w.wantEvents()
	for _, tt := range []struct {
		name string
		call func() error
		want error
	}{
		{"by another", func() error { return w.ch.Accept(t.Context(), id, bob) }, channel.ErrTaken},
		{"by a bot of the same id", func() error { return w.ch.Accept(t.Context(), id, channel.Staff{ID: "ann", Bot: true}) }, channel.ErrTaken},
		{"unknown", func() error { return w.ch.Accept(t.Context(), id+"1", bob) }, channel.ErrNotFound},
		{"not an id", func() error { return w.ch.Accept(t.Context(), "x", bob) }, channel.ErrNotFound},
		{"empty id", func() error { return w.ch.Accept(t.Context(), "", bob) }, channel.ErrNotFound},
		{"by nobody", func() error { return w.ch.Accept(t.Context(), id, channel.Staff{}) }, channel.ErrInvalid},
		{"closed", func() error { w.close(id, eve); return w.ch.Accept(t.Context(), id, ann) }, channel.ErrClosed},
	} {
		err := tt.call()
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if e, ok := errors.AsType[*channel.Error](err); !ok || e.Op != "accept" || e.Channel != "shop" {
			t.Errorf("%s: %#v is no *Error of accept", tt.name, err)
		}
	}
}

// Capacity counts over all channels, and is given back.
func TestCapacity(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	settings := w.settings
	settings.ID = "forum"
	forum, err := w.hub.Connect(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	one := with(ann, 2)
	a, b := w.hearFrom("a", "hi"), w.hearFrom("b", "hi")
	got, err := forum.Receive(t.Context(), channel.Inbound{
		Visitor: channel.Visitor{ID: "a"}, Message: messages.Message{ID: "1", Text: "hi"},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := got.Enquiry
	w.accept(a, one)
	if err := forum.Accept(t.Context(), c, one); err != nil {
		t.Fatal(err)
	}
	full := func(when string) {
		t.Helper()
		if err := w.ch.Accept(t.Context(), b, one); !errors.Is(err, channel.ErrCapacity) {
			t.Errorf("%s: accept gives %v, want ErrCapacity", when, err)
		}
		if _, err := w.ch.Reply(t.Context(), b, one, messages.Text("hi")); !errors.Is(err, channel.ErrCapacity) {
			t.Errorf("%s: reply gives %v, want ErrCapacity", when, err)
		}
		if _, err := w.ch.Engage(t.Context(), "new", one, messages.Text("hi")); !errors.Is(err, channel.ErrCapacity) {
			t.Errorf("%s: engage gives %v, want ErrCapacity", when, err)
		}
		if e := w.enquiry(b); e.Status != channel.Opened {
			t.Errorf("%s: the enquiry is %s after what was refused", when, e.Status)
		}
	}
	full("two channels")
	w.accept(a, one) // what he handles already takes no place
	if err := forum.Close(t.Context(), c, bob); err != nil {
		t.Fatal(err)
	}
	w.accept(b, one)
	c = w.hearFrom("c", "hi")
	b = c
	full("again full")
	w.transfer(a, one, routing.Staff("bob"))
	full("a transfer is not accepted yet")
	w.accept(a, bob)
	w.accept(c, one)
	if state := w.staff.State(routing.Staff("ann")); state.Load != 2 {
		t.Errorf("presence counts a load of %d for ann, who handles 2", state.Load)
	}
	if state := w.staff.State(routing.Staff("bob")); state.Load != 1 {
		t.Errorf("presence counts a load of %d for bob, who handles 1", state.Load)
	}
	// The number of an enquiry that was not begun is not lost.
	id, err := w.ch.Engage(t.Context(), "new", bob, messages.Text("hi"))
	if err != nil {
		t.Fatal(err)
	}
	if n := w.enquiry(id).Number; n != 4 {
		t.Errorf("number %d after 3 enquiries", n)
	}
}

// Presence hears of every acceptance and of every release, whatever brought it.
func TestPresenceIsTold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   func(w *world, id channel.EnquiryID)
		want map[string]int
	}{
		{"accepted", func(*world, channel.EnquiryID) {}, map[string]int{"ann": 1}},
		{"closed", func(w *world, id channel.EnquiryID) { w.close(id, eve) }, map[string]int{}},
		{"closed by itself", func(w *world, _ channel.EnquiryID) { w.advance(8 * time.Minute); w.advance(2 * time.Minute) }, map[string]int{}},
		{"forgotten", func(w *world, _ channel.EnquiryID) { w.must(w.ch.Forget(w.t.Context(), "v")) }, map[string]int{}},
		{
			"handed on", func(w *world, id channel.EnquiryID) {
				w.transfer(id, ann, routing.Staff("bob"))
				w.accept(id, bob)
			}, map[string]int{"bob": 1},
		},
		{
			"handed on, and back", func(w *world, id channel.EnquiryID) {
				w.transfer(id, ann, routing.Staff("bob"))
				w.decline(id, bob)
			}, map[string]int{"ann": 1},
		},
		{
			"by a bot, which nobody relieves", func(w *world, id channel.EnquiryID) {
				w.transfer(id, ann, routing.Bot("bo"))
				w.accept(id, bot)
				w.transfer(id, bot, routing.Staff("eve"))
				w.advance(channel.DefaultMaxWait)
			}, map[string]int{},
		},
		{"engaged", func(w *world, _ channel.EnquiryID) {
			_, err := w.ch.Engage(w.t.Context(), "other", bob, messages.Text("hi"))
			w.must(err)
		}, map[string]int{"ann": 1, "bob": 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(w *world) { w.settings.AutoClose = 10 * time.Minute })
			id := w.hear("hello")
			w.say(id, ann, "hi")
			tt.do(w, id)
			for _, s := range []string{"ann", "bob", "bo"} {
				d := routing.Staff(s)
				if got := w.staff.State(d).Load; got != tt.want[s] {
					t.Errorf("%s has a load of %d, want %d", s, got, tt.want[s])
				}
			}
		})
	}
}

func TestReply(t *testing.T) {
	t.Parallel()
	tell(t, []story{
		{
			name: "on opened: accepts",
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				w.say(id, ann, "hi")
				w.wantStatus(id, channel.Handling)
			},
			events: []string{"accepted ann", "sent hi"},
			posts:  []string{"staff Ann: hi"},
		},
		{
			name: "on missed: accepts, a follow-up",
			do: func(w *world) {
				id := w.hear("hello")
				w.decline(id, ann)
				w.decline(id, bob)
				w.forget()
				w.say(id, eve, "sorry")
				if e := w.enquiry(id); !e.FollowUp || e.MissedAt.IsZero() {
					w.t.Errorf("not a follow-up: %+v", e)
				}
			},
			events: []string{"accepted eve", "sent sorry"},
			posts:  []string{"staff Eve: sorry"},
		},
		{
			name: "no name",
			setup: func(w *world) {
				w.settings.Messages.DisplayName = messages.NoName
				w.settings.Messages.NameInText = true
			},
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				w.say(id, ann, "hi")
				w.host.take()
			},
			posts: []string{"staff: hi"},
		},
		{
			name: "full name, in the text too",
			setup: func(w *world) {
				w.settings.Messages.DisplayName = messages.FullName
				w.settings.Messages.NameInText = true
			},
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				w.say(id, ann, "hi")
				w.wantTranscript(id, "visitor: hello", "auto: welcome (sent)", "staff Ann Lee: hi (sent)")
				w.host.take()
			},
			posts: []string{"staff Ann Lee: Ann Lee: hi"},
		},
		{
			name: "the name before Markdown", setup: func(w *world) { w.settings.Messages.NameInText = true },
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				star := channel.Staff{ID: "star", Person: messages.Person{FirstName: "*"}}
				_, err := w.ch.Reply(w.t.Context(), id, star, messages.Message{Text: "- one", Format: messages.Markdown})
				w.must(err)
				w.wantTranscript(id, "visitor: hello", "auto: welcome (sent)", "staff *: - one (sent)")
				w.host.take()
			},
			posts: []string{"staff *: \\*:\n\n- one"},
		},
		{
			name: "by a bot",
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				w.say(id, bot, "beep")
				w.wantTranscript(id, "visitor: hello", "auto: welcome (sent)", "bot Bo: beep (sent)")
			},
			events: []string{"withdrawn ann", "accepted bo", "sent beep"},
			posts:  []string{"bot Bo: beep"},
		},
	})
}

func TestReplyOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.hear("hello")
	m := messages.Message{ID: "r1", Text: "hi"}
	first, err := w.ch.Reply(t.Context(), id, ann, m)
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.ch.Reply(t.Context(), id, ann, m)
	if err != nil || again != first {
		t.Errorf("the same message again: %q, %v; want %q", again, err, first)
	}
	w.run()
	w.wantPosts("auto: welcome", "staff Ann: hi")
	for _, tt := range []struct {
		name string
		by   channel.Staff
		m    messages.Message
		want error
	}{
		{"other content", ann, messages.Message{ID: "r1", Text: "ho"}, channel.ErrConflict},
		{"more content", ann, messages.Message{ID: "r1", Text: "hi", Choice: "x"}, channel.ErrConflict},
		{"by another", bob, messages.Text("me"), channel.ErrTaken},
		{"by a bot of the same id", channel.Staff{ID: "ann", Bot: true}, messages.Text("me"), channel.ErrTaken},
		{"nothing said", ann, messages.Message{ID: "r2"}, channel.ErrInvalid},
		{"by nobody", channel.Staff{}, messages.Text("hi"), channel.ErrInvalid},
	} {
		if got, err := w.ch.Reply(t.Context(), id, tt.by, tt.m); !errors.Is(err, tt.want) || got != "" {
			t.Errorf("%s: %q, %v; want %v", tt.name, got, err, tt.want)
		}
	}
	w.close(id, ann)
	if _, err := w.ch.Reply(t.Context(), id, ann, messages.Text("late")); !errors.Is(err, channel.ErrClosed) {
		t.Errorf("on closed: %v, want ErrClosed", err)
	}
	if again, err := w.ch.Reply(t.Context(), id, ann, m); err != nil || again != first {
		t.Errorf("a repeat after closing: %q, %v; want %q", again, err, first)
	}
	other := w.hear("new matter")
	if _, err := w.ch.Reply(t.Context(), other, ann, m); !errors.Is(err, channel.ErrConflict) {
		t.Errorf("the id of a reply to another enquiry: %v, want ErrConflict", err)
	}
	given, err := w.ch.Reply(t.Context(), other, ann, messages.Text("hi"))
	if err != nil || given == "" || given == first {
		t.Errorf("without an id: %q, %v", given, err)
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	closing := func(w *world) { w.settings.Messages.Closing.Texts = map[string]string{"": "bye from {staff|us}"} }
	tell(t, []story{
		{
			name: "by the handler, with the closing text", setup: closing,
			do: func(w *world) {
				id := w.hear("hello")
				w.say(id, ann, "hi")
				w.forget()
				w.close(id, ann)
				w.wantStatus(id, channel.Closed)
				w.close(id, ann) // again is nothing
			},
			events: []string{"closed", "sent bye from Ann Lee"},
			posts:  []string{"auto: bye from Ann Lee"},
		},
		{
			name: "by somebody else, never accepted: no closing text", setup: closing,
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				w.close(id, bob)
			},
			events: []string{"withdrawn ann", "closed"},
		},
		{
			name: "accepted, and nothing said: no closing text", setup: closing,
			do: func(w *world) {
				id := w.hear("hello")
				w.accept(id, ann)
				w.forget()
				w.close(id, ann)
			},
			events: []string{"closed"},
		},
		{
			name: "a bot has written", setup: closing,
			do: func(w *world) {
				id := w.hear("hello")
				w.say(id, bot, "beep")
				w.forget()
				w.close(id, bob)
			},
			events: []string{"closed", "sent bye from Bo"},
			posts:  []string{"auto: bye from Bo"},
		},
		{
			name: "staff wrote first", setup: closing,
			do: func(w *world) {
				id, err := w.ch.Engage(w.t.Context(), "v", ann, messages.Text("hi"))
				w.must(err)
				w.forget()
				w.close(id, ann)
			},
			events: []string{"closed", "sent bye from Ann Lee"},
			posts:  []string{"auto: bye from Ann Lee"},
		},
		{
			name: "missed: no closing text", setup: closing,
			do: func(w *world) {
				id := w.hear("hello")
				w.decline(id, ann)
				w.decline(id, bob)
				w.forget()
				w.close(id, bob)
			},
			events: []string{"closed"},
		},
		{
			name: "without a closing text",
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				w.close(id, bob)
			},
			events: []string{"withdrawn ann", "closed"},
		},
	})
}
