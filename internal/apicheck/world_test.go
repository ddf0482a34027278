package apicheck_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// world is a backend with a hub, its incoming API on loopback, and a clock that the test moves.
type world struct {
	*testing.T
	journal *journal
	clock   *clock.Mock
	store   *store
	hub     *channel.Hub
	api     string
	token   string
	secret  webhook.Secret
	events  []channel.Event
	ids     int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, journal: &journal{}, clock: clock.NewMock(), token: channel.NewToken(), secret: webhook.NewSecret()}
	w.clock.Set(time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC))
	w.store = &store{Store: channel.NewMemStore()}
	client, err := webhook.NewClient(webhook.Config{
		Clock: w.clock, AllowHTTP: true, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Rate: -1,
		Retry: webhook.Retry{Delays: []time.Duration{time.Second, time.Second, time.Second}, Jitter: -1},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	w.hub, err = channel.NewHub(channel.HubConfig{
		Clock: w.clock, Store: w.store, Webhooks: client, ReadTimeout: time.Second,
		Notify: func(_ context.Context, e channel.Event) error {
			w.events = append(w.events, e)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.StripPrefix(mount, w.hub.Handler()))
	t.Cleanup(server.Close)
	w.api = server.URL + mount
	return w
}

// store fails when it is told to.
type store struct {
	channel.Store
	broken atomic.Bool
}

func (s *store) Update(ctx context.Context, id string, look conversation.Look, fn func(*conversation.Conversation) error) error {
	if s.broken.Load() {
		return errors.New("the disk is full")
	}
	return s.Store.Update(ctx, id, look, fn)
}

// connect connects a channel whose endpoint is src.
func (w *world) connect(id string, src *source, change func(*channel.Settings)) *channel.Channel {
	w.Helper()
	s := channel.Settings{
		ID: id, Source: "Acme app", Name: "Acme support", Tokens: []string{w.token},
		Webhook: webhook.Endpoint{URL: src.url, Secrets: []webhook.Secret{w.secret}},
		Routing: routing.Staff("ann"),
	}
	if change != nil {
		change(&s)
	}
	ch, err := w.hub.Connect(w.Context(), s)
	if err != nil {
		w.Fatal(err)
	}
	return ch
}

// pass lets time pass, and what is due be done.
func (w *world) pass(d time.Duration) {
	w.Helper()
	w.clock.Add(d)
	if err := w.hub.RunDue(w.Context()); err != nil {
		w.Fatal(err)
	}
}

// id is one that was not there before.
func (w *world) id() string {
	w.ids++
	return "id-" + strconv.Itoa(w.ids)
}

// call is a request of the incoming API.
type call struct {
	slow                     bool // its body does not end
	name, method, path, body string
	header                   http.Header // instead of the token
	want                     int
	exempt                   exemption
}

// do makes the request and checks the status of its answer.
func (w *world) do(c call) exchange {
	w.Helper()
	if c.method == "" {
		c.method = http.MethodPost
	}
	var body io.Reader = bytes.NewReader([]byte(c.body))
	if c.method == http.MethodGet {
		body = nil
	}
	if c.slow { // its end does not come
		silence, _ := io.Pipe()
		body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(body, silence), silence}
	}
	req, err := http.NewRequestWithContext(w.Context(), c.method, w.api+c.path, body)
	if err != nil {
		w.Fatal(err)
	}
	req.Header = http.Header{"Authorization": {"Bearer " + w.token}, "Content-Type": {"application/json"}}
	if c.header != nil {
		req.Header = c.header
	}
	x, err := w.journal.send(http.DefaultClient, req, []byte(c.body), c.name, c.exempt)
	if err != nil {
		w.Fatalf("%s: %v", c.name, err)
	}
	if c.want != 0 && x.status != c.want {
		w.Errorf("%s: answered %d, want %d: %s", c.name, x.status, c.want, x.answer)
	}
	return x
}

// source is the endpoint of a source: a receiver of the library, unless an answer is prepared.
type source struct {
	url      string
	receiver http.Handler

	mu       sync.Mutex
	prepared []http.HandlerFunc
	ids      []string // the webhook-id of each post
}

func (w *world) source() *source {
	w.Helper()
	s := &source{}
	var err error
	s.receiver, err = webhook.NewReceiver(webhook.ReceiverConfig{
		Clock: w.clock, Secrets: []webhook.Secret{w.secret}, Handle: func(context.Context, webhook.Event) error { return nil },
	})
	if err != nil {
		w.Fatal(err)
	}
	server := httptest.NewServer(w.journal.listen(s))
	w.Cleanup(server.Close)
	s.url = server.URL + "/hook"
	return s
}

func (s *source) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.ids = append(s.ids, r.Header.Get(webhook.HeaderID))
	answer := s.receiver.ServeHTTP
	if len(s.prepared) > 0 {
		answer = s.prepared[0]
		s.prepared = s.prepared[1:]
	}
	s.mu.Unlock()
	answer(w, r)
}

// answer prepares the answer to the next post.
func (s *source) answer(status int, header ...string) {
	s.prepare(func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
	})
}

func (s *source) prepare(answer http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prepared = append(s.prepared, answer)
}

// posts returns the webhook-ids since the last call.
func (s *source) posts() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := s.ids
	s.ids = nil
	return ids
}

// told reports whether the host has heard of the event since the last call, and forgets all that it has heard.
func (w *world) told(kind channel.EventType) bool {
	heard := false
	for _, e := range w.events {
		heard = heard || e.Type == kind
	}
	w.events = nil
	return heard
}

// say is the body of a visitor's message.
func say(visitor, id, text string) string {
	return fmt.Sprintf(`{"visitor":{"id":%q},"message":{"id":%q,"text":%q}}`, visitor, id, text)
}
