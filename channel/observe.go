package channel

import (
	"log/slog"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/internal/printable"
)

// Observation is one piece of work that the hub has done, for metrics.
type Observation struct {
	Op      string // "route", "notify", "deliver", "poll", "request"
	Channel string // "" when several are concerned
	Took    time.Duration
	Status  int   // of a request to the incoming API
	Err     error // nil = it went well
}

func errorAttr(err error) slog.Attr {
	return slog.String("error", printable.Cut(err.Error(), maxReason))
}

func channelAttr(id string) slog.Attr        { return slog.String("channel", id) }
func laneAttr(l conversation.Lane) slog.Attr { return slog.String("lane", l.String()) }
