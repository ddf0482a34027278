package rules

import (
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// forgetAfter is how long the hashes of message ids outlive a forgotten visitor: as long as a source may repeat a
// request.
const forgetAfter = 72 * time.Hour

// Erase erases the visitor and everything said. What stays are the enquiries without a visitor, and hashes of
// message ids until no source repeats them any more.
func (c *Change) Erase() {
	c.Forget, c.ForgetTo, c.Write = true, c.Seq, true
	c.Visitor = conversation.Visitor{}
	c.Greeted, c.Answered, c.LastStaff = false, false, ""
	c.AwayAt, c.ClosingAt, c.LastAt, c.Forgotten = time.Time{}, time.Time{}, time.Time{}, c.Now
	c.ClosingSeq, c.Superseded = 0, nil
	if c.Enquiry != nil {
		c.edit().Visitor = conversation.Visitor{}
	}
	for _, l := range []conversation.Lane{conversation.LaneNotify, conversation.LaneDeliver} {
		token := c.Lane[l].Token + 1 // whoever works on what is gone can settle nothing
		c.Lane[l] = conversation.Cursor{Done: c.Seq, Last: c.Seq, Token: token}
	}
	if c.Enquiry.Live() {
		terms := *c.Terms
		terms.SendEnquiry = false
		c.Terms = &terms
		c.shut(false, "forgotten", "the visitor was forgotten")
	}
	c.schedule()
}

// remains removes what is left of a forgotten visitor when the time has come.
func (c *Change) remains() bool {
	if c.Forgotten.IsZero() || c.Now.Before(c.Forgotten.Add(forgetAfter)) || c.Enquiry.Live() || c.Visitor.ID != "" {
		return false
	}
	c.Gone, c.Write = true, true
	return true
}
