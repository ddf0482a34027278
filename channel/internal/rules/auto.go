package rules

import (
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/messages"
)

// auto queues an automatic text, if it is on and says anything.
func (c *Change) auto(kind conversation.AutoKind, opening time.Time) {
	v := messages.Vars{
		Visitor: c.Visitor.Person, VisitorName: c.Visitor.Name, Locale: c.Visitor.Locale,
		Channel: c.Terms.Name, Source: c.Terms.Source, Now: c.Now, NextOpening: opening,
	}
	if c.Enquiry != nil {
		v.Staff = c.Enquiry.Staff.Person
	}
	text := c.Terms.Replies.Welcome
	switch kind {
	case conversation.AutoAway:
		text = c.Terms.Replies.Away
	case conversation.AutoClosing:
		text = c.Terms.Replies.Closing
	case conversation.AutoWelcome:
	}
	m, ok := text(v)
	if !ok {
		return
	}
	c.count(conversation.Messages{Auto: 1})
	r := c.add(conversation.Record{Author: conversation.FromAuto, Auto: kind, Message: &m, Deliver: true})
	switch kind {
	case conversation.AutoAway:
		r.Expires = opening
	case conversation.AutoClosing:
		c.ClosingSeq = r.Seq
	case conversation.AutoWelcome:
	}
}

// away queues the away text: once an opening, and not within AwayEvery.
func (c *Change) away(opening time.Time) {
	r := &c.Routing
	if r.Away || r.Rule != nil {
		return
	}
	r.Away = true
	c.Write = true
	if !c.AwayAt.IsZero() && c.Now.Sub(c.AwayAt) < c.Terms.AwayEvery {
		return
	}
	queued := len(c.Added)
	c.auto(conversation.AutoAway, opening)
	if len(c.Added) > queued {
		c.AwayAt = c.Now
	}
}
