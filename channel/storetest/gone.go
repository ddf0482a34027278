package storetest

import "github.com/usherchat/usher/channel/conversation"

func going() []rule {
	return []rule{
		{"the conversation is removed", "the conversation and its records are removed", goneConversation},
		{"its enquiries stay", "its enquiries stay", goneEnquiries},
		{"nothing of it is due", "the conversation and its records are removed", goneDue},
		{"it begins afresh", "empty but for ID if there is none", goneAgain},
	}
}

// remove removes a conversation.
func (t *trial) remove(p place) {
	t.Helper()
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { c.Gone, c.Write = true, true })
}

func goneConversation(t *trial) {
	p, other := newPlace("shop", "ann"), newPlace("shop", "bob")
	t.past(p)
	t.past(other)
	t.remove(p)
	c := t.look(p.id, conversation.Look{
		Once: []string{key(1)}, Records: from(1, 20), Lane: conversation.LaneNotify, Ahead: 9,
	})
	t.equal("the conversation", *c, conversation.Conversation{Head: conversation.Head{ID: p.id}})
	for n := int64(1); n <= 3; n++ {
		t.equal("records of an enquiry", t.records(p.enquiry(n)), []conversation.Record(nil))
	}
	t.equal("records of another", len(t.log(other.id, 20)), 15)
}

func goneEnquiries(t *trial) {
	p := newPlace("shop", "ann")
	t.past(p)
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		e := edit(c)
		e.Status, e.LastMessageAt, e.Messages = conversation.Closed, after(9), conversation.Messages{In: 5}
	})
	want := t.enquiries(conversation.Query{})
	t.equal("enquiries before", len(want), 3)
	t.remove(p)
	for name, q := range map[string]conversation.Query{
		"all":            {},
		"of the channel": {Channels: []string{"shop"}},
		"of the visitor": {Visitor: "ann"},
		"both":           {Visitor: "ann", Channels: []string{"forum", "shop"}},
	} {
		t.equal(name, t.enquiries(q), want)
	}
	t.equal("the next page", t.enquiries(conversation.Query{Before: want[0].ID}), want[1:])
	for i := range want {
		old := t.look(p.id, conversation.Look{Enquiry: want[i].ID}).Old
		if old == nil {
			t.Fatalf("enquiry %d of a removed conversation is not found by its id", want[i].Number)
		}
		t.equal("by its id", *old, want[i])
	}
}

func goneDue(t *trial) {
	p := newPlace("shop", "ann")
	lanes := []conversation.Lane{conversation.LaneRoute, conversation.LaneWait, conversation.LaneNotify, conversation.LaneDeliver, conversation.LaneChannel}
	begin := func(c *conversation.Conversation) {
		p.enter(c)
		for _, l := range lanes {
			c.Lane[l].Due = after(1).UnixNano()
		}
	}
	removed := func(how string) {
		for _, l := range lanes {
			w := conversation.Want{Lane: l, Channels: []string{"shop"}, Until: noon(), Limit: 9}
			if next := t.due([]conversation.Want{w}, leave); !next.IsZero() {
				t.Errorf("%s: next of lane %v is %v, want none", how, l, next)
			}
			w.Until = after(2)
			t.equal(how+": due", t.shown(w), []string(nil))
		}
	}
	t.update(p.id, conversation.Look{}, begin)
	t.remove(p)
	removed("by Update")

	t.update(p.id, conversation.Look{}, begin)
	t.due([]conversation.Want{{Channels: []string{"shop"}, Until: after(2), Limit: 9}},
		func(c *conversation.Conversation, _ conversation.Lane) error {
			c.Gone, c.Write = true, true
			return nil
		})
	removed("by Due")
}

func goneAgain(t *trial) {
	p := newPlace("shop", "ann")
	t.past(p)
	t.remove(p)
	again := p
	again.generation = "AGAIN2"
	c := t.update(p.id, conversation.Look{Once: []string{key(1)}}, func(c *conversation.Conversation) {
		if c.Version != 0 || c.Seq != 0 || len(c.Found) > 0 {
			t.Errorf("a conversation that was removed has Version %d, Seq %d, records %v", c.Version, c.Seq, seqs(c.Found))
		}
		again.open(c, after(100))
		say(c, "hello").Once = key(1)
	})
	t.equal("Number", c.Enquiry.Number, int64(4))
	t.equal("enquiries of the visitor", enquiryIDs(t.enquiries(conversation.Query{Visitor: "ann"})),
		[]conversation.EnquiryID{again.enquiry(1), p.enquiry(3), p.enquiry(2), p.enquiry(1)})
	t.equal("records of the new one", said(t.records(again.enquiry(1))), []string{"hello"})
	t.equal("records of the old one", said(t.records(p.enquiry(1))), []string(nil))
}
