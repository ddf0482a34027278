package visits

import (
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/webhook"
)

// weather is how an endpoint behaves for a while.
type weather int

const (
	fair    weather = iota // every post is taken
	flaky                  // some fail, some are taken without an answer
	stormy                 // nothing is taken
	hurried                // 429 with Retry-After
	picky                  // some messages are refused for good
	gone                   // 410, once
	weathers
)

func (w weather) String() string {
	return [...]string{"fair", "flaky", "stormy", "hurried", "picky", "gone", "?"}[min(w, weathers)]
}

// outgoing is the data of a post.
type outgoing struct {
	Channel string            `json:"channel"`
	Visitor channel.VisitorID `json:"visitor"`
	Enquiry channel.EnquiryID `json:"enquiry"`
	Seq     int64             `json:"seq"`
	State   string            `json:"state"`
	Message *messages.Message `json:"message"`
	Author  *struct {
		Kind string `json:"kind"`
	} `json:"author"`
}

func (o outgoing) text() string {
	if o.Message == nil {
		return o.State
	}
	return o.Message.Text
}

// source is the endpoint of all channels.
type source struct {
	journal *journal
	sleep   func(time.Duration)

	mu      sync.Mutex
	random  *rand.Rand
	weather map[string]weather // by channel
	known   []known            // posts that were taken, for receipts
}

// known is a message that the source may send a receipt for.
type known struct {
	key
	id channel.MessageID
}

func (s *source) set(id string, w weather) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.weather[id] = w
}

// refused reports whether a picky source refuses this message, each time it comes.
func refused(text string) bool { return strings.HasSuffix(text, "3#") || strings.HasSuffix(text, "7#") }

// answer is what becomes of a post.
type answer struct {
	status     int // 0: no answer
	took       bool
	retryAfter string
	delay      time.Duration
}

// decide draws what becomes of a post.
func (s *source) decide(o outgoing) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := answer{status: http.StatusNoContent, took: true, delay: time.Duration(s.random.IntN(40)) * time.Millisecond}
	switch s.weather[o.Channel] {
	case flaky:
		switch n := s.random.IntN(10); {
		case n < 3:
			a.status, a.took = http.StatusBadGateway, false
		case n < 5:
			a.status = 0 // taken, but nobody hears of it
		case n < 6:
			a.status, a.took = 0, false
		}
	case stormy:
		a.status, a.took = http.StatusInternalServerError+s.random.IntN(4), false
	case hurried:
		if s.random.IntN(2) == 0 {
			a.status, a.took, a.retryAfter = http.StatusTooManyRequests, false, "2"
		}
	case picky:
		if refused(o.text()) {
			a.status, a.took = http.StatusUnprocessableEntity, false
		}
	case gone:
		a.status, a.took = http.StatusGone, false
		s.weather[o.Channel] = fair
	case fair, weathers:
	}
	return a
}

// receive is the network and the endpoint: what a process posts.
func (s *source) receive(p *process, r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var e struct {
		Type      string          `json:"type"`
		Challenge string          `json:"challenge"`
		Data      json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, err
	}
	if e.Type == "challenge" {
		return respond(http.StatusOK, e.Challenge, ""), nil
	}
	t := attempt{process: p.n, id: r.Header.Get(webhook.HeaderID), kind: e.Type, body: string(e.Data)}
	if err := json.Unmarshal(e.Data, &t.post); err != nil {
		return nil, err
	}
	s.journal.begin(&t.span)
	a := s.decide(t.post)
	if a.delay > 0 {
		s.sleep(a.delay)
	}
	p.store.thaw()
	t.took, t.told = a.took, a.status/100 == 2 && !p.store.isDead()
	s.journal.end(&t.span, func() { s.journal.attempts = append(s.journal.attempts, &t) })
	if a.took && t.post.Message != nil {
		s.mu.Lock()
		s.known = append(s.known, known{key{t.post.Channel, t.post.Visitor}, channel.MessageID(t.id)})
		s.mu.Unlock()
	}
	if a.status == 0 {
		return nil, errors.New("visits: the connection broke")
	}
	return respond(a.status, "", a.retryAfter), nil
}

func respond(status int, body, retryAfter string) *http.Response {
	h := http.Header{}
	if retryAfter != "" {
		h.Set("Retry-After", retryAfter)
	}
	return &http.Response{
		StatusCode: status, ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)), Header: h,
	}
}

// some draws a message that was taken before.
func (s *source) some(random *rand.Rand) (known, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) == 0 {
		return known{}, false
	}
	recent := s.known[max(0, len(s.known)-30):]
	return recent[random.IntN(len(recent))], true
}
