package exact_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/internal/exact"
)

// thing has a value of every type that can be read.
type thing struct {
	Name   string            `json:"name"`
	Yes    bool              `json:"yes"`
	Count  int64             `json:"count"`
	Size   float64           `json:"size"`
	At     time.Time         `json:"at"`
	Tags   map[string]string `json:"tags"`
	Things []thing           `json:"things"`
	Raw    json.RawMessage   `json:"raw"`
}

func read(r *exact.Reader) (t thing) {
	for name := range r.Members() {
		switch name {
		case "name":
			t.Name = r.String()
		case "yes":
			t.Yes = r.Bool()
		case "count":
			t.Count = r.Int()
		case "size":
			t.Size = r.Float()
		case "at":
			t.At = r.Time()
		case "tags":
			t.Tags = r.Strings()
		case "things":
			for range r.Items() {
				t.Things = append(t.Things, read(r))
			}
		case "raw":
			t.Raw = r.Raw()
		}
	}
	return t
}

func TestReader(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 10, 0, 0, 5e8, time.UTC)
	for _, tt := range []struct {
		name, body string
		want       thing
		fault      string
	}{
		{name: "nothing", body: `{}`},
		{name: "null", body: `null`},
		{
			name: "everything", body: ` {"name" : "a\"\\" ,"yes":true,"count":-7,"size":1.5e3,"at":"2026-11-22T10:00:00.5Z","tags":{"a":"b","":"\u00e9"},` +
				`"things":[{"name":"é😀\ud83d\ude00"},{},null , {"yes":false}],"raw":[ {"a":"]}"} , 1 ] } `,
			want: thing{
				Name: `a"\`, Yes: true, Count: -7, Size: 1500, At: at, Tags: map[string]string{"a": "b", "": "é"},
				Things: []thing{{Name: "é😀😀"}, {}, {}, {}}, Raw: json.RawMessage(`[ {"a":"]}"} , 1 ]`),
			},
		},
		{name: "nulls", body: `{"name":null,"yes":null,"count":null,"size":null,"at":null,"tags":null,"things":null}`},
		{name: "an empty time", body: `{"at":""}`},
		{name: "other members", body: `{"a":{"name":"x"},"b":["\\\"]"],"name":"n","c":1,"d":null,"Name":"N","NAME":1,"e":"\\\\"}`, want: thing{Name: "n"}},
		{name: "other cases alone", body: `{"Name":"N","NAME":1,"ſize":1,"raẘ":1}`},
		{name: "an escaped name", body: `{"n\u0061me":"n"}`, want: thing{Name: "n"}},
		{name: "no object", body: `[1]`, fault: "the body must be an object, not an array"},
		{name: "a string", body: `"x"`, fault: "the body must be an object, not a string"},
		{
			name: "wrong types", body: `{"name":{"name":"x"},"yes":"yes","count":true,"size":"5","at":7,"tags":[],"things":{},"raw":1}`,
			want: thing{Raw: json.RawMessage("1")},
			fault: "name: must be a string, not an object\nyes: must be true or false, not a string\ncount: must be a number, not true\n" +
				"size: must be a number, not a string\nat: must be a string, not a number\ntags: must be an object, not an array\n" +
				"things: must be an array, not an object",
		},
		{name: "not whole", body: `{"count":1.0}`, fault: "count: must be a whole number of 64 bits"},
		{name: "too large", body: `{"count":9223372036854775808,"size":1e999}`, fault: "count: must be a whole number of 64 bits\nsize: is too large a number"},
		{name: "no time", body: `{"at":"2026-11-22 10:00:00Z"}`, fault: "at: must be a time as in RFC 3339"},
		{
			name: "deep inside", body: `{"things":[{},{"things":[{"tags":{"a":"b","c d":1}},{"count":"x"}]}]}`,
			want:  thing{Things: []thing{{}, {Things: []thing{{Tags: map[string]string{"a": "b", "c d": ""}}, {}}}}},
			fault: "things[1].things[0].tags.c d: must be a string, not a number\nthings[1].things[1].count: must be a number, not a string",
		},
		{name: "too many", body: `{"things":[` + strings.Repeat("null,", 1000) + `null],"name":"n"}`, want: thing{Name: "n", Things: make([]thing, 1000)}, fault: "things: has more than 1000 items"},
		{name: "not JSON", body: `{"name":"a","things":[{"count":01}]}`, fault: "things[0].count: is not JSON, at byte 31"},
		{name: "cut off", body: `{"name":`, fault: "name: is not JSON, at byte 8"},
		{name: "more behind", body: `{}{}`, fault: "the body is not JSON, at byte 2"},
		{name: "twice", body: `{"things":[{"name":"a","n\u0061me":"a"}]}`, fault: "things[0].name: is there twice"},
		{name: "twice in what is not known", body: `{"x":{"\u0000":1,"\u0000":1}}`, fault: `x."\x00": is there twice`},
		{name: "Latin-1", body: "{\"tags\":{\"a\":\"\xe9\"}}", fault: "tags.a: is not UTF-8, at byte 14"},
		{name: "half of a pair", body: `{"x":["\ud83d"]}`, fault: "x[0]: has half of a surrogate pair, at byte 7"},
		{name: "half of a pair in a name", body: `{"x":{"\udc00":1}}`, fault: "x: has half of a surrogate pair, at byte 7"},
		{name: "too deep", body: `{"x":` + strings.Repeat("[", 512), fault: "…" + strings.Repeat("[0]", 40) + ": is nested deeper than 512"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, before := range []string{"", "\ufeff"} {
				r, err := exact.NewReader([]byte(before + tt.body))
				var got thing
				if err == nil {
					got = read(r)
					err = r.Err()
				}
				fault := ""
				if err != nil {
					fault = err.Error()
				}
				if before != "" && strings.Contains(tt.fault, "at byte") {
					continue // at another one
				}
				if diff := cmp.Diff(tt.fault, fault); diff != "" {
					t.Errorf("faults (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("value (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// A loop that is left early leaves the Reader behind the object or the array.
func TestReaderLeavesEarly(t *testing.T) {
	t.Parallel()
	r, err := exact.NewReader([]byte(`[{"a":1,"b":[2,3]},[4,[5]],"last"]`))
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for i := range r.Items() {
		switch i {
		case 0:
			for range r.Members() {
				break
			}
		case 1:
			for range r.Items() {
				r.Int()
				break
			}
		default:
			got = r.String()
		}
	}
	if err := r.Err(); got != "last" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
}

// walk reads the whole body as encoding/json would.
func walk(t *testing.T, b []byte) {
	t.Helper()
	r, _ := exact.NewReader(b)
	var want any
	if err := json.Unmarshal([]byte(strings.TrimPrefix(string(b), "\ufeff")), &want); err != nil {
		return // a number that is too large
	}
	if diff := cmp.Diff(want, whatever(r)); diff != "" || r.Err() != nil {
		t.Errorf("%q: %v (-want +got):\n%s", b, r.Err(), diff)
	}
}

func whatever(r *exact.Reader) any {
	look := *r
	switch raw := look.Raw(); raw[0] {
	case '{':
		object := map[string]any{}
		for name := range r.Members() {
			object[name] = whatever(r)
		}
		return object
	case '[':
		array := []any{}
		for range r.Items() {
			array = append(array, whatever(r))
		}
		return array
	case '"':
		return r.String()
	case 't', 'f':
		return r.Bool()
	case 'n':
		r.Raw()
		return nil
	default:
		return r.Float()
	}
}

func TestMediaType(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		types []string
		codes []string
		want  string
		bad   bool
	}{
		{name: "none"},
		{name: "JSON", types: []string{"application/json"}, want: "application/json"},
		{name: "another case and parameter", types: []string{"Application/JSON; v=1"}, want: "application/json"},
		{name: "UTF-8", types: []string{`application/json;charset="UTF-8"`}, want: "application/json"},
		{name: "UTF-8 without its hyphen", types: []string{"application/json; Charset=utf8"}, want: "application/json"},
		{name: "not compressed", types: []string{"application/json"}, codes: []string{"Identity"}, want: "application/json"},
		{name: "another type", types: []string{"text/plain"}, want: "text/plain"},
		{name: "two types", types: []string{"application/json", "application/json"}, bad: true},
		{name: "no type", types: []string{"json; =;"}, bad: true},
		{name: "Latin-1", types: []string{"application/json; charset=iso-8859-1"}, bad: true},
		{name: "UTF-16", types: []string{"application/json; charset=utf-16"}, bad: true},
		{name: "a charset without a name", types: []string{`application/json; charset=""`}, bad: true},
		{name: "two charsets", types: []string{"application/json; charset=utf-8; charset=iso-8859-1"}, bad: true},
		{name: "gzip", types: []string{"application/json"}, codes: []string{"gzip"}, bad: true},
		{name: "identity, then gzip", types: []string{"application/json"}, codes: []string{"identity", "gzip"}, bad: true},
	} {
		h := http.Header{"Content-Type": tt.types, "Content-Encoding": tt.codes}
		if got, err := exact.MediaType(h); got != tt.want || err != nil != tt.bad {
			t.Errorf("%s: %q, %v", tt.name, got, err)
		}
	}
}
