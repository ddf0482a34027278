package apicheck_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/webhook"
)

// incoming sends what a source may send, and what it may not.
func incoming(w *world) {
	src := w.source()
	ch := w.connect("acme", src, nil)
	x := w.do(call{name: "a message", path: "/acme/messages", body: say("zoe", "1", "hello"), want: 202})
	w.do(call{name: "again", path: "/acme/messages", body: say("zoe", "1", "hello"), want: 200})
	w.pass(0)
	refusals(w)
	authentication(w)
	receipts(w, ch, x)
	overload(w, src)
	if err := ch.Forget(w.Context(), "zoe"); err != nil {
		w.Fatal(err)
	}
	w.do(call{name: "again after being forgotten", path: "/acme/messages", body: say("zoe", "1", "hello"), want: 200})
}

// refusals are requests that every operation answers alike, and bodies that a schema cannot judge.
func refusals(w *world) {
	for _, op := range []struct{ path, body string }{
		{"messages", say("zoe", "refused", "hello")},
		{"receipts", `{"message":"` + strings.Repeat("A", 26) + `m1","status":"read"}`},
		{"typing", `{"visitor":"zoe"}`},
	} {
		path := "/acme/" + op.path
		w.do(call{name: "no such channel", path: "/nobody/" + op.path, body: op.body, want: 404})
		w.do(call{name: "GET", method: http.MethodGet, path: path, want: 405})
		w.do(call{name: "PUT", method: http.MethodPut, path: path, body: op.body, want: 405})
		w.do(call{name: "DELETE", method: http.MethodDelete, path: path, want: 405})
		w.do(call{name: "no JSON", path: path, body: `{"visitor":`, want: 400})
		w.do(call{name: "nothing", path: path, want: 400})
		w.do(call{name: "two values", path: path, body: op.body + op.body, want: 400})
		w.do(call{name: "null", path: path, body: "null", want: 400})
		w.do(call{name: "a list", path: path, body: "[]", want: 400})
		w.do(call{name: "too large", path: path, body: op.body + strings.Repeat(" ", 1<<20+1-len(op.body)), want: 413})
		w.do(call{name: "a name twice", path: path, body: strings.Replace(op.body, "{", `{"x":[{"y":1,"y":1}],`, 1), want: 400, exempt: beyond})
		w.do(call{name: "not UTF-8", path: path, body: strings.Replace(op.body, "{", "{\"x\":\"\xe9\",", 1), want: 400, exempt: beyond})
		w.do(call{name: "half of a pair", path: path, body: strings.Replace(op.body, "{", `{"x":"\ud800",`, 1), want: 400, exempt: beyond})
		w.do(call{name: "another charset", path: path, body: op.body, want: 415, header: w.bearer("application/json; charset=iso-8859-1")})
		compressed := w.bearer("application/json")
		compressed.Set("Content-Encoding", "gzip")
		w.do(call{name: "compressed", path: path, body: op.body, want: 415, header: compressed})
		w.do(call{name: "too slow", path: path, body: op.body, slow: true, want: 408})
		w.do(call{name: "a form", path: path, body: "visitor=zoe", want: 415, header: w.bearer("application/x-www-form-urlencoded")})
		w.store.broken.Store(true)
		w.do(call{name: "the store fails", path: path, body: op.body, want: 503})
		w.store.broken.Store(false)
	}
	for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodPost, http.MethodGet} {
		w.do(call{name: "edit", method: method, path: "/acme/messages/1", want: 405})
		w.do(call{name: "edit in no channel", method: method, path: "/nobody/messages/1", want: 404})
	}
	for _, path := range []string{"/acme", "/acme/", "/acme/messages/", "/acme/other", "/", "/acme/receipts/1"} {
		w.do(call{name: "no such path", path: path, want: 404})
	}
	for name, body := range map[string]string{
		"more bytes than characters": say(strings.Repeat("é", 400), "x", "hello"),
		"answers alike":              `{"visitor":{"id":"zoe"},"message":{"id":"x","choices":[{"text":"a"},{"text":"b","value":"a"}]}}`,
		"credentials in a URL":       `{"visitor":{"id":"zoe"},"message":{"id":"x","attachments":[{"kind":"file","url":"https://u:p@example.com/"}]}}`,
		"a character of no width":    say("zoe", "a\u200bb", "hello"),
	} {
		w.do(call{name: name, path: "/acme/messages", body: body, want: 400, exempt: beyond})
	}
	long := say("zoe", w.id(), "hi")
	w.do(call{name: "as large as may be", path: "/acme/messages", body: long + strings.Repeat(" ", 1<<20-len(long)), want: 202})
	w.do(call{name: "blank", path: "/acme/messages", body: say("zoe", "x", " \n\t"), want: 400})
	w.do(call{name: "silent", path: "/acme/messages", body: `{"visitor":{"id":"zoe"},"message":{"id":"x"}}`, want: 400})
	w.do(call{name: "another JSON type", path: "/acme/messages", body: say("zoe", w.id(), "hi"), want: 202, header: w.bearer("application/vnd.acme+json; v=1"), exempt: lenient})
	w.do(call{name: "no type", path: "/acme/messages", body: say("zoe", w.id(), "hi"), want: 202, header: http.Header{"Authorization": {"bearer " + w.token}}, exempt: lenient})
	w.do(call{name: "a member of the future", path: "/acme/messages", body: `{"visitor":{"id":"zoe"},"message":{"id":"` + w.id() + `","text":"a","mood":"fine"}}`, want: 202, exempt: lenient})
}

func (w *world) bearer(contentType string) http.Header {
	return http.Header{"Authorization": {"Bearer " + w.token}, "Content-Type": {contentType}}
}

