package rules

import (
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

// hashesKept is how long the hashes of message ids are kept after Forget: as long as a source may repeat a request.
const hashesKept = 72 * time.Hour

// Erase is what Channel.Forget does: it erases the visitor and everything said. Enquiries stay, without a visitor. The
// hashes of message ids (Record.Once) stay for hashesKept, so that a repeated request does nothing.
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
		token := c.Lane[l].Token + 1 // a process that works on the lane can settle nothing any more
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

// removeForgotten removes what is left of a forgotten visitor, the hashes of message ids among it, after hashesKept. It
// reports whether it did.
func (c *Change) removeForgotten() bool {
	if c.Forgotten.IsZero() || c.Now.Before(c.Forgotten.Add(hashesKept)) || c.Enquiry.Live() || c.Visitor.ID != "" {
		return false
	}
	c.Gone, c.Write = true, true
	return true
}
