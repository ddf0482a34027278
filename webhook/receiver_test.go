package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/webhook"
)

// A source is a receiver under test and what its handler was given.
type source struct {
	handler http.Handler
	clock   *clock.Mock

	mu   sync.Mutex
	got  []webhook.Event
	fail error
}

func newSource(tb testing.TB, c webhook.ReceiverConfig) *source {
	tb.Helper()
	s := &source{clock: clock.NewMock()}
	s.clock.Set(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC))
	c.Clock = s.clock
	if c.Handle == nil {
		c.Handle = func(_ context.Context, ev webhook.Event) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.got = append(s.got, ev)
			return s.fail
		}
	}
	if c.Secrets == nil && !c.AllowUnsigned {
		c.Secrets = []webhook.Secret{symmetric}
	}
	h, err := webhook.NewReceiver(c)
	if err != nil {
		tb.Fatal(err)
	}
	s.handler = h
	return s
}

// request makes a signed request; mutate may be nil.
func (s *source) request(id, body string, mutate func(*http.Request)) *http.Request {
	now := s.clock.Now()
	r := httptest.NewRequest(http.MethodPost, "/hook", strings.NewReader(body))
	r.Header = signed(id, now.Unix(), webhook.Sign(symmetric, id, now, []byte(body)))
	r.Header.Set("Content-Type", "application/json")
	if mutate != nil {
		mutate(r)
	}
	return r
}

