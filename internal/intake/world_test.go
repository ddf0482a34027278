package intake_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// The credentials of the subjects, which a child process shares.
const (
	token  = "canary-token-of-thirty-two-characters"
	secret = webhook.Secret("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
)

// A subject is one of the module's handlers that take requests in from outside.
type subject struct {
	name   string
	path   string // that requests go to
	status int    // of a request that is right
	limit  int    // bytes of a body
	body   func(id string, size int) string
	make   func(tb testing.TB, timeout time.Duration, unverified int64) http.Handler
}

var subjects = []subject{
	{
		name: "incoming API", path: "/shop/messages", status: http.StatusAccepted, limit: 1 << 20, make: newIncoming,
		body: func(id string, size int) string {
			return pad(`{"visitor":{"id":"`+id+`"},"message":{"id":"`+id+`","text":"hello"},"more":"`, size)
		},
	},
	{
		name: "receiver", path: "/hook", status: http.StatusNoContent, limit: webhook.MaxBody, make: newReceiver,
		body: func(_ string, size int) string { return pad(`{"type":"message","data":"`, size) },
	},
}

func pad(begin string, size int) string {
	return begin + strings.Repeat("x", max(0, size-len(begin)-2)) + `"}`
}

func newIncoming(tb testing.TB, timeout time.Duration, unverified int64) http.Handler {
	tb.Helper()
	client, err := webhook.NewClient(webhook.Config{Transport: echo{}})
	if err != nil {
		tb.Fatal(err)
	}
	hub, err := channel.NewHub(channel.HubConfig{
		Notify: func(context.Context, channel.Event) error { return nil }, Webhooks: client,
		ReadTimeout: timeout, MaxUnverified: unverified,
	})
	if err != nil {
		tb.Fatal(err)
	}
	_, err = hub.Connect(context.WithoutCancel(tb.Context()), channel.Settings{
		ID: "shop", Source: "App", Name: "Support", Tokens: []string{token},
		Webhook: webhook.Endpoint{URL: "https://source.example/hook", Secrets: []webhook.Secret{secret}},
		Routing: routing.Staff("ann"), ChannelRate: -1, VisitorRate: -1,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return hub.Handler()
}

func newReceiver(tb testing.TB, timeout time.Duration, unverified int64) http.Handler {
	tb.Helper()
	h, err := webhook.NewReceiver(webhook.ReceiverConfig{
		Secrets: []webhook.Secret{secret}, Handle: func(context.Context, webhook.Event) error { return nil },
		ReadTimeout: timeout, MaxUnverified: unverified,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// echo is an endpoint that answers challenges.
type echo struct{}

func (echo) RoundTrip(r *http.Request) (*http.Response, error) {
	var in struct {
		Challenge string `json:"challenge"`
	}
	err := json.NewDecoder(r.Body).Decode(&in)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(in.Challenge)), Request: r}, err
}

// head is a request up to its body, with the lines given and nothing else but Host.
func head(method, path string, lines ...string) string {
	return method + " " + path + " HTTP/1.1\r\nHost: x\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// Lines of a request's head.
const (
	asJSON  = "Content-Type: application/json"
	asText  = "Content-Type: text/plain"
	chunked = "Transfer-Encoding: chunked"
	expect  = "Expect: 100-continue"
)

func length(n int) string { return "Content-Length: " + strconv.Itoa(n) }

// signature signs a body as of that time.
func signature(id string, at time.Time, body string) string {
	return "Webhook-Id: " + id + "\r\nWebhook-Timestamp: " + strconv.FormatInt(at.Unix(), 10) +
		"\r\nWebhook-Signature: " + webhook.Sign(secret, id, at, []byte(body))
}

// forged looks like a signature.
func forged() string { return signature("forged", time.Now(), "of another body") }

// stale is one that was right an hour ago.
func stale() string { return signature("stale", time.Now().Add(-time.Hour), "{}") }
