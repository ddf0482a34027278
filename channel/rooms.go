package channel

import "sync/atomic"

// Places of LaneRoute and LaneNotify belong to the hub, those of LaneDeliver to the channel. A channel may take a
// place of the hub's while it has fewer than three times as many as are left: alone it gets three quarters of them,
// and beside channels whose calls hang there always are some left for others.
const shareOfRest = 3

// enter takes a place in a lane's room.
func (e *engine) enter(ch *Channel, l Lane) bool {
	switch {
	case l != LaneDeliver:
		return e.enterShared(ch, l)
	case !ch.mayDeliver(e.hub.clock.Now()):
		return false
	}
	kept, _ := ch.lineRoom()
	if ch.room.Add(-1) < kept {
		ch.room.Add(1)
		if ch.starved[l].Store(true); ch.room.Load() > kept { // somebody has left meanwhile
			e.pokeNow()
		}
		return false
	}
	return true
}

func (e *engine) enterShared(ch *Channel, l Lane) bool {
	held, left := ch.held[l].Add(1)-1, e.rooms[l].Add(-1)+1
	if left > 0 && held < shareOfRest*left && e.strays.share(ch, l) {
		return true
	}
	ch.held[l].Add(-1)
	e.rooms[l].Add(1)
	e.wanting(ch, l)
	if e.has(ch, l) { // somebody has left meanwhile
		e.pokeNow()
	}
	return false
}

// has reports whether the channel would get a place of the hub's.
func (e *engine) has(ch *Channel, l Lane) bool {
	left := e.rooms[l].Load()
	return left > 0 && ch.held[l].Load() < shareOfRest*left && e.strays.share(ch, l)
}

// wanting notes that whoever leaves has to ask for what was left out.
func (e *engine) wanting(ch *Channel, l Lane) {
	ch.starved[l].Store(true)
	if e.rooms[l].Load() <= 0 {
		e.starved[l].Store(true)
	}
}

// free reports whether the channel would get a place. If not, whoever leaves asks for what was left out.
func (e *engine) free(ch *Channel, l Lane) bool {
	if l != LaneDeliver {
		if e.has(ch, l) {
			return true
		}
		e.wanting(ch, l)
		return e.has(ch, l) // somebody may have left meanwhile
	}
	kept, _ := ch.lineRoom()
	if ch.room.Load() > kept {
		return true
	}
	ch.starved[l].Store(true)
	return ch.room.Load() > kept
}

// leave gives the place back and asks for more work if some had to be left, as soon as there are places for a few.
func (e *engine) leave(ch *Channel, l Lane) {
	var few bool
	if l == LaneDeliver {
		kept, enough := ch.lineRoom()
		few = ch.room.Add(1) >= kept+enough
	} else {
		held, left := ch.held[l].Add(-1), e.rooms[l].Add(1)
		few = held <= (held+left)*9/16 // three quarters of its share
		if left >= e.enough && e.starved[l].Load() && e.starved[l].Swap(false) {
			e.pokeNow()
		}
	}
	if few && ch.starved[l].Load() && ch.starved[l].Swap(false) {
		e.pokeNow()
	}
}

// lineRoom is how many of a channel's places for posts are not to be given, and how many more have to be left before it
// is worth asking for work.
func (c *Channel) lineRoom() (kept, enough int64) {
	if c.quick.Load() {
		return 0, perLine / 2
	}
	return perLine, perChannel / 2
}

// shared are the counts of a channel's places of the hub's.
type shared struct {
	held    [Lanes]atomic.Int64 // places that it has
	strays  [Lanes]atomic.Int64 // its calls that were given up and have not returned
	starved [Lanes]atomic.Bool  // something due had to be left for want of room
}
