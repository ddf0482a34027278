package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// Accept makes by the handler.
func (c *Change) Accept(id conversation.EnquiryID, by conversation.Staff) error {
	e, err := c.Find(id)
	switch {
	case err != nil:
		return err
	case e.Status == conversation.Closed:
		return conversation.ErrClosed
	case e.Status == conversation.Handling && e.Staff.ID == by.ID && e.Staff.Bot == by.Bot:
		return nil
	case e.Status == conversation.Handling && c.Routing.Rule == nil:
		return conversation.ErrTaken
	}
	c.take(by)
	c.schedule()
	return nil
}

// take is what accept does once it is allowed.
func (c *Change) take(by conversation.Staff) {
	e := c.edit()
	if e.Status == conversation.Handling {
		c.Claims = append(c.Claims, conversation.Claim{Staff: e.Staff.ID, Delta: -1})
	}
	c.Claims = append(c.Claims, conversation.Claim{Staff: by.ID, Delta: 1, Capacity: by.Capacity})
	through, others := accepted(e.Offered, by)
	e.Status, e.Staff, e.AcceptedAt, e.Offered, e.Destination = conversation.Handling, by, c.Now, nil, through
	if e.FirstAcceptedAt.IsZero() {
		e.FirstAcceptedAt = c.Now
	}
	e.FollowUp = !e.MissedAt.IsZero()
	text := "accepted by " + by.ID
	e.Reasons = append(slices.Clip(e.Reasons), routing.Reason{Code: "accepted", Text: text})
	if e.Why != "" {
		text = e.Why + "; " + text
	}
	e.Why = text
	c.Routing = conversation.Routing{Revision: c.Routing.Revision + 1, Epoch: c.Routing.Epoch, Since: c.Now}
	c.TakenSeq = c.Seq
	if !by.Bot {
		c.LastStaff, c.LastAt = by.ID, c.Now
	}
	if len(others) > 0 {
		c.add(conversation.Record{Event: conversation.EnquiryWithdrawn, Destinations: others})
	}
	c.add(conversation.Record{Event: conversation.EnquiryAccepted})
	c.post(postAccepted)
}

// accepted tells through which offer by accepted, and who else need not bother. A member of the only team that
// was offered accepts for the team.
func accepted(offered []routing.Destination, by conversation.Staff) (through routing.Destination, others []routing.Destination) {
	through = by.Destination()
	if !slices.Contains(offered, through) {
		teams := 0
		for _, d := range offered {
			if d.Kind == routing.KindTeam {
				teams++
				if teams == 1 {
					through = d
				}
			}
		}
		if teams != 1 {
			through = by.Destination()
		}
	}
	for _, d := range offered {
		if d != through {
			others = append(others, d)
		}
	}
	return through, others
}

// Decline takes by out of the present offer; for a team, by is Staff{ID: the team's}.
func (c *Change) Decline(id conversation.EnquiryID, by conversation.Staff) error {
	e, err := c.Find(id)
	if err != nil {
		return err
	}
	if e.Status == conversation.Closed {
		return conversation.ErrClosed
	}
	at := slices.IndexFunc(e.Offered, func(d routing.Destination) bool {
		return d.ID == by.ID && (d.Kind == routing.KindTeam || d == by.Destination())
	})
	if at < 0 {
		return nil
	}
	if len(e.Offered) == 1 {
		c.withdraw("declined", "declined by "+by.ID)
	} else {
		declined := e.Offered[at]
		e := c.edit()
		e.Offered = slices.DeleteFunc(slices.Clone(e.Offered), func(d routing.Destination) bool { return d == declined })
		c.Routing.Tried = slices.Concat(c.Routing.Tried, []routing.Destination{declined})
	}
	c.schedule()
	return nil
}

// Reply records a message of staff for the visitor.
func (c *Change) Reply(id conversation.EnquiryID, by conversation.Staff, m messages.Message) (conversation.MessageID, error) {
	e, err := c.Find(id)
	if err != nil {
		return "", err
	}
	key := onceKey(staffSide, m.ID)
	if r := c.Once(key); r != nil {
		return c.again(r, e.ID, m)
	}
	switch {
	case e.Status == conversation.Closed:
		return "", conversation.ErrClosed
	case e.Status == conversation.Handling && (e.Staff.ID != by.ID || e.Staff.Bot != by.Bot):
		if c.Routing.Rule == nil || !offeredTo(e.Offered, by) {
			return "", conversation.ErrTaken
		}
		c.take(by)
	case e.Status != conversation.Handling:
		c.take(by)
	}
	msg := c.speak(by, m, key)
	c.schedule()
	return msg, nil
}

// offeredTo reports whether by may be meant by the offer: teams are the host's.
func offeredTo(offered []routing.Destination, by conversation.Staff) bool {
	return slices.ContainsFunc(offered, func(d routing.Destination) bool {
		return d == by.Destination() || d.Kind == routing.KindTeam
	})
}

// again answers a repeated message of staff.
func (c *Change) again(r *conversation.Record, id conversation.EnquiryID, m messages.Message) (conversation.MessageID, error) {
	if r.Message == nil { // forgotten
		return c.MessageID(r.Seq), nil
	}
	m.ReplyTo = c.ownID(staffSide, m.ReplyTo)
	if r.Enquiry != id || !same(r.Message, &m) {
		return "", fmt.Errorf("%w: message %q was recorded with other content", conversation.ErrConflict, m.ID)
	}
	return c.MessageID(r.Seq), nil
}

// same compares contents.
func same(a, b *messages.Message) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// speak queues the message of the handler.
func (c *Change) speak(by conversation.Staff, m messages.Message, key string) conversation.MessageID {
	if c.Enquiry.FirstReplyAt.IsZero() {
		c.edit().FirstReplyAt = c.Now
	}
	m.ReplyTo = c.ownID(staffSide, m.ReplyTo)
	c.Answered = true
	c.count(conversation.Messages{Out: 1})
	c.Routing.Warned = false
	r := c.add(conversation.Record{
		Once: key, Author: by.Author(), Staff: by.ID, Message: &m, Deliver: true,
		DisplayName: c.Terms.Messages.DisplayName.Format(by.Person), Prefix: c.Terms.Messages.Signature(m, by.Person), AvatarURL: by.AvatarURL,
	})
	return c.MessageID(r.Seq)
}

// Engage records a message with which staff begins.
func (c *Change) Engage(v conversation.VisitorID, by conversation.Staff, m messages.Message) (conversation.EnquiryID, error) {
	key := onceKey(staffSide, m.ID)
	if r := c.Once(key); r != nil {
		_, err := c.again(r, r.Enquiry, m)
		return r.Enquiry, err
	}
	c.ensure(v)
	c.Greeted = true // the answer of somebody whom staff wrote to first is not greeted
	e := c.Enquiry
	switch {
	case e.Live() && e.Status == conversation.Handling && (e.Staff.ID != by.ID || e.Staff.Bot != by.Bot):
		return "", conversation.ErrTaken
	case e.Live() && e.Status == conversation.Handling:
	case e.Live():
		c.take(by)
	default:
		c.begin()
		because(c.Enquiry, "engaged", by.ID+" wrote first")
		c.add(conversation.Record{Event: conversation.EnquiryOpened})
		c.post(postOpened)
		c.take(by)
	}
	c.speak(by, m, key)
	c.schedule()
	return c.Enquiry.ID, nil
}
