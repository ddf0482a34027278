package webhook_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/webhook"
)

// A fakeSeen answers as told and notes what it was asked.
type fakeSeen struct {
	done, busy     bool
	claim, settle  error
	claimed        []string
	settled        []bool
	settledWithCtx error
}

func (s *fakeSeen) Claim(_ context.Context, id string) (done, busy bool, err error) {
	s.claimed = append(s.claimed, id)
	return s.done, s.busy, s.claim
}

func (s *fakeSeen) Settle(ctx context.Context, _ string, done bool) error {
	s.settled = append(s.settled, done)
	s.settledWithCtx = ctx.Err()
	return s.settle
}

func TestSeenDecides(t *testing.T) {
	t.Parallel()
	down := errors.New("database down")
	tests := []struct {
		name    string
		seen    fakeSeen
		fail    error
		status  int
		calls   int
		settled []bool
		retry   string
	}{
		{name: "new", status: 204, calls: 1, settled: []bool{true}},
		{name: "new, and Handle fails", fail: errors.New("x"), status: 500, calls: 1, settled: []bool{false}},
		{name: "done", seen: fakeSeen{done: true}, status: 204},
		{name: "busy", seen: fakeSeen{busy: true}, status: 409, retry: "1"},
		{name: "cannot claim", seen: fakeSeen{claim: down}, status: 503, retry: "5"},
		{name: "cannot settle", seen: fakeSeen{settle: down}, status: 500, calls: 1, settled: []bool{true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSource(t, webhook.ReceiverConfig{Seen: &tt.seen})
			s.fail = tt.fail
			ctx, cancel := context.WithCancel(t.Context())
			cancel() // the sender has gone; what is done is remembered all the same
			w := s.serve(s.request("a", hello, func(r *http.Request) { *r = *r.WithContext(ctx) }))
			if w.Code != tt.status || len(s.got) != tt.calls || w.Header().Get("Retry-After") != tt.retry {
				t.Errorf("got %d, %d calls, Retry-After %q, want %d, %d, %q",
					w.Code, len(s.got), w.Header().Get("Retry-After"), tt.status, tt.calls, tt.retry)
			}
			if len(tt.seen.settled) != len(tt.settled) || len(tt.settled) == 1 && tt.settled[0] != tt.seen.settled[0] {
				t.Errorf("settled: got %v, want %v", tt.seen.settled, tt.settled)
			}
			if tt.seen.settledWithCtx != nil {
				t.Error("Settle was given the request's ended context")
			}
		})
	}
}

func TestSeenIsBounded(t *testing.T) {
	t.Parallel()
	c := clock.NewMock()
	seen := webhook.NewSeen(c, time.Hour, 100)
	claim := func(id string) (done, busy bool) {
		done, busy, err := seen.Claim(t.Context(), id)
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		return done, busy
	}
	for i := range 10_000 {
		id := strconv.Itoa(i)
		if done, busy := claim(id); done || busy {
			t.Fatalf("%s: done %v, busy %v, want neither", id, done, busy)
		}
		if err := seen.Settle(t.Context(), id, true); err != nil {
			t.Fatal(err)
		}
	}
	if ids, places := webhook.SeenSize(seen); ids > 100 || places > 128 {
		t.Errorf("%d ids in %d places, want at most 100 in 128", ids, places)
	}
	if done, _ := claim("9999"); !done {
		t.Error("the latest is forgotten")
	}
	if done, _ := claim("9901"); !done {
		t.Error("the oldest of a hundred is forgotten")
	}
	if done, _ := claim("9899"); done {
		t.Error("an older one is remembered")
	}
	_ = seen.Settle(t.Context(), "9899", false) // never fails
	c.Add(2 * time.Hour)
	if done, _ := claim("9999"); done {
		t.Error("remembered beyond its time")
	}
	if ids, _ := webhook.SeenSize(seen); ids != 1 {
		t.Errorf("%d ids are kept beyond their time", ids-1)
	}
}

// TestSeenFullOfBusy finds that what is being handled is never forgotten.
func TestSeenFullOfBusy(t *testing.T) {
	t.Parallel()
	seen := webhook.NewSeen(nil, 0, 10)
	for i := range 10 {
		if _, _, err := seen.Claim(t.Context(), strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := seen.Claim(t.Context(), "more"); err == nil {
		t.Error("Claim: got nil with ten of ten under way")
	}
	if _, busy, _ := seen.Claim(t.Context(), "3"); !busy {
		t.Error("one under way was forgotten")
	}
	_ = seen.Settle(t.Context(), "3", false)
	if _, _, err := seen.Claim(t.Context(), "more"); err != nil {
		t.Errorf("Claim with a free place: %v", err)
	}
	for range 3 { // strangers and repeats change nothing
		_ = seen.Settle(t.Context(), "stranger", true)
		_ = seen.Settle(t.Context(), "5", true)
	}
	if ids, _ := webhook.SeenSize(seen); ids != 10 {
		t.Errorf("ids: got %d, want 10", ids)
	}
}

func TestSeenOnce(t *testing.T) {
	t.Parallel()
	seen := webhook.NewSeen(nil, 0, 0)
	var wg sync.WaitGroup
	var mu sync.Mutex
	handled := make(map[string]int)
	for range 16 {
		wg.Go(func() {
			for i := range 2000 {
				id := strconv.Itoa(i)
				if done, busy, err := seen.Claim(t.Context(), id); done || busy || err != nil {
					continue
				}
				mu.Lock()
				handled[id]++
				mu.Unlock()
				_ = seen.Settle(t.Context(), id, true)
			}
		})
	}
	wg.Wait()
	for id, n := range handled {
		if n != 1 {
			t.Errorf("%s was handled %d times", id, n)
		}
	}
	if len(handled) != 2000 {
		t.Errorf("%d were handled, want 2000", len(handled))
	}
}
