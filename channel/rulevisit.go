package channel

import (
	"maps"
	"slices"
	"time"

	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// The rules of a conversation are the functions in the files rule*.go: pure, over plain data. now is the moment
// of the change; nothing here waits, asks or sends.

// receive records a visitor's message and opens an enquiry for it if there is none.
func (t *terms) receive(c *Conversation, in Inbound, now time.Time) Accepted {
	key := onceKey(visitorSide, in.Message.ID)
	if r := c.once(key); r != nil {
		return Accepted{Enquiry: r.Enquiry, Message: c.messageID(r.Seq), Duplicate: true}
	}
	if echoed, ok := c.echo(in.Message.ID); ok {
		return echoed
	}
	c.ensure(t.channel, in.Visitor.ID)
	t.meet(c, in.Visitor)
	opened := t.open(c, now)
	m := in.Message
	m.ReplyTo = c.ownID(visitorSide, m.ReplyTo)
	t.refresh(c)
	c.said(now, Messages{In: 1})
	r := c.add(Record{
		At: now, Once: key, Event: MessageReceived, Author: FromVisitor, Message: &m, SentAt: sourceTime(in.SentAt),
	})
	accepted := Accepted{Enquiry: c.Enquiry.ID, Message: c.messageID(r.Seq)}
	if !c.Greeted {
		c.Greeted = true
		t.auto(c, AutoWelcome, now, time.Time{})
	}
	if opened {
		t.post(c, postOpened, now)
	}
	c.Routing.Warned = false
	t.reckon(c)
	return accepted
}

// echo recognises an id that we gave to a message of this conversation: the source tells us what it has from us.
// A message that was forgotten is one too, although nothing is left to look at.
func (c *Conversation) echo(id string) (Accepted, bool) {
	conversation, generation, seq, ok := splitID(id, messageKind)
	if !ok || conversation != c.ID || generation != c.Generation || seq > c.Seq {
		return Accepted{}, false
	}
	accepted := Accepted{Message: MessageID(id), Duplicate: true}
	if r := c.record(seq); r != nil {
		accepted.Enquiry = r.Enquiry
		if r.Message == nil && (r.Event != "" || r.Post != "" || r.Ref != 0) { // it tells of something, and has another id
			return Accepted{}, false
		}
	}
	return accepted, true
}

// meet keeps what is newly known of the visitor.
func (t *terms) meet(c *Conversation, v Visitor) {
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
		} else if _, known := attributes[name]; known || len(attributes) < maxAttributes {
			attributes[name] = value
		}
		k.Attributes = attributes
	}
	c.Visitor = k
}

// refresh makes the enquiry show what is known of the visitor now.
func (t *terms) refresh(c *Conversation) {
	if !sameVisitor(&c.Enquiry.Visitor, &c.Visitor) {
		c.edit().Visitor = c.Visitor
	}
}

func sameVisitor(a, b *Visitor) bool {
	return a.ID == b.ID && a.Person == b.Person && a.Name == b.Name && a.AvatarURL == b.AvatarURL &&
		a.Locale == b.Locale && maps.Equal(a.Attributes, b.Attributes)
}

// open makes the latest enquiry one that can be answered. It reports whether that took anything.
func (t *terms) open(c *Conversation, now time.Time) bool {
	e := c.Enquiry
	answered := c.Answered && e != nil && e.Status == Closed && c.Bye > c.Lane[LaneDeliver].Done // the closing text has still to come
	switch {
	case e == nil, e.Status == Closed && (t.reopenWithin == 0 || now.Sub(e.ClosedAt) > t.reopenWithin || e.Visitor.ID == ""):
		t.begin(c, now) // a forgotten visitor's enquiry stays without one
		answered = false
	case e.Status == Closed:
		prefer := ""
		if !e.Staff.Bot {
			prefer = e.Staff.ID
		}
		t.reopen(c, now, "reopened", "the visitor wrote again within "+t.reopenWithin.String()+" of closing")
		c.Routing.Prefer = prefer
	case e.Status == Missed:
		t.reopen(c, now, "reopened", "the visitor wrote again after the enquiry was missed")
	default:
		return false
	}
	c.Answered = answered
	c.add(Record{At: now, Event: EnquiryOpened})
	return true
}

