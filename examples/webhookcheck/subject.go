package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/webhook"
)

// A subject is the endpoint that is checked, with the clients that check it: one
// that is honest and others with one fault each. All dial through the same guard.
type subject struct {
	endpoint webhook.Endpoint
	honest   *webhook.Client
	stranger *webhook.Client // honest too; it sends what others have signed
	changing *webhook.Client // changes the body after it was signed
	nonsense *webhook.Client // signs a body that is not JSON
	slow     *webhook.Client // takes seconds to send the body
	late     *webhook.Client // signs with a clock that is late
	early    *webhook.Client // and with one that is early
}

func newSubject(e webhook.Endpoint, local bool) (*subject, error) {
	s := &subject{endpoint: e}
	var faults []error
	client := func(at time.Duration, change func(*http.Request) error) *webhook.Client {
		c := webhook.Config{
			Rate: -1, Breaker: webhook.Breaker{Failures: -1}, // many are to be refused
			UserAgent: "usher-webhookcheck/1",
		}
		if local {
			c.AllowHTTP, c.AllowNetworks = true, privateNetworks()
		}
		if at != 0 {
			mock := clock.NewMock()
			mock.Set(time.Now().Add(at))
			c.Clock = mock
		}
		if change != nil {
			c.Wrap = func(next http.RoundTripper) http.RoundTripper { return changer{next, change} }
		}
		client, err := webhook.NewClient(c)
		faults = append(faults, err)
		return client
	}
	s.honest = client(0, nil)
	s.stranger = client(0, nil)
	s.changing = client(0, changeBody)
	s.nonsense = client(0, s.signNonsense)
	s.slow = client(0, slowDown)
	s.late = client(-staleBy, nil)
	s.early = client(staleBy, nil)
	return s, errors.Join(faults...)
}

func (s *subject) close() {
	for _, c := range []*webhook.Client{s.honest, s.stranger, s.changing, s.nonsense, s.slow, s.late, s.early} {
		c.CloseIdleConnections()
	}
}

// forgery is the endpoint with a secret that is not its own.
func (s *subject) forgery() webhook.Endpoint {
	return webhook.Endpoint{URL: s.endpoint.URL, Secrets: []webhook.Secret{webhook.NewSecret()}}
}

func (s *subject) event(kind string, data json.RawMessage) webhook.Event {
	return webhook.Event{ID: "webhookcheck_" + rand.Text(), Type: kind, Data: data}
}

// testMessage is the data of a message event, as Usher sends it.
func testMessage(text string) json.RawMessage {
	data, err := json.Marshal(map[string]any{
		"channel": "webhookcheck", "source": "webhookcheck", "visitor": "webhookcheck", "enquiry": "webhookcheck", "seq": 1,
		"message": map[string]string{"id": "webhookcheck", "text": "This is a test: " + text},
		"author":  map[string]string{"kind": "staff", "display_name": "webhookcheck"},
	})
	if err != nil {
		panic(err) // maps of strings always marshal
	}
	return data
}

// A changer changes a copy of each request on its way.
type changer struct {
	next   http.RoundTripper
	change func(*http.Request) error
}

func (c changer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if err := c.change(r); err != nil {
		return nil, err
	}
	return c.next.RoundTrip(r)
}

// setBody puts another body into a request.
func setBody(r *http.Request, body []byte) {
	r.ContentLength = int64(len(body))
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.GetBody = nil
}

func changeBody(r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	setBody(r, bytes.Replace(body, []byte("change me"), []byte("Change me"), 1))
	return err
}

func (s *subject) signNonsense(r *http.Request) error {
	body := []byte(`{"type":"message",`)
	setBody(r, body)
	signature := webhook.Sign(s.endpoint.Secrets[0], r.Header.Get(webhook.HeaderID), time.Now(), body)
	r.Header.Set(webhook.HeaderSignature, signature)
	return nil
}

func slowDown(r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	setBody(r, body)
	r.Body = io.NopCloser(&slowReader{rest: strings.NewReader(string(body)), piece: len(body)/4 + 1})
	return err
}

// A slowReader gives a body in four pieces, most of a second apart.
type slowReader struct {
	rest  io.Reader
	piece int
}

func (r *slowReader) Read(b []byte) (int, error) {
	time.Sleep(700 * time.Millisecond)
	return r.rest.Read(b[:min(len(b), r.piece)])
}
