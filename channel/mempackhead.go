package channel

import (
	"github.com/usherchat/usher/messages"
)

// head packs everything but the ID.
func (p *packer) head(h *Head) {
	if p.reading {
		h.ID = p.conversation
	}
	packString(p, &h.Channel)
	packString(p, &h.Generation)
	packInt(p, &h.Version)
	p.visitor(&h.Visitor)
	packInt(p, &h.Seq)
	packInt(p, &h.Count)
	p.bool(&h.Greeted)
	p.time(&h.AwayAt)
	p.time(&h.ByeAt)
	p.bool(&h.Answered)
	packString(p, &h.LastStaff)
	p.time(&h.LastAt)
	packInt(p, &h.Taken)
	packInt(p, &h.Bye)
	packSlice(p, &h.Overtaken, packInt[int64])
	p.time(&h.Forgotten)
	packInt(p, &h.Base)
	for l := range h.Lane {
		p.cursor(&h.Lane[l])
	}
	rare(p, &h.State)
	if p.bit(h.Enquiry != nil) {
		if p.reading {
			h.Enquiry = new(Enquiry)
		}
		// What the visitor is said to be in both is written once.
		same := p.bit(!p.reading && sameVisitor(&h.Enquiry.Visitor, &h.Visitor))
		if same && p.reading {
			h.Enquiry.Visitor = h.Visitor
		} else if !same {
			p.visitor(&h.Enquiry.Visitor)
		}
		p.rest(h.Enquiry)
		p.enquiry = h.Enquiry.ID
	}
	p.routing(&h.Routing)
}

func (p *packer) cursor(k *Cursor) {
	if !p.bit(*k != Cursor{}) {
		*k = Cursor{}
		return
	}
	packInt(p, &k.Done)
	packInt(p, &k.Last)
	packInt(p, &k.Due)
	packInt(p, &k.Lease)
	packInt(p, &k.Token)
	packInt(p, &k.Try)
}

func (p *packer) routing(r *Routing) {
	packInt(p, &r.Round)
	p.bool(&r.Pending)
	packSlice(p, &r.Tried, (*packer).destination)
	packSlice(p, &r.Declined, (*packer).destination)
	packInt(p, &r.Wait)
	p.time(&r.Told)
	packInt(p, &r.Offer)
	p.bool(&r.Waiting)
	p.time(&r.Since)
	packInt(p, &r.Fails)
	p.time(&r.Retry)
	p.bool(&r.Away)
	p.time(&r.Opening)
	packString(p, &r.Prefer)
	rule := string(r.Rule)
	packString(p, &rule)
	if p.reading {
		r.Rule = nil
		if rule != "" {
			r.Rule = []byte(rule)
		}
	}
	p.bool(&r.Warned)
	packInt(p, &r.Epoch)
	p.time(&r.Floor)
}

// whole packs an enquiry with its visitor.
func (p *packer) whole(e *Enquiry) {
	p.visitor(&e.Visitor)
	p.rest(e)
}

// rest packs all but the visitor.
func (p *packer) rest(e *Enquiry) {
	packID(p, &e.ID)
	packInt(p, &e.Number)
	packString(p, &e.Channel)
	packWord(p, &e.Status)
	packString(p, &e.Staff.ID)
	p.person(&e.Staff.Person)
	packString(p, &e.Staff.AvatarURL)
	packInt(p, &e.Staff.Capacity)
	p.bool(&e.Staff.Bot)
	packSlice(p, &e.Offered, (*packer).destination)
	p.time(&e.OpenedAt)
	p.time(&e.AcceptedAt)
	p.time(&e.FirstReplyAt)
	p.time(&e.MissedAt)
	p.time(&e.ClosedAt)
	p.time(&e.LastMessageAt)
	packString(p, &e.Why)
	packSlice(p, &e.Reasons, (*packer).reason)
	p.bool(&e.FollowUp)
	p.destination(&e.Destination)
	p.time(&e.ReopenedAt)
	p.time(&e.FirstAcceptedAt)
	packInt(p, &e.Messages.In)
	packInt(p, &e.Messages.Out)
	packInt(p, &e.Messages.Auto)
	packInt(p, &e.Messages.Failed)
}

func (p *packer) record(r *Record) {
	packInt(p, &r.Seq)
	p.time(&r.At)
	if !p.bit(!p.reading && r.Enquiry == p.enquiry) {
		packID(p, &r.Enquiry)
		p.enquiry = r.Enquiry
	} else {
		r.Enquiry = p.enquiry
	}
	packString(p, &r.Once)
	p.bool(&r.Notify)
	p.bool(&r.Deliver)
	packWord(p, &r.Author)
	packString(p, &r.Staff)
	packString(p, &r.DisplayName)
	packString(p, &r.AvatarURL)
	packString(p, &r.Prefix)
	packWord(p, &r.Auto)
	packString(p, &r.Post)
	p.message(&r.Message)
	p.time(&r.SentAt)
	p.time(&r.DeliveredAt)
	p.time(&r.ReadAt)
	p.time(&r.Expires)
	packWord(p, &r.Delivery)
	packString(p, &r.Err)
	packWord(p, &r.Event)
	packSlice(p, &r.Destinations, (*packer).destination)
	packInt(p, &r.Wait)
	rare(p, &r.State)
	packInt(p, &r.Base)
	packInt(p, &r.Ref)
	packInt(p, &r.Again)
}

// message packs a plain text without more ado.
func (p *packer) message(m **messages.Message) {
	plain := *m != nil && (*m).Attachments == nil && (*m).Location == nil && (*m).Choices == nil &&
		(*m).Metadata == nil && (*m).Format == "" && (*m).Choice == "" && (*m).ReplyTo == ""
	if !p.bit(plain) {
		rare(p, m)
		return
	}
	if p.reading {
		*m = new(messages.Message)
	}
	packString(p, &(*m).ID)
	packString(p, &(*m).Text)
}
