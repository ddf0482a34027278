package channel

import (
	"context"
	"sync"
	"time"

	"github.com/usherchat/usher/routing"
)

// offerLoad counts open offers to one destination alone, so that the next decision knows that somebody has been
// asked already. It holds what this process offers, and what was open when Run began; an offer that ends in
// another process counts until its wait is over.
type offerLoad struct {
	mu sync.Mutex
	by map[EnquiryID]openOffer
	n  map[routing.Destination]int
	// changed holds, while the offers of before are loaded, the enquiries whose offers are known better meanwhile.
	changed map[EnquiryID]bool
}

type openOffer struct {
	to    routing.Destination
	until time.Time
}

// slack is how long an offer may be on its way to the host before its wait begins to count.
const slack = time.Minute

// follow notes how a change left the offer of an enquiry, or that the host was told of it: only then does its wait
// begin. It reports whether somebody may be asked again.
func (b *offerLoad) follow(k *commit, now time.Time) (freed bool) {
	before, after := k.before.Enquiry, k.after.Enquiry
	told := k.after.Routing.ToldAt != k.before.Routing.ToldAt
	had := before != nil && len(before.Offered) == 1
	has := after.Live() && len(after.Offered) == 1
	if !had && !has || had && has && &before.Offered[0] == &after.Offered[0] && !told {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if had {
		b.drop(before.ID)
		b.noted(before.ID)
	}
	if has {
		b.noted(after.ID)
		b.put(after.ID, openOffer{to: after.Offered[0], until: now.Add(k.after.Routing.Wait + slack)})
	}
	return had && (!has || after.Offered[0] != before.Offered[0])
}

func (b *offerLoad) noted(id EnquiryID) {
	if b.changed != nil {
		b.changed[id] = true
	}
}

func (b *offerLoad) put(id EnquiryID, o openOffer) {
	if b.by == nil {
		b.by, b.n = map[EnquiryID]openOffer{}, map[routing.Destination]int{}
	}
	b.drop(id)
	b.by[id] = o
	b.n[o.to]++
}

func (b *offerLoad) drop(id EnquiryID) {
	o, ok := b.by[id]
	if !ok {
		return
	}
	delete(b.by, id)
	if b.n[o.to]--; b.n[o.to] == 0 {
		delete(b.n, o.to)
	}
}

// open is the number of open exclusive offers to d.
func (b *offerLoad) open(d routing.Destination) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.n[d]
}

// expire forgets offers whose end this process has not seen.
func (b *offerLoad) expire(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, o := range b.by {
		if now.After(o.until) {
			b.drop(id)
		}
	}
}

// load notes the offers that were open when the process began.
func (b *offerLoad) load(ctx context.Context, h *Hub) {
	var names []string
	for ch := range h.Channels() {
		names = append(names, ch.id)
	}
	if len(names) == 0 {
		return
	}
	now := h.clock.Now()
	b.mu.Lock()
	b.changed = map[EnquiryID]bool{}
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.changed = nil
	}()
	for e, err := range h.store.Enquiries(ctx, Query{Channels: names, Status: []Status{Opened, Handling}}) {
		if err != nil {
			return // a count that is too low only makes a decision less even
		}
		if len(e.Offered) == 1 {
			b.mu.Lock()
			if !b.changed[e.ID] {
				b.put(e.ID, openOffer{to: e.Offered[0], until: now.Add(DefaultOfferWait + slack)})
			}
			b.mu.Unlock()
		}
	}
}
