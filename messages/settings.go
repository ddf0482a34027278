package messages

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
	// NameInText also puts the name before the text of each reply, for sources that show no author.
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
// [Template.Render] does it.
func (s Settings) Sign(text string, by Person) string {
	if !s.NameInText || isBlank(text) {
		return text
	}
	name := s.DisplayName.Format(by)
	if name == "" {
		return text
	}
	if runsAgainst(name, directionOf(text)) {
		name = openIsolate + name + closeIsolate
	}
	return name + ": " + text
}
