package channel

import (
	"slices"
	"time"

	"github.com/usherchat/usher/internal/printable"
)

// lease gives a lane to whoever asked, until then; the token tells later whether it still is theirs.
func (c *Conversation) lease(l Lane, until time.Time) int64 {
	k := &c.Lane[l]
	k.Token++
	k.Lease = until.UnixNano()
	c.Write = true
	return k.Token
}

// holds reports whether the holder of token may still settle.
func (c *Conversation) holds(l Lane, token int64) bool {
	return token != 0 && c.Lane[l].Token == token && c.Lane[l].Lease != 0
}

// release gives the lane back; due says when there is more to do, zero = nothing.
func (c *Conversation) release(l Lane) {
	c.Lane[l].Lease = 0
	c.Write = true
}

// told settles the notify lane up to seq: the host took those events at now.
func (t *terms) told(c *Conversation, seq int64, now time.Time) {
	k := &c.Lane[LaneNotify]
	k.Done, k.Try, k.Due = max(k.Done, seq), 0, 0
	if k.Done < k.Last {
		k.Due = now.UnixNano()
	}
	r := &c.Routing
	if r.Offer != 0 && r.Offer <= k.Done && r.Told.IsZero() {
		r.Told = now
		if c.Enquiry.live() {
			t.reckon(c)
		}
	}
	c.Write = true
}

// postponed keeps a lane's head for later. tried says that an attempt was made.
func (c *Conversation) postponed(l Lane, at time.Time, tried bool) {
	k := &c.Lane[l]
	if tried {
		k.Try++
	}
	k.Due = at.UnixNano()
	c.release(l)
}

// upNext returns the next record of the deliver lane that is worth posting, among those found; others before it
// are settled.
func (t *terms) upNext(c *Conversation, now time.Time) *Record {
	k := &c.Lane[LaneDeliver]
	for i := range c.Found {
		r := &c.Found[i]
		if !r.Deliver || r.Seq <= k.Done {
			continue
		}
		switch {
		case r.Message == nil && r.Post == "" && r.Ref == 0: // forgotten
		case r.Delivery.rank() >= Delivered.rank(): // a receipt was faster than the answer
		case r.superseded(c, now):
			if r.Delivery != Failed { // else a receipt said why, and it is counted
				failed := c.change(r)
				failed.Delivery, failed.Err = Failed, superseded
			}
		default:
			return r
		}
		t.passed(c, r.Seq, now)
	}
	return nil
}

// superseded is why an automatic text was not sent that had been overtaken.
const superseded = "superseded"

// superseded reports whether an automatic text has been overtaken by what happened since.
func (r *Record) superseded(c *Conversation, now time.Time) bool {
	switch r.Auto {
	case AutoAway:
		return r.Seq <= c.Taken || !r.Expires.IsZero() && !now.Before(r.Expires)
	case AutoClosing:
		return slices.Contains(c.Overtaken, r.Seq)
	default:
		return false
	}
}

// passed settles the deliver lane up to seq.
func (t *terms) passed(c *Conversation, seq int64, now time.Time) {
	k := &c.Lane[LaneDeliver]
	k.Done, k.Try, k.Due = max(k.Done, seq), 0, 0
	if len(c.Overtaken) > 0 && c.Overtaken[0] <= k.Done {
		c.Overtaken = c.Overtaken[1:]
	}
	if k.Done < k.Last {
		k.Due = now.UnixNano()
	} else if c.Enquiry.live() {
		t.reckon(c) // AutoClose waits for deliveries
	}
	c.Write = true
}

// delivered settles a record that the endpoint took.
func (t *terms) delivered(c *Conversation, seq int64, now time.Time) {
	if c.Lane[LaneDeliver].Done >= seq {
		return
	}
	r := c.record(seq)
	if about := c.about(r); about != nil && about.Message != nil && about.Delivery.rank() < Failed.rank() {
		if about.Delivery != "" { // delivered again
			c.change(about).Delivery = Sent
		}
		c.add(c.news(MessageSent, about, "", now))
	}
	t.passed(c, seq, now)
}

