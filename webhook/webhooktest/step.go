package webhooktest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/benbjohnson/clock"
)

// A Step is how one request is treated.
type Step struct {
	name string
	do   func(*exchange)
}

// An exchange is one request with the means to answer it.
type exchange struct {
	endpoint *Endpoint
	w        *statusWriter
	r        *http.Request
	body     []byte
}

// String returns the step's name, as in Request.Step.
func (s Step) String() string { return s.name }

// OK behaves well: a challenge is echoed as JSON, all else is answered with 204.
func OK() Step {
	return Step{"ok", func(x *exchange) {
		if v := x.challenge(); v != "" {
			x.ok("application/json", `{"challenge":"`+v+`"}`)
			return
		}
		x.w.WriteHeader(http.StatusNoContent)
	}}
}

// Status answers with a status and no body.
func Status(code int) Step {
	return Step{"status", func(x *exchange) { x.w.WriteHeader(code) }}
}

// Answer answers with a status, one more header as "Name: value" ("" is none),
// and a body.
func Answer(code int, header, body string) Step {
	return Step{"answer", func(x *exchange) {
		if name, value, ok := strings.Cut(header, ":"); ok {
			x.w.Header().Set(name, strings.TrimSpace(value))
		}
		x.w.WriteHeader(code)
		_, _ = io.WriteString(x.w, body)
	}}
}

// RetryAfter answers with a status, such as 429 or 503, and a Retry-After header
// as given: seconds, a date, or nonsense.
func RetryAfter(code int, value string) Step {
	step := Answer(code, "Retry-After: "+value, "")
	step.name = "retry_after"
	return step
}

// Redirect answers with a 3xx to another address.
func Redirect(code int, to string) Step {
	step := Answer(code, "Location: "+to, "")
	step.name = "redirect"
	return step
}

// Slow waits before it goes on with another step, or until the client leaves.
func Slow(d time.Duration, then Step) Step {
	return Step{"slow_" + then.name, func(x *exchange) {
		if x.sleep(d) {
			then.do(x)
		}
	}}
}

// Silence reads the request and never answers.
func Silence() Step {
	return Step{"silence", func(x *exchange) {
		select {
		case <-x.r.Context().Done():
		case <-x.endpoint.closed:
		}
	}}
}

// Drip answers with a status at once and then sends a body without an end, one
// byte at a time.
func Drip(code int, every time.Duration) Step {
	return Step{"drip", func(x *exchange) {
		x.w.WriteHeader(code)
		for x.flush() && x.sleep(every) {
			if _, err := x.w.Write([]byte("x")); err != nil {
				return
			}
		}
	}}
}

// HugeBody answers with a status and a body of n bytes, or as much of it as the
// client takes.
func HugeBody(code int, n int64) Step {
	return Step{"huge_body", func(x *exchange) {
		x.w.WriteHeader(code)
		x.fill(x.w, n)
	}}
}

// GzipBomb answers 200 with a gzip stream that unpacks to n bytes.
func GzipBomb(n int64) Step {
	return Step{"gzip_bomb", func(x *exchange) {
		x.w.Header().Set("Content-Encoding", "gzip")
		x.w.WriteHeader(http.StatusOK)
		_ = x.flush() // the client may have gone
		z := gzip.NewWriter(x.w)
		x.fill(z, n)
		_ = z.Close() // the client may have gone
	}}
}

// HugeHeader answers 200 with n bytes of headers.
func HugeHeader(n int) Step {
	return Step{"huge_header", func(x *exchange) {
		x.w.Header().Set("X-Huge", strings.Repeat("x", n))
		x.w.WriteHeader(http.StatusOK)
	}}
}

// WrongEcho answers a challenge with another value of the same length.
func WrongEcho() Step {
	return Step{"wrong_echo", func(x *exchange) {
		x.ok("text/plain", strings.Repeat("A", len(x.challenge())))
	}}
}

// PartialEcho answers a challenge with all but its last character.
func PartialEcho() Step {
	return Step{"partial_echo", func(x *exchange) {
		v := x.challenge()
		x.ok("text/plain", v[:max(len(v)-1, 0)])
	}}
}

// LateEcho answers a challenge rightly, after a while.
func LateEcho(d time.Duration) Step {
	step := Slow(d, OK())
	step.name = "late_echo"
	return step
}

// EchoAs answers a challenge rightly with a body of the caller's own form, in
// which % stands for the value.
func EchoAs(form string) Step {
	return Step{"echo_as", func(x *exchange) {
		x.ok("text/plain", strings.ReplaceAll(form, "%", x.challenge()))
	}}
}

// challenge returns the value of a challenge, "" for anything else.
func (x *exchange) challenge() string {
	var c struct{ Type, Challenge string }
	if json.Unmarshal(x.body, &c) != nil || c.Type != "challenge" {
		return ""
	}
	return c.Challenge
}

func (x *exchange) ok(contentType, body string) {
	x.w.Header().Set("Content-Type", contentType)
	x.w.WriteHeader(http.StatusOK)
	_, _ = io.WriteString(x.w, body) // the client may have gone
}

func (x *exchange) flush() bool { return http.NewResponseController(x.w).Flush() == nil }

// fill writes n bytes, until the client stops taking them.
func (x *exchange) fill(w io.Writer, n int64) {
	chunk := bytes.Repeat([]byte("x"), 32<<10)
	for n > 0 {
		m, err := w.Write(chunk[:min(n, int64(len(chunk)))])
		if err != nil {
			return
		}
		n -= int64(m)
	}
}

// sleep waits in real time and reports whether the client is still there.
func (x *exchange) sleep(d time.Duration) bool {
	timer := clock.New().Timer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-x.r.Context().Done():
	case <-x.endpoint.closed:
	}
	return false
}
