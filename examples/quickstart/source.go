package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/usherchat/usher/webhook"
)

// source is the third party: a messaging app with an endpoint for what is to be shown to its visitors, and a
// token for the incoming API.
type source struct {
	*server
	api, token string

	mu       sync.Mutex
	failing  int
	sent     int
	attempts int
	seen     map[string]int
	posts    chan post
}

// post is a message that reached the source.
type post struct {
	visitor, kind, name, text string
	attempt, seen             int // at which attempt it came; the visitor's how-manieth message it is
}

func newSource(secret webhook.Secret, token string) (*source, error) {
	s := &source{token: token, seen: map[string]int{}, posts: make(chan post, 64)}
	receiver, err := webhook.NewReceiver(webhook.ReceiverConfig{
		Secrets: []webhook.Secret{secret},
		Handle:  s.show,
	})
	if err != nil {
		return nil, err
	}
	s.server, err = serve(s.flaky(receiver))
	return s, err
}

// flaky is the receiver on a bad day: it answers 503 as often as failNext said.
func (s *source) flaky(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.attempts++
		fail := s.failing > 0
		if fail {
			s.failing--
		}
		attempt := s.attempts
		s.mu.Unlock()
		if fail {
			fmt.Printf("   app: attempt %d answered 503\n", attempt)
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *source) failNext(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = n
}

// show shows a message to the visitor. It is called once for each, however often it is posted.
func (s *source) show(_ context.Context, ev webhook.Event) error {
	var data struct {
		Visitor string
		Message struct{ Text string }
		Author  struct {
			Kind        string
			DisplayName string `json:"display_name"`
		}
	}
	if err := json.Unmarshal(ev.Data, &data); err != nil {
		return err
	}
	s.mu.Lock()
	s.seen[data.Visitor]++
	p := post{
		visitor: data.Visitor, kind: data.Author.Kind, name: data.Author.DisplayName, text: data.Message.Text,
		attempt: s.attempts, seen: s.seen[data.Visitor],
	}
	s.attempts = 0
	s.mu.Unlock()
	from := p.name
	if from == "" {
		from = "(automatic)"
	}
	fmt.Printf("   app: %s sees %s: %s\n", p.visitor, from, p.text)
	s.posts <- p
	return nil
}

// send posts a visitor's message to the incoming API.
func (s *source) send(ctx context.Context, visitor, name, text string) error {
	s.sent++
	body, err := json.Marshal(map[string]any{
		"visitor": map[string]string{"id": visitor, "first_name": name, "locale": "en"},
		"message": map[string]string{"id": "app-" + strconv.Itoa(s.sent), "text": text},
	})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.api+"/messages", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	fmt.Printf("   app: POST /messages → %s\n", resp.Status)
	if resp.StatusCode != http.StatusAccepted {
		return fmt.Errorf("the incoming API answered %s", resp.Status)
	}
	return nil
}

// await waits for a message that the source has to show.
func (s *source) await(ctx context.Context, what string, is func(post) bool) error {
	for {
		select {
		case p := <-s.posts:
			if is(p) {
				return nil
			}
		case <-ctx.Done():
			return fmt.Errorf("%s did not arrive", what)
		}
	}
}

// server is an HTTP server on a free port of loopback.
type server struct {
	*http.Server
	url string
}

func serve(h http.Handler) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{url: "http://" + l.Addr().String(), Server: &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 32 << 10,
	}}
	go func() {
		if err := s.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			fmt.Println("   server:", err)
		}
	}()
	return s, nil
}
