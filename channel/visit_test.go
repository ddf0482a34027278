package channel_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// story is a test of a rule: what is done, and what the host and the source hear of it.
type story struct {
	name   string
	setup  setup
	do     func(w *world)
	events []string
	posts  []string
}

// tell runs stories in parallel.
func tell(t *testing.T, stories []story) {
	t.Helper()
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			var setups []setup
			if s.setup != nil {
				setups = append(setups, s.setup)
			}
			w := newWorld(t, setups...)
			s.do(w)
			w.wantEvents(s.events...)
			w.wantPosts(s.posts...)
		})
	}
}

// reopening lets a message reopen an enquiry within ten minutes.
func reopening(w *world) { w.settings.ReopenWithin = 10 * time.Minute }

func TestMessageOfVisitor(t *testing.T) {
	t.Parallel()
	tell(t, []story{
		{
			name:   "first: recorded, welcomed, told, offered",
			do:     func(w *world) { w.hear("hello") },
			events: []string{"opened", "received hello", "offered ann", "sent welcome"},
			posts:  []string{"auto: welcome"},
		},
		{
			name: "on opened: appended",
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				if again := w.hear("anybody?"); again != id {
					w.t.Errorf("second message opened %s", again)
				}
			},
			events: []string{"received anybody?"},
		},
		{
			name: "on handling: appended",
			do: func(w *world) {
				id := w.hear("hello")
				w.accept(id, ann)
				w.forget()
				if again := w.hear("thanks"); again != id {
					w.t.Errorf("second message opened %s", again)
				}
				w.wantStatus(id, channel.Handling)
			},
			events: []string{"received thanks"},
		},
		{
			name: "on closed: a new enquiry, no second welcome",
			do: func(w *world) {
				id := w.hear("hello")
				w.close(id, ann)
				w.forget()
				if again := w.hear("me again"); again == id {
					w.t.Error("the closed enquiry was reopened")
				}
			},
			events: []string{"#2 opened", "#2 received me again", "#2 offered ann"},
		},
		{
			name:  "within ReopenWithin of closing: opened again, last handler first",
			setup: reopening,
			do: func(w *world) {
				id := w.hear("hello")
				w.accept(id, bob)
				w.close(id, bob)
				w.forget()
				w.advance(10 * time.Minute)
				if again := w.hear("me again"); again != id {
					w.t.Errorf("a new enquiry %s", again)
				}
				e := w.enquiry(id)
				if e.Number != 1 || !e.ClosedAt.IsZero() || e.OpenedAt.Equal(w.clock.Now()) || e.Staff.ID != "" {
					w.t.Errorf("reopened as %+v", e)
				}
			},
			events: []string{"opened", "received me again", "offered bob"},
		},
		{
			name:  "after ReopenWithin: a new enquiry",
			setup: reopening,
			do: func(w *world) {
				id := w.hear("hello")
				w.accept(id, bob)
				w.close(id, bob)
				w.forget()
				w.advance(10*time.Minute + 1)
				w.hear("me again")
			},
			events: []string{"#2 opened", "#2 received me again", "#2 offered ann"},
		},
		{
			name:  "reopened while its last handler is away: by the rule",
			setup: reopening,
			do: func(w *world) {
				id := w.hear("hello")
				w.accept(id, bob)
				w.close(id, bob)
				w.forget()
				w.staff.Set("bob", routing.Offline, 0)
				w.hear("me again")
			},
			events: []string{"opened", "received me again", "offered ann"},
		},
		{
			name:  "reopened, the last handler declines: by the rule, not to him again",
			setup: reopening,
			do: func(w *world) {
				id := w.hear("hello")
				w.accept(id, ann)
				w.close(id, ann)
				w.hear("me again")
				w.forget()
				w.decline(id, ann)
			},
			events: []string{"withdrawn ann", "offered bob"},
		},
	})
}

