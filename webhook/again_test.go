package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usherchat/usher/webhook"
	"github.com/usherchat/usher/webhook/webhooktest"
)

// large is an event that takes more than one write.
func large(id string) webhook.Event {
	return webhook.Event{ID: id, Type: "message", Data: json.RawMessage(`"` + strings.Repeat("x", 200<<10) + `"`)}
}

// TestSentAgain has an endpoint close or reset the kept connection when the next
// request comes, with a part of it unread or with all of it read: the post that
// meets it is sent again at once, as one attempt.
func TestSentAgain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		step  webhooktest.Step
		event func(string) webhook.Event
		tls   webhooktest.TLS
	}{
		{"FIN, request read", webhooktest.CloseOnReuse(), event, webhooktest.Plain},
		{"FIN, request half read", webhooktest.CloseOnReuse(), large, webhooktest.Plain},
		{"RST, request read", webhooktest.ResetOnReuse(), event, webhooktest.Plain},
		{"RST, request half read", webhooktest.ResetOnReuse(), large, webhooktest.Plain},
		{"TLS, FIN", webhooktest.CloseOnReuse(), large, webhooktest.Trusted},
		{"TLS, RST", webhooktest.ResetOnReuse(), large, webhooktest.Trusted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := webhooktest.Start(t, webhooktest.Config{TLS: tt.tls, Secrets: []webhook.Secret{webhook.NewSecret()}})
			config := e.Client()
			told := 0
			config.Observe = func(webhook.Attempt) { told++ }
			client := newClient(t, config)
			const posts = 20
			e.Always(tt.step)
			for i := range posts {
				resp, err := client.Post(t.Context(), e.Webhook(), tt.event(fmt.Sprint("e", i)))
				if err != nil || resp.Attempts != 1 {
					t.Fatalf("post %d: got %+v, %v, want delivered by one attempt", i, resp, err)
				}
			}
			if told != posts {
				t.Errorf("Observe heard of %d attempts, want %d", told, posts)
			}
			e.AssertSigned(t)
			e.AssertOnce(t)
		})
	}
}

// TestSentAgainPastEveryDeadConnection finds that a post gets through though all
// connections that are kept are dead.
func TestSentAgainPastEveryDeadConnection(t *testing.T) {
	t.Parallel()
	e := webhooktest.Start(t, webhooktest.Config{})
	client := newClient(t, e.Client())
	var wg sync.WaitGroup
	for i := range webhook.DefaultMaxInFlight {
		e.Script(webhooktest.Slow(100*time.Millisecond, webhooktest.ResetOnReuse()))
		wg.Go(func() {
			if _, err := client.Post(t.Context(), e.Webhook(), event(fmt.Sprint("first", i))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if resp, err := client.Post(t.Context(), e.Webhook(), event("last")); err != nil || resp.Attempts != 1 {
		t.Errorf("got %+v, %v, want delivered by one attempt", resp, err)
	}
}

// TestSentAgainOnHTTP2 is the same with a host's own transport.
func TestSentAgainOnHTTP2(t *testing.T) {
	t.Parallel()
	type key struct{}
	type counted struct {
		net.Conn
		requests int
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn := r.Context().Value(key{}).(*counted)
		if conn.requests++; conn.requests > 1 {
			_ = conn.Close()
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	server.EnableHTTP2 = true
	server.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, key{}, &counted{Conn: c})
	}
	server.StartTLS()
	defer server.Close()
	client := newClient(t, webhook.Config{Transport: server.Client().Transport})
	for i := range 5 {
		resp, err := client.Post(t.Context(), webhook.Endpoint{URL: server.URL}, event(fmt.Sprint("e", i)))
		if err != nil || resp.Attempts != 1 {
			t.Fatalf("post %d: got %+v, %v, want delivered by one attempt", i, resp, err)
		}
	}
}

// TestNotSentAgain finds that only what met a closed connection is sent again, and
// that on a fresh one nothing is.
func TestNotSentAgain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		kept     bool // the post goes to a kept connection
		step     webhooktest.Step
		requests int
	}{
		{"a fresh connection", false, webhooktest.CloseBeforeHeader(), 1},
		{"a fresh connection, reset", false, webhooktest.ResetBeforeHeader(), 1},
		{"every connection", true, webhooktest.CloseBeforeHeader(), 2},
		{"every connection, reset", true, webhooktest.ResetBeforeHeader(), 2},
		{"an answer cut in its header", true, webhooktest.CutHeader(), 1},
		{"rubbish", true, webhooktest.Garbage(), 1},
		{"no status", true, webhooktest.StatusLine("HTTP/1.1 000 Nothing"), 1},
		{"a time-out", true, webhooktest.Silence(), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := webhooktest.Start(t, webhooktest.Config{})
			config := e.Client()
			config.HeaderTimeout = 300 * time.Millisecond
			client := newClient(t, config)
			before := 0
			if tt.kept {
				before = 1
				if _, err := client.Post(t.Context(), e.Webhook(), event("before")); err != nil {
					t.Fatal(err)
				}
			}
			e.Always(tt.step)
			resp, err := client.Post(t.Context(), e.Webhook(), event("a"))
			if err == nil || resp.Attempts != 1 {
				t.Errorf("got %+v, %v, want one attempt that failed", resp, err)
			}
			if got := len(e.Requests()) - before; got != tt.requests {
				t.Errorf("requests: got %d, want %d", got, tt.requests)
			}
		})
	}
}
