package messages_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/messages"
)

// The caps that the package documents.
const (
	nameBytes    = 256 + len("…")
	nameClusters = 64 + 1 // with the "…"
)

var seeds = []string{
	"", "Ann", "王小明", "דנה", "Ann\u202e", "\xff\xfe", "\u3164", "नमस्ते", "علی\u200cرضا", "a\u0301\u0302\u0303\u0304\u0305",
	"\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
	"\U0001f1ed\U0001f1f0", "\u1112\u1161\u11ab", "അവന്\u200d", "{visitor}", strings.Repeat("e\u0301", 100), "\u2068Ann\u2069", "{staff|", "1\ufe0f\u20e3",
}

// checkName holds a name that is shown to what is promised of all.
func checkName(t *testing.T, name string) {
	t.Helper()
	if !utf8.ValidString(name) {
		t.Errorf("invalid UTF-8: %+q", name)
	}
	if len(name) > nameBytes {
		t.Errorf("%d bytes: %+q", len(name), name)
	}
	if strings.TrimSpace(name) != name || strings.Contains(name, "  ") {
		t.Errorf("white space: %+q", name)
	}
	starts, marks := 0, 0
	var last rune
	for _, r := range name {
		switch {
		case unicode.In(r, unicode.Bidi_Control, unicode.Cc, unicode.Other_Default_Ignorable_Code_Point) && !isTag(r), r == utf8.RuneError:
			t.Errorf("holds %U: %+q", r, name)
		case unicode.Is(unicode.White_Space, r) && r != ' ':
			t.Errorf("holds the white space %U: %+q", r, name)
		}
		if unicode.Is(unicode.M, r) {
			marks++
		} else if r != '\u200c' && r != '\u200d' {
			marks = 0
		}
		if marks > 4 {
			t.Errorf("marks in a row: %+q", name)
		}
		if alone(last, r) {
			starts++
		}
		last = r
	}
	if starts > nameClusters {
		t.Errorf("%d clusters: %+q", starts, name)
	}
}

// alone reports whether r starts a grapheme cluster in any reading of the rules: an oracle that may count
// too few, and shares nothing with the code.
func alone(last, r rune) bool {
	switch {
	case last == '\u200d' || r == '\u200c' || r == '\u200d' || unicode.Is(unicode.M, r) || isTag(r):
		return false
	case unicode.Is(unicode.Regional_Indicator, r), r >= 0x1F3FB && r <= 0x1F3FF:
		return false
	case unicode.Is(unicode.Hangul, r) || r == 0x0E33 || r == 0x0EB3:
		return false
	default:
		return true
	}
}

func isTag(r rune) bool { return r >= 0xE0020 && r <= 0xE007F }

func FuzzFormat(f *testing.F) {
	for i, first := range seeds {
		f.Add(first, seeds[len(seeds)-1-i], i%2 == 0)
		f.Add(first, "Lee", false)
		f.Add("小明", first, true)
	}
	f.Fuzz(func(t *testing.T, first, last string, familyFirst bool) {
		p := messages.Person{FirstName: first, LastName: last, FamilyFirst: familyFirst}
		if got := messages.NoName.Format(p); got != "" {
			t.Errorf("NoName: %+q", got)
		}
		firstName, fullName := messages.FirstName.Format(p), messages.FullName.Format(p)
		checkName(t, firstName)
		checkName(t, fullName)
		if alone := messages.FirstName.Format(messages.Person{FirstName: first}); alone != firstName {
			t.Errorf("the last name shows: %+q, without it %+q", firstName, alone)
		}
		if again := messages.FirstName.Format(messages.Person{FirstName: fullName}); again != fullName {
			t.Errorf("cleaned twice: %+q, then %+q", fullName, again)
		}
		if careful := messages.FormatCarefully(p); fullName != careful {
			t.Errorf("got %+q, want %+q as with care", fullName, careful)
		}
		lastName := messages.FirstName.Format(messages.Person{FirstName: last})
		if firstName == "" && fullName != lastName || lastName == "" && fullName != firstName {
			t.Errorf("full name: %+q of %+q and %+q", fullName, firstName, lastName)
		}
	})
}

