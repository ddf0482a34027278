package rules

import (
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// schedule sets when the route lane is due next and whether the enquiry waits. Every rule that touches the enquiry
// ends with it.
func (c *Change) schedule() {
	var due time.Time
	r, e := &c.Routing, c.Enquiry
	switch {
	case !e.Live():
	case r.Pending:
		due = latest(r.Since, r.Retry)
	case len(e.Offered) > 0:
		due = c.offerExpires()
	case r.Waiting:
		due = r.Since.Add(c.Terms.MaxWait)
	}
	if e.Live() && !r.Pending {
		due = earliest(due, c.closing())
	}
	if !c.Forgotten.IsZero() && c.Visitor.ID == "" && !e.Live() {
		due = earliest(due, c.Forgotten.Add(hashesKept))
	}
	c.Lane[conversation.LaneRoute].Due = unixNano(due)
	c.Lane[conversation.LaneWait].Due = 0
	if e.Live() && r.Waiting {
		c.Lane[conversation.LaneWait].Due = r.Since.UnixNano()
	}
}

// Elapse does what the clock alone brings: an offer that expired, a channel that was resumed, an enquiry that
// nobody wrote in.
func (c *Change) Elapse(ch *conversation.ChannelState) {
	if c.removeForgotten() {
		return
	}
	e, r := c.Enquiry, &c.Routing
	if !e.Live() {
		c.schedule()
		return
	}
	if ch.Interrupted(r) {
		c.restart(ch)
	}
	switch {
	case r.Pending:
	case c.offerExpired():
		c.withdraw("expired", "nobody accepted within "+r.Wait.String())
	case r.Waiting && len(e.Offered) == 0 && !c.Now.Before(r.Since.Add(c.Terms.MaxWait)):
		r.Pending = true // routed once more, then missed
		r.Revision++
		c.Write = true
	}
	c.idle()
	c.schedule()
}

// offerExpires is when the present offer expires: its wait begins when the host took it. Zero: the host has not.
func (c *Change) offerExpires() time.Time {
	if c.Routing.ToldAt.IsZero() {
		return time.Time{}
	}
	return c.Routing.ToldAt.Add(c.Routing.Wait)
}

// offerExpired reports whether nobody accepted the present offer in time.
func (c *Change) offerExpired() bool {
	at := c.offerExpires()
	return len(c.Enquiry.Offered) > 0 && !at.IsZero() && !c.Now.Before(at)
}

// latest is the later of two times.
func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// earliest is the earlier of two times of which a zero one does not count.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// unixNano is 0 for the zero time.
func unixNano(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}
