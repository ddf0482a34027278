package webhook

import (
	"errors"
	"strings"
	"time"
)

// What a caller may branch on, with [errors.Is].
var (
	// ErrChallenge: the endpoint did not prove itself. The text around it says what came back.
	ErrChallenge = errors.New("webhook: challenge not answered")
	// ErrBlocked: the endpoint's address is not on the public internet and not in Config.AllowNetworks.
	ErrBlocked = errors.New("webhook: address refused")
	// ErrExhausted: the schedule is used up or the event has reached Retry.MaxAge.
	ErrExhausted = errors.New("webhook: attempts exhausted")
	// ErrOpen: not attempted now. The breaker is open, the endpoint asked to wait, or a limit is reached.
	ErrOpen = errors.New("webhook: deferred")
	// ErrSignature: no valid signature.
	ErrSignature = errors.New("webhook: signature invalid")
	// ErrTimestamp: signed too long ago or in the future, or the timestamp cannot be read.
	ErrTimestamp = errors.New("webhook: timestamp not acceptable")
	// ErrTooLarge: the body we were asked to send is larger than MaxBody.
	ErrTooLarge = errors.New("webhook: body too large")
)

// An Error is what every method of [Client] returns. What to do next is in it:
// [Retry.Next] reads nothing else.
type Error struct {
	// Op is "post", "deliver", "challenge" or "check".
	Op string
	// URL is the endpoint's, without user info, query and fragment.
	URL string
	// Status is the HTTP status of the answer; 0: there was none.
	Status int
	// Permanent: another attempt cannot help, or none is due any more.
	Permanent bool
	// RetryAfter is how long at least to wait before the next attempt: what the
	// endpoint asked for, at most an hour, or with [ErrOpen] when to ask again.
	// 0: nothing was asked for.
	RetryAfter time.Duration
	// Err is the cause. Its text is short, holds no control characters and no
	// address that a name resolved to; the chain behind it holds the original.
	Err error

	why  string        // of a deferral
	left time.Duration // until the event is too old, if aged
	aged bool
}

// Error returns the operation, the URL and the cause on one line; faults of
// settings each on a line of its own.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("webhook: ")
	b.WriteString(e.Op)
	if e.URL != "" {
		b.WriteByte(' ')
		b.WriteString(e.URL)
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(strings.ReplaceAll(e.Err.Error(), "webhook: ", "")) // once is enough
	}
	if e.why != "" {
		b.WriteString(": ")
		b.WriteString(e.why)
	}
	if e.RetryAfter > 0 {
		b.WriteString(" (retry after ")
		b.WriteString(e.RetryAfter.Round(time.Millisecond).String())
		b.WriteByte(')')
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Deferred reports that the endpoint was not asked or that the caller's own
// context ended the attempt: it costs none of the schedule.
func (e *Error) Deferred() bool {
	return errors.Is(e.Err, ErrOpen) || errors.Is(e.Err, errCanceled)
}

// errCanceled marks what the caller's context ended; the context's own error is
// in the chain beside it.
var errCanceled = errors.New("webhook: attempt ended by the caller")
