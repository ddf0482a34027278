package sqlstore_test

import (
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/sqlstore"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// typical is a conversation in which a visitor's question was just answered, and the record of another question.
func typical() (conversation.Head, conversation.Record) {
	opened := time.Date(2026, 3, 2, 9, 0, 0, 123_456_789, time.UTC)
	taken, said := opened.Add(40*time.Second), opened.Add(95*time.Second)
	ann := conversation.Staff{ID: "ann", Person: messages.Person{FirstName: "Ann", LastName: "Lee"}}
	v := conversation.Visitor{ID: "v337", Person: messages.Person{FirstName: "Zoe"}, Locale: "en"}
	id := conversation.EnquiryID(someConversation + "ABCDEFe1")
	why := "accepted by staff ann"
	h := conversation.Head{
		ID: someConversation, Channel: "c", Generation: "ABCDEF", Version: 9, Visitor: v, Seq: 7, Count: 1, Greeted: true,
		LastStaff: "ann", LastAt: taken, Taken: 4, StateSeq: 4, Routing: conversation.Routing{Revision: 2, Since: opened},
		Enquiry: &conversation.Enquiry{
			ID: id, Number: 1, Channel: "c", Visitor: v, Status: conversation.Handling, Staff: ann, OpenedAt: opened,
			AcceptedAt: taken, FirstAcceptedAt: taken, FirstReplyAt: said, LastMessageAt: said, Why: why,
			Reasons:     []routing.Reason{{Code: "accepted", Text: why}},
			Destination: routing.Staff("ann"), Messages: conversation.Messages{In: 1, Out: 1},
		},
	}
	h.Lane[conversation.LaneRoute].Due = opened.Add(24 * time.Hour).UnixNano()
	h.Lane[conversation.LaneNotify] = conversation.Cursor{Done: 6, Last: 7, Due: said.UnixNano(), Token: 3}
	h.Lane[conversation.LaneDeliver] = conversation.Cursor{Done: 5, Last: 5, Token: 2}
	m := messages.Message{ID: "m139", Text: "Is my parcel on its way? I ordered it last week and have not heard anything since."}
	return h, conversation.Record{
		Seq: 8, At: said, Enquiry: id, Once: "a key of twenty chars", Notify: true, Author: conversation.FromVisitor,
		Message: &m, Event: conversation.MessageReceived, StateSeq: 4,
	}
}

// BenchmarkEncode makes documents, as they are kept and, beside them, plain.
func BenchmarkEncode(b *testing.B) {
	h, r := typical()
	for _, of := range []struct {
		name   string
		encode func() (string, error)
	}{
		{"head/lean", func() (string, error) { return sqlstore.EncodeHead(&h) }},
		{"head/plain", func() (string, error) { return sqlstore.EncodeDocument(&h) }},
		{"record/lean", func() (string, error) { return sqlstore.EncodeRecord(h.ID, &r) }},
		{"record/plain", func() (string, error) { return sqlstore.EncodeDocument(&r) }},
	} {
		b.Run(of.name, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				doc, err := of.encode()
				if err != nil {
					b.Fatal(err)
				}
				size = len(doc)
			}
			b.ReportMetric(float64(size), "bytes/doc")
		})
	}
}

// BenchmarkDecode reads them.
func BenchmarkDecode(b *testing.B) {
	h, r := typical()
	document := func(doc string, err error) string {
		if err != nil {
			b.Fatal(err)
		}
		return doc
	}
	head := func(doc string) error {
		_, err := sqlstore.DecodeHead(h.ID, doc)
		return err
	}
	record := func(doc string) error { return sqlstore.DecodeRecord(h.ID, doc, new(conversation.Record)) }
	for _, of := range []struct {
		name, doc string
		decode    func(doc string) error
	}{
		{"head/lean", document(sqlstore.EncodeHead(&h)), head},
		{"head/plain", document(sqlstore.EncodeDocument(&h)), head},
		{"record/lean", document(sqlstore.EncodeRecord(h.ID, &r)), record},
		{"record/plain", document(sqlstore.EncodeDocument(&r)), record},
	} {
		b.Run(of.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := of.decode(of.doc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
