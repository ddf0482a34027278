package channel

import (
	"context"
	"errors"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/internal/rules"
)

// Suspend stops the channel in all processes: Receive and Engage return [ErrSuspended], the hub posts nothing, and no
// deadline runs. All that is recorded stays. Accept, Reply and Close still work. A second Suspend changes nothing.
func (c *Channel) Suspend(ctx context.Context) error {
	return wrap("suspend", c.id, c.suspend(ctx, "suspended by the host"))
}

func (c *Channel) suspend(ctx context.Context, reason string) error {
	_, err := c.hub.changeState(ctx, c.terms.Load(), func(change *rules.Change) { change.Suspend(reason) })
	return err
}

// Resume ends a suspension: Run routes open enquiries afresh and posts the messages that were held. Resume of a channel
// that is not suspended changes nothing.
func (c *Channel) Resume(ctx context.Context) error {
	_, err := c.hub.changeState(ctx, c.terms.Load(), func(change *rules.Change) { change.Resume() })
	if err == nil {
		c.heldUntil.Store(0)
	}
	return wrap("resume", c.id, err)
}

// rerouteOpen routes the open enquiries of a resumed channel afresh.
func (h *Hub) rerouteOpen(ctx context.Context, w *work) error {
	w.ch.adopt(w.head.State)
	query := Query{Channels: []string{w.ch.id}, Status: []Status{Opened, Handling, Missed}}
	for e, err := range h.store.Enquiries(ctx, query) {
		if err != nil {
			return errors.Join(err, h.settle(ctx, w, conversation.Look{}, func(c *rules.Change) {
				rules.Postpone(c.Conversation, conversation.LaneRoute, h.clock.Now().Add(time.Second), true)
			}))
		}
		err = h.change(ctx, w.ch, e.ID.Conversation(), conversation.Look{}, func(c *rules.Change) error {
			if c.Enquiry.Live() && w.head.State.Interrupted(&c.Routing) {
				c.Elapse(w.head.State)
			}
			return nil
		})
		if err != nil {
			h.log.WarnContext(ctx, "resuming an enquiry failed", channelAttr(w.ch.id), errorAttr(err))
		}
	}
	return h.settle(ctx, w, conversation.Look{}, func(c *rules.Change) { c.Rerouted(w.head.State.Epoch) })
}

// refresh hears what other processes have changed of the connected channels.
func (h *Hub) refresh(ctx context.Context, now time.Time) {
	var names []string
	for _, ch := range *h.sorted.Load() {
		names = append(names, ch.id)
	}
	if len(names) == 0 {
		return
	}
	want := conversation.Want{Lane: conversation.LaneChannel, Channels: names, After: h.seen, Until: now.Add(leaseTime), Limit: 1}
	_, err := h.store.Due(ctx, []conversation.Want{want}, func(c *conversation.Conversation, _ conversation.Lane) error {
		if ch, ok := h.Channel(c.Channel); ok && c.State != nil && c.State != ch.state.Load() {
			ch.adopt(c.State)
		}
		return nil
	})
	if err == nil {
		h.seen = now.Add(-2 * leaseTime) // processes' clocks differ
	} else if ctx.Err() == nil {
		h.log.WarnContext(ctx, "reading the state of channels failed", errorAttr(err))
	}
}
