package rules

import (
	"fmt"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/routing"
)

// Transfer begins the search for another handler. The old one stays until somebody accepts.
func (c *Change) Transfer(id conversation.EnquiryID, by conversation.Staff, rule []byte) error {
	e, err := c.Find(id)
	switch {
	case err != nil:
		return err
	case e.Status == conversation.Closed:
		return conversation.ErrClosed
	case e.Status != conversation.Handling:
		return fmt.Errorf("%w: nobody handles the enquiry yet; accept it first", conversation.ErrConflict)
	case e.Staff.ID != by.ID || e.Staff.Bot != by.Bot:
		return conversation.ErrTaken
	}
	if len(e.Offered) > 0 { // a transfer before this one
		c.withdraw("transferred", by.ID+" transferred it again")
	}
	e = c.edit()
	because(e, "transferred", "transferred by "+by.ID)
	c.search()
	c.Routing.Rule = rule
	c.Routing.Tried = []routing.Destination{by.Destination()}
	c.add(conversation.Record{Event: conversation.EnquiryTransferred})
	c.schedule()
	return nil
}

// returnTransfer ends a transfer that nobody took. A person keeps the enquiry; a bot has done what it can, so that the
// enquiry is routed by the channel's own rule.
func (c *Change) returnTransfer(why string) {
	e := c.edit()
	offered := e.Offered
	e.Offered = nil
	if !e.Staff.Bot {
		because(e, "returned", "nobody took the transfer, back to "+e.Staff.ID+": "+why)
		c.Routing = conversation.Routing{Revision: c.Routing.Revision + 1, Epoch: c.Routing.Epoch, Since: c.Now}
		c.add(conversation.Record{Event: conversation.EnquiryWithdrawn, Destinations: offered})
		return
	}
	bot := e.Staff.Destination()
	c.Claims = append(c.Claims, conversation.Claim{Staff: e.Staff.ID, Delta: -1})
	c.add(conversation.Record{Event: conversation.EnquiryWithdrawn, Destinations: offered})
	c.reopen("returned", "nobody took the transfer of bot "+bot.ID+": "+why)
	c.Routing.Tried = []routing.Destination{bot}
	c.add(conversation.Record{Event: conversation.EnquiryOpened})
}
