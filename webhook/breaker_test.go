package webhook_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
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
	b.state(webhook.Open, 30*time.Second)
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
		b.state(webhook.Open, 30*time.Second)
		if got := b.deferred("next"); got != 30*time.Second {
			t.Errorf("%d: RetryAfter: got %v, want 30s", status, got)
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
		b.state(webhook.Open, 30*time.Second)
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
	b.state(webhook.Open, 30*time.Second)
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
	b.state(webhook.Open, 30*time.Second)

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
	for i, want := range []time.Duration{
		time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 10 * time.Minute, 10 * time.Minute,
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
	b.clock.Add(10 * time.Second) // for the rate
	b.open()                      // and it begins with 30 s again
}

// TestOneProbe finds that while one is under way all others wait.
func TestOneProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		statuses := map[string]chan int{"probe": make(chan int), "second": make(chan int)}
		client := newClient(t, webhook.Config{Transport: transport(func(r *http.Request) (*http.Response, error) {
			if c := statuses[r.Header.Get("Webhook-Id")]; c != nil {
				return answer(<-c), nil
			}
			return answer(500), nil
		})})
		post := func(id string) error {
			_, err := client.Post(t.Context(), example, event(id))
			return err
		}
		start := func(id string) chan error {
			done := make(chan error, 1)
			go func() { done <- post(id) }()
			synctest.Wait()
			return done
		}
		state := func() webhook.State { return client.State(example).State }

		for i := range 5 {
			_ = post(strconv.Itoa(i)) // fails
		}
		time.Sleep(30 * time.Second)
		probe := start("probe")
		if got := state(); got != webhook.Probing {
			t.Fatalf("State: got %v, want probing", got)
		}
		for i := range 10 {
			if err := post(fmt.Sprint("waiting", i)); !errors.Is(err, webhook.ErrOpen) {
				t.Errorf("while probing: got %v, want ErrOpen", err)
			}
		}
		statuses["probe"] <- 500
		if err := <-probe; err == nil || state() != webhook.Open {
			t.Fatalf("after the probe: got %v and %v", err, state())
		}
		time.Sleep(time.Minute)
		second := start("second")
		statuses["second"] <- 200
		if err := <-second; err != nil || state() != webhook.Healthy {
			t.Errorf("after the second probe: got %v and %v", err, state())
		}
	})
}

// TestLateAnswers finds what answers to attempts from before it opened do.
func TestLateAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		status := make(chan int)
		client := newClient(t, webhook.Config{Transport: transport(func(*http.Request) (*http.Response, error) {
			return answer(<-status), nil
		})})
		done := make(chan error, 16)
		for i := range 8 {
			go func() {
				_, err := client.Post(t.Context(), example, event(strconv.Itoa(i)))
				done <- err
			}()
		}
		synctest.Wait()
		for range 7 {
			status <- 500
			_ = <-done
		}
		got := client.State(example)
		if got.State != webhook.Open || time.Until(got.Until) != 30*time.Second {
			t.Errorf("late failures: got %+v, want open for 30s", got)
		}
		status <- 200
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got := client.State(example).State; got != webhook.Healthy {
			t.Errorf("a late success: got %v, want healthy", got)
		}
	})
}

// TestProbesAreOfDifferentEvents finds that a message that cannot be digested
// does not keep the endpoint closed to the others, nor itself out for ever.
func TestProbesAreOfDifferentEvents(t *testing.T) {
	t.Parallel()
	b := newBench(t, webhook.Config{})
	b.open()
	b.deferred("poison")
	b.deferred("healthy")
	b.clock.Add(30 * time.Second)
	b.attempts("poison", 500)
	b.deferred("poison")
	b.deferred("healthy")
	b.clock.Add(time.Minute)
	// Both are due; the one that was a probe stands back for a moment.
	if got := b.deferred("poison"); got != 6*time.Second {
		t.Errorf("the former probe: RetryAfter is %v, want 6s", got)
	}
	b.answers(200, "")
	if resp := b.attempts("healthy", 200); !resp.Healed {
		t.Error("the breaker did not close")
	}

	b = newBench(t, webhook.Config{})
	b.open()
	b.clock.Add(30 * time.Second)
	b.attempts("only", 500)
	for range 3 { // nobody else waits
		b.clock.Set(b.client.State(example).Until)
		b.attempts("only", 500)
	}
	b.deferred("gone") // asked once, and never comes
	b.clock.Set(b.client.State(example).Until)
	wait := b.deferred("only")
	b.clock.Add(wait)
	b.attempts("only", 500)
}

