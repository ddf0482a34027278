package storetest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/usherchat/usher/channel"
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
		c := t.look(p.id, channel.Look{
			Once: []string{"key"}, Records: []int64{1}, Enquiry: p.enquiry(1), Lane: channel.LaneNotify, Ahead: 5,
		})
		t.equal("an absent conversation", *c, channel.Conversation{Head: channel.Head{ID: p.id}})
	}
}

// all makes a change of everything that a change can bring, beside forgetting.
func (p place) all(c *channel.Conversation) {
	p.open(c, noon())
	c.Greeted = true
	c.Lane[channel.LaneRoute].Due = noon().UnixNano()
	say(c, "hello").Once = "key"
	c.Claims = []channel.Claim{{Staff: "zoe", Delta: 1, Capacity: 1}}
}

// untouched checks that nothing of place.all was recorded, not even a number.
func (t *trial) untouched(p place) {
	t.Helper()
	c := t.look(p.id, channel.Look{Once: []string{"key"}, Records: []int64{1}, Enquiry: p.enquiry(1)})
	t.equal("the conversation", *c, channel.Conversation{Head: channel.Head{ID: p.id}})
	t.equal("its enquiries", t.enquiries(channel.Query{}), []channel.Enquiry(nil))
	t.equal("its records", t.records(p.enquiry(1)), []channel.Record(nil))
	t.equal("what is due", t.shown(channel.Want{Channels: []string{p.channel}, Until: after(1), Limit: 1}), []string(nil))
	c = t.update(p.id, channel.Look{}, p.all)
	if c.Enquiry.Number != 1 {
		t.Errorf("the next enquiry has number %d, want 1", c.Enquiry.Number)
	}
}

func withoutWrite(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, channel.Look{}, func(c *channel.Conversation) {
		p.all(c)
		c.Write = false
	})
	t.untouched(p)

	before := t.look(p.id, channel.Look{Records: []int64{1, 2}})
	t.update(p.id, channel.Look{Records: []int64{1}}, func(c *channel.Conversation) {
		say(c, "again")
		edit(c).Status = channel.Closed
		c.Changed, c.Greeted, c.Forget, c.ForgetTo, c.Gone = []channel.Record{{Seq: 1}}, false, true, 1, true
		c.Write = false
	})
	t.equal("after a change without Write", *t.look(p.id, channel.Look{Records: []int64{1, 2}}), *before)
}

func failing(t *trial) {
	p := newPlace("shop", "ann")
	fail := func(change func(*channel.Conversation)) {
		_, err := t.tryUpdate(p.id, channel.Look{Records: []int64{1}}, func(c *channel.Conversation) error {
			change(c)
			return errMine
		})
		if !errors.Is(err, errMine) {
			t.Fatalf("Update: got error %v, want that of the change", err)
		}
	}
	fail(p.all)
	t.untouched(p)

	before := t.look(p.id, channel.Look{Records: []int64{1, 2}})
	fail(func(c *channel.Conversation) {
		say(c, "again")
		edit(c).Status = channel.Closed
		c.Changed, c.Greeted, c.Forget, c.ForgetTo, c.Gone = []channel.Record{{Seq: 1}}, false, true, 1, true
	})
	t.equal("after a change that failed", *t.look(p.id, channel.Look{Records: []int64{1, 2}}), *before)
	t.equal("its enquiry", t.enquiry(channel.Query{}).Status, channel.Opened)
}

// refusal is an error that is known by its address only.
type refusal struct{ why string }

func (r *refusal) Error() string { return r.why }

