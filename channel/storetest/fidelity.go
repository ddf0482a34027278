package storetest

import (
	"math"
	"strings"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

func keeping() []rule {
	return []rule{
		{"every field of a Head", "A Store keeps it as it is", keepHead},
		{"every field of a Record", "Added and Changed records by Seq", keepRecord},
		{"every field of an Enquiry", "Enquiry is to be written where Enquiries finds it", keepEnquiry},
		{"every kind of message", "Added and Changed records by Seq", keepMessages},
		{"what was emptied", "A Store keeps it as it is", keepEmpty},
		{"extreme numbers", "A Store keeps it as it is", keepNumbers},
		{"instants", "A Store keeps it as it is", keepTimes},
		{"texts", "A Store keeps it as it is", keepTexts},
		{"large values", "A Store keeps it as it is", keepLarge},
	}
}

func keepHead(t *trial) {
	p := newPlace("shop", "ann")
	var want conversation.Head
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		p.open(c, noon())
		version := c.Version
		c.Head = fullHead(c.Enquiry)
		c.ID, c.Version, c.Save, c.Write = p.id, version, true, true
		want = c.Head
	})
	for _, u := range t.users(2) {
		got := u.look(p.id, conversation.Look{}).Head
		want.ID, want.Version, want.Enquiry = p.id, got.Version, got.Enquiry
		t.equal("the Head", got, want)
	}
}

func keepRecord(t *trial) {
	p := newPlace("shop", "ann")
	full := fullRecord(p.enquiry(1))
	full.Seq = 2
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		p.open(c, noon())
		say(c, "plain")
		c.Seq++
		c.Added = append(c.Added, full)
	})
	check := func(what string) {
		t.equal(what+", by Seq", t.look(p.id, conversation.Look{Records: []int64{2}}).Found, []conversation.Record{full})
		t.equal(what+", by Once", t.look(p.id, conversation.Look{Once: []string{full.Once}}).Found, []conversation.Record{full})
		for _, l := range []conversation.Lane{conversation.LaneNotify, conversation.LaneDeliver} {
			t.equal(what+", ahead", t.look(p.id, conversation.Look{Lane: l, Ahead: 3}).Found, []conversation.Record{full})
		}
		t.equal(what+", of the enquiry", t.records(p.enquiry(1))[1:], []conversation.Record{full})
	}
	check("added")

	full.DisplayName, full.Delivery, full.Err = "other", conversation.Read, "other"
	full.Message = &messages.Message{Text: "other"}
	t.update(p.id, conversation.Look{Records: []int64{2}}, func(c *conversation.Conversation) {
		c.Changed, c.Write = []conversation.Record{full}, true
	})
	check("changed")

	first := full // the plain one gets every field
	first.Seq, first.Once = 1, ""
	full = conversation.Record{Seq: 2, At: noon(), Once: full.Once, Enquiry: full.Enquiry, Notify: true, Deliver: true}
	t.update(p.id, conversation.Look{Records: []int64{1, 2}}, func(c *conversation.Conversation) {
		c.Changed, c.Write = []conversation.Record{first, full}, true
	})
	t.equal("emptied", t.look(p.id, conversation.Look{Records: []int64{2}}).Found, []conversation.Record{full})
	t.equal("filled", t.look(p.id, conversation.Look{Records: []int64{1}}).Found, []conversation.Record{first})
}

func keepEnquiry(t *trial) {
	full := fullEnquiry()
	p := newPlace("shop", string(full.Visitor.ID))
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		p.open(c, noon())
		full.ID, full.Channel, full.Number = p.enquiry(1), p.channel, 0
		e := full
		c.Enquiry = &e
	})
	full.Number = 1
	t.equal("in the Head", *t.look(p.id, conversation.Look{}).Enquiry, full)
	for name, q := range map[string]conversation.Query{
		"all":             {},
		"of the channel":  {Channels: []string{"shop"}},
		"of the visitor":  {Visitor: full.Visitor.ID},
		"of the staff":    {Staff: full.Staff.ID},
		"by offer":        {Destination: full.Offered[1]},
		"by destination":  {Destination: full.Destination},
		"by status":       {Status: []conversation.Status{full.Status}},
		"by when":         {From: full.OpenedAt, To: full.OpenedAt.Add(time.Second)},
		"by all of these": {Channels: []string{"shop"}, Staff: full.Staff.ID, Destination: full.Destination},
	} {
		t.equal(name, t.enquiries(q), []conversation.Enquiry{full})
	}
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { p.open(c, after(900)) })
	t.equal("when it is an old one", *t.look(p.id, conversation.Look{Enquiry: full.ID}).Old, full)
}

