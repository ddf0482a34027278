package sqlstore

import "github.com/usherchat/usher/channel"

// leanHead is a Head as its document holds it. What it does not replace is the Head's own; a name that it shares
// with the Head hides the Head's.
type leanHead struct {
	Lane  [channel.Lanes]channel.Cursor `json:"0"`
	Plain *struct{}                     `json:"k,omitempty"` // hides Lane
	*channel.Head
	Visitor   leanVisitor  `json:"v,omitzero"`
	AwayAt    int64        `json:"a,omitempty"`
	ByeAt     int64        `json:"ba,omitempty"`
	LastAt    int64        `json:"la,omitempty"`
	Forgotten int64        `json:"f,omitempty"`
	Enquiry   *leanEnquiry `json:"q,omitempty"`
	Routing   leanRouting  `json:"r,omitzero"`
}

// take fills l with what h says, and reports whether it can. room is for the Enquiry.
func (l *leanHead) take(h *channel.Head, room *leanEnquiry) bool {
	f := lean{conversation: h.ID}
	l.Head, l.Lane = h, h.Lane
	l.Visitor = asLeanVisitor(&h.Visitor)
	l.AwayAt, l.ByeAt = f.time(h.AwayAt), f.time(h.ByeAt)
	l.LastAt, l.Forgotten = f.time(h.LastAt), f.time(h.Forgotten)
	if h.Enquiry != nil {
		l.Enquiry = room
		l.Enquiry.take(&f, h.Enquiry, h.Channel, &h.Visitor)
	}
	l.Routing.take(&f, &h.Routing)
	return !f.unfit
}

// give fills in what h does not hold yet: it was the target of what l does not replace.
func (l *leanHead) give(h *channel.Head) {
	h.Lane, h.Visitor = l.Lane, l.Visitor.give()
	h.AwayAt, h.ByeAt = instant(l.AwayAt), instant(l.ByeAt)
	h.LastAt, h.Forgotten = instant(l.LastAt), instant(l.Forgotten)
	if l.Enquiry != nil {
		h.Enquiry = l.Enquiry.give(h.ID, h.Channel, &h.Visitor)
	}
	h.Routing = l.Routing.give()
}

// leanRouting is a Routing as the document of a Head holds it.
type leanRouting struct {
	channel.Routing
	Told    int64 `json:"o,omitempty"`
	Since   int64 `json:"s,omitempty"`
	Retry   int64 `json:"y,omitempty"`
	Opening int64 `json:"g,omitempty"`
	Floor   int64 `json:"l,omitempty"`
}

func (l *leanRouting) take(f *lean, r *channel.Routing) {
	l.Routing = *r
	l.Told, l.Since, l.Retry = f.time(r.Told), f.time(r.Since), f.time(r.Retry)
	l.Opening, l.Floor = f.time(r.Opening), f.time(r.Floor)
}

func (l *leanRouting) give() channel.Routing {
	r := l.Routing
	r.Told, r.Since, r.Retry = instant(l.Told), instant(l.Since), instant(l.Retry)
	r.Opening, r.Floor = instant(l.Opening), instant(l.Floor)
	return r
}
