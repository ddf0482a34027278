package channel

import (
	"slices"
	"time"

	"github.com/usherchat/usher/internal/printable"
	"github.com/usherchat/usher/routing"
)

// Waits of the search.
const (
	firstRetry = time.Second // after an error of the Router, doubling
	lastRetry  = 30 * time.Second

	// forgetAfter is how long the hashes of message ids outlive a forgotten visitor: as long as a source may
	// repeat a request.
	forgetAfter = 72 * time.Hour
)

// reckon sets when the route lane is due next and whether the enquiry waits. Every rule that touches the enquiry
// ends with it.
func (t *terms) reckon(c *Conversation) {
	var due time.Time
	r, e := &c.Routing, c.Enquiry
	switch {
	case !e.live():
	case r.Pending:
		due = latest(r.Since, r.Retry)
	case len(e.Offered) > 0:
		if !r.Told.IsZero() {
			due = r.Told.Add(r.Wait)
		}
	case r.Waiting:
		due = r.Since.Add(t.maxWait)
	}
	if e.live() && !r.Pending {
		due = earliest(due, t.closing(c))
	}
	if !c.Forgotten.IsZero() && c.Visitor.ID == "" && !e.live() {
		due = earliest(due, c.Forgotten.Add(forgetAfter))
	}
	c.Lane[LaneRoute].Due = unixNano(due)
	c.Lane[LaneWait].Due = 0
	if e.live() && r.Waiting {
		c.Lane[LaneWait].Due = r.Since.UnixNano()
	}
}

// elapse does what the clock alone brings: an offer that expired, a channel that was resumed, an enquiry that
// nobody wrote in.
func (t *terms) elapse(c *Conversation, now time.Time, ch *ChannelState) {
	if c.remains(now) {
		return
	}
	e, r := c.Enquiry, &c.Routing
	if !e.live() {
		t.reckon(c)
		return
	}
	if ch.interrupted(r) {
		t.resume(c, now, ch)
	}
	switch {
	case r.Pending:
	case len(e.Offered) > 0 && !r.Told.IsZero() && !now.Before(r.Told.Add(r.Wait)):
		t.withdraw(c, now, "expired", "nobody accepted within "+r.Wait.String())
	case r.Waiting && len(e.Offered) == 0 && !now.Before(r.Since.Add(t.maxWait)):
		r.Pending = true // routed once more, then missed
		r.Round++
		c.Write = true
	}
	t.idle(c, now)
	t.reckon(c)
}

// interrupted reports whether the channel was suspended since that routing began. What a process began just after
// Resume, and before it knew, was not.
func (s *ChannelState) interrupted(r *Routing) bool {
	return r.Epoch < s.Epoch && !r.Since.After(s.ResumedAt)
}

// resume begins again after a suspension: open enquiries are routed afresh, other deadlines start anew.
func (t *terms) resume(c *Conversation, now time.Time, ch *ChannelState) {
	rule, away := c.Routing.Rule, c.Routing.Away
	c.epoch = ch.Epoch
	if c.Enquiry.Status == Opened || rule != nil {
		if len(c.Enquiry.Offered) > 0 {
			t.withdraw(c, now, "resumed", "the channel was resumed")
		}
		t.search(c, now)
		c.Routing.Rule, c.Routing.Away = rule, away
		if rule != nil {
			c.Routing.Tried = []routing.Destination{c.Enquiry.Staff.destination()}
		}
	}
	c.Routing.Epoch, c.Routing.Floor = ch.Epoch, ch.ResumedAt
	c.Write = true
}

// withdraw ends the present offer; the enquiry is to be routed again.
func (t *terms) withdraw(c *Conversation, now time.Time, code, text string) {
	e := c.edit()
	gone := e.Offered
	c.Routing.Tried = slices.Concat(c.Routing.Tried, gone)
	e.Offered = nil
	because(e, code, text)
	c.endOffer()
	c.Routing.Pending = true
	c.add(Record{At: now, Event: EnquiryWithdrawn, Destinations: gone})
}

// endOffer forgets the details of the present offer.
func (c *Conversation) endOffer() {
	r := &c.Routing
	r.Round++
	r.Wait, r.Told, r.Offer, r.Declined, r.Pending, r.Waiting = 0, time.Time{}, 0, nil, false, false
	r.Retry, r.Fails, r.Prefer = time.Time{}, 0, ""
}

// decided is what came of asking a Router.
type decided struct {
	routing.Decision
	Err     error
	Staffed bool // somebody concerned is Active, Idle or Busy
}

