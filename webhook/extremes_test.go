package webhook_test

import (
	"errors"
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/usherchat/usher/webhook"
	"github.com/usherchat/usher/webhook/webhooktest"
)

// TestExtremeSettings finds that a bound may be as large as its type holds.
func TestExtremeSettings(t *testing.T) {
	t.Parallel()
	for _, less := range []int64{0, 1, 2, 1 << 10} {
		most := math.MaxInt64 - less
		e := webhooktest.Start(t, webhooktest.Config{})
		config := e.Client()
		config.MaxResponse = most
		config.Timeout, config.HeaderTimeout = time.Duration(most), time.Duration(most)
		config.DialTimeout, config.TLSTimeout = time.Duration(most), time.Duration(most)
		config.MaxInFlight, config.MaxInFlightTotal, config.MaxEndpoints = int(most), int(most), int(most)
		config.Burst, config.Rate = int(most), math.SmallestNonzeroFloat64
		config.Retry = webhook.Retry{Delays: []time.Duration{time.Duration(most)}, MaxAge: time.Duration(most)}
		config.Breaker = webhook.Breaker{Open: time.Duration(most), MaxOpen: time.Duration(most), Window: time.Duration(most)}
		client := newClient(t, config)
		e.Script(webhooktest.HugeBody(200, 1<<20), webhooktest.Answer(200, "", "ok"), webhooktest.HugeBody(200, 4<<10))
		for i := range 3 {
			resp, err := client.Post(t.Context(), e.Webhook(), event("a"))
			if err != nil || len(resp.Body) == 0 {
				t.Errorf("MaxInt64-%d, post %d: got %+v, %v", less, i, resp, err)
			}
		}
		remotes := make(map[string]bool)
		for _, r := range e.Requests() {
			remotes[r.RemoteAddr] = true
		}
		if len(remotes) != 1 {
			t.Errorf("MaxInt64-%d: %d connections: an answer was not read to its end", less, len(remotes))
		}
	}
}

// TestExtremeSchedule finds that delays of ages are not turned into none.
func TestExtremeSchedule(t *testing.T) {
	t.Parallel()
	retry := webhook.Retry{Delays: []time.Duration{math.MaxInt64}, Jitter: 1}
	for range 1000 {
		if d, again := retry.Next(1, errPlain); !again || d <= 0 {
			t.Fatalf("got %v, %v, want a long delay", d, again)
		}
	}
	b := newBench(t, webhook.Config{Breaker: webhook.Breaker{Open: math.MaxInt64/2 + 1, MaxOpen: math.MaxInt64}})
	b.open()
	b.clock.Set(b.client.State(example).Until)
	b.attempts("probe", 500)
	if got := b.deferred("next"); got <= math.MaxInt64/2 {
		t.Errorf("after the probe: deferred by %v", got)
	}
}

// TestTinyRate finds that a rate of less than one request in a life is one.
func TestTinyRate(t *testing.T) {
	t.Parallel()
	b := newBench(t, webhook.Config{Rate: math.SmallestNonzeroFloat64, Burst: 1})
	b.attempts("a", 200)
	for range 10 {
		b.deferred("b")
	}
}

// TestEventsOfTheFuture finds that a time to come does not count as age.
func TestEventsOfTheFuture(t *testing.T) {
	t.Parallel()
	for _, maxAge := range []time.Duration{0, math.MaxInt64, -1} {
		client := newClient(t, webhook.Config{
			Retry: webhook.Retry{MaxAge: maxAge},
			Transport: transport(func(*http.Request) (*http.Response, error) {
				return nil, errors.New("refused")
			}),
		})
		ev := event("a")
		ev.Time = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
		_, err := client.Post(t.Context(), example, ev)
		if _, again := client.Retry().Next(1, err); !again {
			t.Errorf("MaxAge %v: got %v, which is given up, want another attempt", maxAge, err)
		}
	}
}
