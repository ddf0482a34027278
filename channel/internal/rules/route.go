package rules

import (
	"slices"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/routing"
)

// Waits after an error of the Router.
const (
	firstRetry = time.Second // doubling
	lastRetry  = 30 * time.Second
)

// Decided is what came of asking a Router.
type Decided struct {
	routing.Decision
	Fault   string // why there is no decision, clean and short; "" = there is one
	Staffed bool   // somebody concerned is Active, Idle or Busy
}

// explained is the decision in words and as data: a Router of the host may give no reasons.
func (d Decided) explained() (string, []routing.Reason) {
	why, reasons := d.String(), d.Reasons()
	if len(reasons) == 0 {
		reasons = []routing.Reason{{Code: d.Outcome.String(), Text: why}}
	}
	return why, reasons
}

// Routed records a decision about the round that it was asked for.
func (c *Change) Routed(d Decided) {
	r := &c.Routing
	if d.Fault != "" {
		c.routeFailed(d)
		c.schedule()
		return
	}
	was := *r
	r.Retry, r.Fails, r.Prefer = time.Time{}, 0, ""
	fresh := fresh(d.Destinations, r.Tried)
	switch {
	case d.Outcome == routing.Offer && len(fresh) > 0:
		c.offer(fresh, d)
	case d.Outcome == routing.NoneAvailable && c.Now.Before(r.Since.Add(c.Terms.MaxWait)):
		c.wait(d, was)
	default:
		c.miss(d)
	}
	c.schedule()
}

// fresh is what has not been tried. A Router of the host may not look.
func fresh(offered, tried []routing.Destination) []routing.Destination {
	out := make([]routing.Destination, 0, len(offered))
	for _, d := range offered {
		if !slices.Contains(tried, d) {
			out = append(out, d)
		}
	}
	return out
}

func (c *Change) offer(to []routing.Destination, d Decided) {
	e := c.edit()
	e.Offered, e.Destination = to, to[0]
	e.Why, e.Reasons = d.explained()
	c.endOffer()
	c.Routing.Wait = d.Wait
	if d.Wait <= 0 {
		c.Routing.Wait = c.Terms.OfferWait
	}
	c.Routing.Offer = c.add(conversation.Record{Event: conversation.EnquiryOffered, Destinations: to, Wait: c.Routing.Wait}).Seq
}

// wait keeps the enquiry until somebody can be offered it. Only what is new is recorded: looking again while
// nothing has changed costs no write.
func (c *Change) wait(d Decided, was conversation.Routing) {
	r := &c.Routing
	if why, reasons := d.explained(); !r.Waiting || c.Enquiry.Why != why {
		e := c.edit()
		e.Why, e.Reasons = why, reasons
	}
	if r.Pending || was.Fails > 0 {
		r.Pending = false
		r.Revision++
		c.Write = true
	}
	if !r.Waiting {
		r.Waiting = true
		c.add(conversation.Record{Event: conversation.EnquiryWaiting})
	}
	if !d.Staffed {
		c.sayAway(d.NextOpening)
	}
}

func (c *Change) miss(d Decided) {
	why, reasons := d.explained()
	if d.Fault != "" {
		why, reasons = c.Enquiry.Why, c.Enquiry.Reasons
	}
	if c.Routing.Rule != nil {
		c.returnTransfer(why)
		return
	}
	e := c.edit()
	e.Status, e.MissedAt, e.Offered = conversation.Missed, c.Now, nil
	e.Why, e.Reasons = why, reasons
	c.endOffer()
	c.add(conversation.Record{Event: conversation.EnquiryMissed})
	c.sayAway(d.NextOpening)
}

// routeFailed keeps the enquiry after an error, a panic or an invalid decision.
func (c *Change) routeFailed(d Decided) {
	r := &c.Routing
	text := "routing failed: " + d.Fault
	e := c.edit()
	e.Why, e.Reasons = text, append(d.Reasons(), routing.Reason{Code: "error", Text: text})
	if !c.Now.Before(r.Since.Add(c.Terms.MaxWait)) {
		c.miss(d)
		return
	}
	delay := min(firstRetry<<min(r.Fails, 8), lastRetry)
	r.Fails++
	r.Pending = true
	r.Revision++
	r.Retry = earliest(c.Now.Add(delay), r.Since.Add(c.Terms.MaxWait))
	c.Write = true
}

// withdraw ends the present offer; the enquiry is to be routed again.
func (c *Change) withdraw(code, text string) {
	e := c.edit()
	withdrawn := e.Offered
	c.Routing.Tried = slices.Concat(c.Routing.Tried, withdrawn)
	e.Offered = nil
	because(e, code, text)
	c.endOffer()
	c.Routing.Pending = true
	c.add(conversation.Record{Event: conversation.EnquiryWithdrawn, Destinations: withdrawn})
}

// endOffer forgets the details of the present offer.
func (c *Change) endOffer() {
	r := &c.Routing
	r.Revision++
	r.Wait, r.ToldAt, r.Offer, r.Pending, r.Waiting = 0, time.Time{}, 0, false, false
	r.Retry, r.Fails, r.Prefer = time.Time{}, 0, ""
}