// begin makes a new enquiry.
func (t *terms) begin(c *Conversation, now time.Time) {
	c.Count++
	c.Enquiry = &Enquiry{
		ID:      EnquiryID(makeID(c.ID, c.Generation, enquiryKind, c.Count)),
		Channel: t.channel, Visitor: c.Visitor, Status: Opened, OpenedAt: now,
	}
	c.Save, c.Write, c.Base = true, true, 0
	because(c.Enquiry, "opened", "the visitor wrote")
	t.search(c, now)
}

// reopen opens the latest enquiry again.
func (t *terms) reopen(c *Conversation, now time.Time, code, text string) {
	e := c.edit()
	e.Status, e.ReopenedAt, e.ClosedAt = Opened, now, time.Time{}
	e.Staff, e.AcceptedAt, e.Offered = Staff{}, time.Time{}, nil
	e.Visitor = c.Visitor
	if c.Bye > c.Lane[LaneDeliver].Done {
		c.Overtaken = append(slices.Clip(c.Overtaken), c.Bye)
		c.ByeAt = time.Time{} // it will not be sent
	}
	c.Bye = 0
	because(e, code, text)
	t.search(c, now)
}

// search begins the search for somebody who answers, from the start.
func (t *terms) search(c *Conversation, now time.Time) {
	c.Routing = Routing{Round: c.Routing.Round + 1, Epoch: c.epoch, Pending: true, Since: now}
}

// auto queues an automatic text and reports whether it is on and says anything.
func (t *terms) auto(c *Conversation, kind AutoKind, now, opening time.Time) bool {
	v := messages.Vars{
		Visitor: c.Visitor.Person, VisitorName: c.Visitor.Name, Locale: c.Visitor.Locale,
		Channel: t.name, Source: t.source, Now: now, NextOpening: opening,
	}
	if c.Enquiry != nil {
		v.Staff = c.Enquiry.Staff.Person
	}
	text := t.replies.Welcome
	switch kind {
	case AutoAway:
		text = t.replies.Away
	case AutoClosing:
		text = t.replies.Closing
	case AutoWelcome:
	}
	m, ok := text(v)
	if !ok {
		return false
	}
	c.said(now, Messages{Auto: 1})
	r := c.add(Record{At: now, Author: FromAuto, Auto: kind, Message: &m, Deliver: true})
	switch kind {
	case AutoAway:
		r.Expires = opening
	case AutoClosing:
		c.Bye = r.Seq
	case AutoWelcome:
	}
	return true
}

// The enquiry's states that a source may want to hear of.
const (
	postOpened   = "opened"
	postAccepted = "accepted"
	postClosed   = "closed"
)

// post queues the enquiry's state for the source.
func (t *terms) post(c *Conversation, state string, now time.Time) {
	if t.sendOpen {
		r := Record{At: now, Deliver: true, Post: state}
		if e := c.Enquiry; state == postAccepted {
			r.Author, r.DisplayName, r.AvatarURL = e.Staff.author(), t.display.Format(e.Staff.Person), e.Staff.AvatarURL
		}
		c.add(r)
	}
}

// because says why the enquiry is as it is.
func because(e *Enquiry, code, text string) {
	e.Why = text
	e.Reasons = []routing.Reason{{Code: code, Text: text}}
}

// ownID translates the id of a message that is answered: what its author calls it becomes our id.
func (c *Conversation) ownID(side byte, id string) string {
	if id == "" {
		return ""
	}
	if r := c.once(onceKey(side, id)); r != nil {
		return string(c.messageID(r.Seq))
	}
	return id
}
