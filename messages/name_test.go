package messages_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/messages"
)

func TestDisplayNameParts(t *testing.T) {
	t.Parallel()
	type person = messages.Person
	for _, tt := range []struct {
		name        string
		person      person
		first, full string // as FirstName and FullName show it
	}{
		{name: "nobody"},
		{name: "both", person: person{FirstName: "Ann", LastName: "Lee"}, first: "Ann", full: "Ann Lee"},
		{name: "first only", person: person{FirstName: "Ann"}, first: "Ann", full: "Ann"},
		{name: "last only", person: person{LastName: "Lee"}, full: "Lee"},
		{name: "blank first", person: person{FirstName: " \u3164\u200b ", LastName: "Lee"}, full: "Lee"},
		{name: "blank last", person: person{FirstName: "Ann", LastName: "\t"}, first: "Ann", full: "Ann"},
		{name: "family first", person: person{FirstName: "Péter", LastName: "Nagy", FamilyFirst: true}, first: "Péter", full: "Nagy Péter"},
		{name: "family first, first only", person: person{FirstName: "Ann", FamilyFirst: true}, first: "Ann", full: "Ann"},
		{name: "Han", person: person{FirstName: "小明", LastName: "王", FamilyFirst: true}, first: "小明", full: "王小明"},
		{name: "Han, given name first", person: person{FirstName: "小明", LastName: "王"}, first: "小明", full: "小明王"},
		{name: "Han with a selected variant", person: person{FirstName: "\U00008fbb\U000e0100", LastName: "王", FamilyFirst: true}, first: "辻\U000e0100", full: "王辻\U000e0100"},
		{name: "Kana", person: person{FirstName: "スミス", LastName: "ジョージ"}, first: "スミス", full: "スミスジョージ"},
		{name: "half-width Kana", person: person{FirstName: "ﾊﾅｺﾞ", LastName: "ﾔﾏﾀﾞ", FamilyFirst: true}, first: "ﾊﾅｺﾞ", full: "ﾔﾏﾀﾞﾊﾅｺﾞ"},
		{name: "Han and Kana", person: person{FirstName: "さくら", LastName: "佐々木", FamilyFirst: true}, first: "さくら", full: "佐々木さくら"},
		{name: "Hangul", person: person{FirstName: "민수", LastName: "김", FamilyFirst: true}, first: "민수", full: "김민수"},
		{name: "Han with a dot", person: person{FirstName: "让·雅克", LastName: "卢梭"}, first: "让·雅克", full: "让·雅克卢梭"},
		{name: "Han and Latin", person: person{FirstName: "Jackie", LastName: "陳"}, first: "Jackie", full: "Jackie 陳"},
		{name: "Latin and Han", person: person{FirstName: "小明", LastName: "Wang", FamilyFirst: true}, first: "小明", full: "Wang 小明"},
		{name: "Han with a space", person: person{FirstName: "マリア テレサ", LastName: "山田"}, first: "マリア テレサ", full: "マリア テレサ 山田"},
		{name: "dots alone are not Kana", person: person{FirstName: "・", LastName: "王"}, first: "・", full: "・ 王"},
		{name: "case", person: person{FirstName: "d'arcy", LastName: "van der McBerg"}, first: "d'arcy", full: "d'arcy van der McBerg"},
		{name: "several first names", person: person{FirstName: "Mary Ann", LastName: "O’Neil"}, first: "Mary Ann", full: "Mary Ann O’Neil"},
		{name: "Hebrew is not isolated on its own", person: person{FirstName: "דנה", LastName: "לוי"}, first: "דנה", full: "דנה לוי"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := messages.NoName.Format(tt.person); got != "" {
				t.Errorf("NoName: got %q, want none", got)
			}
			if got := messages.FirstName.Format(tt.person); got != tt.first {
				t.Errorf("FirstName: got %+q, want %+q", got, tt.first)
			}
			if got := messages.FullName.Format(tt.person); got != tt.full {
				t.Errorf("FullName: got %+q, want %+q", got, tt.full)
			}
			if got := messages.DisplayName(7).Format(tt.person); got != "" {
				t.Errorf("DisplayName(7): got %q, want none", got)
			}
		})
	}
}

