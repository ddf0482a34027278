package channel

import (
	"context"
	"sync"
)

// change is Store.Update with what belongs to every change: the lanes that it makes due are leased in the same
// commit and their work begins at once, and presence hears of acceptances and releases.
func (h *Hub) change(ctx context.Context, ch *Channel, id string, look conversation.Look, fn func(*conversation.Conversation) error) error {
	return h.changeBy(ctx, nil, ch, id, look, fn)
}

// changeBy is change by the work that it settles, nil = none.
func (h *Hub) changeBy(
	ctx context.Context, by *work, ch *Channel, id string, look conversation.Look, fn func(*conversation.Conversation) error,
) error {
	m := changes.Get().(*change)
	m.claims = claimer{e: &h.engine, ch: ch, now: h.clock.Now()}
	m.look, m.fn = look, fn
	if err := h.store.Update(ctx, id, look, m.once); err != nil {
		m.claims.reset()
		return err // m is left alone: who knows whether a run of it is still going on
	}
	c := m.after
	if c.Write {
		h.changed(c, m.before.enquiry, c.Routing.ToldAt != m.before.told)
	}
	begun := m.claims.start(c, &m.before, by, h.lends)
	if h.lends && begun == 0 {
		c.giveBack()
	}
	m.after, m.fn, m.look, m.before, m.claims = nil, nil, conversation.Look{}, prior{}, claimer{}
	changes.Put(m)
	return nil
}

// changed tells presence what a change that is recorded means for it. told: the host took the offer meanwhile.
func (h *Hub) changed(c *conversation.Conversation, before *Enquiry, told bool) {
	if c.Routing.Waiting {
		h.engine.waiting.Store(true)
	}
	freed := h.offers.follow(before, c.Enquiry, told, c.Routing.Wait, h.clock.Now())
	for _, claim := range c.Claims {
		switch {
		case claim.Delta > 0 && h.attendance != nil:
			h.attendance.Took(claim.Staff)
		case claim.Delta < 0:
			if h.attendance != nil {
				h.attendance.Freed(claim.Staff)
			}
			freed = true
		}
	}
	if freed && h.engine.waiting.Load() {
		h.engine.lookAgain()
	}
}

// change is a change while it is made. Those that are made are used again.
type change struct {
	look   conversation.Look
	fn     func(*conversation.Conversation) error
	claims claimer
	before prior
	after  *conversation.Conversation
	once   func(*conversation.Conversation) error // run, as a value
}

var changes = sync.Pool{New: func() any {
	m := new(change)
	m.once = m.run
	return m
}}

// run makes the change; a Store may want it several times.
func (m *change) run(c *conversation.Conversation) error {
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
var conversations = sync.Pool{New: func() any { return new(conversation.Conversation) }}

// giveBack lets the conversation be used again, with the room that its records had.
func (c *conversation.Conversation) giveBack() {
	found, added := c.Found, c.Added
	clear(found)
	clear(added)
	*c = conversation.Conversation{Found: found[:0], Added: added[:0]}
	conversations.Put(c)
}
