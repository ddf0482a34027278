package sqlstore_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/sqlstore"
	"github.com/usherchat/usher/routing"
)

const someConversation = "bc0C6QwkKUiTH_DR-3-H"

// filler gives values a content, no two the same.
type filler struct {
	n    int64
	skip func() bool // leaves a field or an element as it is
}

func (f *filler) fill(v reflect.Value) {
	if f.skip != nil && f.skip() {
		return
	}
	f.n++
	switch to := v.Addr().Interface().(type) {
	case *time.Time:
		*to = time.Unix(1772442000+f.n, 123456789-f.n).UTC()
		return
	case *conversation.EnquiryID:
		*to = conversation.EnquiryID(fmt.Sprint(someConversation, "ABCDEFe", f.n))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("text ", f.n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(f.n)
	case reflect.Uint8:
		v.SetUint(uint64(f.n)&0x7f | 1)
	case reflect.Float64:
		v.SetFloat(float64(f.n))
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
		panic("no content for " + v.Type().String())
	}
}

// filled is a Head and a Record with the content that f gives them.
func (f *filler) filled() (conversation.Head, conversation.Record) {
	var h conversation.Head
	var r conversation.Record
	f.fill(reflect.ValueOf(&h).Elem())
	f.fill(reflect.ValueOf(&r).Elem())
	h.ID = someConversation
	return h, r
}

// visit calls fn with every value of a type within v.
func visit[T any](v reflect.Value, fn func(path string, at *T)) { visitAt("", v, fn) }

func visitAt[T any](path string, v reflect.Value, fn func(string, *T)) {
	if at, ok := reflect.TypeAssert[*T](v.Addr()); ok {
		fn(path, at)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		visitAt(path, v.Elem(), fn)
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			visitAt(fmt.Sprint(path, "[", i, "]"), v.Index(i), fn)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				visitAt(path+"."+f.Name, v.Field(i), fn)
			}
		}
	}
}

func same() []cmp.Option {
	return []cmp.Option{cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(conversation.Record{})}
}

// keepsHead sees that a Head comes back from its document, and returns the document.
func keepsHead(t *testing.T, h conversation.Head) string {
	t.Helper()
	doc, err := sqlstore.EncodeHead(&h)
	if err != nil {
		t.Fatal(err)
	}
	got, err := sqlstore.DecodeHead(h.ID, doc)
	if err != nil {
		t.Fatal(err)
	}
	got.Version = h.Version
	if diff := cmp.Diff(h, got, same()...); diff != "" {
		t.Errorf("the Head (-want +got):\n%s\n%s", diff, doc)
	}
	return doc
}

// keepsRecord does the same for a Record.
func keepsRecord(t *testing.T, r conversation.Record) string {
	t.Helper()
	doc, err := sqlstore.EncodeRecord(someConversation, &r)
	if err != nil {
		t.Fatal(err)
	}
	got := conversation.Record{Seq: r.Seq, Once: r.Once}
	if err := sqlstore.DecodeRecord(someConversation, doc, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, got, same()...); diff != "" {
		t.Errorf("the Record (-want +got):\n%s\n%s", diff, doc)
	}
	return doc
}

func isLean(doc string) bool { return strings.HasPrefix(doc, sqlstore.LeanMark) }

// TestEveryField: a field that was added to a Head, to a Record, or to what they hold is in their lean documents.
func TestEveryField(t *testing.T) {
	t.Parallel()
	h, r := new(filler).filled()
	for what, doc := range map[string]string{"Head": keepsHead(t, h), "Record": keepsRecord(t, r)} {
		if !isLean(doc) {
			t.Errorf("the document of a %s is not lean: %s", what, doc)
		}
	}
}

