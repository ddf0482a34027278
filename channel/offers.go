package channel

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/usherchat/usher/routing"
)

// offerBook counts open offers to one destination alone, so that the next decision knows that somebody has been
// asked already. It holds what this process offers, and what was open when Run began; an offer that ends in
// another process counts until its wait is over.
type offerBook struct {
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
func (b *offerBook) follow(before, after *Enquiry, told bool, wait time.Duration, now time.Time) (freed bool) {
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
		b.put(after.ID, openOffer{to: after.Offered[0], until: now.Add(wait + slack)})
	}
	return had && (!has || after.Offered[0] != before.Offered[0])
}

func (b *offerBook) noted(id EnquiryID) {
	if b.changed != nil {
		b.changed[id] = true
	}
}

func (b *offerBook) put(id EnquiryID, o openOffer) {
	if b.by == nil {
		b.by, b.n = map[EnquiryID]openOffer{}, map[routing.Destination]int{}
	}
	b.drop(id)
	b.by[id] = o
	b.n[o.to]++
}

func (b *offerBook) drop(id EnquiryID) {
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
func (b *offerBook) open(d routing.Destination) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.n[d]
}

// expire forgets offers whose end this process has not seen.
func (b *offerBook) expire(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, o := range b.by {
		if now.After(o.until) {
			b.drop(id)
		}
	}
}

// load notes the offers that were open when the process began.
func (b *offerBook) load(ctx context.Context, h *Hub) {
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

// watch is the presence that one decision sees: open offers count as load, and what was asked is remembered.
type watch struct {
	hub     *Hub
	before  *refused
	staffed atomic.Bool // a Router may ask from several goroutines
}

// State implements routing.Presence.
func (p *watch) State(d routing.Destination) routing.State {
	s := p.hub.presence.State(d)
	switch s.Status {
	case routing.Active, routing.Idle, routing.Busy:
		p.staffed.Store(true)
	case "":
		if d.Kind != routing.KindStaff {
			p.staffed.Store(true)
		}
	case routing.Offline:
	}
	s.Load += p.hub.offers.open(d)
	if p.before != nil {
		s = p.before.state(d, s)
	}
	return s
}

// refused remembers, while the waiting enquiries of a channel are looked at, who was not available to one of them:
// whoever becomes available meanwhile is for the oldest, at the next look, and not for a younger one now.
type refused struct {
	mu sync.Mutex
	by map[routing.Destination]routing.State
}

// state is how d stands: as now, unless it was refused before.
func (r *refused) state(d routing.Destination, now routing.State) routing.State {
	r.mu.Lock()
	defer r.mu.Unlock()
	if then, ok := r.by[d]; ok {
		return then
	}
	if now.Available() || now.Status == "" && d.Kind != routing.KindStaff && (now.Capacity == 0 || now.Load < now.Capacity) {
		return now
	}
	if r.by == nil {
		r.by = map[routing.Destination]routing.State{}
	}
	r.by[d] = now
	return now
}
