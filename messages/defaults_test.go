package messages_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/messages"
)

var promised = []string{
	"en", "zh-Hant", "zh-Hans", "ja", "ko", "th", "vi", "id", "ms", "es", "fr", "de", "pt", "ar", "he",
}

func TestDefaultTexts(t *testing.T) {
	t.Parallel()
	welcome, away := messages.DefaultWelcome(), messages.DefaultAway()
	tags := slices.Sorted(maps.Keys(welcome))
	if diff := cmp.Diff(tags, slices.Sorted(maps.Keys(away))); diff != "" {
		t.Errorf("languages of welcome and away (-welcome +away):\n%s", diff)
	}
	for _, tag := range promised {
		if !slices.Contains(tags, tag) {
			t.Errorf("%s is promised and missing", tag)
		}
	}
	for _, tag := range tags {
		t.Run(tag, func(t *testing.T) {
			t.Parallel()
			checkDefault(t, welcome[tag])
			checkDefault(t, away[tag])
			if !strings.Contains(welcome[tag], "{visitor") {
				t.Error("welcome: no {visitor}")
			}
			if !strings.Contains(away[tag], "{next_opening|") {
				t.Error("away: no {next_opening} with a fallback")
			}
			rtl := tag == "ar" || tag == "he"
			for _, text := range []string{welcome[tag], away[tag]} {
				first, _ := firstLetter(strings.ReplaceAll(text, "{visitor|", ""))
				if got := unicode.In(first, unicode.Arabic, unicode.Hebrew); got != rtl {
					t.Errorf("starts with %q: apps would show it in the wrong direction", first)
				}
			}
		})
	}
}

// checkDefault looks at what proofreading misses.
func checkDefault(t *testing.T, text string) {
	t.Helper()
	if _, err := messages.Parse(text); err != nil {
		t.Error(err)
	}
	if strings.TrimSpace(text) != text || strings.Contains(text, "  ") || strings.ContainsAny(text, "\n\t") {
		t.Errorf("odd white space: %q", text)
	}
	if len(text) > 300 {
		t.Errorf("%d bytes: too long to be read", len(text))
	}
	if strings.Contains(text, "{channel") {
		t.Error("names the channel, which may be no name for visitors")
	}
}

func firstLetter(s string) (rune, bool) {
	i := strings.IndexFunc(s, unicode.IsLetter)
	if i < 0 {
		return 0, false
	}
	return []rune(s[i:])[0], true
}

// The caller's map is its own: writing to it must not change what others are told.
func TestDefaultTextsAreCopies(t *testing.T) {
	t.Parallel()
	texts := messages.DefaultWelcome()
	texts["en"] = "changed"
	clear(texts)
	if messages.DefaultWelcome()["en"] == "changed" || len(messages.DefaultWelcome()) < len(promised) {
		t.Error("the library's texts changed")
	}
}

// Every default, as people read it: with a name and without, with an opening and without.
func TestDefaultsRead(t *testing.T) {
	t.Parallel()
	replies, err := messages.New(messages.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 6, 20, 0, 0, 0, time.UTC)
	known := messages.Vars{
		Visitor: messages.Person{FirstName: "Ann", LastName: "Lee"},
		Now:     now, NextOpening: time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC),
	}
	for locale, want := range map[string][4]string{
		"en": {
			"Hello Ann Lee! Thank you for contacting us. How can we help you?",
			"Hello and welcome! Thank you for contacting us. How can we help you?",
			"Thank you for your message. Our team is not available at the moment. Expected reply: Monday at 9:00 AM.",
			"Thank you for your message. Our team is not available at the moment. Expected reply: as soon as possible.",
		},
		"zh-HK": {
			"Ann Lee您好，感謝您與我們聯絡。請問有什麼可以為您服務？",
			"您好，感謝您與我們聯絡。請問有什麼可以為您服務？",
			"感謝您的訊息。目前沒有服務人員可以回覆您，我們將於星期一上午9:00與您聯絡。",
			"感謝您的訊息。目前沒有服務人員可以回覆您，我們將於最短時間內與您聯絡。",
		},
		"ja-JP": {
			"Ann Lee様、お問い合わせいただきありがとうございます。ご用件をお聞かせください。",
			"お客様、お問い合わせいただきありがとうございます。ご用件をお聞かせください。",
			"お問い合わせいただきありがとうございます。申し訳ございませんが、ただいま担当者が対応できません。ご返信の予定：月曜日 9:00",
			"お問い合わせいただきありがとうございます。申し訳ございませんが、ただいま担当者が対応できません。ご返信の予定：担当者が対応でき次第",
		},
		"fr-FR": {
			"Bonjour Ann Lee, nous vous remercions de votre message. Comment pouvons-nous vous aider\u00a0?",
			"Bonjour et bienvenue, nous vous remercions de votre message. Comment pouvons-nous vous aider\u00a0?",
			"Nous vous remercions de votre message. Notre équipe n’est pas disponible pour le moment. Réponse prévue\u00a0: lundi à 09:00.",
			"Nous vous remercions de votre message. Notre équipe n’est pas disponible pour le moment. Réponse prévue\u00a0: dès que possible.",
		},
		"iw": {
			"שלום \u2068Ann Lee\u2069, תודה שפניתם אלינו. כיצד נוכל לעזור לכם?",
			"שלום וברכה, תודה שפניתם אלינו. כיצד נוכל לעזור לכם?",
			"תודה על פנייתכם. הצוות שלנו אינו זמין כרגע. מועד המענה הצפוי: יום שני בשעה 9:00.",
			"תודה על פנייתכם. הצוות שלנו אינו זמין כרגע. מועד המענה הצפוי: בהקדם האפשרי.",
		},
	} {
		t.Run(locale, func(t *testing.T) {
			t.Parallel()
			known, unknown := known, messages.Vars{Locale: locale, Now: now}
			known.Locale = locale
			var got [4]messages.Message
			got[0], _ = replies.Welcome(known)
			got[1], _ = replies.Welcome(unknown)
			got[2], _ = replies.Away(known)
			got[3], _ = replies.Away(unknown)
			for i, want := range want {
				if got[i].Text != want {
					t.Errorf("got  %+q\nwant %+q", got[i].Text, want)
				}
			}
		})
	}
}
