package storetest

import (
	"github.com/usherchat/usher/channel/conversation"
)

func forgetting() []rule {
	return []rule{
		{"records are blank", "records with Seq up to ForgetTo keep only Seq and Once", forgetRecords},
		{"later records stay", "records with Seq up to ForgetTo", forgetLater},
		{"enquiries are anonymous", "all enquiries become Anonymous", forgetEnquiries},
		{"others stay", "changes of one conversation apart", forgetOthers},
	}
}

// past records two closed enquiries of five records each and a live one of five.
func (t *trial) past(p place) {
	t.Helper()
	for n := range 3 {
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
			p.enter(c)
			c.Visitor.Name = "Ann " + p.channel
			e := p.open(c, after(n))
			for range 5 {
				r := say(c, "secret")
				r.Once, r.Notify, r.Deliver, r.Err = key(r.Seq), true, true, "secret"
			}
			c.Added[0].State = e
			if n < 2 {
				e.Status = conversation.Closed
			}
		})
	}
}

// forget erases what was said up to a record, and the visitor.
func forget(to int64) func(*conversation.Conversation) {
	return func(c *conversation.Conversation) {
		c.Forget, c.ForgetTo, c.Write = true, to, true
		c.Visitor = conversation.Visitor{}
		e := edit(c).Anonymous()
		c.Enquiry = &e
	}
}

func forgetRecords(t *trial) {
	p := newPlace("shop", "ann")
	t.past(p)
	t.update(p.id, conversation.Look{}, forget(15))
	var want []conversation.Record
	var keys []string
	for seq := range int64(15) {
		want = append(want, conversation.Record{Seq: seq + 1, Once: key(seq + 1)})
		keys = append(keys, key(seq+1))
	}
	t.equal("by Seq", t.log(p.id, 20), want)
	t.equal("by Once", t.look(p.id, conversation.Look{Once: keys}).Found, want)
	t.equal("ahead of a lane", t.look(p.id, conversation.Look{Lane: conversation.LaneNotify, Ahead: 99}).Found, []conversation.Record(nil))
	for n := int64(1); n <= 3; n++ {
		t.equal("of an enquiry", t.records(p.enquiry(n)), []conversation.Record(nil))
	}
}

func forgetLater(t *trial) {
	p := newPlace("shop", "ann")
	t.past(p)
	t.update(p.id, conversation.Look{Records: []int64{2, 13}}, func(c *conversation.Conversation) {
		forget(12)(c)
		for _, r := range c.Found {
			r.Err = "changed"
			c.Changed = append(c.Changed, r)
		}
		say(c, "added")
	})
	log := t.log(p.id, 20)
	t.equal("the log", seqs(log), from(1, 16))
	t.equal("what is kept", said(log[12:]), []string{"secret", "secret", "secret", "added"})
	t.equal("what was changed by the same change", log[12].Err, "changed")
	t.equal("what was changed and forgotten", log[1], conversation.Record{Seq: 2, Once: key(2)})
	t.equal("what was forgotten", log[11], conversation.Record{Seq: 12, Once: key(12)})
	t.equal("of the enquiry", seqs(t.records(p.enquiry(3))), from(13, 16))
}

func forgetEnquiries(t *trial) {
	p := newPlace("shop", "ann")
	t.past(p)
	before := t.enquiries(conversation.Query{})
	t.update(p.id, conversation.Look{}, forget(15))
	want := make([]conversation.Enquiry, 0, 3)
	for i := range before {
		if before[i].Visitor.Name == "" {
			t.Fatal("the enquiry did not say who the visitor is")
		}
		want = append(want, before[i].Anonymous())
	}
	t.equal("the enquiries", t.enquiries(conversation.Query{}), want)
	t.equal("of the visitor", enquiryIDs(t.enquiries(conversation.Query{Visitor: "ann"})), []conversation.EnquiryID(nil))
	t.equal("an old one", *t.look(p.id, conversation.Look{Enquiry: p.enquiry(1)}).Old, want[2])
	c := t.look(p.id, conversation.Look{})
	t.equal("the latest", *c.Enquiry, want[0])
	t.equal("the visitor", c.Visitor, conversation.Visitor{})
}

func forgetOthers(t *trial) {
	all := []place{newPlace("shop", "ann"), newPlace("shop", "bob"), newPlace("forum", "ann")}
	for _, p := range all {
		t.past(p)
	}
	t.update(all[0].id, conversation.Look{}, forget(15))
	for _, p := range all[1:] {
		c := t.look(p.id, conversation.Look{Records: from(1, 20)})
		t.equal("records of another", len(said(c.Found)), 15)
		for _, r := range c.Found {
			if r.Message == nil || r.Err != "secret" {
				t.Fatalf("record %d of another conversation was forgotten", r.Seq)
			}
		}
		for _, e := range t.enquiries(conversation.Query{Channels: []string{p.channel}, Visitor: p.visitor}) {
			t.equal("visitor of another", e.Visitor.Name, "Ann "+p.channel)
		}
		t.equal("enquiries of another", len(t.enquiries(conversation.Query{Channels: []string{p.channel}, Visitor: p.visitor})), 3)
	}
}
