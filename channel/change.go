package channel

import (
	"context"
	"sync"
)

// change is Store.Update with what belongs to every change: the lanes that it makes due are leased in the same
// commit and their work begins at once, and presence hears of acceptances and releases.
func (h *Hub) change(ctx context.Context, ch *Channel, id string, look Look, fn func(*Conversation) error) error {
	return h.changeBy(ctx, nil, ch, id, look, fn)
}

// changeBy is change by the work that it settles, nil = none.
func (h *Hub) changeBy(
	ctx context.Context, by *work, ch *Channel, id string, look Look, fn func(*Conversation) error,
) error {
	m := changes.Get().(*change)
	m.claims = claimer{e: &h.engine, ch: ch, now: h.clock.Now()}
	m.look, m.fn = look, fn
	begun := false
	defer func() {
		if !begun {
			m.claims.reset() // the lanes that it leased are due again when the leases run out
		}
	}()
	if err := h.store.Update(ctx, id, look, m.once); err != nil {
		return err // m is left alone: who knows whether a run of it is still going on
	}
	c := m.after
	if c.Write {
		h.changed(ch, c, m.before.enquiry, c.Routing.Told != m.before.told)
	}
	begun = true
	if m.claims.start(c, &m.before, by, h.lends) == 0 && h.lends {
		c.giveBack()
	}
	m.after, m.fn, m.look, m.before, m.claims = nil, nil, Look{}, prior{}, claimer{}
	changes.Put(m)
	return nil
}

// changed tells presence what a change that is recorded means for it. told: the host took the offer meanwhile.
func (h *Hub) changed(ch *Channel, c *Conversation, before *Enquiry, told bool) {
	if c.Routing.Waiting {
		h.engine.waiting.Store(true)
	}
	freed := h.offers.follow(before, c.Enquiry, told, c.Routing.Wait, h.clock.Now())
	for _, claim := range c.Claims {
		freed = freed || claim.Delta < 0
		h.attend(ch, c.ID, claim)
	}
	if freed && h.engine.waiting.Load() {
		h.engine.lookAgain()
	}
}

// attend tells presence of a claim. One that fails at it has not heard.
func (h *Hub) attend(ch *Channel, id string, claim Claim) {
	if h.attendance == nil {
		return
	}
	call := call{name: "Presence", ch: ch, lane: LaneRoute, id: id, most: attendTimeout}
	_, err := outside(h.ctx(), &h.engine, call, func(context.Context) (struct{}, error) {
		if claim.Delta > 0 {
			h.attendance.Took(claim.Staff)
		} else {
			h.attendance.Freed(claim.Staff)
		}
		return struct{}{}, nil
	})
	if err != nil {
		h.log.Warn("presence did not hear of a claim", channelAttr(ch.id), errorAttr(err))
	}
}

// change is a change while it is made. Those that are made are used again.
type change struct {
	look   Look
	fn     func(*Conversation) error
	claims claimer
	before prior
	after  *Conversation
	once   func(*Conversation) error // run, as a value
}

var changes = sync.Pool{New: func() any {
	m := new(change)
	m.once = m.run
	return m
}}

// run makes the change; a Store may want it several times.
func (m *change) run(c *Conversation) error {
	m.claims.reset()
	m.before.note(&c.Head)
	c.looked = m.look
	c.epoch = m.claims.ch.state.Load().Epoch
	if err := m.fn(c); err != nil {
		return err
	}
	if c.Write {
		m.claims.claim(c, &m.before)
	}
	m.after = c
	return nil
}

// conversations are those that MemStore lends to a Hub, which gives them back when nobody looks at them any more.
// What others ask MemStore for they may keep.
var conversations = sync.Pool{New: func() any { return new(Conversation) }}

// giveBack lets the conversation be used again, with the room that its records had.
func (c *Conversation) giveBack() {
	found, added := c.Found, c.Added
	clear(found)
	clear(added)
	*c = Conversation{Found: found[:0], Added: added[:0]}
	conversations.Put(c)
}
