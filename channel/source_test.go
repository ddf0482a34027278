package channel_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/webhook"
)

// post is what a source gets.
type post struct {
	ID, Type  string
	Timestamp time.Time
	Challenge string
	Data      struct {
		Channel, Source string
		Visitor         channel.VisitorID
		Enquiry         channel.EnquiryID
		Seq             int64
		State           string
		Message         *messages.Message
		Author          *struct {
			Kind        string
			DisplayName string `json:"display_name"`
			AvatarURL   string `json:"avatar_url"`
		}
	}
	Header http.Header
	Body   []byte
	ctx    context.Context
}

// source is a channel's endpoint: it echoes challenges and records posts. It takes the place of the network.
type source struct {
	mu         sync.Mutex
	posts      []post // taken with 2xx
	seen       int
	attempts   int // of posts, challenges apart
	challenges int
	mute       bool // challenges are not answered
	// answer decides what a post is answered: a status, or an error instead of an answer.
	answer func(p post) (int, error)
	// retryAfter is sent with every answer if it is not empty.
	retryAfter string
}

// errCut is a connection that broke.
var errCut = errors.New("connection cut")

// took as a status means that the source took the post, but its answer never came.
const took = -1

// RoundTrip implements http.RoundTripper.
func (s *source) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	p := post{Header: r.Header, Body: body, ctx: r.Context()}
	if err := json.Unmarshal(body, &p); err != nil {
		return nil, err
	}
	p.ID = r.Header.Get(webhook.HeaderID)
	if p.Type == "challenge" {
		return s.challenge(p)
	}
	s.mu.Lock()
	s.attempts++
	answer := s.answer
	s.mu.Unlock()
	status := http.StatusNoContent
	if answer != nil {
		if status, err = answer(p); err != nil {
			return nil, err
		}
	}
	if status/100 == 2 || status == took {
		s.mu.Lock()
		s.posts = append(s.posts, p)
		s.mu.Unlock()
	}
	if status == took {
		return nil, errCut
	}
	return s.response(status, ""), nil
}

func (s *source) challenge(p post) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.challenges++
	if s.mute {
		return s.response(http.StatusBadRequest, "who are you?"), nil
	}
	return s.response(http.StatusOK, p.Challenge), nil
}

func (s *source) response(status int, body string) *http.Response {
	h := http.Header{}
	if s.retryAfter != "" {
		h.Set("Retry-After", s.retryAfter)
	}
	return &http.Response{
		StatusCode: status, ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)), Header: h,
	}
}

// setAnswer changes how posts are answered; nil = they are taken.
func (s *source) setAnswer(answer func(p post) (int, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

func (s *source) setMute(mute bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mute = mute
}

// down answers every post with a status.
func down(status int) func(post) (int, error) {
	return func(post) (int, error) { return status, nil }
}

func (s *source) counts() (attempts, challenges int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.attempts, s.challenges
}

func (s *source) all() []post {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]post(nil), s.posts...)
}

// last is the latest post that was taken.
func (s *source) last() post {
	all := s.all()
	if len(all) == 0 {
		return post{}
	}
	return all[len(all)-1]
}

// take describes what was taken since it was last called.
func (s *source) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []string
	for _, p := range s.posts[s.seen:] {
		lines = append(lines, p.String())
	}
	s.seen = len(s.posts)
	return lines
}

// String is a post in a few words: "auto: welcome", "staff Ann: hi", "enquiry opened", "typing Ann".
func (p post) String() string {
	name := ""
	if p.Data.Author != nil {
		name = p.Data.Author.DisplayName
	}
	switch {
	case p.Data.Message != nil && name != "":
		return fmt.Sprintf("%s %s: %s", p.Data.Author.Kind, name, p.Data.Message.Text)
	case p.Data.Message != nil:
		return fmt.Sprintf("%s: %s", p.Data.Author.Kind, p.Data.Message.Text)
	default:
		return strings.TrimSpace(strings.TrimSpace(p.Type+" "+p.Data.State) + " " + name)
	}
}
