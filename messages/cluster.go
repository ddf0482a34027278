package messages

import (
	"unicode"
	"unicode/utf8"
)

// cut shortens a cleaned name to the caps, at a cluster, and ends it in "…" where it did.
func cut(name []byte) []byte {
	n := fit(name, maxNameBytes, maxClusters)
	if n == len(name) {
		return name
	}
	for n > 0 {
		r, size := utf8.DecodeLastRune(name[:n])
		if r != ' ' && r != zwj && r != zwnj {
			break
		}
		n -= size
	}
	return append(name[:n], ellipsis...)
}

// fit returns how many bytes of s can be kept: whole clusters, at most maxBytes and maxClusters.
func fit[T string | []byte](s T, maxBytes, maxClusters int) int {
	if len(s) <= maxBytes && (len(s) <= maxClusters || runeCount(s) <= maxClusters) {
		return len(s)
	}
	var b breaker
	kept, clusters := 0, 0 // kept: up to the start of the cluster that is being read
	for i := 0; i < len(s); {
		r, size := decode(s[i:])
		if b.starts(r) {
			kept = i
			clusters++
			if clusters > maxClusters {
				return kept
			}
		}
		i += size
		if i > maxBytes {
			return kept
		}
	}
	return len(s)
}

func runeCount[T string | []byte](s T) int {
	n := 0
	for i := range len(s) {
		if utf8.RuneStart(s[i]) {
			n++
		}
	}
	return n
}

func decode[T string | []byte](s T) (rune, int) {
	if s[0] < utf8.RuneSelf {
		return rune(s[0]), 1
	}
	// The conversion of at most four bytes stays on the stack.
	return utf8.DecodeRuneInString(string(s[:min(len(s), utf8.UTFMax)]))
}

// breaker finds where grapheme clusters start (UAX #29), reading rune by rune.
type breaker struct {
	last    rune
	flags   int  // regional indicators in a row, up to last
	picture bool // the cluster is an emoji so far
}

// starts reports whether r starts a cluster after what has been read.
func (b *breaker) starts(r rune) bool {
	last := b.last
	b.last = r
	if isRegional(r) {
		b.flags++
	} else {
		b.flags = 0
	}
	switch {
	case last != 0 && extends(r):
		return false
	case last == zwj && b.picture && isEmoji(r):
		return false
	case b.flags > 0 && b.flags%2 == 0:
		return false
	case last != 0 && joinsHangul(last, r):
		return false
	}
	b.picture = isEmoji(r)
	return true
}

// extends reports whether r belongs to the cluster before it, whatever that is.
func extends(r rune) bool {
	if r < 0x300 || isPlainLetter(r) {
		return false
	}
	switch r {
	case zwj, zwnj, 0x0E33, 0x0EB3: // the last two are Thai and Lao am: a letter with a mark in it
		return true
	default:
		return isModifier(r) || isTag(r) || unicode.Is(unicode.M, r)
	}
}

// joinsHangul reports whether two jamo or syllables make one syllable (GB6 to GB8).
func joinsHangul(a, b rune) bool {
	if a < 0x1100 || b < 0x1100 {
		return false
	}
	switch {
	case isLeading(a):
		return isLeading(b) || isVowel(b) || isSyllable(b)
	case isVowel(a), isSyllable(a) && (a-0xAC00)%28 == 0:
		return isVowel(b) || isTrailing(b)
	case isTrailing(a), isSyllable(a):
		return isTrailing(b)
	default:
		return false
	}
}

func isLeading(r rune) bool  { return r >= 0x1100 && r <= 0x115F || r >= 0xA960 && r <= 0xA97C }
func isVowel(r rune) bool    { return r >= 0x1160 && r <= 0x11A7 || r >= 0xD7B0 && r <= 0xD7C6 }
func isTrailing(r rune) bool { return r >= 0x11A8 && r <= 0x11FF || r >= 0xD7CB && r <= 0xD7FB }
func isSyllable(r rune) bool { return r >= 0xAC00 && r <= 0xD7A3 }
