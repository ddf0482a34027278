package storetest

import (
	"errors"
	"strings"

	"github.com/usherchat/usher/channel/conversation"
)

func updating() []rule {
	return []rule{
		{"absent is empty but for its ID", "empty but for ID if there is none", absent},
		{"nothing without Write", "records what fn changed if it set Write", withoutWrite},
		{"an error records nothing", "An error of fn records nothing", failing},
		{"an error comes back as it is", "is returned as it is", sameError},
		{"all is recorded", "All of it is recorded", everything},
		{"or nothing is recorded", "or nothing", nothing},
		{"one after the other", "changes of one conversation happen one after the other", serial},
		{"conversations do not mix", "to keep changes of one conversation apart", apart},
		{"fresh data on every run", "each time on a fresh Conversation", fresh},
		{"there for who comes afterwards", "what is recorded is durable on return", durable},
		{"complete on return", "The Conversation of the last run is complete on return", complete},
		{"may be kept", "may be kept by the caller, who does not modify it", kept},
		{"Version grows", "0 = not recorded yet, grows with every change", versions},
		{"identifiers to the byte", "Update loads the conversation", exact},
		{"Added is appended and Changed replaced", "Added and Changed records by Seq", replacing},
	}
}

func absent(t *trial) {
	p := newPlace("shop", "ann")
	for range 2 {
		c := t.look(p.id, conversation.Look{
			Once: []string{"key"}, Records: []int64{1}, Enquiry: p.enquiry(1), Lane: conversation.LaneNotify, Ahead: 5,
		})
		t.equal("an absent conversation", *c, conversation.Conversation{Head: conversation.Head{ID: p.id}})
	}
}

// all makes a change of everything that a change can bring, beside forgetting.
func (p place) all(c *conversation.Conversation) {
	p.open(c, noon())
	c.Greeted = true
	c.Lane[conversation.LaneRoute].Due = noon().UnixNano()
	say(c, "hello").Once = "key"
	c.Claims = []conversation.Claim{{Staff: "zoe", Delta: 1, Capacity: 1}}
}

// untouched checks that nothing of place.all was recorded, not even a number.
func (t *trial) untouched(p place) {
	t.Helper()
	c := t.look(p.id, conversation.Look{Once: []string{"key"}, Records: []int64{1}, Enquiry: p.enquiry(1)})
	t.equal("the conversation", *c, conversation.Conversation{Head: conversation.Head{ID: p.id}})
	t.equal("its enquiries", t.enquiries(conversation.Query{}), []conversation.Enquiry(nil))
	t.equal("its records", t.records(p.enquiry(1)), []conversation.Record(nil))
	t.equal("what is due", t.shown(conversation.Want{Channels: []string{p.channel}, Until: after(1), Limit: 1}), []string(nil))
	c = t.update(p.id, conversation.Look{}, p.all)
	if c.Enquiry.Number != 1 {
		t.Errorf("the next enquiry has number %d, want 1", c.Enquiry.Number)
	}
}

func withoutWrite(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		p.all(c)
		c.Write = false
	})
	t.untouched(p)

	before := t.look(p.id, conversation.Look{Records: []int64{1, 2}})
	t.update(p.id, conversation.Look{Records: []int64{1}}, func(c *conversation.Conversation) {
		say(c, "again")
		edit(c).Status = conversation.Closed
		c.Changed, c.Greeted, c.Forget, c.ForgetTo, c.Gone = []conversation.Record{{Seq: 1}}, false, true, 1, true
		c.Write = false
	})
	t.equal("after a change without Write", *t.look(p.id, conversation.Look{Records: []int64{1, 2}}), *before)
}