// checkRendered holds a rendered text to what is promised of all.
func checkRendered(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("invalid UTF-8: %+q", text)
	}
	if len(text) > messages.MaxRendered {
		t.Errorf("%d bytes", len(text))
	}
	open := false
	for _, r := range text {
		switch {
		case r == '\u2068' && !open:
			open = true
		case r == '\u2069' && open:
			open = false
		case unicode.Is(unicode.Bidi_Control, r), unicode.Is(unicode.Cc, r) && r != '\n' && r != '\t':
			t.Errorf("holds %U: %+q", r, text)
		}
	}
	if open {
		t.Errorf("an open isolate: %+q", text)
	}
}

func FuzzRender(f *testing.F) {
	for i, text := range []string{
		"Hello {visitor|you}!", "{{{staff}}}", "שלום {visitor}, {next_opening|מחר}", "{channel}{source|x}{visitor.last_name}",
		"{nme}", "{", "}", "{visitor|{}", strings.Repeat("é", 2050) + "{visitor}", "\u202e{visitor}\r\n", "é\xff",
	} {
		f.Add(text, seeds[i], seeds[len(seeds)-1-i], seeds[i+5], int64(i)*100_000)
	}
	f.Fuzz(func(t *testing.T, text, first, last, locale string, seconds int64) {
		template, err := messages.Parse(text)
		if err != nil {
			fault, ok := errors.AsType[*messages.SyntaxError](err)
			if !ok || fault.Position < 1 || fault.Position > utf8.RuneCountInString(text)+1 {
				t.Errorf("got %#v for %+q", err, text)
			}
			return
		}
		now := time.Unix(1_800_000_000, 0)
		vars := messages.Vars{
			Visitor: messages.Person{FirstName: first, LastName: last},
			Staff:   messages.Person{FirstName: last, LastName: first, FamilyFirst: true},
			Channel: first, Source: last, VisitorName: last, Locale: locale,
			Now: now, NextOpening: now.Add(time.Duration(seconds) * time.Second).UTC(),
		}
		got := template.Render(vars)
		checkRendered(t, got)
		checkRendered(t, template.Render(messages.Vars{}))
		if got != template.Render(vars) {
			t.Error("renders differently the second time")
		}
		// What stands between two marks is the value, and the value alone: it is not parsed again.
		marked, err := messages.Parse("<{visitor.first_name}|{visitor.first_name}>")
		if err != nil {
			t.Fatal(err)
		}
		value := messages.FirstName.Format(messages.Person{FirstName: first})
		plain := strings.NewReplacer("\u2068", "", "\u2069", "").Replace(marked.Render(vars))
		if want := "<" + value + "|" + value + ">"; plain != want {
			t.Errorf("got %+q, want %+q", plain, want)
		}
	})
}

