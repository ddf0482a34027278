package webhook

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Deliver makes attempts until the event is delivered, refused for good or
// given up, or until ctx ends. Between them it waits as [Retry.Next] says; every
// attempt is stamped and signed anew under the same webhook-id. Deferrals cost no
// attempt, and one because of an open breaker ends as soon as the breaker closes.
//
// The error's Op is "deliver". It is [ErrExhausted] with the last cause when the
// schedule or MaxAge is used up, the context's when ctx ended, and else the
// permanent fault. Deliver keeps the event in memory alone: what has to survive
// the process belongs in a store that calls [Client.Post].
func (c *Client) Deliver(ctx context.Context, e Endpoint, ev Event) (Response, error) {
	if ev.Time.IsZero() {
		ev.Time = c.clock.Now()
	}
	attempts := 0
	for {
		resp, healed, err := c.post(ctx, e, ev)
		attempts += resp.Attempts
		resp.Attempts = attempts
		if err == nil {
			return resp, nil
		}
		err.Op = "deliver"
		if err.Permanent || errors.Is(err, errCanceled) {
			return resp, err
		}
		delay, again := c.retry.Next(attempts, err)
		if !again {
			err.Permanent = true
			err.Err = fmt.Errorf("%w after %d attempts: %w", ErrExhausted, attempts, err.Err)
			return resp, err
		}
		if !c.wait(ctx, delay, healed) {
			err.Err = fmt.Errorf("%w, after %d attempts: %w", canceled(ctx), attempts, err.Err)
			return resp, err
		}
	}
}

// wait waits on the clock and reports whether ctx is still alive. A timer is
// used once: the clock's Mock cannot reset one.
func (c *Client) wait(ctx context.Context, d time.Duration, healed <-chan struct{}) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := c.clock.Timer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
	case <-healed:
	}
	return true
}
