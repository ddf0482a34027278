package webhook_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/usherchat/usher/webhook"
	"github.com/usherchat/usher/webhook/webhooktest"
)

// A stuck body does not end before it is closed, whatever its context does.
type stuck chan struct{}

func (s stuck) Read([]byte) (int, error) {
	<-s
	return 0, io.ErrClosedPipe
}

func (s stuck) Close() error {
	select {
	case <-s:
	default:
		close(s)
	}
	return nil
}

// TestBodiesAreClosed finds that a body which does not listen to its context is
// closed when the time is over, and at once where the status is none.
func TestBodiesAreClosed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status    int
		took      time.Duration
		delivered bool
	}{
		{0, 0, false},
		{101, 0, false},
		{199, 0, false},
		{1000, 0, false},
		{200, webhook.DefaultTimeout, true},
		{500, webhook.DefaultTimeout, false},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			body := make(stuck)
			client := newClient(t, webhook.Config{Transport: transport(func(*http.Request) (*http.Response, error) {
				resp := answer(tt.status)
				resp.Body = body
				return resp, nil
			})})
			start := time.Now()
			_, err := client.Post(t.Context(), example, event("a"))
			if took := time.Since(start); (err == nil) != tt.delivered || took != tt.took {
				t.Errorf("%d: got %v after %v, want delivered %v after %v", tt.status, err, took, tt.delivered, tt.took)
			}
			select {
			case <-body:
			default:
				t.Errorf("%d: the body is open", tt.status)
			}
		})
	}
}

// TestIdentity finds that nothing compressed is asked for, and that a challenge
// whose answer came compressed all the same says so.
func TestIdentity(t *testing.T) {
	t.Parallel()
	e := webhooktest.Start(t, webhooktest.Config{})
	client := newClient(t, e.Client())
	e.Script(webhooktest.Answer(200, "Content-Encoding: br", "\x8b\x00\x80\x03"))
	err := client.Challenge(t.Context(), e.Webhook())
	if err == nil || !strings.Contains(err.Error(), `Content-Encoding "br"`) {
		t.Errorf("got %v, want the Content-Encoding named", err)
	}
	if _, err := client.Post(t.Context(), e.Webhook(), event("a")); err != nil {
		t.Fatal(err)
	}
	for _, r := range e.Requests() {
		if got := r.Header.Values("Accept-Encoding"); len(got) != 1 || got[0] != "identity" {
			t.Errorf("Accept-Encoding: got %q, want identity", got)
		}
	}
	// A server that claims an encoding and does not encode is understood.
	claims := newClient(t, webhook.Config{Transport: transport(func(r *http.Request) (*http.Response, error) {
		resp, err := echoing(r)
		resp.Header.Set("Content-Encoding", "utf-8")
		return resp, err
	})})
	if err := claims.Challenge(t.Context(), example); err != nil {
		t.Error(err)
	}
}