func keepMessages(t *trial) {
	p := newPlace("shop", "ann")
	all := kinds()
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		p.open(c, noon())
		for i := range all {
			say(c, "").Message = &all[i]
		}
	})
	for _, records := range [][]conversation.Record{t.log(p.id, 99), t.records(p.enquiry(1))} {
		var got []messages.Message
		for _, r := range records {
			got = append(got, *r.Message)
		}
		t.equal("the messages", got, all)
	}
}

func keepEmpty(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		p.open(c, noon())
		c.Head = fullHead(c.Enquiry)
		c.ID = p.id
		e := fullEnquiry()
		e.ID, e.Channel = p.enquiry(1), p.channel
		c.Enquiry, c.Save, c.Write = &e, true, true
	})
	bare := conversation.Enquiry{ID: p.enquiry(1), Number: 7, Channel: "shop", Status: conversation.Opened, OpenedAt: noon()}
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		c.Head = conversation.Head{ID: c.ID, Channel: "shop", Version: c.Version, Enquiry: &bare}
		c.Save, c.Write = true, true
	})
	got := t.look(p.id, conversation.Look{}).Head
	t.equal("the Head", got, conversation.Head{ID: p.id, Channel: "shop", Version: got.Version, Enquiry: &bare})
	t.equal("the enquiry", t.enquiry(conversation.Query{}), bare)
	full := fullEnquiry()
	for name, q := range map[string]conversation.Query{
		"of the visitor": {Visitor: full.Visitor.ID},
		"of the staff":   {Staff: full.Staff.ID},
		"by destination": {Destination: full.Destination},
	} {
		t.equal(name, enquiryIDs(t.enquiries(q)), []conversation.EnquiryID(nil))
	}
	for _, l := range allLanes() {
		t.equal("due", t.shown(conversation.Want{Lane: l, Channels: []string{"shop"}, Until: after(1e6), Limit: 9}), []string(nil))
	}
}

func keepNumbers(t *trial) {
	for name, n := range map[string]int64{
		"the greatest":            math.MaxInt64,
		"more than a float holds": 1<<53 + 1,
		"more than 32 bits":       1<<33 + 1,
		"negative":                -5,
	} {
		p := newPlace("shop", name)
		var want conversation.Head
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
			p.enter(c)
			c.Count = n
			c.Routing.Revision, c.Routing.Wait, c.Routing.Fails = n, time.Duration(n), int(n)
			for l := range c.Lane {
				c.Lane[l] = conversation.Cursor{Done: n, Last: n, Due: max(n, 1), Lease: max(n, 0), Token: n, Try: int(n)}
			}
			say(c, "text").Ref = n
			c.Added[0].Message.Attachments = []messages.Attachment{{Size: n}}
			want = c.Head
		})
		c := t.look(p.id, conversation.Look{Records: []int64{1}})
		want.Version = c.Version
		t.equal(name+": the Head", c.Head, want)
		t.equal(name+": Ref", c.Found[0].Ref, n)
		t.equal(name+": Size", c.Found[0].Message.Attachments[0].Size, n)
	}
}