func TestMessageOnMissed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.settings.AwayEvery = 30 * time.Minute })
	id := w.hear("hello")
	w.decline(id, ann)
	w.decline(id, bob)
	w.wantStatus(id, channel.Missed)
	missed := w.enquiry(id).MissedAt
	w.wantEvents("opened", "received hello", "offered ann", "sent welcome", "withdrawn ann",
		"offered bob", "withdrawn bob", "missed", "sent away")
	w.wantPosts("auto: welcome", "auto: away")

	w.advance(20 * time.Minute) // within AwayEvery
	if again := w.hear("still there"); again != id {
		t.Fatalf("a missed enquiry was not opened again: %s", again)
	}
	w.wantStatus(id, channel.Opened)
	if got := w.enquiry(id).MissedAt; !got.Equal(missed) {
		t.Errorf("MissedAt moved from %v to %v when the enquiry was opened again", missed, got)
	}
	w.decline(id, ann)
	w.decline(id, bob)
	w.wantEvents("opened", "received still there", "offered ann", "withdrawn ann",
		"offered bob", "withdrawn bob", "missed")
	w.wantPosts()

	w.advance(10 * time.Minute) // 30 min after the first away text
	w.hear("hello?")
	w.decline(id, ann)
	w.decline(id, bob)
	w.wantPosts("auto: away")
	w.wantEvents("opened", "received hello?", "offered ann", "withdrawn ann",
		"offered bob", "withdrawn bob", "missed", "sent away")

	w.accept(id, ann)
	if e := w.enquiry(id); !e.FollowUp || e.Status != channel.Handling {
		t.Errorf("a missed enquiry accepted later is not a follow-up: %+v", e)
	}
	w.wantEvents("accepted ann")
}

// A missed enquiry that is opened again waits MaxWait anew.
func TestMissedOpenedAgainWaitsAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.staff.Set("ann", routing.Busy, 0)
	w.staff.Set("bob", routing.Busy, 0)
	id := w.hear("hello")
	w.advance(channel.DefaultMaxWait)
	w.wantStatus(id, channel.Missed)
	w.advance(time.Hour)
	w.hear("again")
	w.wantStatus(id, channel.Opened)
	w.advance(channel.DefaultMaxWait - 1)
	w.wantStatus(id, channel.Opened)
	w.advance(1)
	w.wantStatus(id, channel.Missed)
}

func TestRepeatedMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := channel.Inbound{
		Visitor: channel.Visitor{ID: "v", Name: "Vi"}, Message: messages.Message{ID: "1", Text: "hello"},
	}
	first, err := w.ch.Receive(t.Context(), in)
	if err != nil || first.Duplicate || first.Enquiry == "" || first.Message == "" {
		t.Fatalf("first: %+v, %v", first, err)
	}
	w.run()
	w.forget()
	in.Message.Text, in.Visitor.Name = "something else", "Other"
	again, err := w.ch.Receive(t.Context(), in)
	want := channel.Accepted{Enquiry: first.Enquiry, Message: first.Message, Duplicate: true}
	if err != nil || again != want {
		t.Errorf("a repeat is %+v, %v; want %+v", again, err, want)
	}
	w.run()
	w.wantEvents()
	w.wantPosts()
	w.wantTranscript(first.Enquiry, "visitor: hello", "auto: welcome (sent)")
	if name := w.enquiry(first.Enquiry).Visitor.Name; name != "Vi" {
		t.Errorf("a repeat changed the visitor's name to %q", name)
	}
}

// The same message id of another visitor, or of staff, is another message.
func TestMessageIDsOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := messages.Message{ID: "1", Text: "hello"}
	a := w.hearIn(channel.Inbound{Visitor: channel.Visitor{ID: "a"}, Message: m})
	b := w.hearIn(channel.Inbound{Visitor: channel.Visitor{ID: "b"}, Message: m})
	if a == b {
		t.Fatal("two visitors share an enquiry")
	}
	if _, err := w.ch.Reply(t.Context(), a, ann, m); err != nil {
		t.Errorf("staff's message has an id of its own side: %v", err)
	}
	w.run()
	w.wantTranscript(a, "visitor: hello", "auto: welcome (sent)", "staff Ann: hello (sent)")
}

// Fields that are empty in a later message keep what is known; an empty attribute is removed.
func TestVisitorIsKnownBetter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	steps := []struct{ in, want channel.Visitor }{
		{
			in: channel.Visitor{
				ID: "v", Person: messages.Person{FirstName: "Vi", LastName: "Wu", FamilyFirst: true}, Locale: "de",
				Attributes: map[string]string{"plan": "free", "shop": "1"},
			},
			want: channel.Visitor{
				ID: "v", Person: messages.Person{FirstName: "Vi", LastName: "Wu", FamilyFirst: true}, Locale: "de",
				Attributes: map[string]string{"plan": "free", "shop": "1"},
			},
		},
		{
			in: channel.Visitor{ID: "v", Name: "vivi", Attributes: map[string]string{"plan": "gold", "shop": ""}},
			want: channel.Visitor{
				ID: "v", Person: messages.Person{FirstName: "Vi", LastName: "Wu", FamilyFirst: true}, Locale: "de",
				Name: "vivi", Attributes: map[string]string{"plan": "gold"},
			},
		},
		{
			in: channel.Visitor{ID: "v", Person: messages.Person{FirstName: "Vivian"}, AvatarURL: "https://a.example/v.png"},
			want: channel.Visitor{
				ID: "v", Person: messages.Person{FirstName: "Vivian", LastName: "Wu"}, Locale: "de", Name: "vivi",
				AvatarURL: "https://a.example/v.png", Attributes: map[string]string{"plan": "gold"},
			},
		},
	}
	for i, step := range steps {
		id := w.hearIn(channel.Inbound{
			Visitor: step.in, Message: messages.Message{ID: string(rune('1' + i)), Text: "hi"},
		})
		if diff := cmp.Diff(step.want, w.enquiry(id).Visitor); diff != "" {
			t.Errorf("step %d: the enquiry's visitor (-want +got):\n%s", i, diff)
		}
		if diff := cmp.Diff(step.want, w.host.last(channel.MessageReceived).Enquiry.Visitor); diff != "" {
			t.Errorf("step %d: the event's visitor (-want +got):\n%s", i, diff)
		}
	}
}

