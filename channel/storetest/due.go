package storetest

import (
	"slices"
	"strconv"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

func beingDue() []rule {
	return []rule{
		{"after After until Until", "whose lane has After < Next ≤ Until", dueBounds},
		{"in that order", "in that order", dueOrder},
		{"at most Limit", "at most Limit for each channel of a want", dueLimit},
		{"several wants", "whose lane has After < Next ≤ Until", dueWants},
		{"only what is wanted", "Channels []string", dueUnwanted},
		{"records ahead", "with the lane's next Ahead records", dueAhead},
		{"an error leaves it", "An error of fn leaves that conversation as it was and Due goes on", dueError},
		{"as Update does", "Due runs fn, as Update does", dueRecords},
		{"nothing without Write", "records what fn changed if it set Write", dueWithoutWrite},
		{"lanes do not wait for each other", "Lanes of one conversation do not wait for each other.", dueLanes},
		{"an order in pages", "After time.Time // zero = from the first", duePages},
		{"as soon as it is recorded", "to find what is due", dueMoves},
		{"as long as it is due", "Due runs fn, as Update does, on conversations whose lane has After < Next ≤ Until", dueStill},
	}
}

// schedule makes lanes of a conversation due; a zero time = not.
func (t *trial) schedule(p place, at time.Time, lanes ...conversation.Lane) {
	t.Helper()
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		p.enter(c)
		for _, l := range lanes {
			c.Lane[l].Due = 0
			if !at.IsZero() {
				c.Lane[l].Due = at.UnixNano()
			}
		}
	})
}

func allLanes() []conversation.Lane {
	return []conversation.Lane{
		conversation.LaneRoute, conversation.LaneWait, conversation.LaneNotify, conversation.LaneDeliver, conversation.LaneChannel,
	}
}

func dueBounds(t *trial) {
	all := places("shop", 9)
	for i, p := range all { // a nanosecond apart
		t.schedule(p, noon().Add(time.Duration(i)), allLanes()...)
	}
	never := newPlace("shop", "never")
	t.schedule(never, time.Time{}, allLanes()...)
	at := func(i int) time.Time { return noon().Add(time.Duration(i)) }
	for name, tt := range map[string]struct {
		after, until time.Time
		want         []place
	}{
		"from the first":      {time.Time{}, at(4), all[:5]},
		"Until is included":   {time.Time{}, at(0), all[:1]},
		"before all":          {time.Time{}, at(-1), nil},
		"After is excluded":   {at(3), at(6), all[4:7]},
		"just one":            {at(7), at(8), all[8:]},
		"nothing between":     {at(3), at(3), nil},
		"the wrong way round": {at(5), at(2), nil},
		"after all":           {at(8), after(9), nil},
		"all":                 {time.Time{}, after(9), all},
		"from long before":    {after(-1e6), after(1e6), all},
	} {
		for _, l := range allLanes() {
			got := t.shown(conversation.Want{Lane: l, Channels: []string{"shop"}, After: tt.after, Until: tt.until, Limit: 99})
			t.equal(name+", lane "+l.String(), got, ids(tt.want...))
		}
	}
}

// shuffled returns 0 … n-1 in an order that is not theirs. n is not a multiple of 7.
func shuffled(n int) []int {
	var all []int
	for i := range n {
		all = append(all, i*7%n)
	}
	return all
}

func dueOrder(t *trial) {
	all := places("shop", 40)
	for _, i := range shuffled(len(all)) {
		t.schedule(all[i], after(i), conversation.LaneNotify)
	}
	want := conversation.Want{Lane: conversation.LaneNotify, Channels: []string{"shop"}, Until: after(99), Limit: 99}
	t.equal("by Next", t.shown(want), ids(all...))
	slices.Reverse(all)
	for i, p := range all {
		t.schedule(p, after(i), conversation.LaneNotify)
	}
	t.equal("by the new Next", t.shown(want), ids(all...))
	want.After = after(9)
	t.equal("after After", t.shown(want), ids(all[10:]...))
}