func sameError(t *trial) {
	p := newPlace("shop", "ann")
	for _, write := range []bool{false, true} {
		want := &refusal{"no"}
		_, got := t.tryUpdate(p.id, channel.Look{}, func(c *channel.Conversation) error {
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
	t.update(p.id, channel.Look{}, p.all)
	t.update(p.id, channel.Look{Records: []int64{1}}, func(c *channel.Conversation) {
		edit(c).Status = channel.Handling
		c.Greeted = false
		c.Lane[channel.LaneNotify].Due = after(5).UnixNano()
		changed := found(c, 0)
		changed.Err = "changed"
		c.Changed = []channel.Record{changed}
		say(c, "again")
		c.Claims = []channel.Claim{{Staff: "yan", Delta: 1}, {Staff: "zoe", Delta: -1}}
	})
	c := t.look(p.id, channel.Look{Records: []int64{1, 2}})
	t.equal("Head.Greeted", c.Greeted, false)
	t.equal("Head.Seq", c.Seq, int64(2))
	t.equal("Head.Enquiry.Status", c.Enquiry.Status, channel.Handling)
	t.equal("Added", said(c.Found), []string{"hello", "again"})
	t.equal("Changed", found(c, 0).Err, "changed")
	t.equal("the enquiry", t.enquiry(channel.Query{}).Status, channel.Handling)
	t.equal("Due of another lane", t.shown(channel.Want{
		Lane: channel.LaneNotify, Channels: []string{"shop"}, Until: after(5), Limit: 1,
	}), ids(p))
	t.handles("zoe", 0)
	t.handles("yan", 1)
}

func nothing(t *trial) {
	p, full := newPlace("shop", "ann"), newPlace("shop", "bob")
	t.update(full.id, channel.Look{}, func(c *channel.Conversation) {
		full.enter(c)
		c.Claims = []channel.Claim{{Staff: "full", Delta: 1}}
	})
	t.refused(p.id, channel.Look{}, channel.ErrCapacity, func(c *channel.Conversation) {
		p.all(c)
		c.Claims = append(c.Claims, channel.Claim{Staff: "full", Delta: 1, Capacity: 1})
	})
	t.untouched(p)

	before := t.look(p.id, channel.Look{Records: []int64{1, 2}})
	for _, gone := range []bool{false, true} {
		t.refused(p.id, channel.Look{Records: []int64{1}}, channel.ErrCapacity, func(c *channel.Conversation) {
			say(c, "again")
			edit(c).Status = channel.Closed
			c.Changed = []channel.Record{{Seq: 1}}
			c.Lane[channel.LaneRoute].Due = 0
			c.Claims = []channel.Claim{{Staff: "full", Delta: 1, Capacity: 1}}
			c.Forget, c.ForgetTo, c.Gone = true, 1, gone
		})
	}
	t.equal("after a refused change", *t.look(p.id, channel.Look{Records: []int64{1, 2}}), *before)
	t.equal("its enquiry", t.enquiry(channel.Query{}), *before.Enquiry)
	t.equal("its records", said(t.records(p.enquiry(1))), []string{"hello"})
	t.equal("what is due", t.shown(channel.Want{Channels: []string{"shop"}, Until: after(1), Limit: 1}), ids(p))
}

func serial(t *trial) {
	const each = 25
	p := newPlace("shop", "ann")
	users := t.users(3)
	t.together(6, func(i int) error {
		u := users[i%len(users)]
		for n := range each {
			_, err := u.tryUpdate(p.id, channel.Look{}, func(c *channel.Conversation) error {
				p.enter(c)
				c.Count++
				c.Lane[channel.LaneNotify].Token++
				say(c, fmt.Sprintf("%d of %d", n, i))
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	c := t.look(p.id, channel.Look{Lane: channel.LaneNotify})
	if c.Count != 6*each || c.Seq != 6*each || c.Lane[channel.LaneNotify].Token != 6*each {
		t.Errorf("after %d changes: Count %d, Seq %d, Token %d", 6*each, c.Count, c.Seq, c.Lane[channel.LaneNotify].Token)
	}
	log := t.log(p.id, 6*each+10)
	t.equal("the log", seqs(log), from(1, 6*each))
	next := make([]int, 6)
	for _, text := range said(log) { // each user's records are in the order in which they were added
		var n, i int
		if _, err := fmt.Sscanf(text, "%d of %d", &n, &i); err != nil || n != next[i] {
			t.Fatalf("record %q comes after %d others of its user", text, next[i])
		}
		next[i]++
	}
}

func apart(t *trial) {
	all := places("shop", 24)
	users := t.users(3)
	t.together(len(all), func(i int) error {
		p := all[i]
		for n := range 4 {
			_, err := users[i%len(users)].tryUpdate(p.id, channel.Look{Records: from(1, 9)}, func(c *channel.Conversation) error {
				if c.ID != p.id || len(c.Found) != n || n > 0 && (c.Visitor.ID != p.visitor || found(c, 0).Err != p.id) {
					return fmt.Errorf("run %d of %q got %q with records %v", n, p.id, c.ID, c.Found)
				}
				p.enter(c)
				say(c, "hello").Err = p.id
				if n == 2 {
					return errMine // of this one, not of those recorded together with it
				}
				return nil
			})
			if n == 2 && errors.Is(err, errMine) {
				break
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	for _, p := range all {
		c := t.look(p.id, channel.Look{Records: from(1, 9)})
		if c.Visitor.ID != p.visitor || len(c.Found) != 2 || found(c, 0).Err != p.id || found(c, 1).Err != p.id {
			t.Errorf("the conversation of %q: visitor %q, records %v", p.visitor, c.Visitor.ID, c.Found)
		}
	}
}

func fresh(t *trial) {
	p := newPlace("shop", "ann")
	users := t.users(3)
	// What a run that is thrown away did must not be seen by the next one, be it of the same call or another.
	t.together(6, func(i int) error {
		for n := range 20 {
			_, err := users[i%len(users)].tryUpdate(p.id, channel.Look{Records: from(1, 120)}, func(c *channel.Conversation) error {
				if int64(len(c.Found)) != c.Seq || c.Count != c.Seq {
					return fmt.Errorf("a run sees Seq %d, Count %d and %d records", c.Seq, c.Count, len(c.Found))
				}
				p.enter(c)
				c.Count++
				say(c, "hello")
				if n%2 == 1 {
					return errMine
				}
				return nil
			})
			if n%2 == 1 && errors.Is(err, errMine) {
				continue
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	t.equal("records after all", len(t.log(p.id, 120)), 60)
}

func durable(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, channel.Look{}, p.all)
	for range 3 {
		later := t.another()
		c := later.look(p.id, channel.Look{Once: []string{"key"}})
		t.equal("records", said(c.Found), []string{"hello"})
		t.equal("the enquiry", later.enquiry(channel.Query{}), *c.Enquiry)
		for n := int64(1); n <= 4; n += 2 { // in turn
			later.update(p.id, channel.Look{}, func(c *channel.Conversation) { c.Count++; c.Write = true })
			t.equal("what the other has recorded", t.look(p.id, channel.Look{}).Count, c.Count+n)
			t.update(p.id, channel.Look{}, func(c *channel.Conversation) { c.Count++; c.Write = true })
			t.equal("what the first has recorded", later.look(p.id, channel.Look{}).Count, c.Count+n+1)
		}
	}
	later := t.another()
	later.refused(p.id, channel.Look{}, channel.ErrCapacity, func(c *channel.Conversation) {
		c.Write = true
		c.Claims = []channel.Claim{{Staff: "zoe", Delta: 1, Capacity: 1}}
	})
	other := newPlace("shop", "bob")
	c := later.update(other.id, channel.Look{}, func(c *channel.Conversation) { other.open(c, noon()) })
	t.equal("the next number", c.Enquiry.Number, int64(2))
}

func complete(t *trial) {
	p := newPlace("shop", "ann")
	c := t.update(p.id, channel.Look{}, func(c *channel.Conversation) {
		e := p.open(c, noon())
		say(c, "hello").State = e
	})
	if c.Enquiry.Number != 1 || c.Added[0].State.Number != 1 || c.Version == 0 {
		t.Errorf("the first change: Number %d, in the record %d, Version %d",
			c.Enquiry.Number, c.Added[0].State.Number, c.Version)
	}
	t.equal("the Head on return", c.Head, t.look(p.id, channel.Look{}).Head)
	c = t.update(p.id, channel.Look{Records: []int64{1}}, func(c *channel.Conversation) {
		edit(c).Status = channel.Closed
		say(c, "bye")
	})
	t.equal("the Head on return", c.Head, t.look(p.id, channel.Look{}).Head)
	t.equal("Found and Added on return", said(append(c.Found, c.Added...)), []string{"hello", "bye"})
}

func kept(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, channel.Look{}, func(c *channel.Conversation) {
		p.open(c, noon()).Why = "first"
		c.Visitor.Attributes = map[string]string{"n": "first"}
		say(c, "first")
	})
	keep := t.look(p.id, channel.Look{Records: []int64{1}})
	version := keep.Version
	for n := range 40 { // enough to make room for more
		t.update(p.id, channel.Look{Records: []int64{1}}, func(c *channel.Conversation) {
			edit(c).Why = "second"
			c.Visitor.Attributes = map[string]string{"n": "second"}
			changed := found(c, 0)
			changed.Err = "second"
			c.Changed = []channel.Record{changed}
			say(c, strconv.Itoa(n))
		})
	}
	t.update(p.id, channel.Look{}, func(c *channel.Conversation) {
		e := edit(c).Anonymous()
		c.Enquiry, c.Forget, c.ForgetTo = &e, true, c.Seq
	})
	t.equal("Enquiry.Why of what was kept", keep.Enquiry.Why, "first")
	t.equal("Attributes of what was kept", keep.Visitor.Attributes, map[string]string{"n": "first"})
	t.equal("Found of what was kept", said(keep.Found), []string{"first"})
	t.equal("Err of what was kept", found(keep, 0).Err, "")
	t.equal("Visitor of what was kept", keep.Enquiry.Visitor.ID, p.visitor)
	t.equal("Version of what was kept", keep.Version, version)
}

func versions(t *trial) {
	p := newPlace("shop", "ann")
	last := int64(0)
	for range 5 {
		c := t.update(p.id, channel.Look{}, func(c *channel.Conversation) {
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
	t.equal("Version of who only reads", t.look(p.id, channel.Look{}).Version, last)
	t.due([]channel.Want{{Channels: []string{"shop"}, Until: after(9), Limit: 1}}, leave)
	t.equal("Version when nothing was due", t.look(p.id, channel.Look{}).Version, last)
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
		q.visitor = channel.VisitorID(id)
		all = append(all, q)
	}
	for i, p := range all {
		t.update(p.id, channel.Look{}, func(c *channel.Conversation) {
			if c.Version != 0 {
				t.Errorf("%q of %q is taken for another", p.visitor, p.channel)
			}
			p.open(c, after(i))
		})
	}
	for i, p := range all {
		c := t.look(p.id, channel.Look{})
		if c.Channel != p.channel || c.Visitor.ID != p.visitor || !c.Enquiry.OpenedAt.Equal(after(i)) {
			t.Errorf("%q of %q has become %q of %q", p.visitor, p.channel, c.Visitor.ID, c.Channel)
		}
	}
	t.equal("enquiries of one channel", len(t.enquiries(channel.Query{Channels: []string{"Shop"}})), 10)
}

func replacing(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, channel.Look{}, func(c *channel.Conversation) {
		p.open(c, noon())
		for _, text := range []string{"one", "two", "three", "four"} {
			say(c, text).Once = text
		}
	})
	t.update(p.id, channel.Look{Records: []int64{3}, Once: []string{"two"}}, func(c *channel.Conversation) {
		two, three := found(c, 0), found(c, 1)
		two.Delivery, three.Delivery = channel.Delivered, channel.Failed
		c.Changed = []channel.Record{three, two} // in any order
		say(c, "five").Once = "five"
	})
	log := t.log(p.id, 9)
	t.equal("the log", said(log), []string{"one", "two", "three", "four", "five"})
	t.equal("its numbers", seqs(log), from(1, 5))
	var deliveries []channel.Delivery
	var keys []string
	for _, r := range log {
		deliveries, keys = append(deliveries, r.Delivery), append(keys, r.Once)
	}
	t.equal("deliveries", deliveries, []channel.Delivery{"", channel.Delivered, channel.Failed, "", ""})
	t.equal("keys", keys, []string{"one", "two", "three", "four", "five"})
	t.equal("by key", seqs(t.look(p.id, channel.Look{Once: []string{"two", "three"}}).Found), []int64{2, 3})
	t.equal("of the enquiry", said(t.records(p.enquiry(1))), said(log))
}
