package channel

import (
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

const (
	quickPost = 250 * time.Millisecond // an endpoint that answers within this is quick
	turnWait  = time.Second            // a post that waits longer is read anew: its visitor may have been forgotten
)

// takeTurn waits until the post of w may be on its way. It reports false if the post has to be read anew first: because
// it waited long, or because a text that may be overtaken had to wait at all.
func (h *Hub) takeTurn(w *work) bool {
	select {
	case w.ch.posting <- struct{}{}:
		return true
	default:
	}
	timer := h.clock.Timer(turnWait)
	defer timer.Stop()
	select {
	case w.ch.posting <- struct{}{}:
	case <-timer.C:
		return false
	case <-(*h.engine.halt.Load()).Done():
		return false
	}
	if mayBeOvertaken(w.items[0].subject()) || !w.ch.mayPost(h.clock.Now()) {
		w.ch.endTurn()
		return false
	}
	return true
}

func (c *Channel) endTurn() { <-c.posting }

// mayBeOvertaken reports whether a text is not worth posting any more after what may happen while it waits.
func mayBeOvertaken(r *conversation.Record) bool { return r.Auto == AutoAway || r.Auto == AutoClosing }