func TestNameCleaning(t *testing.T) {
	t.Parallel()
	const (
		family   = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
		scotland = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
	)
	for _, tt := range []struct{ name, in, want string }{
		{name: "white space", in: "  Ann\t\n\u00a0\u3000Lee\u2028", want: "Ann Lee"},
		{name: "bidi controls", in: "\u202eAnn\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u202a\u202c", want: "Ann"},
		{name: "controls", in: "A\x00n\x1b[31mn\x7f\u0081", want: "An[31mn"},
		{name: "invalid UTF-8", in: "A\xffn\xc3n\xed\xa0\x80", want: "Ann"},
		{name: "what invalid UTF-8 was decoded to", in: "A\ufffdnn", want: "Ann"},
		{name: "noncharacters", in: "A\uffffn\ufdd0n\U0010ffff", want: "Ann"},
		{name: "invisible letters", in: "\u3164A\u115f\u1160n\uffa0n\u034f\u17b4", want: "Ann"},
		{name: "invisible formats", in: "\ufeffA\u200bn\u2060n\u00ad\u180e\ufff9", want: "Ann"},
		{name: "the empty Braille pattern", in: "\u2800\u2800", want: ""},
		{name: "hidden tags", in: "Ann\U000e0068\U000e0069\U000e007f", want: "Ann"},
		{name: "hidden tags after a flag", in: "\U0001f3f4\U000e0068\U000e0069", want: "\U0001f3f4"},
		{name: "too few tags after a flag", in: "\U0001f3f4\U000e0061\U000e0062\U000e007f", want: "\U0001f3f4"},
		{name: "too many tags after a flag", in: "\U0001f3f4" + strings.Repeat("\U000e0061", 7) + "\U000e007f", want: "\U0001f3f4"},
		{name: "marks without a letter", in: "\u0301Ann \u0302 Lee", want: "Ann Lee"},
		{name: "four marks", in: "a\u0301\u0302\u0303\u0304", want: "a\u0301\u0302\u0303\u0304"},
		{name: "Zalgo", in: "a\u0301\u0302\u0303\u0304\u0305\u0306\u0307b\u0301", want: "a\u0301\u0302\u0303\u0304b\u0301"},
		{name: "Zalgo with joiners", in: "a\u0301\u0302\u0303\u0304\u200d\u0305\u200db", want: "a\u0301\u0302\u0303\u0304\u200db"},

		{name: "ZWNJ in a Persian word", in: "علی\u200cرضا", want: "علی\u200cرضا"},
		{name: "ZWNJ at the ends of words", in: "\u200cعلی\u200c رضا\u200c", want: "علی رضا"},
		{name: "ZWJ in a Devanagari word", in: "क्\u200dष", want: "क्\u200dष"},
		{name: "ZWJ before a virama", in: "র\u200d্যাব", want: "র\u200d্যাব"},
		{name: "ZWJ after a virama at the end", in: "അവന്\u200d", want: "അവന്\u200d"},
		{name: "ZWJ after a virama before a hyphen", in: "അവന്\u200d-അ", want: "അവന്\u200d-അ"},
		{name: "ZWJ alone", in: "\u200d \u200d", want: ""},
		{name: "ZWJ after punctuation", in: "Ann-\u200dLee", want: "Ann-Lee"},
		{name: "two ZWJ", in: "क्\u200d\u200d\u200dष", want: "क्\u200dष"},
		{name: "Devanagari", in: "नमस्ते", want: "नमस्ते"},
		{name: "Thai", in: "ธนกฤต น้ำ", want: "ธนกฤต น้ำ"},
		{name: "Arabic number sign", in: "\u0600١٢", want: "\u0600١٢"},

		{name: "family", in: family, want: family},
		{name: "skin tone", in: "\U0001f44b\U0001f3fd", want: "\U0001f44b\U0001f3fd"},
		{name: "heart on fire", in: "\u2764\ufe0f\u200d\U0001f525", want: "\u2764\ufe0f\u200d\U0001f525"},
		{name: "keycap", in: "1\ufe0f\u20e3", want: "1\ufe0f\u20e3"},
		{name: "two variation selectors", in: "\u2764\ufe0f\ufe0e\ufe0f", want: "\u2764\ufe0f"},
		{name: "text symbol", in: "\u2764\ufe0e \u00a9\ufe0f #\ufe0f\u20e3", want: "\u2764\ufe0e \u00a9\ufe0f #\ufe0f\u20e3"},
		{name: "ideograph variants", in: "葛\U000e0100辻\ufe00", want: "葛\U000e0100辻\ufe00"},
		{name: "Mongolian variants", in: "ᠮᠣ\u180bᠩ", want: "ᠮᠣ\u180bᠩ"},
		{name: "variants of nothing", in: "A\ufe0fn\ufe00n\U000e0101 e\u0301\ufe0f 王\u180b \U0001f468\U000e0100", want: "Ann e\u0301 王 \U0001f468"},
		{name: "flag", in: "\U0001f1ed\U0001f1f0", want: "\U0001f1ed\U0001f1f0"},
		{name: "flag of tags", in: "Ann " + scotland, want: "Ann " + scotland},
		{name: "joined flag of tags", in: scotland + "\u200d\U0001f525", want: scotland + "\u200d\U0001f525"},
		{name: "emoji joined to a letter", in: "\U0001f468\u200dA", want: "\U0001f468A"},
		{name: "emoji joined without end", in: strings.Repeat("\U0001f468\u200d", 11), want: strings.Repeat("\U0001f468\u200d", 8) + "\U0001f468\U0001f468\u200d\U0001f468"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := messages.FirstName.Format(messages.Person{FirstName: tt.in})
			if got != tt.want {
				t.Errorf("got %+q, want %+q", got, tt.want)
			}
			got = messages.FullName.Format(messages.Person{LastName: tt.in})
			if got != tt.want {
				t.Errorf("as a last name: got %+q, want %+q", got, tt.want)
			}
		})
	}
}

