package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/webhook"
	"github.com/usherchat/usher/webhook/webhooktest"
)

// offsets are the moments of the default schedule's attempts.
var offsets = []time.Duration{
	0, time.Second, 6 * time.Second, 36 * time.Second, 2*time.Minute + 36*time.Second, 12*time.Minute + 36*time.Second,
	42*time.Minute + 36*time.Second, 2*time.Hour + 42*time.Minute + 36*time.Second, 7*time.Hour + 42*time.Minute + 36*time.Second,
	17*time.Hour + 42*time.Minute + 36*time.Second, 27*time.Hour + 42*time.Minute + 36*time.Second,
}

// TestFullSchedule delivers in vain for 27:42:36, over a real net/http client and
// server in fake time. Every attempt is stamped and signed anew under one id.
func TestFullSchedule(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := webhooktest.Start(t, webhooktest.Config{Pipe: true, Secrets: []webhook.Secret{webhook.NewSecret()}})
		defer e.Close()
		faults := []webhooktest.Step{
			webhooktest.Garbage(), webhooktest.ResetBeforeHeader(), webhooktest.Status(500), webhooktest.Status(404),
			webhooktest.CutHeader(), webhooktest.CloseBeforeHeader(), webhooktest.RetryAfter(503, "nonsense"),
			webhooktest.Status(401), webhooktest.StatusLine("HTTP/1.1 000 Nothing"), webhooktest.RetryAfter(429, "0"),
			webhooktest.HugeHeader(1 << 20),
		}
		e.Script(faults...)
		config := e.Client()
		config.Retry.Jitter = -1
		client := newClient(t, config)
		defer client.CloseIdleConnections()
		start := time.Now()
		resp, err := client.Deliver(t.Context(), e.Webhook(), event("a"))
		failed, ok := errors.AsType[*webhook.Error](err)
		if !ok || !errors.Is(err, webhook.ErrExhausted) || failed.Op != "deliver" || !failed.Permanent || resp.Attempts != 11 {
			t.Fatalf("got %+v, %v, want exhausted after 11 attempts", resp, err)
		}
		e.AssertSigned(t)
		var got []time.Duration
		stamps := make(map[string]bool)
		for _, r := range e.Requests() {
			got = append(got, r.At.Sub(start))
			stamps[r.Header.Get("Webhook-Timestamp")] = true
			if r.ID != "a" {
				t.Errorf("id: got %q", r.ID)
			}
		}
		if diff := cmp.Diff(offsets, got); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
		if len(stamps) != 11 {
			t.Errorf("timestamps: %d different ones, want 11", len(stamps))
		}
	})
}

// A timerClock is a mock that tells of each timer, so that a test advances it by
// what is waited for and never too early.
type timerClock struct {
	*clock.Mock
	timers chan time.Duration
}

func (c *timerClock) Timer(d time.Duration) *clock.Timer {
	timer := c.Mock.Timer(d)
	c.timers <- d
	return timer
}

// TestFullScheduleOnTheMock is what a host's test with clock.Mock sees.
func TestFullScheduleOnTheMock(t *testing.T) {
	t.Parallel()
	c := &timerClock{Mock: clock.NewMock(), timers: make(chan time.Duration, 1)}
	var got []time.Duration
	start := c.Now()
	client := newClient(t, webhook.Config{
		Clock: c, Retry: webhook.Retry{Jitter: -1},
		Transport: transport(func(*http.Request) (*http.Response, error) {
			got = append(got, c.Since(start))
			return answer(502), nil
		}),
	})
	done := make(chan error)
	go func() {
		_, err := client.Deliver(t.Context(), example, event("a"))
		done <- err
	}()
	for range 10 {
		c.Add(<-c.timers)
	}
	if err := <-done; !errors.Is(err, webhook.ErrExhausted) {
		t.Errorf("got %v, want ErrExhausted", err)
	}
	if diff := cmp.Diff(offsets, got); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
}

func TestDeliverHonoursRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := webhooktest.Start(t, webhooktest.Config{Pipe: true})
		defer e.Close()
		date := time.Now().Add(time.Hour + 20*time.Minute).UTC().Format(http.TimeFormat) // an hour after the first has passed
		e.Script(webhooktest.RetryAfter(429, "3600"), webhooktest.RetryAfter(503, date), webhooktest.OK())
		client := newClient(t, e.Client())
		defer client.CloseIdleConnections()
		start := time.Now()
		resp, err := client.Deliver(t.Context(), e.Webhook(), event("a"))
		if err != nil || resp.Attempts != 3 {
			t.Fatalf("got %+v, %v, want delivered by the third", resp, err)
		}
		if got, want := time.Since(start), time.Hour+20*time.Minute; got != want {
			t.Errorf("took %v, want %v", got, want)
		}
	})
}

func TestDeliverStops(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 410, 422} {
		client := newClient(t, webhook.Config{Transport: always(status)})
		resp, err := client.Deliver(t.Context(), example, event("a"))
		e, ok := errors.AsType[*webhook.Error](err)
		if !ok || e.Status != status || !e.Permanent || resp.Attempts != 1 || errors.Is(err, webhook.ErrExhausted) {
			t.Errorf("%d: got %+v, %v, want permanent after one attempt", status, resp, err)
		}
	}
	client := newClient(t, webhook.Config{Transport: always(500), Retry: webhook.Retry{Delays: []time.Duration{}}})
	resp, err := client.Deliver(t.Context(), example, event("a"))
	e, ok := errors.AsType[*webhook.Error](err)
	if !ok || e.Status != 500 || !errors.Is(err, webhook.ErrExhausted) || resp.Attempts != 1 {
		t.Errorf("no delays: got %+v, %v, want exhausted after one attempt", resp, err)
	}
}

func TestDeliverEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := newClient(t, webhook.Config{Transport: always(500)})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		resp, err := client.Deliver(ctx, example, event("a"))
		e, ok := errors.AsType[*webhook.Error](err)
		if !ok || !errors.Is(err, context.DeadlineExceeded) || e.Permanent || resp.Attempts != 4 {
			t.Errorf("got %+v, %v, want the context's end after 4 attempts", resp, err)
		}
	})
}

// TestMaxAge finds that only age bounds what is deferred, and that it counts
// from the event's time.
func TestMaxAge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		status := 500
		config := webhook.Config{
			Retry:     webhook.Retry{Delays: make([]time.Duration, 1000), MaxAge: 5 * time.Hour},
			Breaker:   webhook.Breaker{Failures: -1},
			Transport: transport(func(*http.Request) (*http.Response, error) { return answer(status), nil }),
		}
		for i := range config.Retry.Delays {
			config.Retry.Delays[i] = time.Hour
		}
		config.Retry.Jitter = -1
		client := newClient(t, config)
		ev := event("a")
		ev.Time = time.Now().Add(-90 * time.Minute)
		start := time.Now()
		resp, err := client.Deliver(t.Context(), example, ev)
		if !errors.Is(err, webhook.ErrExhausted) || resp.Attempts != 4 || time.Since(start) != 3*time.Hour {
			t.Errorf("got %+v, %v after %v, want exhausted after 4 attempts and 3h", resp, err, time.Since(start))
		}

		// An endpoint that asks for an hour again and again.
		hold := newClient(t, webhook.Config{
			Retry: webhook.Retry{Delays: []time.Duration{time.Second}, MaxAge: 30 * time.Minute},
			Transport: transport(func(*http.Request) (*http.Response, error) {
				return answer(429, "Retry-After: 3600"), nil
			}),
		})
		if _, err := hold.Post(t.Context(), example, event("first")); err == nil {
			t.Fatal("delivered")
		}
		start = time.Now()
		resp, err = hold.Deliver(t.Context(), example, event("b"))
		if !errors.Is(err, webhook.ErrExhausted) || resp.Attempts != 0 || time.Since(start) != 30*time.Minute {
			t.Errorf("deferred: got %+v, %v after %v, want exhausted after 30m without an attempt", resp, err, time.Since(start))
		}
	})
}

// TestDeferralsCostNothing has many events wait out an open breaker: each comes
// with all its attempts, and all come when it closes, spread by the rate.
func TestDeferralsCostNothing(t *testing.T) {
	t.Parallel()
	const perSecond, burst = 20, 40
	synctest.Test(t, func(t *testing.T) {
		e := webhooktest.Start(t, webhooktest.Config{Pipe: true})
		defer e.Close()
		for range 5 {
			e.Script(webhooktest.Status(500))
		}
		e.Script(webhooktest.Status(503), webhooktest.Status(503), webhooktest.Status(503)) // probes after 30 s, 60 s, 2 min
		config := e.Client()
		config.Retry = webhook.Retry{Delays: []time.Duration{}} // one attempt each
		config.Breaker.Open = 30 * time.Second
		config.Rate, config.Burst = perSecond, burst
		client := newClient(t, config)
		defer client.CloseIdleConnections()
		for i := range 5 {
			_, _ = client.Post(t.Context(), e.Webhook(), event(fmt.Sprint("down", i)))
		}
		start := time.Now()
		const waiting = 200
		type end struct {
			resp webhook.Response
			err  error
			at   time.Duration
		}
		ends := make(chan end)
		for i := range waiting {
			go func() {
				resp, err := client.Deliver(t.Context(), e.Webhook(), event(fmt.Sprint("wait", i)))
				ends <- end{resp, err, time.Since(start)}
			}()
		}
		delivered, exhausted := 0, 0
		var last time.Duration
		for range waiting {
			switch got := <-ends; {
			case got.resp.Attempts != 1:
				t.Errorf("attempts: got %d, want 1", got.resp.Attempts)
			case got.err == nil:
				delivered++
				last = max(last, got.at)
			case errors.Is(got.err, webhook.ErrExhausted):
				exhausted++ // the probes that failed
			default:
				t.Error(got.err)
			}
		}
		if delivered != waiting-3 || exhausted != 3 {
			t.Errorf("delivered %d and exhausted %d, want %d and 3", delivered, exhausted, waiting-3)
		}
		opened := 30*time.Second + time.Minute + 2*time.Minute + 4*time.Minute
		if last < opened || last > opened+10*time.Second { // 197 of them at 20 a second
			t.Errorf("the last came after %v, want within 10s of %v", last, opened)
		}
		counts := make(map[int64]int)
		for _, r := range e.Requests() {
			counts[r.At.Unix()]++
		}
		for s, n := range counts {
			if n > burst+perSecond+1 {
				t.Errorf("%d requests in the second %d", n, s-start.Unix())
			}
		}
	})
}
