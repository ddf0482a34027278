package sqlstore

import "github.com/usherchat/usher/channel"

// leanRecord is a Record as its document holds it. What it does not replace is the Record's own; a name that it
// shares with the Record hides the Record's.
type leanRecord struct {
	At    int64     `json:"0"`
	Plain *struct{} `json:"a,omitempty"` // hides At
	*conversation.Record
	Enquiry     string       `json:"q,omitempty"`
	SentAt      int64        `json:"t,omitempty"`
	DeliveredAt int64        `json:"g,omitempty"`
	ReadAt      int64        `json:"u,omitempty"`
	Expires     int64        `json:"x,omitempty"`
	State       *leanEnquiry `json:"z,omitempty"`
}

// take fills l with what r says, and reports whether it can. room is for the State.
func (l *leanRecord) take(conversation string, r *conversation.Record, room *leanEnquiry) bool {
	f := lean{conversation: conversation}
	l.Record, l.At, l.Enquiry = r, f.time(r.At), f.id(r.Enquiry)
	l.SentAt, l.DeliveredAt, l.ReadAt = f.time(r.SentAt), f.time(r.DeliveredAt), f.time(r.ReadAt)
	l.Expires = f.time(r.Expires)
	if r.State != nil {
		l.State = room
		l.State.take(&f, r.State, "", &nobody)
	}
	return !f.unfit
}

// give fills in what r does not hold yet: it was the target of what l does not replace.
func (l *leanRecord) give(conversation string, r *conversation.Record) {
	r.At, r.Enquiry = instant(l.At), enquiryID(conversation, l.Enquiry)
	r.SentAt, r.DeliveredAt, r.ReadAt = instant(l.SentAt), instant(l.DeliveredAt), instant(l.ReadAt)
	r.Expires = instant(l.Expires)
	if l.State != nil {
		r.State = l.State.give(conversation, "", &nobody)
	}
}
