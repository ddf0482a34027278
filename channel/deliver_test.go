package channel_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// refusing answers one text with a status.
func refusing(text string, status int) func(post) (int, error) {
	return func(p post) (int, error) {
		if p.Data.Message != nil && p.Data.Message.Text == text {
			return status, nil
		}
		return http.StatusNoContent, nil
	}
}

func TestDelivery(t *testing.T) {
	t.Parallel()
	tell(t, []story{
		{
			name: "permanently refused: failed, the lane goes on",
			do: func(w *world) {
				id := w.handled(ann)
				w.source.setAnswer(refusing("bad", http.StatusUnprocessableEntity))
				w.say(id, ann, "bad")
				w.say(id, ann, "good")
				w.wantTranscript(id, "visitor: hello", "auto: welcome (sent)",
					"staff Ann: bad (failed) the endpoint answered 422", "staff Ann: good (sent)")
				if n := w.enquiry(id).Messages; n != (channel.Messages{In: 1, Out: 2, Auto: 1, Failed: 1}) {
					w.t.Errorf("counts %+v", n)
				}
			},
			events: []string{"failed bad (the endpoint answered 422)", "sent good"},
			posts:  []string{"staff Ann: good"},
		},
		{
			name: "refused for now: tried again, the next waits, others do not",
			do: func(w *world) {
				id := w.handled(ann)
				w.source.setAnswer(refusing("one of two", http.StatusBadGateway))
				w.say(id, ann, "one of two")
				w.say(id, ann, "second")
				w.hearFrom("other", "me too")
				w.wantPosts("auto: welcome")
				w.source.setAnswer(nil)
				w.advance(time.Second - 1)
				w.wantPosts()
				w.advance(1)
				w.host.take()
			},
			posts: []string{"staff Ann: one of two", "staff Ann: second"},
		},
		{
			name: "taken, but the answer was lost: the same webhook-id again",
			do: func(w *world) {
				id := w.handled(ann)
				w.source.setAnswer(down(took))
				said := w.say(id, ann, "hi")
				w.source.setAnswer(nil)
				w.advance(5 * time.Second)
				all := w.source.all()
				for _, p := range all[len(all)-2:] {
					if p.ID != string(said) {
						w.t.Errorf("posted as %s, want %s", p.ID, said)
					}
				}
				if a, b := all[len(all)-2], all[len(all)-1]; string(a.Body) != string(b.Body) {
					w.t.Errorf("the second attempt differs:\n%s\n%s", a.Body, b.Body)
				}
			},
			events: []string{"sent hi"},
			posts:  []string{"staff Ann: hi", "staff Ann: hi"},
		},
		{
			name: "given up after the last attempt",
			setup: func(w *world) {
				w.config.Webhooks = newClientWith(w, webhook.Retry{Delays: []time.Duration{time.Minute, time.Minute}, Jitter: -1})
			},
			do: func(w *world) {
				id := w.handled(ann)
				w.source.setAnswer(refusing("hi", http.StatusBadGateway))
				w.say(id, ann, "hi")
				w.advance(time.Minute)
				w.wantEvents()
				w.advance(time.Minute)
				w.wantEvents("failed hi (the endpoint answered 502)")
				w.advance(time.Hour)
			},
		},
		{
			name: "given up at MaxAge",
			setup: func(w *world) {
				w.config.Webhooks = newClientWith(w, webhook.Retry{
					Delays: []time.Duration{time.Minute, time.Minute, time.Minute}, Jitter: -1, MaxAge: 90 * time.Second,
				})
			},
			do: func(w *world) {
				id := w.handled(ann)
				w.source.setAnswer(refusing("hi", http.StatusBadGateway))
				w.say(id, ann, "hi")
				w.advance(time.Minute)
				w.advance(time.Minute)
			},
			events: []string{"failed hi (the endpoint answered 502)"},
		},
		{
			name: "Retry-After holds the endpoint",
			do: func(w *world) {
				id := w.handled(ann)
				w.source.retryAfter = "60"
				w.source.setAnswer(down(http.StatusTooManyRequests))
				w.say(id, ann, "hi")
				w.source.retryAfter = ""
				w.source.setAnswer(nil)
				w.hearFrom("other", "me too")
				w.advance(59 * time.Second)
				w.wantPosts()
				w.advance(time.Second)
				w.host.take()
				posts := w.source.take()
				if len(posts) != 2 {
					w.t.Errorf("after the hold: %v", posts)
				}
			},
		},
	})
}

