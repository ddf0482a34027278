package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
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
// [ErrOpen] and RetryAfter, and that costs no attempt. An event older than
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
		c.observed(seen)
		return Response{}, nil, seen.Err
	}
	defer body.release()
	seen.URL, seen.Bytes = r.safe, len(*body.buf)
	pass, later := c.gates.enter(r, ev.ID, now)
	if later.wait > 0 {
		seen.Err = c.age(&Error{Op: "post", URL: r.safe, Err: ErrOpen, RetryAfter: later.wait, why: later.why}, ev, now)
		c.observed(seen)
		return Response{}, later.healed, seen.Err
	}
	var resp Response
	var v verdict
	func() { // a panic of the host's round tripper must not keep the place
		v = verdict{cause: errPanicked}
		defer func() {
			end := c.clock.Now()
			resp.Took = max(end.Sub(now), 0)
			seen.Opened, seen.Healed = c.gates.leave(pass, v, resp.Took, end)
		}()
		resp, err = c.exchange(ctx, c.timeout, r, ev.ID, body, now)
		v = classify(resp.Status, resp.Header, err, c.clock.Now())
	}()
	resp.Attempts, resp.Healed = 1, seen.Healed
	seen.Status, seen.Took = resp.Status, resp.Took
	if v.cause != nil {
		seen.Err = c.age(&Error{
			Op: "post", URL: r.safe, Status: resp.Status, Permanent: v.permanent, RetryAfter: v.retryAfter, Err: v.cause,
		}, ev, c.clock.Now())
	}
	c.observed(seen)
	return resp, nil, seen.Err
}

var errPanicked = errors.New("webhook: the round tripper panicked")

// prepare does everything that can be done without a turn.
func (c *Client) prepare(ctx context.Context, e Endpoint, ev Event, now time.Time) (*route, *payload, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, canceled(ctx)
	}
	r := c.gates.route(e)
	if r == nil {
		var err error
		if r, err = c.compile(e); err != nil {
			return nil, nil, err
		}
	}
	if err := ev.Validate(); err != nil {
		return nil, nil, invalid{err}
	}
	if age := now.Sub(ev.Time); c.retry.MaxAge > 0 && age > c.retry.MaxAge {
		return nil, nil, fmt.Errorf("%w: the event is %s old, at most %s", ErrExhausted, age.Round(time.Second), c.retry.MaxAge)
	}
	buf := getBuffer()
	*buf = ev.appendBody(*buf)
	return r, newPayload(buf), nil
}

// exchange sends one request and reads its answer. With a status there is no
// error: what an answer's body does after a status decides nothing.
func (c *Client) exchange(ctx context.Context, timeout time.Duration, r *route, id string, body *payload, now time.Time) (Response, error) {
	bounded, cancel := context.WithTimeout(ctx, timeout) //nolint:forbidigo // I/O runs on real time
	defer cancel()
	resp, err := c.send(bounded, r, id, body, now)
	if err != nil {
		if ctx.Err() != nil {
			err = canceled(ctx)
		}
		return Response{}, err
	}
	defer resp.Body.Close() //nolint:errcheck // the status has decided
	kept, _ := c.read(resp, maxKept)
	return Response{Status: resp.StatusCode, Header: resp.Header, Body: kept}, nil
}

// send stamps, signs and sends. It goes to the round tripper itself: there is no
// redirect to follow, no cookie to keep.
func (c *Client) send(ctx context.Context, r *route, id string, body *payload, now time.Time) (*http.Response, error) {
	values := [3]string{id, strconv.FormatInt(now.Unix(), 10)}
	h := make(http.Header, len(r.header)+4)
	for name, v := range r.header {
		h[name] = v
	}
	h["Content-Type"] = contentType
	h[HeaderID] = values[0:1:1]
	h[HeaderTimestamp] = values[1:2:2]
	if len(r.keys) > 0 {
		var room [256]byte
		signatures := room[:0]
		for i, k := range r.keys {
			if i > 0 {
				signatures = append(signatures, ' ')
			}
			signatures = k.appendSignature(signatures, id, now.Unix(), *body.buf)
		}
		values[2] = string(signatures)
		h[HeaderSignature] = values[2:3:3]
	}
	req := (&http.Request{
		Method: http.MethodPost, URL: r.url, Host: r.url.Host, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	body.attach(req)
	resp, err := c.transport.RoundTrip(req)
	if err == nil && (resp == nil || resp.Body == nil) {
		err = errors.New("the round tripper returned no response")
	}
	return resp, err
}

// contentType is shared by all requests; transports do not write to headers.
var contentType = []string{"application/json"}

// read returns the first bytes of the answer's body, at most keep, and reads the
// rest within the limit so that the connection can be used again.
func (c *Client) read(resp *http.Response, keep int) ([]byte, error) {
	if resp.Body == http.NoBody || resp.ContentLength == 0 {
		return nil, nil
	}
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
		_, err = io.CopyN(io.Discard, resp.Body, c.maxResponse-int64(n)+1)
	}
	if err == io.EOF { //nolint:errorlint // the reader's own end, never wrapped
		err = nil
	}
	return kept, err
}

// canceled is the error of what the caller's own context ended.
func canceled(ctx context.Context) error {
	return fmt.Errorf("%w: %w", errCanceled, context.Cause(ctx))
}

// fail makes the Error of an attempt that was never made.
func (c *Client) fail(op, url string, err error) *Error {
	v := classify(0, nil, err, time.Time{})
	return &Error{Op: op, URL: url, Permanent: v.permanent, Err: v.cause}
}

// age notes how long the event has left.
func (c *Client) age(e *Error, ev Event, now time.Time) *Error {
	if c.retry.MaxAge > 0 {
		e.left, e.aged = c.retry.MaxAge-now.Sub(ev.Time), true
	}
	return e
}
