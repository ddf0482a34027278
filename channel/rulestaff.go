package channel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// destination is the staff member as one that can be offered.
func (s Staff) destination() routing.Destination {
	if s.Bot {
		return routing.Bot(s.ID)
	}
	return routing.Staff(s.ID)
}

// author is what the staff member's messages come from.
func (s Staff) author() Author {
	if s.Bot {
		return FromBot
	}
	return FromStaff
}

// find returns the latest enquiry if it has that id: only the latest can be live.
func (c *Conversation) find(id EnquiryID) (*Enquiry, error) {
	switch {
	case c.Enquiry != nil && c.Enquiry.ID == id:
		return c.Enquiry, nil
	case c.Old != nil && c.Old.ID == id:
		return c.Old, nil
	default:
		return nil, ErrNotFound
	}
}

// accept makes by the handler.
func (t *terms) accept(c *Conversation, id EnquiryID, by Staff, now time.Time) error {
	e, err := c.find(id)
	switch {
	case err != nil:
		return err
	case e.Status == Closed:
		return ErrClosed
	case e.Status == Handling && e.Staff.ID == by.ID && e.Staff.Bot == by.Bot:
		return nil
	case e.Status == Handling && c.Routing.Rule == nil:
		return ErrTaken
	}
	t.take(c, by, now)
	t.reckon(c)
	return nil
}

// take is what accept does once it is allowed.
func (t *terms) take(c *Conversation, by Staff, now time.Time) {
	e := c.edit()
	if e.Status == Handling {
		c.Claims = append(c.Claims, Claim{Staff: e.Staff.ID, Delta: -1})
	}
	c.Claims = append(c.Claims, Claim{Staff: by.ID, Delta: 1, Capacity: by.Capacity})
	through, others := accepted(e.Offered, by)
	e.Status, e.Staff, e.AcceptedAt, e.Offered, e.Destination = Handling, by, now, nil, through
	if e.FirstAcceptedAt.IsZero() {
		e.FirstAcceptedAt = now
	}
	e.FollowUp = !e.MissedAt.IsZero()
	text := "accepted by " + by.ID
	e.Reasons = append(slices.Clip(e.Reasons), routing.Reason{Code: "accepted", Text: text})
	if e.Why != "" {
		text = e.Why + "; " + text
	}
	e.Why = text
	c.Routing = Routing{Round: c.Routing.Round + 1, Epoch: c.Routing.Epoch, Since: now}
	c.Taken = c.Seq
	if !by.Bot {
		c.LastStaff, c.LastAt = by.ID, now
	}
	if len(others) > 0 {
		c.add(Record{At: now, Event: EnquiryWithdrawn, Destinations: others})
	}
	c.add(Record{At: now, Event: EnquiryAccepted})
	t.post(c, postAccepted, now)
}

// accepted tells through which offer by accepted, and who else need not bother. A member of the only team that
// was offered accepts for the team.
func accepted(offered []routing.Destination, by Staff) (through routing.Destination, others []routing.Destination) {
	through = by.destination()
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
			through = by.destination()
		}
	}
	for _, d := range offered {
		if d != through {
			others = append(others, d)
		}
	}
	return through, others
}

// decline takes by out of the present offer; for a team, by is Staff{ID: the team's}.
func (t *terms) decline(c *Conversation, id EnquiryID, by Staff, now time.Time) error {
	e, err := c.find(id)
	if err != nil {
		return err
	}
	if e.Status == Closed {
		return ErrClosed
	}
	at := slices.IndexFunc(e.Offered, func(d routing.Destination) bool {
		return d.ID == by.ID && (d.Kind == routing.KindTeam || d == by.destination())
	})
	if at < 0 {
		return nil
	}
	if len(e.Offered) == 1 {
		t.withdraw(c, now, "declined", "declined by "+by.ID)
	} else {
		gone := e.Offered[at]
		e := c.edit()
		e.Offered = slices.DeleteFunc(slices.Clone(e.Offered), func(d routing.Destination) bool { return d == gone })
		c.Routing.Tried = slices.Concat(c.Routing.Tried, []routing.Destination{gone})
	}
	t.reckon(c)
	return nil
}