func newClientWith(w *world, r webhook.Retry) *webhook.Client {
	w.t.Helper()
	client, err := webhook.NewClient(webhook.Config{Clock: w.clock, Transport: w.source, Retry: r})
	if err != nil {
		w.t.Fatal(err)
	}
	return client
}

// A message that the endpoint cannot digest keeps its schedule, however well others fare.
func TestOthersDoNotUseUpAttempts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.handled(ann)
	w.source.setAnswer(refusing("poison", http.StatusInternalServerError))
	w.say(id, ann, "poison")
	before, _ := w.source.counts()
	for range 20 {
		w.hearFrom("other", "hi")
		other := w.host.last(channel.MessageReceived).Enquiry.ID
		w.say(other, bob, "hello")
	}
	after, _ := w.source.counts()
	if tried := after - before - 21; tried > 0 { // the other's welcome and 20 replies
		t.Errorf("a failed message was tried %d times within the same moment", tried)
	}
	w.wantTranscript(id, "visitor: hello", "auto: welcome (sent)", "staff Ann: poison (queued)")
}

// When the endpoint's breaker closes, all that waits for it is due.
func TestSuccessMakesWaitingHeadsDue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.forget()
	w.source.setAnswer(down(http.StatusServiceUnavailable))
	visitors := []channel.VisitorID{"a", "b", "c", "d", "e", "f", "g"}
	for range 4 { // each fails 3 times at least: the next attempts are minutes away
		for _, v := range visitors {
			w.hearFrom(v, "hi")
		}
		w.advance(40 * time.Second)
	}
	w.wantPosts()
	w.source.setAnswer(nil)
	for range 10 * 60 {
		w.advance(time.Second)
		if len(w.source.all()) > 0 {
			break
		}
	}
	w.advance(3 * time.Second)
	welcomed := 0
	for _, p := range w.source.all() {
		if p.Data.Message.Text == "welcome" {
			welcomed++
		}
	}
	if welcomed != len(visitors) {
		t.Errorf("3 s after the first success %d of %d visitors have their welcome", welcomed, len(visitors))
	}
}

func TestReceipts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		queued   bool // the endpoint does not answer while the receipts come
		receipts []channel.Delivery
		want     channel.Delivery
		events   []string
		failed   int
	}{
		{"delivered", false, []channel.Delivery{channel.Delivered}, channel.Delivered, []string{"sent hi", "delivered hi"}, 0},
		{"read", false, []channel.Delivery{channel.Read}, channel.Read, []string{"sent hi", "read hi"}, 0},
		{
			"read, then delivered", false,
			[]channel.Delivery{channel.Read, channel.Delivered},
			channel.Read,
			[]string{"sent hi", "read hi"},
			0,
		},
		{
			"each twice", false,
			[]channel.Delivery{channel.Delivered, channel.Delivered, channel.Read, channel.Read},
			channel.Read,
			[]string{"sent hi", "delivered hi", "read hi"},
			0,
		},
		{"failed", false, []channel.Delivery{channel.Failed}, channel.Failed, []string{"sent hi", "failed hi (blocked by the user)"}, 1},
		{
			"failed, then delivered", false,
			[]channel.Delivery{channel.Failed, channel.Delivered},
			channel.Delivered,
			[]string{"sent hi", "failed hi (blocked by the user)", "delivered hi"},
			0,
		},
		{
			"delivered, then failed", false,
			[]channel.Delivery{channel.Delivered, channel.Failed},
			channel.Delivered,
			[]string{"sent hi", "delivered hi"},
			0,
		},
		{"delivered before the 2xx", true, []channel.Delivery{channel.Delivered}, channel.Delivered, []string{"delivered hi"}, 0},
		{"read before the 2xx", true, []channel.Delivery{channel.Read}, channel.Read, []string{"read hi"}, 0},
		{"failed before the 2xx", true, []channel.Delivery{channel.Failed}, channel.Failed, []string{"failed hi (blocked by the user)"}, 1},
		{
			"failed before the 2xx, then read", true,
			[]channel.Delivery{channel.Failed, channel.Read},
			channel.Read,
			[]string{"failed hi (blocked by the user)", "read hi"},
			0,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.handled(ann)
			if tt.queued {
				w.source.setAnswer(down(took))
			}
			said := w.say(id, ann, "hi")
			for _, r := range tt.receipts {
				w.must(w.ch.Receipt(t.Context(), channel.Receipt{Message: said, Status: r, Reason: "blocked by\nthe user"}))
			}
			w.source.setAnswer(nil)
			w.advance(time.Hour)
			w.wantEvents(tt.events...)
			var got channel.Entry
			for e := range w.ch.Transcript(t.Context(), id) {
				got = e
			}
			if got.Delivery != tt.want || (got.Err != "") != (tt.want == channel.Failed) {
				t.Errorf("delivery is %s %q, want %s", got.Delivery, got.Err, tt.want)
			}
			if n := w.enquiry(id).Messages.Failed; n != tt.failed {
				t.Errorf("%d failed messages, want %d", n, tt.failed)
			}
		})
	}
}

func TestReceiptRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.hear("hello")
	visitors := w.host.last(channel.MessageReceived).MessageID
	said := w.say(id, ann, "hi")
	for _, tt := range []struct {
		name string
		r    channel.Receipt
		want error
	}{
		{"no id", channel.Receipt{Status: channel.Read}, channel.ErrNotFound},
		{"not an id", channel.Receipt{Message: "x", Status: channel.Read}, channel.ErrNotFound},
		{"unknown", channel.Receipt{Message: said + "0", Status: channel.Read}, channel.ErrNotFound},
		{"an enquiry's", channel.Receipt{Message: channel.MessageID(id), Status: channel.Read}, channel.ErrNotFound},
		{"a visitor's", channel.Receipt{Message: visitors, Status: channel.Read}, channel.ErrNotFound},
		{"no status", channel.Receipt{Message: said}, channel.ErrInvalid},
		{"sent", channel.Receipt{Message: said, Status: channel.Sent}, channel.ErrInvalid},
		{"too late", channel.Receipt{Message: said, Status: channel.Read, At: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, channel.ErrInvalid},
	} {
		if err := w.ch.Receipt(t.Context(), tt.r); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	other := w.settings
	other.ID = "forum"
	forum, err := w.hub.Connect(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	if err := forum.Receipt(t.Context(), channel.Receipt{Message: said, Status: channel.Read}); !errors.Is(err, channel.ErrNotFound) {
		t.Errorf("another channel's message: %v, want ErrNotFound", err)
	}
}

// A receipt for a message of an earlier enquiry tells of that enquiry.
func TestReceiptOfAnEarlierEnquiry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.handled(ann)
	said := w.say(id, ann, "hi")
	w.close(id, ann)
	old := w.enquiry(id)
	w.hear("another matter")
	w.forget()
	w.must(w.ch.Receipt(t.Context(), channel.Receipt{Message: said, Status: channel.Read}))
	w.wantEvents("read hi")
	if diff := cmp.Diff(old, w.host.last(channel.MessageRead).Enquiry); diff != "" {
		t.Errorf("the event's enquiry (-want +got):\n%s", diff)
	}
}

func TestRedeliver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.handled(ann)
	w.source.setAnswer(refusing("bad", http.StatusUnprocessableEntity))
	question := w.host.last(channel.MessageReceived).MessageID
	bad, err := w.ch.Reply(t.Context(), id, ann, messages.Message{Text: "bad", ReplyTo: string(question)})
	if err != nil {
		t.Fatal(err)
	}
	w.run()
	good := w.say(id, ann, "good")
	w.forget()
	if err := w.ch.Redeliver(t.Context(), good); !errors.Is(err, channel.ErrConflict) {
		t.Errorf("a message that was sent: %v, want ErrConflict", err)
	}
	if err := w.ch.Redeliver(t.Context(), good+"1"); !errors.Is(err, channel.ErrNotFound) {
		t.Errorf("an unknown message: %v, want ErrNotFound", err)
	}
	w.must(w.ch.Redeliver(t.Context(), bad)) // fails again
	w.wantEvents("failed bad (the endpoint answered 422)")
	if n := w.enquiry(id).Messages; n.Failed != 1 || n.Out != 2 {
		t.Errorf("after failing twice the counts are %+v", n)
	}
	w.source.setAnswer(nil)
	w.must(w.ch.Redeliver(t.Context(), bad))
	w.wantEvents("sent bad")
	w.wantPosts("staff Ann: bad")
	p := w.source.last()
	if p.ID != string(bad) || p.Data.Message.ReplyTo != "in-1" {
		t.Errorf("posted as %s, reply to %q; want %s, in-1", p.ID, p.Data.Message.ReplyTo, bad)
	}
	if n := w.enquiry(id).Messages; n.Failed != 0 {
		t.Errorf("after it was sent the counts are %+v", n)
	}
	w.wantTranscript(id, "visitor: hello", "auto: welcome (sent)", "staff Ann: bad (sent)", "staff Ann: good (sent)")
	if err := w.ch.Redeliver(t.Context(), bad); !errors.Is(err, channel.ErrConflict) {
		t.Errorf("once more: %v, want ErrConflict", err)
	}
}

