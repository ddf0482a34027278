package channel_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// wire is a hub and a source that speak HTTP over loopback.
type wire struct {
	t     *testing.T
	hub   *channel.Hub
	ch    *channel.Channel
	api   string
	token string

	mu     sync.Mutex
	posts  map[channel.VisitorID][]post
	events []channel.Event
	news   chan struct{} // capacity 1: something was posted or told
}

// newWire runs until the test ends.
func newWire(t *testing.T) *wire {
	t.Helper()
	w := &wire{t: t, token: channel.NewToken(), posts: map[channel.VisitorID][]post{}, news: make(chan struct{}, 1)}
	secret := webhook.NewSecret()
	receiver, err := webhook.NewReceiver(webhook.ReceiverConfig{Secrets: []webhook.Secret{secret}, Handle: w.take})
	if err != nil {
		t.Fatal(err)
	}
	source := httptest.NewTLSServer(receiver)
	t.Cleanup(source.Close)
	roots := x509.NewCertPool()
	roots.AddCert(source.Certificate())
	client, err := webhook.NewClient(webhook.Config{
		AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, RootCAs: roots, Rate: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	w.hub, err = channel.NewHub(channel.HubConfig{Notify: w.notify, Webhooks: client})
	if err != nil {
		t.Fatal(err)
	}
	w.ch, err = w.hub.Connect(t.Context(), channel.Settings{
		ID: "shop", Source: "App", Name: "Support", Tokens: []string{w.token}, Routing: routing.Team("all"),
		Webhook: webhook.Endpoint{URL: source.URL, Secrets: []webhook.Secret{secret}},
	})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(w.hub.Handler())
	t.Cleanup(api.Close)
	w.api = api.URL
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := w.hub.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); running.Wait() })
	return w
}

// take is the source's side.
func (w *wire) take(_ context.Context, e webhook.Event) error {
	var p post
	if err := json.Unmarshal(e.Data, &p.Data); err != nil {
		return err
	}
	p.ID, p.Type = e.ID, e.Type
	w.mu.Lock()
	w.posts[p.Data.Visitor] = append(w.posts[p.Data.Visitor], p)
	w.mu.Unlock()
	w.wake()
	return nil
}

func (w *wire) notify(_ context.Context, e channel.Event) error {
	w.mu.Lock()
	w.events = append(w.events, e)
	w.mu.Unlock()
	w.wake()
	return nil
}

func (w *wire) wake() {
	select {
	case w.news <- struct{}{}:
	default:
	}
}

// until waits for something to become true.
func (w *wire) until(what string, done func() bool) {
	w.t.Helper()
	timeout := time.NewTimer(20 * time.Second)
	defer timeout.Stop()
	for {
		w.mu.Lock()
		ok := done()
		w.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-w.news:
		case <-timeout.C:
			w.t.Fatalf("in vain: %s", what)
		}
	}
}

// told counts events of a type; w.mu is locked.
func (w *wire) told(t channel.EventType) (n int) {
	for _, e := range w.events {
		if e.Type == t {
			n++
		}
	}
	return n
}

// send posts a message to the incoming API.
func (w *wire) send(visitor, id string) (status int, got channel.Accepted) {
	body := fmt.Sprintf(`{"visitor":{"id":%q},"message":{"id":%q,"text":"hello"}}`, visitor, id)
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.api+"/shop/messages", bytes.NewReader([]byte(body)))
	if err != nil {
		w.t.Error(err)
		return 0, got
	}
	r.Header.Set("Authorization", "Bearer "+w.token)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Error(err)
		return 0, got
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		w.t.Error(err)
	}
	return resp.StatusCode, got
}

// atOnce starts n calls as close to one another as can be.
func atOnce(n int, call func(i int)) {
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			call(i)
		})
	}
	close(start)
	wg.Wait()
}

