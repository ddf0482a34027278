package webhook_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/usherchat/usher/webhook"
	"github.com/usherchat/usher/webhook/webhooktest"
)

// The bounds of a hostile exchange: what the client allows, less where the
// endpoint never ends it, and the second that an end may take on a busy machine.
const (
	hostileTimeout = 5 * time.Second
	endlessTimeout = time.Second
	grace          = time.Second
)

// TestHostileAnswers runs the whole table against Post, Deliver and Challenge. It
// is not parallel, because it counts goroutines.
func TestHostileAnswers(t *testing.T) { //nolint:paralleltest // counts goroutines
	before := runtime.NumGoroutine()
	t.Run("all", func(t *testing.T) { //nolint:paralleltest // its end is waited for
		var wg sync.WaitGroup
		places := make(chan struct{}, 16)
		for _, h := range webhooktest.HostileAnswers() {
			for name, run := range map[string]func(*hostileTest){
				"post": (*hostileTest).post, "deliver": (*hostileTest).deliver, "challenge": (*hostileTest).challenge,
			} {
				places <- struct{}{}
				wg.Go(func() {
					defer func() { <-places }()
					ht := newHostileTest(t, h, name)
					run(ht)
					ht.after()
				})
			}
		}
		wg.Wait()
	})
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, before %d:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

type hostileTest struct {
	*testing.T
	webhooktest.Hostile
	name     string
	timeout  time.Duration
	endpoint *webhooktest.Endpoint
	client   *webhook.Client
	tried    func() // called after each attempt
}

func newHostileTest(t *testing.T, answer webhooktest.Hostile, name string) *hostileTest {
	t.Helper()
	h := &hostileTest{
		T: t, Hostile: answer, name: answer.Step.String() + "/" + name, timeout: hostileTimeout, tried: func() {},
		endpoint: webhooktest.Start(t, webhooktest.Config{Secrets: []webhook.Secret{webhook.NewSecret()}}),
	}
	if answer.Endless {
		h.timeout = endlessTimeout
	}
	h.endpoint.Script(answer.Step)
	config := h.endpoint.Client()
	config.Timeout, config.HeaderTimeout = h.timeout, h.timeout/2
	config.Retry.Delays = []time.Duration{time.Millisecond}
	config.Observe = func(webhook.Attempt) { h.tried() }
	h.client = newClient(t, config)
	return h
}

func (h *hostileTest) took(start time.Time, most time.Duration) {
	if took := time.Since(start); took > most+grace {
		h.Errorf("%s: took %v, want at most %v", h.name, took, most+grace)
	}
}

func (h *hostileTest) post() {
	start := time.Now()
	resp, err := h.client.Post(h.Context(), h.endpoint.Webhook(), event("a"))
	h.took(start, h.timeout)
	if resp.Attempts != 1 || resp.Status != h.Status || (err == nil) != (h.Status/100 == 2) {
		h.Errorf("%s: got %+v, %v, want one attempt with status %d", h.name, resp, err, h.Status)
	}
	failures := 0
	if err != nil {
		failures = 1
		if e, ok := errors.AsType[*webhook.Error](err); !ok || e.Permanent || e.Deferred() || e.Status != h.Status {
			h.Errorf("%s: got %#v, want a failure with status %d that is retried", h.name, err, h.Status)
		}
	}
	if got := h.client.State(h.endpoint.Webhook()).Failures; got != failures {
		h.Errorf("%s: %d failures count for the breaker, want %d", h.name, got, failures)
	}
}

func (h *hostileTest) deliver() {
	start := time.Now()
	resp, err := h.client.Deliver(h.Context(), h.endpoint.Webhook(), event("a"))
	h.took(start, h.timeout) // of the first attempt: the second takes no time
	attempts := 2
	if h.Status/100 == 2 {
		attempts = 1
	}
	if err != nil || resp.Attempts != attempts {
		h.Errorf("%s: got %+v, %v, want delivered by attempt %d", h.name, resp, err, attempts)
	}
}

// challenge finds that no rubbish proves an endpoint. It does not wait for a
// second try.
func (h *hostileTest) challenge() {
	ctx, cancel := context.WithCancel(h.Context())
	defer cancel()
	h.tried = cancel
	start := time.Now()
	err := h.client.Challenge(ctx, h.endpoint.Webhook())
	h.took(start, h.timeout)
	h.tried = func() {}
	proved := h.Step.String() == webhooktest.CloseOnReuse().String() || h.Step.String() == webhooktest.ResetOnReuse().String()
	if (err == nil) != proved || err != nil && !errors.Is(err, webhook.ErrChallenge) {
		h.Errorf("%s: got %v, want proved %v", h.name, err, proved)
	}
}

// after finds that nothing is left of the exchange: the next post works, at once
// and by one attempt, and no place is taken.
func (h *hostileTest) after() {
	if resp, err := h.client.Post(h.Context(), h.endpoint.Webhook(), event("after")); err != nil || resp.Attempts != 1 {
		h.Errorf("%s: the next post: got %+v, %v", h.name, resp, err)
	}
	if got := h.client.State(h.endpoint.Webhook()).InFlight; got != 0 {
		h.Errorf("%s: %d places are taken", h.name, got)
	}
	h.client.CloseIdleConnections()
}
