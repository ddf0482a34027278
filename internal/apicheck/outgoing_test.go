package apicheck_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

var (
	ann = channel.Staff{ID: "staff-17", Person: messages.Person{FirstName: "Ann", LastName: "Lee"}, AvatarURL: "https://chat.example.com/ann.png"}
	ivy = channel.Staff{ID: "bot-3", Person: messages.Person{FirstName: "Ivy"}, Bot: true}
)

// outgoing has everything posted that can be, to endpoints that answer in every way that is described.
func outgoing(w *world) {
	challenges(w)
	src := w.source()
	ch := w.connect("out", src, func(s *channel.Settings) {
		s.Routing = routing.Alternative{routing.Bot(ivy.ID), routing.Staff(ann.ID)}
		s.Messages = messages.Settings{
			DisplayName: messages.FullName, NameInText: true,
			Closing: messages.AutoReply{Texts: map[string]string{"en": "Goodbye"}},
		}
		s.Sends = []string{channel.SendTyping, channel.SendEnquiry}
	})
	id := w.enquiry("/out/messages", say("zoe", "first", "hello"))
	everything(w, ch, id)
	failures(w, ch, src, id)
	if err := ch.Close(w.Context(), id, ann); err != nil {
		w.Fatal(err)
	}
	w.pass(0)
	w.connect("plain", src, nil) // shows no names
	id = w.enquiry("/plain/messages", say("max", "first", "hello"))
	plain, _ := w.hub.Channel("plain")
	w.reply(plain, id, ann, messages.Text("hello"))
	withdrawn(w, ch, src)
	always(w)
}

// always is what holds for every post: it tells no id of staff, and comes again as it came first.
func always(w *world) {
	first := map[string]string{}
	for _, x := range w.journal.all() {
		if x.hook == "" {
			continue
		}
		if strings.Contains(string(x.body), ann.ID) || strings.Contains(string(x.body), ivy.ID) {
			w.Errorf("an id of staff has left: %s", x.body)
		}
		var post struct {
			Type, Challenge string
			Data            json.RawMessage
		}
		if err := json.Unmarshal(x.body, &post); err != nil {
			w.Fatal(err)
		}
		id, told := x.header.Get(webhook.HeaderID), post.Type+post.Challenge+string(post.Data)
		if before, again := first[id]; again && before != told {
			w.Errorf("webhook-id %s came first as %s, then as %s", id, before, told)
		}
		first[id] = told
	}
}

// challenges proves endpoints that answer in the four forms, and one that does not.
func challenges(w *world) {
	for i, form := range []struct{ kind, text string }{
		{"application/json", `{"challenge":%q}`},
		{"application/json", `{"code":0,"result":{"challenge":%q}}`},
		{"application/json", `%q`},
		{"text/plain; charset=utf-8", `%s`},
	} {
		src := w.source()
		src.prepare(func(rw http.ResponseWriter, r *http.Request) {
			var asked struct{ Challenge string }
			body, err := io.ReadAll(r.Body)
			if err != nil || json.Unmarshal(body, &asked) != nil {
				w.Errorf("challenge: %v %s", err, body)
			}
			rw.Header().Set("Content-Type", form.kind)
			_, _ = fmt.Fprintf(rw, form.text, asked.Challenge)
		})
		w.connect(fmt.Sprint("challenged-", i), src, nil)
	}
	src := w.source()
	ch := w.connect("unproved", src, nil)
	src.answer(http.StatusForbidden)
	if err := ch.Verify(w.Context()); err == nil {
		w.Error("an endpoint that refused the challenge counts as proved")
	}
}

// enquiry sends a visitor's message, has what is due done, and returns its enquiry.
func (w *world) enquiry(path, body string) channel.EnquiryID {
	w.Helper()
	var accepted channel.Accepted
	x := w.do(call{name: "a visitor writes", path: path, body: body, want: 202})
	if err := json.Unmarshal(x.answer, &accepted); err != nil {
		w.Fatal(err)
	}
	w.pass(0)
	return accepted.Enquiry
}

// reply has staff say something, and what is due done.
func (w *world) reply(ch *channel.Channel, id channel.EnquiryID, by channel.Staff, m messages.Message) channel.MessageID {
	w.Helper()
	given, err := ch.Reply(w.Context(), id, by, m)
	if err != nil {
		w.Fatal(err)
	}
	w.pass(0)
	return given
}

// typing has staff type, and what is due done.
func (w *world) typing(ch *channel.Channel, id channel.EnquiryID, by channel.Staff) {
	w.Helper()
	if err := ch.StaffTyping(w.Context(), id, by); err != nil {
		w.Fatal(err)
	}
	w.pass(0)
}

