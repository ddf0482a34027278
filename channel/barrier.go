package channel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strconv"
	"strings"

	"github.com/usherchat/usher/internal/printable"
)

// Code that is not the hub's (Notify, a Router, Presence, Observe, the Logger, the Store, the Webhooks' round trippers)
// may panic or end its goroutine. This file is the one barrier against that: the work in which it happens has failed
// and is tried again, and everything else goes on. A panic's value may hold what a visitor wrote, so that only its
// type and the functions on the stack are told.

// panicked is the error that a panic becomes.
type panicked struct {
	kind  string   // the type of its value
	stack []string // functions with their lines, innermost first
}

func (p *panicked) Error() string { return "panicked with a " + p.kind }

// errExited is what becomes of code that ended its goroutine with runtime.Goexit, as testing.T.FailNow does.
var errExited = errors.New("ended its goroutine")

// contained runs fn and makes an error of a panic in it.
func contained(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{kind: printable.Cut(fmt.Sprintf("%T", v), 200), stack: functions()}
		}
	}()
	return fn()
}

// maxFrames bounds how much of a stack is told.
const maxFrames = 32

// functions are those between the panic and the barrier, without the runtime's own. Arguments are not told.
func functions() []string {
	var counters [maxFrames]uintptr
	frames := runtime.CallersFrames(counters[:runtime.Callers(3, counters[:])])
	var list []string
	for {
		frame, more := frames.Next()
		switch {
		case strings.HasSuffix(frame.Function, "channel.contained"):
			return list
		case frame.Function != "" && !strings.HasPrefix(frame.Function, "runtime."):
			list = append(list, frame.Function+":"+strconv.Itoa(frame.Line))
		}
		if !more {
			return list
		}
	}
}

// contain is contained, and the panic is logged.
func (h *Hub) contain(what, channel string, fn func() error) error {
	err := contained(fn)
	h.logPanic(what, channel, err)
	return err
}

// aside runs fn on a goroutine of its own, so that neither a panic nor runtime.Goexit in it ends the caller's.
func (h *Hub) aside(what, channel string, fn func() error) error {
	ended := make(chan error, 1)
	go func() {
		err := errExited
		defer func() { ended <- err }()
		err = contained(fn)
	}()
	err := <-ended
	h.logPanic(what, channel, err)
	return err
}

// logPanic logs an error that is a panic or an ended goroutine.
func (h *Hub) logPanic(what, channel string, err error) {
	if err == nil {
		return
	}
	attrs := []slog.Attr{slog.String("in", what), channelAttr(channel)}
	switch p, ok := errors.AsType[*panicked](err); {
	case ok:
		attrs = append(attrs, slog.String("panic", p.kind), slog.Any("stack", p.stack))
		h.log.LogAttrs(context.Background(), slog.LevelError, "panicked", attrs...)
	case errors.Is(err, errExited):
		h.log.LogAttrs(context.Background(), slog.LevelError, "ended its goroutine", attrs...)
	}
}

// observe tells HubConfig.Observe.
func (h *Hub) observe(o Observation) {
	if h.observer != nil {
		_ = h.contain("Observe", o.Channel, func() error { h.observer(o); return nil })
	}
}

// quietHandler is the host's log handler; what it cannot take is lost, and nothing else.
type quietHandler struct{ slog.Handler }

// Enabled implements [slog.Handler].
func (q quietHandler) Enabled(ctx context.Context, l slog.Level) (on bool) {
	_ = contained(func() error { on = q.Handler.Enabled(ctx, l); return nil })
	return on
}

// Handle implements [slog.Handler].
func (q quietHandler) Handle(ctx context.Context, r slog.Record) error {
	return contained(func() error { return q.Handler.Handle(ctx, r) })
}

// WithAttrs implements [slog.Handler].
func (q quietHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quietHandler{q.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (q quietHandler) WithGroup(name string) slog.Handler {
	return quietHandler{q.Handler.WithGroup(name)}
}
