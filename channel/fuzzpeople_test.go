package channel_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/usherchat/usher/channel"
)

// FuzzIncoming sends two messages to the incoming API and looks at what is then kept: two that differ in id are two
// messages, two visitors that differ are two conversations, or one of them was refused with a 4xx. Who wrote and under
// which id is what stands in the body, byte for byte: a reader of the test's own finds it, which repairs nothing.
func FuzzIncoming(f *testing.F) {
	message := func(visitor, id string) []byte {
		return []byte(`{"visitor":{"id":"` + visitor + `"},"message":{"id":"` + id + `","text":"a"}}`)
	}
	for _, ids := range [][2]string{
		{"a", "b"},
		{"a", "a"},
		{"a\xe9", "a\xe8"}, // Latin-1
		{"\xff", "\xfe"},
		{"\xed\xa0\x80", "\xed\xa0\x81"}, // surrogates as if they were characters
		{`\ud800`, `\ud801`},
		{`\ud800`, `\udc00`},
		{`\ud83d`, `\ufffd`},
		{`\ude00\ud83d`, `\ude01\ud83d`},
		{`\ud83d\ude00`, "😀"}, // the same
		{`\ud83d\ude00`, `\ud83d\ude01`},
		{"a\ufffd", "a\xff"},
		{"é", "e\u0301"}, // not the same: ids are bytes
		{`\u0061`, "a"},  // the same
		{"a", " a"},
		{"a", "A"},
		{"K", "\u212a"},
		{"a", `a\u0000`},
		{"a", `a\u200b`},
		{"a", `a\u202e`},
		{`a\/b`, "a/b"}, // the same
		{strings.Repeat("x", 512), strings.Repeat("x", 511) + "y"},
		{strings.Repeat("x", 513), strings.Repeat("x", 514)},
		{`a","id":"b`, `a","id":"c`},
		{`a","ID":"b`, `a","iD":"c`},
		{`a"},"visitor":{"id":"b`, `a"},"visitor":{"id":"c`},
		{`a"},"VISITOR":{"id":"b`, `a"},"vi` + "\u017f" + `itor":{"id":"c`},
		{`a","x":{"visitor":{"id":"b"}},"y":"`, `b","i\u0064":"a`},
	} {
		f.Add(message(ids[0], "1"), message(ids[1], "1")) // two visitors
		f.Add(message("v", ids[0]), message("v", ids[1])) // two messages
		f.Add([]byte("\ufeff"+string(message(ids[0], ids[1]))), message(ids[1], ids[0]))
	}
	f.Add([]byte("{\x00\"\x00v\x00\"\x00:\x001\x00}\x00"), message("a", "b"))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		w := newWorld(t)
		a, b := w.bring(first), w.bring(second)
		if a == nil || b == nil {
			return
		}
		if same := a.visitor == b.visitor; same != (a.kept.Message.Conversation() == b.kept.Message.Conversation()) {
			t.Errorf("%q and %q: one visitor: %t, but conversations %s and %s", first, second, same, a.kept.Message, b.kept.Message)
		}
		if same := a.visitor == b.visitor && a.id == b.id; same != (a.kept.Message == b.kept.Message) || same != b.kept.Duplicate {
			t.Errorf("%q and %q: one message: %t, but kept as %+v and %+v", first, second, same, a.kept, b.kept)
		}
		w.wantKept(a, b)
	})
}

// brought is a request that was taken: what it meant, and what became of it.
type brought struct {
	visitor, id string
	kept        channel.Accepted
}

// bring posts a message, nil if it was refused with a 4xx.
func (w *world) bring(body []byte) *brought {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, "/shop/messages", bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+w.settings.Tokens[0])
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	w.hub.Handler().ServeHTTP(rec, r)
	if rec.Code/100 == 4 {
		return nil
	}
	visitors, ids := meant(body)
	if rec.Code/100 != 2 || len(visitors) != 1 || len(ids) != 1 {
		w.t.Fatalf("%q: %d %s, but it means visitors %q and ids %q", body, rec.Code, rec.Body, visitors, ids)
	}
	b := &brought{visitor: visitors[0], id: ids[0]}
	if err := json.Unmarshal(rec.Body.Bytes(), &b.kept); err != nil {
		w.t.Fatal(err)
	}
	return b
}

