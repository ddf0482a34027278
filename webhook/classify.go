package webhook

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/benbjohnson/clock"
)

// A verdict is what one attempt came to.
type verdict struct {
	cause      error // nil: delivered
	permanent  bool
	counts     bool          // as a failure, for the breaker
	retryAfter time.Duration // before this event is tried again
	hold       time.Duration // before anything is sent to the endpoint
}

// classify is the only place that decides what an answer or an error means.
// With an err there was no answer, and it says why.
// The clock judges a Retry-After that is a date.
func classify(status int, h http.Header, err error, clk clock.Clock) verdict {
	if err != nil {
		v := verdict{cause: err}
		switch {
		case isInvalid(err), errors.Is(err, ErrTooLarge), errors.Is(err, ErrExhausted):
			v.permanent = true
		case errors.Is(err, errCanceled), errors.Is(err, ErrOpen):
		case errors.Is(err, ErrBlocked): // by a name: like DNS, it may heal; the endpoint is not to blame
			v.cause = fault{text: describe(err), cause: err}
		default:
			v.cause, v.counts = fault{text: describe(err), cause: err}, true
		}
		return v
	}
	if status/100 == 2 {
		return verdict{}
	}
	v := verdict{cause: statusError(status), retryAfter: retryAfter(h, clk.Now()), counts: true}
	switch status {
	case http.StatusTooManyRequests:
		v.hold, v.counts = v.retryAfter, false
	case http.StatusServiceUnavailable:
		v.hold = v.retryAfter
	case http.StatusConflict: // the same id is being handled
		v.counts = false
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, // a bad deploy heals
		http.StatusRequestTimeout, http.StatusMisdirectedRequest, http.StatusLocked, http.StatusTooEarly:
	default:
		if status/100 == 4 {
			v.permanent, v.counts = true, false
		}
	}
	if strings.EqualFold(strings.TrimSpace(h.Get("Webhook-Delivery")), "abort-message") {
		v.permanent, v.counts = true, false
	}
	if v.permanent {
		v.retryAfter = 0
	}
	return v
}

// invalid marks settings and events that no attempt can carry.
type invalid struct{ error }

func (i invalid) Unwrap() error { return i.error }

func isInvalid(err error) bool {
	_, ok := errors.AsType[invalid](err)
	return ok
}

// statusError is the cause when the endpoint answered.
type statusError int

func (s statusError) Error() string {
	if text := http.StatusText(int(s)); text != "" {
		return fmt.Sprintf("answered %d %s", int(s), text)
	}
	return fmt.Sprintf("answered %d", int(s))
}

// A fault says in safe words what went wrong and keeps the original behind it.
type fault struct {
	text  string
	cause error
}

func (f fault) Error() string { return f.text }
func (f fault) Unwrap() error { return f.cause }

// describe puts a connection's error into words that may be shown to whoever
// owns the endpoint: addresses that names resolve to are left out, because they
// may be ours.
func describe(err error) string {
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		switch {
		case e.IsNotFound:
			return "no such host"
		case e.IsTimeout:
			return "looking the host up timed out"
		default:
			return "looking the host up did not work"
		}
	}
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "TLS: " + line(e.Err.Error())
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		return "TLS: " + line(e.Error())
	}
	if timeout, ok := errors.AsType[net.Error](err); errors.Is(err, context.DeadlineExceeded) || ok && timeout.Timeout() {
		return "timed out"
	}
	for _, known := range []struct {
		err  error
		text string
	}{
		{ErrBlocked, blockedText(err)},
		{syscall.ECONNREFUSED, "connection refused"},
		{syscall.ECONNRESET, "connection reset"},
		{syscall.EPIPE, "connection closed by the endpoint"},
		{syscall.ENETUNREACH, "network unreachable"},
		{syscall.EHOSTUNREACH, "host unreachable"},
		{io.ErrUnexpectedEOF, "connection closed before the end of the answer"},
		{io.EOF, "connection closed without an answer"},
	} {
		if errors.Is(err, known.err) {
			return known.text
		}
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Err != nil {
		return line(op.Op + ": " + unquoted(op.Err.Error())) // without the addresses
	}
	return line(unquoted(strings.TrimPrefix(err.Error(), "net/http: HTTP/1.x transport connection broken: ")))
}

// unquoted cuts an error of net/http or net/url before what it quotes. What an
// endpoint answers may be what it was sent, as an echo service does: the query of
// the URL, a header with a token, the text of a message.
func unquoted(text string) string {
	before, _, found := strings.Cut(text, `"`)
	if before = strings.TrimRight(before, " :;,=[("); !found || before == "" {
		return cmp.Or(before, "the answer cannot be read")
	}
	return before
}

// blockedText finds the guard's own words within what the dialer made of them.
func blockedText(err error) string {
	for e := err; e != nil; e = errors.Unwrap(e) {
		if errors.Unwrap(e) == ErrBlocked { //nolint:errorlint // the link before the last, not the chain
			return strings.TrimPrefix(e.Error(), "webhook: ")
		}
	}
	return "address refused"
}
