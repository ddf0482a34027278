package webhook_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"golang.org/x/time/rate"

	"github.com/usherchat/usher/webhook"
)

// A bench is a client on a mock clock with an endpoint whose answer can be set.
type bench struct {
	*testing.T
	clock  *clock.Mock
	client *webhook.Client

	mu     sync.Mutex
	status int
	header http.Header
	got    []string // ids that were sent
}

func newBench(t *testing.T, c webhook.Config) *bench {
	t.Helper()
	b := &bench{T: t, clock: clock.NewMock(), status: http.StatusOK, header: http.Header{}}
	b.clock.Set(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC))
	c.Clock = b.clock
	c.Transport = transport(func(r *http.Request) (*http.Response, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.got = append(b.got, r.Header.Get("Webhook-Id"))
		if b.status == 0 {
			return nil, errors.New("connection refused")
		}
		return &http.Response{StatusCode: b.status, Header: b.header, Body: http.NoBody}, nil
	})
	b.client = newClient(t, c)
	return b
}

// answers sets the status, 0 for none at all, and a Retry-After.
func (b *bench) answers(status int, retryAfter string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status, b.header = status, http.Header{}
	if retryAfter != "" {
		b.header.Set("Retry-After", retryAfter)
	}
}

func (b *bench) sent() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.got)
}

func (b *bench) post(id string) (webhook.Response, error) {
	return b.client.Post(b.Context(), example, event(id))
}

// deferred posts and wants a deferral; it returns for how long.
func (b *bench) deferred(id string) time.Duration {
	b.Helper()
	before := b.sent()
	resp, err := b.post(id)
	e, ok := errors.AsType[*webhook.Error](err)
	if !ok || !errors.Is(err, webhook.ErrOpen) || !e.Deferred() || e.Permanent || e.RetryAfter <= 0 || resp.Attempts != 0 {
		b.Fatalf("%s: got %+v, %v, want a deferral", id, resp, err)
	}
	if b.sent() != before {
		b.Fatalf("%s: deferred, and sent", id)
	}
	return e.RetryAfter
}

// attempts posts and wants an attempt with this status.
func (b *bench) attempts(id string, status int) webhook.Response {
	b.Helper()
	resp, err := b.post(id)
	if resp.Attempts != 1 || resp.Status != status {
		b.Fatalf("%s: got %+v, %v, want an attempt with status %d", id, resp, err, status)
	}
	return resp
}

func (b *bench) state(want webhook.State, until time.Duration) {
	b.Helper()
	got := b.client.State(example)
	if got.State != want {
		b.Errorf("State: got %+v, want %v", got, want)
	}
	if until > 0 && !got.Until.Equal(b.clock.Now().Add(until)) {
		b.Errorf("Until: got %v, want in %v", got.Until.Sub(b.clock.Now()), until)
	}
}

func TestRate(t *testing.T) {
	t.Parallel()
	b := newBench(t, webhook.Config{Rate: 20})
	for i := range webhook.DefaultBurst {
		b.attempts(strconv.Itoa(i), 200)
	}
	// Each deferral is given a turn of its own.
	for i := range 5 {
		if got, want := b.deferred("x").Round(time.Millisecond), time.Duration(i+1)*50*time.Millisecond; got != want {
			t.Errorf("deferral %d: got %v, want %v", i, got, want)
		}
	}
	for range 3 {
		b.clock.Add(50 * time.Millisecond)
		b.attempts("y", 200)
		b.deferred("z")
	}
	b.clock.Add(time.Hour)
	for i := range webhook.DefaultBurst {
		b.attempts(strconv.Itoa(i), 200)
	}
	b.deferred("x")
	other := webhook.Endpoint{URL: "https://other.example/"}
	if _, err := b.client.Post(t.Context(), other, event("a")); err != nil {
		t.Errorf("another endpoint: %v", err)
	}
}

// TestSpread finds that very many deferrals come back over time, not at once,
// and not after ages.
func TestSpread(t *testing.T) {
	t.Parallel()
	b := newBench(t, webhook.Config{Rate: 20, Burst: 1})
	b.attempts("a", 200)
	waits := make([]time.Duration, 5000)
	for i := range waits {
		waits[i] = b.deferred("b")
	}
	slices.Sort(waits)
	if most := waits[len(waits)-1]; most > 61*time.Second {
		t.Errorf("the longest: %v", most)
	}
	perSecond := make(map[time.Duration]int)
	for _, w := range waits {
		perSecond[w.Truncate(time.Second)]++
	}
	for s, n := range perSecond {
		if n > 400 {
			t.Errorf("%d come back within the second at %v", n, s)
		}
	}
}

func TestNoRate(t *testing.T) {
	t.Parallel()
	for _, limit := range []rate.Limit{0, -1} {
		b := newBench(t, webhook.Config{Rate: limit})
		for i := range 10_000 {
			b.attempts(strconv.Itoa(i), 200)
		}
	}
}