func dueLimit(t *trial) {
	shop, forum := places("shop", 10), places("forum", 4)
	for _, i := range shuffled(10) {
		t.schedule(shop[i], after(i), conversation.LaneRoute)
	}
	for i, p := range forum {
		t.schedule(p, after(50+i), conversation.LaneRoute)
	}
	for limit, want := range map[int][]string{
		1:  append(ids(shop[:1]...), ids(forum[:1]...)...),
		3:  append(ids(shop[:3]...), ids(forum[:3]...)...),
		7:  append(ids(shop[:7]...), ids(forum...)...),
		99: append(ids(shop...), ids(forum...)...),
	} {
		got := t.shown(conversation.Want{Channels: []string{"shop", "forum"}, Until: after(99), Limit: limit})
		slices.Sort(got) // channels come in any order
		slices.Sort(want)
		t.equal("with Limit "+strconv.Itoa(limit), got, want)
	}
	got := t.shown(conversation.Want{Channels: []string{"shop"}, After: after(2), Until: after(99), Limit: 3})
	t.equal("after After", got, ids(shop[3:6]...))
}

func dueWants(t *trial) {
	shop, forum := places("shop", 3), places("forum", 3)
	for i := range 3 {
		t.schedule(shop[i], after(i), conversation.LaneRoute, conversation.LaneNotify)
		t.schedule(forum[i], after(i), conversation.LaneDeliver)
	}
	got := map[conversation.Lane]*order{}
	t.due([]conversation.Want{
		{Lane: conversation.LaneRoute, Channels: []string{"shop", "forum"}, Until: after(1), Limit: 9},
		{Lane: conversation.LaneNotify, Channels: []string{"forum", "shop"}, After: noon(), Until: after(2), Limit: 1},
		{Lane: conversation.LaneDeliver, Channels: []string{"forum"}, Until: after(2), Limit: 2},
		{Lane: conversation.LaneWait, Channels: []string{"forum", "shop"}, Until: after(9), Limit: 9},
	}, func(c *conversation.Conversation, l conversation.Lane) error {
		if got[l] == nil {
			got[l] = &order{}
		}
		got[l].add(c.ID)
		return nil
	})
	want := map[conversation.Lane][]string{
		conversation.LaneRoute:   ids(shop[:2]...),
		conversation.LaneNotify:  ids(shop[1:2]...),
		conversation.LaneDeliver: ids(forum[:2]...),
	}
	for _, l := range allLanes() {
		var list []string
		if got[l] != nil {
			list = got[l].ids
		}
		t.equal("lane "+l.String(), list, want[l])
	}
}

func dueUnwanted(t *trial) {
	for _, name := range []string{"shop", "Shop", "shop.", "forum"} {
		t.schedule(newPlace(name, "ann"), noon(), allLanes()...)
	}
	for name, wants := range map[string][]conversation.Want{
		"no wants":           nil,
		"no channels":        {{Lane: conversation.LaneRoute, Until: after(9), Limit: 9}},
		"an unknown channel": {{Lane: conversation.LaneRoute, Channels: []string{"sho", "SHOP", ""}, Until: after(9), Limit: 9}},
	} {
		next := t.due(wants, func(c *conversation.Conversation, l conversation.Lane) error {
			t.Errorf("%s: Due shows lane %v of %q", name, l, c.Channel)
			return nil
		})
		if !next.IsZero() {
			t.Errorf("%s: next is %v, want none", name, next)
		}
	}
	want := conversation.Want{Lane: conversation.LaneDeliver, Channels: []string{"shop"}, Until: after(9), Limit: 9}
	t.equal("of one channel", t.shown(want), ids(newPlace("shop", "ann")))
}

