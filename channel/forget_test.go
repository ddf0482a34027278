package channel_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
)

// secretVisitor is somebody who tells a lot.
var secretVisitor = channel.Inbound{
	Visitor: channel.Visitor{
		ID: "zorro", Person: messages.Person{FirstName: "Diego", LastName: "de la Vega"}, Name: "zorro", Locale: "es",
		AvatarURL: "https://a.example/zorro.png", Attributes: map[string]string{"horse": "Tornado"},
	},
	Message: messages.Message{ID: "secret-1", Text: "my secret is a cave"},
}

func TestForget(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.settings.ReopenWithin = time.Hour })
	ctx := t.Context()
	id := w.hearIn(secretVisitor)
	said := w.say(id, ann, "I keep your secret")
	w.forget()
	before, err := w.ch.Report(ctx, time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	w.must(w.ch.Forget(ctx, "zorro"))
	w.wantEvents("closed")
	w.wantPosts()
	e := w.enquiry(id)
	if e.Status != channel.Closed || e.Visitor.ID != "" || e.Number != 1 || e.Staff.ID != "ann" {
		t.Errorf("what is left of the enquiry: %+v", e)
	}
	if e := w.host.last(channel.EnquiryClosed); e.Enquiry.ID != id {
		t.Errorf("the host is told that %q was closed, not %q", e.Enquiry.ID, id)
	}
	w.wantTranscript(id)
	after, err := w.ch.Report(ctx, time.Time{}, time.Time{})
	if err != nil || after.Opened != before.Opened || after.Messages != before.Messages || after.Closed != 1 {
		t.Errorf("counts are %+v, %v; were %+v", after, err, before)
	}
	for e, err := range w.ch.Enquiries(ctx, channel.Query{}) {
		text, jsonErr := json.Marshal(e)
		if err != nil || jsonErr != nil {
			t.Fatal(err, jsonErr)
		}
		for _, secret := range []string{"zorro", "Diego", "Vega", "Tornado"} {
			if strings.Contains(string(text), secret) {
				t.Errorf("the overview still knows %q: %s", secret, text)
			}
		}
	}
	for range w.ch.Enquiries(ctx, channel.Query{Visitor: "zorro"}) {
		t.Error("enquiries are still found by the visitor")
	}
	for name, err := range map[string]error{
		"receipt":   w.ch.Receipt(ctx, channel.Receipt{Message: said, Status: channel.Read}),
		"redeliver": w.ch.Redeliver(ctx, said),
		"typing":    w.ch.Typing(ctx, "zorro"),
		"again":     w.ch.Forget(ctx, "zorro"),
		"unknown":   w.ch.Forget(ctx, "nobody"),
	} {
		if !errors.Is(err, channel.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}

	// A request that is repeated within 72 h does nothing.
	w.advance(72*time.Hour - 1)
	got, err := w.ch.Receive(ctx, secretVisitor)
	if err != nil || !got.Duplicate {
		t.Errorf("a repeat after Forget: %+v, %v", got, err)
	}
	if again, err := w.ch.Reply(ctx, id, ann, messages.Text("x")); !errors.Is(err, channel.ErrClosed) {
		t.Errorf("reply: %q, %v; want ErrClosed", again, err)
	}
	w.run()
	w.wantEvents()

	// Afterwards nothing is left, and what comes is new.
	w.advance(1)
	got, err = w.ch.Receive(ctx, secretVisitor)
	if err != nil || got.Duplicate || got.Enquiry == id {
		t.Errorf("after 72 h: %+v, %v", got, err)
	}
	w.run()
	w.wantPosts("auto: welcome")
	if e := w.enquiry(got.Enquiry); e.Number != 2 {
		t.Errorf("the new enquiry has number %d", e.Number)
	}
}

// A forgotten visitor who writes again is a new one: greeted, with a new enquiry, whatever ReopenWithin says.
func TestForgottenVisitorWritesAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.settings.ReopenWithin = time.Hour })
	id := w.hearIn(secretVisitor)
	w.accept(id, ann)
	w.must(w.ch.Forget(t.Context(), "zorro"))
	w.forget()
	again := w.hearFrom("zorro", "hello")
	if again == id {
		t.Error("the forgotten enquiry was opened again")
	}
	w.wantEvents("#2 opened", "#2 received hello", "#2 offered ann", "#2 sent welcome")
	w.wantPosts("auto: welcome")
	if v := w.enquiry(again).Visitor; v.FirstName != "" || len(v.Attributes) != 0 || v.ID != "zorro" {
		t.Errorf("the visitor is remembered: %+v", v)
	}
	w.say(again, ann, "hi")
	w.close(again, ann)
	w.advance(100 * time.Hour)
	w.wantTranscript(again, "visitor: hello", "auto: welcome (sent)", "staff Ann: hi (sent)")
}