func failing(t *trial) {
	p := newPlace("shop", "ann")
	fail := func(change func(*conversation.Conversation)) {
		_, err := t.tryUpdate(p.id, conversation.Look{Records: []int64{1}}, func(c *conversation.Conversation) error {
			change(c)
			return errMine
		})
		if !errors.Is(err, errMine) {
			t.Fatalf("Update: got error %v, want that of the change", err)
		}
	}
	fail(p.all)
	t.untouched(p)

	before := t.look(p.id, conversation.Look{Records: []int64{1, 2}})
	fail(func(c *conversation.Conversation) {
		say(c, "again")
		edit(c).Status = conversation.Closed
		c.Changed, c.Greeted, c.Forget, c.ForgetTo, c.Gone = []conversation.Record{{Seq: 1}}, false, true, 1, true
	})
	t.equal("after a change that failed", *t.look(p.id, conversation.Look{Records: []int64{1, 2}}), *before)
	t.equal("its enquiry", t.enquiry(conversation.Query{}).Status, conversation.Opened)
}

// refusal is an error that is known by its address only.
type refusal struct{ why string }

func (r *refusal) Error() string { return r.why }

func sameError(t *trial) {
	p := newPlace("shop", "ann")
	for _, write := range []bool{false, true} {
		want := &refusal{"no"}
		_, got := t.tryUpdate(p.id, conversation.Look{}, func(c *conversation.Conversation) error {
			p.enter(c)
			c.Write = write
			return want
		})
		if got != error(want) { //nolint:errorlint // it has to be the very error, not one that wraps it
			t.Errorf("Update: got error %v (%T), want the very error of the change", got, got)
		}
	}
}

func everything(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, conversation.Look{}, p.all)
	t.update(p.id, conversation.Look{Records: []int64{1}}, func(c *conversation.Conversation) {
		edit(c).Status = conversation.Handling
		c.Greeted = false
		c.Lane[conversation.LaneNotify].Due = after(5).UnixNano()
		changed := found(c, 0)
		changed.Err = "changed"
		c.Changed = []conversation.Record{changed}
		say(c, "again")
		c.Claims = []conversation.Claim{{Staff: "yan", Delta: 1}, {Staff: "zoe", Delta: -1}}
	})
	c := t.look(p.id, conversation.Look{Records: []int64{1, 2}})
	t.equal("Head.Greeted", c.Greeted, false)
	t.equal("Head.Seq", c.Seq, int64(2))
	t.equal("Head.Enquiry.Status", c.Enquiry.Status, conversation.Handling)
	t.equal("Added", said(c.Found), []string{"hello", "again"})
	t.equal("Changed", found(c, 0).Err, "changed")
	t.equal("the enquiry", t.enquiry(conversation.Query{}).Status, conversation.Handling)
	t.equal("Due of another lane", t.shown(conversation.Want{
		Lane: conversation.LaneNotify, Channels: []string{"shop"}, Until: after(5), Limit: 1,
	}), ids(p))
	t.handles("zoe", 0)
	t.handles("yan", 1)
}

func nothing(t *trial) {
	p, full := newPlace("shop", "ann"), newPlace("shop", "bob")
	t.update(full.id, conversation.Look{}, func(c *conversation.Conversation) {
		full.enter(c)
		c.Claims = []conversation.Claim{{Staff: "full", Delta: 1}}
	})
	t.refused(p.id, conversation.Look{}, conversation.ErrCapacity, func(c *conversation.Conversation) {
		p.all(c)
		c.Claims = append(c.Claims, conversation.Claim{Staff: "full", Delta: 1, Capacity: 1})
	})
	t.untouched(p)

	before := t.look(p.id, conversation.Look{Records: []int64{1, 2}})
	for _, gone := range []bool{false, true} {
		t.refused(p.id, conversation.Look{Records: []int64{1}}, conversation.ErrCapacity, func(c *conversation.Conversation) {
			say(c, "again")
			edit(c).Status = conversation.Closed
			c.Changed = []conversation.Record{{Seq: 1}}
			c.Lane[conversation.LaneRoute].Due = 0
			c.Claims = []conversation.Claim{{Staff: "full", Delta: 1, Capacity: 1}}
			c.Forget, c.ForgetTo, c.Gone = true, 1, gone
		})
	}
	t.equal("after a refused change", *t.look(p.id, conversation.Look{Records: []int64{1, 2}}), *before)
	t.equal("its enquiry", t.enquiry(conversation.Query{}), *before.Enquiry)
	t.equal("its records", said(t.records(p.enquiry(1))), []string{"hello"})
	t.equal("what is due", t.shown(conversation.Want{Channels: []string{"shop"}, Until: after(1), Limit: 1}), ids(p))
}

