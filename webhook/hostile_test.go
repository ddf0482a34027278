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

// The bounds of a hostile exchange: what the client allows, and the second that
// an end may take on a busy machine.
const (
	hostileTimeout = 2 * time.Second
	grace          = time.Second
)

// TestHostileAnswers runs the whole table at once against Post, Deliver and
// Challenge. It is not parallel, because it counts goroutines.
func TestHostileAnswers(t *testing.T) { //nolint:paralleltest // counts goroutines
	before := runtime.NumGoroutine()
	t.Run("all", func(t *testing.T) { //nolint:paralleltest // its end is waited for
		var wg sync.WaitGroup
		for _, h := range webhooktest.HostileAnswers() {
			for name, run := range map[string]func(*hostileTest){
				"post": (*hostileTest).post, "deliver": (*hostileTest).deliver, "challenge": (*hostileTest).challenge,
			} {
				ht := &hostileTest{T: t, Hostile: h, name: h.Step.String() + "/" + name}
				ht.endpoint = webhooktest.Start(t, webhooktest.Config{Secrets: []webhook.Secret{webhook.NewSecret()}})
				ht.endpoint.Script(h.Step)
				config := ht.endpoint.Client()
				config.Timeout, config.HeaderTimeout = hostileTimeout, hostileTimeout/2
				config.Retry.Delays = []time.Duration{time.Millisecond}
				ht.client = newClient(t, config)
				wg.Go(func() {
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
	endpoint *webhooktest.Endpoint
	client   *webhook.Client
}

func (h *hostileTest) took(start time.Time, most time.Duration) {
	if took := time.Since(start); took > most+grace {
		h.Errorf("%s: took %v, want at most %v", h.name, took, most+grace)
	}
}

func (h *hostileTest) post() {
	start := time.Now()
	resp, err := h.client.Post(h.Context(), h.endpoint.Webhook(), event("a"))
	h.took(start, hostileTimeout)
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
	h.took(start, hostileTimeout)
	attempts := 2
	if h.Status/100 == 2 {
		attempts = 1
	}
	if err != nil || resp.Attempts != attempts {
		h.Errorf("%s: got %+v, %v, want delivered by attempt %d", h.name, resp, err, attempts)
	}
}

// challenge finds that nothing but a right answer, here that to the second try,
// proves an endpoint.
func (h *hostileTest) challenge() {
	start := time.Now()
	err := h.client.Challenge(h.Context(), h.endpoint.Webhook())
	h.took(start, hostileTimeout+time.Second) // the pause before the second try
	proved := len(h.endpoint.Requests()) > 1 ||
		h.Step.String() == webhooktest.CloseOnReuse().String() || h.Step.String() == webhooktest.ResetOnReuse().String()
	if proved && err != nil || !proved && !errors.Is(err, webhook.ErrChallenge) {
		h.Errorf("%s: got %v after %d requests", h.name, err, len(h.endpoint.Requests()))
	}
}

// after finds that nothing is left of the exchange: the next post works, at once
// and by one attempt, and no place is taken.
func (h *hostileTest) after() {
	ctx, cancel := context.WithTimeout(h.Context(), grace)
	defer cancel()
	if resp, err := h.client.Post(ctx, h.endpoint.Webhook(), event("after")); err != nil || resp.Attempts != 1 {
		h.Errorf("%s: the next post: got %+v, %v", h.name, resp, err)
	}
	if got := h.client.State(h.endpoint.Webhook()).InFlight; got != 0 {
		h.Errorf("%s: %d places are taken", h.name, got)
	}
	h.client.CloseIdleConnections()
}
