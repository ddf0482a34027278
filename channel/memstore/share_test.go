package memstore_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/memstore"
)

// roomy gives every slice below v one element and room for more, and every pointer a value.
func roomy(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		roomy(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 8))
	case reflect.Struct:
		for f := range v.Type().Fields() {
			if f.IsExported() && f.Type != reflect.TypeFor[time.Time]() {
				roomy(v.FieldByIndex(f.Index))
			}
		}
	default:
	}
}

// tight reports every slice below v that has room behind its end, but for those of a message, which is never modified.
func tight(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			tight(t, path, v.Elem())
		}
	case reflect.Slice:
		if v.Len() != 1 || v.Cap() != 1 {
			t.Errorf("%s has %d elements and room for %d; two who append to it would write to the same place", path, v.Len(), v.Cap())
		}
	case reflect.Struct:
		for f := range v.Type().Fields() {
			if f.IsExported() && f.Name != "Message" {
				tight(t, path+"."+f.Name, v.FieldByIndex(f.Index))
			}
		}
	default:
	}
}

// What is looked at is shared with the store and with others who look. Appending to it must not reach them.
func TestSharedSlicesHaveNoRoom(t *testing.T) {
	t.Parallel()
	s, id := memstore.New(), conversation.ID("shop", "ann")
	var r conversation.Record
	roomy(reflect.ValueOf(&r).Elem())
	change(t, s, id, conversation.Look{}, func(c *conversation.Conversation) {
		roomy(reflect.ValueOf(&c.Head).Elem())
		c.Generation = "GENERA"
		c.Enquiry.ID, c.Enquiry.Channel = c.EnquiryID(1), "shop"
		r.Seq, r.Enquiry = 1, c.Enquiry.ID
		c.ID, c.Channel, c.Added, c.Save, c.Write = id, "shop", []conversation.Record{r}, true, true
	})
	change(t, s, id, conversation.Look{Records: []int64{1}}, func(c *conversation.Conversation) {
		tight(t, "added record", reflect.ValueOf(c.Found[0]))
		tight(t, "head", reflect.ValueOf(c.Head))
		c.Changed, c.Write = []conversation.Record{r}, true
	})
	streams := 0
	for r := range s.Records(t.Context(), r.Enquiry) {
		tight(t, "changed record", reflect.ValueOf(r))
		streams++
	}
	for e := range s.Enquiries(t.Context(), conversation.Query{}) {
		tight(t, "enquiry", reflect.ValueOf(e))
		streams++
	}
	if streams != 2 {
		t.Errorf("%d records and enquiries are yielded, want 1 and 1", streams)
	}
}
