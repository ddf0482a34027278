package messages_test

import (
	"cmp"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/usherchat/usher/messages"
)

// What is found by the two letters of a language is what a search finds, whatever texts there are.
func TestLookupAsSearch(t *testing.T) {
	t.Parallel()
	tags := []string{
		"", "en", "en-GB", "de", "de-AT", "de-x-a", "no", "nb", "nb-NO", "he", "iw", "iw-IL", "he-IL", "in", "id", "tl", "fil",
		"zh", "zh-Hans", "zh-Hant", "zh-TW", "zh-HK", "yue", "yue-Hans", "pt", "pt-BR", "mo", "ro", "ji", "yi", "e2e-x", "zz",
	}
	tails := []string{"", "-", "_", "-US", "_us.UTF-8", "-x-a", "-Latn-AT", "e", "1", "@euro", ".UTF-8", "-aaaaaaaaa", "\xff"}
	r := rand.New(rand.NewPCG(1, 2))
	for range 2_000 {
		texts := make(map[string]string)
		for range 1 + r.IntN(8) {
			tag := tags[r.IntN(len(tags))]
			texts[tag] = "text"
		}
		replies, err := messages.New(messages.Settings{Closing: messages.AutoReply{Texts: texts}})
		if err != nil {
			continue // tags that are no languages, or the same one
		}
		for _, tag := range tags {
			for _, tail := range tails {
				if got, want := messages.LookupClosing(replies, tag+tail), messages.SearchClosing(replies, tag+tail); got != want {
					t.Fatalf("texts %v, locale %q: found %q, want %q", texts, tag+tail, got, want)
				}
			}
		}
	}
}

// A name comes out the same with and without care, and a text holds it as Format writes it.
func TestPlainAsCareful(t *testing.T) {
	t.Parallel()
	parts := []string{
		"", " ", "Ann", "Ann ", "Mary Jane", "Jane  Ann", "小明", "王", "ひろし", "Ａ", "Çelik", "Ωμέγα", "дом", "דנה", "علي", "김", "e\u0301", "・", "a\u00ad",
		"\u0300", "\u0483", "12", "\u3099", "〆", "🙂", "\xff", "王 小", "王A", "A王", "a\tb", "\u200d", "ß", "\u00a0", "\u0131", "Ա", "ー",
	}
	var texts []*messages.Template
	for _, text := range []string{
		"Hello {visitor|you}!", "{visitor}", "{visitor.first_name|x}{visitor.last_name}", "שלום {visitor}.", "{visitor}您好", "…{channel}{source}{staff}",
	} {
		template, err := messages.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, template)
	}
	unmarked := strings.NewReplacer("\u2068", "", "\u2069", "")
	for _, first := range parts {
		for _, last := range parts {
			for _, family := range []bool{false, true} {
				p := messages.Person{FirstName: first, LastName: last, FamilyFirst: family}
				full := messages.FullName.Format(p)
				if want := messages.FormatCarefully(p); full != want {
					t.Errorf("%+v: got %+q, want %+q", p, full, want)
				}
				one, other := shown(first), shown(last)
				names := strings.NewReplacer(
					"{visitor|you}", cmp.Or(full, other, "you"), "{visitor}", cmp.Or(full, other), "{staff}", full,
					"{visitor.first_name|x}", cmp.Or(one, "x"), "{visitor.last_name}", other, "{channel}", one, "{source}", other,
				)
				for _, text := range texts {
					got := text.Render(messages.Vars{Visitor: p, Staff: p, VisitorName: last, Channel: first, Source: last})
					if want := names.Replace(text.String()); unmarked.Replace(got) != want {
						t.Errorf("%q of %+v: got %+q, want %+q", text, p, got, want)
					}
				}
			}
		}
	}
}

// shown is a name alone, as it is shown.
func shown(name string) string {
	return messages.FirstName.Format(messages.Person{FirstName: name})
}
