package channel

import (
	"log/slog"
	"time"

	"github.com/usherchat/usher/internal/printable"
)

// Observation is one piece of work that the hub has done, for metrics.
type Observation struct {
	Op      string // "route", "notify", "deliver", "poll", "receive", "request"
	Channel string // "" when several are concerned
	Took    time.Duration
	Status  int   // of a request to the incoming API
	Err     error // nil = it went well
}

// maxReason is the length in bytes at which a reason or an error is cut where it is kept or logged.
const maxReason = 500

func errorAttr(err error) slog.Attr {
	return slog.String("error", printable.Cut(err.Error(), maxReason))
}

func channelAttr(id string) slog.Attr  { return slog.String("channel", id) }
func laneAttr(l Lane) slog.Attr        { return slog.String("lane", l.String()) }
func stackAttr(stack []byte) slog.Attr { return slog.String("stack", string(stack)) }
