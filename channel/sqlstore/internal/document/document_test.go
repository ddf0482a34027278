package document_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/sqlstore/internal/document"
	"github.com/usherchat/usher/messages"
)

// filler gives every field a value, no two the same.
type filler struct {
	n    int64
	skip func() bool // leaves a field or an element as it is
}

func (f *filler) fill(v reflect.Value) {
	if f.skip != nil && f.skip() {
		return
	}
	f.n++
	if to, ok := reflect.TypeAssert[*time.Time](v.Addr()); ok {
		*to = time.Unix(1772442000+f.n, 123456789-f.n).UTC()
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("text <", f.n, ">\u2028\n\x00"))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1<<53 + f.n)
	case reflect.Uint8:
		v.SetUint(uint64(f.n)&0x7f | 1)
	case reflect.Float64:
		v.SetFloat(float64(f.n) + 0.1)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		f.fill(v.Index(0))
		f.fill(v.Index(1))
	case reflect.Array:
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(key)
		f.fill(value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				f.fill(v.Field(i))
			}
		}
	default:
		panic("no value for " + v.Type().String())
	}
}

func filled[T any](f *filler) *T {
	v := new(T)
	f.fill(reflect.ValueOf(v).Elem())
	return v
}

// times calls fn with every time within v.
func times(path string, v reflect.Value, fn func(path string, at *time.Time)) {
	if at, ok := reflect.TypeAssert[*time.Time](v.Addr()); ok {
		fn(path, at)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		times(path, v.Elem(), fn)
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			times(fmt.Sprint(path, "[", i, "]"), v.Index(i), fn)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				times(path+"."+f.Name, v.Field(i), fn)
			}
		}
	default:
	}
}

// stored are the stored types: each comes back from its document as it was.
type stored struct {
	head    *conversation.Head
	record  *conversation.Record
	enquiry *conversation.Enquiry
}

func (f *filler) stored() stored {
	return stored{filled[conversation.Head](f), filled[conversation.Record](f), filled[conversation.Enquiry](f)}
}

// kept writes and reads what is stored.
func (s stored) kept(t *testing.T) {
	t.Helper()
	head, err := document.Head(s.head)
	must(t, err)
	gotHead, err := document.ReadHead(s.head.ID, head)
	must(t, err)
	gotHead.Version = s.head.Version // the row knows it
	record, err := document.Record(s.record)
	must(t, err)
	gotRecord := conversation.Record{Seq: s.record.Seq, Once: s.record.Once} // as the row knows them
	must(t, document.ReadRecord(record, &gotRecord))
	enquiry, err := document.Enquiry(s.enquiry)
	must(t, err)
	gotEnquiry, err := document.ReadEnquiry(enquiry)
	must(t, err)
	if diff := cmp.Diff(s, stored{&gotHead, &gotRecord, gotEnquiry}, cmp.AllowUnexported(stored{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	utc := func(path string, at *time.Time) {
		if at.Location() != time.UTC {
			t.Errorf("%s: %v is not in UTC", path, at)
		}
	}
	times("Head", reflect.ValueOf(&gotHead).Elem(), utc)
	times("Record", reflect.ValueOf(&gotRecord).Elem(), utc)
	times("Enquiry", reflect.ValueOf(gotEnquiry).Elem(), utc)
	for _, doc := range []string{head, record, enquiry} {
		if strings.Contains(doc, "\n") {
			t.Errorf("a document of several lines: %s", doc) // sqlstore joins documents by line breaks
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Every field of a Head, a Record, an Enquiry and of what they hold comes back.
func TestEveryField(t *testing.T) {
	t.Parallel()
	new(filler).stored().kept(t)
}

// What is missing is missing afterwards, too: a field does not depend on another one.
func TestSomeFields(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		missing := random.Float64() * 0.7
		f := &filler{skip: func() bool { return random.Float64() < missing }}
		if f.stored().kept(t); t.Failed() {
			return
		}
	}
}

// A time comes back as the same instant in UTC, whatever its zone, in any place, from the year 1 to the year 9999.
func TestTimes(t *testing.T) {
	t.Parallel()
	s := new(filler).stored()
	places := 0
	try := func(path string, at *time.Time) {
		places++
		was := *at
		for _, extreme := range []time.Time{
			time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC), time.Unix(0, 0), time.Unix(0, -1<<63), time.Unix(0, 1<<63-1),
			time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
			time.Date(2026, 3, 2, 9, 0, 0, 1, time.FixedZone("NPT", 20700)),
		} {
			*at = extreme
			if s.kept(t); t.Failed() {
				t.Fatal(path, extreme)
			}
		}
		*at = was
	}
	times("Head", reflect.ValueOf(s.head).Elem(), try)
	times("Record", reflect.ValueOf(s.record).Elem(), try)
	times("Enquiry", reflect.ValueOf(s.enquiry).Elem(), try)
	if places < 40 {
		t.Errorf("%d times were tried", places)
	}
}

// A document of another form is an error that names it, and so is one without a form.
func TestForm(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{`{"form":2}`: "form 2", `{}`: "form 0", `{"form":`: "", `[]`: ""} {
		_, head := document.ReadHead("c", doc)
		_, enquiry := document.ReadEnquiry(doc)
		for what, err := range map[string]error{"Head": head, "Enquiry": enquiry, "Record": document.ReadRecord(doc, &conversation.Record{})} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s %s: got error %v, want one with %q", what, doc, err, want)
			}
		}
	}
}

// What was written once can be read for ever: the documents in testdata, which have all fields that there were when
// they were written, come back with each member. A new field needs no new document.
func TestWritten(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]func(doc string) (string, error){
		"head": func(doc string) (string, error) {
			h, err := document.ReadHead("c", doc)
			must(t, err)
			return document.Head(&h)
		},
		"record": func(doc string) (string, error) {
			var r conversation.Record
			must(t, document.ReadRecord(doc, &r))
			return document.Record(&r)
		},
		"enquiry": func(doc string) (string, error) {
			e, err := document.ReadEnquiry(doc)
			must(t, err)
			return document.Enquiry(e)
		},
	} {
		written, err := os.ReadFile("testdata/" + name + ".json")
		must(t, err)
		doc, err := again(string(written))
		must(t, err)
		var want, got any
		must(t, json.Unmarshal(written, &want))
		must(t, json.Unmarshal([]byte(doc), &got))
		holds(t, name, want, got)
	}
}

// holds checks that got has all that want has.
func holds(t *testing.T, path string, want, got any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		object, _ := got.(map[string]any)
		for key, value := range want {
			holds(t, path+"."+key, value, object[key])
		}
	case []any:
		list, _ := got.([]any)
		if len(list) != len(want) {
			t.Errorf("%s has %d elements, was written with %d", path, len(list), len(want))
			return
		}
		for i := range want {
			holds(t, fmt.Sprint(path, "[", i, "]"), want[i], list[i])
		}
	default:
		if want != got {
			t.Errorf("%s is %v, was written as %v", path, got, want)
		}
	}
}