// 40 visitors post their first messages at once, two each: 40 welcomes, each first.
func TestFortyVisitorsAtOnce(t *testing.T) {
	t.Parallel()
	const visitors = 40
	w := newWire(t)
	atOnce(2*visitors, func(i int) {
		if status, got := w.send(fmt.Sprint("v", i/2), fmt.Sprint("m", i%2)); status != http.StatusAccepted || got.Duplicate {
			t.Errorf("answered %d %+v", status, got)
		}
	})
	w.until("40 welcomes, all messages and offers told", func() bool {
		return len(w.posts) == visitors && w.told(channel.MessageReceived) == 2*visitors && w.told(channel.EnquiryOffered) == visitors
	})
	w.until("the welcomes told as sent", func() bool { return w.told(channel.MessageSent) == visitors })
	numbers := map[int64]bool{}
	for e, err := range w.ch.Enquiries(t.Context(), channel.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		numbers[e.Number] = true
		if _, err := w.ch.Reply(t.Context(), e.ID, ann, messages.Text("hi")); err != nil {
			t.Error(err)
		}
	}
	for n := range int64(visitors) {
		if !numbers[n+1] || len(numbers) != visitors {
			t.Fatalf("numbers are %v", numbers)
		}
	}
	w.until("the replies", func() bool { return w.told(channel.MessageSent) == 2*visitors })
	w.mu.Lock()
	defer w.mu.Unlock()
	for v, posts := range w.posts {
		if len(posts) != 2 || posts[0].Data.Author.Kind != "auto" || posts[1].Data.Author.Kind != "staff" {
			t.Errorf("%s was sent %v, want one welcome first, then the reply", v, posts)
		}
	}
}

// 30 posts of one message id: one enquiry, one message, one welcome.
func TestThirtyPostsOfOneMessage(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	var accepted, duplicates atomic.Int64
	var ids sync.Map
	atOnce(30, func(int) {
		switch status, got := w.send("v", "the same"); status {
		case http.StatusAccepted:
			accepted.Add(1)
			ids.Store(got.Message, got.Enquiry)
		case http.StatusOK:
			duplicates.Add(1)
			ids.Store(got.Message, got.Enquiry)
		default:
			t.Errorf("answered %d", status)
		}
	})
	w.until("the welcome and the offer", func() bool {
		return w.told(channel.MessageSent) == 1 && w.told(channel.EnquiryOffered) == 1
	})
	different := 0
	ids.Range(func(any, any) bool { different++; return true })
	if accepted.Load() != 1 || duplicates.Load() != 29 || different != 1 {
		t.Errorf("%d accepted, %d duplicates, %d different ids; want 1, 29, 1", accepted.Load(), duplicates.Load(), different)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.posts["v"]) != 1 || w.told(channel.EnquiryOpened) != 1 || w.told(channel.MessageReceived) != 1 {
		t.Errorf("posted %v, told %v", w.posts["v"], w.events)
	}
}

// 20 staff accept at once: one wins, the others are told that it was taken.
func TestTwentyAcceptAtOnce(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	for round := range 10 {
		_, got := w.send(fmt.Sprint("v", round), "1")
		var won, taken atomic.Int64
		var winner sync.Map
		atOnce(20, func(i int) {
			by := channel.Staff{ID: fmt.Sprint("s", i), Capacity: 10}
			switch err := w.ch.Accept(t.Context(), got.Enquiry, by); {
			case err == nil:
				won.Add(1)
				winner.Store("", by.ID)
			case errors.Is(err, channel.ErrTaken):
				taken.Add(1)
			default:
				t.Error(err)
			}
		})
		e, err := w.ch.Enquiry(t.Context(), got.Enquiry)
		if err != nil {
			t.Fatal(err)
		}
		if id, _ := winner.Load(""); won.Load() != 1 || taken.Load() != 19 || e.Staff.ID != id || e.Status != channel.Handling {
			t.Errorf("%d won, %d were told it was taken; handled by %s, won by %v", won.Load(), taken.Load(), e.Staff.ID, id)
		}
	}
	w.until("the acceptances", func() bool { return w.told(channel.EnquiryAccepted) == 10 })
}
