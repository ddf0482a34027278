package channel_test

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/webhook"
)

// request is one to the incoming API.
type request struct {
	method, path, body string
	header             map[string]string
	noToken            bool
}

const hello = `{"visitor":{"id":"v","name":"Vi"},"message":{"id":"1","text":"the words of the visitor"}}`

// ask sends a request to the hub's handler.
func (w *world) ask(q request) *http.Response {
	w.t.Helper()
	method := q.method
	if method == "" {
		method = http.MethodPost
	}
	r := httptest.NewRequestWithContext(w.t.Context(), method, q.path, strings.NewReader(q.body))
	if !q.noToken {
		r.Header.Set("Authorization", "Bearer "+w.settings.Tokens[0])
	}
	r.Header.Set("Content-Type", "application/json")
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	rec := httptest.NewRecorder()
	w.hub.Handler().ServeHTTP(rec, r)
	return rec.Result()
}

func read(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestIncomingMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	resp := w.ask(request{path: "/shop/messages", body: hello})
	var first channel.Accepted
	if err := json.Unmarshal([]byte(read(t, resp)), &first); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusAccepted || first.Duplicate || first.Enquiry == "" || first.Message == "" ||
		resp.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %+v", resp.StatusCode, first)
	}
	w.run()
	w.wantEvents("opened", "received the words of the visitor", "offered ann", "sent welcome")
	resp = w.ask(request{path: "/shop/messages", body: hello})
	var again channel.Accepted
	if err := json.Unmarshal([]byte(read(t, resp)), &again); err != nil {
		t.Fatal(err)
	}
	first.Duplicate = true
	if resp.StatusCode != http.StatusOK || again != first {
		t.Errorf("a repeat: %d %+v, want 200 %+v", resp.StatusCode, again, first)
	}
}

func TestIncomingReceiptAndTyping(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.hear("hello")
	said := w.say(id, ann, "hi")
	w.forget()
	for _, tt := range []struct {
		path, body string
		want       int
	}{
		{"/shop/receipts", `{"message":"` + string(said) + `","status":"delivered","at":"2026-03-02T09:00:00Z"}`, 204},
		{"/shop/receipts", `{"message":"` + string(said) + `","status":"delivered"}`, 204},
		{"/shop/receipts", `{"message":"` + string(said) + `","status":"read","unknown_field":{}}`, 204},
		{"/shop/receipts", `{"message":"` + string(said) + `1","status":"read"}`, 404},
		{"/shop/receipts", `{"message":"nonsense","status":"read"}`, 404},
		{"/shop/receipts", `{"message":"` + string(said) + `","status":"sent"}`, 400},
		{"/shop/receipts", `{"message":"` + string(said) + `"}`, 400},
		{"/shop/typing", `{"visitor":"v"}`, 204},
		{"/shop/typing", `{"visitor":"nobody"}`, 404},
		{"/shop/typing", `{"visitor":""}`, 400},
		{"/shop/typing", `{}`, 400},
	} {
		if resp := w.ask(request{path: tt.path, body: tt.body}); resp.StatusCode != tt.want {
			t.Errorf("%s %s: %d %s, want %d", tt.path, tt.body, resp.StatusCode, read(t, resp), tt.want)
		}
	}
	w.run()
	w.wantEvents("typing", "delivered hi", "read hi")
}

