package webhook_test

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/usherchat/usher/webhook"
)

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
			if err := <-done; err == nil {
				t.Error("delivered with 500")
			}
		}
		got := client.State(example)
		if got.State != webhook.Open || time.Until(got.Until) != time.Second {
			t.Errorf("late failures: got %+v, want open for 1s", got)
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
	config := webhook.Config{Breaker: webhook.Breaker{Open: 30 * time.Second}}
	b := newBench(t, config)
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

	b = newBench(t, config)
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
