package rules

import (
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// shut closes the enquiry; said tells whether the closing text goes out.
func (c *Change) shut(said bool, code, why string) {
	e := c.edit()
	if e.Status == conversation.Handling {
		c.Claims = append(c.Claims, conversation.Claim{Staff: e.Staff.ID, Delta: -1})
	}
	offered := e.Offered
	e.Status, e.ClosedAt, e.Offered = conversation.Closed, c.Now, nil
	because(e, code, why)
	c.Routing = conversation.Routing{Revision: c.Routing.Revision + 1, Epoch: c.Routing.Epoch}
	if len(offered) > 0 {
		c.add(conversation.Record{Event: conversation.EnquiryWithdrawn, Destinations: offered})
	}
	if said {
		c.sayClosing()
	}
	c.add(conversation.Record{Event: conversation.EnquiryClosed})
	c.post(postClosed)
	c.schedule()
}

// Close closes the enquiry for somebody; closing a closed one changes nothing.
func (c *Change) Close(id conversation.EnquiryID, by conversation.Staff) error {
	e, err := c.Find(id)
	if err != nil || e.Status == conversation.Closed {
		return err
	}
	c.shut(true, "closed", "closed by "+by.ID)
	return nil
}

// quiet is since when nobody has written in the enquiry. An enquiry that was taken, or missed, so late that it
// would be closed at once is given its time from then on.
func (c *Change) quiet() time.Time {
	e := c.Enquiry
	since := latest(e.LastMessageAt, c.Routing.ResumedAt)
	start := e.AcceptedAt
	if e.Status == conversation.Missed {
		start = e.MissedAt
	}
	if start.After(since.Add(c.Terms.AutoClose * 4 / 5)) {
		return start
	}
	return since
}

// undelivered reports whether something is still to be delivered to the visitor.
func (c *Change) undelivered() bool {
	k := c.Lane[conversation.LaneDeliver]
	return k.Done < k.Last
}

// closing is when AutoClose has something to do: to warn, or to close. Zero = not now.
func (c *Change) closing() time.Time {
	e := c.Enquiry
	if c.Terms.AutoClose == 0 || e.Status != conversation.Handling && e.Status != conversation.Missed || c.Routing.Rule != nil || c.undelivered() {
		return time.Time{}
	}
	if c.Routing.Warned {
		return c.quiet().Add(c.Terms.AutoClose)
	}
	return c.quiet().Add(c.Terms.AutoClose * 4 / 5)
}

// idle warns and closes when the time has come.
func (c *Change) idle() {
	at := c.closing()
	if at.IsZero() || c.Now.Before(at) {
		return
	}
	if !c.Routing.Warned {
		c.Routing.Warned = true
		c.add(conversation.Record{Event: conversation.EnquiryClosing})
		if c.Now.Before(c.closing()) {
			return
		}
	}
	c.shut(true, "idle", "nobody wrote for "+c.Terms.AutoClose.String())
}
