package messages_test

import (
	"math/rand/v2"
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

// Names and texts come out the same with and without care.
func TestPlainAsCareful(t *testing.T) {
	t.Parallel()
	parts := []string{
		"", " ", "Ann", "Ann ", "Mary Jane", "Jane  Ann", "小明", "王", "ひろし", "Ａ", "Çelik", "Ωμέγα", "дом", "דנה", "علي", "김", "e\u0301", "・", "a\u00ad",
		"\u0300", "\u0483", "12", "\u3099", "〆", "🙂", "\xff", "王 小", "王A", "A王", "a\tb", "\u200d", "ß", "\u00a0", "\u0131", "Ա", "ー",
	}
	texts := []string{
		"Hello {visitor|you}!", "{visitor}", "{visitor.first_name|x}{visitor.last_name}", "שלום {visitor}.", "{visitor}您好", "…{channel}{source}{staff}",
	}
	for _, first := range parts {
		for _, last := range parts {
			for _, family := range []bool{false, true} {
				p := messages.Person{FirstName: first, LastName: last, FamilyFirst: family}
				if got, want := messages.FullName.Format(p), messages.FormatCarefully(p); got != want {
					t.Errorf("%+v: got %+q, want %+q", p, got, want)
				}
				for _, text := range texts {
					template, err := messages.Parse(text)
					if err != nil {
						t.Fatal(err)
					}
					vars := messages.Vars{Visitor: p, Staff: p, VisitorName: last, Channel: first, Source: last}
					if got, want := template.Render(vars), messages.RenderCarefully(template, vars); got != want {
						t.Errorf("%q of %+v: got %+q, want %+q", text, p, got, want)
					}
				}
			}
		}
	}
}
