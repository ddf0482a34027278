// Package printable says, once for the module, what may stand in a line of text that people read, and makes such a
// line of what does not: of ids, reasons, errors and log attributes, all of which others may have written.
//
// A text that is shown must not say one thing to a person and another to a program: a bidi control turns the rest of
// the line around, a line separator begins a line that nobody wrote, and two ids that differ in a character that is
// not seen are one to whoever reads them.
package printable

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	zwnj    = '\u200c'
	zwj     = '\u200d'
	noDots  = '\u2800' // the Braille pattern without a dot
	omitted = "…"
)

// ID reports whether s may be an id: UTF-8, every character of it is seen or is a space, and not all are spaces.
// What decoders put in the place of invalid bytes (U+FFFD) is refused too, because two ids become one by it.
func ID(s string) bool {
	seen := false
	for _, r := range s {
		if Hidden(r) {
			return false
		}
		seen = seen || !isSpace(r)
	}
	return seen
}

// Line reports whether s may be a line of text in a language, such as a name: as an ID, but with the joiners and
// variation selectors that letters and emoji need. It may be blank.
func Line(s string) bool {
	before := ' '
	for _, r := range s {
		if Hidden(r) && !joins(before, r) {
			return false
		}
		before = r
	}
	return true
}

// Clean returns s as a Line: white space that would end the line becomes a space, what is not seen is removed, and
// so are spaces around it.
func Clean(s string) string {
	if plain(s) {
		return strings.Trim(s, " ")
	}
	var out strings.Builder
	before := ' '
	for _, r := range s {
		switch {
		case breaks(r):
			r = ' '
		case Hidden(r) && !joins(before, r):
			continue
		}
		out.WriteRune(r)
		before = r
	}
	return strings.TrimSpace(out.String())
}

// Cut returns s cleaned and not longer than n bytes and an ellipsis. It cuts between characters.
func Cut(s string, n int) string {
	const most = 4 // a character is at most so long; of a very long text the rest is not even looked at
	if len(s) > 64<<10 && len(s) > most*n {
		s = s[:max(64<<10, most*n)]
	}
	s = Clean(s)
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + omitted
}

// CutLines returns s with each of its lines cleaned, and not longer than n bytes and an ellipsis: a list of faults,
// one a line.
func CutLines(s string, n int) string {
	var out strings.Builder
	for line := range strings.Lines(s) {
		if line = Clean(line); line == "" {
			continue
		}
		if out.Len() > 0 {
			out.WriteByte('\n')
		}
		if room := n - out.Len(); len(line) > room {
			out.WriteString(Cut(line, max(room, 0)))
			break
		}
		out.WriteString(line)
	}
	return out.String()
}

// plain reports whether s is ASCII without controls: nothing has to be done.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Hidden reports whether a character is not seen, or changes how others are seen: controls, bidi and other format
// controls, line and paragraph separators, default-ignorable characters, noncharacters, and what stands for invalid
// UTF-8. Spaces are not hidden; code points that are not assigned yet are not either, because they may be letters of a
// script newer than the tables.
func Hidden(r rune) bool {
	switch {
	case r >= ' ' && r <= '~':
		return false
	case r == utf8.RuneError, r&0xFFFE == 0xFFFE, r >= 0xFDD0 && r <= 0xFDEF:
		return true
	case unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return true
	default: // Arabic number signs are format controls, and seen
		return unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
	}
}

// breaks reports whether a hidden character is white space.
func breaks(r rune) bool {
	return r < ' ' && strings.ContainsRune("\t\n\v\f\r", r) || r == '\u0085' || r == '\u2028' || r == '\u2029'
}

func isSpace(r rune) bool { return unicode.Is(unicode.White_Space, r) || r == noDots }

// joins reports whether a hidden character changes the form of the one before it: it follows one that is seen.
func joins(before, r rune) bool {
	return (r == zwj || r == zwnj || unicode.Is(unicode.Variation_Selector, r)) &&
		!isSpace(before) && (!Hidden(before) || r == zwj && unicode.Is(unicode.Variation_Selector, before))
}