// TestProbeThatSaysNothing finds that an answer that does not count leaves the
// place of the probe to the next.
func TestProbeThatSaysNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, webhook.Config{})
	b.open()
	b.clock.Add(30 * time.Second)
	b.answers(400, "")
	b.attempts("a", 400)
	b.answers(409, "")
	b.attempts("b", 409)
	b.state(webhook.Open, 0)
	b.answers(200, "")
	b.attempts("c", 200)
	b.state(webhook.Healthy, 0)
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

func TestChallengeClosesTheBreaker(t *testing.T) {
	t.Parallel()
	failing := true
	client := newClient(t, webhook.Config{Transport: transport(func(r *http.Request) (*http.Response, error) {
		if failing {
			return answer(503), nil
		}
		if r.Header.Get("Webhook-Id") == "a" {
			return answer(200), nil
		}
		return echoing(r)
	})})
	for i := range 5 {
		_, _ = client.Post(t.Context(), example, event(strconv.Itoa(i)))
	}
	if got := client.State(example).State; got != webhook.Open {
		t.Fatalf("State: got %v, want open", got)
	}
	failing = false
	if err := client.Challenge(t.Context(), example); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Post(t.Context(), example, event("a")); err != nil {
		t.Errorf("after the challenge: %v", err)
	}
}

// TestObserve hears each attempt, and the log hears of the breaker alone.
func TestObserve(t *testing.T) {
	t.Parallel()
	var heard []string
	var log strings.Builder
	b := newBench(t, webhook.Config{
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Observe: func(a webhook.Attempt) {
			line := fmt.Sprintf("%s %s %s %s %d", a.Op, a.URL, a.ID, a.Type, a.Status)
			if a.Err != nil {
				line += fmt.Sprintf(" permanent=%v deferred=%v", a.Err.Permanent, a.Err.Deferred())
			}
			if a.Opened || a.Healed {
				line += fmt.Sprintf(" opened=%v healed=%v", a.Opened, a.Healed)
			}
			heard = append(heard, line)
		},
	})
	b.attempts("a", 200)
	b.open()
	b.deferred("b")
	b.clock.Add(time.Minute)
	b.answers(200, "")
	b.attempts("b", 200)
	_, _ = b.client.Post(t.Context(), webhook.Endpoint{URL: "ftp://u:p@x.example/?q"}, event("c"))
	_, _ = b.client.Post(t.Context(), example, webhook.Event{ID: "d"})
	want := []string{
		"post https://user.example/hook a message 200",
		"post https://user.example/hook open0 message 500 permanent=false deferred=false",
		"post https://user.example/hook open1 message 500 permanent=false deferred=false",
		"post https://user.example/hook open2 message 500 permanent=false deferred=false",
		"post https://user.example/hook open3 message 500 permanent=false deferred=false",
		"post https://user.example/hook open4 message 500 permanent=false deferred=false opened=true healed=false",
		"post https://user.example/hook b message 0 permanent=false deferred=true",
		"post https://user.example/hook b message 200 opened=false healed=true",
		"post ftp://x.example/ c message 0 permanent=true deferred=false",
		"post https://user.example/hook d  0 permanent=true deferred=false",
	}
	if got := strings.Join(heard, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("heard:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
	if got := strings.Count(log.String(), "\n"); got != 2 || strings.Contains(log.String(), "t0k3n") {
		t.Errorf("the log has %d lines, want 2:\n%s", got, log.String())
	}
}
