package messages

import (
	"strconv"
	"strings"
)

// PlainText returns all that the message says as one text, for sources that show nothing else: the
// text, then a line for each attachment, the location and each choice, numbered from 1. The words
// are the message's own and need no translation:
//
//	Which day suits you?
//	plan.pdf: https://example.com/plan.pdf
//	Front desk: 22.2819, 114.1582
//	1. Monday
//	2. Tuesday
//
// A tapped choice without a text is said by its value. Markdown is not rendered. Coordinates are
// latitude, longitude in degrees.
func (m Message) PlainText() string {
	var lines []string
	add := func(parts ...string) {
		parts = nonBlank(parts)
		if len(parts) > 0 {
			lines = append(lines, strings.Join(parts, ": "))
		}
	}
	add(m.Text)
	if isBlank(m.Text) {
		add(m.Choice)
	}
	for _, a := range m.Attachments {
		add(a.Caption)
		add(a.Name, a.URL)
	}
	if l := m.Location; l != nil {
		add(l.Name, degrees(l.Latitude)+", "+degrees(l.Longitude))
	}
	for i, c := range m.Choices {
		add(strconv.Itoa(i+1) + ". " + c.Text)
	}
	return strings.Join(lines, "\n")
}

func nonBlank(parts []string) []string {
	kept := parts[:0]
	for _, p := range parts {
		if !isBlank(p) {
			kept = append(kept, p)
		}
	}
	return kept
}

// degrees writes a coordinate in as few digits as name it, never with an exponent.
func degrees(d float64) string { return strconv.FormatFloat(d, 'f', -1, 64) }
