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
	"strings"
	"time"

	"github.com/usherchat/usher/webhook"
)

// source is the third party: a messaging app with an endpoint for what is to be shown to its visitors, and a
// token for the incoming API.
type source struct {
	*server
	api, token string

	sent  int
	shown chan post
}

// post is a message that reached the source.
type post struct {
	visitor, kind, text string
}

// is tells a message by its visitor, the kind of its author, and a part of its text.
func is(visitor, kind, part string) func(post) bool {
	return func(p post) bool { return p.visitor == visitor && p.kind == kind && strings.Contains(p.text, part) }
}

func newSource(secret webhook.Secret, token string) (*source, error) {
	s := &source{token: token, shown: make(chan post, 64)}
	receiver, err := webhook.NewReceiver(webhook.ReceiverConfig{
		Secrets: []webhook.Secret{secret},
		Handle:  s.show,
	})
	if err != nil {
		return nil, err
	}
	s.server, err = serve(receiver)
	return s, err
}

// show shows a message to the visitor, with its quick replies as buttons.
func (s *source) show(_ context.Context, ev webhook.Event) error {
	var data struct {
		Visitor string
		Message struct {
			Text    string
			Choices []struct{ Text string }
		}
		Author struct {
			Kind        string
			DisplayName string `json:"display_name"`
		}
	}
	if err := json.Unmarshal(ev.Data, &data); err != nil {
		return err
	}
	from := "(" + data.Author.Kind + ")"
	if data.Author.DisplayName != "" {
		from = data.Author.DisplayName + " " + from
	}
	var buttons strings.Builder
	for _, c := range data.Message.Choices {
		buttons.WriteString(" [" + c.Text + "]")
	}
	fmt.Printf("   app: %s sees %s: %s%s\n", data.Visitor, from, data.Message.Text, buttons.String())
	s.shown <- post{data.Visitor, data.Author.Kind, data.Message.Text}
	return nil
}

// write posts a visitor's message to the incoming API; choice is the quick reply that was tapped.
func (s *source) write(ctx context.Context, visitor, name, text, choice string) error {
	s.sent++
	message := map[string]string{"id": "app-" + strconv.Itoa(s.sent), "text": text}
	if choice != "" {
		message["choice"] = choice
	}
	body, err := json.Marshal(map[string]any{
		"visitor": map[string]string{"id": visitor, "first_name": name, "locale": "en"},
		"message": message,
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
	fmt.Printf("   app: %s writes: %s\n", visitor, text)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		return fmt.Errorf("the incoming API answered %s", resp.Status)
	}
	return nil
}

// await waits for a message that the source has to show.
func (s *source) await(ctx context.Context, what string, is func(post) bool) error {
	for {
		select {
		case p := <-s.shown:
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