// TestSomeFields: whatever is missing is missing afterwards.
func TestSomeFields(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	lean := 0
	for range 2000 {
		missing := random.Float64() * 0.7
		f := &filler{skip: func() bool { return random.Float64() < missing }}
		h, r := f.filled()
		if e := h.Enquiry; e != nil {
			if random.IntN(2) == 0 {
				e.Visitor = h.Visitor
			}
			if random.IntN(2) == 0 {
				e.Channel = h.Channel
			}
			if random.IntN(2) == 0 && len(e.Reasons) > 0 {
				e.Why = e.Reasons[random.IntN(len(e.Reasons))].Text
			}
		}
		if isLean(keepsHead(t, h)) {
			lean++
		}
		if isLean(keepsRecord(t, r)) {
			lean++
		}
		if t.Failed() {
			return
		}
	}
	if lean < 2000 {
		t.Errorf("of 4000 documents %d are lean", lean)
	}
}

// TestOtherVisitor: an enquiry keeps its own visitor if there is any difference to the Head's.
func TestOtherVisitor(t *testing.T) {
	t.Parallel()
	differ := func(change func(v *conversation.Visitor)) {
		h, _ := new(filler).filled()
		h.Enquiry.Visitor = h.Visitor
		change(&h.Enquiry.Visitor)
		if doc := keepsHead(t, h); !isLean(doc) {
			t.Errorf("the document is not lean: %s", doc)
		}
	}
	differ(func(v *conversation.Visitor) { *v = conversation.Visitor{} })
	for _, f := range reflect.VisibleFields(reflect.TypeFor[conversation.Visitor]()) {
		differ(func(v *conversation.Visitor) { reflect.ValueOf(v).Elem().FieldByIndex(f.Index).SetZero() })
	}
}

// TestExtremeTimes: an instant that nanoseconds cannot hold, in any place, and the one that they call 0.
func TestExtremeTimes(t *testing.T) {
	t.Parallel()
	extremes := []time.Time{
		time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC), time.Date(1677, 9, 21, 0, 12, 43, 145_224_191, time.UTC),
		time.Unix(0, 0).UTC(), time.Date(2262, 4, 11, 23, 47, 16, 854_775_808, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
	}
	h, r := new(filler).filled()
	places := 0
	try := func(path string, at *time.Time, keeps func() string) {
		was := *at
		for _, extreme := range extremes {
			*at = extreme
			// What the lean form does not replace are times as they were.
			if doc := keeps(); isLean(doc) && !strings.Contains(doc, extreme.Format(time.RFC3339Nano)) {
				t.Errorf("%s: %v as nanoseconds", path, extreme)
			}
		}
		*at = was
		places++
	}
	visit(reflect.ValueOf(&h).Elem(), func(path string, at *time.Time) {
		try("Head"+path, at, func() string { return keepsHead(t, h) })
	})
	visit(reflect.ValueOf(&r).Elem(), func(path string, at *time.Time) {
		try("Record"+path, at, func() string { return keepsRecord(t, r) })
	})
	if places < 30 {
		t.Errorf("%d times were tried", places)
	}
}

// TestUTC: times come back in UTC, the first and the last one of those that are lean as well.
func TestUTC(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Time{
		time.Date(2026, 3, 2, 9, 0, 0, 1, time.FixedZone("NPT", 20700)), time.Unix(0, -1<<63), time.Unix(0, 1<<63-1), time.Unix(0, 1),
	} {
		h := conversation.Head{ID: someConversation, LastAt: at, Enquiry: &conversation.Enquiry{OpenedAt: at}}
		doc := keepsHead(t, h)
		got, err := sqlstore.DecodeHead(h.ID, doc)
		if err != nil || !isLean(doc) || got.LastAt.Location() != time.UTC || got.Enquiry.OpenedAt.Location() != time.UTC {
			t.Errorf("%v, %v, %s", got.LastAt, err, doc)
		}
	}
}

