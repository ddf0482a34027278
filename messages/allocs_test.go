package messages_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/usherchat/usher/messages"
)

// allocsOf returns the least number of allocations seen, for the runtime makes some of its own meanwhile.
func allocsOf(f func()) float64 {
	least := math.Inf(1)
	for range 5 {
		least = min(least, testing.AllocsPerRun(5, f))
	}
	return least
}

// Rendering allocates its result and nothing else, whatever the values are.
func TestRenderAllocates(t *testing.T) {
	var (
		long   = strings.Repeat("नी\u200d\U0001f468", 2000)
		han    = messages.Person{FirstName: "小明", LastName: "王", FamilyFirst: true}
		hebrew = messages.Person{FirstName: "דנה\u202e", LastName: strings.Repeat("לוי ", 500)}
	)
	names := "{visitor|you} {staff|us} {channel|x}{source|y}"
	for _, text := range []string{
		"Hello " + names, "שלום " + names, names, strings.Repeat(names, 300), strings.Repeat("a", 4090) + names,
	} {
		template, err := messages.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, vars := range []messages.Vars{
			{},
			{VisitorName: "Ann", Channel: "Shop"},
			{Visitor: han, Staff: hebrew, Source: "\xff\xfe"},
			{Visitor: hebrew, Staff: han, Channel: long},
			{Visitor: messages.Person{FirstName: "\u200b"}, VisitorName: long},
			{Visitor: messages.Person{FirstName: long, LastName: long}, VisitorName: long, Channel: long, Source: long},
		} {
			if n := allocsOf(func() { _ = template.Render(vars) }); n > 1 {
				t.Errorf("%.20q… with %.20q…: %v allocations", text, vars.VisitorName, n)
			}
		}
	}
}

// The same for a date in every language, and for finding the language.
func TestReplyAllocates(t *testing.T) {
	replies, err := messages.New(messages.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for locale := range messages.DefaultAway() {
		for _, opening := range []time.Time{
			time.Date(2026, 9, 30, 22, 59, 0, 0, time.UTC), // Wednesday, September: long in most languages
			time.Unix(math.MaxInt64/2, 0).UTC(),
		} {
			for _, tail := range []string{"", "-x-" + strings.Repeat("private-", 10), "_ZZ.UTF-8"} {
				vars := messages.Vars{Locale: locale + tail, NextOpening: opening}
				if n := allocsOf(func() { _, _ = replies.Away(vars) }); n > 1 {
					t.Errorf("%s, %v: %v allocations", vars.Locale, opening, n)
				}
			}
		}
	}
}

func TestFormatAllocates(t *testing.T) {
	for _, p := range []messages.Person{
		{FirstName: "Ann", LastName: "Lee"},
		{FirstName: "小明", LastName: "王"},
		{FirstName: strings.Repeat("נ\u05b0", 1000), LastName: "\xff"},
	} {
		if n := allocsOf(func() { _ = messages.FullName.Format(p) }); n > 1 {
			t.Errorf("%.20q: %v allocations", p.FirstName, n)
		}
	}
	if n := allocsOf(func() { _ = messages.FirstName.Format(messages.Person{FirstName: "Ann"}) }); n > 0 {
		t.Errorf("a clean first name: %v allocations", n)
	}
}