func TestNameCaps(t *testing.T) {
	t.Parallel()
	const family = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" // 25 bytes
	repeat := strings.Repeat
	for _, tt := range []struct {
		name   string
		person messages.Person
		want   string
	}{
		{name: "64 letters", person: messages.Person{FirstName: repeat("a", 64)}, want: repeat("a", 64)},
		{name: "65 letters", person: messages.Person{FirstName: repeat("a", 65)}, want: repeat("a", 64) + "…"},
		{name: "a million letters", person: messages.Person{FirstName: repeat("a", 1_000_000)}, want: repeat("a", 64) + "…"},
		{name: "64 of three bytes", person: messages.Person{FirstName: repeat("王", 65)}, want: repeat("王", 64) + "…"},
		{name: "64 of four bytes", person: messages.Person{FirstName: repeat("𠮷", 64)}, want: repeat("𠮷", 64)},
		{name: "65 of four bytes", person: messages.Person{FirstName: repeat("𠮷", 65)}, want: repeat("𠮷", 64) + "…"},
		{name: "letters with marks", person: messages.Person{FirstName: repeat("e\u0301", 65)}, want: repeat("e\u0301", 64) + "…"},
		{name: "bytes before clusters", person: messages.Person{FirstName: repeat(family, 11)}, want: repeat(family, 10) + "…"},
		{name: "flags", person: messages.Person{FirstName: repeat("\U0001f1ed\U0001f1f0", 33)}, want: repeat("\U0001f1ed\U0001f1f0", 32) + "…"},
		{name: "flags after letters", person: messages.Person{FirstName: repeat("a", 61) + repeat("\U0001f1ed\U0001f1f0", 4)}, want: repeat("a", 61) + repeat("\U0001f1ed\U0001f1f0", 3) + "…"},
		{name: "syllables of jamo", person: messages.Person{FirstName: repeat("\u1112\u1161\u11ab", 29)}, want: repeat("\u1112\u1161\u11ab", 28) + "…"},
		{name: "Thai am", person: messages.Person{FirstName: repeat("a", 63) + "นำa"}, want: repeat("a", 63) + "นำ…"},
		{name: "both parts", person: messages.Person{FirstName: repeat("a", 32), LastName: repeat("b", 32)}, want: repeat("a", 32) + " " + repeat("b", 31) + "…"},
		{name: "both parts to the letter", person: messages.Person{FirstName: repeat("a", 32), LastName: repeat("b", 31)}, want: repeat("a", 32) + " " + repeat("b", 31)},
		{name: "both parts without a space", person: messages.Person{FirstName: repeat("小", 32), LastName: repeat("王", 32)}, want: repeat("小", 32) + repeat("王", 32)},
		{name: "cut before the last name", person: messages.Person{FirstName: repeat("a", 64), LastName: "b"}, want: repeat("a", 64) + "…"},
		{name: "cut at a joiner", person: messages.Person{FirstName: repeat("a", 63) + "ع\u200cع"}, want: repeat("a", 63) + "ع…"},
		{name: "only dirt beyond the cap", person: messages.Person{FirstName: repeat("a", 64) + repeat("\u200b", 9000)}, want: repeat("a", 64)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := messages.FullName.Format(tt.person); got != tt.want {
				t.Errorf("got %+q (%d bytes), want %+q", got, len(got), tt.want)
			}
		})
	}
}

func TestDisplayNameText(t *testing.T) {
	t.Parallel()
	all := []messages.DisplayName{messages.NoName, messages.FirstName, messages.FullName}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(text), `["none","first","full"]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var back []messages.DisplayName
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all, back); diff != "" {
		t.Errorf("after a round trip (-want +got):\n%s", diff)
	}
	if got, want := messages.DisplayName(-1).String(), "DisplayName(-1)"; got != want {
		t.Errorf("String: got %q, want %q", got, want)
	}
	for _, d := range []messages.DisplayName{-1, 3} {
		if text, err := d.MarshalText(); err == nil {
			t.Errorf("%v: got %q, want an error", d, text)
		}
	}
	for _, bad := range []string{`"First"`, `""`, `"full "`, `1`, `"0"`} {
		d := messages.FullName
		if err := json.Unmarshal([]byte(bad), &d); err == nil {
			t.Errorf("%s: got %v, want an error", bad, d)
		}
		if d != messages.FullName {
			t.Errorf("%s: changed the value to %v", bad, d)
		}
	}
}
