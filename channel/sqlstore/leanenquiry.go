package sqlstore

import (
	"cmp"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/routing"
)

// leanEnquiry is an Enquiry as the documents of Heads and Records hold it.
type leanEnquiry struct {
	ID      string                `json:"i,omitempty"` // without the conversation
	Number  int64                 `json:"n,omitempty"`
	Channel string                `json:"h,omitempty"` // unless it is the Head's
	Visitor *leanVisitor          `json:"v,omitempty"` // unless it is the Head's
	Status  conversation.Status        `json:"s,omitempty"`
	Staff   leanStaff             `json:"p,omitzero"`
	Offered []routing.Destination `json:"o,omitempty"`

	OpenedAt        int64 `json:"t,omitempty"`
	AcceptedAt      int64 `json:"a,omitempty"`
	FirstReplyAt    int64 `json:"f,omitempty"`
	MissedAt        int64 `json:"y,omitempty"`
	ClosedAt        int64 `json:"c,omitempty"`
	LastMessageAt   int64 `json:"l,omitempty"`
	ReopenedAt      int64 `json:"x,omitempty"`
	FirstAcceptedAt int64 `json:"b,omitempty"`

	Why         string              `json:"w,omitempty"` // unless it is the text of the first reason
	Reasons     []routing.Reason    `json:"r,omitempty"`
	FollowUp    bool                `json:"u,omitempty"`
	Destination routing.Destination `json:"d,omitzero"`
	Messages    conversation.Messages    `json:"m,omitzero"`

	other leanVisitor // room for Visitor
}

// take fills l with what e says, where the reader knows a channel and a visitor already.
func (l *leanEnquiry) take(f *lean, e *conversation.Enquiry, known string, visitor *conversation.Visitor) {
	*l = leanEnquiry{
		ID: f.id(e.ID), Number: e.Number, Status: e.Status, Staff: asLeanStaff(&e.Staff), Offered: e.Offered,
		OpenedAt: f.time(e.OpenedAt), AcceptedAt: f.time(e.AcceptedAt), FirstReplyAt: f.time(e.FirstReplyAt),
		MissedAt: f.time(e.MissedAt), ClosedAt: f.time(e.ClosedAt), LastMessageAt: f.time(e.LastMessageAt),
		ReopenedAt: f.time(e.ReopenedAt), FirstAcceptedAt: f.time(e.FirstAcceptedAt),
		Reasons: e.Reasons, FollowUp: e.FollowUp, Destination: e.Destination, Messages: e.Messages,
	}
	if !sameVisitor(&e.Visitor, visitor) {
		l.other = asLeanVisitor(&e.Visitor)
		l.Visitor = &l.other
	}
	l.Channel = f.unless(e.Channel, known)
	l.Why = f.unless(e.Why, firstText(e.Reasons))
}

// give returns what e was.
func (l *leanEnquiry) give(conversation, known string, visitor *conversation.Visitor) *conversation.Enquiry {
	e := &conversation.Enquiry{
		ID: enquiryID(conversation, l.ID), Number: l.Number, Channel: cmp.Or(l.Channel, known), Visitor: *visitor,
		Status: l.Status, Staff: l.Staff.give(), Offered: l.Offered,
		OpenedAt: instant(l.OpenedAt), AcceptedAt: instant(l.AcceptedAt), FirstReplyAt: instant(l.FirstReplyAt),
		MissedAt: instant(l.MissedAt), ClosedAt: instant(l.ClosedAt), LastMessageAt: instant(l.LastMessageAt),
		ReopenedAt: instant(l.ReopenedAt), FirstAcceptedAt: instant(l.FirstAcceptedAt),
		Why: cmp.Or(l.Why, firstText(l.Reasons)), Reasons: l.Reasons, FollowUp: l.FollowUp,
		Destination: l.Destination, Messages: l.Messages,
	}
	if l.Visitor != nil {
		e.Visitor = l.Visitor.give()
	}
	return e
}

// firstText is what the reader takes an enquiry's Why to be.
func firstText(reasons []routing.Reason) string {
	if len(reasons) == 0 {
		return ""
	}
	return reasons[0].Text
}
