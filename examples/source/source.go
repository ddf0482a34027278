package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/usherchat/usher/webhook"
)

// A source sends visitors' messages to Usher and prints what comes back.
type source struct {
	base, channel, token string
	out                  io.Writer
	pause                time.Duration // before another attempt; 0 is one second
}

// A visitor is as the incoming API wants one. ID is our own name for the person;
// all else is optional.
type visitor struct {
	ID        string `json:"id"`
	FirstName string `json:"first_name,omitempty"`
	Name      string `json:"name,omitempty"`
	Locale    string `json:"locale,omitempty"` // BCP 47, such as "de": chooses the language of automatic replies
}

// A message is one thing said. ID is what makes sending it again harmless.
type message struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

type inbound struct {
	Visitor visitor `json:"visitor"`
	Message message `json:"message"`
}

// A reply is the data of a "message" event, as far as we use it.
type reply struct {
	Visitor string  `json:"visitor"`
	Message message `json:"message"`
	Author  struct {
		Kind        string `json:"kind"` // staff, auto or bot
		DisplayName string `json:"display_name"`
	} `json:"author"`
}

func (s *source) check() error {
	if s.base == "" {
		return nil
	}
	if s.channel == "" || s.token == "" {
		return errors.New("-channel and USHER_TOKEN are needed to send to -usher")
	}
	_, err := url.Parse(s.base)
	return err
}

// handle takes an event from Usher. The receiver calls it once for each id and
// answers Usher when it returns: so it first makes the message safe, which here
// is to print it. An error has Usher come again.
func (s *source) handle(_ context.Context, ev webhook.Event) error {
	if ev.Type != "message" {
		return nil // types that we do not know may come at any time
	}
	var r reply
	if err := json.Unmarshal(ev.Data, &r); err != nil {
		return err
	}
	from := r.Author.DisplayName
	if from == "" {
		from = r.Author.Kind
	}
	_, err := fmt.Fprintf(s.out, "%s → %s: %s\n", from, r.Visitor, r.Message.Text)
	return err
}

// attempts bounds how often say tries. A real source keeps the message in a table
// of its own until Usher has it.
const attempts = 5

// say sends a visitor's message, again under the same id if Usher could not be
// reached, was busy or broke down: the id keeps it from being taken twice.
func (s *source) say(ctx context.Context, v visitor, text string) error {
	body, err := json.Marshal(inbound{Visitor: v, Message: message{ID: rand.Text(), Text: text}})
	if err != nil {
		return err
	}
	pause := cmp.Or(s.pause, time.Second)
	for attempt := 1; ; attempt++ {
		wait, err := s.post(ctx, body)
		if err == nil || wait < 0 || attempt == attempts {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(max(wait, pause)):
		}
		pause *= 2
	}
}

// post makes one attempt. A negative wait means that another would not help.
func (s *source) post(ctx context.Context, body []byte) (wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	to := s.base + "/" + url.PathEscape(s.channel) + "/messages"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return -1, err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	said, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	switch {
	case resp.StatusCode/100 == 2: // 202, or 200 for one that Usher has already
		return 0, nil
	case err != nil:
		return 0, err
	}
	err = fmt.Errorf("usher answered %d: %.200q", resp.StatusCode, said)
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode/100 != 5 {
		return -1, err
	}
	seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After")) // without one: our own pause
	return min(time.Duration(max(seconds, 0))*time.Second, time.Minute), err
}
