package channel_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
)

// What a request says must be what is read, whatever fields it may have one day: every field of the types is filled,
// written and read.
func TestReadsEveryField(t *testing.T) {
	t.Parallel()
	var in channel.Inbound
	fill(reflect.ValueOf(&in).Elem())
	got, err := channel.ReadInbound(written(t, in))
	if diff := cmp.Diff(in, got); err != nil || diff != "" {
		t.Errorf("a message: %v (-want +got):\n%s", err, diff)
	}
	var receipt channel.Receipt
	fill(reflect.ValueOf(&receipt).Elem())
	told, err := channel.ReadReceipt(written(t, receipt))
	if diff := cmp.Diff(receipt, told); err != nil || diff != "" {
		t.Errorf("a receipt: %v (-want +got):\n%s", err, diff)
	}
}

func written(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// fill puts something into every field.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("é" + v.Type().Name())
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Float64:
		v.SetFloat(7.25)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0))
		fill(v.Index(1))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("a"), reflect.ValueOf("b"))
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 11, 22, 10, 0, 0, 5e8, time.UTC)))
			return
		}
		for _, field := range v.Fields() {
			fill(field)
		}
	default:
		panic("fill does not know " + v.Kind().String())
	}
}

// Requests that are not what they say, or could be read in two ways: refused, the field is named, nothing is recorded.
func TestIncomingReadsExactly(t *testing.T) {
	t.Parallel()
	const said, receipts, typing = "/shop/messages", "/shop/receipts", "/shop/typing"
	kind := func(name, value string) map[string]string { return map[string]string{name: value} }
	for _, tt := range []struct {
		name, path, body string
		header           map[string]string
		status           int
		says             string
	}{
		{"two visitors", said, `{"visitor":{"id":"v"},"visitor":{"id":"w"},"message":{"id":"1","text":"a"}}`, nil, 400, "visitor: is there twice"},
		{"two visitors, one escaped", said, `{"visitor":{"id":"v"},"v\u0069sitor":{"id":"w"},"message":{"id":"1","text":"a"}}`, nil, 400, "visitor: is there twice"},
		{"two ids", said, `{"visitor":{"id":"v","id":"v"},"message":{"id":"1","text":"a"}}`, nil, 400, "visitor.id: is there twice"},
		{"a name twice in what is not known", said, `{"x":[{"y":1,"y":1}],"visitor":{"id":"v"},"message":{"id":"1","text":"a"}}`, nil, 400, "x[0].y: is there twice"},
		{"an attribute twice", said, `{"visitor":{"id":"v","attributes":{"a":"1","a":"2"}},"message":{"id":"1","text":"a"}}`, nil, 400, "visitor.attributes.a: is there twice"},
		{"VISITOR", said, `{"VISITOR":{"id":"v"},"message":{"id":"1","text":"a"}}`, nil, 400, "visitor.id: must be"},
		{"viſitor", said, `{"viſitor":{"id":"v"},"message":{"id":"1","text":"a"}}`, nil, 400, "visitor.id: must be"},
		{"ID", said, `{"visitor":{"ID":"v"},"message":{"id":"1","text":"a"}}`, nil, 400, "visitor.id: must be"},
		{"VISITOR typing", typing, `{"VISITOR":"v"}`, nil, 400, "visitor: must be"},
		{"a Kelvin sign", said, `{"visitor":{"id":"v"},"message":{"id":"1","attachments":[{"` + "\u212a" + `ind":"image","URL":"https://e.com/"}]}}`, nil, 400, "message.attachments[0].url: is required"},
		{"a Latin-1 id", said, "{\"visitor\":{\"id\":\"M\xfcller\"},\"message\":{\"id\":\"1\",\"text\":\"a\"}}", nil, 400, "visitor.id: is not UTF-8, at byte 19"},
		{"a Latin-1 text", said, "{\"visitor\":{\"id\":\"v\"},\"message\":{\"id\":\"1\",\"text\":\"gr\xfc\xdf\"}}", nil, 400, "message.text: is not UTF-8"},
		{"Latin-1 in what is not known", said, "{\"visitor\":{\"id\":\"v\"},\"x\":\"\xfc\",\"message\":{\"id\":\"1\",\"text\":\"a\"}}", nil, 400, "x: is not UTF-8"},
		{"UTF-16", said, "\xff\xfe{\x00}\x00", nil, 400, "not JSON"},
		{"half of a pair in a visitor", said, `{"visitor":{"id":"a\ud83d"},"message":{"id":"1","text":"a"}}`, nil, 400, "visitor.id: has half of a surrogate pair"},
		{"half of a pair in an id", said, `{"visitor":{"id":"v"},"message":{"id":"\ude00","text":"a"}}`, nil, 400, "message.id: has half of a surrogate pair"},
		{"half of a pair in a text", said, `{"visitor":{"id":"v"},"message":{"id":"1","text":"\ud83d\ud83d"}}`, nil, 400, "message.text: has half of a surrogate pair"},
		{"half of a pair typing", typing, `{"visitor":"\ud83d"}`, nil, 400, "visitor: has half of a surrogate pair"},
		{"half of a pair in a receipt", receipts, `{"message":"m","status":"failed","reason":"\ud83d"}`, nil, 400, "reason: has half of a surrogate pair"},
		{"no coordinates", said, `{"visitor":{"id":"v"},"message":{"id":"1","location":{}}}`, nil, 400, `message.location.latitude: is required\nmessage.location.longitude: is required`},
		{"one coordinate", said, `{"visitor":{"id":"v"},"message":{"id":"1","location":{"latitude":0,"Longitude":1}}}`, nil, 400, `"message.location.longitude: is required"`},
		{"a coordinate that is null", said, `{"visitor":{"id":"v"},"message":{"id":"1","location":{"latitude":null,"longitude":0}}}`, nil, 400, `"message.location.latitude: is required"`},
		{"a fault in sent_at", said, `{"visitor":{"id":"v"},"message":{"id":"1","text":"a"},"sent_at":"yesterday"}`, nil, 400, "sent_at: must be a time"},
		{"a number for sent_at", said, `{"visitor":{"id":"v"},"message":{"id":"1","text":"a"},"sent_at":1767225600}`, nil, 400, "sent_at: must be a string, not a number"},
		{"a fault in at", receipts, `{"message":"m","status":"read","at":"2026-13-01T00:00:00Z"}`, nil, 400, "at: must be a time"},
		{"a fault deep inside", said, `{"visitor":{"id":"v"},"message":{"id":"1","attachments":[{"url":"https://e.com/"},{},{"url":"https://e.com/","size":1.5}]}}`, nil, 400, "message.attachments[2].size: must be a whole number"},
		{"a limit deep inside", said, `{"visitor":{"id":"v"},"message":{"id":"1","attachments":[{"url":"https://e.com/"},{"url":"https://e.com/","size":-1}]}}`, nil, 400, "message.attachments[1].size: is negative"},
		{"several limits", said, `{"visitor":{"id":"v"},"message":{"id":"1","format":"html","reply_to":"\t"}}`, nil, 400, `message.format: must be empty or markdown\nmessage.reply_to: holds a character that is not printable\nmessage.text: is blank`},
		{"blank visitor", said, `{"visitor":{"id":" \u2003"},"message":{"id":"1","text":"a"}}`, nil, 400, "visitor.id: must be"},
		{"blank id", said, `{"visitor":{"id":"v"},"message":{"id":"  ","text":"a"}}`, nil, 400, "message.id: is"},
		{"blank reply_to", said, `{"visitor":{"id":"v"},"message":{"id":"1","text":"a","reply_to":" "}}`, nil, 400, "message.reply_to: is blank"},
		{"blank visitor typing", typing, `{"visitor":"  "}`, nil, 400, "visitor: must be"},
		{"blank receipt", receipts, `{"message":" ","status":"read"}`, nil, 400, "message: is required"},
		{"more behind", said, hello + "x", nil, 400, "not JSON"},
		{"nested too deep", said, `{"x":` + strings.Repeat("[", 512) + strings.Repeat("]", 512) + "}", nil, 400, "nested deeper than 512"},
		{"compressed", said, "\x1f\x8b\x08\x00", kind("Content-Encoding", "gzip"), 415, "Content-Encoding"},
		{"said to be compressed", said, hello, kind("Content-Encoding", "br"), 415, "Content-Encoding"},
		{"said to be Latin-1", said, hello, kind("Content-Type", "application/json; charset=ISO-8859-1"), 415, "UTF-8"},
		{"a type that cannot be read", said, hello, kind("Content-Type", "application/json; charset"), 415, "Content-Type"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			resp := w.ask(request{path: tt.path, body: tt.body, header: tt.header})
			if body := read(t, resp); resp.StatusCode != tt.status || !strings.Contains(body, tt.says) {
				t.Errorf("%d %s, want %d %s", resp.StatusCode, body, tt.status, tt.says)
			}
			for e := range w.hub.Enquiries(t.Context(), channel.Query{}) {
				t.Errorf("recorded: %+v", e)
			}
		})
	}
}

