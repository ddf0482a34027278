package channel

import (
	"sync"

	"github.com/usherchat/usher/channel/conversation"
)

const (
	// perChannel is how many posts of one channel are on their way at the same time. While the endpoint answers soon,
	// perQuick are leased and wait for their turn in this process (turn.go): otherwise nearly every post would have to be
	// looked for in the store, which doubled the commits of a full cycle.
	perChannel = 16
	perQuick   = 64

	// shareOfRest bounds a channel's part of the hub's places: it gets one while it has fewer than three times as many
	// as are left. Alone it gets three quarters, and beside channels whose calls hang some are always left.
	shareOfRest = 3
)

// places bounds how much is done at the same time. Decisions and notifications have places of the whole hub, and each
// lane has its own; posts have places of their channel. So a slow host delays no post, and a dead endpoint delays no
// notification.
type places struct {
	mu     sync.Mutex
	left   [conversation.Lanes]int  // of the hub's
	wanted [conversation.Lanes]bool // due work was left for want of a place
}

func (p *places) init(workers int) {
	p.left[conversation.LaneRoute], p.left[conversation.LaneNotify] = workers, workers
}

// has reports whether the channel would get a place; mu is locked.
func (e *engine) has(ch *Channel, l conversation.Lane) bool {
	if l == conversation.LaneDeliver {
		if ch.quick.Load() {
			return ch.held[l] < perQuick
		}
		return ch.held[l] < perChannel
	}
	left := e.places.left[l]
	return left > 0 && ch.held[l] < shareOfRest*left && e.strays.share(ch, l)
}

// enter takes a place in a lane for the channel.
func (e *engine) enter(ch *Channel, l conversation.Lane) bool {
	if l == conversation.LaneDeliver && !ch.mayPost(e.hub.clock.Now()) {
		return false
	}
	p := &e.places
	p.mu.Lock()
	defer p.mu.Unlock()
	if !e.has(ch, l) {
		p.wanted[l] = true
		return false
	}
	ch.held[l]++
	p.left[l]--
	return true
}

// free reports whether the channel would get a place. If not, the next one that is left is made known.
func (e *engine) free(ch *Channel, l conversation.Lane) bool {
	e.places.mu.Lock()
	defer e.places.mu.Unlock()
	has := e.has(ch, l)
	e.places.wanted[l] = e.places.wanted[l] || !has
	return has
}

// leave gives the place back, and has work looked for if some was left.
func (e *engine) leave(ch *Channel, l conversation.Lane) {
	p := &e.places
	p.mu.Lock()
	ch.held[l]--
	p.left[l]++
	p.mu.Unlock()
	e.offerPlace(l)
}

// offerPlace has work looked for if some was left for want of a place.
func (e *engine) offerPlace(l conversation.Lane) {
	e.places.mu.Lock()
	wanted := e.places.wanted[l]
	e.places.wanted[l] = false
	e.places.mu.Unlock()
	if wanted {
		e.pokeNow()
	}
}
