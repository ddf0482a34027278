package webhooktest

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/webhook"
)

// maxBody is how much of a request is read, several times what a client sends.
const maxBody = 1 << 20

// Config is the settings of an [Endpoint]. The zero Config is plain HTTP on a
// loopback socket that does not look at signatures.
type Config struct {
	// Secrets verify requests; Request.Signature says how that went, the answer
	// does not depend on it.
	Secrets []webhook.Secret
	// Clock judges the timestamps of signatures; nil is the real one.
	Clock clock.Clock
	// TLS is the certificate to show; Plain is none.
	TLS TLS
	// Pipe runs the endpoint in memory, through net.Pipe: no socket, so that it
	// works within a testing/synctest bubble. There are no addresses to refuse, and
	// a reset is a close.
	Pipe bool
}

// An Endpoint is somebody's webhook endpoint, under the test's control.
type Endpoint struct {
	config Config
	url    string
	roots  *x509.CertPool
	pipe   *pipeListener // nil: on a socket
	server *http.Server
	closed chan struct{}
	end    func()

	mu       sync.Mutex
	script   []Step
	byID     map[string][]Step
	always   Step
	requests []Request
	arrived  chan struct{} // closed and replaced at each request
}

// Start starts an endpoint that ends with the test.
func Start(tb testing.TB, c Config) *Endpoint {
	tb.Helper()
	e := &Endpoint{
		config: c, closed: make(chan struct{}), byID: make(map[string][]Step), always: OK(), arrived: make(chan struct{}),
	}
	e.config.Secrets = slices.Clone(c.Secrets)
	if e.config.Clock == nil {
		e.config.Clock = clock.New()
	}
	listener, err := e.listen()
	if err != nil {
		tb.Fatalf("webhooktest: %v", err)
	}
	e.server = &http.Server{
		Handler:           http.HandlerFunc(e.serve),
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0), // hijacked and broken connections are what we are for
	}
	var wg sync.WaitGroup
	wg.Go(func() { _ = e.server.Serve(listener) }) // ends with Close
	e.end = sync.OnceFunc(func() {
		close(e.closed)
		_ = e.server.Close() // also closes the connections
		wg.Wait()
	})
	tb.Cleanup(e.end)
	return e
}

func (e *Endpoint) listen() (net.Listener, error) {
	var listener net.Listener
	host := "webhooktest.example"
	if e.config.Pipe {
		e.pipe = newPipeListener()
		listener = e.pipe
	} else {
		var err error
		if listener, err = new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0"); err != nil {
			return nil, err
		}
		host = listener.Addr().String()
	}
	if e.config.TLS == Plain {
		e.url = "http://" + host + "/webhook"
		return listener, nil
	}
	e.url = "https://" + host + "/webhook"
	switch e.config.TLS {
	case NoTLS:
		return listener, nil
	case Mute:
		return &muteListener{Listener: listener}, nil
	default:
	}
	certificate, roots, err := newCertificate(e.config.TLS)
	if err != nil {
		return nil, err
	}
	e.roots = roots
	return tls.NewListener(listener, &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12,
	}), nil
}

// Close ends the endpoint and every step under way. It may be called again.
func (e *Endpoint) Close() { e.end() }

// URL returns where the endpoint is.
func (e *Endpoint) URL() string { return e.url }

// Webhook returns the endpoint as a client is told of it: its URL and secrets.
func (e *Endpoint) Webhook() webhook.Endpoint {
	return webhook.Endpoint{URL: e.url, Secrets: slices.Clone(e.config.Secrets)}
}

// Client returns settings with which a client reaches the endpoint: HTTP and the
// loopback are allowed, its certificate's root is trusted, and to an endpoint in
// memory it talks through the pipe. All else is for the caller to set.
func (e *Endpoint) Client() webhook.Config {
	c := webhook.Config{
		AllowHTTP:     true,
		AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		RootCAs:       e.roots,
	}
	if e.pipe != nil {
		c.Transport = e.Transport()
	}
	return c
}

// Transport returns a plain transport to the endpoint, without any guard.
func (e *Endpoint) Transport() *http.Transport {
	t := &http.Transport{
		TLSClientConfig:        &tls.Config{RootCAs: e.roots, MinVersion: tls.VersionTLS12},
		DisableCompression:     true,
		MaxResponseHeaderBytes: 32 << 10,
	}
	if e.pipe != nil {
		t.DialContext = e.pipe.dial
	}
	return t
}

// Script lines steps up for the next requests, after those lined up before.
func (e *Endpoint) Script(steps ...Step) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.script = append(e.script, steps...)
}

// On lines steps up for the next requests with this webhook-id. They come before
// those of Script, which they leave where they are.
func (e *Endpoint) On(id string, steps ...Step) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.byID[id] = append(e.byID[id], steps...)
}

// Always treats every request so from now on for which no step is lined up, in
// place of behaving well.
func (e *Endpoint) Always(step Step) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.always = step
}

// serve records a request and lets its step answer.
func (e *Endpoint) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler) // the client has gone: there is nobody to answer
	}
	step, n := e.record(r, body)
	x := &exchange{endpoint: e, w: &statusWriter{ResponseWriter: w}, r: r, body: body}
	x.w.wrote = func(status int) { e.answered(n, status) }
	step.do(x)
}

// record keeps the request and returns its step and its number.
func (e *Endpoint) record(r *http.Request, body []byte) (Step, int) {
	request := newRequest(e.config, r, body)
	e.mu.Lock()
	defer e.mu.Unlock()
	step := e.always
	if own := e.byID[request.ID]; len(own) > 0 {
		step, e.byID[request.ID] = own[0], own[1:]
	} else if len(e.script) > 0 {
		step, e.script = e.script[0], e.script[1:]
	}
	request.Step = step.name
	e.requests = append(e.requests, request)
	close(e.arrived)
	e.arrived = make(chan struct{})
	return step, len(e.requests) - 1
}

func (e *Endpoint) answered(n, status int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.requests[n].Status = cmp.Or(e.requests[n].Status, status)
}

// A statusWriter tells which status was written.
type statusWriter struct {
	http.ResponseWriter
	wrote func(status int)
}

func (w *statusWriter) WriteHeader(status int) {
	w.wrote(status)
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
