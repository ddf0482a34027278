package routing

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/usherchat/usher/internal/printable"
)

// Kind says what a [Destination] is.
type Kind string

// The kinds of a destination.
const (
	KindStaff Kind = "staff" // one person
	KindTeam  Kind = "team"  // a team inside which the host distributes
	KindBot   Kind = "bot"
)

// Valid reports whether k is one of the kinds above.
func (k Kind) Valid() bool { return k == KindStaff || k == KindTeam || k == KindBot }

// Destination is who can answer an enquiry. It is comparable, and it is itself the simplest [Rule]:
// offer to this one. The zero Destination is nobody and not a valid rule.
type Destination struct {
	Kind Kind   `json:"type"`
	ID   string `json:"id"`
}

// Staff is the destination of one person.
func Staff(id string) Destination { return Destination{Kind: KindStaff, ID: id} }

// Team is the destination of a team; the host distributes inside it.
func Team(id string) Destination { return Destination{Kind: KindTeam, ID: id} }

// Bot is the destination of a bot.
func Bot(id string) Destination { return Destination{Kind: KindBot, ID: id} }

// String returns the destination for people to read: "staff ann". An id that holds white space or
// letters that do not print is quoted.
func (d Destination) String() string {
	return strings.TrimSpace(string(d.Kind) + " " + readable(d.ID))
}

// readable returns an id that keeps a line of text on one line.
func readable(id string) string {
	switch {
	case !printable.ID(id):
		return strconv.QuoteToASCII(id)
	case strings.ContainsFunc(id, unicode.IsSpace):
		return strconv.Quote(id)
	default:
		return id
	}
}
