package messages

import (
	"bytes"
	"strings"
	"time"
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

// Render returns the text with its values, at most [MaxRendered] bytes of it, cut at a grapheme cluster.
//
// Values are cleaned like names ([DisplayName.Format]) and never parsed again. A value with letters that
// run against the direction of the template's own text (that of its first letter) stands between U+2068
// and U+2069, so that it moves nothing around it; these are the only bidi controls in the result.
// Nothing is escaped: the result is plain text.
//
// {next_opening} is written in the usual form of v.Locale, or of English where the library does not
// know that one.
func (t *Template) Render(v Vars) string {
	if len(t.parts) == 0 {
		return ""
	}
	if len(t.parts) == 1 {
		only := t.parts[0].literal
		return only[:fit(only, MaxRendered, MaxRendered)]
	}
	var scratch [scratchSize]byte
	w := writer{rtl: t.rtl}
	w.out.Grow(min(t.bound(&v), MaxRendered))
	for i := range t.parts {
		p := &t.parts[i]
		if !w.literal(p.literal) {
			break
		}
		if p.name == noName {
			continue
		}
		value := v.append(scratch[:0], p.name)
		if len(value) > 0 && !w.value(value) || len(value) == 0 && !w.literal(p.fallback) {
			break
		}
	}
	return w.out.String()
}

// bound returns a number of bytes that the result does not exceed.
func (t *Template) bound(v *Vars) int {
	n := t.fixed
	for i := range t.parts {
		p := &t.parts[i]
		if p.name == noName {
			continue
		}
		n += max(min(v.size(p.name), maxNameBytes+len(ellipsis))+isolates, len(p.fallback))
	}
	return n
}

// size returns a number of bytes that a name's value, before its cut, does not exceed.
func (v *Vars) size(n name) int {
	switch n {
	case visitorName:
		return max(len(v.Visitor.FirstName)+1+len(v.Visitor.LastName), len(v.VisitorName))
	case staffName:
		return len(v.Staff.FirstName) + 1 + len(v.Staff.LastName)
	case nextOpening:
		return maxOpening
	default:
		return len(v.text(n))
	}
}

// text returns the raw value of a name that is one string.
func (v *Vars) text(n name) string {
	switch n {
	case visitorFirst:
		return v.Visitor.FirstName
	case visitorLast:
		return v.Visitor.LastName
	case staffFirst:
		return v.Staff.FirstName
	case staffLast:
		return v.Staff.LastName
	case channelName:
		return v.Channel
	case sourceName:
		return v.Source
	default:
		return ""
	}
}

// append appends a name's value to the empty dst, cleaned and cut.
func (v *Vars) append(dst []byte, n name) []byte {
	switch n {
	case visitorName:
		if dst = appendFullName(dst, &v.Visitor); len(dst) > 0 {
			return dst
		}
		return cut(appendClean(dst, v.VisitorName))
	case staffName:
		return appendFullName(dst, &v.Staff)
	case nextOpening:
		return appendOpening(dst, v.Locale, v.Now, v.NextOpening)
	default:
		return cut(appendClean(dst, v.text(n)))
	}
}

// writer writes a result up to MaxRendered. Its methods report whether there is room for more.
type writer struct {
	out strings.Builder
	rtl bool
}

func (w *writer) literal(s string) bool {
	room := MaxRendered - w.out.Len()
	if len(s) <= room {
		w.out.WriteString(s)
		return true
	}
	w.out.WriteString(s[:fit(s, room, room)])
	return false
}

func (w *writer) value(s []byte) bool {
	room := MaxRendered - w.out.Len()
	against := runsAgainst(s, w.rtl)
	if against {
		room -= isolates
	}
	whole := len(s) <= room
	if !whole {
		s = s[:fit(s, room, max(room, 0))]
	}
	switch {
	case len(s) == 0:
	case against:
		w.out.WriteString(openIsolate)
		w.out.Write(s)
		w.out.WriteString(closeIsolate)
	default:
		w.out.Write(s)
	}
	return whole
}

// runsAgainst reports whether s holds a letter of the other direction than that of the text.
func runsAgainst(s []byte, rtl bool) bool {
	against := isRTL
	if rtl {
		against = isLTR
	}
	return bytes.ContainsFunc(s, against)
}
