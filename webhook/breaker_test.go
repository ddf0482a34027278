package webhook_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/usherchat/usher/webhook"
)

// open fails events until the breaker is open.
func (b *bench) open() {
	b.Helper()
	b.answers(500, "")
	for i := range 5 {
		b.attempts(fmt.Sprintf("open%d", i), 500)
	}
	b.state(webhook.Open, 0)
}

func TestBreakerOpensAfterFailuresInARow(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, 301, 401, 403, 404, 408, 421, 423, 425, 500, 502, 503, 504} {
		b := newBench(t, webhook.Config{})
		b.answers(status, "")
		for i := range 4 {
			b.attempts(strconv.Itoa(i), status)
		}
		b.state(webhook.Healthy, 0)
		if got := b.client.State(example).Failures; got != 4 {
			t.Errorf("%d: Failures: got %d, want 4", status, got)
		}
		b.attempts("last", status)
		b.state(webhook.Open, time.Second)
		if got := b.deferred("next"); got != time.Second {
			t.Errorf("%d: RetryAfter: got %v, want 1s", status, got)
		}
	}
}

func TestBreakerIgnores(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 409, 410, 413, 422, 429} {
		b := newBench(t, webhook.Config{})
		b.answers(500, "")
		for i := range 4 {
			b.attempts(strconv.Itoa(i), 500)
		}
		b.answers(status, "")
		for i := range 20 {
			b.attempts(fmt.Sprint("ignored", i), status)
		}
		b.state(webhook.Healthy, 0)
		b.answers(500, "")
		b.attempts("fifth", 500) // what is ignored is no success either
		b.state(webhook.Open, time.Second)
	}
}

// TestOneEventDoesNotOpenIt is the poison message that fails alone, for ever.
func TestOneEventDoesNotOpenIt(t *testing.T) {
	t.Parallel()
	b := newBench(t, webhook.Config{Rate: -1})
	b.answers(500, "")
	for range 100 {
		b.attempts("poison", 500)
	}
	b.state(webhook.Healthy, 0)
	b.attempts("another", 500) // of the last five failures two events
	b.state(webhook.Open, time.Second)
}

func TestSuccessClosesTheRow(t *testing.T) {
	t.Parallel()
	b := newBench(t, webhook.Config{})
	for round := range 4 {
		b.answers(500, "")
		for i := range 4 {
			b.attempts(fmt.Sprintf("%d-%d", round, i), 500)
		}
		b.answers(200, "")
		b.attempts(fmt.Sprint("good", round), 200)
		b.clock.Add(2 * time.Minute) // leave the window
	}
	b.state(webhook.Healthy, 0)
}

func TestBreakerRatio(t *testing.T) {
	t.Parallel()
	// Good and bad in turn: never five in a row.
	alternate := func(b *bench, events int) int {
		for i := range events {
			if b.client.State(example).State == webhook.Open {
				return i
			}
			status := 200 + 300*(i%2)
			b.answers(status, "")
			b.attempts(fmt.Sprint("e", i), status)
		}
		return events
	}
	b := newBench(t, webhook.Config{Rate: -1})
	alternate(b, 19)
	b.state(webhook.Healthy, 0)
	b.answers(500, "")
	b.attempts("twentieth", 500)
	b.state(webhook.Open, time.Second)

	b = newBench(t, webhook.Config{Rate: -1})
	for i := range 30 { // a third
		status := 200
		if i%3 == 2 {
			status = 500
		}
		b.answers(status, "")
		b.attempts(strconv.Itoa(i), status)
	}
	b.state(webhook.Healthy, 0)

	b = newBench(t, webhook.Config{Rate: -1})
	for i := range 100 { // the same events fail first and succeed then: none stands failed
		for _, status := range []int{500, 200} {
			b.answers(status, "")
			b.attempts(strconv.Itoa(i), status)
		}
	}
	b.state(webhook.Healthy, 0)

	b = newBench(t, webhook.Config{Rate: -1})
	alternate(b, 19)
	b.clock.Add(61 * time.Second) // out of the window
	b.answers(500, "")
	b.attempts("twentieth", 500)
	b.state(webhook.Healthy, 0)

	b = newBench(t, webhook.Config{Rate: -1})
	for i := range 10_000 { // bounded memory, and still right at the end of it
		status := 200
		if i%3 == 2 {
			status = 500
		}
		b.answers(status, "")
		b.attempts(strconv.Itoa(i), status)
	}
	b.state(webhook.Healthy, 0)
	if n := alternate(b, 300); n < 200 || n > 257 { // when the thirds have gone
		t.Errorf("opened after %d events", n)
	}
}

func TestBreakerDoubles(t *testing.T) {
	t.Parallel()
	b := newBench(t, webhook.Config{})
	b.open()
	b.state(webhook.Open, time.Second)
	for i, want := range []time.Duration{
		2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, 64 * time.Second,
		128 * time.Second, 256 * time.Second, 512 * time.Second, 10 * time.Minute, 10 * time.Minute,
	} {
		b.clock.Set(b.client.State(example).Until.Add(-1))
		b.deferred("early")
		b.clock.Add(1)
		b.attempts(fmt.Sprint("probe", i), 500)
		b.state(webhook.Open, want)
		b.deferred("late")
	}
	b.answers(204, "")
	b.clock.Add(10 * time.Minute)
	if resp := b.attempts("good", 204); !resp.Healed {
		t.Error("Healed: got false for the success that closed the breaker")
	}
	b.state(webhook.Healthy, 0)
	if resp := b.attempts("better", 204); resp.Healed {
		t.Error("Healed: got true for a success like others")
	}
	b.open()
	b.state(webhook.Open, time.Second) // again
}

func TestNoBreaker(t *testing.T) {
	t.Parallel()
	b := newBench(t, webhook.Config{Rate: -1, Breaker: webhook.Breaker{Failures: -1}})
	b.answers(500, "")
	for i := range 100 {
		b.attempts(strconv.Itoa(i), 500)
	}
	b.state(webhook.Healthy, 0)
}
