package webhook

import (
	"log/slog"
	"time"
)

// An Attempt is what Config.Observe hears: one request that was made, or one
// that was deferred or refused before it was made.
type Attempt struct {
	Op       string        // "post" or "challenge"
	URL      string        // without user info, query and fragment
	ID, Type string        // of the event
	Bytes    int           // of the request's body
	Status   int           // 0: no answer
	Took     time.Duration // by Config.Clock; 0: no request was made
	Err      *Error        // nil: delivered
	Opened   bool          // this attempt opened the endpoint's breaker
	Healed   bool          // this attempt closed it
}

// observed tells the host of an attempt.
func (c *Client) observed(a *Attempt) {
	switch {
	case a.Opened:
		c.logger.Warn("webhook breaker opened", slog.String("endpoint", a.URL), slog.Int("status", a.Status),
			slog.String("error", a.Err.Err.Error()))
	case a.Healed:
		c.logger.Info("webhook breaker closed", slog.String("endpoint", a.URL))
	}
	if c.observe != nil {
		c.observe(*a)
	}
}
