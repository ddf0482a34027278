package channel

// Places are how many places are left for routing, for telling the host, and for posts of a channel.
func (h *Hub) Places(id string) (route, notify, post int64) {
	ch, _ := h.Channel(id)
	return h.engine.rooms[LaneRoute].Load(), h.engine.rooms[LaneNotify].Load(), ch.room.Load()
}
