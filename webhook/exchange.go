package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"os"
	"sync/atomic"
	"time"
)

// Why an exchange was ended.
var (
	errSlowHeader = fmt.Errorf("webhook: no answer in time: %w", os.ErrDeadlineExceeded)
	errSlowEnd    = fmt.Errorf("webhook: the exchange took too long: %w", os.ErrDeadlineExceeded)
	errExchanged  = errors.New("webhook: the exchange is over")
)

// An exchange is one request with its answer, and the memory for it. It is
// bounded in real time, connecting included.
type exchange struct {
	ctx    context.Context // lives as long as the request, like a Request's own
	cancel context.CancelCauseFunc
	whole  context.CancelFunc
	header *time.Timer // ends the exchange unless the answer's header comes
	unhook func() bool // keeps the end of ctx from closing the answer's body

	trace  httptrace.ClientTrace
	reused atomic.Bool // the connection was kept from an earlier exchange
	begun  atomic.Bool // a byte of the answer has come

	values [3]string // of the signed headers
	body   bytes.Reader
}

// startExchange begins an exchange that ends after the time allowed for the
// header, or for all of it. The caller calls stop in any case.
func startExchange(ctx context.Context, header, all time.Duration) *exchange {
	x := new(exchange)
	ctx, x.whole = context.WithTimeoutCause(ctx, all, errSlowEnd)
	ctx, x.cancel = context.WithCancelCause(ctx)
	x.header = time.AfterFunc(header, func() { x.cancel(errSlowHeader) }) //nolint:forbidigo // I/O runs on real time
	x.trace.GotConn = func(c httptrace.GotConnInfo) {
		x.reused.Store(c.Reused)
		x.begun.Store(false)
	}
	x.trace.GotFirstResponseByte = func() { x.begun.Store(true) }
	x.ctx = httptrace.WithClientTrace(ctx, &x.trace)
	return x
}

// stop frees what the exchange holds.
func (x *exchange) stop() {
	x.header.Stop()
	if x.unhook != nil {
		x.unhook()
	}
	x.cancel(errExchanged)
	x.whole()
}

// roundTrip returns an answer that is one, or an error. Its body is closed when
// the exchange is stopped by a time-out: net/http's bodies see to that themselves,
// those of a host's round tripper may not.
func (x *exchange) roundTrip(next http.RoundTripper, req *http.Request, repeats int) (*http.Response, error) {
	resp, err := next.RoundTrip(req)
	for ; err != nil && repeats > 0 && x.metClosed(); repeats-- {
		req = req.WithContext(x.ctx) // its own copy: what wrote the first may not have let go of it
		if req.Body, err = req.GetBody(); err != nil {
			break
		}
		resp, err = next.RoundTrip(req)
	}
	switch {
	case err != nil:
		return nil, err
	case resp == nil || resp.Body == nil:
		return nil, errors.New("the round tripper returned no response")
	case resp.StatusCode < 200 || resp.StatusCode > 999: // 101 too: its body is the connection, and has no end
		_ = resp.Body.Close() // nothing is left to do with it
		return nil, fmt.Errorf("answered %03d, which ends no request (RFC 9110, 15)", resp.StatusCode)
	}
	x.header.Stop()
	if resp.Body != http.NoBody {
		x.unhook = context.AfterFunc(x.ctx, func() { _ = resp.Body.Close() }) // what it says has no reader
	}
	return resp, nil
}

// metClosed reports that the request went to a kept connection which ended
// without a byte of an answer: the endpoint closed it meanwhile, before, while or
// after the request was written. Sending it again is safe even if the endpoint
// has read it, because the webhook-id is the same.
func (x *exchange) metClosed() bool {
	return x.reused.Load() && !x.begun.Load() && x.ctx.Err() == nil
}

// reason is why the exchange failed: a context that ended comes before what it
// made of the connection.
func (x *exchange) reason(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return canceled(ctx)
	case x.ctx.Err() != nil:
		return context.Cause(x.ctx)
	default:
		return err
	}
}
