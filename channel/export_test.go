package channel

import "github.com/usherchat/usher/channel/conversation"

// Places are how many places are left for routing, for telling the host, and for posts of a channel.
func (h *Hub) Places(id string) (route, notify, post int64) {
	ch, _ := h.Channel(id)
	h.engine.places.mu.Lock()
	defer h.engine.places.mu.Unlock()
	left := h.engine.places.left
	post = int64(perChannel - ch.held[conversation.LaneDeliver])
	return int64(left[conversation.LaneRoute]), int64(left[conversation.LaneNotify]), post
}

// ReadInbound is how a request of the incoming API is read.
func ReadInbound(body []byte) (Inbound, error) { return readExact(body, readInbound) }

// ReadReceipt is the same for a receipt.
func ReadReceipt(body []byte) (Receipt, error) { return readExact(body, readReceipt) }
