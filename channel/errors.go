package channel

import (
	"errors"
	"strings"
)

// Errors of requests. They arrive wrapped in an [*Error]; match them with errors.Is.
var (
	// ErrSuspended: the channel is suspended, see [Channel.Suspend].
	ErrSuspended = errors.New("channel is suspended")
	// ErrInvalid: an argument is at fault; the error says what is wrong and where.
	ErrInvalid = errors.New("invalid")
	// ErrRunning: Run or RunDue is at work already.
	ErrRunning = errors.New("the hub is running already")
)

// Error is what the methods of [Hub] and [Channel] return. It never holds a secret, a token or a message's text.
type Error struct {
	Op      string // the method, in lower case: "receive", "accept", …
	Channel string // the channel's id, if one is concerned
	Err     error
}

// Error returns "usher: op channel: cause".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("usher: ")
	b.WriteString(e.Op)
	if e.Channel != "" {
		b.WriteByte(' ')
		b.WriteString(e.Channel)
	}
	b.WriteString(": ")
	b.WriteString(e.Err.Error())
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// wrap puts err into an Error, once.
func wrap(op, channel string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return &Error{Op: op, Channel: channel, Err: err}
}

// fault is an ErrInvalid that says what is wrong.
type fault struct{ err error }

func (f *fault) Error() string        { return f.err.Error() }
func (f *fault) Is(target error) bool { return target == ErrInvalid }
func (f *fault) Unwrap() error        { return f.err }

// invalid marks err as the caller's mistake.
func invalid(err error) error {
	if err == nil {
		return nil
	}
	return &fault{err: err}
}