func (s *source) serve(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func (s *source) post(id, body string) *httptest.ResponseRecorder {
	return s.serve(s.request(id, body, nil))
}

const hello = `{"type":"message","timestamp":"2026-11-22T09:59:58.5Z","data":{"text":"hello"}}`

func TestReceive(t *testing.T) {
	t.Parallel()
	s := newSource(t, webhook.ReceiverConfig{})
	w := s.post("msg_1", hello)
	if w.Code != http.StatusNoContent || w.Body.Len() != 0 {
		t.Errorf("got %d %q, want 204", w.Code, w.Body)
	}
	want := []webhook.Event{{
		ID: "msg_1", Type: "message", Time: time.Date(2026, 11, 22, 9, 59, 58, 5e8, time.UTC), Data: json.RawMessage(`{"text":"hello"}`),
	}}
	if diff := cmp.Diff(want, s.got); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

func TestReceiveForms(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC).Local()
	tests := []struct {
		name, body string
		want       webhook.Event
		status     int
	}{
		{"no data", `{"type":"a","timestamp":"2026-11-22T10:00:00Z"}`, webhook.Event{Type: "a", Time: at.UTC()}, 204},
		{"null data", `{"type":"a","timestamp":"2026-11-22T10:00:00Z","data":null}`, webhook.Event{Type: "a", Time: at.UTC(), Data: json.RawMessage("null")}, 204},
		{"an empty time", `{"type":"a","timestamp":"","data":1}`, webhook.Event{Type: "a", Time: at, Data: json.RawMessage("1")}, 204},
		{"names of another case", `{"type":"a","Type":"b","TYPE":1,"tımestamp":1,"DATA":2,"data":1}`, webhook.Event{Type: "a", Time: at, Data: json.RawMessage("1")}, 204},
		{"an escaped name", `{"t\u0079pe":"a","data":1}`, webhook.Event{Type: "a", Time: at, Data: json.RawMessage("1")}, 204},
		{"a byte-order mark", "\ufeff" + `{"type":"a","data":1}`, webhook.Event{Type: "a", Time: at, Data: json.RawMessage("1")}, 204},
		{"a byte-order mark before another sender's", "\ufeff [1] ", webhook.Event{Time: at, Data: json.RawMessage("[1]")}, 204},
		{"no time", `{"type":"a","data":1}`, webhook.Event{Type: "a", Time: at, Data: json.RawMessage("1")}, 204},
		{"more members", `{"a":1,"data":[1],"b":{},"type":"x"}`, webhook.Event{Type: "x", Time: at, Data: json.RawMessage("[1]")}, 204},
		{"spaces", " \n" + `{"type" : "a" , "data" : { } } ` + "\n", webhook.Event{Type: "a", Time: at, Data: json.RawMessage("{ }")}, 204},
		{"another sender's object", `{"test": 2432232314}`, webhook.Event{Time: at, Data: json.RawMessage(`{"test": 2432232314}`)}, 204},
		{"an array", `[1,2]`, webhook.Event{Time: at, Data: json.RawMessage(`[1,2]`)}, 204},
		{"a type that only looks like a challenge", `{"type":"challenge","data":1}`, webhook.Event{Type: "challenge", Time: at, Data: json.RawMessage("1")}, 204},
		{"empty", ``, webhook.Event{}, 400},
		{"spaces alone", `  `, webhook.Event{}, 400},
		{"not JSON", `hello`, webhook.Event{}, 400},
		{"cut", `{"type":"a"`, webhook.Event{}, 400},
		{"two objects", `{"type":"a"}{}`, webhook.Event{}, 400},
		{"type of another type", `{"type":1}`, webhook.Event{}, 400},
		{"time of another type", `{"type":"a","timestamp":1}`, webhook.Event{}, 400},
		{"time that is none", `{"type":"a","timestamp":"yesterday"}`, webhook.Event{}, 400},
		{"null for a type", `{"type":null}`, webhook.Event{}, 400},
		{"two types", `{"type":"a","type":"a"}`, webhook.Event{}, 400},
		{"a name twice in the data", `{"type":"a","data":{"b":1,"\u0062":2}}`, webhook.Event{}, 400},
		{"a name twice in another sender's", `[{"b":1,"b":2}]`, webhook.Event{}, 400},
		{"Latin-1", "{\"type\":\"a\",\"data\":\"\xe9\"}", webhook.Event{}, 400},
		{"half of a surrogate pair", `{"type":"a","data":"\ud800"}`, webhook.Event{}, 400},
		{"nested too deep", strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), webhook.Event{}, 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSource(t, webhook.ReceiverConfig{})
			if w := s.post("id", tt.body); w.Code != tt.status {
				t.Fatalf("got %d, want %d", w.Code, tt.status)
			}
			if tt.status != 204 {
				if len(s.got) != 0 {
					t.Errorf("Handle was given %+v", s.got)
				}
				return
			}
			tt.want.ID = "id"
			if diff := cmp.Diff([]webhook.Event{tt.want}, s.got); diff != "" {
				t.Errorf("event (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOne401 finds that no fault of authentication can be told from another.
func TestOne401(t *testing.T) {
	t.Parallel()
	faults := map[string]func(*http.Request){
		"wrong signature": func(r *http.Request) {
			r.Header.Set("Webhook-Signature", "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=")
		},
		"no signature":  func(r *http.Request) { r.Header.Del("Webhook-Signature") },
		"no headers":    func(r *http.Request) { r.Header = http.Header{"Content-Type": {"application/json"}} },
		"two ids":       func(r *http.Request) { r.Header.Add("Webhook-Id", "msg_1") },
		"strange id":    func(r *http.Request) { r.Header.Set("Webhook-Id", "msg.1") },
		"another id":    func(r *http.Request) { r.Header.Set("Webhook-Id", "msg_2") },
		"strange time":  func(r *http.Request) { r.Header.Set("Webhook-Timestamp", "+1") },
		"another time":  func(r *http.Request) { r.Header.Set("Webhook-Timestamp", "1") },
		"another body":  func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(`{"type":"x"}`)) },
		"body not JSON": func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(`x`)) },
		"unsigned echo": func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(`{"type":"challenge","challenge":"aaaa"}`))
		},
		"too many entries": func(r *http.Request) { r.Header.Set("Webhook-Signature", strings.Repeat("v1,a ", 16)+"v1,a") },
		"signed long ago": func(r *http.Request) {
			at := time.Date(2026, 11, 22, 9, 54, 59, 0, time.UTC)
			r.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
			r.Header.Set("Webhook-Signature", webhook.Sign(symmetric, "msg_1", at, []byte(hello)))
		},
		"another key": func(r *http.Request) {
			r.Header.Set("Webhook-Signature", webhook.Sign(otherKey, "msg_1", time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), []byte(hello)))
		},
	}
	var first *httptest.ResponseRecorder
	for name, mutate := range faults {
		s := newSource(t, webhook.ReceiverConfig{})
		w := s.serve(s.request("msg_1", hello, mutate))
		if w.Code != http.StatusUnauthorized || len(s.got) != 0 {
			t.Errorf("%s: got %d and %d events, want 401 and none", name, w.Code, len(s.got))
		}
		if first == nil {
			first = w
		}
		if diff := cmp.Diff(first.Result().Header, w.Result().Header); diff != "" || w.Body.String() != first.Body.String() {
			t.Errorf("%s: another answer than the others: %s%s", name, diff, w.Body)
		}
	}
}

