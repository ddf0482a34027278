package source_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/examples/livechat/source"
	"github.com/usherchat/usher/webhook"
)

// backend is an incoming API that answers as it is told.
type backend struct {
	mu      sync.Mutex
	answers []func(http.ResponseWriter) // for the requests to come; then 202
	got     []string
}

func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Visitor json.RawMessage
		Message json.RawMessage
	}
	_ = json.NewDecoder(r.Body).Decode(&in)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got = append(b.got, fmt.Sprintf("%s %s %s", r.Header.Get("Authorization"), r.URL.Path, in.Message))
	if len(b.answers) > 0 {
		answer := b.answers[0]
		b.answers = b.answers[1:]
		answer(w)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

type world struct {
	t       *testing.T
	backend *backend
	secret  webhook.Secret
	server  *httptest.Server
	chat    string
	cookie  *http.Cookie
}

func begin(t *testing.T, answers ...func(http.ResponseWriter)) *world {
	t.Helper()
	w := &world{t: t, backend: &backend{answers: answers}, secret: webhook.NewSecret()}
	api := httptest.NewServer(w.backend)
	t.Cleanup(api.Close)
	s, err := source.New(source.Config{API: api.URL + "/usher/acme", Token: "token", Secrets: []webhook.Secret{w.secret}})
	if err != nil {
		t.Fatal(err)
	}
	w.server = httptest.NewServer(s.Handler())
	t.Cleanup(w.server.CloseClientConnections)
	res := w.post("/chats", `{"name":"Zoe","locale":"en"}`)
	var got struct{ Chat string }
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil || res.StatusCode != http.StatusCreated {
		t.Fatalf("%d %v", res.StatusCode, err)
	}
	w.chat, w.cookie = got.Chat, res.Cookies()[0]
	return w
}

func (w *world) post(path, body string) *http.Response {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.server.URL+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if w.cookie != nil {
		req.AddCookie(w.cookie)
	}
	return w.send(req)
}

func (w *world) send(req *http.Request) *http.Response {
	w.t.Helper()
	res, err := w.server.Client().Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// event posts to the webhook as the backend does.
func (w *world) event(id, kind string, data any) int {
	w.t.Helper()
	raw, err := json.Marshal(data)
	if err != nil {
		w.t.Fatal(err)
	}
	now := time.Now()
	body, err := json.Marshal(map[string]any{"type": kind, "timestamp": now, "data": json.RawMessage(raw)})
	if err != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.server.URL+"/webhook", bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(webhook.HeaderID, id)
	req.Header.Set(webhook.HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(webhook.HeaderSignature, webhook.Sign(w.secret, id, now, body))
	return w.send(req).StatusCode
}

// log is the chat from the beginning, until a line holds the word.
func (w *world) log(until string) []string {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.server.URL+"/chats/"+w.chat+"/stream", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.AddCookie(w.cookie)
	res := w.send(req)
	var text string
	buf := make([]byte, 4096)
	for !strings.Contains(text, until) || !strings.Contains(text, "event: ready") {
		n, err := res.Body.Read(buf)
		text += string(buf[:n])
		if err == io.EOF {
			break
		}
	}
	var lines []string
	for l := range strings.Lines(text) {
		data, ok := strings.CutPrefix(l, "data: ")
		if !ok || data == "{}\n" {
			continue
		}
		var got struct {
			Kind, From, Name, Ref, Mark string
			Message                     struct{ ID, Text string }
		}
		if err := json.Unmarshal([]byte(data), &got); err != nil {
			w.t.Fatal(err)
		}
		lines = append(lines, strings.Join(strings.Fields(strings.Join([]string{got.Kind, got.From, got.Name, got.Message.ID, got.Message.Text, got.Ref, got.Mark}, " ")), " "))
	}
	return lines
}

func status(code int, header ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte(`{"detail":"because"}`))
	}
}

func TestMessageIsPassedOn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		answers []func(http.ResponseWriter)
		want    int // status
		tries   int
	}{
		{"at once", nil, http.StatusNoContent, 1},
		{"a repeat", []func(http.ResponseWriter){status(http.StatusOK)}, http.StatusNoContent, 1},
		{"after a fault", []func(http.ResponseWriter){status(http.StatusInternalServerError)}, http.StatusNoContent, 2},
		{"after a pause", []func(http.ResponseWriter){status(http.StatusTooManyRequests, "Retry-After", "1")}, http.StatusNoContent, 2},
		{"not what is wrong", []func(http.ResponseWriter){status(http.StatusBadRequest)}, http.StatusBadGateway, 1},
		{"not when it would take too long", []func(http.ResponseWriter){status(http.StatusServiceUnavailable, "Retry-After", "60")}, http.StatusBadGateway, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := begin(t, tt.answers...)
			res := w.post("/chats/"+w.chat+"/messages", `{"id":"m1","text":"Hello","choices":[{"text":"forged"}]}`)
			if res.StatusCode != tt.want {
				t.Errorf("got %d, want %d", res.StatusCode, tt.want)
			}
			want := `Bearer token /usher/acme/messages {"id":"m1","text":"Hello"}`
			if len(w.backend.got) != tt.tries || w.backend.got[0] != want {
				t.Errorf("%d requests, want %d: %v", len(w.backend.got), tt.tries, w.backend.got)
			}
			mark := "mark m1 sent"
			if tt.want != http.StatusNoContent {
				mark = "mark m1 failed"
			}
			if diff := cmp.Diff([]string{"message visitor m1 Hello", mark}, w.log(`"mark"`)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSendAgainIsSaidOnce(t *testing.T) {
	t.Parallel()
	w := begin(t, status(http.StatusBadRequest))
	w.post("/chats/"+w.chat+"/messages", `{"id":"m1","text":"Hello"}`)
	w.post("/chats/"+w.chat+"/messages", `{"id":"m1","text":"Hello"}`)
	want := []string{"message visitor m1 Hello", "mark m1 failed", "mark m1 sent"}
	if diff := cmp.Diff(want, w.log(`"sent"`)); diff != "" {
		t.Error(diff)
	}
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	w := begin(t)
	say := func(id, text string) map[string]any {
		return map[string]any{
			"visitor": w.chat, "message": map[string]any{"id": id, "text": text},
			"author": map[string]any{"kind": "staff", "display_name": "Ann"},
		}
	}
	for _, tt := range []struct {
		id, kind string
		data     any
		want     int
	}{
		{"e1", "message", say("s1", "one"), http.StatusNoContent},
		{"e1", "message", say("s1", "one"), http.StatusNoContent}, // a retry
		{"e2", "message", say("s2", "two"), http.StatusNoContent},
		{"e3", "enquiry", map[string]any{"visitor": w.chat, "state": "closed"}, http.StatusNoContent},
		{"e4", "something.new", map[string]any{"visitor": w.chat}, http.StatusNoContent},
		{"e5", "message", map[string]any{"visitor": "v-nobody"}, http.StatusNoContent},
		{"e6", "message", 7, http.StatusInternalServerError},
	} {
		if got := w.event(tt.id, tt.kind, tt.data); got != tt.want {
			t.Errorf("%s %s: got %d, want %d", tt.id, tt.kind, got, tt.want)
		}
	}
	want := []string{"message staff Ann s1 one", "message staff Ann s2 two", "state closed"}
	if diff := cmp.Diff(want, w.log(`"closed"`)); diff != "" {
		t.Error(diff)
	}
	w.secret = webhook.NewSecret() // a stranger's
	if got := w.event("e7", "message", say("s3", "forged")); got != http.StatusUnauthorized {
		t.Errorf("a forged event is answered %d", got)
	}
}

func TestChatIsItsOwners(t *testing.T) {
	t.Parallel()
	w := begin(t)
	if w.cookie.Path != "/chats/"+w.chat+"/" || !w.cookie.HttpOnly || w.cookie.SameSite != http.SameSiteStrictMode {
		t.Errorf("the cookie: %+v", w.cookie)
	}
	for _, value := range []string{"", "x", w.chat} {
		w.cookie = &http.Cookie{Name: "chat", Value: value}
		if res := w.post("/chats/"+w.chat+"/messages", `{"id":"m1","text":"Hello"}`); res.StatusCode != http.StatusNotFound {
			t.Errorf("with the key %q: %d", value, res.StatusCode)
		}
	}
	if len(w.backend.got) > 0 {
		t.Errorf("passed on: %v", w.backend.got)
	}
}
