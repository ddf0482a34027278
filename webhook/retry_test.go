package webhook_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/webhook"
)

var errPlain = &webhook.Error{Err: errors.New("x")}

func TestNext(t *testing.T) {
	t.Parallel()
	exact := webhook.Retry{Delays: []time.Duration{time.Second, time.Minute}, Jitter: -1}
	asked := &webhook.Error{Err: errors.New("x"), RetryAfter: 10 * time.Second}
	open := &webhook.Error{Err: webhook.ErrOpen, RetryAfter: 7 * time.Second}
	tests := []struct {
		name    string
		retry   webhook.Retry
		attempt int
		err     error
		want    time.Duration
		again   bool
	}{
		{"first", exact, 1, errPlain, time.Second, true},
		{"second", exact, 2, errPlain, time.Minute, true},
		{"used up", exact, 3, errPlain, 0, false},
		{"far beyond", exact, 1 << 40, errPlain, 0, false},
		{"attempts count from 1", exact, 0, errPlain, time.Second, true},
		{"negative attempt", exact, -5, errPlain, time.Second, true},
		{"an error of somebody else", exact, 1, errors.New("x"), time.Second, true},
		{"no error", exact, 1, nil, 0, false},
		{"permanent", exact, 1, &webhook.Error{Err: errors.New("x"), Permanent: true}, 0, false},
		{"exhausted", exact, 1, webhook.ErrExhausted, 0, false},
		{"Retry-After above the schedule", exact, 1, asked, 10 * time.Second, true},
		{"Retry-After below it", exact, 2, asked, time.Minute, true},
		{"Retry-After with nothing left", exact, 3, asked, 0, false},
		{"deferred", exact, 1, open, 7 * time.Second, true},
		{"deferred with nothing left", exact, 9, open, 7 * time.Second, true},
		{"deferred without a time", exact, 1, webhook.ErrOpen, 0, true},
		{"one attempt", webhook.Retry{Delays: []time.Duration{}}, 1, errPlain, 0, false},
		{"default, tenth", webhook.Retry{Jitter: -1}, 10, errPlain, 10 * time.Hour, true},
		{"default, eleventh", webhook.Retry{Jitter: -1}, 11, errPlain, 0, false},
	}
	for _, tt := range tests {
		got, again := tt.retry.Next(tt.attempt, tt.err)
		if got != tt.want && again || again != tt.again {
			t.Errorf("%s: got %v, %v, want %v, %v", tt.name, got, again, tt.want, tt.again)
		}
	}
}

// TestDefaultSchedule holds the documented default: eleven attempts over 27:42:36.
func TestDefaultSchedule(t *testing.T) {
	t.Parallel()
	retry := newClient(t, webhook.Config{}).Retry()
	want := []time.Duration{
		time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
		2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 10 * time.Hour,
	}
	if diff := cmp.Diff(webhook.Retry{Delays: want, Jitter: 0.2, MaxAge: 72 * time.Hour}, retry); diff != "" {
		t.Errorf("Retry (-want +got):\n%s", diff)
	}
	retry.Delays[0] = 0 // the caller's own
	if diff := cmp.Diff(want, webhook.DefaultDelays()); diff != "" {
		t.Errorf("the defaults have changed (-want +got):\n%s", diff)
	}
	var sum time.Duration
	for _, d := range want {
		sum += d
	}
	if sum != 27*time.Hour+42*time.Minute+36*time.Second {
		t.Errorf("sum: got %v", sum)
	}
}

func TestJitter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		jitter, share float64
	}{{0, 0.2}, {0.5, 0.5}, {1, 1}, {-1, 0}, {40, 1}}
	for _, tt := range tests {
		retry := webhook.Retry{Delays: []time.Duration{time.Hour}, Jitter: tt.jitter}
		least, most := time.Duration(1<<62), time.Duration(0)
		for range 2000 {
			d, _ := retry.Next(1, errPlain)
			least, most = min(least, d), max(most, d)
		}
		reach := time.Duration(tt.share * float64(time.Hour))
		if least < time.Hour-reach || most > time.Hour+reach {
			t.Errorf("jitter %v: between %v and %v", tt.jitter, least, most)
		}
		if most-least < reach*17/10 {
			t.Errorf("jitter %v: only between %v and %v", tt.jitter, least, most)
		}
	}
	asked := &webhook.Error{Err: errors.New("x"), RetryAfter: time.Hour}
	for range 1000 {
		if d, _ := (webhook.Retry{Delays: []time.Duration{time.Hour}}).Next(1, asked); d < time.Hour {
			t.Fatalf("jitter went below Retry-After: %v", d)
		}
	}
}
