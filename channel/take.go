package channel

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/internal/rules"
)

// postAhead is how many records are looked at for one to post: those that were overtaken are passed over.
const postAhead = 4

// errSkip leaves a conversation as it was: this process cannot work on it now.
var errSkip = errors.New("skipped")

// wants lists what to poll for now. Under Run that is what there are places for, in every lane and channel.
func (h *Hub) wants(now time.Time, limited bool) []conversation.Want {
	var notify, route, deliver []string
	free := func(ch *Channel, l conversation.Lane) bool { return !limited || h.engine.free(ch, l) }
	for _, ch := range *h.sorted.Load() {
		if free(ch, conversation.LaneNotify) {
			notify = append(notify, ch.id)
		}
		if !ch.suspended() && free(ch, conversation.LaneRoute) {
			route = append(route, ch.id)
		}
		if ch.mayPost(now) && free(ch, conversation.LaneDeliver) {
			deliver = append(deliver, ch.id)
		}
	}
	all := []conversation.Want{
		{Lane: conversation.LaneNotify, Channels: notify, Until: now, Limit: batch, Ahead: notifyBatch},
		{Lane: conversation.LaneRoute, Channels: route, Until: now, Limit: batch},
		{Lane: conversation.LaneDeliver, Channels: deliver, Until: now, Limit: perQuick, Ahead: postAhead},
	}
	return slices.DeleteFunc(all, func(w conversation.Want) bool { return len(w.Channels) == 0 })
}

// taken is the work that one Store.Due has found and leased.
type taken struct {
	hub   *Hub
	now   time.Time
	enter func(*Channel, conversation.Lane) bool // takes a place
	leave func(*Channel, conversation.Lane)
	work  map[takenKey]*work
	order []takenKey               // in which the store found them
	timed map[takenKey]timedChange // what the passing of time has changed
	more  bool                     // taking the work made something due
}

type takenKey struct {
	id   string
	lane conversation.Lane
}

// timedChange is a change that time itself has brought.
type timedChange struct {
	ch     *Channel
	commit commit
}

func newTaken(h *Hub, now time.Time, enter func(*Channel, conversation.Lane) bool, leave func(*Channel, conversation.Lane)) *taken {
	return &taken{hub: h, now: now, enter: enter, leave: leave, work: map[takenKey]*work{}, timed: map[takenKey]timedChange{}}
}

// take is the function for Store.Due. It may run again for a conversation, and has its place then.
func (t *taken) take(c *conversation.Conversation, l conversation.Lane) error {
	key := takenKey{c.ID, l}
	k := commit{before: c.Head, after: c, look: conversation.Look{Lane: l, Ahead: postAhead}}
	if l == conversation.LaneNotify {
		k.look.Ahead = notifyBatch
	}
	old, again := t.work[key]
	w, err := t.hub.leaseDue(&k, l, t.now, func(ch *Channel) bool { return again || t.enter(ch, l) })
	switch {
	case w != nil:
		if !again {
			t.order = append(t.order, key)
		}
		t.work[key] = w
	case again: // another process has changed it meanwhile
		delete(t.work, key)
		t.order = slices.DeleteFunc(t.order, func(k takenKey) bool { return k == key })
		t.leave(old.ch, l)
	}
	due := c.Lane[l].Due
	passed := w == nil && err == nil && c.Lane[l] != k.before.Lane[l] && due != 0 && due <= t.now.UnixNano()
	t.more = t.more || len(c.Added) > 0 || passed
	if ch, ok := t.hub.Channel(c.Channel); ok && l == conversation.LaneRoute && err == nil {
		t.timed[key] = timedChange{ch, k}
	}
	return err
}

// leaseDue leases a lane that the store found due. It returns nil if nothing remains to be done.
func (h *Hub) leaseDue(k *commit, l conversation.Lane, now time.Time, enter func(*Channel) bool) (*work, error) {
	c := k.after
	ch, ok := h.Channel(c.Channel)
	if !ok || c.Lane[l].Lease > now.UnixNano() || c.Lane[l].Next() == 0 {
		return nil, errSkip
	}
	if c.Lane[l].Lease != 0 {
		rules.Release(c, l) // its holder has died
	}
	if !h.remains(ch.rules(c, now), ch, l) {
		c.Write = true
		return nil, nil
	}
	if !enter(ch) {
		return nil, errSkip
	}
	until := now.Add(leaseTime)
	return k.newWork(l, ch, rules.Lease(c, l, until), until), nil
}

// remains does what is done within the change itself and reports whether work remains in the lane.
func (h *Hub) remains(c *rules.Change, ch *Channel, l conversation.Lane) bool {
	k := &c.Lane[l]
	switch {
	case l == conversation.LaneNotify:
		if k.Done >= k.Last || len(c.Found) == 0 {
			k.Due, k.Done = 0, k.Last
			return false
		}
		return true
	case l == conversation.LaneDeliver:
		if c.NextPost() != nil {
			return true
		}
		if len(c.Found) < postAhead && k.Done < k.Last {
			c.Passed(k.Last)
		}
		return false
	case c.State != nil: // of the channel itself
		if !c.State.Reroute {
			k.Due = 0
		}
		return c.State.Reroute
	default:
		c.Elapse(ch.state.Load())
		return !c.Gone && c.Enquiry.Live() && c.Routing.Pending && k.Due <= c.Now.UnixNano()
	}
}

// attend tells presence what the passing of time has changed.
func (t *taken) attend() {
	for _, d := range t.timed {
		t.hub.changed(d.ch, &d.commit)
	}
}

// list returns the work in the order in which it is to begin: enquiries are routed in the order in which they came.
func (t *taken) list() []*work {
	list := make([]*work, 0, len(t.order))
	for _, key := range t.order {
		list = append(list, t.work[key])
	}
	slices.SortStableFunc(list, func(a, b *work) int {
		if a.lane != conversation.LaneRoute || b.lane != conversation.LaneRoute || a.head.Enquiry == nil || b.head.Enquiry == nil {
			return cmp.Compare(a.lane, b.lane)
		}
		return cmp.Or(a.head.Routing.Since.Compare(b.head.Routing.Since),
			cmp.Compare(a.head.Enquiry.Number, b.head.Enquiry.Number))
	})
	return list
}