func dueAhead(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, conversation.Look{}, chat(p, 60))
	t.schedule(p, noon(), allLanes()...)
	for done, tt := range map[int64]struct{ notify, deliver []int64 }{
		0:  {[]int64{2, 4, 6}, []int64{3, 6, 9}},
		9:  {[]int64{10, 12, 14}, []int64{12, 15, 18}},
		57: {[]int64{58, 60}, []int64{60}},
		60: {nil, nil},
	} {
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
			c.Lane[conversation.LaneNotify].Done, c.Lane[conversation.LaneDeliver].Done, c.Write = done, done, true
		})
		got := map[conversation.Lane][]int64{}
		var wants []conversation.Want
		for _, l := range allLanes() {
			wants = append(wants, conversation.Want{Lane: l, Channels: []string{"shop"}, Until: after(9), Limit: 9, Ahead: 3})
		}
		t.due(wants, func(c *conversation.Conversation, l conversation.Lane) error {
			got[l] = seqs(c.Found)
			return nil
		})
		t.equal("Found", got, map[conversation.Lane][]int64{
			conversation.LaneRoute: nil, conversation.LaneWait: nil, conversation.LaneChannel: nil,
			conversation.LaneNotify: tt.notify, conversation.LaneDeliver: tt.deliver,
		})
	}
	t.due([]conversation.Want{{Lane: conversation.LaneNotify, Channels: []string{"shop"}, Until: after(9), Limit: 9}},
		func(c *conversation.Conversation, _ conversation.Lane) error {
			t.equal("Found when nothing is asked for", seqs(c.Found), []int64(nil))
			return nil
		})
}

func dueError(t *trial) {
	all := places("shop", 9)
	for i, p := range all {
		t.schedule(p, after(i), conversation.LaneRoute)
	}
	want := conversation.Want{Channels: []string{"shop"}, Until: after(99), Limit: 99}
	var seen order
	t.due([]conversation.Want{want}, func(c *conversation.Conversation, l conversation.Lane) error {
		seen.add(c.ID)
		c.Lane[l].Due, c.Write, c.Count = 0, true, 7
		say(c, "hello")
		if slices.Contains([]string{all[0].id, all[4].id, all[8].id}, c.ID) {
			return errMine
		}
		return nil
	})
	t.equal("conversations that were run", seen.ids, ids(all...))
	t.equal("what is still due", t.shown(want), ids(all[0], all[4], all[8]))
	for i, p := range all {
		c := t.look(p.id, conversation.Look{Records: []int64{1}})
		if failed := i%4 == 0; failed != (c.Count == 0) || failed != (len(c.Found) == 0) {
			t.Errorf("conversation %d, error %v: Count %d, records %v", i, failed, c.Count, seqs(c.Found))
		}
	}
}

func dueRecords(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, conversation.Look{}, chat(p, 6))
	t.schedule(p, noon(), conversation.LaneNotify)
	before := t.look(p.id, conversation.Look{}).Version
	want := []conversation.Want{{Lane: conversation.LaneNotify, Channels: []string{"shop"}, Until: noon(), Limit: 9, Ahead: 1}}
	t.due(want, func(c *conversation.Conversation, l conversation.Lane) error {
		if c.Version != before || c.Visitor.ID != "ann" || len(c.Found) != 1 || c.Enquiry == nil {
			t.Errorf("Due shows Version %d, visitor %q, records %v", c.Version, c.Visitor.ID, seqs(c.Found))
			return errMine
		}
		c.Lane[l].Due = after(60).UnixNano()
		changed := found(c, 0)
		changed.Err = "changed"
		c.Changed = []conversation.Record{changed}
		say(c, "added").Once = "added"
		edit(c).Status = conversation.Closed
		c.Claims = []conversation.Claim{take("zoe", 1)}
		return nil
	})
	c := t.look(p.id, conversation.Look{Once: []string{"added"}, Records: []int64{2}})
	if c.Version <= before {
		t.Errorf("Version is %d after a change in Due, was %d", c.Version, before)
	}
	t.equal("Changed and Added", said(c.Found), []string{"text", "added"})
	t.equal("Changed", found(c, 0).Err, "changed")
	t.equal("Save", t.enquiry(conversation.Query{}).Status, conversation.Closed)
	t.handles("zoe", 1)
	t.due(want, func(*conversation.Conversation, conversation.Lane) error {
		t.Error("Due shows what was moved")
		return nil
	})
	t.due([]conversation.Want{{Lane: conversation.LaneNotify, Channels: []string{"shop"}, Until: after(60), Limit: 9}},
		func(c *conversation.Conversation, _ conversation.Lane) error {
			forget(7)(c)
			return nil
		})
	t.equal("Forget", t.look(p.id, conversation.Look{Records: []int64{7}}).Found, []conversation.Record{{Seq: 7, Once: "added"}})
	t.equal("Forget", t.enquiry(conversation.Query{}).Visitor, conversation.Visitor{})
}

