package messages

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Template is a text with names in braces, parsed once. It is immutable and safe for concurrent use.
// The zero value renders to "".
type Template struct {
	source string
	parts  []part
	fixed  int // bytes of all parts' literals
	runs   direction
	spoken bool // the text says something, whatever the values
}

// part is a literal followed by a name's value, or by nothing in the last part.
type part struct {
	literal  string
	name     name
	fallback string
}

// name is what a template may ask for.
type name int

const (
	noName name = iota
	visitorName
	visitorFirst
	visitorLast
	staffName
	staffFirst
	staffLast
	channelName
	sourceName
	nextOpening
)

var names = [...]string{
	visitorName:  "visitor",
	visitorFirst: "visitor.first_name",
	visitorLast:  "visitor.last_name",
	staffName:    "staff",
	staffFirst:   "staff.first_name",
	staffLast:    "staff.last_name",
	channelName:  "channel",
	sourceName:   "source",
	nextOpening:  "next_opening",
}

// SyntaxError is a fault in a template.
type SyntaxError struct {
	// Position is the character of the text, counted in code points from 1, where the fault is: the
	// opening brace of an unknown name or of one that is not closed, else the character itself.
	Position int
	// Reason says what is wrong.
	Reason string
}

// Error returns the fault with its position.
func (e *SyntaxError) Error() string { return fmt.Sprintf("character %d: %s", e.Position, e.Reason) }

// Parse reads a template. {name} stands for a value and {name|fallback} for a value or, where that is
// empty or blank, the fallback as it is written; a fallback holds no braces. {{ and }} are braces. The
// names are visitor, visitor.first_name, visitor.last_name, staff, staff.first_name, staff.last_name,
// channel, source and next_opening; see [Vars]. There is no logic, no nesting and nothing to call.
//
// Controls other than tab and line feed, and bidi controls, are taken out of the text: [Template.Render]
// puts its own where they are needed. Line ends become line feeds.
//
// The error is a [*SyntaxError]: for an unknown name, a lone brace, a brace in a fallback, invalid UTF-8,
// or a text that is blank.
func Parse(text string) (*Template, error) {
	p := parser{text: text}
	var literal strings.Builder
	t := &Template{source: text}
	if err := p.valid(); err != nil {
		return nil, err
	}
	for p.at < len(text) {
		run := strings.IndexAny(text[p.at:], "{}")
		if run < 0 {
			run = len(text) - p.at
		}
		writeLiteral(&literal, text[p.at:p.at+run])
		p.at += run
		switch rest := text[p.at:]; {
		case rest == "":
		case strings.HasPrefix(rest, "{{"), strings.HasPrefix(rest, "}}"):
			literal.WriteByte(rest[0])
			p.at += 2
		case rest[0] == '}':
			return nil, p.fault(p.at, "a } without its {; write }} for a brace")
		default:
			next, err := p.name()
			if err != nil {
				return nil, err
			}
			next.literal = literal.String()
			t.parts = append(t.parts, next)
			literal.Reset()
		}
	}
	t.parts = append(t.parts, part{literal: literal.String()})
	t.measure()
	return t, nil
}

// String returns the text that was parsed.
func (t *Template) String() string { return t.source }

// direction is the one in which a text is written.
type direction int

const (
	leftToRight direction = iota
	rightToLeft
	anyway // there is nothing around the one value
)

// directionOf returns the direction of a text's first letter.
func directionOf(text string) direction {
	i := strings.IndexFunc(text, unicode.IsLetter)
	if i < 0 {
		return leftToRight
	}
	if r, _ := utf8.DecodeRuneInString(text[i:]); isRTL(r) {
		return rightToLeft
	}
	return leftToRight
}

// measure works out what rendering needs to know of the whole text. Its direction is that of its first
// letter outside names, else of the first in a fallback.
func (t *Template) measure() {
	var literals, fallbacks strings.Builder
	for _, p := range t.parts {
		t.fixed += len(p.literal)
		literals.WriteString(p.literal)
		fallbacks.WriteString(p.fallback)
	}
	t.runs = directionOf(literals.String() + fallbacks.String())
	t.spoken = !isBlank(literals.String())
	if len(t.parts) == 2 && !t.spoken {
		t.runs = anyway
	}
}

type parser struct {
	text string
	at   int // byte offset
}

func (p *parser) fault(at int, format string, args ...any) error {
	return &SyntaxError{
		Position: utf8.RuneCountInString(p.text[:at]) + 1,
		Reason:   fmt.Sprintf(format, args...),
	}
}

func (p *parser) valid() error {
	for i, r := range p.text {
		if r != utf8.RuneError {
			continue
		}
		if _, size := utf8.DecodeRuneInString(p.text[i:]); size == 1 {
			return p.fault(i, "invalid UTF-8")
		}
	}
	if isBlank(p.text) {
		return p.fault(0, "the text is blank")
	}
	return nil
}

// name reads {name} or {name|fallback} from its opening brace.
func (p *parser) name() (part, error) {
	open := p.at
	end := strings.IndexAny(p.text[open+1:], "{}")
	if end < 0 {
		return part{}, p.fault(open, "a { without its }; write {{ for a brace")
	}
	end += open + 1
	inner := p.text[open+1 : end]
	word, fallback, hasFallback := strings.Cut(inner, "|")
	if p.text[end] == '{' {
		if hasFallback {
			return part{}, p.fault(end, "a brace in a fallback")
		}
		return part{}, p.fault(open, "a { without its }; write {{ for a brace")
	}
	n := name(slices.Index(names[:], word))
	if n <= noName {
		return part{}, p.fault(open, "unknown name %.40q; known are %s", word, strings.Join(names[visitorName:], ", "))
	}
	p.at = end + 1
	var b strings.Builder
	writeLiteral(&b, fallback)
	return part{name: n, fallback: b.String()}, nil
}

// writeLiteral writes a text of the template's author, with line feeds for line ends and without controls.
func writeLiteral(b *strings.Builder, s string) {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	for _, r := range s {
		switch {
		case r == '\r':
			b.WriteByte('\n')
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case unicode.In(r, unicode.Cc, unicode.Bidi_Control):
		default:
			b.WriteRune(r)
		}
	}
}
