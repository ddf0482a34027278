package channel

import (
	"context"
	"sync"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/internal/rules"
)

// change is Store.Update with what belongs to every change: the lanes that it makes due are leased in the same
// commit and their work begins at once, and presence hears of acceptances and releases.
func (h *Hub) change(ctx context.Context, ch *Channel, id string, look conversation.Look, fn func(*rules.Change) error) error {
	return h.changeBy(ctx, nil, ch, id, look, fn)
}

// changeBy is change by the work that it settles, nil = none.
func (h *Hub) changeBy(
	ctx context.Context, by *work, ch *Channel, id string, look conversation.Look, fn func(*rules.Change) error,
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
	m.claims.start(c, &m.before, m.look, by)
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
	fn     func(*rules.Change) error
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
	if err := m.fn(m.claims.ch.rules(c, m.claims.now)); err != nil {
		return err
	}
	if c.Write {
		m.claims.claim(c, &m.before, m.look)
	}
	m.after = c
	return nil
}
