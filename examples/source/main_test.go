package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/webhook"
)

// A fakeUsher is the incoming API with answers in a row, 202 when they are used up.
type fakeUsher struct {
	mu      sync.Mutex
	answers []int
	got     []inbound
	paths   []string
	tokens  []string
}

func (u *fakeUsher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	var in inbound
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	u.got = append(u.got, in)
	u.paths = append(u.paths, r.Method+" "+r.URL.Path)
	u.tokens = append(u.tokens, r.Header.Get("Authorization"))
	status := http.StatusAccepted
	if len(u.answers) > 0 {
		status, u.answers = u.answers[0], u.answers[1:]
	}
	w.WriteHeader(status)
}

func TestSay(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		answers  []int
		requests int
		ok       bool
	}{
		{"accepted", nil, 1, true},
		{"a duplicate", []int{200}, 1, true},
		{"down for a while", []int{503, 500, 429}, 4, true},
		{"down for long", []int{503, 503, 503, 503, 503}, 5, false},
		{"refused", []int{401}, 1, false},
		{"not understood", []int{400}, 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			usher := &fakeUsher{answers: tt.answers}
			server := httptest.NewServer(usher)
			defer server.Close()
			s := &source{base: server.URL + "/in", channel: "shop", token: "token", pause: time.Millisecond, out: io.Discard}
			err := s.say(t.Context(), visitor{ID: "ann", FirstName: "Ann", Locale: "de"}, "Hello")
			if (err == nil) != tt.ok || len(usher.got) != tt.requests {
				t.Fatalf("got %v after %d requests, want ok %v after %d", err, len(usher.got), tt.ok, tt.requests)
			}
			want := inbound{Visitor: visitor{ID: "ann", FirstName: "Ann", Locale: "de"}, Message: message{ID: usher.got[0].Message.ID, Text: "Hello"}}
			for i, got := range usher.got { // each with the same id
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("request %d (-want +got):\n%s", i, diff)
				}
				if usher.paths[i] != "POST /in/shop/messages" || usher.tokens[i] != "Bearer token" {
					t.Errorf("request %d: %s with %q", i, usher.paths[i], usher.tokens[i])
				}
			}
			if err != nil && strings.Contains(err.Error(), s.token) {
				t.Errorf("the error holds the token: %v", err)
			}
		})
	}
}

// TestRun is the program from its start to its end: the challenge, a line typed,
// a reply printed.
func TestRun(t *testing.T) {
	t.Parallel()
	usher := new(fakeUsher)
	api := httptest.NewServer(usher)
	defer api.Close()
	secret := webhook.NewSecret()
	env := map[string]string{"USHER_TOKEN": "token", "USHER_SECRET": secret.Reveal()}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stdin, typing := io.Pipe()
	out := newOutput()
	done := make(chan error)
	go func() {
		done <- run(ctx, []string{"-listen", "127.0.0.1:0", "-usher", api.URL, "-channel", "shop"},
			func(name string) string { return env[name] }, stdin, out)
	}()
	address := strings.TrimPrefix(out.line(t, "The webhook is at"), "The webhook is at ")

	client, err := webhook.NewClient(webhook.Config{
		AllowHTTP: true, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	endpoint := webhook.Endpoint{URL: address, Secrets: []webhook.Secret{secret}}
	if err := client.Challenge(ctx, endpoint); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(typing, "ann: Hello\n\nWho is there?\n"); err != nil {
		t.Fatal(err)
	}
	data := `{"visitor":"ann","message":{"id":"1","text":"Hi Ann"},"author":{"kind":"staff","display_name":"Bo"}}`
	for _, ev := range []webhook.Event{
		{ID: "m1", Type: "message", Data: json.RawMessage(data)},
		{ID: "m1", Type: "message", Data: json.RawMessage(data)}, // a repeat is not printed
		{ID: "m2", Type: "something.new"},
		{ID: "m3", Type: "message", Data: json.RawMessage(strings.Replace(data, `"Bo"`, `""`, 1))},
	} {
		if _, err := client.Post(ctx, endpoint, ev); err != nil {
			t.Error(err)
		}
	}
	out.line(t, "staff → ann: Hi Ann")
	if got := strings.Count(out.String(), "Bo → ann: Hi Ann"); got != 1 {
		t.Errorf("the reply was printed %d times, want once:\n%s", got, out)
	}
	for range 200 { // two messages, sent in their own time
		usher.mu.Lock()
		n := len(usher.got)
		usher.mu.Unlock()
		if n == 2 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	_ = typing.Close()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	usher.mu.Lock()
	defer usher.mu.Unlock()
	if len(usher.got) != 2 || usher.got[0].Visitor.ID != "ann" || usher.got[1].Message.Text != "Who is there?" {
		t.Errorf("sent: %+v", usher.got)
	}
}

func TestMisuse(t *testing.T) {
	t.Parallel()
	none := func(string) string { return "" }
	for _, args := range [][]string{{"-usher", "http://127.0.0.1:1"}, {"-listen", "nowhere"}, {"-help"}, {"-what"}} {
		if err := run(t.Context(), args, none, strings.NewReader(""), io.Discard); err == nil {
			t.Errorf("%v was taken", args)
		}
	}
	bad := func(string) string { return "whsec_short" }
	if err := run(t.Context(), nil, bad, strings.NewReader(""), io.Discard); err == nil {
		t.Error("a bad secret was taken")
	}
}

// An output is what was printed, with a way to wait for a line.
type output struct {
	mu    sync.Mutex
	buf   bytes.Buffer
	wrote chan struct{}
}

func newOutput() *output { return &output{wrote: make(chan struct{}, 1)} }

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.wrote <- struct{}{}:
	default:
	}
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// line waits for a line with this beginning.
func (o *output) line(t *testing.T, prefix string) string {
	t.Helper()
	for {
		for line := range strings.Lines(o.String()) {
			if strings.HasPrefix(line, prefix) && strings.HasSuffix(line, "\n") {
				return strings.TrimSpace(line)
			}
		}
		select {
		case <-o.wrote:
		case <-time.After(10 * time.Second):
			t.Fatalf("no line with %q:\n%s", prefix, o)
		}
	}
}
