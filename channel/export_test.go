package channel

import (
	"context"
	"time"
)

// NewMemStoreKeeping is NewMemStore with n conversations of each shard left unpacked.
func NewMemStoreKeeping(n int) *MemStore { return newMemStore(n) }

// Within is the context of work that has d to be done.
func Within(parent context.Context, d time.Duration) (context.Context, func()) {
	l := within(parent, d)
	return l, l.end
}

// Detached is the same for work that goes on when the parent ends.
func Detached(parent context.Context, d time.Duration) (context.Context, func()) {
	l := detached(parent, d)
	return l, l.end
}

// Places are how many places are left for routing, for telling the host, and for posts of a channel.
func (h *Hub) Places(id string) (route, notify, post int64) {
	ch, _ := h.Channel(id)
	return h.engine.rooms[LaneRoute].Load(), h.engine.rooms[LaneNotify].Load(), ch.room.Load()
}
