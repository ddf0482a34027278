package channel_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// outOfOffice lets a visitor write once and answers every post of the next six hours by itself, a minute's step
// after the other. It returns how often each automatic text was sent. each is what people do every minute.
func outOfOffice(w *world, each func()) map[string]int {
	w.t.Helper()
	texts := map[string]int{}
	answered := 0
	answer := func() {
		for posts := w.source.all(); answered < len(posts); posts = w.source.all() {
			p := posts[answered]
			answered++
			if p.Data.Author.Kind == "auto" {
				texts[p.Data.Message.Text]++
			}
			if len(posts) > 1000 {
				w.t.Fatal("it goes on for ever")
			}
			w.hear("I am out of the office")
		}
	}
	w.hear("hello")
	answer()
	for range 6 * 60 {
		each()
		answer()
		w.advance(time.Minute)
		answer()
	}
	return texts
}

// A visitor's machine that answers every post does not draw out text after text.
func TestOutOfOffice(t *testing.T) {
	t.Parallel()
	absent := func(w *world) {
		closing(w)
		w.staff.Set("ann", routing.Offline, 0)
		w.staff.Set("bob", routing.Offline, 0)
	}
	nobody := func(*world) func() { return func() {} }
	for _, tt := range []struct {
		name  string
		setup setup
		each  func(*world) func()
		want  map[string]int
	}{
		{
			name: "nobody is there, each enquiry a new one", setup: absent, each: nobody,
			want: map[string]int{"welcome": 1, "away": 1},
		},
		{
			name: "nobody is there, the enquiry is opened again", each: nobody,
			setup: func(w *world) { absent(w); w.settings.ReopenWithin = 24 * time.Hour },
			want:  map[string]int{"welcome": 1, "away": 1},
		},
		{
			name: "closed as soon as it is missed", each: nobody,
			setup: func(w *world) { absent(w); w.settings.AutoClose, w.settings.MaxWait = time.Minute, -1 },
			want:  map[string]int{"welcome": 1, "away": 1},
		},
		{
			name: "somebody wrote once", setup: absent,
			each: func(w *world) func() {
				begun := w.clock.Now()
				return func() {
					if w.clock.Now().Equal(begun) {
						w.say(w.source.all()[0].Data.Enquiry, ann, "hi")
					}
				}
			},
			want: map[string]int{"welcome": 1, "away": 1, "bye": 1},
		},
		{
			// The machine's answer to a closing text opens the next enquiry, which somebody answers and closes again.
			name: "somebody answers and closes every minute", setup: closing,
			each: func(w *world) func() {
				return func() {
					for e, err := range w.ch.Enquiries(w.t.Context(), channel.Query{Limit: 1}) {
						w.must(err)
						if e.Status != channel.Closed {
							w.say(e.ID, ann, "hi")
							w.close(e.ID, ann)
						}
					}
				}
			},
			want: map[string]int{"welcome": 1, "bye": 6},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tt.setup)
			if diff := cmp.Diff(tt.want, outOfOffice(w, tt.each(w))); diff != "" {
				t.Errorf("automatic texts in six hours (-want +got):\n%s", diff)
			}
		})
	}
}

// What the source has from us and brings back is nothing that the visitor said.
func TestEcho(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.hear("hello")
	said := w.say(id, ann, "hi")
	w.close(id, ann)
	welcome := channel.MessageID(w.source.all()[0].ID)
	mine := w.host.last(channel.MessageReceived).MessageID
	w.forget()
	before := w.enquiry(id)
	for _, echo := range []channel.MessageID{welcome, said, mine} {
		in := channel.Inbound{Visitor: channel.Visitor{ID: "v", Name: "Not me"}, Message: messages.Message{ID: string(echo), Text: "hi"}}
		got, err := w.ch.Receive(t.Context(), in)
		if want := (channel.Accepted{Enquiry: id, Message: echo, Duplicate: true}); err != nil || got != want {
			t.Errorf("the echo of %s: %+v, %v; want %+v", echo, got, err, want)
		}
		if status := postEcho(w, in); status != http.StatusOK {
			t.Errorf("the echo of %s over HTTP: %d, want 200", echo, status)
		}
	}
	w.run()
	w.wantEvents()
	w.wantPosts()
	if diff := cmp.Diff(before, w.enquiry(id)); diff != "" {
		t.Errorf("an echo changed the enquiry (-want +got):\n%s", diff)
	}
	w.must(w.ch.Forget(t.Context(), "v"))
	for _, echo := range []channel.MessageID{welcome, said} {
		in := channel.Inbound{Visitor: channel.Visitor{ID: "v"}, Message: messages.Message{ID: string(echo), Text: "hi"}}
		if got, err := w.ch.Receive(t.Context(), in); err != nil || !got.Duplicate {
			t.Errorf("the echo of %s after the visitor was forgotten: %+v, %v", echo, got, err)
		}
	}
}

// What only looks like one of our ids is a message.
func TestNoEcho(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.hear("hello")
	said := w.say(id, ann, "hi")
	elsewhere := w.hearFrom("other", "hello")
	theirs := w.say(elsewhere, ann, "hi")
	offered := ""
	for _, ev := range w.host.all() {
		if ev.Type == channel.EnquiryOffered && ev.Visitor == "v" {
			offered = ev.ID[:26] + "m" + ev.ID[27:] // of a record that tells of an event
		}
	}
	for _, message := range []string{
		string(theirs), string(id), offered, string(said) + "0000", string(said) + "-1", string(said)[:20] + "AAAAAA" + string(said)[26:],
	} {
		got, err := w.ch.Receive(t.Context(), channel.Inbound{
			Visitor: channel.Visitor{ID: "v"}, Message: messages.Message{ID: message, Text: "for you"},
		})
		if err != nil || got.Duplicate || got.Enquiry != id {
			t.Errorf("%s: %+v, %v; want a message", message, got, err)
		}
	}
}

func postEcho(w *world, in channel.Inbound) int {
	w.t.Helper()
	body := fmt.Sprintf(`{"visitor":{"id":%q},"message":{"id":%q,"text":%q}}`, in.Visitor.ID, in.Message.ID, in.Message.Text)
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, "/shop/messages", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+w.settings.Tokens[0])
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	w.hub.Handler().ServeHTTP(rec, r)
	return rec.Code
}