func keepTimes(t *trial) {
	now := clock.New().Now() // with a monotonic clock
	for name, at := range map[string]time.Time{
		"now":             now,
		"elsewhere":       now.In(time.FixedZone("NPT", 20700)),
		"to a nanosecond": time.Date(2026, 2, 28, 23, 59, 59, 999_999_999, time.UTC),
		"long ago":        time.Date(1752, 9, 14, 0, 0, 0, 0, time.UTC),
		"far away":        time.Date(9999, 12, 31, 23, 59, 59, 999_000_000, time.UTC),
		"before 1970":     time.Date(1969, 12, 31, 23, 59, 59, 500_000_000, time.UTC),
	} {
		p := newPlace("shop", name)
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
			p.open(c, at).AcceptedAt = at
			c.LastAt = at
			r := say(c, "text")
			r.At, r.SentAt, r.DeliveredAt, r.ReadAt, r.State = at, at, at, at, c.Enquiry
		})
		c := t.look(p.id, conversation.Look{Records: []int64{1}})
		listed := t.enquiry(conversation.Query{Visitor: p.visitor})
		t.equal(name, c.LastAt, at)
		for what, got := range map[string]time.Time{
			"Enquiry.OpenedAt": c.Enquiry.OpenedAt, "Enquiry.AcceptedAt": c.Enquiry.AcceptedAt,
			"Record.At": c.Found[0].At, "Record.SentAt": c.Found[0].SentAt,
			"Record.DeliveredAt": c.Found[0].DeliveredAt, "Record.ReadAt": c.Found[0].ReadAt, "Record.State": c.Found[0].State.OpenedAt,
			"listed": listed.OpenedAt, "listed AcceptedAt": listed.AcceptedAt,
		} {
			if !got.Equal(c.LastAt) {
				t.Errorf("%s: %s is %v and Head.LastAt %v; the same instant was recorded", name, what, got, c.LastAt)
			}
		}
		t.equal(name+": zero", c.Enquiry.ClosedAt.IsZero() && listed.ClosedAt.IsZero() && c.AwayAt.IsZero(), true)
	}
}

func keepTexts(t *trial) {
	for i, text := range texts() {
		p := newPlace("shop", text)
		to := routing.Team(text)
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
			e := p.open(c, after(i))
			c.Visitor.Name, c.Visitor.Attributes = text, map[string]string{text: text}
			c.LastStaff = text
			e.Visitor, e.Staff.ID, e.Why, e.Offered = c.Visitor, text, text, []routing.Destination{to}
			e.Destination = to
			r := say(c, text)
			r.Once, r.Err, r.DisplayName, r.Message.Metadata = text, text, text, map[string]string{text: text}
			c.Claims = []conversation.Claim{take(text, 1)}
		})
		c := t.look(p.id, conversation.Look{Once: []string{text}})
		if len(c.Found) != 1 {
			t.Errorf("%+q: %d records with this key, want 1", text, len(c.Found))
			continue
		}
		r, e := c.Found[0], c.Enquiry
		for what, got := range map[string]string{
			"Visitor.ID": string(c.Visitor.ID), "Visitor.Name": c.Visitor.Name, "an attribute": c.Visitor.Attributes[text],
			"LastStaff": c.LastStaff, "Staff.ID": e.Staff.ID, "Why": e.Why, "Offered": e.Offered[0].ID,
			"Once": r.Once, "Err": r.Err, "DisplayName": r.DisplayName, "Text": r.Message.Text,
			"metadata": r.Message.Metadata[text],
		} {
			if got != text {
				t.Errorf("%s: recorded %+q, got %+q", what, text, got)
			}
		}
		for what, q := range map[string]conversation.Query{
			"visitor": {Visitor: p.visitor}, "staff": {Staff: text}, "destination": {Destination: to},
		} {
			t.equal(what, enquiryIDs(t.enquiries(q)), []conversation.EnquiryID{p.enquiry(1)})
		}
		t.handles(text, 1)
	}
}

func keepLarge(t *trial) {
	p := newPlace("shop", "ann")
	long := func(n int) string { return strings.Repeat("ƒü€😀 \\\"\n", n/15) } // about n bytes
	text, note, value, word := long(1_100_000), long(100_000), long(1500), long(45)
	var want conversation.Head
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		e := p.open(c, noon())
		e.Why = note
		c.Visitor.Attributes = map[string]string{}
		for n := range 64 {
			c.Visitor.Attributes[word+key(int64(n))] = value
			c.Routing.Tried = append(c.Routing.Tried, routing.Staff(key(int64(n))))
		}
		e.Offered = c.Routing.Tried
		say(c, text)
		for range 300 {
			say(c, value)
		}
		want = c.Head
	})
	c := t.look(p.id, conversation.Look{Records: []int64{1, 300}})
	want.Version, want.Enquiry = c.Version, c.Enquiry
	t.equal("the Head", c.Head, want)
	t.equal("Offered", len(c.Enquiry.Offered), 64)
	if got := said(c.Found); !cmp.Equal(got, []string{text, value}) {
		t.Errorf("texts of %d and %d bytes do not come back as they were", len(text), len(value))
	}
	t.equal("records", len(t.records(p.enquiry(1))), 301)
	if got := t.enquiry(conversation.Query{}).Why; got != note {
		t.Errorf("Why of %d bytes comes back with %d", len(note), len(got))
	}
}
