package messages

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Person is somebody's name, in the parts in which it was given. All may be empty.
type Person struct {
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
	// FamilyFirst: the last name is written before the first, as in Chinese, Hungarian, Japanese,
	// Korean and Vietnamese.
	FamilyFirst bool `json:"family_first,omitempty"`
}

// DisplayName says how much of a staff member's name visitors see. Its text forms are "none",
// "first" and "full". The zero value is [NoName].
type DisplayName int

// The display names, from the most discreet.
const (
	NoName    DisplayName = iota // no name at all
	FirstName                    // the first name, or none; never the last name
	FullName                     // first and last name, or the one there is
)

var displayNames = [...]string{NoName: "none", FirstName: "first", FullName: "full"}

// Format returns the name as visitors see it, "" where there is none to show.
//
// FullName joins its parts with one space, with none when both are wholly Han, Kana or Hangul.
//
// A name may come from anywhere and ends up in other people's screens, so it is cleaned: invalid
// UTF-8, controls, bidi controls and letters that are there without being seen (default-ignorable
// ones, such as U+3164) are removed; white space of any kind is folded to one space and trimmed;
// ZWJ and ZWNJ stay inside words and emoji; marks without a letter to stand on, and from the fifth
// in a row, are removed. Letters are never re-cased, re-ordered or normalised. What is longer than
// 64 grapheme clusters or 256 bytes is cut at a cluster and ends in "…".
//
// Clusters are those of UAX #29 but for three things: the emoji are taken from blocks, for the standard
// library has no such table; every combining mark stays with its letter, also the few that may stand
// apart in Burmese; and Indic conjuncts count as their consonants.
func (d DisplayName) Format(p Person) string {
	switch d {
	case FirstName:
		return cleanName(p.FirstName)
	case FullName:
		return fullName(p)
	default:
		return ""
	}
}

// String returns the text form, or DisplayName(n) for a value that has none.
func (d DisplayName) String() string {
	if d < 0 || int(d) >= len(displayNames) {
		return fmt.Sprintf("DisplayName(%d)", int(d))
	}
	return displayNames[d]
}

// MarshalText returns the text form. A value that has none is an error.
func (d DisplayName) MarshalText() ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("%v %w", d, err)
	}
	return []byte(displayNames[d]), nil
}

// UnmarshalText takes "none", "first" or "full", in exactly this case.
func (d *DisplayName) UnmarshalText(text []byte) error {
	for i, name := range displayNames {
		if string(text) == name {
			*d = DisplayName(i)
			return nil
		}
	}
	return fmt.Errorf("display name %.20q %w", text, errDisplayName)
}

func (d DisplayName) check() error {
	if d < NoName || d > FullName {
		return errDisplayName
	}
	return nil
}

// fullName joins and cleans the parts of a name.
func fullName(p Person) string {
	before, after := p.order()
	switch {
	case before == "":
		return cleanName(after)
	case after == "":
		return cleanName(before)
	}
	if len(before)+1+len(after) > maxClusters {
		return joinCarefully(before, after)
	}
	switch first, second := careOf(before), careOf(after); {
	case first == careful || second == careful:
		return joinCarefully(before, after)
	case first == unspaced && second == unspaced:
		return before + after
	default:
		return before + " " + after
	}
}

func joinCarefully(before, after string) string {
	var scratch [scratchSize]byte
	return string(appendJoined(scratch[:0], before, after))
}

// appendJoined appends the parts of a name to the empty dst, cleaned, joined and cut.
func appendJoined(dst []byte, before, after string) []byte {
	dst = appendClean(dst, before)
	n := len(dst)
	dst = append(dst, ' ')
	dst = appendClean(dst, after)
	switch {
	case n == 0:
		dst = dst[1:]
	case len(dst) == n+1:
		dst = dst[:n]
	case isEastAsian(dst[:n]) && isEastAsian(dst[n+1:]):
		dst = append(dst[:n], dst[n+1:]...)
	}
	return cut(dst)
}

// order returns the parts of a name as they are written.
func (p *Person) order() (before, after string) {
	if p.FamilyFirst {
		return p.LastName, p.FirstName
	}
	return p.FirstName, p.LastName
}

// isEastAsian reports whether a cleaned name is written without spaces: in Han, Kana or Hangul and
// nothing else but the marks and dots that go with them.
func isEastAsian(name []byte) bool {
	letters := false
	for i := 0; i < len(name); {
		r, size := utf8.DecodeRune(name[i:])
		i += size
		switch {
		case isPlainEastAsian(r), unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
			letters = true
		case strings.ContainsRune("〆ーｰ・･·‧\u3099\u309a\uff9e\uff9f", r), isSelector(r):
		default:
			return false
		}
	}
	return letters
}

var errDisplayName = errors.New("must be none, first or full")
