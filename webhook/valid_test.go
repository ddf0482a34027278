package webhook_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/usherchat/usher/webhook"
)

var validSeeds = []string{
	``, ` `, `null`, `true`, `false`, `nul`, `nulll`, `0`, `-0`, `01`, `-`, `1.`, `1.5`, `.5`, `1e5`, `1E+5`, `1e`, `1e-`, `+1`,
	`""`, `"a"`, `"`, `"\"`, `"\\"`, `"\u12aF"`, `"\u12a"`, `"\u12aG"`, `"\x"`, "\"\n\"", "\"\x1f\"", "\"\x7f\"", "\"\xff\"", `"é😀"`,
	`"1234567"`, `"12345678"`, `"123456789"`, `"12345678`, `"1234567\"`, "\"1234567\x00\"", `"12345678\n"`, `"\n12345678"`,
	`{}`, `{`, `}`, `{"a":1}`, `{"a":1,}`, `{"a"}`, `{a:1}`, `{"a":1 "b":2}`, `{"a":1,"b":[true,{"c":null}]}`, `{ "a" : [ 1 , 2 ] } `,
	`[]`, `[`, `]`, `[1,2]`, `[1,]`, `[,1]`, `[1 2]`, `[[[[]]]]`, `1,"type":"other"`, `{}{}`, `[]]`, "\ufeff{}", "\v{}", `"a" `, "\t[1]\r\n",
	`{"a":1}x`, `tru`, `"a"b`, `--1`, `1-`, `1.5.5`, `0e0`, `0x10`, `Infinity`, `NaN`, `'a'`, `{"":""}`, `[{}]`, `[null,`, `"\u`, `"\`,
	strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001),
	strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000), strings.Repeat("[", 10_000_000),
	`"` + strings.Repeat("x", 100_000) + `"`,
}

// TestValidJSON compares with encoding/json.
func TestValidJSON(t *testing.T) {
	t.Parallel()
	for _, s := range validSeeds {
		if got, want := webhook.ValidJSON([]byte(s)), json.Valid([]byte(s)); got != want {
			t.Errorf("%.60q: got %v, want %v", s, got, want)
		}
	}
	// Every byte in every place of a word.
	for i := range 10 {
		for c := range 256 {
			b := []byte(`"aaaaaaaaaa"`)
			b[1+i] = byte(c)
			if got, want := webhook.ValidJSON(b), json.Valid(b); got != want {
				t.Errorf("%q: got %v, want %v", b, got, want)
			}
		}
	}
}

func FuzzValidJSON(f *testing.F) {
	for _, s := range validSeeds {
		if len(s) < 1000 {
			f.Add([]byte(s))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, want := webhook.ValidJSON(b), json.Valid(b); got != want {
			t.Errorf("%q: got %v, want %v", b, got, want)
		}
	})
}

func BenchmarkValidJSON(b *testing.B) {
	data := []byte(`{"text":"` + strings.Repeat("x", 420) + `"}`)
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			webhook.ValidJSON(data)
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		for b.Loop() {
			json.Valid(data)
		}
	})
}
