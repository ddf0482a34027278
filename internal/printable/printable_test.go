package printable_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/usherchat/usher/internal/printable"
)

func TestIDAndLine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		id, line   bool
	}{
		{"plain", "ann-4711@example.com", true, true},
		{"spaces inside", "Ann Lee", true, true},
		{"any script", "山田　太郎 דנה नमस्ते ไทย", true, true},
		{"an Arabic number sign", "\u0600123", true, true},
		{"an emoji", "😀", true, true},
		{"not assigned yet", "\U00011D60\U0001FAFF\u0378", true, true},
		{"for private use", "\uf8ff", true, true},
		{"nothing", "", false, true},
		{"blank", " \u00a0\u3000\u2800", false, true},
		{"a line feed", "a\nb", false, false},
		{"a tab", "a\tb", false, false},
		{"NUL", "a\x00", false, false},
		{"an escape", "\x1b[31m", false, false},
		{"a C1 control", "a\u0085b", false, false},
		{"a line separator", "a\u2028b", false, false},
		{"a paragraph separator", "a\u2029b", false, false},
		{"turned around", "a\u202eb", false, false},
		{"isolated", "\u2066a\u2069", false, false},
		{"a mark of direction", "a\u200f", false, false},
		{"an Arabic mark", "\u061c", false, false},
		{"a zero-width space", "a\u200bb", false, false},
		{"a byte-order mark", "\ufeffa", false, false},
		{"a soft hyphen", "a\u00adb", false, false},
		{"a word joiner", "a\u2060b", false, false},
		{"a grapheme joiner", "a\u034fb", false, false},
		{"a Hangul filler", "\u3164", false, false},
		{"a half-width filler", "a\uffa0", false, false},
		{"hidden tags", "a\U000e0041", false, false},
		{"ignorable, not assigned", "a\U000e0fff", false, false},
		{"a noncharacter", "a\ufffe", false, false},
		{"invalid UTF-8", "a\xff", false, false},
		{"half a pair", "a\xed\xa0\x80", false, false},
		{"what was invalid", "a\ufffd", false, false},
		{"a joiner between letters", "علی\u200cرضا", false, true},
		{"joined emoji", "👩\u200d💻", false, true},
		{"a selector", "❤\ufe0f", false, true},
		{"a selector, then joined", "👁\ufe0f\u200d🗨\ufe0f", false, true},
		{"a joiner at the start", "\u200da", false, false},
		{"joiners in a row", "a\u200d\u200db", false, false},
		{"selectors in a row", "a\ufe00\ufe01\ufe02", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := printable.ID(tt.text); got != tt.id {
				t.Errorf("ID(%+q) = %v", tt.text, got)
			}
			if got := printable.Line(tt.text); got != tt.line {
				t.Errorf("Line(%+q) = %v", tt.text, got)
			}
		})
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"plain", "no such user", "no such user"},
		{"spaces around", "  no ", "no"},
		{"lines", "one\r\ntwo\u2028three\u2029four\u0085five", "one  two three four five"},
		{"controls", "\x1b[31mred\x00\x7f", "[31mred"},
		{"bidi", "\u202eevil\u2066\u2069\u200f", "evil"},
		{"ignorable", "a\u200b\u3164\ufeff\u00adb", "ab"},
		{"invalid", "a\xff\ufffdb\xed\xa0\x80", "ab"},
		{"joined", "علی\u200cرضا 👩\u200d💻 ❤\ufe0f", "علی\u200cرضا 👩\u200d💻 ❤\ufe0f"},
		{"hidden in selectors", "a\ufe00\ufe01\ufe02b", "a\ufe00b"},
		{"nothing left", "\u202e\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := printable.Clean(tt.text); got != tt.want {
				t.Errorf("got %+q, want %+q", got, tt.want)
			}
		})
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"12345", "12345"},
		{"123456", "12345…"},
		{"1234é", "1234…"},
		{"\u202e12345\n", "12345"},
		{"字字", "字…"},
		{strings.Repeat("x", 1<<20), "xxxxx…"},
	} {
		if got := printable.Cut(tt.text, 5); got != tt.want {
			t.Errorf("Cut(%.10q) = %q, want %q", tt.text, got, tt.want)
		}
	}
	for _, tt := range []struct{ text, want string }{
		{"a: x\nb: y", "a: x\nb: y"},
		{"a:\u2028x\r\n\n\u202eb", "a: x\nb"},
		{"a: x\nb: long enough", "a: x\nb: lo…"},
		{"\n", ""},
	} {
		if got := printable.CutLines(tt.text, 10); got != tt.want {
			t.Errorf("CutLines(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

// FuzzClean: whatever comes becomes a line, once and for all, and what is a line already stays as it is.
func FuzzClean(f *testing.F) {
	for _, seed := range []string{"", "a", " a ", "\u202e\xff\n", "👩\u200d💻", "a\u200d\u200d", "\ufe0f", "👁\ufe0f\u200d🗨", "e\u0301\u200d\u2028"} {
		f.Add(seed, 3)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		got := printable.Clean(s)
		if !utf8.ValidString(got) || !printable.Line(got) || printable.Clean(got) != got {
			t.Fatalf("Clean(%+q) = %+q", s, got)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return unicode.In(r, unicode.Bidi_Control, unicode.Cc, unicode.Zl, unicode.Zp) }) {
			t.Fatalf("Clean(%+q) = %+q holds a control", s, got)
		}
		if printable.Line(s) && got != strings.TrimSpace(s) {
			t.Fatalf("Clean(%+q) = %+q, though it is a line", s, got)
		}
		if printable.ID(s) && !printable.Line(s) {
			t.Fatalf("%+q is an id and not a line", s)
		}
		if n &= 0xff; len(printable.Cut(s, n)) > n+len("…") {
			t.Fatalf("Cut(%+q, %d) = %+q", s, n, printable.Cut(s, n))
		}
	})
}