// Requests that are refused: problem+json, nothing recorded, nothing secret in the text.
func TestIncomingRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.settings.Tokens = append(w.settings.Tokens, channel.NewToken()) })
	other := w.settings
	other.ID, other.Tokens = "forum", []string{channel.NewToken()}
	if _, err := w.hub.Connect(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	const messages = "/shop/messages"
	bearer := func(token string) map[string]string { return map[string]string{"Authorization": token} }
	large := strings.Repeat("x", 1<<20)
	for _, tt := range []struct {
		name   string
		q      request
		status int
		header map[string]string
		says   string
	}{
		{"no token", request{path: messages, body: hello, noToken: true}, 401, map[string]string{"Www-Authenticate": "Bearer"}, ""},
		{"wrong token", request{path: messages, body: hello, header: bearer("Bearer " + channel.NewToken())}, 401, nil, ""},
		{"another channel's token", request{path: messages, body: hello, header: bearer("Bearer " + other.Tokens[0])}, 401, nil, ""},
		{"part of a token", request{path: messages, body: hello, header: bearer("Bearer " + w.settings.Tokens[0][:32])}, 401, nil, ""},
		{"basic", request{path: messages, body: hello, header: bearer("Basic " + w.settings.Tokens[0])}, 401, nil, ""},
		{"empty token", request{path: messages, body: hello, header: bearer("Bearer ")}, 401, nil, ""},
		{"no JSON", request{path: messages, body: "hello"}, 400, nil, "not JSON"},
		{"empty", request{path: messages}, 400, nil, "not JSON"},
		{"null", request{path: messages, body: "null"}, 400, nil, "visitor.id"},
		{"two values", request{path: messages, body: hello + hello}, 400, nil, "not JSON"},
		{"wrong type", request{path: messages, body: `{"visitor":{"id":7}}`}, 400, nil, "visitor.id"},
		{"an array", request{path: messages, body: `[]`}, 400, nil, ""},
		{"bad time", request{path: messages, body: `{"sent_at":"yesterday"}`}, 400, nil, ""},
		{"too late", request{path: messages, body: `{"sent_at":"9999-12-31T23:59:59-01:00"}`}, 400, nil, "sent_at"},
		{"no visitor", request{path: messages, body: `{"message":{"id":"1","text":"hi"}}`}, 400, nil, "visitor.id"},
		{"no message id", request{path: messages, body: `{"visitor":{"id":"v"},"message":{"text":"hi"}}`}, 400, nil, "message.id"},
		{"nothing said", request{path: messages, body: `{"visitor":{"id":"v"},"message":{"id":"1"}}`}, 400, nil, "text"},
		{
			"all faults at once",
			request{path: messages, body: `{"visitor":{"locale":"` + strings.Repeat("x", 65) + `","avatar_url":"nowhere"}}`},
			400, nil, "visitor.locale",
		},
		{"too large", request{path: messages, body: `{"visitor":{"id":"v"},"message":{"id":"1","text":"` + large + `"}}`}, 413, nil, "1 MiB"},
		{"no such channel", request{path: "/bar/messages", body: hello}, 404, nil, ""},
		{"no channel", request{path: "/", body: hello}, 404, nil, ""},
		{"no such resource", request{path: "/shop/secrets", body: hello}, 404, nil, ""},
		{"no resource", request{path: "/shop", body: hello}, 404, nil, ""},
		{"GET", request{method: "GET", path: messages}, 405, map[string]string{"Allow": "POST"}, ""},
		{"PUT", request{method: "PUT", path: messages, body: hello}, 405, map[string]string{"Allow": "POST"}, "edited"},
		{"an edit", request{method: "PATCH", path: messages + "/1", body: hello}, 405, nil, "edited"},
		{"a deletion", request{method: "DELETE", path: messages + "/1"}, 405, nil, "deleted"},
		{"a form", request{path: messages, body: "text=hi", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}, 415, nil, "application/json"},
		{"text", request{path: messages, body: hello, header: map[string]string{"Content-Type": "text/plain"}}, 415, nil, "application/json"},
		{"a bad signature", request{path: messages, body: hello, noToken: true, header: map[string]string{
			webhook.HeaderID: "x", webhook.HeaderTimestamp: "1", webhook.HeaderSignature: "v1,AAAA",
		}}, 401, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp := w.ask(tt.q)
			body := read(t, resp)
			var problem struct {
				Type, Title, Detail string
				Status              int
			}
			if err := json.Unmarshal([]byte(body), &problem); err != nil {
				t.Fatalf("%d %q is no JSON: %v", resp.StatusCode, body, err)
			}
			if resp.StatusCode != tt.status || problem.Status != tt.status || problem.Title == "" || problem.Detail == "" ||
				resp.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%d %s, want %d", resp.StatusCode, body, tt.status)
			}
			if !strings.Contains(body, tt.says) {
				t.Errorf("the answer does not say %q: %s", tt.says, body)
			}
			for name, want := range tt.header {
				if got := resp.Header.Get(name); !strings.HasPrefix(got, want) {
					t.Errorf("header %s is %q, want %q", name, got, want)
				}
			}
			for _, never := range []string{w.settings.Tokens[0], w.settings.Tokens[1], "words of the visitor", "xxxx", "whsec"} {
				if strings.Contains(body, never) && never != "" {
					t.Errorf("the answer holds %q: %s", never, body)
				}
			}
		})
	}
	for e := range w.hub.Enquiries(t.Context(), channel.Query{}) {
		t.Errorf("recorded: %+v", e)
	}
	w.run()
	w.wantEvents()
	w.wantPosts()
}

