package webhook_test

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usherchat/usher/webhook"
)

// TestMaxBodySizes finds that any bound of a body may be set, the largest number included, and any length announced.
func TestMaxBodySizes(t *testing.T) {
	t.Parallel()
	for _, limit := range []int64{0, int64(len(hello)), 4096, 1 << 20, 1 << 40, math.MaxInt64 - 1, math.MaxInt64} {
		for _, announced := range []int64{-1, int64(len(hello)), math.MaxInt64 - 1, math.MaxInt64} {
			s := newSource(t, webhook.ReceiverConfig{MaxBody: limit})
			w := s.serve(s.request("a", hello, func(r *http.Request) { r.ContentLength = announced }))
			want := http.StatusNoContent
			if bound := max(limit, 1); announced > bound && (limit > 0 || announced > webhook.MaxBody) {
				want = http.StatusRequestEntityTooLarge
			}
			if w.Code != want {
				t.Errorf("MaxBody %d, announced %d: got %d, want %d", limit, announced, w.Code, want)
			}
		}
	}
	_, err := webhook.NewReceiver(webhook.ReceiverConfig{
		AllowUnsigned: true, Handle: func(context.Context, webhook.Event) error { return nil }, MaxBody: 1 << 20, MaxUnverified: 1000,
	})
	if err == nil || !strings.Contains(err.Error(), "ReceiverConfig.MaxUnverified") {
		t.Errorf("got %v, want ReceiverConfig.MaxUnverified in it", err)
	}
}

// TestGoexit finds that a Handle that ends its goroutine, as a failing test does, leaves its id free for the next try.
func TestGoexit(t *testing.T) {
	t.Parallel()
	calls := 0
	s := newSource(t, webhook.ReceiverConfig{Handle: func(context.Context, webhook.Event) error {
		if calls++; calls == 1 {
			runtime.Goexit()
		}
		return nil
	}})
	var first sync.WaitGroup
	first.Go(func() { s.post("a", hello) })
	first.Wait()
	for range 2 {
		if w := s.post("a", hello); w.Code != http.StatusNoContent {
			t.Errorf("afterwards: got %d, want 204", w.Code)
		}
	}
	if calls != 2 {
		t.Errorf("Handle was called %d times, want 2", calls)
	}
}

// brokenSeen fails as a database on a full disk does.
type brokenSeen struct{}

func (brokenSeen) Claim(context.Context, string) (done, busy bool, err error) {
	return false, false, errors.New("disk full")
}
func (brokenSeen) Settle(context.Context, string, bool) error { return nil }

// TestLogIsSampled finds that what anybody can cause, or a full disk does, does not fill the log: ten lines of each
// kind in ten seconds, and the next one says how many there were beside.
func TestLogIsSampled(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		config webhook.ReceiverConfig
		mutate func(*http.Request)
	}{
		{"webhook refused", webhook.ReceiverConfig{}, func(r *http.Request) { r.Header.Del("Webhook-Id") }},
		{"webhook not claimed", webhook.ReceiverConfig{Seen: brokenSeen{}}, nil},
		{"webhook handler failed", webhook.ReceiverConfig{Handle: func(context.Context, webhook.Event) error { return errors.New("no") }}, nil},
		{"webhook handler panicked", webhook.ReceiverConfig{Handle: func(context.Context, webhook.Event) error { panic("no") }}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log strings.Builder
			tt.config.Logger = slog.New(slog.NewTextHandler(&log, nil))
			s := newSource(t, tt.config)
			for range 1000 {
				s.serve(s.request("a", hello, tt.mutate))
			}
			if got := strings.Count(log.String(), tt.name); got != 10 {
				t.Errorf("%d lines for 1 000 requests at once, want 10", got)
			}
			s.clock.Add(10 * time.Second)
			s.serve(s.request("a", hello, tt.mutate))
			if got := strings.Count(log.String(), "\n"); got != 11 || !strings.Contains(log.String(), "left_out=990") {
				t.Errorf("%d lines, want 11 and left_out=990 in the last:\n%s", got, log.String())
			}
		})
	}
}

// TestCheckHeader finds that the headers' check refuses what Verify refuses whatever the body is, and nothing else.
func TestCheckHeader(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	right := webhook.Sign(symmetric, "msg_1", now, []byte(hello))
	for _, tt := range []struct {
		name   string
		mutate func(http.Header)
		at     time.Time
		want   error
	}{
		{"right", nil, now, nil},
		{"of another body", func(h http.Header) {
			h.Set("Webhook-Signature", webhook.Sign(symmetric, "msg_1", now, []byte("x")))
		}, now, nil},
		{"among unknown ones", func(h http.Header) { h.Set("Webhook-Signature", "v9,x "+right+" v2,y") }, now, nil},
		{"at the edge of time", nil, now.Add(300 * time.Second), nil},
		{"too old", nil, now.Add(301 * time.Second), webhook.ErrTimestamp},
		{"of the future", nil, now.Add(-301 * time.Second), webhook.ErrTimestamp},
		{"no id", func(h http.Header) { h.Del("Webhook-Id") }, now, webhook.ErrSignature},
		{"two ids", func(h http.Header) { h.Add("Webhook-Id", "msg_1") }, now, webhook.ErrSignature},
		{"time of no form", func(h http.Header) { h.Set("Webhook-Timestamp", "+1") }, now, webhook.ErrTimestamp},
		{"no signature", func(h http.Header) { h.Del("Webhook-Signature") }, now, webhook.ErrSignature},
		{"only unknown ones", func(h http.Header) { h.Set("Webhook-Signature", "v9,x v1,short v1a,short") }, now, webhook.ErrSignature},
	} {
		h := signed("msg_1", now.Unix(), right)
		if tt.mutate != nil {
			tt.mutate(h)
		}
		if err := webhook.CheckHeader(h, tt.at, 0); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
		if err := webhook.Verify([]webhook.Secret{symmetric}, h, []byte(hello), tt.at, 0); tt.want != nil && err == nil {
			t.Errorf("%s: Verify lets it through", tt.name)
		}
	}
}
