package messages

import (
	"strings"
	"time"
	"unicode/utf8"
)

// MaxRendered is the most bytes that [Template.Render] returns.
const MaxRendered = 4096

// Vars are the values of a template's names. What is empty gives way to the name's fallback.
type Vars struct {
	// Visitor and Staff: {visitor} and {staff} are the [FullName]; {visitor.first_name}, … their parts.
	Visitor, Staff Person
	// VisitorName is what {visitor} says when the visitor's person has no name, such as a nickname.
	VisitorName string
	// Channel and Source are the channel's name and its source's.
	Channel, Source string
	// Locale is the visitor's, a BCP 47 tag. It chooses the text in [Replies] and the form of {next_opening}.
	Locale string
	// NextOpening is when somebody will be there again; the zero time: not known, and {next_opening} is
	// empty. It is said in its own Location: the time alone on Now's date there, with the weekday within
	// the six days after it, else with the date (and the year, unless it is Now's). Now is the time of
	// writing; a zero Now: always with the date and the year.
	Now, NextOpening time.Time
}

// The isolates put around a value that runs against its text (UAX #9, FSI and PDI).
const (
	openIsolate  = "\u2068"
	closeIsolate = "\u2069"
	isolates     = len(openIsolate) + len(closeIsolate)
)

// maxCluster is the longest cluster that a cut leaves whole, in bytes.
const maxCluster = 128

// Render returns the text with its values, at most [MaxRendered] bytes of it, cut at a grapheme cluster.
//
// Values are cleaned like names ([DisplayName.Format]) and never parsed again. A value with letters that
// run against the direction of the template's own text (that of its first letter) stands between U+2068
// and U+2069, so that it moves nothing around it; these are the only bidi controls in the result.
// Nothing is escaped: the result is plain text.
//
// {next_opening} is written in the usual form of v.Locale: of English where that is empty, in digits alone
// ("2026-03-02 09:00") where the library does not know the language.
func (t *Template) Render(v Vars) string { return t.render(&v) }

func (t *Template) render(v *Vars) string {
	switch {
	case len(t.parts) == 0:
		return ""
	case len(t.parts) == 1:
		return head(t.parts[0].literal, MaxRendered)
	}
	w := writer{runs: t.runs}
	w.out.Grow(min(t.bound(v), MaxRendered))
	for i := range t.parts {
		p := &t.parts[i]
		if !w.literal(p.literal) || !w.value(p, v) {
			break
		}
	}
	return w.out.String()
}

// bound returns a number of bytes that the result does not exceed.
func (t *Template) bound(v *Vars) int {
	n := t.fixed
	for i := range t.parts {
		if p := &t.parts[i]; p.name != noName {
			n += max(min(v.size(p.name), maxNameBytes+len(ellipsis))+isolates, len(p.fallback))
		}
	}
	return n
}

// size returns a number of bytes that a name's value, before its cut, does not exceed.
func (v *Vars) size(n name) int {
	if n == nextOpening {
		return maxOpening
	}
	before, after := v.raw(n)
	size := len(before) + 1 + len(after)
	if n == visitorName {
		size = max(size, len(v.VisitorName))
	}
	return size
}

// raw returns the value of a name as it was given, in one string or in the two parts that make it.
func (v *Vars) raw(n name) (before, after string) {
	switch n {
	case visitorName:
		if v.Visitor.FirstName == "" && v.Visitor.LastName == "" {
			return v.VisitorName, ""
		}
		return v.Visitor.order()
	case staffName:
		return v.Staff.order()
	case visitorFirst:
		return v.Visitor.FirstName, ""
	case visitorLast:
		return v.Visitor.LastName, ""
	case staffFirst:
		return v.Staff.FirstName, ""
	case staffLast:
		return v.Staff.LastName, ""
	case channelName:
		return v.Channel, ""
	case sourceName:
		return v.Source, ""
	default:
		return "", ""
	}
}

// missing reports whether a name has no value at all.
func (v *Vars) missing(n name) bool {
	if n == nextOpening {
		return v.NextOpening.IsZero()
	}
	before, after := v.raw(n)
	return before == "" && after == ""
}

// append appends a name's value to the empty dst, cleaned and cut.
func (v *Vars) append(dst []byte, n name) []byte {
	if n == nextOpening {
		return appendOpening(dst, v.Locale, v.Now, v.NextOpening)
	}
	before, after := v.raw(n)
	dst = appendJoined(dst, before, after)
	if len(dst) == 0 && n == visitorName {
		dst = appendJoined(dst, v.VisitorName, "") // there is a person, but nothing to be seen of the name
	}
	return dst
}

// writer writes a result up to MaxRendered. Its methods report whether there is room for more.
type writer struct {
	out  strings.Builder
	runs direction
}

func (w *writer) literal(s string) bool {
	kept := head(s, MaxRendered-w.out.Len())
	w.out.WriteString(kept)
	return len(kept) == len(s)
}

// value writes the value of a part's name, or its fallback.
func (w *writer) value(p *part, v *Vars) bool {
	switch {
	case p.name == noName:
		return true
	case v.missing(p.name):
		return w.literal(p.fallback)
	}
	var scratch [scratchSize]byte
	value := v.append(scratch[:0], p.name)
	if len(value) == 0 {
		return w.literal(p.fallback)
	}
	against := runsAgainst(value, w.runs)
	room := MaxRendered - w.out.Len()
	if against {
		room -= isolates
	}
	kept := head(value, room)
	if against = against && len(kept) > 0; against {
		w.out.WriteString(openIsolate)
	}
	w.out.Write(kept)
	if against {
		w.out.WriteString(closeIsolate)
	}
	return len(kept) == len(value)
}

// runsAgainst reports whether s holds a letter of the other direction than that of the text.
func runsAgainst[T string | []byte](s T, runs direction) bool {
	for i := 0; i < len(s) && runs != anyway; {
		if runs == leftToRight && !startsRTL(s[i]) {
			i++
			continue
		}
		r, size := decode(s[i:])
		i += size
		if runs == leftToRight && isRTL(r) || runs == rightToLeft && isLTR(r) {
			return true
		}
	}
	return false
}

// head returns the start of s that fits into a number of bytes: whole clusters, unless the one at the end
// is so long that it is no letter of any language; then whole characters.
func head[T string | []byte](s T, room int) T {
	if room <= 0 {
		return s[:0]
	}
	if len(s) <= room {
		return s
	}
	n := fit(s, room, room)
	if room-n > maxCluster {
		for n = room; n > 0 && !utf8.RuneStart(s[n]); {
			n--
		}
	}
	return s[:n]
}