// Every token of the settings is good, and a signature by one of the endpoint's secrets is as good.
func TestIncomingAuthentication(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		w.settings.Tokens = append(w.settings.Tokens, channel.NewToken())
		w.settings.Webhook.Secrets = append(w.settings.Webhook.Secrets, webhook.NewSecret())
	})
	sign := func(s webhook.Secret, at time.Time) map[string]string {
		return map[string]string{
			webhook.HeaderID: "m1", webhook.HeaderTimestamp: strconv.FormatInt(at.Unix(), 10),
			webhook.HeaderSignature: webhook.Sign(s, "m1", at, []byte(hello)),
		}
	}
	now := w.clock.Now()
	for _, tt := range []struct {
		name string
		q    request
		ok   bool
	}{
		{"the first token", request{header: map[string]string{"Authorization": "Bearer " + w.settings.Tokens[0]}}, true},
		{"the second token", request{header: map[string]string{"Authorization": "bearer " + w.settings.Tokens[1]}}, true},
		{"the first secret", request{noToken: true, header: sign(w.settings.Webhook.Secrets[0], now)}, true},
		{"the second secret", request{noToken: true, header: sign(w.settings.Webhook.Secrets[1], now)}, true},
		{"another secret", request{noToken: true, header: sign(webhook.NewSecret(), now)}, false},
		{"signed long ago", request{noToken: true, header: sign(w.settings.Webhook.Secrets[0], now.Add(-10*time.Minute))}, false},
		{"signed in the future", request{noToken: true, header: sign(w.settings.Webhook.Secrets[0], now.Add(10*time.Minute))}, false},
	} {
		tt.q.path, tt.q.body = "/shop/messages", hello
		if resp := w.ask(tt.q); (resp.StatusCode/100 == 2) != tt.ok || !tt.ok && resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", tt.name, resp.StatusCode, read(t, resp))
		}
	}
	w.settings.Tokens = w.settings.Tokens[1:]
	w.connect()
	if resp := w.ask(request{path: "/shop/messages", body: hello}); resp.StatusCode != http.StatusOK {
		t.Errorf("after rotation the new token: %d", resp.StatusCode)
	}
}

func TestIncomingMounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mux := http.NewServeMux()
	mux.Handle("/in/", http.StripPrefix("/in", w.hub.Handler()))
	mux.Handle("/alone/", w.ch)
	for _, path := range []string{"/in/shop/messages", "/alone/messages", "/alone/deep/messages"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(hello))
		r.Header.Set("Authorization", "Bearer "+w.settings.Tokens[0])
		rec := httptest.NewRecorder()
		mux.ServeHTTP(rec, r)
		if rec.Code/100 != 2 {
			t.Errorf("%s: %d %s", path, rec.Code, rec.Body)
		}
	}
}

func TestIncomingRates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		w.settings.VisitorRate, w.settings.VisitorBurst = 0.5, 2
		w.settings.ChannelRate, w.settings.ChannelBurst = 1, 5
	})
	n := 0
	send := func(visitor string) *http.Response {
		n++
		body := `{"visitor":{"id":"` + visitor + `"},"message":{"id":"` + strconv.Itoa(n) + `","text":"hi"}}`
		return w.ask(request{path: "/shop/messages", body: body})
	}
	want := func(when, visitor string, status int, retry string) {
		t.Helper()
		resp := send(visitor)
		if resp.StatusCode != status || resp.Header.Get("Retry-After") != retry {
			t.Errorf("%s: %d, retry after %q; want %d, %q", when, resp.StatusCode, resp.Header.Get("Retry-After"), status, retry)
		}
	}
	want("first", "a", 202, "")
	want("second", "a", 202, "")
	want("over the visitor's rate", "a", 429, "2")
	want("another visitor", "b", 202, "")
	want("another visitor", "b", 202, "")
	want("the refused one took no place", "d", 202, "")
	want("over the channel's rate", "c", 429, "1")
	w.clock.Set(w.clock.Now().Add(2 * time.Second)) // as was told
	want("after Retry-After", "a", 202, "")
	for e := range w.ch.Enquiries(t.Context(), channel.Query{Visitor: "c"}) {
		t.Errorf("recorded: %+v", e)
	}
	w.settings.VisitorRate, w.settings.ChannelRate = -1, -1
	w.connect()
	for range 100 {
		want("without rates", "a", 202, "")
	}
}

