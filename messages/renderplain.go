package messages

import "strings"

// Most results are short and made of values in which nothing is to be cleaned, cut or parted: they are put
// together here from the strings as they were given. renderCarefully would write the same.

// maxPlainNames is how many names a text may have; with more, the careful way is taken.
const maxPlainNames = 4

// plainValue is a value that needs no care.
type plainValue struct {
	before, after string
	spaced        bool // there is a space between them
	isolated      bool
}

// renderPlain renders what needs no care; ok is false for what does.
func (t *Template) renderPlain(v *Vars) (s string, ok bool) {
	last := len(t.parts) - 1 // which has no name
	if last > maxPlainNames {
		return "", false
	}
	var values [maxPlainNames]plainValue
	size := t.fixed
	for i := range t.parts[:last] {
		if !values[i].take(&t.parts[i], v, t.runs) {
			return "", false
		}
		size += values[i].size()
	}
	if size > MaxRendered {
		return "", false
	}
	var out strings.Builder
	out.Grow(size)
	for i := range t.parts[:last] {
		out.WriteString(t.parts[i].literal)
		values[i].write(&out)
	}
	out.WriteString(t.parts[last].literal)
	return out.String(), true
}

// take makes p the value of a part's name, in a text of the given direction, and reports whether it needs no care.
func (p *plainValue) take(of *part, v *Vars, runs direction) bool {
	before, after := v.raw(of.name)
	switch {
	case of.name == nextOpening && !v.NextOpening.IsZero():
		return false
	case before == "" && after == "":
		p.before = of.fallback
		return true
	case len(before)+1+len(after) > maxClusters:
		return false
	}
	first, second := careOf(before), careOf(after)
	if first == careful || second == careful {
		return false
	}
	p.before, p.after = before, after
	p.spaced = before != "" && after != "" && (first != unspaced || second != unspaced)
	p.isolated = runs == rightToLeft && (runsAgainst(before, runs) || runsAgainst(after, runs))
	return true
}

func (p *plainValue) size() int {
	n := len(p.before) + len(p.after)
	if p.spaced {
		n++
	}
	if p.isolated {
		n += isolates
	}
	return n
}

func (p *plainValue) write(out *strings.Builder) {
	if p.isolated {
		out.WriteString(openIsolate)
	}
	out.WriteString(p.before)
	if p.spaced {
		out.WriteByte(' ')
	}
	out.WriteString(p.after)
	if p.isolated {
		out.WriteString(closeIsolate)
	}
}
