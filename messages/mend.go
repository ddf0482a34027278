package messages

import (
	"mime"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mend returns the message without the faults for which what a visitor says must not be lost, because they only
// concern how it is shown: an attachment of an unknown kind, or of none, is a [File], and a MIME type that cannot be
// read, or is longer than l allows, counts as not given. What it returns shares nothing with m that it changed.
// Channels mend what comes from a source before they validate it.
func (m Message) Mend(l Limits) Message {
	l = l.withDefaults()
	mended := func(a Attachment) bool { return a.Kind.known() && (a.MIME == "" || l.allowsMIME(a.MIME)) }
	if !slices.ContainsFunc(m.Attachments, func(a Attachment) bool { return !mended(a) }) {
		return m
	}
	m.Attachments = slices.Clone(m.Attachments)
	for i := range m.Attachments {
		a := &m.Attachments[i]
		if !a.Kind.known() {
			a.Kind = File
		}
		if !l.allowsMIME(a.MIME) {
			a.MIME = ""
		}
	}
	return m
}

func (k AttachmentKind) known() bool {
	switch k {
	case Image, Audio, Video, File, Sticker:
		return true
	default:
		return false
	}
}

// allowsMIME tells whether Validate has nothing to say of it.
func (l Limits) allowsMIME(s string) bool {
	return utf8.RuneCountInString(s) <= l.Label && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) && isMediaType(s)
}

func isMediaType(s string) bool {
	kind, _, err := mime.ParseMediaType(s)
	return err == nil && strings.Contains(kind, "/")
}
