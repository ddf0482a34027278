package storetest

import (
	"strconv"

	"github.com/usherchat/usher/channel/conversation"
)

func durable(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, conversation.Look{}, p.all)
	for range 3 {
		later := t.another()
		c := later.look(p.id, conversation.Look{Once: []string{"key"}})
		t.equal("records", said(c.Found), []string{"hello"})
		t.equal("the enquiry", later.enquiry(conversation.Query{}), *c.Enquiry)
		for n := int64(1); n <= 4; n += 2 { // in turn
			later.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { c.Count++; c.Write = true })
			t.equal("what the other has recorded", t.look(p.id, conversation.Look{}).Count, c.Count+n)
			t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { c.Count++; c.Write = true })
			t.equal("what the first has recorded", later.look(p.id, conversation.Look{}).Count, c.Count+n+1)
		}
	}
	later := t.another()
	later.refused(p.id, conversation.Look{}, conversation.ErrCapacity, func(c *conversation.Conversation) {
		c.Write = true
		c.Claims = []conversation.Claim{{Staff: "zoe", Delta: 1, Capacity: 1}}
	})
	other := newPlace("shop", "bob")
	c := later.update(other.id, conversation.Look{}, func(c *conversation.Conversation) { other.open(c, noon()) })
	t.equal("the next number", c.Enquiry.Number, int64(2))
}

func complete(t *trial) {
	p := newPlace("shop", "ann")
	c := t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		e := p.open(c, noon())
		say(c, "hello").State = e
	})
	if c.Enquiry.Number != 1 || c.Added[0].State.Number != 1 || c.Version == 0 {
		t.Errorf("the first change: Number %d, in the record %d, Version %d",
			c.Enquiry.Number, c.Added[0].State.Number, c.Version)
	}
	t.equal("the Head on return", c.Head, t.look(p.id, conversation.Look{}).Head)
	c = t.update(p.id, conversation.Look{Records: []int64{1}}, func(c *conversation.Conversation) {
		edit(c).Status = conversation.Closed
		say(c, "bye")
	})
	t.equal("the Head on return", c.Head, t.look(p.id, conversation.Look{}).Head)
	t.equal("Found and Added on return", said(append(c.Found, c.Added...)), []string{"hello", "bye"})
}

func kept(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		p.open(c, noon()).Why = "first"
		c.Visitor.Attributes = map[string]string{"n": "first"}
		say(c, "first")
	})
	keep := t.look(p.id, conversation.Look{Records: []int64{1}})
	version := keep.Version
	for n := range 40 { // enough to make room for more
		t.update(p.id, conversation.Look{Records: []int64{1}}, func(c *conversation.Conversation) {
			edit(c).Why = "second"
			c.Visitor.Attributes = map[string]string{"n": "second"}
			changed := found(c, 0)
			changed.Err = "second"
			c.Changed = []conversation.Record{changed}
			say(c, strconv.Itoa(n))
		})
	}
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
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