// A message that only a receipt called failed is still queued: to redeliver it is to let it go on, once.
func TestRedeliverWhileQueued(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.handled(ann)
	w.source.setAnswer(down(http.StatusBadGateway))
	said := w.say(id, ann, "hi")
	for range 2 {
		w.must(w.ch.Receipt(t.Context(), channel.Receipt{Message: said, Status: channel.Failed, Reason: "no"}))
		w.must(w.ch.Redeliver(t.Context(), said))
	}
	w.source.setAnswer(nil)
	w.advance(time.Hour)
	w.wantPosts("staff Ann: hi")
	w.wantEvents("failed hi (no)", "failed hi (no)", "sent hi")
	w.wantTranscript(id, "visitor: hello", "auto: welcome (sent)", "staff Ann: hi (sent)")
}

// What is redelivered and read before its 2xx is not failed any more.
func TestRedeliveredAndRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.handled(ann)
	w.source.setAnswer(down(http.StatusUnprocessableEntity))
	said := w.say(id, ann, "hi")
	w.source.setAnswer(down(took))
	w.must(w.ch.Redeliver(t.Context(), said))
	w.must(w.ch.Receipt(t.Context(), channel.Receipt{Message: said, Status: channel.Read}))
	w.source.setAnswer(nil)
	w.forget()
	w.advance(time.Hour)
	w.wantPosts()
	w.wantEvents()
	w.wantTranscript(id, "visitor: hello", "auto: welcome (sent)", "staff Ann: hi (read)")
	if n := w.enquiry(id).Messages; n.Failed != 0 {
		t.Errorf("counts are %+v", n)
	}
}

func TestReplyTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.hearIn(channel.Inbound{Visitor: channel.Visitor{ID: "v"}, Message: messages.Message{ID: "q1", Text: "size?"}})
	question := w.host.last(channel.MessageReceived).MessageID
	reply := func(m messages.Message) post {
		t.Helper()
		if _, err := w.ch.Reply(t.Context(), id, ann, m); err != nil {
			t.Fatal(err)
		}
		w.run()
		return w.source.last()
	}
	p := reply(messages.Message{ID: "a1", Text: "42", ReplyTo: string(question)})
	if p.Data.Message.ReplyTo != "q1" {
		t.Errorf("the source is told reply_to %q, want its own q1", p.Data.Message.ReplyTo)
	}
	first := p.ID
	p = reply(messages.Message{ID: "a2", Text: "or 43", ReplyTo: "a1"})
	if p.Data.Message.ReplyTo != first {
		t.Errorf("an answer to our own message: reply_to %q, want %q", p.Data.Message.ReplyTo, first)
	}
	for _, tt := range []struct{ name, replyTo, want string }{
		{"our message, by the id that the source got", first, first},
		{"its own message", "q1", string(question)},
		{"unknown", "zzz", "zzz"},
	} {
		w.hearIn(channel.Inbound{
			Visitor: channel.Visitor{ID: "v"}, Message: messages.Message{ID: tt.name, Text: "ok", ReplyTo: tt.replyTo},
		})
		if got := w.host.last(channel.MessageReceived).Message.ReplyTo; got != tt.want {
			t.Errorf("%s: the host is told reply_to %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Staff ids never leave: neither in a body nor in a header.
func TestStaffIDsStay(t *testing.T) {
	t.Parallel()
	secretive := channel.Staff{ID: "staff-4711", Person: messages.Person{FirstName: "Ann"}, AvatarURL: "https://a.example/ann.png"}
	w := newWorld(t, func(w *world) {
		w.settings.Sends = []string{channel.SendEnquiry, channel.SendTyping}
		w.settings.Messages.Closing.Texts = map[string]string{"": "bye from {staff}"}
		w.settings.Routing = routing.Staff("staff-4711")
	})
	id := w.hear("hello")
	w.say(id, secretive, "hi")
	w.must(w.ch.StaffTyping(t.Context(), id, secretive))
	w.close(id, secretive)
	if len(w.source.all()) < 6 {
		t.Fatalf("only %d posts", len(w.source.all()))
	}
	for _, p := range w.source.all() {
		if strings.Contains(string(p.Body), "4711") {
			t.Errorf("a post holds the staff id: %s", p.Body)
		}
	}
}
