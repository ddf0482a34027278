package visits

import (
	"context"
	"slices"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/routing"
)

// checkCapacity: nobody handles more than they can, over all channels and processes. It is looked at while nobody
// acts.
func (w *world) checkCapacity(ctx context.Context) {
	handling := map[string]int{}
	for e, err := range w.Store.Enquiries(ctx, channel.Query{Status: []channel.Status{channel.Handling}}) {
		if err != nil {
			w.faulty(key{}, "reading the overview: %v", err)
			return
		}
		handling[e.Staff.ID]++
	}
	for _, id := range staffIDs {
		if handling[id] > capacity(id) {
			w.faulty(key{}, "%s handles %d enquiries, at most %d", id, handling[id], capacity(id))
		}
	}
	if w.journal.mortality() == 0 { // a process that died may have counted what it did not tell
		w.desk.mu.Lock()
		defer w.desk.mu.Unlock()
		for id, n := range w.desk.load {
			if n != handling[id] {
				w.faulty(key{}, "presence was told that %s handles %d enquiries; it is %d", id, n, handling[id])
			}
		}
	}
}

// wait is a time in which an enquiry waited.
type wait struct {
	c        *visit
	from, to time.Time
	tried    []routing.Destination
}

// checkOffers: on the plain channel, where all enquiries are alike, nobody is offered a newer enquiry while an older
// one waits for them.
func (w *world) checkOffers(all []*visit) {
	var waits []wait
	for _, c := range all {
		if c.channel == plain && !w.forgot[c.key] {
			waits = append(waits, waitsOf(c)...)
		}
	}
	for _, c := range all {
		if c.channel != plain || w.forgot[c.key] {
			continue
		}
		var opened time.Time
		transfer := false
		for _, e := range c.events {
			switch e.Type {
			case channel.EnquiryOpened:
				opened, transfer = e.At, false
			case channel.EnquiryTransferred:
				transfer = true
			case channel.EnquiryOffered:
				if !transfer {
					w.checkOffer(c, e, opened, waits)
				}
			default:
			}
		}
	}
}

// checkOffer: an offer is fair if nobody who waited since before it was opened could have been offered instead. What
// happens within a few seconds of a change of presence may cross.
func (w *world) checkOffer(c *visit, e channel.Event, opened time.Time, waits []wait) {
	for _, old := range waits {
		if old.c == c || !old.from.Before(opened) || !old.from.Before(e.At) || e.At.Sub(old.from) < crossing {
			continue
		}
		if old.to.Sub(e.At) < crossing || slices.Contains(old.tried, e.Destinations[0]) {
			continue
		}
		if !w.journal.alone(e.At.Add(-crossing), e.At) {
			continue // two may look at the waiting ones at once and pass over those that the other holds
		}
		w.faultyAt(c.key, old.c.key, c.toldAt(e.Seq), "event %d offers %v an enquiry opened at %v, while %s waits since %v until %v", e.Seq,
			e.Destinations, opened.Format(time.TimeOnly), old.c.key, old.from.Format(time.TimeOnly), old.to.Format(time.TimeOnly))
	}
}

// crossing is how long it may take until everybody knows that presence changed.
const crossing = 6 * time.Second

// waitsOf lists when the enquiries of a conversation waited to be routed by the channel's own rule.
func waitsOf(c *visit) []wait {
	var waits []wait
	var open *wait
	transfer := false
	var tried []routing.Destination
	for _, e := range c.events {
		switch e.Type {
		case channel.EnquiryOpened:
			transfer, tried = false, nil
		case channel.EnquiryTransferred:
			transfer = true
		case channel.EnquiryWithdrawn:
			tried = slices.Concat(tried, e.Destinations)
		case channel.EnquiryWaiting:
			if !transfer {
				open = &wait{c: c, from: e.At, tried: tried}
			}
			continue
		case channel.EnquiryOffered, channel.EnquiryAccepted, channel.EnquiryMissed, channel.EnquiryClosed:
		default:
			continue
		}
		if open != nil {
			open.to = e.At
			waits = append(waits, *open)
			open = nil
		}
	}
	return waits
}

// checkTotals: numbers count within a channel without a gap, and each enquiry its messages.
func (w *world) checkTotals(ctx context.Context, all []*visit) {
	numbers := map[string][]int64{}
	ids := map[channel.EnquiryID]bool{}
	for e, err := range w.Store.Enquiries(ctx, channel.Query{}) {
		if err != nil {
			w.faulty(key{}, "reading the overview: %v", err)
			return
		}
		if ids[e.ID] {
			w.faulty(key{e.Channel, e.Visitor.ID}, "enquiry %s is listed twice", e.ID)
		}
		ids[e.ID] = true
		numbers[e.Channel] = append(numbers[e.Channel], e.Number)
	}
	for id, ns := range numbers {
		slices.Sort(ns)
		for i, n := range ns {
			if n != int64(i+1) {
				w.faulty(key{channel: id}, "enquiry %d of the channel has number %d", i+1, n)
				break
			}
		}
	}
	for _, c := range all {
		if w.forgot[c.key] {
			continue
		}
		for _, e := range c.enquiries {
			w.checkCounts(c, e)
		}
	}
}

// checkCounts: an enquiry counts its messages.
func (w *world) checkCounts(c *visit, e channel.Enquiry) {
	var want channel.Messages
	latest := c.enquiries[len(c.enquiries)-1].ID == e.ID
	for _, r := range c.records {
		if r.Enquiry != e.ID || r.Message == nil {
			continue
		}
		switch r.Author {
		case channel.FromVisitor:
			want.In++
		case channel.FromStaff, channel.FromBot:
			want.Out++
		default:
			want.Auto++
		}
		if r.Delivery == channel.Failed && r.Err != "superseded" {
			want.Failed++
		}
	}
	got := e.Messages
	if !latest { // what fails after the next enquiry has begun is not counted
		want.Failed, got.Failed = 0, 0
	}
	if got != want {
		w.faulty(c.key, "enquiry %d counts %+v, there are %+v", e.Number, e.Messages, want)
	}
}
