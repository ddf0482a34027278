package storetest

import (
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

func comingNext() []rule {
	return []rule{
		{"never later than the truth", "it may be earlier than the truth, never later", nextTruth},
		{"zero if there is none", "zero if there is none", nextNone},
		{"over channels and wants", "the earliest Next above Until of the wanted lanes", nextWidest},
		{"after what the change did", "next is the earliest Next above Until", nextAfter},
		{"beyond the limit", "it may be earlier than the truth, never later", nextLimit},
	}
}

// next checks what Due says of next: want, or earlier.
func (t *trial) next(what string, want time.Time, wants ...conversation.Want) {
	t.Helper()
	t.nextAfter(what, want, wants, leave)
}

func (t *trial) nextAfter(
	what string, want time.Time, wants []conversation.Want, fn func(*conversation.Conversation, conversation.Lane) error,
) {
	t.Helper()
	got := t.due(wants, fn)
	switch {
	case want.IsZero() && !got.IsZero():
		t.Errorf("%s: next is %v, want none", what, got)
	case !want.IsZero() && got.IsZero():
		t.Errorf("%s: next is none, want %v", what, want)
	case got.After(want):
		t.Errorf("%s: next is %v, later than %v", what, got, want)
	}
}

func nextTruth(t *trial) {
	all := places("shop", 9)
	for _, i := range shuffled(len(all)) {
		t.schedule(all[i], after(10*i), conversation.LaneNotify)
	}
	for i := range 80 {
		want := after(i/10*10 + 10)
		t.next("until second", want, conversation.Want{
			Lane: conversation.LaneNotify, Channels: []string{"shop"}, Until: after(i), Limit: 99,
		})
		t.next("after and until second", want, conversation.Want{
			Lane: conversation.LaneNotify, Channels: []string{"shop"}, After: after(i - 15), Until: after(i), Limit: 99,
		})
	}
	t.next("a nanosecond before", after(40), conversation.Want{
		Lane: conversation.LaneNotify, Channels: []string{"shop"}, Until: after(40).Add(-1), Limit: 99,
	})
}

func nextNone(t *trial) {
	p, other := newPlace("shop", "ann"), newPlace("forum", "ann")
	w := conversation.Want{Lane: conversation.LaneNotify, Channels: []string{"shop"}, Until: noon(), Limit: 9}
	t.next("in an empty store", time.Time{}, w)
	t.update(p.id, conversation.Look{}, p.enter)
	t.next("without work", time.Time{}, w)
	t.schedule(p, after(5), conversation.LaneDeliver, conversation.LaneRoute)
	t.schedule(other, after(5), conversation.LaneNotify)
	t.next("with work of others", time.Time{}, w)
	t.schedule(p, after(5), conversation.LaneNotify)
	t.next("with work", after(5), w)
	t.schedule(p, time.Time{}, conversation.LaneNotify)
	t.next("when it was done", time.Time{}, w)

	t.schedule(p, noon(), conversation.LaneNotify)
	t.nextAfter("when Due did it", time.Time{}, []conversation.Want{w}, func(c *conversation.Conversation, l conversation.Lane) error {
		c.Lane[l].Due, c.Write = 0, true
		return nil
	})
}

func nextWidest(t *trial) {
	wants := []conversation.Want{
		{Lane: conversation.LaneNotify, Channels: []string{"shop", "forum"}, Until: after(10), Limit: 9},
		{Lane: conversation.LaneRoute, Channels: []string{"shop"}, Until: after(5), Limit: 9},
		{Lane: conversation.LaneDeliver, Channels: []string{"mail", "forum"}, Until: after(20), Limit: 9},
	}
	for i, tt := range []struct {
		channel string
		lane    conversation.Lane
		at      int
	}{ // each is earlier than those before
		{"forum", conversation.LaneNotify, 90},
		{"shop", conversation.LaneNotify, 80},
		{"forum", conversation.LaneDeliver, 70},
		{"mail", conversation.LaneDeliver, 60},
		{"shop", conversation.LaneRoute, 50},
		{"forum", conversation.LaneNotify, 40},
		{"mail", conversation.LaneDeliver, 30},
		{"shop", conversation.LaneNotify, 20},
		{"shop", conversation.LaneRoute, 6},
	} {
		t.schedule(newPlace(tt.channel, string(rune('a'+i))), after(tt.at), tt.lane)
		t.next("with "+tt.channel+" "+tt.lane.String(), after(tt.at), wants...)
	}
}

func nextAfter(t *trial) {
	for name, at := range map[string]func(k *conversation.Cursor) int{
		"postponed": func(k *conversation.Cursor) int { k.Due = after(70).UnixNano(); return 70 },
		"leased":    func(k *conversation.Cursor) int { k.Lease = after(10).UnixNano(); return 10 },
		"released": func(k *conversation.Cursor) int {
			k.Lease, k.Due = 0, after(30).UnixNano()
			return 30
		},
	} {
		p := newPlace(name, "ann")
		t.schedule(p, noon(), conversation.LaneDeliver)
		var want int
		w := conversation.Want{Lane: conversation.LaneDeliver, Channels: []string{name}, Until: noon(), Limit: 9}
		got := t.due([]conversation.Want{w}, func(c *conversation.Conversation, l conversation.Lane) error {
			want, c.Write = at(&c.Lane[l]), true
			return nil
		})
		if got.IsZero() || got.After(after(want)) {
			t.Errorf("%s by Due: next is %v, want %v", name, got, after(want))
		}
		t.next(name, after(want), w)
	}
}

func nextLimit(t *trial) {
	for i, p := range places("shop", 9) {
		t.schedule(p, after(i), conversation.LaneRoute)
	}
	// Of nine six are due and two are taken: what is left over is due already, three come later.
	got := t.due([]conversation.Want{{Channels: []string{"shop"}, Until: after(5), Limit: 2}}, leave)
	if got.IsZero() || got.After(after(6)) {
		t.Errorf("next is %v, want %v or earlier", got, after(6))
	}
}
