package messages_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/messages"
)

func TestLocaleLookup(t *testing.T) {
	t.Parallel()
	tags := func(tags ...string) map[string]string {
		texts := make(map[string]string, len(tags))
		for _, tag := range tags {
			texts[tag] = "text " + tag + "."
		}
		return texts
	}
	for _, tt := range []struct {
		name   string
		texts  map[string]string
		locale string
		want   string // the tag of the text, "off" for none
	}{
		{name: "exact", texts: tags("de", "de-AT", "en"), locale: "de-AT", want: "de-AT"},
		{name: "region dropped", texts: tags("de", "de-AT", "en"), locale: "de-CH", want: "de"},
		{name: "all dropped one by one", texts: tags("de", "de-CH", "en"), locale: "de-CH-1996-x-private", want: "de-CH"},
		{name: "singleton dropped with its follower", texts: tags("de", "de-CH", "en"), locale: "de-CH-u-co-phonebk", want: "de-CH"},
		{name: "single letters dropped together", texts: tags("de-x-a", "de", "en"), locale: "de-x-a-b", want: "de"},
		{name: "never widened", texts: tags("de-CH", "en"), locale: "de", want: "en"},
		{name: "case of the locale", texts: tags("zh-Hant", "pt-BR", "en"), locale: "ZH-hANT-hk", want: "zh-Hant"},
		{name: "case of the key", texts: tags("PT-br", "en"), locale: "pt-BR", want: "PT-br"},
		{name: "underscores", texts: tags("pt-BR", "en"), locale: "pt_BR", want: "pt-BR"},
		{name: "underscore in the key", texts: tags("pt_BR", "en"), locale: "pt-BR", want: "pt_BR"},
		{name: "POSIX", texts: tags("pt-BR", "en"), locale: "pt_BR.UTF-8", want: "pt-BR"},
		{name: "Accept-Language", texts: tags("pt", "en"), locale: "pt-BR,pt;q=0.9", want: "pt"},
		{name: "private tag", texts: tags("de-x-formal", "de", "en"), locale: "de-X-FORMAL", want: "de-x-formal"},
		{name: "number region", texts: tags("es-419", "es", "en"), locale: "es-419", want: "es-419"},
		{name: "longer than any tag", texts: tags("de-CH", "en"), locale: "de-CH" + longTail, want: "de-CH"},

		{name: "Taiwan", texts: tags("zh-Hant", "zh-Hans", "en"), locale: "zh-TW", want: "zh-Hant"},
		{name: "Hong Kong", texts: tags("zh-Hant", "zh-Hans", "en"), locale: "zh_hk", want: "zh-Hant"},
		{name: "Macau", texts: tags("zh-Hant", "zh-Hans", "en"), locale: "zh-MO", want: "zh-Hant"},
		{name: "China", texts: tags("zh-Hant", "zh-Hans", "en"), locale: "zh-CN", want: "zh-Hans"},
		{name: "Singapore", texts: tags("zh-Hant", "zh-Hans", "en"), locale: "zh-SG", want: "zh-Hans"},
		{name: "Chinese alone", texts: tags("zh-Hant", "zh-Hans", "en"), locale: "zh", want: "zh-Hans"},
		{name: "Chinese elsewhere", texts: tags("zh-Hant", "zh-Hans", "en"), locale: "zh-MY", want: "zh-Hans"},
		{name: "script and region", texts: tags("zh-Hant", "zh-Hans", "en"), locale: "zh-Hant-CN", want: "zh-Hant"},
		{name: "Cantonese", texts: tags("zh-Hant", "zh-Hans", "en"), locale: "yue-Hant-HK", want: "zh-Hant"},
		{name: "exact before alias", texts: tags("zh-TW", "zh-Hant", "zh-Hans"), locale: "zh-TW", want: "zh-TW"},
		{name: "alias beside exact", texts: tags("zh-TW", "zh-Hant", "zh-Hans"), locale: "zh-HK", want: "zh-Hant"},
		{name: "exact zh before alias", texts: tags("zh", "zh-Hans", "en"), locale: "zh", want: "zh"},
		{name: "alias before dropping", texts: tags("zh", "zh-Hant", "en"), locale: "zh-HK", want: "zh-Hant"},
		{name: "dropped after the alias", texts: tags("zh", "en"), locale: "zh-HK", want: "zh"},
		{name: "the other script before another language", texts: tags("zh-Hans", "en"), locale: "zh-TW", want: "zh-Hans"},
		{name: "alias of the key", texts: tags("zh-TW", "en"), locale: "zh-Hant", want: "zh-TW"},
		{name: "alias of both", texts: tags("zh-TW", "zh-HK", "en"), locale: "zh-MO", want: "zh-TW"},
		{name: "Hebrew, old code", texts: tags("he", "en"), locale: "iw", want: "he"},
		{name: "Hebrew, old code and region", texts: tags("he", "en"), locale: "iw-IL", want: "he"},
		{name: "Hebrew, old code and a text for the region", texts: tags("he-IL", "he", "en"), locale: "iw-IL", want: "he-IL"},
		{name: "Hebrew, old code of the key", texts: tags("iw", "en"), locale: "he-IL", want: "iw"},
		{name: "Hebrew, old code exact", texts: tags("iw", "he"), locale: "iw", want: "iw"},
		{name: "Indonesian, old code", texts: tags("id", "en"), locale: "in-ID", want: "id"},
		{name: "Norwegian", texts: tags("nb", "en"), locale: "no-NO", want: "nb"},

		{name: "any other before en", texts: tags("", "en", "de"), locale: "fr", want: ""},
		{name: "en before the rest", texts: tags("de", "en"), locale: "fr", want: "en"},
		{name: "the only one", texts: tags("de"), locale: "fr", want: "de"},
		{name: "the only one, with an alias", texts: tags("zh-TW"), locale: "fr", want: "zh-TW"},
		{name: "no text for it", texts: tags("de", "it"), locale: "fr", want: "off"},
		{name: "no locale", texts: tags("", "de"), locale: "", want: ""},
		{name: "no locale, no other", texts: tags("de", "en"), locale: "", want: "en"},
		{name: "not a locale", texts: tags("de", "en"), locale: "C", want: "en"},
		{name: "not a locale at all", texts: tags("de", "en"), locale: "\xff\x00-de", want: "en"},
		{name: "other is not a language", texts: tags("", "de"), locale: "-", want: ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			replies, err := messages.New(messages.Settings{Closing: messages.AutoReply{Texts: tt.texts}})
			if err != nil {
				t.Fatal(err)
			}
			want := messages.Text("text " + tt.want + ".")
			if tt.want == "off" {
				want = messages.Message{}
			}
			got, ok := replies.Closing(messages.Vars{Locale: tt.locale})
			if ok != (tt.want != "off") {
				t.Errorf("got ok %t", ok)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

const longTail = "-aaaaaaaa-bbbbbbbb-cccccccc-dddddddd-eeeeeeee-ffffffff-gggggggg-hhhhhhhh"

func TestRepliesOnAndOff(t *testing.T) {
	t.Parallel()
	own := messages.AutoReply{Texts: map[string]string{"": "Own text"}}
	off := messages.AutoReply{Off: true, Texts: own.Texts}
	for _, tt := range []struct {
		name                   string
		settings               messages.Settings
		welcome, away, closing string // "" for off
	}{
		{
			name:    "zero settings",
			welcome: "Hello and welcome! Thank you for contacting us. How can we help you?",
			away:    "Thank you for your message. Our team is not available at the moment. Expected reply: as soon as possible.",
		},
		{name: "own", settings: messages.Settings{Welcome: own, Away: own, Closing: own}, welcome: "Own text", away: "Own text", closing: "Own text"},
		{name: "off", settings: messages.Settings{Welcome: off, Away: messages.AutoReply{Off: true}, Closing: off}},
		{name: "empty texts are none", settings: messages.Settings{
			Welcome: messages.AutoReply{Texts: map[string]string{}}, Away: own, Closing: messages.AutoReply{Texts: map[string]string{}},
		}, welcome: "Hello and welcome! Thank you for contacting us. How can we help you?", away: "Own text"},
		{name: "blank results", settings: messages.Settings{
			Welcome: messages.AutoReply{Texts: map[string]string{"": "{visitor}"}},
			Away:    messages.AutoReply{Texts: map[string]string{"": " {next_opening| }\n"}},
			Closing: messages.AutoReply{Texts: map[string]string{"": "{staff}."}},
		}, closing: "."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			replies, err := messages.New(tt.settings)
			if err != nil {
				t.Fatal(err)
			}
			check := func(what, want string, reply func(messages.Vars) (messages.Message, bool)) {
				got, ok := reply(messages.Vars{})
				if diff := cmp.Diff(messages.Text(want), got); diff != "" || ok != (want != "") {
					t.Errorf("%s: ok %t (-want +got):\n%s", what, ok, diff)
				}
			}
			check("welcome", tt.welcome, replies.Welcome)
			check("away", tt.away, replies.Away)
			check("closing", tt.closing, replies.Closing)
		})
	}
}

func TestRepliesZero(t *testing.T) {
	t.Parallel()
	var replies messages.Replies
	if m, ok := replies.Welcome(messages.Vars{Locale: "en"}); ok {
		t.Errorf("got %q, want nothing", m.Text)
	}
}

func TestNewFaults(t *testing.T) {
	t.Parallel()
	_, err := messages.New(messages.Settings{
		DisplayName: 3,
		Welcome:     messages.AutoReply{Texts: map[string]string{"de": "Hallo {nme}", "en": "Hello", "fr": " "}},
		Away: messages.AutoReply{Off: true, Texts: map[string]string{
			"": "}", "zh_tw": "a", "zh-TW": "b", "d e": "c", "x": "d", "toolongatag-DE": "{", "e\nn": "f",
		}},
		Closing: messages.AutoReply{Texts: map[string]string{"de": "a\xff"}},
	})
	want := []string{
		"display_name: must be none, first or full",
		`welcome.texts[de]: character 7: unknown name "nme"; known are visitor, visitor.first_name, visitor.last_name, staff, staff.first_name, staff.last_name, channel, source, next_opening`,
		"welcome.texts[fr]: character 1: the text is blank",
		"away.texts[]: character 1: a } without its {; write }} for a brace",
		"away.texts[d e]: not a language tag such as de, pt-BR or zh-Hant",
		`away.texts["e\nn"]: not a language tag such as de, pt-BR or zh-Hant`,
		"away.texts[toolongatag-DE]: not a language tag such as de, pt-BR or zh-Hant",
		"away.texts[toolongatag-DE]: character 1: a { without its }; write {{ for a brace",
		"away.texts[x]: not a language tag such as de, pt-BR or zh-Hant",
		"away.texts[zh_tw]: is the same language as texts[zh-TW]",
		"closing.texts[de]: character 2: invalid UTF-8",
	}
	if diff := cmp.Diff(want, faultsOf(err)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if fault, ok := errors.AsType[*messages.SyntaxError](err); !ok || fault.Position != 7 {
		t.Errorf("got %v, want the first *SyntaxError", fault)
	}
}

// The date is written in the language of the text, as the visitor's region does.
func TestReplyDateLanguage(t *testing.T) {
	t.Parallel()
	opening := time.Date(2026, 3, 9, 17, 30, 0, 0, time.UTC)
	texts := func(tags ...string) messages.Settings {
		all := make(map[string]string, len(tags))
		for _, tag := range tags {
			all[tag] = tag + ": {next_opening}"
		}
		return messages.Settings{Away: messages.AutoReply{Texts: all}}
	}
	for _, tt := range []struct {
		name     string
		settings messages.Settings
		locale   string
		want     string
	}{
		{name: "language", settings: texts("de", "en"), locale: "de", want: "de: Montag, 17:30 Uhr"},
		{name: "region of the visitor", settings: texts("de", "en"), locale: "en-GB", want: "en: Monday at 17:30"},
		{name: "another language's text", settings: texts("de", "en"), locale: "fr", want: "en: Monday at 5:30 PM"},
		{name: "the only text", settings: texts("de"), locale: "fr", want: "de: Montag, 17:30 Uhr"},
		{name: "the text for all", settings: texts(""), locale: "fr", want: ": lundi à 17:30"},
		{name: "the text for all, no locale", settings: texts(""), locale: "", want: ": Monday at 5:30 PM"},
		{name: "a language without a form", settings: texts("sv"), locale: "sv-SE", want: "sv: 2026-03-09 17:30"},
		{name: "the library's", locale: "sv", want: "Thank you for your message. Our team is not available at the moment. Expected reply: Monday at 5:30 PM."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			replies, err := messages.New(tt.settings)
			if err != nil {
				t.Fatal(err)
			}
			got, ok := replies.Away(messages.Vars{Locale: tt.locale, Now: opening.AddDate(0, 0, -3), NextOpening: opening})
			if got.Text != tt.want || !ok {
				t.Errorf("got %q, want %q", got.Text, tt.want)
			}
		})
	}
}

func TestSignatureBeforeMarkdown(t *testing.T) {
	t.Parallel()
	first := messages.Settings{NameInText: true, DisplayName: messages.FirstName}
	for _, tt := range []struct {
		name     string
		settings messages.Settings
		text     string
		by       string
		want     string
	}{
		{name: "a name", settings: first, text: "```\nx\n```", by: "Ann", want: "Ann:\n\n"},
		{name: "markup in the name", settings: first, text: "Hi", by: `*A_n* [x](/y) <b> 1. \ & |`, want: `\*A\_n\* \[x\]\(\/y\) \<b\> 1\. \\ \& \|` + ":\n\n"},
		{name: "letters of any script", settings: first, text: "Hi", by: "山田 דנה é", want: "山田 דנה é:\n\n"},
		{name: "against the text: a paragraph has its own direction", settings: first, text: "Hi", by: "דנה", want: "דנה:\n\n"},
		{name: "blank text", settings: first, text: "\n", by: "Ann"},
		{name: "nobody", settings: first, text: "Hi"},
		{name: "not in the text", settings: messages.Settings{DisplayName: messages.FirstName}, text: "Hi", by: "Ann"},
		{name: "no name", settings: messages.Settings{NameInText: true}, text: "Hi", by: "Ann"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := messages.Message{Text: tt.text, Format: messages.Markdown}
			if got := tt.settings.Signature(m, messages.Person{FirstName: tt.by}); got != tt.want {
				t.Errorf("got %+q, want %+q", got, tt.want)
			}
		})
	}
}

func TestSign(t *testing.T) {
	t.Parallel()
	ann := messages.Person{FirstName: "Ann", LastName: "Lee"}
	dana := messages.Person{FirstName: "דנה"}
	for _, tt := range []struct {
		name     string
		settings messages.Settings
		text     string
		by       messages.Person
		want     string
	}{
		{name: "not in the text", settings: messages.Settings{DisplayName: messages.FullName}, text: "Hi", by: ann, want: "Hi"},
		{name: "no name", settings: messages.Settings{NameInText: true}, text: "Hi", by: ann, want: "Hi"},
		{name: "first", settings: messages.Settings{NameInText: true, DisplayName: messages.FirstName}, text: "Hi", by: ann, want: "Ann: Hi"},
		{name: "full", settings: messages.Settings{NameInText: true, DisplayName: messages.FullName}, text: "Hi", by: ann, want: "Ann Lee: Hi"},
		{name: "nobody", settings: messages.Settings{NameInText: true, DisplayName: messages.FullName}, text: "Hi", want: "Hi"},
		{name: "blank text", settings: messages.Settings{NameInText: true, DisplayName: messages.FullName}, text: "\n", by: ann, want: "\n"},
		{name: "text as written", settings: messages.Settings{NameInText: true, DisplayName: messages.FirstName}, text: " {visitor}\r\n", by: ann, want: "Ann:  {visitor}\r\n"},
		{name: "against the text", settings: messages.Settings{NameInText: true, DisplayName: messages.FirstName}, text: "Hi", by: dana, want: "\u2068דנה\u2069: Hi"},
		{name: "along with the text", settings: messages.Settings{NameInText: true, DisplayName: messages.FirstName}, text: "שלום", by: dana, want: "דנה: שלום"},
		{name: "Latin before Hebrew", settings: messages.Settings{NameInText: true, DisplayName: messages.FirstName}, text: "שלום", by: ann, want: "\u2068Ann\u2069: שלום"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.settings.Sign(tt.text, tt.by); got != tt.want {
				t.Errorf("got %+q, want %+q", got, tt.want)
			}
		})
	}
}