// authentication shows both ways in, and that all others are closed.
func authentication(w *world) {
	body := say("zoe", w.id(), "signed")
	w.do(call{name: "signed", path: "/acme/messages", body: body, want: 202, header: w.signed(w.secret, w.clock.Now(), body)})
	for _, off := range []time.Duration{-300 * time.Second, 300 * time.Second} {
		w.do(call{name: "just in time", path: "/acme/messages", body: body, want: 200, header: w.signed(w.secret, w.clock.Now().Add(off), body)})
	}
	bad := map[string]http.Header{
		"nothing":              {"Content-Type": {"application/json"}},
		"another token":        {"Content-Type": {"application/json"}, "Authorization": {"Bearer " + channel.NewToken()}},
		"another scheme":       {"Content-Type": {"application/json"}, "Authorization": {"Basic " + w.token}},
		"two tokens":           {"Content-Type": {"application/json"}, "Authorization": {"Bearer " + w.token, "Bearer " + w.token}},
		"another secret":       w.signed(webhook.NewSecret(), w.clock.Now(), body),
		"another body":         w.signed(w.secret, w.clock.Now(), body+" "),
		"an old signature":     w.signed(w.secret, w.clock.Now().Add(-301*time.Second), body),
		"a signature too soon": w.signed(w.secret, w.clock.Now().Add(301*time.Second), body),
	}
	for name, header := range bad {
		for _, path := range []string{"messages", "receipts", "typing"} {
			w.do(call{name: name, path: "/acme/" + path, body: body, header: header, want: 401})
		}
	}
}

func (w *world) signed(secret webhook.Secret, at time.Time, body string) http.Header {
	id := w.id()
	return http.Header{
		"Content-Type": {"application/json"}, webhook.HeaderID: {id},
		webhook.HeaderTimestamp: {strconv.FormatInt(at.Unix(), 10)},
		webhook.HeaderSignature: {webhook.Sign(secret, id, at, []byte(body))},
	}
}

// receipts tells what became of a message, and types.
func receipts(w *world, ch *channel.Channel, x exchange) {
	var accepted channel.Accepted
	if err := json.Unmarshal(x.answer, &accepted); err != nil {
		w.Fatal(err)
	}
	id, err := ch.Reply(w.Context(), accepted.Enquiry, channel.Staff{ID: "ann"}, messages.Text("hello"))
	if err != nil {
		w.Fatal(err)
	}
	w.pass(0)
	receipt := func(name, rest string, want int) {
		w.do(call{name: name, path: "/acme/receipts", body: `{"message":"` + string(id) + `",` + rest + `}`, want: want})
	}
	receipt("failed", `"status":"failed","reason":"the app is gone"`, 204)
	receipt("read first", `"status":"read","at":"2026-03-02T09:00:01.5+01:00"`, 204)
	receipt("delivered late", `"status":"delivered"`, 204)
	receipt("a status of ours", `"status":"sent"`, 400)
	receipt("no status", `"reason":"none"`, 400)
	w.do(call{name: "a visitor's own message", path: "/acme/receipts", want: 404, body: `{"message":"` + string(accepted.Message) + `","status":"read"}`})
	w.do(call{name: "no such message", path: "/acme/receipts", want: 404, body: `{"message":"none","status":"read"}`})
	w.do(call{name: "typing", path: "/acme/typing", body: `{"visitor":"zoe"}`, want: 204})
	w.do(call{name: "nobody types", path: "/acme/typing", body: `{"visitor":"nobody"}`, want: 404})
	w.told("")
	w.pass(time.Second)
	if !w.told(channel.VisitorTyping) {
		w.Error("the host has not heard that a visitor is typing")
	}
}

// overload is too much for a visitor, for a channel, and a channel that is suspended.
func overload(w *world, src *source) {
	w.connect("slow", src, func(s *channel.Settings) { s.VisitorRate, s.VisitorBurst = 0.1, 1 })
	w.do(call{name: "within the visitor's rate", path: "/slow/messages", body: say("zoe", w.id(), "a"), want: 202})
	x := w.do(call{name: "over the visitor's rate", path: "/slow/messages", body: say("zoe", w.id(), "b"), want: 429})
	wait, err := strconv.Atoi(x.answerHeader.Get("Retry-After"))
	if err != nil || wait != 10 {
		w.Errorf("Retry-After is %q, want 10", x.answerHeader.Get("Retry-After"))
	}
	w.pass(time.Duration(wait) * time.Second)
	w.do(call{name: "after Retry-After", path: "/slow/messages", body: say("zoe", w.id(), "b"), want: 202})
	w.connect("narrow", src, func(s *channel.Settings) { s.ChannelRate, s.ChannelBurst = 1, 1 })
	w.do(call{name: "within the channel's rate", path: "/narrow/messages", body: say("zoe", w.id(), "a"), want: 202})
	w.do(call{name: "over the channel's rate", path: "/narrow/messages", body: say("max", w.id(), "b"), want: 429})
	w.do(call{name: "typing has its own places", path: "/narrow/typing", body: `{"visitor":"zoe"}`, want: 204})
	w.do(call{name: "over the channel's rate", path: "/narrow/typing", body: `{"visitor":"max"}`, want: 429})
	w.do(call{name: "typing takes those of receipts", path: "/narrow/receipts", body: `{"message":"none","status":"read"}`, want: 429})

	shut := w.connect("shut", src, nil)
	w.do(call{name: "before the suspension", path: "/shut/messages", body: say("zoe", w.id(), "a"), want: 202})
	if err := shut.Suspend(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.do(call{name: "suspended", path: "/shut/messages", body: say("zoe", w.id(), "b"), want: 503})
	w.do(call{name: "suspended", path: "/shut/typing", body: `{"visitor":"zoe"}`, want: 503})
}