// Whatever alone is new of a visitor becomes known to the enquiry.
func TestEveryFieldOfAVisitorCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, f := range reflect.VisibleFields(reflect.TypeFor[channel.Visitor]()) {
		if f.Anonymous || f.Name == "ID" {
			continue
		}
		v := channel.Visitor{ID: channel.VisitorID(f.Name), Person: messages.Person{LastName: "Wu"}}
		id := w.hearIn(channel.Inbound{Visitor: v, Message: messages.Message{ID: "1", Text: "hi"}})
		switch field := reflect.ValueOf(&v).Elem().FieldByIndex(f.Index); field.Kind() {
		case reflect.String:
			field.SetString("https://a.example/v.png") // good for all of them but the locale
		case reflect.Bool:
			field.SetBool(true)
		case reflect.Map:
			field.Set(reflect.ValueOf(map[string]string{"plan": "gold"}))
		default:
			t.Fatalf("no value for %s", f.Name)
		}
		if f.Name == "Locale" {
			v.Locale = "de"
		}
		w.hearIn(channel.Inbound{Visitor: v, Message: messages.Message{ID: "2", Text: "hi"}})
		if diff := cmp.Diff(v, w.enquiry(id).Visitor); diff != "" {
			t.Errorf("after %s was told (-want +got):\n%s", f.Name, diff)
		}
	}
}

func TestNumbersCountWithinTheChannel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.settings
	other.ID = "forum"
	forum, err := w.hub.Connect(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range []channel.VisitorID{"a", "b", "c"} {
		id := w.hearFrom(v, "hi")
		if n := w.enquiry(id).Number; n != int64(i+1) {
			t.Errorf("enquiry %d of the channel has number %d", i+1, n)
		}
	}
	got, err := forum.Receive(t.Context(), channel.Inbound{
		Visitor: channel.Visitor{ID: "a"}, Message: messages.Message{ID: "1", Text: "hi"},
	})
	if err != nil {
		t.Fatal(err)
	}
	e, err := forum.Enquiry(t.Context(), got.Enquiry)
	if err != nil || e.Number != 1 || e.Channel != "forum" {
		t.Errorf("the first enquiry of another channel is %+v, %v", e, err)
	}
	if _, err := w.ch.Enquiry(t.Context(), got.Enquiry); err == nil {
		t.Error("a channel shows another's enquiry")
	}
}

// Seq is the same in the transcript, in the event and in the post.
func TestSeqIsTheSameEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.hear("hello")
	w.say(id, ann, "hi")
	seqs := map[channel.MessageID]int64{}
	for e, err := range w.ch.Transcript(t.Context(), id) {
		if err != nil {
			t.Fatal(err)
		}
		seqs[e.ID] = e.Seq
	}
	for _, p := range w.source.all() {
		if want := seqs[channel.MessageID(p.ID)]; p.Data.Seq != want || p.Data.Message.ID != p.ID || want == 0 {
			t.Errorf("post %s has seq %d and message id %s, the transcript %d", p.ID, p.Data.Seq, p.Data.Message.ID, want)
		}
	}
	e := w.host.last(channel.MessageReceived)
	if want := seqs[e.MessageID]; e.Seq != want || want == 0 {
		t.Errorf("MessageReceived has seq %d, the transcript %d", e.Seq, want)
	}
	for i, all := 1, w.host.all(); i < len(all); i++ {
		if all[i].Seq <= all[i-1].Seq {
			t.Errorf("event %s has seq %d after %d", all[i].Type, all[i].Seq, all[i-1].Seq)
		}
	}
}