// reply records a message of staff for the visitor.
func (t *terms) reply(c *Conversation, id EnquiryID, by Staff, m messages.Message, now time.Time) (MessageID, error) {
	e, err := c.find(id)
	if err != nil {
		return "", err
	}
	key := onceKey(staffSide, m.ID)
	if r := c.once(key); r != nil {
		return c.again(r, e.ID, m)
	}
	switch {
	case e.Status == Closed:
		return "", ErrClosed
	case e.Status == Handling && (e.Staff.ID != by.ID || e.Staff.Bot != by.Bot):
		if c.Routing.Rule == nil || !offeredTo(e.Offered, by) {
			return "", ErrTaken
		}
		t.take(c, by, now)
	case e.Status != Handling:
		t.take(c, by, now)
	}
	msg := t.speak(c, by, m, key, now)
	t.reckon(c)
	return msg, nil
}

// offeredTo reports whether by may be meant by the offer: teams are the host's.
func offeredTo(offered []routing.Destination, by Staff) bool {
	return slices.ContainsFunc(offered, func(d routing.Destination) bool {
		return d == by.destination() || d.Kind == routing.KindTeam
	})
}

// again answers a repeated message of staff.
func (c *Conversation) again(r *Record, id EnquiryID, m messages.Message) (MessageID, error) {
	if r.Message == nil { // forgotten
		return c.messageID(r.Seq), nil
	}
	m.ReplyTo = c.ownID(staffSide, m.ReplyTo)
	if r.Enquiry != id || !same(r.Message, &m) {
		return "", fmt.Errorf("%w: message %q was recorded with other content", ErrConflict, m.ID)
	}
	return c.messageID(r.Seq), nil
}

// same compares contents.
func same(a, b *messages.Message) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// speak queues the message of the handler.
func (t *terms) speak(c *Conversation, by Staff, m messages.Message, key string, now time.Time) MessageID {
	if c.Enquiry.FirstReplyAt.IsZero() {
		c.edit().FirstReplyAt = now
	}
	m.ReplyTo = c.ownID(staffSide, m.ReplyTo)
	c.Answered = true
	c.said(now, Messages{Out: 1})
	c.Routing.Warned = false
	r := c.add(Record{
		At: now, Once: key, Author: by.author(), Staff: by.ID, Message: &m, Deliver: true,
		DisplayName: t.display.Format(by.Person), Prefix: t.messages.Signature(m, by.Person), AvatarURL: by.AvatarURL,
	})
	return c.messageID(r.Seq)
}

// engage records a message with which staff begins.
func (t *terms) engage(c *Conversation, v VisitorID, by Staff, m messages.Message, now time.Time) (EnquiryID, error) {
	key := onceKey(staffSide, m.ID)
	if r := c.once(key); r != nil {
		_, err := c.again(r, r.Enquiry, m)
		return r.Enquiry, err
	}
	c.ensure(t.channel, v)
	c.Greeted = true // the answer of somebody whom staff wrote to first is not greeted
	e := c.Enquiry
	switch {
	case e.live() && e.Status == Handling && (e.Staff.ID != by.ID || e.Staff.Bot != by.Bot):
		return "", ErrTaken
	case e.live() && e.Status == Handling:
	case e.live():
		t.take(c, by, now)
	default:
		t.begin(c, now)
		because(c.Enquiry, "engaged", by.ID+" wrote first")
		c.add(Record{At: now, Event: EnquiryOpened})
		t.post(c, postOpened, now)
		t.take(c, by, now)
	}
	t.speak(c, by, m, key, now)
	t.reckon(c)
	return c.Enquiry.ID, nil
}
