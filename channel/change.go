package channel

import (
	"context"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/internal/rules"
)

// change is Store.Update with what belongs to every change: the lanes that it makes due are leased in the same commit
// and their work begins at once, and presence hears of acceptances and releases.
func (h *Hub) change(
	ctx context.Context, ch *Channel, id string, look conversation.Look, fn func(*rules.Change) error,
) error {
	l := &leasing{hub: h, ch: ch, look: look, now: h.clock.Now()}
	recorded := false
	defer func() {
		if !recorded { // the Store returned an error, or it panicked
			l.abandon()
		}
	}()
	if err := h.store.Update(ctx, id, look, l.run(fn)); err != nil {
		return err
	}
	if l.commit.after.Write {
		h.changed(ch, &l.commit)
	}
	recorded = true
	l.begin()
	return nil
}

// changed tells presence what a recorded change means for it.
func (h *Hub) changed(ch *Channel, k *commit) {
	c := k.after
	if c.Routing.Waiting {
		h.engine.waiting.Store(true)
	}
	freed := h.offers.follow(k, h.clock.Now())
	for _, claim := range c.Claims {
		freed = freed || claim.Delta < 0
		h.attend(ch, c.ID, claim)
	}
	if freed && h.engine.waiting.Load() {
		h.engine.wakeWaiting()
	}
}

// attend tells presence of a claim. A presence that fails at it has not heard.
func (h *Hub) attend(ch *Channel, id string, claim conversation.Claim) {
	if h.attendance == nil {
		return
	}
	call := call{name: "Presence", ch: ch, lane: conversation.LaneRoute, id: id, most: attendTimeout}
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