func TestReceiverRefuses(t *testing.T) {
	t.Parallel()
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	tests := []struct {
		name   string
		mutate func(*http.Request)
		status int
	}{
		{"GET", func(r *http.Request) { r.Method = http.MethodGet }, 405},
		{"PUT", func(r *http.Request) { r.Method = http.MethodPut }, 405},
		{"text", header("Content-Type", "text/plain"), 415},
		{"a form", header("Content-Type", "application/x-www-form-urlencoded"), 415},
		{"no type", func(r *http.Request) { r.Header.Del("Content-Type") }, 415},
		{"two types", func(r *http.Request) { r.Header.Add("Content-Type", "application/json") }, 415},
		{"nonsense", header("Content-Type", "application/json; =;"), 415},
		{"gzip", header("Content-Encoding", "gzip"), 415},
		{"Latin-1", header("Content-Type", "application/json; charset=iso-8859-1"), 415},
		{"with a charset", header("Content-Type", "Application/JSON; charset=utf-8"), 204},
		{"identity", header("Content-Encoding", "identity"), 204},
		{"announced too large", func(r *http.Request) { r.ContentLength = webhook.MaxBody + 1 }, 413},
		{"too large", func(r *http.Request) {
			r.ContentLength = -1
			r.Body = io.NopCloser(io.LimitReader(zeros{}, webhook.MaxBody+1))
		}, 413},
		{"broken", func(r *http.Request) { r.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), broken{})) }, 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSource(t, webhook.ReceiverConfig{})
			w := s.serve(s.request("a", hello, tt.mutate))
			if w.Code != tt.status {
				t.Errorf("got %d, want %d", w.Code, tt.status)
			}
			if tt.status != 204 && w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("Content-Type: got %q", w.Header().Get("Content-Type"))
			}
			if tt.status == 405 && w.Header().Get("Allow") != "POST" {
				t.Errorf("Allow: got %q, want POST", w.Header().Get("Allow"))
			}
		})
	}
	s := newSource(t, webhook.ReceiverConfig{})
	largest := `{"type":"a","data":"` + strings.Repeat("x", webhook.MaxBody-22) + `"}`
	if w := s.post("a", largest); w.Code != 204 {
		t.Errorf("%d bytes: got %d, want 204", len(largest), w.Code)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("broken") }

