// Package document is the form in which sqlstore keeps what no column holds: the JSON of the stored types themselves,
// with the version of that form. A field that is added to a stored type is in its documents; a version changes only when
// an old document would be read wrongly.
package document

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// Version is the form that is written. Others are not read.
const Version = 1

type head struct {
	Form int `json:"form"`
	// SharesVisitor says that the Enquiry's Visitor is the Head's, and is left out. Nearly every change writes a Head: a
	// tenth of its document is saved.
	SharesVisitor bool `json:"shares_visitor,omitempty"`
	*conversation.Head
}

type record struct {
	Form int `json:"form"`
	*conversation.Record
}

type enquiry struct {
	Form int `json:"form"`
	*conversation.Enquiry
}

// Head is the document of a Head. The reader knows its ID and its Version.
func Head(h *conversation.Head) (string, error) {
	if h.Enquiry == nil || !h.Enquiry.Visitor.Same(&h.Visitor) {
		return write(head{Form: Version, Head: h})
	}
	copied, enquiry := *h, h.Enquiry.Anonymous()
	copied.Enquiry = &enquiry
	return write(head{Form: Version, SharesVisitor: true, Head: &copied})
}

// ReadHead is the Head of the conversation with that id, without its Version.
func ReadHead(id, doc string) (conversation.Head, error) {
	h := conversation.Head{ID: id}
	to := head{Head: &h}
	err := read(doc, &to, &to.Form)
	if to.SharesVisitor && h.Enquiry != nil {
		h.Enquiry.Visitor = h.Visitor
	}
	return h, err
}

// Record is the document of a record. The reader knows its Seq and its Once.
func Record(r *conversation.Record) (string, error) { return write(record{Version, r}) }

// ReadRecord fills in what the document of a record says.
func ReadRecord(doc string, r *conversation.Record) error {
	to := record{Record: r}
	return read(doc, &to, &to.Form)
}

// Enquiry is the document of an enquiry.
func Enquiry(e *conversation.Enquiry) (string, error) { return write(enquiry{Version, e}) }

// ReadEnquiry is the enquiry of a document.
func ReadEnquiry(doc string) (*conversation.Enquiry, error) {
	e := &conversation.Enquiry{}
	to := enquiry{Enquiry: e}
	err := read(doc, &to, &to.Form)
	return e, err
}

// write is v as JSON, in one line.
func write(v any) (string, error) {
	var b strings.Builder // Encode writes once: the document is allocated at its size and not copied
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

func read(doc string, to any, form *int) error {
	if err := json.Unmarshal([]byte(doc), to); err != nil {
		return err
	}
	if *form != Version {
		return fmt.Errorf("a document of form %d, known is %d", *form, Version)
	}
	inUTC(reflect.ValueOf(to))
	return nil
}

// inUTC sets every time within v to UTC: a program reads the same, whatever the time zone of the machine that wrote it.
// It finds the times by reflection, so that there is no list of them to forget one in.
func inUTC(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			inUTC(v.Elem())
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			inUTC(v.Index(i))
		}
	case reflect.Struct:
		if at, ok := reflect.TypeAssert[*time.Time](v.Addr()); ok {
			*at = at.UTC()
			return
		}
		for _, f := range v.Fields() {
			if f.CanSet() {
				inUTC(f)
			}
		}
	default:
	}
}