func TestIncomingSuspended(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.suspend()
	resp := w.ask(request{path: "/shop/messages", body: hello})
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("%d, retry after %q; want 503", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	w.resume()
	if resp = w.ask(request{path: "/shop/messages", body: hello}); resp.StatusCode != http.StatusAccepted {
		t.Errorf("after resume: %d", resp.StatusCode)
	}
}

// A store that fails: 503, to be tried again, and its words stay inside.
func TestIncomingStoreFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	broken := &failingStore{Store: w.config.Store}
	w.config.Store = broken
	w.start()
	broken.err = errors.New("connection to db-7.internal refused")
	resp := w.ask(request{path: "/shop/messages", body: hello})
	body := read(t, resp)
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" || strings.Contains(body, "db-7") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

// A store that fails for long, as on a full disk, does not fill the log.
func TestIncomingFaultsAreSampled(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	w := newWorld(t, func(w *world) { w.config.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	broken := &failingStore{Store: w.config.Store}
	w.config.Store = broken
	w.start()
	broken.err = errors.New("disk full")
	for range 150 {
		w.ask(request{path: "/shop/messages", body: hello})
	}
	w.clock.Add(10 * time.Second)
	w.ask(request{path: "/shop/messages", body: hello})
	if got := strings.Count(log.String(), "recording a request failed"); got != 11 || !strings.Contains(log.String(), "left_out=140") {
		t.Errorf("%d lines for 151 requests, want 11 and left_out=140 in the last:\n%s", got, log.String())
	}
}

// Visitors whose id is refused leave nothing behind.
func TestIncomingMemoryIsBounded(t *testing.T) { // not parallel: it looks at the heap
	w := newWorld(t)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for i := range 100 {
		id := strings.Repeat("x", 500<<10) + strconv.Itoa(i)
		resp := w.ask(request{path: "/shop/messages", body: `{"visitor":{"id":"` + id + `"},"message":{"id":"1","text":"hi"}}`})
		if resp.StatusCode != http.StatusBadRequest {
			t.Fatalf("%d", resp.StatusCode)
		}
	}
	if after := heap(); after > before+10<<20 {
		t.Errorf("100 refused requests of 500 KiB left %d MiB", (after-before)>>20)
	}
	runtime.KeepAlive(w)
}

// Receipts and typing have places of their own, and typing a visitor's: neither is ever in the way of a message.
func TestIncomingRatesOfSignals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		w.settings.VisitorRate, w.settings.VisitorBurst = 0.5, 2
		w.settings.ChannelRate, w.settings.ChannelBurst = 1, 5
	})
	id := w.hear("hello")
	w.hearFrom("b", "hello")
	said := w.say(id, ann, "hi")
	w.forget()
	want := func(when, path, body string, status int, retry string) {
		t.Helper()
		resp := w.ask(request{path: "/shop/" + path, body: body})
		w.run()
		if resp.StatusCode != status || resp.Header.Get("Retry-After") != retry {
			t.Errorf("%s: %d, retry after %q; want %d, %q", when, resp.StatusCode, resp.Header.Get("Retry-After"), status, retry)
		}
	}
	const typing, other = `{"visitor":"v"}`, `{"visitor":"b"}`
	receipt := func(status string) string { return `{"message":"` + string(said) + `","status":"` + status + `"}` }
	want("the visitor types", "typing", typing, 204, "")
	want("and goes on", "typing", typing, 204, "")
	want("over the visitor's rate", "typing", typing, 429, "2")
	want("a message has other places", "messages", hello, 202, "")
	want("another visitor types", "typing", other, 204, "")
	want("a receipt is nobody's", "receipts", receipt("delivered"), 204, "")
	want("the refused one took no place", "receipts", `{"message":"none","status":"read"}`, 404, "")
	want("over the channel's rate", "receipts", receipt("read"), 429, "1")
	want("typing and receipts share it", "typing", other, 429, "1")
	want("a message has other places", "messages", `{"visitor":{"id":"b"},"message":{"id":"9","text":"hi"}}`, 202, "")
	w.wantEvents("typing", "received the words of the visitor", "#2 typing", "delivered hi", "#2 received hi")
	w.clock.Set(w.clock.Now().Add(time.Second)) // as was told
	want("after Retry-After", "receipts", receipt("read"), 204, "")
	w.settings.VisitorRate, w.settings.ChannelRate = -1, -1
	w.connect()
	for range 100 {
		want("without rates", "typing", typing, 204, "")
		want("without rates", "receipts", receipt("read"), 204, "")
	}
}
