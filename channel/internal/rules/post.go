package rules

import "github.com/usherchat/usher/channel/conversation"

// The enquiry's states that a source may want to hear of.
const (
	postOpened   = "opened"
	postAccepted = "accepted"
	postClosed   = "closed"
)

// post queues the enquiry's state for the source.
func (c *Change) post(state string) {
	if c.Terms.SendEnquiry {
		r := conversation.Record{Deliver: true, Post: state}
		if e := c.Enquiry; state == postAccepted {
			r.Author, r.DisplayName, r.AvatarURL = e.Staff.Author(), c.Terms.Messages.DisplayName.Format(e.Staff.Person), e.Staff.AvatarURL
		}
		c.add(r)
	}
}
