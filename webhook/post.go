package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// maxKept is how much of an answer's body Response.Body holds.
const maxKept = 4 << 10

// A Response is an endpoint's answer.
type Response struct {
	Status   int
	Attempts int // requests made: by Post 0 or 1, by Deliver all of them
	Header   http.Header
	Body     []byte        // at most the first 4 KiB; foreign text
	Took     time.Duration // of the last attempt, by Config.Clock
	// Healed: this 2xx closed the endpoint's breaker. What waits for the endpoint
	// may be tried now; Rate spreads it.
	Healed bool
}

// Post makes one attempt. A nil error means that the endpoint took the event: a
// 2xx decides, whatever its body does afterwards. Any other end is an [*Error]
// that says whether and when to try again; [Retry.Next] reads it.
//
// Post never waits for a turn. Without a place in flight, out of rate, while the
// endpoint asked to wait or while its breaker is open it returns at once with
// [ErrOpen] and RetryAfter, and that costs no attempt. An event that has reached
// Retry.MaxAge is [ErrExhausted], one that cannot be sent at all is permanent;
// neither makes a request.
func (c *Client) Post(ctx context.Context, e Endpoint, ev Event) (Response, error) {
	resp, _, err := c.post(ctx, e, ev)
	if err != nil {
		return resp, err
	}
	return resp, nil
}

// post is Post that also tells when a deferral's reason has gone.
func (c *Client) post(ctx context.Context, e Endpoint, ev Event) (Response, <-chan struct{}, *Error) {
	now := c.clock.Now()
	if ev.Time.IsZero() {
		ev.Time = now
	}
	seen := Attempt{Op: "post", ID: ev.ID, Type: ev.Type}
	r, body, err := c.prepare(ctx, e, ev, now)
	if err != nil {
		seen.URL = safeURL(e.URL)
		seen.Err = c.fail("post", seen.URL, err)
		c.observed(&seen)
		return Response{}, nil, seen.Err
	}
	seen.URL, seen.Bytes = r.safe, len(body)
	pass, later := c.gates.enter(r.origin, ev.ID, now)
	if later.wait > 0 {
		seen.Err = c.age(&Error{Op: "post", URL: r.safe, Err: ErrOpen, RetryAfter: later.wait, why: later.why}, ev, now)
		c.observed(&seen)
		return Response{}, later.healed, seen.Err
	}
	resp, v, end := c.attempt(ctx, r, ev.ID, body, now, pass, &seen)
	if v.cause != nil {
		seen.Err = c.age(&Error{
			Op: "post", URL: r.safe, Status: resp.Status, Permanent: v.permanent, RetryAfter: v.retryAfter, Err: v.cause,
		}, ev, end)
	}
	c.observed(&seen)
	return resp, nil, seen.Err
}

// attempt makes the one request that the pass allows, and gives the pass back
// even if the host's round tripper panics.
func (c *Client) attempt(ctx context.Context, r *route, id string, body []byte, now time.Time, p pass, seen *Attempt) (resp Response, v verdict, end time.Time) {
	v.cause = errPanicked
	defer func() {
		end = c.clock.Now()
		resp.Took = max(end.Sub(now), 0)
		seen.Opened, seen.Healed = c.gates.leave(p, v, resp.Took, end)
		resp.Attempts, resp.Healed = 1, seen.Healed
		seen.Status, seen.Took = resp.Status, resp.Took
	}()
	resp, err := c.exchange(ctx, r, id, body, now)
	v = classify(resp.Status, resp.Header, err, c.clock)
	return resp, v, end
}

var errPanicked = errors.New("webhook: the round tripper panicked")

// prepare does everything that can be done without a turn.
func (c *Client) prepare(ctx context.Context, e Endpoint, ev Event, now time.Time) (*route, []byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, canceled(ctx)
	}
	r := c.routes.get(e)
	if r == nil {
		var err error
		if r, err = c.compile(e); err != nil {
			return nil, nil, err
		}
		c.routes.put(r)
	}
	if err := ev.Validate(); err != nil {
		return nil, nil, invalid{err}
	}
	if age := now.Sub(ev.Time); c.retry.MaxAge > 0 && age >= c.retry.MaxAge {
		return nil, nil, fmt.Errorf("%w: the event is %s old, given up at %s", ErrExhausted, age.Round(time.Second), c.retry.MaxAge)
	}
	return r, ev.appendBody(make([]byte, 0, ev.size())), nil
}