func FuzzLocale(f *testing.F) {
	for _, seed := range []string{
		"", "en", "EN-us", "zh-TW", "zh_hant_hk", "iw-IL", "in", "x-a", "de-u-co-phonebk", "de-AT-1996-x-a-b-c", "C", "POSIX",
		"en_US.UTF-8", "-", "a-b", "zh--TW", "\xff", "no", "yue-Hant", "pt-BR,pt;q=0.9",
	} {
		f.Add(seed, seed)
		f.Add(seed, "zh-Hant")
		f.Add("zh-HK", seed)
	}
	f.Fuzz(func(t *testing.T, key, locale string) {
		const own, other = "own text", "other text"
		replies, err := messages.New(messages.Settings{
			Closing: messages.AutoReply{Texts: map[string]string{key: own, "": other}},
		})
		if err != nil || key == "" {
			return // not a language
		}
		same := []string{key, strings.ToLower(key), strings.ToUpper(key), strings.ReplaceAll(key, "-", "_")}
		if i := strings.LastIndexAny(key, "-_"); len(key)-i > 2 && len(key) < 50 { // a singleton goes with what follows it
			same = append(same, key+"-x-more")
		}
		for _, l := range same {
			if m, ok := replies.Closing(messages.Vars{Locale: l}); !ok || m.Text != own {
				t.Errorf("text for %q, locale %q: got %q", key, l, m.Text)
			}
		}
		for _, l := range append(same, locale) {
			if got, want := messages.LookupClosing(replies, l), messages.SearchClosing(replies, l); got != want {
				t.Errorf("text for %q, locale %q: found under %q, want %q as by a search", key, l, got, want)
			}
		}
		m, ok := replies.Closing(messages.Vars{Locale: locale})
		if !ok || m.Text != own && m.Text != other {
			t.Errorf("text for %q, locale %q: got %q", key, locale, m.Text)
		}
		// Dropping a last subtag never finds more than keeping it, unless a single letter is last then: that goes
		// with what follows it.
		if i := strings.LastIndexAny(locale, "-_"); i > 1 && isAlnum(locale[i-2]) && m.Text == other {
			if shorter, _ := replies.Closing(messages.Vars{Locale: locale[:i]}); shorter.Text == own && isTagText(locale) {
				t.Errorf("text for %q: found for %q and not for %q", key, locale[:i], locale)
			}
		}
	})
}

func isAlnum(c byte) bool {
	return c < utf8.RuneSelf && (unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c)))
}

// isTagText reports whether s is made of subtags and short enough to be looked up whole.
func isTagText(s string) bool {
	for subtag := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == '-' || r == '_' }) {
		if len(subtag) > 8 || strings.ContainsFunc(subtag, func(r rune) bool {
			return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
		}) {
			return false
		}
	}
	return len(s) <= 35
}

func FuzzMessageJSON(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"text":"Hi","id":"1"}`, `{"location":{"latitude":1e308,"longitude":-0.0}}`, `{"text":"\ud800\u0000","metadata":{"":"a"}}`,
		`{"attachments":[{"kind":"image","url":"https://example.com/%zz"},null],"choices":[{"text":"a"},{"text":"a"}]}`, `{"format":"markdown","choice":"x","reply_to":"\n"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var m messages.Message
		if err := json.Unmarshal(data, &m); err != nil {
			return
		}
		text := m.PlainText()
		if m.Validate(messages.Limits{}) != nil {
			return
		}
		if strings.TrimSpace(text) == "" || !utf8.ValidString(text) {
			t.Errorf("a valid message says %+q", text)
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var back messages.Message
		if err := json.Unmarshal(again, &back); err != nil {
			t.Fatal(err)
		}
		if err := back.Validate(messages.Limits{}); err != nil {
			t.Errorf("valid before the round trip only: %v", err)
		}
		once, _ := json.Marshal(back)
		if diff := cmp.Diff(string(again), string(once)); diff != "" {
			t.Errorf("a round trip changes it (-once +twice):\n%s", diff)
		}
	})
}

func FuzzSettingsJSON(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"display_name":"full","name_in_text":true,"welcome":{"texts":{"de":"Hallo {visitor|Sie}"}},"away":{"off":true}}`,
		`{"display_name":"last"}`, `{"closing":{"texts":{"":"{","zh-TW":"a","zh_tw":"b"}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var s messages.Settings
		if err := json.Unmarshal(data, &s); err != nil {
			return
		}
		replies, err := messages.New(s)
		if err != nil {
			return
		}
		for _, reply := range []func(messages.Vars) (messages.Message, bool){replies.Welcome, replies.Away, replies.Closing} {
			m, ok := reply(messages.Vars{VisitorName: "Ann", Locale: "de"})
			if ok != (m.Text != "") {
				t.Errorf("ok %t and %q", ok, m.Text)
			}
			checkRendered(t, m.Text)
		}
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back messages.Settings
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if _, err := messages.New(back); err != nil {
			t.Errorf("valid before the round trip only: %v", err)
		}
	})
}
