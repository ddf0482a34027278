package sqlstore

import (
	"encoding/hex"
	"math"
	"math/rand/v2"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/sqlstore/internal/document"
)

// rows are a slot's changes as the tables hold them.
type rows struct {
	head      conversationRow
	added     []recordRow
	changed   []recordRow
	enquiries []enquiryRow
}

// encode makes the rows of what the slot is to write.
func (m *slot) encode() error {
	doc, err := document.Head(&m.head)
	if err != nil {
		return err
	}
	next := func(l conversation.Lane) *int64 {
		if at := m.head.Lane[l].Next(); at != 0 {
			return &at
		}
		return nil
	}
	r := &rows{head: conversationRow{
		ID: m.key, Version: m.stamp + int64(m.writes), Channel: textColumn(m.head.Channel), Head: doc, Was: m.stamp,
		NextRoute: next(conversation.LaneRoute), NextWait: next(conversation.LaneWait), NextNotify: next(conversation.LaneNotify),
		NextDeliver: next(conversation.LaneDeliver), NextChannel: next(conversation.LaneChannel),
	}}
	if m.stamp == 0 {
		r.head.Version += newStamp()
	}
	if e := m.head.Enquiry; e != nil {
		r.head.Enquiry = optional(string(e.ID))
	}
	if r.added, err = encodeRecords(m.key, m.added); err != nil {
		return err
	}
	if r.changed, err = encodeRecords(m.key, m.changed); err != nil {
		return err
	}
	for _, e := range m.saves {
		row, err := encodeEnquiry(m.key, e, m.firstSeq(e.ID))
		if err != nil {
			return err
		}
		r.enquiries = append(r.enquiries, row)
	}
	m.rows = r
	return nil
}

// encodable reports why rows cannot be made of a change, before the change is given a number that would be lost.
func encodable(c *conversation.Conversation) error {
	_, err := document.Head(&c.Head)
	if err == nil {
		_, err = encodeRecords("", c.Added)
	}
	if err == nil {
		_, err = encodeRecords("", c.Changed)
	}
	return err
}

// firstSeq is where the records of an enquiry begin, if it is a new one.
func (m *slot) firstSeq(id conversation.EnquiryID) int64 {
	for i := range m.added {
		if m.added[i].Enquiry == id {
			return m.added[i].Seq
		}
	}
	return m.head.Seq + 1
}

func encodeRecords(key string, list []conversation.Record) ([]recordRow, error) {
	if len(list) == 0 {
		return nil, nil
	}
	out := make([]recordRow, len(list))
	for i := range list {
		r := &list[i]
		doc, err := document.Record(r)
		if err != nil {
			return nil, err
		}
		out[i] = recordRow{
			Conversation: key, Seq: r.Seq, Once: optional(r.Once), Enquiry: optional(string(r.Enquiry)),
			Notify: r.Notify, Deliver: r.Deliver, Doc: doc,
		}
	}
	return out, nil
}

// decodeRecord is a record from a row; one without a document was forgotten.
func decodeRecord(seq int64, once, doc *string) (item, error) {
	r := &conversation.Record{Seq: seq}
	size := 0
	if doc != nil {
		if err := document.ReadRecord(*doc, r); err != nil {
			return item{r, 0}, err
		}
		size = len(*doc)
	}
	r.Seq = seq
	if once != nil {
		r.Once = original(*once)
	}
	return item{r, recordSize + size}, nil
}

// recordSize is about how many bytes a record takes beside its texts.
const recordSize = 512

// sizeOf is about how many bytes a record takes.
func sizeOf(r *conversation.Record) int {
	size := recordSize
	if m := r.Message; m != nil {
		size += len(m.Text) + 256*(len(m.Attachments)+len(m.Choices)+len(m.Metadata))
		for _, a := range m.Attachments {
			size += len(a.URL) + len(a.Caption) + len(a.Name)
		}
		for key, value := range m.Metadata {
			size += len(key) + len(value)
		}
	}
	return size
}

func encodeEnquiry(key string, e *conversation.Enquiry, first int64) (enquiryRow, error) {
	doc, err := document.Enquiry(e)
	return enquiryRow{
		ID: textColumn(string(e.ID)), Conversation: key, Channel: textColumn(e.Channel), Number: e.Number,
		Visitor: textColumn(string(e.Visitor.ID)), Status: textColumn(string(e.Status)), Staff: textColumn(e.Staff.ID),
		OpenedAt: nanos(e.OpenedAt), AcceptedAt: optionalTime(e.AcceptedAt), FirstReplyAt: optionalTime(e.FirstReplyAt),
		MissedAt: optionalTime(e.MissedAt), ClosedAt: optionalTime(e.ClosedAt), FollowUp: e.FollowUp, FirstSeq: first, Doc: doc,
	}, err
}

// A stamp tells states of a conversation apart, also of one that was removed and made again: the changes that were
// made to it, 32 bits, and above them a random number drawn when its row was made.
const stampBits = 32

func version(stamp int64) int64 { return stamp & (1<<stampBits - 1) }

func newStamp() int64 { return (1 + rand.Int64N(1<<(63-stampBits)-1)) << stampBits } //nolint:gosec // to tell apart, not to keep secret

// nanos is a time as a column holds it: Unix nanoseconds; times before 1678 and after 2262 are those bounds.
func nanos(t time.Time) int64 {
	switch year := t.Year(); {
	case year < 1678:
		return math.MinInt64 + 1
	case year > 2261:
		return math.MaxInt64
	default:
		return t.UnixNano()
	}
}

// optionalTime and optional make the zero value null.
func optionalTime(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	return new(nanos(t))
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return new(textColumn(s))
}

// escaped marks a text that no text column takes as it is.
const escaped = `\x`

// textColumn is a text as a column holds it: one that is not UTF-8 or contains NUL is written in hexadecimal.
func textColumn(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 && !strings.HasPrefix(s, escaped) {
		return s
	}
	return escaped + hex.EncodeToString([]byte(s))
}

// original is the text that textColumn turned into s.
func original(s string) string {
	if hexed, ok := strings.CutPrefix(s, escaped); ok {
		if b, err := hex.DecodeString(hexed); err == nil {
			return string(b)
		}
	}
	return s
}
