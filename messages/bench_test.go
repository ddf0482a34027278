package messages_test

import (
	"strings"
	"testing"
	"time"

	"github.com/usherchat/usher/messages"
)

// BenchmarkWelcome renders welcomes; its copy sub-benchmark is the floor: a copy of the same bytes.
func BenchmarkWelcome(b *testing.B) {
	replies, err := messages.New(messages.Settings{})
	if err != nil {
		b.Fatal(err)
	}
	ann := messages.Person{FirstName: "Ann", LastName: "Lee"}
	for _, bench := range []struct {
		name string
		vars messages.Vars
	}{
		{name: "en", vars: messages.Vars{Locale: "en", Visitor: ann}},
		{name: "en-US", vars: messages.Vars{Locale: "en-US", Visitor: ann}},
		{name: "de_at", vars: messages.Vars{Locale: "de_at", Visitor: ann}},
		{name: "fallback", vars: messages.Vars{Locale: "fr"}},
		{name: "zh-TW", vars: messages.Vars{
			Locale:  "zh-TW",
			Visitor: messages.Person{FirstName: "小明", LastName: "王", FamilyFirst: true},
		}},
		{name: "ar", vars: messages.Vars{Locale: "ar", Visitor: ann}},
	} {
		message, ok := replies.Welcome(bench.vars)
		if !ok {
			b.Fatal("no welcome")
		}
		b.Run(bench.name+"/copy", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = strings.Clone(message.Text)
			}
		})
		b.Run(bench.name+"/render", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = replies.Welcome(bench.vars)
			}
		})
	}
}

func BenchmarkRender(b *testing.B) {
	opening := time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC)
	for _, bench := range []struct{ name, text string }{
		{name: "static", text: "Hello and welcome! How can we help you?"},
		{name: "name", text: "Hello {visitor|and welcome}! How can we help you?"},
		{name: "opening", text: "We are back: {next_opening|soon}."},
	} {
		template, err := messages.Parse(bench.text)
		if err != nil {
			b.Fatal(err)
		}
		vars := messages.Vars{
			Visitor:     messages.Person{FirstName: "Ann", LastName: "Lee"},
			Now:         opening.AddDate(0, 0, -2),
			NextOpening: opening,
		}
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = template.Render(vars)
			}
		})
	}
}

func BenchmarkFormat(b *testing.B) {
	for _, bench := range []struct {
		name   string
		person messages.Person
	}{
		{name: "ascii", person: messages.Person{FirstName: "Ann", LastName: "Lee"}},
		{name: "han", person: messages.Person{FirstName: "小明", LastName: "王", FamilyFirst: true}},
		{name: "long", person: messages.Person{FirstName: strings.Repeat("é", 1000), LastName: "Lee"}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = messages.FullName.Format(bench.person)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	text := messages.DefaultWelcome()["de"]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := messages.Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	m := messages.Text("Where is my order?")
	m.ID = "4711"
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Validate(messages.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
