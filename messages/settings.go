package messages

import (
	"strings"
	"unicode/utf8"
)

// AutoReply is one automatic message in the languages the host has it in. The zero value sends the
// library's default texts, or nothing where there are none ([Settings.Closing]).
type AutoReply struct {
	// Off: it is never sent. Its texts are checked all the same.
	Off bool `json:"off,omitempty"`
	// Texts are templates ([Parse]) by BCP 47 language tag; the tag "" is for all other languages.
	// No texts: the library's defaults.
	Texts map[string]string `json:"texts,omitempty"`
}

// Settings are what an administrator decides about the messages of a channel. The zero value shows
// no names and sends the default welcome and away texts.
type Settings struct {
	// DisplayName is how much of a staff member's name visitors see.
	DisplayName DisplayName `json:"display_name,omitempty"`
	// NameInText also puts the name before the text of each reply, for sources that show no author; see
	// [Settings.Signature].
	NameInText bool `json:"name_in_text,omitempty"`

	// Welcome answers a visitor's first message, Away one that nobody can answer now, Closing an
	// enquiry's end. Closing has no default texts: without Texts it is off.
	Welcome AutoReply `json:"welcome,omitzero"`
	Away    AutoReply `json:"away,omitzero"`
	Closing AutoReply `json:"closing,omitzero"`
}

// Sign returns the text of a staff member's reply as the channel sends it: "Name: " and the text, where
// NameInText is set and DisplayName leaves a name to show, else the text alone. A blank text stays as it
// is. A name that runs against the text's direction, which is that of its first letter, is isolated as
// [Template.Render] does it. For Markdown there is [Settings.Signature].
func (s Settings) Sign(text string, by Person) string { return s.Signature(Text(text), by) + text }

// Signature returns what the channel puts before the Text of a staff member's reply, "" for nothing. Of a plain one
// it is what [Settings.Sign] says. Before [Markdown] the name is a paragraph of its own, with a colon: what follows
// still begins at the start of a line, where a fence, a list or a table has to begin. Every ASCII punctuation
// character of the name is escaped (CommonMark 0.31.2, section 2.4), so that it is seen as its letters.
func (s Settings) Signature(m Message, by Person) string {
	if !s.NameInText || isBlank(m.Text) {
		return ""
	}
	name := s.DisplayName.Format(by)
	switch {
	case name == "":
		return ""
	case m.Format == Markdown:
		return escapeMarkdown(name) + ":\n\n"
	case runsAgainst(name, directionOf(m.Text)):
		return openIsolate + name + closeIsolate + ": "
	default:
		return name + ": "
	}
}

// escapeMarkdown returns a line of text that Markdown shows as it is.
func escapeMarkdown(line string) string {
	var out strings.Builder
	for _, b := range []byte(line) {
		if b > ' ' && b < utf8.RuneSelf && !isAlnum(b) {
			out.WriteByte('\\')
		}
		out.WriteByte(b)
	}
	return out.String()
}
