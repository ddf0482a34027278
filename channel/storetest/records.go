package storetest

import (
	"fmt"
	"iter"

	"github.com/usherchat/usher/channel/conversation"
)

func reading() []rule {
	return []rule{
		{"by Seq", "Records yields the records of an enquiry by Seq", recordsOrder},
		{"of the enquiry only", "Records yields the records of an enquiry by Seq", recordsOfOne},
		{"none for an unknown one", "none for an unknown one", recordsUnknown},
		{"many pages", "in pages like Enquiries", recordsPages},
		{"while others write", "in pages like Enquiries", recordsWhileWriting},
		{"stopping early", "in pages like Enquiries", recordsStop},
		{"nothing is held", "no connection or lock is held while it yields", recordsHold},
	}
}

// talk records n messages of a new enquiry, in a few changes.
func (t *trial) talk(p place, n int) {
	t.Helper()
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { p.open(c, after(int(c.Count))) })
	for n > 0 {
		part := min(n, 100)
		n -= part
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
			for range part {
				say(c, fmt.Sprintf("text %d", c.Seq+1))
			}
		})
	}
}

func recordsOrder(t *trial) {
	p := newPlace("shop", "ann")
	t.talk(p, 12)
	got := t.records(p.enquiry(1))
	t.equal("their numbers", seqs(got), from(1, 12))
	t.equal("the records", got, t.log(p.id, 12))
}

func recordsOfOne(t *trial) {
	p, other := newPlace("shop", "ann"), newPlace("shop", "bob")
	t.talk(p, 5)
	t.talk(other, 3)
	t.talk(p, 4)
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		say(c, "late news of the first").Enquiry = p.enquiry(1)
		say(c, "of none").Enquiry = ""
		say(c, "of the second")
	})
	t.equal("of the first", seqs(t.records(p.enquiry(1))), []int64{1, 2, 3, 4, 5, 10})
	t.equal("of the second", seqs(t.records(p.enquiry(2))), []int64{6, 7, 8, 9, 12})
	t.equal("of another conversation", seqs(t.records(other.enquiry(1))), []int64{1, 2, 3})
}

func recordsUnknown(t *trial) {
	p, other := newPlace("shop", "ann"), newPlace("shop", "bob")
	t.talk(p, 5)
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { say(c, "of none").Enquiry = "" })
	stranger := p
	stranger.generation = "ABCDEF"
	for name, id := range map[string]conversation.EnquiryID{
		"no id":                   "",
		"not one of ours":         "?",
		"almost one of ours":      p.enquiry(1) + "x",
		"a pattern":               conversation.EnquiryID(p.id + p.generation + "e%"),
		"one that is to come":     p.enquiry(2),
		"of another generation":   stranger.enquiry(1),
		"of another conversation": other.enquiry(1),
		"a message":               conversation.EnquiryID(p.id + p.generation + "m1"),
	} {
		t.equal(name, seqs(t.records(id)), []int64(nil))
	}
}

func recordsPages(t *trial) {
	p := newPlace("shop", "ann")
	t.talk(p, 3)
	t.talk(p, several)
	got := t.records(p.enquiry(2))
	t.equal("their numbers", seqs(got), from(4, several+3))
	t.equal("the last one", got[len(got)-1].Message.Text, fmt.Sprintf("text %d", several+3))
}

func recordsWhileWriting(t *trial) {
	p := newPlace("shop", "ann")
	t.talk(p, several)
	last := int64(0)
	for r, err := range t.store.Records(t.Context(), p.enquiry(1)) {
		if err != nil {
			t.Fatalf("Records: %v", err)
		}
		if r.Seq != last+1 {
			t.Fatalf("record %d comes after %d", r.Seq, last)
		}
		if last = r.Seq; last%100 == 0 && last <= several {
			t.update(p.id, conversation.Look{Records: []int64{last}}, func(c *conversation.Conversation) {
				say(c, "meanwhile") // may come or not
				changed := found(c, 0)
				changed.Err = "changed"
				c.Changed = []conversation.Record{changed}
			})
		}
	}
	if last < several {
		t.Errorf("the last record is %d, want %d or one that was added meanwhile", last, several)
	}
}

func recordsStop(t *trial) {
	p := newPlace("shop", "ann")
	t.talk(p, several)
	seq := t.store.Records(t.Context(), p.enquiry(1))
	for _, n := range []int{1, 2, 255, 256, 257, several - 1, several, several + 1, 1} {
		got, err := pulls(seq, n)
		if err != nil {
			t.Fatalf("Records: %v", err)
		}
		t.equal(fmt.Sprintf("the first %d", n), seqs(got), from(1, min(int64(n), several)))
	}
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { say(c, "still works") })
}

func recordsHold(t *trial) {
	p := newPlace("shop", "ann")
	t.talk(p, several)
	users := t.users(2)
	t.within("a change while Records yields", func() {
		for range 64 {
			next, stop := iter.Pull2(t.store.Records(t.Context(), p.enquiry(1)))
			defer stop()
			if r, err, ok := next(); !ok || err != nil || r.Seq != 1 {
				t.Errorf("Records: got %d, %v", r.Seq, err)
				return
			}
		}
		for _, u := range users {
			_, err := u.tryUpdate(p.id, conversation.Look{}, func(c *conversation.Conversation) error {
				say(c, "meanwhile")
				return nil
			})
			if err != nil {
				t.Errorf("Update: %v", err)
			}
		}
	})
}
