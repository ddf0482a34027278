package tests_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
	"golang.org/x/time/rate"
)

// newDesk returns a hub over a store with one channel, whose source answers in memory. notify may be nil.
func newDesk(tb testing.TB, store channel.Store, notify func(context.Context, channel.Event) error) (*channel.Hub, *channel.Channel) {
	tb.Helper()
	client, err := webhook.NewClient(webhook.Config{Transport: echo{}, Rate: rate.Inf, MaxInFlight: 1000})
	if err != nil {
		tb.Fatal(err)
	}
	if notify == nil {
		notify = func(context.Context, channel.Event) error { return nil }
	}
	h, err := channel.NewHub(channel.HubConfig{Webhooks: client, Notify: notify, Store: store})
	if err != nil {
		tb.Fatal(err)
	}
	ch, err := h.Connect(context.Background(), channel.Settings{
		ID: "shop", Source: "App", Name: "Support",
		Webhook: webhook.Endpoint{URL: "https://source.example/hook", Secrets: []webhook.Secret{webhook.NewSecret()}},
		Routing: routing.Staff("ann"), VisitorRate: -1, ChannelRate: -1,
		Messages: messages.Settings{Welcome: messages.AutoReply{Off: true}},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return h, ch
}

// echo is a source without a network: it answers challenges and takes every post.
type echo struct{}

func (echo) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var post struct{ Type, Challenge string }
	if err := json.Unmarshal(body, &post); err != nil {
		return nil, err
	}
	answer := &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody, Request: r}
	if post.Type == "challenge" {
		text, err := json.Marshal(map[string]string{"challenge": post.Challenge})
		if err != nil {
			return nil, err
		}
		answer.StatusCode, answer.Body = http.StatusOK, io.NopCloser(bytes.NewReader(text))
		answer.Header.Set("Content-Type", "application/json")
	}
	return answer, nil
}

// notifyNobody is a host that has nobody to tell.
func notifyNobody(context.Context, channel.Event) error { return nil }
