package channel_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
)

// Ids as long as real platforms have them, of which two differ in the last byte alone.
func TestIncomingLongIDs(t *testing.T) {
	t.Parallel()
	long := func(start string, n int) string { return start + strings.Repeat("x", n-len(start)) }
	for _, tt := range []struct {
		name, visitor, id string
	}{
		{"Instagram", "17841400000000000", long("aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOjE3ODQx", 167)},
		{"Matrix", long("@ann:", 254), long("$1431_", 254)},
		{"the longest", long("", 511), long("", 511)},
		{"the longest, two bytes a letter", strings.Repeat("é", 255) + "x", strings.Repeat("é", 255) + "x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			send := func(visitor, id, replyTo string, status int) (got channel.Accepted) {
				t.Helper()
				body, err := json.Marshal(channel.Inbound{
					Visitor: channel.Visitor{ID: channel.VisitorID(visitor)}, Message: messages.Message{ID: id, Text: "a", ReplyTo: replyTo},
				})
				if err != nil {
					t.Fatal(err)
				}
				resp := w.ask(request{path: "/shop/messages", body: string(body)})
				answer := read(t, resp)
				if resp.StatusCode != status {
					t.Fatalf("%d bytes and %d bytes: %d %s, want %d", len(visitor), len(id), resp.StatusCode, answer, status)
				}
				if err := json.Unmarshal([]byte(answer), &got); err != nil {
					t.Fatal(err)
				}
				return got
			}
			first := send(tt.visitor+"1", tt.id+"1", "", http.StatusAccepted)
			other := send(tt.visitor+"1", tt.id+"2", tt.id+"1", http.StatusAccepted)
			stranger := send(tt.visitor+"2", tt.id+"1", "", http.StatusAccepted)
			again := send(tt.visitor+"1", tt.id+"1", "", http.StatusOK)
			if first.Message != again.Message || first.Message == other.Message || first.Enquiry != other.Enquiry || first.Enquiry == stranger.Enquiry {
				t.Errorf("taken as %+v, %+v, %+v and %+v", first, other, stranger, again)
			}
			w.run()
			var found int
			for e, err := range w.ch.Enquiries(t.Context(), channel.Query{Visitor: channel.VisitorID(tt.visitor + "1")}) {
				if found++; err != nil || e.ID != first.Enquiry || string(e.Visitor.ID) != tt.visitor+"1" {
					t.Errorf("found %+v, %v", e, err)
				}
			}
			if found != 1 {
				t.Errorf("found %d enquiries of the visitor, want 1", found)
			}
			if resp := w.ask(request{path: "/shop/typing", body: `{"visitor":"` + tt.visitor + `1"}`}); resp.StatusCode != http.StatusNoContent {
				t.Errorf("typing: %d", resp.StatusCode)
			}
			by := channel.Staff{ID: tt.visitor + "s", Capacity: 1}
			w.accept(first.Enquiry, by)
			if e := w.enquiry(first.Enquiry); e.Staff.ID != by.ID {
				t.Errorf("handled by %q", e.Staff.ID)
			}
			reply, err := w.ch.Reply(t.Context(), first.Enquiry, by, messages.Message{ID: tt.id + "3", Text: "b", ReplyTo: string(first.Message)})
			if err != nil || len(reply) > 64 {
				t.Errorf("the reply is %q, %v", reply, err)
			}
		})
	}
	w := newWorld(t)
	for _, in := range []channel.Inbound{
		{Visitor: channel.Visitor{ID: channel.VisitorID(long("", 513))}, Message: messages.Message{ID: "1", Text: "a"}},
		{Visitor: channel.Visitor{ID: "v"}, Message: messages.Message{ID: long("", 513), Text: "a"}},
		{Visitor: channel.Visitor{ID: "v"}, Message: messages.Message{ID: "1", Text: "a", ReplyTo: long("", 513)}},
	} {
		if resp := w.ask(request{path: "/shop/messages", body: string(written(t, in))}); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%+v: %d, want 400", in, resp.StatusCode)
		}
	}
}

// Limits of what is shown are the channel's, in both directions.
func TestSettingsLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		w.settings.Limits = messages.Limits{Text: 20, URL: 3000, Caption: -1, Label: 4, ID: 64}
	})
	url := "https://example.com/" + strings.Repeat("u", 2980)
	say := func(in channel.Inbound) int {
		in.Visitor.ID = "v"
		if in.Message.ID == "" {
			in.Message.ID = "1"
		}
		return w.ask(request{path: "/shop/messages", body: string(written(t, in))}).StatusCode
	}
	file := func(a messages.Attachment) channel.Inbound {
		a.Kind = messages.File
		return channel.Inbound{Message: messages.Message{Attachments: []messages.Attachment{a}}}
	}
	for name, in := range map[string]channel.Inbound{
		"a long text":     {Message: messages.Text(strings.Repeat("x", 21))},
		"a long URL":      file(messages.Attachment{URL: url + "u"}),
		"a long name":     file(messages.Attachment{URL: url, Name: "abcde"}),
		"a long id":       {Message: messages.Message{ID: strings.Repeat("x", 65), Text: "a"}},
		"a long reply_to": {Message: messages.Message{ReplyTo: strings.Repeat("x", 65), Text: "a"}},
		"a long avatar":   {Visitor: channel.Visitor{AvatarURL: url + "u"}, Message: messages.Text("a")},
	} {
		if got := say(in); got != http.StatusBadRequest {
			t.Errorf("%s: %d, want 400", name, got)
		}
	}
	in := file(messages.Attachment{URL: url, Name: "abcd", Caption: strings.Repeat("x", 5000), MIME: "image/png"})
	in.Visitor.AvatarURL, in.Message.Text, in.Message.ID = url, strings.Repeat("x", 20), strings.Repeat("x", 64)
	if got := say(in); got != http.StatusAccepted {
		t.Errorf("within the limits: %d, want 202", got)
	}
	w.run()
	for e := range w.ch.Enquiries(t.Context(), channel.Query{}) {
		if _, err := w.ch.Reply(t.Context(), e.ID, ann, messages.Text(strings.Repeat("x", 21))); err == nil || !strings.Contains(err.Error(), "message.text: has 21") {
			t.Errorf("a long reply: %v", err)
		}
		if _, err := w.ch.Reply(t.Context(), e.ID, ann, messages.Text(strings.Repeat("x", 20))); err != nil {
			t.Errorf("a reply within the limits: %v", err)
		}
	}
	w.settings.Limits = messages.Limits{}
	w.connect()
	if got := say(channel.Inbound{Message: messages.Message{ID: "2", Text: strings.Repeat("x", 10_000)}}); got != http.StatusAccepted {
		t.Errorf("after the settings were changed: %d, want 202", got)
	}
	if got := say(channel.Inbound{Message: messages.Message{ID: "3", Text: strings.Repeat("x", 10_001)}}); got != http.StatusBadRequest {
		t.Errorf("beyond the default: %d, want 400", got)
	}
}
