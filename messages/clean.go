package messages

import "unicode/utf8"

// The caps on a name, before the "…".
const (
	maxClusters  = 64
	maxNameBytes = 256
	maxMarks     = 4 // combining marks in a row
	maxJoined    = 8 // emoji joined to one by ZWJ; the longest in use have four

	// maxCleaned is what appendClean writes at most: more than maxNameBytes, so that cut sees that
	// there was more, and one more sequence.
	maxCleaned  = maxNameBytes + 1 + 32
	scratchSize = 2*maxCleaned + 1
	ellipsis    = "…"
)

const (
	zwnj      = '\u200c'
	zwj       = '\u200d'
	blackFlag = '\U0001f3f4'
	cancelTag = '\U000e007f'
)

// cleanName returns a name as it is shown; see [DisplayName.Format].
func cleanName(s string) string {
	if len(s) <= maxClusters && careOf(s) != careful {
		return s
	}
	var scratch [scratchSize]byte
	return string(cut(appendClean(scratch[:0], s)))
}

// care is how much of it a part of a name needs.
type care uint8

const (
	careful  care = iota // something may have to be cleaned
	plain                // nothing has, and nothing in it runs from right to left
	unspaced             // the same, in the letters of a language written without spaces
)

// careOf judges a part of a name, quickly for the scripts of most.
func careOf(s string) care {
	last := rune(' ')
	eastern := true
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		switch {
		case r > ' ' && r <= '~':
			eastern = false
		case r == ' ' && last != ' ':
			eastern = false
		case r < utf8.RuneSelf:
			return careful
		default:
			r, size = utf8.DecodeRuneInString(s[i:])
			if eastern = eastern && isPlainEastAsian(r); !eastern && !isPlainLetter(r) {
				return careful
			}
		}
		last = r
		i += size
	}
	switch {
	case eastern:
		return unspaced
	case s != "" && last == ' ':
		return careful
	default:
		return plain
	}
}

// appendClean appends s to dst without what does not belong into a name, not much more than
// maxNameBytes of it.
func appendClean(dst []byte, s string) []byte {
	if len(s) <= maxNameBytes && careOf(s) != careful {
		return append(dst, s...)
	}
	return appendCarefully(dst, s)
}

func appendCarefully(dst []byte, s string) []byte {
	start := len(dst)
	var c cleaner
	for i := 0; i < len(s) && len(dst)-start <= maxNameBytes; {
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch classify(r) {
		case hidden:
		case space:
			dst = c.endWord(dst)
			c.spaced = len(dst) > start
		case joiner:
			if c.last != 0 && c.joiner == 0 {
				c.joiner = r
			}
		case mark:
			dst = c.mark(dst, r)
		case visible:
			dst = c.visible(dst, r)
			if r == blackFlag {
				n := tagSequence(s[i:])
				dst = c.tags(dst, s[i:i+n])
				i += n
			}
		}
	}
	return c.endWord(dst)
}

// cleaner knows what has been kept of a name and what is still to be decided. Its methods append what is
// kept, to the slice they are given rather than to one of their own: so it can live on the stack.
type cleaner struct {
	last   rune // kept last in this word, 0 at its start
	joiner rune // seen after last; whether it is kept depends on what follows
	spaced bool // white space was seen since the last word
	marks  int  // in a row, up to last
	joined int  // emoji joined to the one before
}

// endWord keeps a joiner at the end of a word only after a virama, where it makes a letter's form,
// as in Malayalam written with the older code points.
func (c *cleaner) endWord(dst []byte) []byte {
	if c.joiner != 0 && isVirama(c.last) {
		dst = utf8.AppendRune(dst, c.joiner)
	}
	c.last, c.joiner, c.marks, c.joined = 0, 0, 0, 0
	return dst
}

func (c *cleaner) mark(dst []byte, r rune) []byte {
	if c.last == 0 || c.marks == maxMarks || isSelector(r) && !selects(r, c.last) {
		return dst
	}
	if c.joiner != 0 && isWord(c.last) && isWord(r) {
		dst = utf8.AppendRune(dst, c.joiner)
	}
	c.last, c.joiner = r, 0
	c.marks++
	return utf8.AppendRune(dst, r)
}

func (c *cleaner) visible(dst []byte, r rune) []byte {
	emoji := c.joiner == zwj && endsEmoji(c.last) && isEmoji(r) && c.joined < maxJoined
	switch {
	case c.joiner == 0:
	case emoji, isWord(c.last) && isWord(r), isVirama(c.last):
		dst = utf8.AppendRune(dst, c.joiner)
	}
	if c.spaced {
		dst = append(dst, ' ')
	}
	c.last, c.joiner, c.spaced, c.marks = r, 0, false, 0
	if c.joined++; !emoji {
		c.joined = 0
	}
	return utf8.AppendRune(dst, r)
}

// tags appends the tags that make a flag of the black one before them, if there are any.
func (c *cleaner) tags(dst []byte, sequence string) []byte {
	if sequence != "" {
		c.last = cancelTag
	}
	return append(dst, sequence...)
}

// tagSequence returns the length of the tags with which s starts where they spell a region's flag:
// three to six letters or digits and the tag that ends them. Other tags are hidden text.
func tagSequence(s string) int {
	n := 0
	for i, r := range s {
		switch {
		case r == cancelTag && n >= 3:
			return i + utf8.RuneLen(r)
		case n < 6 && (r >= 0xE0030 && r <= 0xE0039 || r >= 0xE0061 && r <= 0xE007A):
			n++
		default:
			return 0
		}
	}
	return 0
}
