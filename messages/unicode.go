package messages

import (
	"unicode"
	"unicode/utf8"

	"github.com/usherchat/usher/internal/printable"
)

// class is what a rune is to the cleaning of names.
type class int

const (
	visible class = iota
	hidden        // to be removed
	space
	joiner
	mark
)

// classify sorts a rune. What [utf8.RuneError] stands for is hidden: it is what decoders put in the
// place of invalid bytes. Code points that are not assigned yet are visible, for they may be letters
// of a script newer than the tables.
func classify(r rune) class {
	switch {
	case r > ' ' && r <= '~', isPlainLetter(r):
		return visible
	case r == zwj || r == zwnj:
		return joiner
	case unicode.Is(unicode.White_Space, r), r == 0x2800: // the Braille pattern without a dot
		return space
	case isSelector(r):
		return mark
	case printable.Hidden(r):
		return hidden
	case unicode.Is(unicode.M, r):
		return mark
	default:
		return visible
	}
}

// isPlainLetter knows the blocks of most names in the world outside ASCII, all of whose characters are seen
// and stand alone, so that the tables need not be searched for them.
func isPlainLetter(r rune) bool {
	switch {
	case r < 0xC0:
		return false
	case r <= 0x2FF, r >= 0x370 && r <= 0x482, r >= 0x48A && r <= 0x58F: // Latin, Greek, Cyrillic, Armenian
		return true
	default:
		return isPlainEastAsian(r)
	}
}

// isPlainEastAsian knows the blocks of Hiragana, Katakana, Han and Hangul in everyday use.
func isPlainEastAsian(r rune) bool {
	return r >= 0x3041 && r <= 0x3096 || r >= 0x30A1 && r <= 0x30FA || r >= 0x4E00 && r <= 0x9FFF || isSyllable(r)
}

// isBlank reports whether nothing of s is seen.
func isBlank(s string) bool {
	for _, r := range s {
		if classify(r) == visible {
			return false
		}
	}
	return true
}

// isWord reports whether r is part of a word.
func isWord(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N) && !isSelector(r)
}

func isSelector(r rune) bool { return unicode.Is(unicode.Variation_Selector, r) }

// selects reports whether a variation selector may change the look of the character before it. After any
// other it is seen by nobody: a text could be hidden in a row of them.
func selects(selector, base rune) bool {
	switch {
	case selector == 0xFE0E || selector == 0xFE0F: // as text, as emoji
		return isEmoji(base) || unicode.Is(unicode.S, base) || base >= '0' && base <= '9' || base == '#' || base == '*'
	case selector < 0xFE00: // the four of Mongolian
		return unicode.Is(unicode.Mongolian, base)
	case selector > 0xFE0F: // the variants of ideographs
		return unicode.Is(unicode.Han, base)
	default:
		return unicode.In(base, unicode.Han, unicode.Myanmar, unicode.Phags_Pa, unicode.Manichaean, unicode.S)
	}
}

// isVirama reports whether r takes a consonant's vowel away: the code points of canonical combining
// class 9.
func isVirama(r rune) bool { return unicode.Is(viramas, r) }

var viramas = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x094D, 0x0CCD, 0x80}, // Devanagari to Kannada, a block each
		{0x0D3B, 0x0D3C, 1},
		{0x0D4D, 0x0DCA, 0x7D}, // Malayalam, Sinhala
		{0x0E3A, 0x0EBA, 0x80}, // Thai, Lao
		{0x0F84, 0x0F84, 1},
		{0x1039, 0x103A, 1},
		{0x1714, 0x1715, 1},
		{0x1734, 0x1734, 1},
		{0x17D2, 0x17D2, 1},
		{0x1A60, 0x1A60, 1},
		{0x1B44, 0x1B44, 1},
		{0x1BAA, 0x1BAB, 1},
		{0x1BF2, 0x1BF3, 1},
		{0x2D7F, 0x2D7F, 1},
		{0xA806, 0xA806, 1},
		{0xA82C, 0xA82C, 1},
		{0xA8C4, 0xA8C4, 1},
		{0xA953, 0xA953, 1},
		{0xA9C0, 0xA9C0, 1},
		{0xAAF6, 0xAAF6, 1},
		{0xABED, 0xABED, 1},
	},
	R32: []unicode.Range32{
		{0x10A3F, 0x10A3F, 1},
		{0x11046, 0x11046, 1},
		{0x11070, 0x1107F, 0xF},
		{0x110B9, 0x110B9, 1},
		{0x11133, 0x11134, 1},
		{0x111C0, 0x111C0, 1},
		{0x11235, 0x11235, 1},
		{0x112EA, 0x112EA, 1},
		{0x1134D, 0x1134D, 1},
		{0x11442, 0x114C2, 0x80},
		{0x115BF, 0x1163F, 0x80},
		{0x116B6, 0x116B6, 1},
		{0x1172B, 0x1172B, 1},
		{0x11839, 0x11839, 1},
		{0x1193D, 0x1193E, 1},
		{0x119E0, 0x119E0, 1},
		{0x11A34, 0x11A34, 1},
		{0x11A47, 0x11A47, 1},
		{0x11A99, 0x11A99, 1},
		{0x11C3F, 0x11C3F, 1},
		{0x11D44, 0x11D45, 1},
		{0x11D97, 0x11D97, 1},
		{0x11F41, 0x11F42, 1},
	},
}

// isEmoji stands for Extended_Pictographic, which the standard library lacks: the symbols of the
// blocks that hold emoji.
func isEmoji(r rune) bool {
	switch {
	case r >= 0x1F000 && r <= 0x1FAFF:
		return !isModifier(r) && !isRegional(r)
	case r >= 0x2190 && r <= 0x2BFF, r >= 0x3030 && r <= 0x3299:
		return unicode.Is(unicode.So, r) || unicode.Is(unicode.Sm, r) || r == 0x3030
	default:
		return r == 0xA9 || r == 0xAE || r == 0x203C || r == 0x2049 || r == 0x2122 || r == 0x2139
	}
}

// endsEmoji reports whether r may be the last of an emoji, to which ZWJ joins the next.
func endsEmoji(r rune) bool {
	return isEmoji(r) || isModifier(r) || r == 0xFE0F || r == 0x20E3 || r == cancelTag
}

func isModifier(r rune) bool { return r >= 0x1F3FB && r <= 0x1F3FF } // skin tones

func isRegional(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF } // two make a flag

func isTag(r rune) bool { return r >= 0xE0020 && r <= cancelTag }

// isRTL reports whether r is a letter of a script written from right to left. The ranges are those
// whose code points have the bidi class R or AL by default (UAX #9, DerivedBidiClass).
func isRTL(r rune) bool {
	switch {
	case r < 0x0590:
		return false
	case r <= 0x08FF, r >= 0xFB1D && r <= 0xFDFF, r >= 0xFE70 && r <= 0xFEFF,
		r >= 0x10800 && r <= 0x10FFF, r >= 0x1E800 && r <= 0x1EFFF:
		return unicode.IsLetter(r)
	default:
		return false
	}
}

// startsRTL reports whether a byte may be the first of a rune for which isRTL holds.
func startsRTL(b byte) bool { return b >= 0xD6 && b <= 0xE0 || b == 0xEF || b == 0xF0 }

// isLTR reports whether r is a letter of any other script.
func isLTR(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r|0x20 && r|0x20 <= 'z'
	}
	return unicode.IsLetter(r) && !isRTL(r)
}