// everything posts every member of a message and of its author.
func everything(w *world, ch *channel.Channel, id channel.EnquiryID) {
	w.reply(ch, id, ivy, messages.Text("I am a bot"))
	w.typing(ch, id, ivy)
	if err := ch.Transfer(w.Context(), id, ivy, routing.Staff(ann.ID)); err != nil {
		w.Fatal(err)
	}
	if err := ch.Accept(w.Context(), id, ann); err != nil {
		w.Fatal(err)
	}
	w.pass(time.Second)
	w.typing(ch, id, ann)
	said := w.reply(ch, id, ann, messages.Message{
		Text: "see **this**", Format: messages.Markdown, ReplyTo: "", Choice: "b",
		Location: &messages.Location{Latitude: 22.3, Longitude: -114.2, Name: "here"},
		Choices:  []messages.Choice{{Text: "A"}, {Text: "B", Value: "b"}},
		Metadata: map[string]string{"ticket": "17"},
	})
	var files []messages.Attachment
	for _, kind := range []messages.AttachmentKind{messages.Image, messages.Audio, messages.Video, messages.File, messages.Sticker} {
		files = append(files, messages.Attachment{
			Kind: kind, URL: "https://chat.example.com/file", Name: "file", MIME: "image/png", Caption: "a file",
			SHA256: strings.Repeat("0a", 32), Size: 1,
		})
	}
	w.reply(ch, id, ann, messages.Message{Attachments: files, ReplyTo: string(said)})
	w.reply(ch, id, ann, messages.Text(strings.Repeat("語", 10_000)))
	long := ann
	long.FirstName = strings.Repeat("x", 512)
	w.reply(ch, id, long, messages.Text(strings.Repeat("語", 10_000)))
}

// failures has the endpoint answer with each fault that is described, and checks what the description says of it.
func failures(w *world, ch *channel.Channel, src *source, id channel.EnquiryID) {
	for _, f := range []struct {
		name   string
		status int
		header []string
		wait   time.Duration // until it comes again; 0 = never
	}{
		{"409", 409, []string{"Retry-After", "1"}, time.Second},
		{"429", 429, []string{"Retry-After", "30"}, 30 * time.Second},
		{"503 with a date", 503, []string{"Retry-After", "in a minute"}, time.Minute},
		{"503", 503, nil, time.Second},
		{"500", 500, nil, time.Second},
		{"a redirect", 302, []string{"Location", "https://example.com/"}, time.Second},
		{"401", 401, nil, time.Second},
		{"422", 422, nil, 0},
		{"an abort", 500, []string{"webhook-delivery", "abort-message"}, 0},
		{"a refusal and an abort", 403, []string{"webhook-delivery", "abort-message"}, 0},
	} {
		src.posts()
		w.told("")
		for i, value := range f.header {
			if value == "in a minute" {
				f.header[i] = w.clock.Now().Add(time.Minute).UTC().Format(http.TimeFormat)
			}
		}
		src.answer(f.status, f.header...)
		said := w.reply(ch, id, ann, messages.Text("to an endpoint that answers "+f.name))
		first := src.posts()
		if f.wait == 0 {
			w.pass(time.Minute)
			if again := src.posts(); len(first) != 1 || len(again) != 0 || !w.told(channel.MessageFailed) {
				w.Errorf("%s: posted %d times, then %d times, or the host was not told", f.name, len(first), len(again))
			}
			if err := ch.Redeliver(w.Context(), said); err != nil {
				w.Fatal(err)
			}
			w.pass(0)
			if anew := src.posts(); !slices.Equal(anew, first) {
				w.Errorf("%s: redelivered as %v, want %v", f.name, anew, first)
			}
			continue
		}
		w.pass(f.wait * 9 / 10)
		early := src.posts()
		w.pass(f.wait/10 + time.Millisecond)
		if again := src.posts(); len(first) != 1 || len(early) != 0 || !slices.Equal(again, first) {
			w.Errorf("%s: posted %v, too early %v, in time %v", f.name, first, early, again)
		}
	}
	for _, answer := range [][]string{{"Retry-After", "5"}, nil} {
		for _, status := range []int{429, 503, 500} {
			w.pass(2 * time.Second)
			src.answer(status, answer...)
			w.typing(ch, id, ann)
			w.pass(10 * time.Second)
		}
	}
}

// withdrawn is an endpoint that refuses what may be refused, and then is gone.
func withdrawn(w *world, ch *channel.Channel, src *source) {
	for _, status := range []int{429, 503, 500, 410} {
		var header []string
		if status == 429 || status == 503 {
			header = []string{"Retry-After", "2"}
		}
		id := w.enquiry("/out/messages", say("eva", w.id(), "hello"))
		w.pass(time.Minute)
		src.answer(status, header...)
		if err := ch.Accept(w.Context(), id, ann); err != nil {
			w.Fatal(err)
		}
		w.told("")
		w.pass(0)
		if gone := ch.Suspended(); gone != (status == http.StatusGone) {
			w.Errorf("after %d the channel is suspended: %t", status, gone)
		}
		w.pass(time.Hour)
		if err := ch.Close(w.Context(), id, ann); err != nil {
			w.Fatal(err)
		}
		w.pass(time.Minute)
	}
	if err := ch.Resume(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.pass(time.Minute)
	id := w.enquiry("/out/messages", say("eva", w.id(), "hello"))
	w.pass(time.Minute)
	if err := ch.Accept(w.Context(), id, ann); err != nil {
		w.Fatal(err)
	}
	w.pass(time.Minute)
	src.posts()
	src.answer(http.StatusGone)
	gone := w.reply(ch, id, ann, messages.Text("are you there?"))
	first := src.posts()
	if !ch.Suspended() || !w.told(channel.ChannelSuspended) {
		w.Error("410 has not suspended the channel")
	}
	if err := ch.Resume(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.pass(time.Minute)
	if again := src.posts(); !slices.Equal(first, again) || first[0] != string(gone) {
		w.Errorf("410: posted %v, after Resume %v, want %s", first, again, gone)
	}
}