func versions(t *trial) {
	p := newPlace("shop", "ann")
	last := int64(0)
	for range 5 {
		c := t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
			if c.Version != last {
				t.Errorf("a change sees Version %d, want %d", c.Version, last)
			}
			p.enter(c)
		})
		if c.Version <= last {
			t.Errorf("Version %d after %d: it does not grow", c.Version, last)
		}
		last = c.Version
	}
	t.equal("Version of who only reads", t.look(p.id, conversation.Look{}).Version, last)
	t.due([]conversation.Want{{Channels: []string{"shop"}, Until: after(9), Limit: 1}}, leave)
	t.equal("Version when nothing was due", t.look(p.id, conversation.Look{}).Version, last)
}

func exact(t *trial) {
	var all []place
	for _, name := range []string{"shop", "Shop", "shop_", "shop.", "shop-", "sho"} {
		for _, visitor := range []string{"ann", "Ann", "ann ", " ann", "änn", "a\u0308nn", "ann%", "ann_", "'ann'", ""} {
			all = append(all, newPlace(name, visitor))
		}
	}
	p := newPlace("shop", "case") // ids that a store which folds case would take for one
	for _, id := range []string{strings.ToLower(p.id), strings.ToUpper(p.id)} {
		q := p
		q.id = id
		q.visitor = conversation.VisitorID(id)
		all = append(all, q)
	}
	for i, p := range all {
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
			if c.Version != 0 {
				t.Errorf("%q of %q is taken for another", p.visitor, p.channel)
			}
			p.open(c, after(i))
		})
	}
	for i, p := range all {
		c := t.look(p.id, conversation.Look{})
		if c.Channel != p.channel || c.Visitor.ID != p.visitor || !c.Enquiry.OpenedAt.Equal(after(i)) {
			t.Errorf("%q of %q has become %q of %q", p.visitor, p.channel, c.Visitor.ID, c.Channel)
		}
	}
	t.equal("enquiries of one channel", len(t.enquiries(conversation.Query{Channels: []string{"Shop"}})), 10)
}

func replacing(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		p.open(c, noon())
		for _, text := range []string{"one", "two", "three", "four"} {
			say(c, text).Once = text
		}
	})
	t.update(p.id, conversation.Look{Records: []int64{3}, Once: []string{"two"}}, func(c *conversation.Conversation) {
		two, three := found(c, 0), found(c, 1)
		two.Delivery, three.Delivery = conversation.Delivered, conversation.Failed
		c.Changed = []conversation.Record{three, two} // in any order
		say(c, "five").Once = "five"
	})
	log := t.log(p.id, 9)
	t.equal("the log", said(log), []string{"one", "two", "three", "four", "five"})
	t.equal("its numbers", seqs(log), from(1, 5))
	var deliveries []conversation.Delivery
	var keys []string
	for _, r := range log {
		deliveries, keys = append(deliveries, r.Delivery), append(keys, r.Once)
	}
	t.equal("deliveries", deliveries, []conversation.Delivery{"", conversation.Delivered, conversation.Failed, "", ""})
	t.equal("keys", keys, []string{"one", "two", "three", "four", "five"})
	t.equal("by key", seqs(t.look(p.id, conversation.Look{Once: []string{"two", "three"}}).Found), []int64{2, 3})
	t.equal("of the enquiry", said(t.records(p.enquiry(1))), said(log))
}