// exchange sends one request and reads its answer. Without an error there is a
// status: what an answer's body does after a status decides nothing.
func (c *Client) exchange(ctx context.Context, r *route, id string, body []byte, now time.Time) (Response, error) {
	x := startExchange(ctx, c.headerTimeout, c.timeout)
	defer x.stop()
	resp, err := c.send(x, r, id, body, now)
	if err != nil {
		return Response{}, x.reason(ctx, err)
	}
	defer resp.Body.Close() //nolint:errcheck // the status has decided
	var kept []byte
	if resp.Body != http.NoBody {
		kept, _ = c.read(resp, maxKept)
	}
	return Response{Status: resp.StatusCode, Header: resp.Header, Body: kept}, nil
}

// send stamps, signs and sends. It goes to the round tripper itself: there is no
// redirect to follow, no cookie to keep. GetBody is for sending it again.
func (c *Client) send(x *exchange, r *route, id string, body []byte, now time.Time) (*http.Response, error) {
	var room [256]byte
	stamped := strconv.AppendInt(room[:0], now.Unix(), 10)
	digits := len(stamped)
	for i, k := range r.keys {
		if i > 0 {
			stamped = append(stamped, ' ')
		}
		stamped = k.appendSignature(stamped, id, now.Unix(), body)
	}
	text := string(stamped)
	x.values = [3]string{id, text[:digits], text[digits:]}
	h := maps.Clone(r.header) // has all keys, so that it is copied and not built
	h[HeaderID] = x.values[0:1:1]
	h[HeaderTimestamp] = x.values[1:2:2]
	if len(r.keys) > 0 {
		h[HeaderSignature] = x.values[2:3:3]
	}
	req := (&http.Request{
		Method: http.MethodPost, URL: r.url, Host: r.url.Host, Header: h, ContentLength: int64(len(body)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(x.ctx)
	x.body.Reset(body)
	req.Body = io.NopCloser(&x.body) // a type that net/http knows: head and body in one packet
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return x.roundTrip(c.transport, req, c.gates.limits.each)
}

// read returns the first bytes of the answer's body, at most keep, and reads the
// rest within the limit so that the connection can be used again.
func (c *Client) read(resp *http.Response, keep int) ([]byte, error) {
	buf := getBuffer()
	defer putBuffer(buf)
	limit := int(min(int64(keep), c.maxResponse))
	if cap(*buf) < limit {
		*buf = make([]byte, 0, limit)
	}
	b := (*buf)[:limit]
	n, err := 0, error(nil)
	for n < limit && err == nil {
		var m int
		m, err = resp.Body.Read(b[n:])
		n += m
	}
	kept := append([]byte(nil), b[:n]...)
	if err == nil {
		_, err = io.CopyN(io.Discard, resp.Body, c.maxResponse-int64(n)+1) // one more, to see the end; n is 1 or more
	}
	if err == io.EOF { //nolint:errorlint // the reader's own end, never wrapped
		err = nil
	}
	return kept, err
}

// canceled is the error of what the caller's own context ended.
func canceled(ctx context.Context) error {
	if cause := context.Cause(ctx); cause != ctx.Err() { //nolint:errorlint // the same value, not the same kind
		return fmt.Errorf("%w: %w: %w", errCanceled, ctx.Err(), cause)
	}
	return fmt.Errorf("%w: %w", errCanceled, ctx.Err())
}

// fail makes the Error of an attempt that was never made.
func (c *Client) fail(op, url string, err error) *Error {
	v := classify(0, nil, err, c.clock)
	return &Error{Op: op, URL: url, Permanent: v.permanent, Err: v.cause}
}

// age notes how long the event has left.
func (c *Client) age(e *Error, ev Event, now time.Time) *Error {
	if c.retry.MaxAge > 0 {
		e.left, e.aged = c.retry.MaxAge-max(now.Sub(ev.Time), 0), true // a time to come may be ages away
	}
	return e
}