// TestUnsayable: what the lean form cannot say is written plainly.
func TestUnsayable(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(e *conversation.Enquiry){
		"an id of another conversation": func(e *conversation.Enquiry) { e.ID = "AAAAAAAAAAAAAAAAAAAAABCDEFe1" },
		"an id that is not ours":        func(e *conversation.Enquiry) { e.ID = someConversation },
		"no channel":                    func(e *conversation.Enquiry) { e.Channel = "" },
		"no words beside a reason":      func(e *conversation.Enquiry) { e.Why = "" },
	} {
		h, _ := new(filler).filled()
		change(h.Enquiry)
		if doc := keepsHead(t, h); isLean(doc) {
			t.Errorf("%s: %s", name, doc)
		}
	}
	for name, change := range map[string]func(r *conversation.Record){
		"an id of another conversation": func(r *conversation.Record) { r.Enquiry = "AAAAAAAAAAAAAAAAAAAAABCDEFe1" },
		"the same in its State":         func(r *conversation.Record) { r.State.ID = "AAAAAAAAAAAAAAAAAAAAABCDEFe1" },
		"no words beside a reason":      func(r *conversation.Record) { r.State.Why = "" },
	} {
		_, r := new(filler).filled()
		change(&r)
		if doc := keepsRecord(t, r); isLean(doc) {
			t.Errorf("%s: %s", name, doc)
		}
	}
}

// TestPlainDocuments: plain documents are read, also those with hardly anything in them.
func TestPlainDocuments(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for doc, want := range map[string]conversation.Head{
		`{"k":[{"d":1},{},{},{},{"u":2}],"x":{"s":true}}`: {
			Lane: [conversation.Lanes]conversation.Cursor{{Done: 1}, {}, {}, {}, {Due: 2}}, State: &conversation.ChannelState{Suspended: true},
		},
		`{"c":"shop","v":{"id":"ann"},"la":"2026-03-02T09:00:00Z","q":{"id":"e","number":1,"channel":"","visitor":{"id":""},"status":"opened",` +
			`"opened_at":"2026-03-02T09:00:00Z","reasons":[{"code":"c","text":"t"}]},"r":{"s":"2026-03-02T09:00:00Z"},"k":[{},{},{},{},{}]}`: {
			Channel: "shop", Visitor: conversation.Visitor{ID: "ann"}, LastAt: at,
			Enquiry: &conversation.Enquiry{
				ID: "e", Number: 1, Status: conversation.Opened, OpenedAt: at, Reasons: []routing.Reason{{Code: "c", Text: "t"}},
			},
			Routing: conversation.Routing{Since: at},
		},
	} {
		want.ID = someConversation
		got, err := sqlstore.DecodeHead(someConversation, doc)
		if diff := cmp.Diff(want, got, same()...); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", doc, err, diff)
		}
	}
	var got conversation.Record
	err := sqlstore.DecodeRecord(someConversation, `{"a":"2026-03-02T09:00:00Z","q":"e","n":true,"z":{"id":"e"}}`, &got)
	want := conversation.Record{At: at, Enquiry: "e", Notify: true, State: &conversation.Enquiry{ID: "e"}}
	if diff := cmp.Diff(want, got, same()...); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestLeanDocuments: documents that were written once are read for ever.
func TestLeanDocuments(t *testing.T) {
	t.Parallel()
	h, r := typical()
	const head = `{"0":[{"u":1772528400123456789},{},{"d":6,"l":7,"u":1772442095123456789,"t":3},{"d":5,"l":5,"t":2},{}],` +
		`"c":"c","g":"ABCDEF","s":7,"n":1,"w":true,"ls":"ann","tk":4,"b":4,"v":{"i":"v337","f":"Zoe","l":"en"},"la":1772442040123456789,` +
		`"q":{"i":"ABCDEFe1","n":1,"s":"handling","p":{"i":"ann","f":"Ann","s":"Lee"},"t":1772442000123456789,"a":1772442040123456789,` +
		`"f":1772442095123456789,"l":1772442095123456789,"b":1772442040123456789,"r":[{"code":"accepted","text":"accepted by staff ann"}],` +
		`"d":{"type":"staff","id":"ann"},"m":{"in":1,"out":1}},"r":{"n":2,"s":1772442000123456789}}`
	if got := keepsHead(t, h); got != head {
		t.Errorf("got %s, want %s", got, head)
	}
	const record = `{"0":1772442095123456789,"n":true,"f":"visitor","m":{"id":"m139","text":"Is my parcel on its way? I ordered it last ` +
		`week and have not heard anything since."},"k":"message.received","b":4,"q":"ABCDEFe1"}`
	if got := keepsRecord(t, r); got != record {
		t.Errorf("got %s, want %s", got, record)
	}
}