func dueWithoutWrite(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, conversation.Look{}, p.all)
	before := t.look(p.id, conversation.Look{Records: []int64{1, 2}})
	want := conversation.Want{Channels: []string{"shop"}, Until: after(9), Limit: 9}
	t.due([]conversation.Want{want}, func(c *conversation.Conversation, l conversation.Lane) error {
		c.Lane[l].Due = 0
		say(c, "added")
		edit(c).Status = conversation.Closed
		c.Claims = []conversation.Claim{free("zoe")}
		c.Write = false
		return nil
	})
	t.equal("the conversation", *t.look(p.id, conversation.Look{Records: []int64{1, 2}}), *before)
	t.equal("what is due", t.shown(want), ids(p))
	t.handles("zoe", 1)
}

func dueLanes(t *trial) {
	p := newPlace("shop", "ann")
	for i, l := range allLanes() {
		t.schedule(p, after(i), l)
	}
	lease := func(l conversation.Lane) { // one lane after the other is taken
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
			c.Lane[l].Lease, c.Write = after(100).UnixNano(), true
		})
	}
	for i, leased := range allLanes() {
		lease(leased)
		for j, l := range allLanes() {
			var want []string
			if j > i {
				want = ids(p)
			}
			got := t.shown(conversation.Want{Lane: l, Channels: []string{"shop"}, Until: after(9), Limit: 9})
			t.equal("lane "+l.String()+" when "+leased.String()+" is taken", got, want)
		}
	}
}

func duePages(t *trial) {
	const page = 20
	all := places("shop", 3*page+7)
	for _, i := range shuffled(len(all)) {
		t.schedule(all[i], after(i), conversation.LaneWait)
	}
	var seen []string
	w := conversation.Want{Lane: conversation.LaneWait, Channels: []string{"shop"}, Until: after(999), Limit: page}
	for {
		var got order
		t.due([]conversation.Want{w}, func(c *conversation.Conversation, l conversation.Lane) error {
			got.add(c.ID)
			w.After = time.Unix(0, c.Lane[l].Next())
			return nil
		})
		seen = append(seen, got.ids...)
		if len(got.ids) < page || len(seen) > len(all) {
			break
		}
	}
	t.equal("all pages", seen, ids(all...))
}

func dueMoves(t *trial) {
	p, users := newPlace("shop", "ann"), t.users(2)
	want := func(i int) conversation.Want {
		return conversation.Want{Lane: conversation.LaneDeliver, Channels: []string{"shop"}, Until: after(i), Limit: 9}
	}
	for n := range 5 {
		users[n%2].schedule(p, after(10*n+5), conversation.LaneDeliver)
		t.equal("before it is due", users[1].shown(want(10*n)), []string(nil))
		t.equal("when it is due", users[0].shown(want(10*n+5)), ids(p))
	}
	users[1].schedule(p, after(1), conversation.LaneDeliver)
	t.equal("moved forward", users[0].shown(want(1)), ids(p))
	users[0].schedule(p, time.Time{}, conversation.LaneDeliver)
	t.equal("no longer due", users[1].shown(want(999)), []string(nil))
}

// dueStill moves a lane to and fro while others ask what is due; tryDue sees whether what is shown still is.
func dueStill(t *trial) {
	p, users := newPlace("shop", "ann"), t.users(3)
	t.schedule(p, noon(), conversation.LaneNotify)
	want := conversation.Want{Lane: conversation.LaneNotify, Channels: []string{"shop"}, Until: noon(), Limit: 9}
	t.together(6, func(i int) error {
		u := users[i%len(users)]
		for n := range 60 {
			if i%2 == 0 {
				if _, err := u.tryDue([]conversation.Want{want}, leave); err != nil {
					return err
				}
				continue
			}
			_, err := u.tryUpdate(p.id, conversation.Look{}, func(c *conversation.Conversation) error {
				c.Lane[conversation.LaneNotify].Due, c.Write = after(n%2*60).UnixNano(), true
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
