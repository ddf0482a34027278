package channel

import (
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/usherchat/usher/channel/conversation"
)

// Observation is one piece of work that the hub has done, for metrics.
type Observation struct {
	Op      string // "route", "notify", "deliver", "poll", "request"
	Channel string // "" when several are concerned
	Took    time.Duration
	Status  int   // of a request to the incoming API
	Err     error // nil = it went well
}

func errorAttr(err error) slog.Attr          { return slog.String("error", clean(err.Error())) }
func channelAttr(id string) slog.Attr        { return slog.String("channel", id) }
func laneAttr(l conversation.Lane) slog.Attr { return slog.String("lane", l.String()) }

// clean removes what must not appear in one line of text.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError:
			return -1
		case unicode.IsControl(r):
			return ' '
		default:
			return r
		}
	}, s)
}

// shorten cuts s to at most n bytes, on a character's boundary.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
