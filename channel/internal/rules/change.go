package rules

import (
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/routing"
)

// Change is one change of a conversation while the rules make it: what a Store handed over, the channel's terms and
// the moment of the change. The rules are its methods. A Change belongs to one goroutine.
type Change struct {
	*conversation.Conversation
	Terms *Terms
	Now   time.Time
	Epoch int64 // of the channel, as this process knows it: how often it was resumed
}

// ensure makes an empty conversation belong to the channel and a visitor.
func (c *Change) ensure(v conversation.VisitorID) {
	c.Channel = c.Terms.Channel
	if c.Generation == "" {
		c.Generation = conversation.NewGeneration()
	}
	if c.Visitor.ID == "" {
		c.Visitor.ID = v
	}
}

// edit returns a copy of the enquiry that may be modified and becomes the latest; it will be saved.
func (c *Change) edit() *conversation.Enquiry {
	e := *c.Enquiry
	c.Enquiry = &e
	c.Save, c.Write, c.StateSeq = true, true, 0
	return &e
}

// count adds to what was said in the live enquiry. Neither the row of the enquiry nor a record's State is renewed for
// it.
func (c *Change) count(m conversation.Messages) {
	e := *c.Enquiry
	e.Messages.Add(m)
	if m.In > 0 || m.Out > 0 {
		e.LastMessageAt = c.Now
	}
	c.Enquiry = &e
	c.Write = true
	c.Save = c.Save || !e.Live() // the next enquiry will take its place in the Head
}

// add appends a record: it is given its Seq and its time, the lanes hear of it, and events get the enquiry's state.
func (c *Change) add(r conversation.Record) *conversation.Record {
	c.Seq++
	r.Seq, r.At = c.Seq, c.Now
	if r.Enquiry == "" && c.Enquiry != nil {
		r.Enquiry = c.Enquiry.ID
	}
	if r.Event != "" {
		r.Notify = true
		switch {
		case r.State != nil || c.Enquiry == nil || r.Enquiry != c.Enquiry.ID: // of an earlier one: read when told
		case c.StateSeq == 0:
			r.State, c.StateSeq = c.Enquiry, r.Seq
		default:
			r.StateSeq = c.StateSeq
		}
	}
	c.Write = true
	c.Added = append(c.Added, r)
	if r.Notify {
		c.extend(conversation.LaneNotify, r.Seq)
	}
	if r.Deliver {
		c.extend(conversation.LaneDeliver, r.Seq)
	}
	return &c.Added[len(c.Added)-1]
}

// extend makes a lane due for a new record, unless it is at work or waits for a retry already.
func (c *Change) extend(l conversation.Lane, seq int64) {
	k := &c.Lane[l]
	k.Last = seq
	if k.Due == 0 {
		k.Due = c.Now.UnixNano()
	}
}

// replace says that a found record is to be replaced; it is returned as it will be.
func (c *Change) replace(r *conversation.Record) *conversation.Record {
	for i := range c.Changed {
		if c.Changed[i].Seq == r.Seq {
			return &c.Changed[i]
		}
	}
	c.Changed = append(c.Changed, *r)
	c.Write = true
	return &c.Changed[len(c.Changed)-1]
}

// delivery is how far a message has come.
func (c *Change) delivery(r *conversation.Record) conversation.Delivery {
	return r.DeliveryAt(c.Lane[conversation.LaneDeliver].Done)
}

// because says why the enquiry is as it is.
func because(e *conversation.Enquiry, code, text string) {
	e.Why = text
	e.Reasons = []routing.Reason{{Code: code, Text: text}}
}