// typical are a Head with a live enquiry and a visitor's message.
func typical() (*conversation.Head, *conversation.Record) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 123456789, time.UTC)
	visitor := conversation.Visitor{ID: "v337", Person: messages.Person{FirstName: "Zoe"}, Locale: "en"}
	enquiry := conversation.EnquiryID("bc0C6QwkKUiTH_DR-3-HABCDEFe1")
	text := messages.Text("Is my parcel on its way? I ordered it last week and have not heard anything since.")
	h := &conversation.Head{
		Channel: "shop", Generation: "ABCDEF", Visitor: visitor, Seq: 7, Count: 1, Greeted: true, LastStaff: "ann", LastAt: at,
		Lane:    [conversation.Lanes]conversation.Cursor{{Due: at.UnixNano()}, {}, {Done: 6, Last: 7, Lease: at.UnixNano(), Token: 3}, {Done: 5, Last: 5, Token: 2}},
		Routing: conversation.Routing{Revision: 2, Since: at},
		Enquiry: &conversation.Enquiry{
			ID: enquiry, Number: 1, Channel: "shop", Visitor: visitor, Status: conversation.Handling, Staff: conversation.Staff{ID: "ann"},
			OpenedAt: at, AcceptedAt: at, FirstReplyAt: at, LastMessageAt: at, Messages: conversation.Messages{In: 1, Out: 1},
		},
	}
	r := &conversation.Record{
		Seq: 7, At: at, Enquiry: enquiry, Notify: true, Author: conversation.FromVisitor, Message: &text,
		Event: conversation.MessageReceived, StateSeq: 4,
	}
	return h, r
}

func BenchmarkDocument(b *testing.B) {
	h, r := typical()
	head, _ := document.Head(h)
	record, _ := document.Record(r)
	for name, fn := range map[string]func() error{
		"Head":       func() error { _, err := document.Head(h); return err },
		"ReadHead":   func() error { _, err := document.ReadHead("c", head); return err },
		"Record":     func() error { _, err := document.Record(r); return err },
		"ReadRecord": func() error { return document.ReadRecord(record, &conversation.Record{}) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(map[bool]int{true: len(head), false: len(record)}[strings.HasSuffix(name, "Head")]))
			for b.Loop() {
				if err := fn(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
