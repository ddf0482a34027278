package messages

import "strings"

// Most results are short and made of values in which nothing is to be cleaned, cut or parted: they are put
// together here from the strings as they were given. renderCarefully would write the same.

const (
	maxPlainNames = 4                       // with more, the careful way is taken
	maxPieces     = maxPlainNames*(1+5) + 1 // a literal before each name, and the last; a name in five pieces
)

// renderPlain renders what needs no care; ok is false for what does.
func (t *Template) renderPlain(v *Vars) (s string, ok bool) {
	if len(t.parts) > maxPlainNames+1 {
		return "", false
	}
	var room [maxPieces]string
	pieces := room[:0]
	for i := range t.parts {
		p := &t.parts[i]
		pieces = append(pieces, p.literal)
		switch {
		case p.name == noName:
		case v.missing(p.name):
			pieces = append(pieces, p.fallback)
		default:
			if pieces, ok = v.appendPlain(pieces, p.name, t.runs); !ok {
				return "", false
			}
		}
	}
	size := 0
	for _, piece := range pieces {
		size += len(piece)
	}
	if size > MaxRendered {
		return "", false
	}
	return strings.Join(pieces, ""), true
}

// appendPlain appends the pieces of a name's value, in a text of the given direction.
func (v *Vars) appendPlain(pieces []string, n name, runs direction) ([]string, bool) {
	if n == nextOpening {
		return pieces, false
	}
	before, after := v.raw(n)
	first, second := careOf(before), careOf(after)
	if first == careful || second == careful || len(before)+1+len(after) > maxClusters {
		return pieces, false
	}
	against := runs == rightToLeft && (runsAgainst(before, runs) || runsAgainst(after, runs))
	if against {
		pieces = append(pieces, openIsolate)
	}
	pieces = append(pieces, before)
	if before != "" && after != "" && (first != unspaced || second != unspaced) {
		pieces = append(pieces, " ")
	}
	pieces = append(pieces, after)
	if against {
		pieces = append(pieces, closeIsolate)
	}
	return pieces, true
}
