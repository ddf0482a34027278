package channel

import (
	"fmt"
	"time"

	"github.com/usherchat/usher/routing"
)

// transfer begins the search for another handler. The old one stays until somebody accepts.
func (t *terms) transfer(c *Conversation, id EnquiryID, by Staff, rule []byte, now time.Time) error {
	e, err := c.find(id)
	switch {
	case err != nil:
		return err
	case e.Status == Closed:
		return ErrClosed
	case e.Status != Handling:
		return fmt.Errorf("%w: nobody handles the enquiry yet; accept it first", ErrConflict)
	case e.Staff.ID != by.ID || e.Staff.Bot != by.Bot:
		return ErrTaken
	}
	if len(e.Offered) > 0 { // a transfer before this one
		t.withdraw(c, now, "transferred", by.ID+" transferred it again")
	}
	e = c.edit()
	because(e, "transferred", "transferred by "+by.ID)
	t.search(c, now)
	c.Routing.Rule = rule
	c.Routing.Tried = []routing.Destination{by.destination()}
	c.add(Record{At: now, Event: EnquiryTransferred})
	t.reckon(c)
	return nil
}

// giveBack ends a transfer that nobody took. A person keeps the enquiry; a bot has done what it can, so that the
// enquiry is routed by the channel's own rule.
func (t *terms) giveBack(c *Conversation, why string, now time.Time) {
	e := c.edit()
	offered := e.Offered
	e.Offered = nil
	if !e.Staff.Bot {
		because(e, "returned", "nobody took the transfer, back to "+e.Staff.ID+": "+why)
		c.Routing = Routing{Round: c.Routing.Round + 1, Epoch: c.Routing.Epoch, Since: now}
		c.add(Record{At: now, Event: EnquiryWithdrawn, Destinations: offered})
		return
	}
	bot := e.Staff.destination()
	c.Claims = append(c.Claims, Claim{Staff: e.Staff.ID, Delta: -1})
	c.add(Record{At: now, Event: EnquiryWithdrawn, Destinations: offered})
	t.reopen(c, now, "returned", "nobody took the transfer of bot "+bot.ID+": "+why)
	c.Routing.Tried = []routing.Destination{bot}
	c.add(Record{At: now, Event: EnquiryOpened})
}

// shut closes the enquiry; said tells whether the closing text goes out.
func (t *terms) shut(c *Conversation, said bool, code, why string, now time.Time) {
	e := c.edit()
	if e.Status == Handling {
		c.Claims = append(c.Claims, Claim{Staff: e.Staff.ID, Delta: -1})
	}
	offered := e.Offered
	e.Status, e.ClosedAt, e.Offered = Closed, now, nil
	because(e, code, why)
	c.Routing = Routing{Round: c.Routing.Round + 1, Epoch: c.Routing.Epoch}
	if len(offered) > 0 {
		c.add(Record{At: now, Event: EnquiryWithdrawn, Destinations: offered})
	}
	if said {
		t.bye(c, now)
	}
	c.add(Record{At: now, Event: EnquiryClosed})
	t.post(c, postClosed, now)
	t.reckon(c)
}

// bye queues the closing text: only where staff or a bot have written since the visitor opened the enquiry, and not
// within AwayEvery of the last one. Otherwise a visitor's out-of-office, which answers it, would be sent it for ever.
func (t *terms) bye(c *Conversation, now time.Time) {
	if !c.Answered || !c.ByeAt.IsZero() && now.Sub(c.ByeAt) < t.awayEvery {
		return
	}
	if t.auto(c, AutoClosing, now, time.Time{}) {
		c.ByeAt = now
	}
}

// closeBy closes the enquiry for somebody; closing a closed one changes nothing.
func (t *terms) closeBy(c *Conversation, id EnquiryID, by Staff, now time.Time) error {
	e, err := c.find(id)
	if err != nil || e.Status == Closed {
		return err
	}
	t.shut(c, true, "closed", "closed by "+by.ID, now)
	return nil
}

// quiet is since when nobody has written in the enquiry. An enquiry that was taken, or missed, so late that it
// would be closed at once is given its time from then on.
func (t *terms) quiet(c *Conversation) time.Time {
	e := c.Enquiry
	since := latest(e.LastMessageAt, c.Routing.Floor)
	start := e.AcceptedAt
	if e.Status == Missed {
		start = e.MissedAt
	}
	if start.After(since.Add(t.autoClose * 4 / 5)) {
		return start
	}
	return since
}

// undelivered reports whether something is still to be delivered to the visitor.
func (c *Conversation) undelivered() bool {
	k := c.Lane[LaneDeliver]
	return k.Done < k.Last
}

// closing is when AutoClose has something to do: to warn, or to close. Zero = not now.
func (t *terms) closing(c *Conversation) time.Time {
	e := c.Enquiry
	if t.autoClose == 0 || e.Status != Handling && e.Status != Missed || c.Routing.Rule != nil || c.undelivered() {
		return time.Time{}
	}
	if c.Routing.Warned {
		return t.quiet(c).Add(t.autoClose)
	}
	return t.quiet(c).Add(t.autoClose * 4 / 5)
}

// idle warns and closes when the time has come.
func (t *terms) idle(c *Conversation, now time.Time) {
	at := t.closing(c)
	if at.IsZero() || now.Before(at) {
		return
	}
	if !c.Routing.Warned {
		c.Routing.Warned = true
		c.add(Record{At: now, Event: EnquiryClosing})
		if now.Before(t.closing(c)) {
			return
		}
	}
	t.shut(c, true, "idle", "nobody wrote for "+t.autoClose.String(), now)
}

// forget erases the visitor and everything said. What stays are the enquiries without a visitor, and hashes of
// message ids until no source repeats them any more.
func (t *terms) forget(c *Conversation, now time.Time) {
	c.Forget, c.ForgetTo, c.Write = true, c.Seq, true
	c.Visitor = Visitor{}
	c.Greeted, c.Answered, c.LastStaff = false, false, ""
	c.AwayAt, c.ByeAt, c.LastAt, c.Forgotten = time.Time{}, time.Time{}, time.Time{}, now
	c.Bye, c.Overtaken = 0, nil
	if c.Enquiry != nil {
		c.edit().Visitor = Visitor{}
	}
	for _, l := range []Lane{LaneNotify, LaneDeliver} {
		token := c.Lane[l].Token + 1 // whoever works on what is gone can settle nothing
		c.Lane[l] = Cursor{Done: c.Seq, Last: c.Seq, Token: token}
	}
	if c.Enquiry.live() {
		quiet := *t
		quiet.sendOpen = false
		quiet.shut(c, false, "forgotten", "the visitor was forgotten", now)
	}
	t.reckon(c)
}

// remains removes what is left of a forgotten visitor when the time has come.
func (c *Conversation) remains(now time.Time) bool {
	if c.Forgotten.IsZero() || now.Before(c.Forgotten.Add(forgetAfter)) || c.Enquiry.live() || c.Visitor.ID != "" {
		return false
	}
	c.Gone, c.Write = true, true
	return true
}