// explained is the decision in words and as data: a Router of the host may give no reasons.
func (d decided) explained() (string, []routing.Reason) {
	why, reasons := printable.Clean(d.String()), shown(d.Reasons())
	if len(reasons) == 0 {
		reasons = []routing.Reason{{Code: d.Outcome.String(), Text: why}}
	}
	return why, reasons
}

// shown returns reasons as they may be shown. A Router of the host may have taken their words from anywhere.
func shown(reasons []routing.Reason) []routing.Reason {
	for i := range reasons {
		r := &reasons[i]
		r.Rule, r.Code, r.Text = printable.Clean(r.Rule), printable.Clean(r.Code), printable.Clean(r.Text)
	}
	return reasons
}

// routed records a decision about the round that it was asked for.
func (t *terms) routed(c *Conversation, d decided, now time.Time) {
	r := &c.Routing
	if d.Err != nil {
		t.routeFailed(c, d, now)
		t.reckon(c)
		return
	}
	was := *r
	r.Retry, r.Fails, r.Prefer = time.Time{}, 0, ""
	fresh := fresh(d.Destinations, r.Tried)
	switch {
	case d.Outcome == routing.Offer && len(fresh) > 0:
		t.offer(c, fresh, d, now)
	case d.Outcome == routing.NoneAvailable && now.Before(r.Since.Add(t.maxWait)):
		t.wait(c, d, now, was)
	default:
		t.miss(c, d, now)
	}
	t.reckon(c)
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

func (t *terms) offer(c *Conversation, to []routing.Destination, d decided, now time.Time) {
	e := c.edit()
	e.Offered, e.Destination = to, to[0]
	e.Why, e.Reasons = d.explained()
	c.endOffer()
	c.Routing.Wait = d.Wait
	if d.Wait <= 0 {
		c.Routing.Wait = t.offerWait
	}
	c.Routing.Offer = c.add(Record{At: now, Event: EnquiryOffered, Destinations: to, Wait: c.Routing.Wait}).Seq
}

// wait keeps the enquiry until somebody can be offered it. Only what is new is recorded: looking again while
// nothing has changed costs no write.
func (t *terms) wait(c *Conversation, d decided, now time.Time, was Routing) {
	r := &c.Routing
	if why, reasons := d.explained(); !r.Waiting || c.Enquiry.Why != why {
		e := c.edit()
		e.Why, e.Reasons = why, reasons
	}
	if r.Pending || was.Fails > 0 {
		r.Pending = false
		r.Round++
		c.Write = true
	}
	if !r.Waiting {
		r.Waiting = true
		c.add(Record{At: now, Event: EnquiryWaiting})
	}
	if !d.Staffed {
		t.away(c, d.NextOpening, now)
	}
}

func (t *terms) miss(c *Conversation, d decided, now time.Time) {
	why, reasons := d.explained()
	if d.Err != nil {
		why, reasons = c.Enquiry.Why, c.Enquiry.Reasons
	}
	if c.Routing.Rule != nil {
		t.giveBack(c, why, now)
		return
	}
	e := c.edit()
	e.Status, e.MissedAt, e.Offered = Missed, now, nil
	e.Why, e.Reasons = why, reasons
	c.endOffer()
	c.add(Record{At: now, Event: EnquiryMissed})
	t.away(c, d.NextOpening, now)
}

// away queues the away text: once an opening, and not within AwayEvery.
func (t *terms) away(c *Conversation, opening, now time.Time) {
	r := &c.Routing
	if r.Away || r.Rule != nil {
		return
	}
	r.Away = true
	c.Write = true
	if !c.AwayAt.IsZero() && now.Sub(c.AwayAt) < t.awayEvery {
		return
	}
	if t.auto(c, AutoAway, now, opening) {
		c.AwayAt = now
	}
}

// routeFailed keeps the enquiry after an error, a panic or an invalid decision.
func (t *terms) routeFailed(c *Conversation, d decided, now time.Time) {
	r := &c.Routing
	text := "routing failed: " + printable.Cut(d.Err.Error(), 200)
	e := c.edit()
	e.Why, e.Reasons = text, append(shown(d.Reasons()), routing.Reason{Code: "error", Text: text})
	if !now.Before(r.Since.Add(t.maxWait)) {
		t.miss(c, d, now)
		return
	}
	delay := min(firstRetry<<min(r.Fails, 8), lastRetry)
	r.Fails++
	r.Pending = true
	r.Round++
	r.Retry = earliest(now.Add(delay), r.Since.Add(t.maxWait))
	c.Write = true
}

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
