package webhook_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/usherchat/usher/webhook"
)

func TestRepeats(t *testing.T) {
	t.Parallel()
	s := newSource(t, webhook.ReceiverConfig{})
	s.fail = errors.New("no")
	if w := s.post("a", hello); w.Code != 500 {
		t.Errorf("Handle failed: got %d, want 500", w.Code)
	}
	s.fail = nil
	for range 3 { // what failed is tried again, once it is done it is not
		if w := s.post("a", hello); w.Code != 204 {
			t.Errorf("got %d, want 204", w.Code)
		}
		s.clock.Add(time.Hour)
	}
	s.post("b", hello)
	if len(s.got) != 3 {
		t.Errorf("Handle was called %d times, want 3", len(s.got))
	}
	s.clock.Add(69*time.Hour - time.Second)
	s.post("a", hello)
	if len(s.got) != 3 {
		t.Error("forgotten before 72 h")
	}
	s.clock.Add(2 * time.Second)
	s.post("a", hello)
	if len(s.got) != 4 {
		t.Error("remembered after 72 h")
	}
}

// TestForgedIDsAreNotRemembered finds that nobody can have an event dropped by
// sending its id first.
func TestForgedIDsAreNotRemembered(t *testing.T) {
	t.Parallel()
	s := newSource(t, webhook.ReceiverConfig{})
	s.serve(s.request("a", hello, set2("Webhook-Signature", "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=")))
	if w := s.post("a", hello); w.Code != 204 || len(s.got) != 1 {
		t.Errorf("got %d and %d events, want 204 and one", w.Code, len(s.got))
	}
}

func set2(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func TestBusy(t *testing.T) {
	t.Parallel()
	inside, leave := make(chan struct{}), make(chan struct{})
	var calls atomic.Int32
	s := newSource(t, webhook.ReceiverConfig{Handle: func(context.Context, webhook.Event) error {
		calls.Add(1)
		close(inside)
		<-leave
		return nil
	}})
	first := make(chan int)
	go func() { first <- s.post("a", hello).Code }()
	<-inside
	w := s.post("a", hello)
	if w.Code != http.StatusConflict || w.Header().Get("Retry-After") != "1" {
		t.Errorf("while it is handled: got %d, Retry-After %q, want 409 and 1", w.Code, w.Header().Get("Retry-After"))
	}
	close(leave)
	if code := <-first; code != 204 {
		t.Errorf("the first: got %d, want 204", code)
	}
	if w := s.post("a", hello); w.Code != 204 || calls.Load() != 1 {
		t.Errorf("afterwards: got %d and %d calls, want 204 and 1", w.Code, calls.Load())
	}
}

func TestHandlePanics(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	calls := 0
	s := newSource(t, webhook.ReceiverConfig{
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Handle: func(_ context.Context, ev webhook.Event) error {
			if calls++; calls == 1 {
				panic("with " + string(ev.Data))
			}
			if calls == 2 {
				panic(http.ErrAbortHandler)
			}
			return nil
		},
	})
	for i, want := range []int{500, 500, 204, 204} {
		if w := s.post("a", hello); w.Code != want {
			t.Errorf("%d: got %d, want %d", i, w.Code, want)
		}
	}
	if calls != 3 || strings.Contains(log.String(), "hello") || !strings.Contains(log.String(), "panicked") {
		t.Errorf("%d calls, and the log is:\n%s", calls, log.String())
	}
}

func TestUnsigned(t *testing.T) {
	t.Parallel()
	s := newSource(t, webhook.ReceiverConfig{AllowUnsigned: true})
	bare := func(body string, ids ...string) int {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		for _, id := range ids {
			r.Header.Add("Webhook-Id", id)
		}
		return s.serve(r).Code
	}
	tests := []struct {
		ids    []string
		status int
	}{
		{nil, 204}, {nil, 204}, {[]string{"a"}, 204}, {[]string{"a"}, 204}, {[]string{"a.b"}, 400}, {[]string{"a", "b"}, 400},
	}
	for _, tt := range tests {
		if got := bare(hello, tt.ids...); got != tt.status {
			t.Errorf("%q: got %d, want %d", tt.ids, got, tt.status)
		}
	}
	if len(s.got) != 3 { // twice without an id, once with
		t.Errorf("Handle was called %d times, want 3", len(s.got))
	}
	if got := bare(`{"type":"challenge","challenge":"abc"}`); got != 200 {
		t.Errorf("a challenge: got %d, want 200", got)
	}
	both := newSource(t, webhook.ReceiverConfig{AllowUnsigned: true, Secrets: []webhook.Secret{symmetric}})
	if w := both.serve(both.request("a", hello, func(r *http.Request) { r.Header.Del("Webhook-Signature") })); w.Code != 401 {
		t.Errorf("unsigned where there are secrets: got %d, want 401", w.Code)
	}
}
