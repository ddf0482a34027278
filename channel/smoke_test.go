package channel_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

type source struct {
	mu    sync.Mutex
	posts []string
}

func (s *source) RoundTrip(r *http.Request) (*http.Response, error) {
	b, _ := io.ReadAll(r.Body)
	var v struct {
		Type, Challenge string
		Data            struct {
			Seq     int64
			Message struct{ Text string }
			Author  struct {
				Kind        string
				DisplayName string `json:"display_name"`
			}
		}
	}
	_ = json.Unmarshal(b, &v)
	body := ""
	if v.Type == "challenge" {
		body = v.Challenge
	} else {
		s.mu.Lock()
		s.posts = append(s.posts, fmt.Sprintf("%d %s/%s: %s", v.Data.Seq, v.Data.Author.Kind, v.Data.Author.DisplayName, v.Data.Message.Text))
		s.mu.Unlock()
	}
	return &http.Response{StatusCode: 200, ContentLength: -1, Body: io.NopCloser(strings.NewReader(body)), Header: http.Header{}}, nil
}

func TestSmoke(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &source{}
		client, err := webhook.NewClient(webhook.Config{Transport: src})
		if err != nil {
			t.Fatal(err)
		}
		roster := routing.NewRoster(nil)
		roster.Set("ann", routing.Active, 0)
		roster.Set("bob", routing.Active, 0)
		h, err := channel.NewHub(channel.HubConfig{Webhooks: client, Presence: roster, Notify: func(ctx context.Context, e channel.Event) error {
			t.Logf("%s event %d %s %v why=%q n=%d", e.At.Format("15:04:05.000"), e.Seq, e.Type, e.Destinations, e.Enquiry.Why, e.Enquiry.Number)
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		ch, err := h.Connect(t.Context(), channel.Settings{
			ID: "c", Source: "App", Name: "Support", Webhook: webhook.Endpoint{URL: "https://example.com/hook", Secrets: []webhook.Secret{webhook.NewSecret()}},
			Tokens: []string{channel.NewToken()}, Routing: routing.Alternative{routing.Staff("ann"), routing.Staff("bob")},
			Messages: messages.Settings{DisplayName: messages.FullName},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { _ = h.Run(ctx) })
		a, err := ch.Receive(ctx, channel.Inbound{Visitor: channel.Visitor{ID: "v1", Person: messages.Person{FirstName: "Zoe"}}, Message: messages.Message{ID: "1", Text: "hello"}})
		t.Log(a, err)
		time.Sleep(61 * time.Second)
		e, _ := ch.Enquiry(ctx, a.Enquiry)
		t.Log(e.Status, e.Offered, e.Why)
		bob := channel.Staff{ID: "bob", Person: messages.Person{FirstName: "Bob", LastName: "Ray"}}
		if err := ch.Accept(ctx, a.Enquiry, bob); err != nil {
			t.Error(err)
		}
		id, err := ch.Reply(ctx, a.Enquiry, bob, messages.Text("hi there"))
		t.Log(id, err)
		time.Sleep(time.Second)
		for en, err := range ch.Transcript(ctx, a.Enquiry) {
			t.Log(en.Seq, en.Author, en.DisplayName, en.Message.Text, en.Delivery, err)
		}
		_ = ch.Close(ctx, a.Enquiry, bob)
		roster.Set("ann", routing.Offline, 0)
		roster.Set("bob", routing.Offline, 0)
		_, err = ch.Receive(ctx, channel.Inbound{Visitor: channel.Visitor{ID: "v1"}, Message: messages.Message{ID: "2", Text: "again"}})
		time.Sleep(100 * time.Second)
		for e := range ch.Enquiries(ctx, channel.Query{}) {
			t.Log(e.Number, e.Status, e.Why)
		}
		cancel()
		wg.Wait()
		for _, p := range src.posts {
			t.Log(p)
		}
		rep, err := ch.Report(t.Context(), time.Time{}, time.Time{})
		t.Logf("%+v %v", rep, err)
	})
}
