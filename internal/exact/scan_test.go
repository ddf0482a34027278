package exact_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/usherchat/usher/internal/exact"
)

var seeds = []string{
	``, ` `, `null`, `true`, `false`, `nul`, `nulll`, `0`, `-0`, `01`, `-`, `1.`, `1.5`, `.5`, `1e5`, `1E+5`, `1e`, `1e-`, `+1`,
	`""`, `"a"`, `"`, `"\"`, `"\\"`, `"\u12aF"`, `"\u12a"`, `"\u12aG"`, `"\x"`, "\"\n\"", "\"\x1f\"", "\"\x7f\"", "\"\xff\"", `"é😀"`,
	`"1234567"`, `"12345678"`, `"123456789"`, `"12345678`, `"1234567\"`, "\"1234567\x00\"", `"12345678\n"`, `"\n12345678"`,
	`{}`, `{`, `}`, `{"a":1}`, `{"a":1,}`, `{"a"}`, `{a:1}`, `{"a":1 "b":2}`, `{"a":1,"b":[true,{"c":null}]}`, `{ "a" : [ 1 , 2 ] } `,
	`[]`, `[`, `]`, `[1,2]`, `[1,]`, `[,1]`, `[1 2]`, `[[[[]]]]`, `1,"type":"other"`, `{}{}`, `[]]`, "\v{}", `"a" `, "\t[1]\r\n",
	`{"a":1}x`, `tru`, `"a"b`, `--1`, `1-`, `1.5.5`, `0e0`, `0x10`, `Infinity`, `NaN`, `'a'`, `{"":""}`, `[{}]`, `[null,`, `"\u`, `"\`,
	`{"a":1,"a":1}`, `{"a":1,"A":1}`, `{"a":1,"\u0061":1}`, `{"k":1,"` + "\u212a" + `":1}`, `[{"a":1},{"a":1}]`, `{"a":{"a":{"a":1}}}`,
	`{"":1,"":1}`, `{"a":1,"b":{"a":1,"a":1}}`, `{"a":1,"b":{"c":1},"a":1}`, `{"a":{"b":1},"b":1}`, "{\"\xff\":1}",
	`"\ud83d\ude00"`, `"\ud83d"`, `"\ude00"`, `"\ude00\ud83d"`, `"\ud83d\ud83d\ude00"`, `"\uD83Dx"`, `"\ud83d\n"`, `"\ud83d\u0041"`, `"\ud83d\\ude00"`,
	`"\\ud83d"`, `{"\ud83d":1}`, `"\udbff\udfff"`, `"\udc00"`, `"\ud7ff\ue000"`, "\"\xed\xa0\x80\"", "\"\xc0\xaf\"", "\"\xf4\x90\x80\x80\"", "\"1234567\xe9\"",
	"\ufeff{}", "\ufeff\ufeff{}", "{\ufeff}", "\xff\xfe{\x00}\x00",
	strings.Repeat("[", 512) + strings.Repeat("]", 512), strings.Repeat("[", 513) + strings.Repeat("]", 513),
	strings.Repeat(`{"a":`, 512) + "1" + strings.Repeat("}", 512), strings.Repeat(`{"a":`, 513) + "1" + strings.Repeat("}", 513),
	strings.Repeat("[", 10_000_000), `"` + strings.Repeat("x", 100_000) + `"`,
	many(15) + "}", many(16) + "}", many(17) + "}", many(500) + "}",
	many(15) + `,"n0":0}`, many(16) + `,"n0":0}`, many(17) + `,"n0":0}`, many(17) + `,"n16":0}`, many(500) + `,"n499":0}`,
}

// many is an object of n members that is still open.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(map[bool]string{true: "{", false: ","}[i == 0] + `"n` + strconv.Itoa(i) + `":{"n0":0}`)
	}
	return b.String()
}

// TestExact compares with what encoding/json and unicode/utf8 find.
func TestExact(t *testing.T) {
	t.Parallel()
	for _, s := range seeds {
		compare(t, []byte(s))
	}
	// Every byte in every place of a word.
	for i := range 10 {
		for c := range 256 {
			b := []byte(`"aaaaaaaaaa"`)
			b[1+i] = byte(c)
			compare(t, b)
		}
	}
}

func FuzzExact(f *testing.F) {
	for _, s := range seeds {
		if len(s) < 1000 {
			f.Add([]byte(s))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		compare(t, b)
		if r, err := exact.NewReader(b); err == nil {
			raw := string(r.Raw())
			if want := strings.TrimPrefix(string(b), "\ufeff"); raw != strings.Trim(want, " \n\r\t") {
				t.Errorf("%q: the value is %q", b, raw)
			}
			walk(t, b)
		}
	})
}

func compare(t *testing.T, b []byte) {
	t.Helper()
	want := judge(bytes.TrimPrefix(b, []byte("\ufeff")))
	_, err := exact.NewReader(b)
	if (err == nil) != (want == nil) {
		t.Errorf("%.60q: got %v, want %v", b, err, want)
	}
	if err != nil && (!utf8.ValidString(err.Error()) || len(err.Error()) > 300) {
		t.Errorf("%.60q: the fault is %q", b, err)
	}
	if within := exact.Check(b); within != nil != (judge(b) != nil) {
		t.Errorf("%.60q within others: got %v, want %v", b, within, judge(b))
	}
}

var (
	escapes = regexp.MustCompile(`\\(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)`)
	half    = regexp.MustCompile(`^\\u[dD][89a-fA-F][0-9a-fA-F]{2}$`)
)

// judge finds the same with the tokens of encoding/json.
func judge(b []byte) error {
	switch {
	case !json.Valid(b):
		return errors.New("not JSON")
	case !utf8.Valid(b):
		return errors.New("not UTF-8")
	}
	if slices.ContainsFunc(escapes.FindAll(b, -1), half.Match) {
		return errors.New("half of a pair")
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var open []map[string]bool // nil for an array
	name := false              // a name comes next
	for {
		token, end := d.Token()
		if end != nil {
			return nil //nolint:nilerr // it is valid: the error is the end
		}
		switch token {
		case json.Delim('{'):
			open = append(open, map[string]bool{})
		case json.Delim('['):
			open = append(open, nil)
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		default:
			if name {
				if name = false; open[len(open)-1][token.(string)] {
					return errors.New("a name twice")
				}
				open[len(open)-1][token.(string)] = true
				continue
			}
		}
		if len(open) > exact.MaxDepth {
			return errors.New("too deep")
		}
		name = len(open) > 0 && open[len(open)-1] != nil
	}
}

func BenchmarkCheck(b *testing.B) {
	for name, data := range map[string][]byte{
		"text":  []byte(`{"text":"` + strings.Repeat("x", 420) + `"}`),
		"names": []byte(many(500) + "}"),
		"zeros": []byte("[" + strings.Repeat("0,", 500_000) + "0]"),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				exact.Check(data)
			}
		})
		b.Run(name+" by encoding/json", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				json.Valid(data)
			}
		})
	}
}
