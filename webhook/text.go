package webhook

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is the length in characters at which foreign text in errors is cut.
const maxText = 200

// clean makes foreign text fit for an error or a log: one line, valid UTF-8, no
// control, format or bidi characters, and not long.
func clean(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n == maxText {
			b.WriteString("…")
			break
		}
		switch {
		case unicode.IsSpace(r):
			r = ' '
		case r == utf8.RuneError, !unicode.IsPrint(r):
			continue
		}
		b.WriteRune(r)
		n++
	}
	return strings.TrimSpace(b.String())
}