// What is exact, and what only concerns showing, is taken.
func TestIncomingTakes(t *testing.T) {
	t.Parallel()
	attached := func(a string) string {
		return `{"visitor":{"id":"v"},"message":{"id":"1","attachments":[{"url":"https://e.com/",` + a + `}]}}`
	}
	file := func(a messages.Attachment) messages.Message {
		a.URL = "https://e.com/"
		return messages.Message{ID: "1", Attachments: []messages.Attachment{a}}
	}
	said := messages.Message{ID: "1", Text: "a"}
	for _, tt := range []struct {
		name, body, kind string
		want             messages.Message
	}{
		{name: "a byte-order mark", body: "\ufeff" + `{"visitor":{"id":"v"},"message":{"id":"1","text":"a"}}`, want: said},
		{name: "UTF-8 by name", body: `{"visitor":{"id":"v"},"message":{"id":"1","text":"a"}}`, kind: `application/json; charset="utf-8"`, want: said},
		{name: "names of another case beside", body: `{"VISITOR":{"id":"w"},"visitor":{"id":"v","Id":7},"Message":1,"message":{"TEXT":"b","text":"a","id":"1"},"viſitor":2}`, want: said},
		{name: "nulls", body: `{"visitor":{"id":"v","name":null,"attributes":null},"message":{"id":"1","text":"a","attachments":null,"location":null},"sent_at":null}`, want: said},
		{name: "an empty time", body: `{"visitor":{"id":"v"},"message":{"id":"1","text":"a"},"sent_at":""}`, want: said},
		{name: "a whole pair", body: `{"visitor":{"id":"v"},"message":{"id":"1","text":"\ud83d\ude00 \\ud83d"}}`, want: messages.Message{ID: "1", Text: `😀 \ud83d`}},
		{name: "the middle of the earth", body: `{"visitor":{"id":"v"},"message":{"id":"1","location":{"latitude":0,"longitude":-0.0}}}`, want: messages.Message{ID: "1", Location: &messages.Location{}}},
		{name: "a kind of another platform", body: attached(`"kind":"ig_reel"`), want: file(messages.Attachment{Kind: messages.File})},
		{name: "no kind", body: attached(`"name":"a"`), want: file(messages.Attachment{Kind: messages.File, Name: "a"})},
		{name: "no MIME type", body: attached(`"kind":"image","mime":"jpeg"`), want: file(messages.Attachment{Kind: messages.Image})},
		{name: "a long MIME type", body: attached(`"kind":"image","mime":"image/` + strings.Repeat("x", 300) + `"`), want: file(messages.Attachment{Kind: messages.Image})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			header := map[string]string{}
			if tt.kind != "" {
				header["Content-Type"] = tt.kind
			}
			resp := w.ask(request{path: "/shop/messages", body: tt.body, header: header})
			if body := read(t, resp); resp.StatusCode != http.StatusAccepted {
				t.Fatalf("%d %s", resp.StatusCode, body)
			}
			for e := range w.hub.Enquiries(t.Context(), channel.Query{}) {
				if e.Visitor.ID != "v" {
					t.Errorf("the visitor is %q", e.Visitor.ID)
				}
				for entry := range w.ch.Transcript(t.Context(), e.ID) {
					if diff := cmp.Diff(tt.want, entry.Message); diff != "" && entry.Author == channel.FromVisitor {
						t.Errorf("recorded (-want +got):\n%s", diff)
					}
					if !entry.SentAt.IsZero() {
						t.Errorf("sent at %s", entry.SentAt)
					}
				}
			}
		})
	}
}
