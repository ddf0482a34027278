package messages

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

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
func (r *Replies) Welcome(v Vars) (Message, bool) {
	text, ok := r.welcome.render(&v)
	return Text(text), ok
}

// Away returns the message for a visitor whom nobody can answer now; otherwise it is as
// [Replies.Welcome].
func (r *Replies) Away(v Vars) (Message, bool) {
	text, ok := r.away.render(&v)
	return Text(text), ok
}

// Closing returns the message at the end of an enquiry; otherwise it is as [Replies.Welcome].
func (r *Replies) Closing(v Vars) (Message, bool) {
	text, ok := r.closing.render(&v)
	return Text(text), ok
}

// reply is an automatic message. The zero value is off.
type reply struct {
	texts byLocale[*localized]
	other *localized // for all other locales; nil: none
}

// localized is a reply in one language; its tag is "" where the host did not say which.
type localized struct {
	tag      string
	template *Template
}

// render returns the text for a visitor; false: there is nothing to say.
func (r *reply) render(v *Vars) (text string, ok bool) {
	t, ok := r.texts.find(v.Locale)
	if !ok {
		t = r.other
		if t == nil {
			return "", false
		}
		if t.tag != "" {
			v.Locale = t.tag // a date in the language of the text
		}
	}
	text = t.template.render(v)
	if !t.template.spoken && isBlank(text) {
		return "", false
	}
	return text, true
}

// reply parses the host's texts.
func (a AutoReply) reply(path string) (reply, error) {
	var faults []error
	texts := make(map[string]*localized, len(a.Texts))
	from := make(map[string]string, len(a.Texts)) // canonical tag → key
	for _, key := range slices.Sorted(maps.Keys(a.Texts)) {
		fault := func(err error) {
			faults = append(faults, fmt.Errorf("%s.texts[%s]: %w", path, pathKey(key), err))
		}
		tag, err := parseTag(key)
		if err != nil {
			fault(err)
		} else if other, taken := from[tag]; taken {
			fault(fmt.Errorf("is the same language as texts[%s]", other))
		} else {
			from[tag] = key
		}
		template, err := Parse(a.Texts[key])
		if err != nil {
			fault(err)
		}
		texts[tag] = &localized{tag: tag, template: template}
	}
	if len(faults) > 0 {
		return reply{}, errors.Join(faults...)
	}
	return newReply(texts), nil
}

// newReply chooses the text for other locales and lets texts be found by their aliases too. It takes the map over.
func newReply(texts map[string]*localized) reply {
	var r reply
	switch {
	case texts[""] != nil:
		r.other = texts[""]
	case texts["en"] != nil:
		r.other = texts["en"]
	case len(texts) == 1:
		for _, only := range texts {
			r.other = only
		}
	}
	delete(texts, "")
	r.texts = newByLocale(texts)
	return r
}
