package messages

import (
	"unicode"
	"unicode/utf8"
)

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
	if isSimple(s) && len(s) <= maxClusters {
		return s
	}
	var scratch [scratchSize]byte
	return string(cut(appendClean(scratch[:0], s)))
}

// isSimple reports whether s is ASCII in which nothing is to be cleaned.
func isSimple(s string) bool {
	last := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == ' ' && last == ' ' {
			return false
		}
		last = c
	}
	return s == "" || last != ' '
}

// appendClean appends s to dst without what does not belong into a name, not much more than
// maxNameBytes of it.
func appendClean(dst []byte, s string) []byte {
	if len(s) <= maxNameBytes && isSimple(s) {
		return append(dst, s...)
	}
	c := cleaner{dst: dst, start: len(dst)}
	for i := 0; i < len(s) && len(c.dst)-c.start <= maxNameBytes; {
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch classify(r) {
		case hidden:
		case space:
			c.space()
		case joiner:
			if c.last != 0 && c.joiner == 0 {
				c.joiner = r
			}
		case mark:
			c.mark(r)
		case visible:
			c.visible(r)
			if r == blackFlag {
				n := tagSequence(s[i:])
				c.tags(s[i : i+n])
				i += n
			}
		}
	}
	c.endWord()
	return c.dst
}

// cleaner holds what has been kept of a name and what is still to be decided.
type cleaner struct {
	dst    []byte
	start  int
	last   rune // kept last in this word, 0 at its start
	joiner rune // seen after last; whether it is kept depends on what follows
	spaced bool // white space was seen since last
	marks  int  // in a row, up to last
	joined int  // emoji joined to the one before
}

func (c *cleaner) space() {
	c.endWord()
	c.spaced = len(c.dst) > c.start
}

// endWord keeps a joiner at the end of a word only after a virama, where it makes a letter's form,
// as in Malayalam written with the older code points.
func (c *cleaner) endWord() {
	if c.joiner != 0 && isVirama(c.last) {
		c.dst = utf8.AppendRune(c.dst, c.joiner)
	}
	c.last, c.joiner, c.marks, c.joined = 0, 0, 0, 0
}

func (c *cleaner) mark(r rune) {
	selector := unicode.Is(unicode.Variation_Selector, r)
	if c.last == 0 || c.marks == maxMarks || selector && unicode.Is(unicode.Variation_Selector, c.last) {
		return
	}
	if c.joiner != 0 && isWord(c.last) && isWord(r) {
		c.dst = utf8.AppendRune(c.dst, c.joiner)
	}
	c.dst = utf8.AppendRune(c.dst, r)
	c.last, c.joiner = r, 0
	c.marks++
}

func (c *cleaner) visible(r rune) {
	switch {
	case c.joiner == 0:
		c.joined = 0
	case isWord(c.last) && isWord(r), isVirama(c.last):
		c.dst = utf8.AppendRune(c.dst, c.joiner)
		c.joined = 0
	case c.joiner == zwj && endsEmoji(c.last) && isEmoji(r) && c.joined < maxJoined:
		c.dst = utf8.AppendRune(c.dst, c.joiner)
		c.joined++
	default:
		c.joined = 0
	}
	if c.spaced {
		c.dst = append(c.dst, ' ')
	}
	c.dst = utf8.AppendRune(c.dst, r)
	c.last, c.joiner, c.spaced, c.marks = r, 0, false, 0
}

func (c *cleaner) tags(sequence string) {
	if sequence != "" {
		c.dst = append(c.dst, sequence...)
		c.last = cancelTag
	}
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
