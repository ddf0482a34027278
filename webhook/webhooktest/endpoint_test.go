package webhooktest_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/webhook"
	"github.com/usherchat/usher/webhook/webhooktest"
)

func newClient(tb testing.TB, c webhook.Config) *webhook.Client {
	tb.Helper()
	client, err := webhook.NewClient(c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.CloseIdleConnections)
	return client
}

func event(id string) webhook.Event {
	return webhook.Event{ID: id, Type: "message", Data: json.RawMessage(`{"text":"hi"}`)}
}

func TestWellBehaved(t *testing.T) {
	t.Parallel()
	for _, kind := range []webhooktest.TLS{webhooktest.Plain, webhooktest.Trusted} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			e := webhooktest.Start(t, webhooktest.Config{TLS: kind, Secrets: []webhook.Secret{webhook.NewSecret()}})
			client := newClient(t, e.Client())
			if err := client.Challenge(t.Context(), e.Webhook()); err != nil {
				t.Fatal(err)
			}
			for _, id := range []string{"a", "b"} {
				if _, err := client.Post(t.Context(), e.Webhook(), event(id)); err != nil {
					t.Fatal(err)
				}
			}
			if !e.Wait(t.Context(), 3) {
				t.Fatal("Wait: false with three requests there")
			}
			e.AssertSigned(t)
			e.AssertOnce(t, "a", "b")
			e.AssertInOrder(t, "a", "b")
			requests := e.Requests()
			if got, want := requests[0].Challenge(), true; got != want {
				t.Errorf("Challenge: got %v, want %v", got, want)
			}
			if diff := cmp.Diff(`{"text":"hi"}`, string(requests[1].Event.Data)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAssertions shows that each assertion fails when it should.
func TestAssertions(t *testing.T) {
	t.Parallel()
	e := webhooktest.Start(t, webhooktest.Config{Secrets: []webhook.Secret{webhook.NewSecret()}})
	client := newClient(t, e.Client())
	stranger := e.Webhook()
	stranger.Secrets = []webhook.Secret{webhook.NewSecret()}
	e.On("never", webhooktest.Status(http.StatusBadRequest))
	for _, id := range []string{"a", "b", "a", "never"} {
		_, _ = client.Post(t.Context(), stranger, event(id)) // what came of it is asserted below
	}
	tests := []struct {
		name   string
		assert func(testing.TB, ...string)
		ids    []string
		fails  bool
	}{
		{"once, though twice", e.AssertOnce, []string{"a", "b"}, true},
		{"once, without ids, though twice", e.AssertOnce, nil, true},
		{"once, though never", e.AssertOnce, []string{"never"}, true},
		{"at least once", e.AssertAtLeastOnce, []string{"a", "b"}, false},
		{"at least once, though refused", e.AssertAtLeastOnce, []string{"never"}, true},
		{"in order", e.AssertInOrder, []string{"a", "b"}, false},
		{"in the wrong order", e.AssertInOrder, []string{"b", "a"}, true},
		{"in order, though never", e.AssertInOrder, []string{"a", "never"}, true},
		{"signed by a stranger", func(tb testing.TB, _ ...string) { tb.Helper(); e.AssertSigned(tb) }, nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			spy := &spy{TB: t}
			tt.assert(spy, tt.ids...)
			if spy.failed != tt.fails {
				t.Errorf("failed: got %v, want %v", spy.failed, tt.fails)
			}
		})
	}
}

// A spy is a test that notes failures and does not pass them on.
type spy struct {
	testing.TB
	failed bool
}

func (s *spy) Errorf(string, ...any) { s.failed = true }

func TestScript(t *testing.T) {
	t.Parallel()
	e := webhooktest.Start(t, webhooktest.Config{})
	client := newClient(t, e.Client())
	e.Script(webhooktest.Status(http.StatusInternalServerError), webhooktest.OK())
	e.On("own", webhooktest.Status(http.StatusConflict))
	var got []int
	for _, id := range []string{"own", "a", "own", "b"} {
		resp, _ := client.Post(t.Context(), e.Webhook(), event(id)) // the status says it all
		got = append(got, resp.Status)
	}
	if diff := cmp.Diff([]int{409, 500, 204, 204}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	var steps []string
	for _, r := range e.Requests() {
		steps = append(steps, r.Step)
		if !errors.Is(r.Signature, errors.ErrUnsupported) {
			t.Errorf("Signature without secrets: got %v, want ErrUnsupported", r.Signature)
		}
	}
	if diff := cmp.Diff([]string{"status", "status", "ok", "ok"}, steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

// TestPipe runs a whole exchange in fake time: a slow answer costs none.
func TestPipe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := webhooktest.Start(t, webhooktest.Config{Pipe: true, TLS: webhooktest.Trusted})
		defer e.Close()
		client := newClient(t, e.Client())
		defer client.CloseIdleConnections()
		e.Script(webhooktest.Slow(8*time.Second, webhooktest.OK()), webhooktest.Silence())
		resp, err := client.Post(t.Context(), e.Webhook(), event("slow"))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := resp.Took, 8*time.Second; got != want {
			t.Errorf("Took: got %v, want %v", got, want)
		}
		resp, err = client.Post(t.Context(), e.Webhook(), event("silent"))
		if err == nil || resp.Took != webhook.DefaultHeaderTimeout {
			t.Errorf("silence: got %v after %v, want an error after %v", err, resp.Took, webhook.DefaultHeaderTimeout)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if e.Wait(ctx, 3) {
			t.Error("Wait: true with two requests")
		}
	})
}

func TestCloseEndsEveryStep(t *testing.T) {
	t.Parallel()
	endless := []webhooktest.Step{
		webhooktest.Silence(), webhooktest.Drip(200, time.Hour), webhooktest.DripHeader(time.Hour),
		webhooktest.HalfClose(), webhooktest.Slow(time.Hour, webhooktest.OK()),
	}
	for _, step := range endless {
		t.Run(step.String(), func(t *testing.T) {
			t.Parallel()
			e := webhooktest.Start(t, webhooktest.Config{})
			e.Script(step)
			done := make(chan struct{})
			go func() {
				defer close(done)
				resp, err := e.Transport().RoundTrip(newRequest(t, e.URL()))
				if err == nil {
					_, _ = resp.Body.Read(make([]byte, 1))
					_ = resp.Body.Close()
				}
			}()
			if !e.Wait(t.Context(), 1) {
				t.Fatal("no request arrived")
			}
			e.Close()
			e.Close()
			<-done
		})
	}
}

func newRequest(tb testing.TB, url string) *http.Request {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, url, http.NoBody)
	if err != nil {
		tb.Fatal(err)
	}
	return req
}
