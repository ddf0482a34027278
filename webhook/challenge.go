package webhook

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/usherchat/usher/internal/exact"
)

// The type of a challenge, and its bounds.
const (
	challengeType    = "challenge"
	challengeTimeout = 10 * time.Second
	maxChallenge     = 256 // characters that a receiver echoes
	maxEcho          = 4 << 10
)

// challengePauses are short, because a person waits for the result.
var challengePauses = [...]time.Duration{time.Second, 4 * time.Second}

// Challenge asks the endpoint to prove that it wants our events: it has to send
// a fresh random value back. The request is signed like every event and goes
// through the same guarded dialer. Up to three are made, 1 s and 4 s apart, when
// the connection did not work or the answer was 429 or 5xx; each ends after 10 s
// or Config.Timeout, whichever is less. Rate, breaker and pauses do not hold a
// challenge up, and a good answer closes the breaker.
//
// A good answer is a 2xx whose body, at most 4 KiB, is the value as bare text, as
// a JSON string, as {"challenge":"…"} or as {"code":0,"result":{"challenge":"…"}};
// a byte-order mark before it is ignored.
// All else is an [*Error] with [ErrChallenge] that says what came back; a refused
// address is [ErrBlocked] too. Faults of the settings are as in [Client.Check].
func (c *Client) Challenge(ctx context.Context, e Endpoint) error {
	r, err := c.compile(e)
	if err != nil {
		return c.fail("challenge", safeURL(e.URL), err)
	}
	if ctx.Err() != nil {
		return c.fail("challenge", r.safe, canceled(ctx))
	}
	for try := 0; ; try++ {
		failed, again := c.challenge(ctx, r)
		if failed == nil {
			return nil
		}
		if !again || try == len(challengePauses) {
			return failed
		}
		if !pause(ctx, challengePauses[try]) {
			failed.Err = fmt.Errorf("%w: %w", canceled(ctx), failed.Err)
			return failed
		}
	}
}

// challenge makes one attempt and reports whether another makes sense.
func (c *Client) challenge(ctx context.Context, r *route) (failed *Error, again bool) {
	now := c.clock.Now()
	value := randomText()
	id := "challenge_" + randomText()
	body := []byte(`{"type":"challenge","challenge":"` + value + `"}`)
	seen := Attempt{Op: "challenge", URL: r.safe, ID: id, Type: challengeType, Bytes: len(body)}

	status, h, echo, err := c.exchangeEcho(ctx, r, id, body, now)
	end := c.clock.Now()
	seen.Status, seen.Took = status, max(end.Sub(now), 0)
	v := classify(status, h, err, c.clock)
	if v.cause == nil {
		if problem := checkEcho(r, h, echo, value); problem != "" {
			v.cause = fault{text: fmt.Sprintf("answered %d %s", status, problem), cause: ErrChallenge}
		}
	}
	if v.cause == nil {
		seen.Healed = c.gates.heal(r.origin, end)
		c.observed(&seen)
		return nil, false
	}
	again = v.counts && err != nil || status == http.StatusTooManyRequests || status/100 == 5
	failed = &Error{Op: "challenge", URL: r.safe, Status: status, Permanent: v.permanent, RetryAfter: v.retryAfter, Err: v.cause}
	if !failed.Deferred() {
		failed.Err = unanswered{v.cause}
	}
	seen.Err = failed
	c.observed(&seen)
	return failed, again
}

// exchangeEcho is exchange for a challenge: the answer's body matters.
func (c *Client) exchangeEcho(ctx context.Context, r *route, id string, body []byte, now time.Time) (int, http.Header, []byte, error) {
	x := startExchange(ctx, c.headerTimeout, min(challengeTimeout, c.timeout))
	defer x.stop()
	resp, err := c.send(x, r, id, body, now)
	if err != nil {
		return 0, nil, nil, x.reason(ctx, err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing is left to do with it
	echo, err := c.read(resp, maxEcho+1)
	if err != nil && resp.StatusCode/100 == 2 {
		return 0, nil, nil, x.reason(ctx, err)
	}
	return resp.StatusCode, resp.Header, echo, nil
}

// unanswered puts ErrChallenge before a cause.
type unanswered struct{ cause error }

func (u unanswered) Error() string   { return "challenge not answered: " + u.cause.Error() }
func (u unanswered) Unwrap() []error { return []error{ErrChallenge, u.cause} }

// checkEcho returns "" if the body is a good answer, else what it is instead. A
// byte-order mark is no part of it (RFC 8259, 8.1: a parser may ignore it). A
// Content-Encoding is looked at last: some servers give one and do not encode.
func checkEcho(r *route, h http.Header, body []byte, want string) string {
	text := bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(body), []byte("\ufeff")))
	switch {
	case len(body) > maxEcho:
		return "with more than 4 KiB"
	case len(text) == 0:
		return "with an empty body"
	}
	if got := echoed(text); subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1 {
		return ""
	}
	if encoding := strings.Join(h.Values("Content-Encoding"), ", "); encoding != "" && !strings.EqualFold(encoding, "identity") {
		if r.repeatedBy(encoding) {
			return "with a Content-Encoding, though only identity was asked for"
		}
		return fmt.Sprintf("with Content-Encoding %q, though only identity was asked for", line(encoding))
	}
	if r.repeatedBy(string(text)) {
		return "with what it was sent, instead of the challenge alone"
	}
	return fmt.Sprintf("with %q instead of the challenge", line(string(text)))
}

// echoed finds the value in the four forms of an answer, with exact keys.
func echoed(text []byte) string {
	if text[0] != '"' && text[0] != '{' {
		return string(text)
	}
	r, err := exact.NewReader(text)
	if err != nil {
		return ""
	}
	if text[0] == '"' {
		return r.String()
	}
	var value, inner, code string
	for name := range r.Members() {
		switch name {
		case "challenge":
			value = r.String()
		case "code":
			code = string(r.Raw())
		case "result":
			inner = echoedMember(r)
		}
	}
	if code == "0" && inner != "" {
		return inner
	}
	return value
}

// echoedMember is the challenge in an object; what is no object has none.
func echoedMember(r *exact.Reader) (value string) {
	for name := range r.Members() {
		if name == "challenge" {
			value = r.String()
		}
	}
	return value
}

// randomText returns 32 random bytes as base64url.
func randomText() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// pause waits in real time and reports whether ctx is still alive.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d) //nolint:forbidigo // a person waits
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// repeatedBy reports whether a text of the endpoint holds a part of what belongs
// to the endpoint alone and must not be quoted: the query of its URL and the
// headers that the host set. Services that echo or dump requests do that.
func (r *route) repeatedBy(text string) bool {
	const least, part = 4, 8 // bytes: of a secret, and of what gives a longer one away
	holds := func(secret string) bool {
		if len(secret) < least {
			return false
		}
		for i := 0; i+min(part, len(secret)) <= len(secret); i++ {
			if strings.Contains(text, secret[i:i+min(part, len(secret))]) {
				return true
			}
		}
		return false
	}
	if plain, err := url.QueryUnescape(r.url.RawQuery); holds(r.url.RawQuery) || err == nil && holds(plain) {
		return true
	}
	for _, values := range r.endpoint.Header {
		if slices.ContainsFunc(values, holds) {
			return true
		}
	}
	return false
}