// gaveUp settles a record that will not be delivered.
func (t *terms) gaveUp(c *Conversation, seq int64, reason string, now time.Time) {
	if c.Lane[LaneDeliver].Done >= seq {
		return
	}
	r := c.record(seq)
	if about := c.about(r); about != nil && about.Message != nil && about.Delivery.rank() < Failed.rank() {
		failed := c.change(about)
		failed.Delivery, failed.Err = Failed, reason
		c.failed(about, 1, now)
		c.add(c.news(MessageFailed, about, reason, now))
	}
	t.passed(c, seq, now)
}

// failed counts a message as failed, or takes that back.
func (c *Conversation) failed(r *Record, n int, now time.Time) {
	if c.Enquiry != nil && c.Enquiry.ID == r.Enquiry {
		c.said(now, Messages{Failed: n})
	}
}

// mended takes back that a message was counted as failed; one that was superseded was not.
func (c *Conversation) mended(r *Record, now time.Time) {
	if c.delivery(r) == Failed && r.Err != superseded {
		c.failed(r, -1, now)
	}
}

// about is the record whose message r is about: itself, or the one that it repeats.
func (c *Conversation) about(r *Record) *Record {
	if r != nil && r.Ref != 0 {
		return c.record(r.Ref)
	}
	return r
}

// news is the event that tells the host what became of a message.
func (c *Conversation) news(event EventType, about *Record, reason string, now time.Time) Record {
	r := Record{At: now, Event: event, Ref: about.Seq, Enquiry: about.Enquiry, Err: reason}
	if c.Old != nil && c.Old.ID == about.Enquiry {
		r.State = c.Old
	}
	return r
}

// receipt applies what the source tells of a message.
func (t *terms) receipt(c *Conversation, seq int64, rc Receipt, now time.Time) error {
	r := c.record(seq)
	if r == nil || r.Message == nil || !r.Deliver {
		return ErrNotFound
	}
	at := sourceTime(rc.At)
	if at.IsZero() {
		at = now
	}
	if rc.Status.rank() <= c.delivery(r).rank() { // never down, and a repeat is nothing new
		if rc.Status == Delivered && r.DeliveredAt.IsZero() { // but for when it was delivered, if it was read before we knew
			c.change(r).DeliveredAt = at
		}
		return nil
	}
	c.mended(r, now)
	changed := c.change(r)
	changed.Delivery, changed.Err = rc.Status, ""
	var event EventType
	switch rc.Status {
	case Delivered:
		event, changed.DeliveredAt = MessageDelivered, at
	case Read:
		event, changed.ReadAt = MessageRead, at
	default:
		event, changed.Err = MessageFailed, printable.Cut(rc.Reason, maxReason)
		c.failed(r, 1, now)
	}
	news := c.news(event, r, changed.Err, now)
	news.SentAt = sourceTime(rc.At)
	c.add(news)
	return nil
}

// delivery is how far a message has come: what is written with it, or what the lane's cursor tells.
func (c *Conversation) delivery(r *Record) Delivery { return r.delivery(c.Lane[LaneDeliver].Done) }

func (r *Record) delivery(done int64) Delivery {
	switch {
	case !r.Deliver:
		return ""
	case r.Delivery != "":
		return r.Delivery
	case r.Seq <= done:
		return Sent
	default:
		return Queued
	}
}

// redeliver queues a failed message again.
func (t *terms) redeliver(c *Conversation, seq int64, now time.Time) error {
	r := c.record(seq)
	switch {
	case r == nil || r.Message == nil || !r.Deliver:
		return ErrNotFound
	case c.delivery(r) != Failed:
		return ErrConflict
	}
	c.mended(r, now)
	again := c.change(r)
	again.Delivery, again.Err = Queued, ""
	if max(r.Seq, r.Again) <= c.Lane[LaneDeliver].Done { // else it is still queued: only a receipt said that it failed
		again.Again = c.add(Record{At: now, Enquiry: r.Enquiry, Deliver: true, Ref: r.Seq}).Seq
	}
	if c.Enquiry.live() {
		t.reckon(c)
	}
	return nil
}
