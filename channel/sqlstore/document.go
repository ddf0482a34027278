package sqlstore

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"

	"github.com/usherchat/usher/channel"
)

// Every message writes a Head and a Record, so their documents are lean: times are Unix nanoseconds, which are shorter
// and far cheaper to write than dates, and what the reader knows already is left out. What the lean form cannot say is
// written plainly, as the types' own JSON. Both forms are read.

// leanMark begins every lean document and no plain one: their first member is always there and has this name.
const leanMark = `{"0":`

// encodeHead is a Head as a document. The reader has its ID and its Version.
func encodeHead(h *conversation.Head) (string, error) {
	w := writers.Get().(*writer)
	if w.head.take(h, &w.enquiry) {
		return w.write(&w.head)
	}
	return w.write(h)
}

// decodeHead is the Head of a conversation, without its Version.
func decodeHead(conversation, doc string) (conversation.Head, error) {
	h := conversation.Head{ID: conversation}
	if !strings.HasPrefix(doc, leanMark) {
		err := json.Unmarshal([]byte(doc), &h)
		return h, err
	}
	l := leanHead{Head: &h}
	err := json.Unmarshal([]byte(doc), &l)
	l.give(&h)
	return h, err
}

// encodeRecord is a record of a conversation as a document. The reader has its Seq and its Once.
func encodeRecord(conversation string, r *conversation.Record) (string, error) {
	w := writers.Get().(*writer)
	if w.record.take(conversation, r, &w.enquiry) {
		return w.write(&w.record)
	}
	return w.write(r)
}

// decodeDocument fills in what the document of a record of a conversation says.
func decodeDocument(conversation, doc string, r *conversation.Record) error {
	if !strings.HasPrefix(doc, leanMark) {
		return json.Unmarshal([]byte(doc), r)
	}
	l := leanRecord{Record: r}
	err := json.Unmarshal([]byte(doc), &l)
	l.give(conversation, r)
	return err
}

// encodeDocument is v as JSON.
func encodeDocument(v any) (string, error) { return writers.Get().(*writer).write(v) }

// writer writes documents.
type writer struct {
	bytes.Buffer
	*json.Encoder
	head    leanHead
	record  leanRecord
	enquiry leanEnquiry // of one of these
}

// writers holds those that are not used.
var writers = sync.Pool{New: func() any {
	w := &writer{}
	w.Encoder = json.NewEncoder(&w.Buffer)
	w.SetEscapeHTML(false)
	return w
}}

// write returns v as JSON. It ends the use of w.
func (w *writer) write(v any) (string, error) {
	if err := w.Encode(v); err != nil {
		return "", err // w is not used again: an Encoder may keep its error
	}
	doc := string(w.Bytes()[:w.Len()-1]) // without the line break
	if w.Cap() <= 64<<10 {
		w.Reset()
		w.head, w.record, w.enquiry = leanHead{}, leanRecord{}, leanEnquiry{}
		writers.Put(w)
	}
	return doc, nil
}
