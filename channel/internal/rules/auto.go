package rules

import (
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/messages"
)

// auto queues an automatic text and reports whether it is on and says anything.
func (c *Change) auto(kind conversation.AutoKind, opening time.Time) bool {
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
		return false
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
	return true
}

// sayWelcome queues the welcome text: one welcome for each visitor and channel, ever. Engage sets Greeted too, because
// staff who write first are welcome enough.
func (c *Change) sayWelcome() {
	if c.Greeted {
		return
	}
	c.Greeted = true
	c.auto(conversation.AutoWelcome, time.Time{})
}

// sayAway queues the away text: at most once for each opening, and at most once per AwayEvery. A transfer has none.
func (c *Change) sayAway(opening time.Time) {
	r := &c.Routing
	if r.Away || r.Rule != nil {
		return
	}
	r.Away = true
	c.Write = true
	if !c.AwayAt.IsZero() && c.Now.Sub(c.AwayAt) < c.Terms.AwayEvery {
		return
	}
	if c.auto(conversation.AutoAway, opening) {
		c.AwayAt = c.Now
	}
}

// sayClosing queues the closing text: only where staff or a bot have written since the visitor opened the enquiry, and
// not within AwayEvery of the last one. Otherwise a visitor's out-of-office, which answers it, would be sent it for ever.
func (c *Change) sayClosing() {
	if !c.Answered || !c.ClosingAt.IsZero() && c.Now.Sub(c.ClosingAt) < c.Terms.AwayEvery {
		return
	}
	if c.auto(conversation.AutoClosing, time.Time{}) {
		c.ClosingAt = c.Now
	}
}
