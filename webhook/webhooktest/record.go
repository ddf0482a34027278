package webhooktest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/usherchat/usher/webhook"
)

// A Request is one request that arrived, in the order of arrival.
type Request struct {
	At         time.Time // by Config.Clock
	ID         string    // webhook-id
	Event      webhook.Event
	Header     http.Header
	Body       []byte // at most the first MiB
	RemoteAddr string // of the connection
	Signature  error  // of Config.Secrets; without any, errors.ErrUnsupported
	Step       string // the name of the step that treated it
	Status     int    // of the answer; 0: none was sent
}

// Delivered reports that the request was answered with a 2xx.
func (r Request) Delivered() bool { return r.Status/100 == 2 }

// Challenge reports that the request is a challenge and not an event.
func (r Request) Challenge() bool { return r.Event.Type == "challenge" }

func newRequest(c Config, r *http.Request, body []byte) Request {
	now := c.Clock.Now()
	request := Request{
		At: now, ID: r.Header.Get(webhook.HeaderID), Header: r.Header.Clone(), Body: body, RemoteAddr: r.RemoteAddr,
		Signature: errors.ErrUnsupported,
	}
	_ = json.Unmarshal(body, &request.Event) // what is no event is in Body
	request.Event.ID = request.ID
	if len(c.Secrets) > 0 {
		request.Signature = webhook.Verify(c.Secrets, r.Header, body, now, 0)
	}
	return request
}

// Requests returns everything that arrived so far.
func (e *Endpoint) Requests() []Request {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.requests)
}

// Wait waits until n requests have arrived, and reports whether they did before
// ctx ended.
func (e *Endpoint) Wait(ctx context.Context, n int) bool {
	for {
		e.mu.Lock()
		count, arrived := len(e.requests), e.arrived
		e.mu.Unlock()
		if count >= n {
			return true
		}
		select {
		case <-arrived:
		case <-e.closed:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// Delivered returns the ids of events in the order in which they were answered
// with a 2xx, repeats included.
func (e *Endpoint) Delivered() []string {
	var ids []string
	for _, r := range e.Requests() {
		if r.Delivered() && !r.Challenge() {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// AssertOnce fails the test unless each of the ids was delivered exactly once and
// nothing else was. Without ids: whatever was delivered was so once.
func (e *Endpoint) AssertOnce(tb testing.TB, ids ...string) {
	tb.Helper()
	counts := e.counts()
	for _, id := range ids {
		if counts[id] == 0 {
			tb.Errorf("webhooktest: %q was not delivered", id)
		}
	}
	for id, n := range counts {
		if n > 1 {
			tb.Errorf("webhooktest: %q was delivered %d times", id, n)
		}
		if len(ids) > 0 && !slices.Contains(ids, id) {
			tb.Errorf("webhooktest: %q was delivered and not expected", id)
		}
	}
}

// AssertAtLeastOnce fails the test unless each of the ids was delivered.
func (e *Endpoint) AssertAtLeastOnce(tb testing.TB, ids ...string) {
	tb.Helper()
	counts := e.counts()
	for _, id := range ids {
		if counts[id] == 0 {
			tb.Errorf("webhooktest: %q was not delivered", id)
		}
	}
}

// AssertInOrder fails the test unless each of the ids was delivered, and for the
// first time in this order. Other events may lie between them.
func (e *Endpoint) AssertInOrder(tb testing.TB, ids ...string) {
	tb.Helper()
	delivered := e.Delivered()
	last := -1
	for _, id := range ids {
		switch at := slices.Index(delivered, id); {
		case at < 0:
			tb.Errorf("webhooktest: %q was not delivered", id)
		case at < last:
			tb.Errorf("webhooktest: %q was delivered before %q", id, delivered[last])
		default:
			last = at
		}
	}
}

// AssertSigned fails the test unless every request that arrived was signed.
func (e *Endpoint) AssertSigned(tb testing.TB) {
	tb.Helper()
	for i, r := range e.Requests() {
		if r.Signature != nil {
			tb.Errorf("webhooktest: request %d, %q: %v", i, r.ID, r.Signature)
		}
	}
}

func (e *Endpoint) counts() map[string]int {
	counts := make(map[string]int)
	for _, id := range e.Delivered() {
		counts[id]++
	}
	return counts
}