func TestReceiverEchoes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		value  string
		status int
	}{
		{"dmFsdWU_-", 200},
		{strings.Repeat("a", 256), 200},
		{strings.Repeat("a", 257), 400},
		{"", 400},
		{"<script>", 400},
		{`a\u0022b`, 400},
		{"a b", 400},
		{"ä", 400},
	}
	for _, tt := range tests {
		s := newSource(t, webhook.ReceiverConfig{})
		w := s.post("challenge_1", `{"type":"challenge","challenge":"`+tt.value+`"}`)
		if w.Code != tt.status || len(s.got) != 0 {
			t.Errorf("%q: got %d and %d events, want %d and none", tt.value, w.Code, len(s.got), tt.status)
		}
		if tt.status == 200 && (w.Body.String() != `{"challenge":"`+tt.value+`"}` ||
			w.Header().Get("Content-Type") != "application/json" || w.Header().Get("X-Content-Type-Options") != "nosniff") {
			t.Errorf("%q: got %s with %v", tt.value, w.Body, w.Header())
		}
	}
}

// A sender that has proved who it is learns which member is wrong; its values are not repeated.
func TestReceiverNamesTheMember(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"type":"a","timestamp":"yesterday"}`:           "timestamp: must be a time as in RFC 3339",
		`{"type":7}`:                                     "type: must be a string, not a number",
		`{"type":"a","data":{"b":[{"c":"\ud800"}]}}`:     "data.b[0].c: has half of a surrogate pair, at byte 31",
		`{"type":"a","data":{"b":1,"b":2}}`:              "data.b: is there twice",
		"{\"type\":\"a\",\"data\":\"geheim\xe9\"}":       "data: is not UTF-8, at byte 26",
		`{"type":"a","data":{"b":geheim}}`:               "data.b: is not JSON, at byte 24",
		`geheim`:                                         "the body is not JSON, at byte 0",
		`{"type":"challenge","challenge":"geheim, <b>"}`: "challenge: must be base64url of at most 256 characters",
	} {
		s := newSource(t, webhook.ReceiverConfig{})
		w := s.post("id", body)
		var problem struct{ Detail string }
		if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil || problem.Detail != want || w.Code != 400 {
			t.Errorf("%s: %d %q, %v, want 400 %q", body, w.Code, problem.Detail, err, want)
		}
	}
}

func TestNewReceiverFaults(t *testing.T) {
	t.Parallel()
	_, err := webhook.NewReceiver(webhook.ReceiverConfig{Secrets: []webhook.Secret{symmetric, "pa55"}, MaxBody: -1})
	for _, want := range []string{"ReceiverConfig.Secrets[1]", "ReceiverConfig.Handle", "ReceiverConfig.MaxBody"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s in it", err, want)
		}
	}
	if _, err := webhook.NewReceiver(webhook.ReceiverConfig{Handle: func(context.Context, webhook.Event) error { return nil }}); err == nil {
		t.Error("a receiver without secrets was made")
	}
}

// TestReadDeadline finds that a slow sender is refused and a slow Handle is not.
func TestReadDeadline(t *testing.T) {
	t.Parallel()
	s := newSource(t, webhook.ReceiverConfig{
		ReadTimeout: 100 * time.Millisecond,
		Handle: func(ctx context.Context, _ webhook.Event) error {
			select {
			case <-ctx.Done(): // the deadline must not look like a sender that hung up
				return ctx.Err()
			case <-time.After(300 * time.Millisecond):
				return nil
			}
		},
	})
	server := httptest.NewServer(s.handler)
	defer server.Close()
	send := func(send string) string {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.WriteString(conn, send); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(io.LimitReader(conn, 12)) // the status line
		if err != nil {
			t.Fatal(err)
		}
		return string(answer)
	}
	var whole bytes.Buffer
	r := s.request("a", hello, nil)
	r.Header.Set("Content-Length", strconv.Itoa(len(hello)))
	whole.WriteString("POST / HTTP/1.1\r\nHost: x\r\n")
	_ = r.Header.Write(&whole)
	whole.WriteString("\r\n" + hello)
	if got := send(whole.String()); !strings.HasSuffix(got, "204") {
		t.Errorf("a slow Handle: got %q, want 204", got)
	}
	if got := send(strings.TrimSuffix(whole.String(), "}")); !strings.HasSuffix(got, "408") {
		t.Errorf("a slow sender: got %q, want 408", got)
	}
}
