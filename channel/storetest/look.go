package storetest

import (
	"strings"

	"github.com/usherchat/usher/channel/conversation"
)

func looking() []rule {
	return []rule{
		{"by Once", "records by Once", lookOnce},
		{"by Seq", "records by Seq", lookSeq},
		{"by Seq each once", "what Look asked for, by Seq, each once", lookTwice},
		{"an old enquiry", "Look.Enquiry when it is not the latest one", lookEnquiry},
		{"ahead of a lane", "the first so many records after its Done", lookAhead},
		{"what does not exist is left out", "What does not exist is left out.", lookNothing},
	}
}

// chat records an enquiry whose n records have keys; every second is for the host, every third for the source.
func chat(p place, n int) func(*conversation.Conversation) {
	return func(c *conversation.Conversation) {
		p.open(c, noon())
		for range n {
			r := say(c, "text")
			r.Once = key(r.Seq)
			r.Notify, r.Deliver = r.Seq%2 == 0, r.Seq%3 == 0
		}
	}
}

// key is the key of a record of the tests, in upper and in lower case: keys that differ in nothing else are two.
func key(seq int64) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	return "key " + letters[seq%52:seq%52+1] + strings.Repeat("'", int(seq/52))
}

func lookOnce(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, conversation.Look{}, chat(p, 9))
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { say(c, "no key") })
	for name, tt := range map[string]struct {
		keys []string
		want []int64
	}{
		"one":            {[]string{key(4)}, []int64{4}},
		"two":            {[]string{key(9), key(1)}, []int64{1, 9}},
		"unknown too":    {[]string{key(5), "unknown"}, []int64{5}},
		"other case":     {[]string{"KEY b", "key B"}, nil},
		"longer":         {[]string{key(1) + " ", " " + key(1), "key"}, nil},
		"the empty key":  {[]string{""}, nil},
		"as a pattern":   {[]string{"key %", "key _", "%"}, nil},
		"more than once": {[]string{key(2), key(2)}, []int64{2}},
	} {
		t.equal(name, seqs(t.look(p.id, conversation.Look{Once: tt.keys}).Found), tt.want)
	}
	other := newPlace("shop", "bob")
	t.equal("in another conversation", seqs(t.look(other.id, conversation.Look{Once: []string{key(1)}}).Found), []int64(nil))
}

func lookSeq(t *trial) {
	p, other := newPlace("shop", "ann"), newPlace("shop", "bob")
	t.update(p.id, conversation.Look{}, chat(p, 60))
	t.update(other.id, conversation.Look{}, chat(other, 3))
	for _, want := range [][]int64{{1}, {60}, {1, 2, 3}, {2, 40, 59}, from(1, 60)} {
		t.equal("Found", seqs(t.look(p.id, conversation.Look{Records: want}).Found), want)
	}
	t.equal("of another conversation", seqs(t.look(other.id, conversation.Look{Records: from(1, 60)}).Found), from(1, 3))
}

func lookTwice(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, conversation.Look{}, chat(p, 60))
	t.equal("Found", seqs(t.look(p.id, conversation.Look{
		Once:    []string{key(6), key(50), key(6), key(2)},
		Records: []int64{40, 2, 6, 2, 1, 50},
		Lane:    conversation.LaneNotify,
		Ahead:   4, // 2, 4, 6, 8
	}).Found), []int64{1, 2, 4, 6, 8, 40, 50})
}

func lookEnquiry(t *trial) {
	p, other := newPlace("shop", "ann"), newPlace("shop", "bob")
	for n := range 3 {
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
			if c.Enquiry != nil {
				c.Enquiry = nil
			}
			p.open(c, after(n)).Why = key(int64(n))
		})
	}
	t.update(other.id, conversation.Look{}, func(c *conversation.Conversation) { other.open(c, noon()) })
	for n := int64(1); n <= 2; n++ {
		old := t.look(p.id, conversation.Look{Enquiry: p.enquiry(n)}).Old
		if old == nil {
			t.Fatalf("enquiry %d is not found", n)
		}
		t.equal("Old", *old, conversation.Enquiry{
			ID: p.enquiry(n), Number: n, Channel: "shop", Visitor: conversation.Visitor{ID: "ann"},
			Status: conversation.Opened, OpenedAt: after(int(n - 1)), Why: key(n - 1),
		})
	}
	for name, id := range map[string]conversation.EnquiryID{
		"none":                    "",
		"the latest":              p.enquiry(3),
		"unknown":                 p.enquiry(4),
		"of another conversation": other.enquiry(1),
		"other case":              conversation.EnquiryID(p.id + "abcdef" + "e1"),
		"no id":                   "?",
	} {
		c := t.look(p.id, conversation.Look{Enquiry: id})
		if c.Old != nil {
			t.Errorf("%s: Old is %v, want nil", name, c.Old.ID)
		}
		if got := latest(c).ID; got != p.enquiry(3) {
			t.Errorf("%s: Enquiry is %q, want the latest", name, got)
		}
	}
}

func lookAhead(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, conversation.Look{}, chat(p, 60))
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		c.Lane[conversation.LaneNotify].Done, c.Lane[conversation.LaneDeliver].Done, c.Write = 7, 30, true
	})
	for name, tt := range map[string]struct {
		lane  conversation.Lane
		ahead int
		want  []int64
	}{
		"one to tell":          {conversation.LaneNotify, 1, []int64{8}},
		"some to tell":         {conversation.LaneNotify, 5, []int64{8, 10, 12, 14, 16}},
		"some to deliver":      {conversation.LaneDeliver, 3, []int64{33, 36, 39}},
		"all that there are":   {conversation.LaneDeliver, 99, []int64{33, 36, 39, 42, 45, 48, 51, 54, 57, 60}},
		"none asked for":       {conversation.LaneNotify, 0, nil},
		"route has no records": {conversation.LaneRoute, 9, nil},
		"wait has no records":  {conversation.LaneWait, 9, nil},
	} {
		t.equal(name, seqs(t.look(p.id, conversation.Look{Lane: tt.lane, Ahead: tt.ahead}).Found), tt.want)
	}
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		c.Lane[conversation.LaneDeliver].Done, c.Write = 60, true
	})
	t.equal("after the last", seqs(t.look(p.id, conversation.Look{Lane: conversation.LaneDeliver, Ahead: 9}).Found), []int64(nil))
}

func lookNothing(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, conversation.Look{}, chat(p, 3))
	c := t.look(p.id, conversation.Look{
		Once: []string{"unknown", ""}, Records: []int64{-1, 0, 4, 1 << 60}, Enquiry: p.enquiry(7),
		Lane: conversation.LaneChannel, Ahead: 9,
	})
	t.equal("Found", seqs(c.Found), []int64(nil))
	if c.Old != nil {
		t.Errorf("Old is %v, want nil", c.Old.ID)
	}
	t.equal("without asking", seqs(t.look(p.id, conversation.Look{}).Found), []int64(nil))
}
