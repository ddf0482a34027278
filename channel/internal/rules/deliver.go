package rules

import (
	"slices"

	"github.com/usherchat/usher/channel/conversation"
)

// Notified settles the notify lane up to seq: the host took those events at c.Now.
func (c *Change) Notified(seq int64) {
	k := &c.Lane[conversation.LaneNotify]
	k.Done, k.Try, k.Due = max(k.Done, seq), 0, 0
	if k.Done < k.Last {
		k.Due = c.Now.UnixNano()
	}
	r := &c.Routing
	if r.Offer != 0 && r.Offer <= k.Done && r.ToldAt.IsZero() {
		r.ToldAt = c.Now
		if c.Enquiry.Live() {
			c.schedule()
		}
	}
	c.Write = true
}

// NextPost returns the next record of the deliver lane that is worth posting, among those found; others before it
// are settled.
func (c *Change) NextPost() *conversation.Record {
	k := &c.Lane[conversation.LaneDeliver]
	for i := range c.Found {
		r := &c.Found[i]
		if !r.Deliver || r.Seq <= k.Done {
			continue
		}
		switch {
		case r.Message == nil && r.Post == "" && r.Ref == 0: // forgotten
		case r.Delivery.Rank() >= conversation.Delivered.Rank(): // a receipt was faster than the answer
		case c.overtaken(r):
			if r.Delivery != conversation.Failed { // else a receipt said why, and it is counted
				failed := c.replace(r)
				failed.Delivery, failed.Err = conversation.Failed, superseded
			}
		default:
			return r
		}
		c.Passed(r.Seq)
	}
	return nil
}

// superseded is why an automatic text was not sent that had been overtaken.
const superseded = "superseded"

// overtaken reports whether an automatic text is not worth sending any more after what happened since.
func (c *Change) overtaken(r *conversation.Record) bool {
	switch r.Auto {
	case conversation.AutoAway:
		return r.Seq <= c.TakenSeq || !r.Expires.IsZero() && !c.Now.Before(r.Expires)
	case conversation.AutoClosing:
		return slices.Contains(c.Superseded, r.Seq)
	default:
		return false
	}
}

// Passed settles the deliver lane up to seq.
func (c *Change) Passed(seq int64) {
	k := &c.Lane[conversation.LaneDeliver]
	k.Done, k.Try, k.Due = max(k.Done, seq), 0, 0
	if len(c.Superseded) > 0 && c.Superseded[0] <= k.Done {
		c.Superseded = c.Superseded[1:]
	}
	if k.Done < k.Last {
		k.Due = c.Now.UnixNano()
	} else if c.Enquiry.Live() {
		c.schedule() // AutoClose waits for deliveries
	}
	c.Write = true
}

// Delivered settles a record that the endpoint took.
func (c *Change) Delivered(seq int64) {
	if c.Lane[conversation.LaneDeliver].Done >= seq {
		return
	}
	r := c.Record(seq)
	if about := c.about(r); about != nil && about.Message != nil && about.Delivery.Rank() < conversation.Failed.Rank() {
		if about.Delivery != "" { // delivered again
			c.replace(about).Delivery = conversation.Sent
		}
		c.add(c.news(conversation.MessageSent, about, ""))
	}
	c.Passed(seq)
}

// GaveUp settles a record that will not be delivered.
func (c *Change) GaveUp(seq int64, reason string) {
	if c.Lane[conversation.LaneDeliver].Done >= seq {
		return
	}
	r := c.Record(seq)
	if about := c.about(r); about != nil && about.Message != nil && about.Delivery.Rank() < conversation.Failed.Rank() {
		failed := c.replace(about)
		failed.Delivery, failed.Err = conversation.Failed, reason
		c.failed(about, 1)
		c.add(c.news(conversation.MessageFailed, about, reason))
	}
	c.Passed(seq)
}

// failed counts a message as failed, or takes that back.
func (c *Change) failed(r *conversation.Record, n int) {
	if c.Enquiry != nil && c.Enquiry.ID == r.Enquiry {
		c.count(conversation.Messages{Failed: n})
	}
}

// mended takes back that a message was counted as failed; one that was superseded was not.
func (c *Change) mended(r *conversation.Record) {
	if c.delivery(r) == conversation.Failed && r.Err != superseded {
		c.failed(r, -1)
	}
}

// about is the record whose message r is about: itself, or the one that it repeats.
func (c *Change) about(r *conversation.Record) *conversation.Record {
	if r != nil && r.Ref != 0 {
		return c.Record(r.Ref)
	}
	return r
}

// news is the event that tells the host what became of a message.
func (c *Change) news(event conversation.EventType, about *conversation.Record, reason string) conversation.Record {
	r := conversation.Record{Event: event, Ref: about.Seq, Enquiry: about.Enquiry, Err: reason}
	if c.Old != nil && c.Old.ID == about.Enquiry {
		r.State = c.Old
	}
	return r
}

// Receipt applies what the source tells of a message, with a clean reason and times in UTC.
func (c *Change) Receipt(seq int64, rc conversation.Receipt) error {
	r := c.Record(seq)
	if r == nil || r.Message == nil || !r.Deliver {
		return conversation.ErrNotFound
	}
	at := rc.At
	if at.IsZero() {
		at = c.Now
	}
	if rc.Status.Rank() <= c.delivery(r).Rank() { // never down, and a repeat is nothing new
		if rc.Status == conversation.Delivered && r.DeliveredAt.IsZero() { // but for when it was delivered, if it was read before we knew
			c.replace(r).DeliveredAt = at
		}
		return nil
	}
	c.mended(r)
	changed := c.replace(r)
	changed.Delivery, changed.Err = rc.Status, ""
	var event conversation.EventType
	switch rc.Status {
	case conversation.Delivered:
		event, changed.DeliveredAt = conversation.MessageDelivered, at
	case conversation.Read:
		event, changed.ReadAt = conversation.MessageRead, at
	default:
		event, changed.Err = conversation.MessageFailed, rc.Reason
		c.failed(r, 1)
	}
	news := c.news(event, r, changed.Err)
	news.SentAt = rc.At
	c.add(news)
	return nil
}

// Redeliver queues a failed message again.
func (c *Change) Redeliver(seq int64) error {
	r := c.Record(seq)
	switch {
	case r == nil || r.Message == nil || !r.Deliver:
		return conversation.ErrNotFound
	case c.delivery(r) != conversation.Failed:
		return conversation.ErrConflict
	}
	c.mended(r)
	again := c.replace(r)
	again.Delivery, again.Err = conversation.Queued, ""
	if max(r.Seq, r.RequeuedAs) <= c.Lane[conversation.LaneDeliver].Done { // else it is still queued: only a receipt said that it failed
		again.RequeuedAs = c.add(conversation.Record{Enquiry: r.Enquiry, Deliver: true, Ref: r.Seq}).Seq
	}
	if c.Enquiry.Live() {
		c.schedule()
	}
	return nil
}
