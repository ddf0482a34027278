package rules

import (
	"maps"
	"slices"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// Receive records a visitor's message and opens an enquiry for it if there is none.
func (c *Change) Receive(in conversation.Inbound) conversation.Accepted {
	key := onceKey(visitorSide, in.Message.ID)
	if r := c.Once(key); r != nil {
		return conversation.Accepted{Enquiry: r.Enquiry, Message: c.MessageID(r.Seq), Duplicate: true}
	}
	if echoed, ok := c.echo(conversation.MessageID(in.Message.ID)); ok {
		return echoed
	}
	c.ensure(in.Visitor.ID)
	c.meet(in.Visitor)
	opened := c.open()
	m := in.Message
	m.ReplyTo = c.ownID(visitorSide, m.ReplyTo)
	c.refresh()
	c.count(conversation.Messages{In: 1})
	r := c.add(conversation.Record{
		Once: key, Event: conversation.MessageReceived, Author: conversation.FromVisitor, Message: &m, SentAt: in.SentAt,
	})
	accepted := conversation.Accepted{Enquiry: c.Enquiry.ID, Message: c.MessageID(r.Seq)}
	c.sayWelcome()
	if opened {
		c.post(postOpened)
	}
	c.Routing.Warned = false
	c.schedule()
	return accepted
}

// echo recognises an id that we gave to a message of this conversation: the source tells us what it has from us. A
// message that was forgotten is one too, although nothing is left to look at.
func (c *Change) echo(id conversation.MessageID) (conversation.Accepted, bool) {
	seq := id.Seq()
	if c.MessageID(seq) != id || seq > c.Seq {
		return conversation.Accepted{}, false
	}
	accepted := conversation.Accepted{Message: id, Duplicate: true}
	if r := c.Record(seq); r != nil {
		accepted.Enquiry = r.Enquiry
		if r.Message == nil && (r.Event != "" || r.Post != "" || r.Ref != 0) { // it tells of something, and has another id
			return conversation.Accepted{}, false
		}
	}
	return accepted, true
}

// meet keeps what is newly known of the visitor.
func (c *Change) meet(v conversation.Visitor) {
	k := c.Visitor
	set := func(to *string, from string) {
		if from != "" {
			*to = from
		}
	}
	set(&k.FirstName, v.FirstName)
	set(&k.LastName, v.LastName)
	set(&k.Name, v.Name)
	set(&k.AvatarURL, v.AvatarURL)
	set(&k.Locale, v.Locale)
	if v.FirstName != "" || v.LastName != "" {
		k.FamilyFirst = v.FamilyFirst
	}
	for name, value := range v.Attributes {
		if k.Attributes[name] == value {
			continue
		}
		attributes := maps.Clone(k.Attributes)
		if attributes == nil {
			attributes = map[string]string{}
		}
		if value == "" {
			delete(attributes, name)
		} else if _, known := attributes[name]; known || len(attributes) < c.Terms.MaxAttributes {
			attributes[name] = value
		}
		k.Attributes = attributes
	}
	c.Visitor = k
}

// refresh makes the enquiry show what is known of the visitor now.
func (c *Change) refresh() {
	if !c.Enquiry.Visitor.Same(&c.Visitor) {
		c.edit().Visitor = c.Visitor
	}
}

// open makes the latest enquiry one that can be answered. It reports whether that took anything.
func (c *Change) open() bool {
	e := c.Enquiry
	closingQueued := c.ClosingSeq > c.Lane[conversation.LaneDeliver].Done
	answered := c.Answered && e != nil && e.Status == conversation.Closed && closingQueued // the closing text has still to come
	switch {
	case e == nil, e.Status == conversation.Closed && (c.Terms.ReopenWithin == 0 || c.Now.Sub(e.ClosedAt) > c.Terms.ReopenWithin || e.Visitor.ID == ""):
		c.begin() // a forgotten visitor's enquiry stays without one
		answered = false
	case e.Status == conversation.Closed:
		prefer := ""
		if !e.Staff.Bot {
			prefer = e.Staff.ID
		}
		c.reopen("reopened", "the visitor wrote again within "+c.Terms.ReopenWithin.String()+" of closing")
		c.Routing.Prefer = prefer
	case e.Status == conversation.Missed:
		c.reopen("reopened", "the visitor wrote again after the enquiry was missed")
	default:
		return false
	}
	c.Answered = answered
	c.add(conversation.Record{Event: conversation.EnquiryOpened})
	return true
}

// begin makes a new enquiry.
func (c *Change) begin() {
	c.Count++
	c.Enquiry = &conversation.Enquiry{
		ID:      c.EnquiryID(c.Count),
		Channel: c.Terms.Channel, Visitor: c.Visitor, Status: conversation.Opened, OpenedAt: c.Now,
	}
	c.Save, c.Write, c.StateSeq = true, true, 0
	because(c.Enquiry, "opened", "the visitor wrote")
	c.search()
}

// reopen opens the latest enquiry again.
func (c *Change) reopen(code, text string) {
	e := c.edit()
	e.Status, e.ReopenedAt, e.ClosedAt = conversation.Opened, c.Now, time.Time{}
	e.Staff, e.AcceptedAt, e.Offered = conversation.Staff{}, time.Time{}, nil
	e.Visitor = c.Visitor
	if c.ClosingSeq > c.Lane[conversation.LaneDeliver].Done {
		c.Superseded = append(slices.Clip(c.Superseded), c.ClosingSeq)
		c.ClosingAt = time.Time{} // it will not be sent
	}
	c.ClosingSeq = 0
	because(e, code, text)
	c.search()
}

// search begins the search for somebody who answers, from the start.
func (c *Change) search() {
	c.Routing = conversation.Routing{Revision: c.Routing.Revision + 1, Epoch: c.Epoch, Pending: true, Since: c.Now}
}
