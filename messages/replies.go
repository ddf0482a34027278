package messages

import (
	"errors"
	"fmt"
	"maps"
	"slices"
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
	// NameInText also puts the name before the text of each reply, for sources that show no author.
	NameInText bool `json:"name_in_text,omitempty"`

	// Welcome answers a visitor's first message, Away one that nobody can answer now, Closing an
	// enquiry's end. Closing has no default texts: without Texts it is off.
	Welcome AutoReply `json:"welcome,omitzero"`
	Away    AutoReply `json:"away,omitzero"`
	Closing AutoReply `json:"closing,omitzero"`
}

// Replies are the automatic messages of a channel, ready to be rendered. They are immutable and safe for
// concurrent use. The zero value sends nothing.
type Replies struct {
	welcome, away, closing reply
}

// New checks the settings and parses every text of every language. The error joins all faults
// ([errors.Join]), each with the path of its setting: "welcome.texts[de]: character 7: …". A template's
// fault is a [*SyntaxError].
func New(s Settings) (*Replies, error) {
	var faults []error
	if err := s.DisplayName.check(); err != nil {
		faults = append(faults, fmt.Errorf("display_name: %w", err))
	}
	read := func(path string, a AutoReply, defaults func() reply) reply {
		r, err := a.reply(path)
		switch {
		case err != nil:
			faults = append(faults, err)
			return reply{}
		case a.Off:
			return reply{}
		case len(a.Texts) == 0:
			return defaults()
		default:
			return r
		}
	}
	r := &Replies{
		welcome: read("welcome", s.Welcome, defaultWelcome),
		away:    read("away", s.Away, defaultAway),
		closing: read("closing", s.Closing, func() reply { return reply{} }),
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return r, nil
}

// Welcome returns the message that greets a visitor, in v.Locale's language. It has a text and nothing
// else; the sender gives it an id. False: it is off, there is no text for this visitor, or the text came
// out blank; send nothing.
//
// The text is found by looking v.Locale up (RFC 4647): the tag itself, then its alias (zh-TW, zh-HK and
// zh-MO are zh-Hant; zh, zh-CN and zh-SG are zh-Hans; withdrawn codes such as iw and in are he and id),
// then both again without the last subtag, and so on. Of the host's texts, the one for "" comes next, then en,
// then the only one there is. Where the host gave none, the library's are looked up, and en comes next.
func (r *Replies) Welcome(v Vars) (Message, bool) { return r.welcome.message(v) }

// Away returns the message for a visitor whom nobody can answer now; otherwise it is as
// [Replies.Welcome].
func (r *Replies) Away(v Vars) (Message, bool) { return r.away.message(v) }

// Closing returns the message at the end of an enquiry; otherwise it is as [Replies.Welcome].
func (r *Replies) Closing(v Vars) (Message, bool) { return r.closing.message(v) }

// reply is an automatic message. The zero value is off.
type reply struct {
	texts map[string]*localized // by canonical tag, and by its alias where nothing else is
	other *localized            // for all other locales; nil: none
}

// localized is a reply in one language; its tag is "" where the host did not say which.
type localized struct {
	tag      string
	template *Template
}

func (r *reply) message(v Vars) (Message, bool) {
	t, ok := lookup(r.texts, v.Locale)
	if !ok {
		t = r.other
		if t == nil {
			return Message{}, false
		}
		if t.tag != "" {
			v.Locale = t.tag // a date in the language of the text
		}
	}
	s := t.template.Render(v)
	if isBlank(s) {
		return Message{}, false
	}
	return Text(s), true
}

// reply parses the host's texts.
func (a AutoReply) reply(path string) (reply, error) {
	var faults []error
	r := reply{texts: make(map[string]*localized, len(a.Texts))}
	for _, key := range slices.Sorted(maps.Keys(a.Texts)) {
		t, err := parseText(key, a.Texts[key])
		if err == nil && r.texts[t.tag] != nil {
			err = errors.New("the same language as another text")
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s.texts[%s]: %w", path, pathKey(key), err))
			continue
		}
		r.texts[t.tag] = t
	}
	if len(faults) > 0 {
		return reply{}, errors.Join(faults...)
	}
	r.settle()
	return r, nil
}

func parseText(key, source string) (*localized, error) {
	t := &localized{}
	var faults []error
	if key != "" {
		tag, err := parseTag(key)
		if err != nil {
			faults = append(faults, err)
		}
		t.tag = tag
	}
	parsed, err := Parse(source)
	if err != nil {
		faults = append(faults, err)
	}
	t.template = parsed
	return t, errors.Join(faults...)
}

// settle chooses the text for other locales and lets texts be found by their aliases too.
func (r *reply) settle() {
	own := slices.Sorted(maps.Keys(r.texts))
	switch {
	case r.texts[""] != nil:
		r.other = r.texts[""]
	case r.texts["en"] != nil:
		r.other = r.texts["en"]
	case len(own) == 1:
		r.other = r.texts[own[0]]
	}
	delete(r.texts, "")
	for _, key := range own {
		t := canonical(key)
		if a, ok := t.alias(); ok && r.texts[string(a.bytes())] == nil {
			r.texts[string(a.bytes())] = r.texts[key]
		}
	}
}
