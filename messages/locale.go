package messages

import (
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
)

// maxTag is the longest language tag that is looked up, in bytes; RFC 5646 asks for 35. What is
// longer is looked up without its last subtags.
const maxTag = 64

// tag is a language tag in canonical case, in place so that look-ups allocate nothing.
type tag struct {
	buf [maxTag]byte
	n   int
}

func (t *tag) bytes() []byte { return t.buf[:t.n] }

// A byLocale finds entries by locale. It is made once and then only read.
type byLocale[T any] struct {
	entries map[string]T // by canonical tag, and by the aliases of those

	// Most languages have one entry for all who speak it, which is found by its two letters alone: only says
	// where it stands in sole, counted from 1; 0: the language has none, or several.
	only [26 * 26]uint8
	sole []T
}

// newByLocale takes the map over.
func newByLocale[T any](entries map[string]T) byLocale[T] {
	b := byLocale[T]{entries: withAliases(entries)}
	several := make(map[string]bool)
	for key := range b.entries {
		if language, _, regional := strings.Cut(key, "-"); regional {
			several[language] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(b.entries)) {
		language, ok := twoLetters(key)
		if ok && len(key) == 2 && !several[key] && languageAlias(key) == "" && len(b.sole) < math.MaxUint8 {
			b.sole = append(b.sole, b.entries[key])
			b.only[language] = uint8(len(b.sole)) //nolint:gosec // it was looked at
		}
	}
	return b
}

// twoLetters returns the number of the language with which a locale starts, if it is one of two letters.
func twoLetters(locale string) (number int, ok bool) {
	if len(locale) < 2 || len(locale) > 2 && isAlnum(locale[2]) {
		return 0, false
	}
	first, second := locale[0]|0x20-'a', locale[1]|0x20-'a'
	return int(first)*26 + int(second), first < 26 && second < 26
}

// find returns the entry for a locale as RFC 4647 §3.4 does: the tag itself, then the tag without
// its last subtag, and so on; at each step the tag comes before its alias.
func (b *byLocale[T]) find(locale string) (T, bool) {
	if language, ok := twoLetters(locale); ok && b.only[language] > 0 {
		return b.sole[b.only[language]-1], true
	}
	return b.search(locale)
}

func (b *byLocale[T]) search(locale string) (T, bool) {
	if e, ok := b.entries[locale]; ok { // as it is canonical already, most often
		return e, true
	}
	var t, alias tag
	t.read(locale)
	aliased := alias.readAlias(&t)
	if !aliased && string(t.bytes()) == locale {
		t.shorten()
	}
	for t.n > 0 {
		if e, ok := b.entries[string(t.bytes())]; ok {
			return e, true
		}
		if aliased {
			if e, ok := b.entries[string(alias.bytes())]; ok {
				return e, true
			}
			alias.shorten()
		}
		t.shorten()
	}
	var none T
	return none, false
}

// read reads the language tag with which s starts into the empty t and sets its case as is usual (RFC 5646
// §2.1.1): language and rest lower, Script, REGION; after a singleton too, where it only has to be the same.
// An underscore counts as a hyphen, and what follows the tag is ignored ("en_US.UTF-8"), for that is how many
// systems write locales. The tag stays empty where s does not start with a language.
func (t *tag) read(s string) {
	for first := true; ; first = false {
		n := 0
		for n < len(s) && isAlnum(s[n]) {
			n++
		}
		if n == 0 || n > 8 || first && (n < 2 || !allLetters(s[:n])) {
			break
		}
		start := t.n
		if !first {
			start++
		}
		if start+n > maxTag {
			break
		}
		if !first {
			t.buf[t.n] = '-'
		}
		t.n = start + n
		setCase(t.buf[start:t.n], s[:n], first)
		if n == len(s) || s[n] != '-' && s[n] != '_' {
			break
		}
		s = s[n+1:]
	}
}

// setCase copies a subtag in its case.
func setCase(dst []byte, subtag string, lower bool) {
	for i := range len(subtag) {
		c := subtag[i]
		letter := c >= 'A'
		switch {
		case letter && !lower && (len(subtag) == 2 || len(subtag) == 4 && i == 0 && allLetters(subtag)):
			c &^= 0x20
		case letter:
			c |= 0x20
		}
		dst[i] = c
	}
}

// shorten drops the last subtag, and a singleton that would then be last.
func (t *tag) shorten() {
	for {
		for t.n > 0 && t.buf[t.n-1] != '-' {
			t.n--
		}
		if t.n == 0 {
			return
		}
		t.n--
		if t.n < 2 || t.buf[t.n-2] != '-' {
			return
		}
	}
}

// languageAlias returns the language under which the texts of another are kept: for codes that ISO 639 has
// withdrawn but systems still send, for Norwegian and for Tagalog.
func languageAlias(language string) string {
	switch language {
	case "in":
		return "id"
	case "iw":
		return "he"
	case "ji":
		return "yi"
	case "jw":
		return "jv"
	case "mo":
		return "ro"
	case "no":
		return "nb"
	case "tl":
		return "fil"
	default:
		return ""
	}
}

// tagAliases replace a whole tag: Chinese is kept by script, and sent by region. Of two tags with one alias,
// the first stands for it where there is no text under the alias itself.
var tagAliases = []struct{ tag, alias string }{
	{"zh", "zh-Hans"},
	{"zh-CN", "zh-Hans"},
	{"zh-SG", "zh-Hans"},
	{"yue-Hans", "zh-Hans"},
	{"zh-TW", "zh-Hant"},
	{"zh-HK", "zh-Hant"},
	{"zh-MO", "zh-Hant"},
	{"yue", "zh-Hant"},
}

// withAliases lets entries be found by their aliases too, and by the tags they are the alias of, where no entry
// has that tag itself. It returns the map it was given.
func withAliases[T any](entries map[string]T) map[string]T {
	add := func(tag, from string) {
		if _, taken := entries[tag]; taken {
			return
		}
		if e, ok := entries[from]; ok {
			entries[tag] = e
		}
	}
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		var t, alias tag
		t.read(key)
		if alias.readAlias(&t) {
			add(string(alias.bytes()), key)
		}
	}
	for _, a := range tagAliases {
		add(a.alias, a.tag)
	}
	for _, a := range tagAliases {
		add(a.tag, a.alias)
	}
	return entries
}

// readAlias reads into the empty t the tag that another goes by, with its language replaced, if there is one.
func (t *tag) readAlias(other *tag) bool {
	n := 0
	for n < other.n && other.buf[n] != '-' {
		n++
	}
	language := languageAlias(string(other.buf[:n]))
	rest := other.buf[n:other.n]
	if language == "" || len(language)+len(rest) > maxTag {
		return false
	}
	t.n = copy(t.buf[:], language)
	t.n += copy(t.buf[t.n:], rest)
	return true
}

var errTag = errors.New("not a language tag such as de, pt-BR or zh-Hant")

// parseTag reads a key of a host's texts: "", or what is a language tag as a whole.
func parseTag(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	var t tag
	t.read(s)
	if t.n == 0 || t.n != len(s) {
		return "", errTag
	}
	return string(t.bytes()), nil
}

func isAlnum(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' }

func allLetters(s string) bool {
	for i := range len(s) {
		if s[i] < 'A' {
			return false
		}
	}
	return true
}