// What is still to be told or posted when a visitor is forgotten is told and posted to nobody.
func TestForgetWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.source.setAnswer(down(http.StatusBadGateway))
	w.host.setHook(func(_ context.Context, e channel.Event) error {
		if e.Type == channel.MessageReceived {
			return errors.New("down")
		}
		return nil
	})
	w.hearIn(secretVisitor)
	w.forget()
	w.must(w.ch.Forget(t.Context(), "zorro"))
	w.source.setAnswer(nil)
	w.host.setHook(nil)
	w.advance(time.Hour)
	w.wantPosts()
	w.wantEvents("withdrawn ann", "closed")
}

func TestEngage(t *testing.T) {
	t.Parallel()
	engage := func(w *world, v channel.VisitorID, s channel.Staff, text string) channel.EnquiryID {
		w.t.Helper()
		id, err := w.ch.Engage(w.t.Context(), v, s, messages.Message{ID: "e-" + text, Text: text})
		w.must(err)
		return id
	}
	tell(t, []story{
		{
			name: "an unknown visitor: no welcome, the answer comes back",
			do: func(w *world) {
				id := engage(w, "v", bob, "your order is here")
				w.wantStatus(id, channel.Handling)
				if again := w.hear("thanks"); again != id {
					w.t.Errorf("the answer opened %s", again)
				}
				w.close(id, bob)
				w.hear("one more thing")
			},
			events: []string{
				"opened", "accepted bob", "sent your order is here", "received thanks", "closed",
				"#2 opened", "#2 received one more thing", "#2 offered ann",
			},
			posts: []string{"staff Bob: your order is here"},
		},
		{
			name: "one whose enquiry is open: accepted",
			do: func(w *world) {
				id := w.hear("hello")
				w.forget()
				if got := engage(w, "v", bob, "hi"); got != id {
					w.t.Errorf("engaged in %s, not in the open enquiry", got)
				}
			},
			events: []string{"withdrawn ann", "accepted bob", "sent hi"},
			posts:  []string{"staff Bob: hi"},
		},
		{
			name: "one whom he handles: said",
			do: func(w *world) {
				id := w.handled(bob)
				if got := engage(w, "v", bob, "hi"); got != id {
					w.t.Errorf("engaged in %s", got)
				}
			},
			events: []string{"sent hi"},
			posts:  []string{"staff Bob: hi"},
		},
		{
			name: "one whom another handles: taken",
			do: func(w *world) {
				w.handled(ann)
				if _, err := w.ch.Engage(w.t.Context(), "v", bob, messages.Text("hi")); !errors.Is(err, channel.ErrTaken) {
					w.t.Errorf("%v, want ErrTaken", err)
				}
			},
		},
		{
			name: "twice the same message: once",
			do: func(w *world) {
				id := engage(w, "v", bob, "hi")
				if again := engage(w, "v", bob, "hi"); again != id {
					w.t.Errorf("again in %s", again)
				}
				_, err := w.ch.Engage(w.t.Context(), "v", bob, messages.Message{ID: "e-hi", Text: "ho"})
				if !errors.Is(err, channel.ErrConflict) {
					w.t.Errorf("other content: %v, want ErrConflict", err)
				}
			},
			events: []string{"opened", "accepted bob", "sent hi"},
			posts:  []string{"staff Bob: hi"},
		},
		{
			name: "after closing: a new enquiry", setup: reopening,
			do: func(w *world) {
				w.close(w.handled(ann), ann)
				w.forget()
				engage(w, "v", bob, "hi")
			},
			events: []string{"#2 opened", "#2 accepted bob", "#2 sent hi"},
			posts:  []string{"staff Bob: hi"},
		},
	})
}

func TestEngageRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		name string
		v    channel.VisitorID
		by   channel.Staff
		m    messages.Message
	}{
		{"nobody", "", ann, messages.Text("hi")},
		{"blanks", " ", ann, messages.Text("hi")},
		{"a visitor with control characters", "a\nb", ann, messages.Text("hi")},
		{"a visitor that is too long", channel.VisitorID(strings.Repeat("v", 513)), ann, messages.Text("hi")},
		{"by nobody", "v", channel.Staff{}, messages.Text("hi")},
		{"with a negative capacity", "v", channel.Staff{ID: "a", Capacity: -1}, messages.Text("hi")},
		{"nothing said", "v", ann, messages.Message{}},
	} {
		if _, err := w.ch.Engage(t.Context(), tt.v, tt.by, tt.m); !errors.Is(err, channel.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", tt.name, err)
		}
	}
	for range w.ch.Enquiries(t.Context(), channel.Query{}) {
		t.Error("something was recorded")
	}
}