func TestInFlight(t *testing.T) {
	t.Parallel()
	block := make(chan struct{})
	arrived := make(chan struct{}, 100)
	client := newClient(t, webhook.Config{
		Rate: -1, MaxInFlight: 3, MaxInFlightTotal: 5,
		Transport: transport(func(*http.Request) (*http.Response, error) {
			arrived <- struct{}{}
			<-block
			return answer(200), nil
		}),
	})
	endpoint := func(host string) webhook.Endpoint { return webhook.Endpoint{URL: "https://" + host + ".example/"} }
	var wg sync.WaitGroup
	start := func(host string, n int) {
		for i := range n {
			wg.Go(func() {
				if _, err := client.Post(t.Context(), endpoint(host), event(strconv.Itoa(i))); err != nil {
					t.Error(err)
				}
			})
			<-arrived
		}
	}
	refused := func(host string) {
		t.Helper()
		_, err := client.Post(t.Context(), endpoint(host), event("x"))
		e, ok := errors.AsType[*webhook.Error](err)
		if !ok || !errors.Is(err, webhook.ErrOpen) || e.RetryAfter <= 0 || e.RetryAfter > 2*time.Second {
			t.Errorf("%s: got %v, want a short deferral", host, err)
		}
	}
	start("one", 3)
	refused("one")
	start("two", 2)
	refused("two")
	start("three", 1) // with nothing in flight: beyond the total
	refused("three")
	if got := client.State(endpoint("one")).InFlight; got != 3 {
		t.Errorf("InFlight: got %d, want 3", got)
	}
	close(block)
	wg.Wait()
	for _, host := range []string{"one", "two", "three"} {
		if _, err := client.Post(t.Context(), endpoint(host), event("y")); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// TestRetryAfterHoldsTheEndpoint is the Retry-After of an hour on 429 and 503.
func TestRetryAfterHoldsTheEndpoint(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 503} {
		b := newBench(t, webhook.Config{})
		b.answers(status, "3600")
		b.attempts("a", status)
		b.state(webhook.Paused, time.Hour)
		b.answers(200, "")
		for range 5 {
			if got := b.deferred("b"); got != time.Hour {
				t.Errorf("%d: another event: got %v, want 1h", status, got)
			}
		}
		b.clock.Add(time.Hour - time.Millisecond)
		if got := b.deferred("c"); got != time.Millisecond {
			t.Errorf("%d: at the end: got %v, want 1ms", status, got)
		}
		b.clock.Add(time.Millisecond)
		b.state(webhook.Healthy, 0)
		b.attempts("c", 200)
	}
	b := newBench(t, webhook.Config{})
	b.answers(500, "3600") // of this event alone
	b.attempts("a", 500)
	b.answers(429, "")
	b.attempts("b", 429)
	b.answers(200, "")
	b.attempts("c", 200)
}

// TestHoldIsNotShortened finds that the longest pause asked for stands.
func TestHoldIsNotShortened(t *testing.T) {
	t.Parallel()
	b := newBench(t, webhook.Config{})
	b.answers(429, "60")
	b.attempts("a", 429)
	b.clock.Add(time.Minute)
	b.answers(429, "999999999999")
	b.attempts("a", 429)
	b.state(webhook.Paused, time.Hour)
}

func TestEndpointsAreBounded(t *testing.T) {
	t.Parallel()
	b := newBench(t, webhook.Config{MaxEndpoints: 100, Rate: -1})
	b.answers(500, "")
	down := make([]webhook.Endpoint, 10)
	for i := range down {
		down[i].URL = fmt.Sprintf("https://down%d.example/", i)
		for j := range 5 {
			_, _ = b.client.Post(t.Context(), down[i], event(strconv.Itoa(j)))
		}
	}
	b.answers(200, "")
	for i := range 10_000 {
		if _, err := b.client.Post(t.Context(), webhook.Endpoint{URL: fmt.Sprintf("https://e%d.example/", i)}, event("a")); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.client.Endpoints(); got > 100 {
		t.Errorf("endpoints: got %d, want at most 100", got)
	}
	kept := 0
	for s := range b.client.States() {
		if s.State == webhook.Open {
			kept++
		}
	}
	if kept != len(down) {
		t.Errorf("open breakers: %d of %d are remembered", kept, len(down))
	}
	for i := range 1000 { // all of them down: then the oldest goes
		b.answers(500, "")
		_, _ = b.client.Post(t.Context(), webhook.Endpoint{URL: fmt.Sprintf("https://d%d.example/", i)}, event("a"))
	}
	if got := b.client.Endpoints(); got > 100 {
		t.Errorf("endpoints that are down: got %d, want at most 100", got)
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	b := newBench(t, webhook.Config{})
	b.attempts("a", 200)
	other := webhook.Endpoint{URL: "https://u:p@x.example/?q=1"}
	if got := b.client.State(other); got.State != webhook.Healthy || got.URL != "https://x.example" {
		t.Errorf("State of a stranger: %+v", got)
	}
	n := 0
	for s := range b.client.States() {
		n++
		if s.URL != "https://user.example" || s.State != webhook.Healthy {
			t.Errorf("States: %+v", s)
		}
		break
	}
	if n != 1 {
		t.Errorf("States: %d endpoints, want 1", n)
	}
}

// TestSettingsChange finds that new secrets and headers of a known URL are used.
func TestSettingsChange(t *testing.T) {
	t.Parallel()
	var got []string
	client := newClient(t, webhook.Config{Transport: transport(func(r *http.Request) (*http.Response, error) {
		got = append(got, r.Header.Get("X-Room")+strconv.Itoa(len(r.Header.Values("Webhook-Signature"))))
		return answer(200), nil
	})})
	endpoints := []webhook.Endpoint{
		{URL: example.URL},
		{URL: example.URL, Secrets: []webhook.Secret{symmetric}},
		{URL: example.URL, Header: http.Header{"X-Room": {"a"}}},
		{URL: example.URL, Header: http.Header{"X-Room": {"b"}}},
		{URL: example.URL},
	}
	for _, e := range endpoints {
		if _, err := client.Post(t.Context(), e, event("a")); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"0", "1", "a0", "b0", "0"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	bad := webhook.Endpoint{URL: example.URL, Secrets: []webhook.Secret{"bad"}}
	if _, err := client.Post(t.Context(), bad, event("a")); err == nil {
		t.Error("bad secrets of a known URL were taken")
	}
}
