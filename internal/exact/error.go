package exact

import (
	"strconv"
	"strings"

	"github.com/usherchat/usher/internal/printable"
)

// Error is what is wrong at a place of a body.
type Error struct {
	Path string // such as "message.attachments[2].size"; "" is the body itself
	Text string // such as "must be a number, not a string"
}

// Error returns the path and the text.
func (f *Error) Error() string {
	if f.Path == "" {
		return "the body " + f.Text
	}
	return f.Path + ": " + f.Text
}

func syntax(i int) *Error  { return &Error{Text: "is not JSON, at byte " + strconv.Itoa(i)} }
func notUTF8(i int) *Error { return &Error{Text: "is not UTF-8, at byte " + strconv.Itoa(i)} }
func halfPair(i int) *Error {
	return &Error{Text: "has half of a surrogate pair, at byte " + strconv.Itoa(i)}
}
func twice() *Error   { return &Error{Text: "is there twice"} }
func tooDeep() *Error { return &Error{Text: "is nested deeper than " + strconv.Itoa(MaxDepth)} }

// maxPath is how long the path of a fault grows, in bytes; of a longer one the inner end is told.
const maxPath = 120

// In puts the name of a member before the path.
func (f *Error) In(name string) *Error {
	own := label(name)
	if f.Path != "" && f.Path[0] != '[' {
		own += "."
	}
	return f.below(own)
}

// at puts the index of an item before the path.
func (f *Error) at(n int) *Error {
	own := "[" + strconv.Itoa(n) + "]"
	if f.Path != "" && f.Path[0] != '[' {
		own += "."
	}
	return f.below(own)
}

func (f *Error) below(step string) *Error {
	switch {
	case strings.HasPrefix(f.Path, "…"):
	case len(f.Path)+len(step) > maxPath:
		f.Path = "…" + f.Path
	default:
		f.Path = step + f.Path
	}
	return f
}

// label is a name as a path shows it: as it is where that is short and printable, else quoted and cut.
func label(name string) string {
	const most = 64
	switch {
	case len(name) > most:
		return strconv.QuoteToASCII(name[:most]) + "…"
	case !printable.ID(name):
		return strconv.QuoteToASCII(name)
	default:
		return name
	}
}