// wantKept finds each message under its visitor, with its id as it was meant, and no other.
func (w *world) wantKept(all ...*brought) {
	w.t.Helper()
	want := map[string]bool{}
	for _, b := range all {
		want[b.visitor+"\x00"+b.id] = true
	}
	got := map[string]bool{}
	for e, err := range w.ch.Enquiries(w.t.Context(), channel.Query{}) {
		if err != nil {
			w.t.Fatal(err)
		}
		for entry, err := range w.ch.Transcript(w.t.Context(), e.ID) {
			if err != nil {
				w.t.Fatal(err)
			}
			if entry.Author == channel.FromVisitor {
				got[string(e.Visitor.ID)+"\x00"+entry.Message.ID] = true
			}
		}
	}
	for key := range want {
		if !got[key] || len(got) != len(want) {
			w.t.Errorf("kept %#v, want %#v", got, want)
		}
	}
}

// meant finds every visitor.id and message.id of a body. Tokens of encoding/json tell where they stand, in a copy
// whose bytes beyond ASCII are replaced by others, so that nothing moves.
func meant(body []byte) (visitors, ids []string) {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	plain := slices.Clone(body)
	for i, c := range plain {
		if c >= utf8.RuneSelf {
			plain[i] = 'x'
		}
	}
	d := json.NewDecoder(bytes.NewReader(plain))
	d.UseNumber()
	var path []string // of the names that are open; "" in an array
	name := ""        // of the value that comes next
	for {
		begin := d.InputOffset()
		token, err := d.Token()
		if err != nil {
			return visitors, ids
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			path, name = append(path, name), ""
			continue
		case json.Delim('}'), json.Delim(']'):
			path = path[:len(path)-1]
			name = ""
			continue
		}
		text, isText := token.(string)
		if rest := bytes.TrimLeft(plain[d.InputOffset():], " \n\r\t"); isText && bytes.HasPrefix(rest, []byte(":")) {
			name = text
			continue
		}
		if quoted := body[begin:d.InputOffset()]; isText && len(path) == 2 {
			quoted = quoted[bytes.IndexByte(quoted, '"'):]
			switch {
			case path[1] == "visitor" && name == "id":
				visitors = append(visitors, unquoted(quoted))
			case path[1] == "message" && name == "id":
				ids = append(ids, unquoted(quoted))
			}
		}
		name = ""
	}
}

// unquoted is what a JSON string says in bytes: raw bytes stay, and half of a pair has a form of its own.
func unquoted(quoted []byte) string {
	var s []byte
	inner := quoted[1 : len(quoted)-1]
	for i := 0; i < len(inner); i++ {
		if inner[i] != '\\' {
			s = append(s, inner[i])
			continue
		}
		i++
		if inner[i] != 'u' {
			s = append(s, map[byte]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', '"': '"', '\\': '\\', '/': '/'}[inner[i]])
			continue
		}
		r := unit(inner[i+1:])
		i += 4
		if low := unit(inner[min(i+3, len(inner)):]); r>>10 == 0xd800>>10 && low>>10 == 0xdc00>>10 && bytes.HasPrefix(inner[i+1:], []byte(`\u`)) {
			r = 0x10000 + (r-0xd800)<<10 + (low - 0xdc00)
			i += 6
		}
		if utf8.ValidRune(r) {
			s = utf8.AppendRune(s, r)
		} else {
			s = append(s, 0xed, byte(0x80|r>>6&0x3f), byte(0x80|r&0x3f)) // as UTF-8 would be, and is not
		}
	}
	return string(s)
}

// unit is the number of four hexadecimal digits, 0 if there are none.
func unit(digits []byte) rune {
	n, _ := strconv.ParseUint(string(digits[:min(4, len(digits))]), 16, 16)
	return rune(n)
}
