package storetest

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/usherchat/usher/channel/conversation"
)

func listing() []rule {
	return []rule{
		{"newest first", "newest first by OpenedAt and then ID", listOrder},
		{"what was saved", "Enquiry is to be written where Enquiries finds it", listSaved},
		{"counters of the latest", "Of the latest enquiry of a conversation, LastMessageAt and Messages are those of the Head.", listLatest},
		{"many pages", "in pages", listPages},
		{"while others write", "in pages", listWhileWriting},
		{"stopping early", "no connection or lock is held while it yields", listStop},
		{"nothing is held", "no connection or lock is held while it yields", listHolds},
		{"many at once", "no connection or lock is held while it yields", listMany},
	}
}

func listOrder(t *trial) {
	// Some are opened at the same time: ids decide, byte by byte, those that are greater first.
	type opened struct {
		id conversation.EnquiryID
		at int
	}
	var want []opened
	for _, i := range shuffled(40) {
		p := newPlace([]string{"shop", "Forum"}[i%2], strconv.Itoa(i))
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { p.open(c, after(i/4)) })
		want = append(want, opened{p.enquiry(1), i / 4})
	}
	slices.SortFunc(want, func(a, b opened) int {
		if a.at != b.at {
			return b.at - a.at
		}
		return strings.Compare(string(b.id), string(a.id))
	})
	ids := make([]conversation.EnquiryID, 0, len(want))
	for _, o := range want {
		ids = append(ids, o.id)
	}
	t.equal("the order", enquiryIDs(t.enquiries(conversation.Query{})), ids)
}

func listSaved(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		p.open(c, noon()).Why = "first"
		c.Save = false
	})
	t.equal("before it is saved", enquiryIDs(t.enquiries(conversation.Query{})), []conversation.EnquiryID(nil))
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { edit(c).Why = "second" })
	t.equal("when it is saved", t.enquiry(conversation.Query{}).Why, "second")
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		edit(c).Why = "third"
		c.Save = false
	})
	t.equal("changed without Save", t.enquiry(conversation.Query{}).Why, "second")
	t.equal("changed without Save, in the Head", t.look(p.id, conversation.Look{}).Enquiry.Why, "third")
	for range 3 {
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { edit(c).Why = "fourth" })
	}
	t.equal("saved again", t.enquiry(conversation.Query{}).Why, "fourth")
}

func listLatest(t *trial) {
	p := newPlace("shop", "ann")
	count := func(save bool) func(c *conversation.Conversation) {
		return func(c *conversation.Conversation) {
			e := edit(c)
			e.Messages.In += 2
			e.Messages.Out++
			e.Messages.Auto += 3
			e.Messages.Failed += 4
			e.LastMessageAt = after(e.Messages.Out)
			c.Save = save
		}
	}
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { p.open(c, noon()) })
	t.equal("before a message", t.enquiry(conversation.Query{}).Messages, conversation.Messages{})
	for n := 1; n <= 3; n++ {
		t.update(p.id, conversation.Look{}, count(false))
		e := t.enquiry(conversation.Query{})
		t.equal("Messages", e.Messages, conversation.Messages{In: 2 * n, Out: n, Auto: 3 * n, Failed: 4 * n})
		t.equal("LastMessageAt", e.LastMessageAt, after(n))
		t.equal("by the visitor", t.enquiry(conversation.Query{Visitor: "ann"}), e)
	}
	t.update(p.id, conversation.Look{}, count(true))
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { p.open(c, after(60)) })
	t.update(p.id, conversation.Look{}, count(false))
	all := t.enquiries(conversation.Query{})
	t.equal("of the latest", all[0].Messages.Out, 1)
	t.equal("of the one before", all[1].Messages, conversation.Messages{In: 8, Out: 4, Auto: 12, Failed: 16})
	t.equal("of the one before", all[1].LastMessageAt, after(4))
}

// file records n enquiries of the shop, opened one second after the other, and returns their ids, newest first.
func (t *trial) file(n int) []conversation.EnquiryID {
	t.Helper()
	list := make([]conversation.EnquiryID, n)
	all := places("shop", n)
	t.together(8, func(i int) error {
		for at := i; at < n; at += 8 {
			_, err := t.tryUpdate(all[at].id, conversation.Look{}, func(c *conversation.Conversation) error {
				all[at].open(c, after(at))
				return nil
			})
			if err != nil {
				return err
			}
			list[n-1-at] = all[at].enquiry(1)
		}
		return nil
	})
	return list
}

// several is more than a page of any store.
const several = 700

func listPages(t *trial) {
	want := t.file(several)
	t.equal("all", enquiryIDs(t.enquiries(conversation.Query{})), want)
	for _, limit := range []int{1, 99, 100, 101, 256, 257, several, several + 1} {
		got := enquiryIDs(t.enquiries(conversation.Query{Limit: limit}))
		t.equal("with Limit "+strconv.Itoa(limit), got, want[:min(limit, several)])
	}
}

func listWhileWriting(t *trial) {
	want := t.file(several)
	var got []conversation.EnquiryID
	n := 0
	for e, err := range t.store.Enquiries(t.Context(), conversation.Query{}) {
		if err != nil {
			t.Fatalf("Enquiries: %v", err)
		}
		if e.OpenedAt.Before(after(several)) { // those opened meanwhile may come or not
			got = append(got, e.ID)
		}
		if n++; n%50 != 0 {
			continue
		}
		p := newPlace("shop", "new "+strconv.Itoa(n))
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { p.open(c, after(several+n)) })
		t.update(e.ID.Conversation(), conversation.Look{}, func(c *conversation.Conversation) {
			edit(c).LastMessageAt = after(several + n)
		})
	}
	t.equal("each that was there, once", got, want)
}

// pulls reads n of a stream and leaves it.
func pulls[T any](seq iter.Seq2[T, error], n int) (got []T, err error) {
	left := false
	seq(func(v T, e error) bool {
		switch {
		case left:
			err = errors.New("the stream goes on after its reader has left")
		case e != nil:
			left, err = true, e
		default:
			got = append(got, v)
			left = len(got) == n
		}
		return !left
	})
	return got, err
}

func listStop(t *trial) {
	want := t.file(several)
	seq := t.store.Enquiries(t.Context(), conversation.Query{})
	for _, n := range []int{1, 2, 255, 256, 257, several - 1, several, several + 1, 1} {
		got, err := pulls(seq, n) // the same stream again, from its beginning
		if err != nil {
			t.Fatalf("Enquiries: %v", err)
		}
		t.equal(fmt.Sprintf("the first %d", n), enquiryIDs(got), want[:min(n, several)])
	}
	t.update(want[0].Conversation(), conversation.Look{}, func(c *conversation.Conversation) { edit(c).Why = "still works" })
	t.equal("after stopping", t.enquiry(conversation.Query{Limit: 1}).Why, "still works")
}

func listHolds(t *trial) {
	want := t.file(5)
	p := newPlace("shop", "another")
	users := t.users(2)
	t.within("changes while Enquiries yields", func() {
		for e, err := range t.store.Enquiries(t.Context(), conversation.Query{}) {
			if err != nil {
				t.Errorf("Enquiries: %v", err)
				return
			}
			for _, id := range []string{e.ID.Conversation(), want[4].Conversation(), p.id} {
				for _, u := range users {
					_, err := u.tryUpdate(id, conversation.Look{}, func(c *conversation.Conversation) error {
						c.Channel, c.Write = "shop", true
						c.Lane[conversation.LaneRoute].Due = noon().UnixNano()
						say(c, "meanwhile")
						return nil
					})
					if err != nil {
						t.Errorf("Update: %v", err)
					}
				}
			}
			if _, err := t.tryDue([]conversation.Want{{Channels: []string{"shop"}, Until: noon(), Limit: 9}}, leave); err != nil {
				t.Errorf("Due: %v", err)
			}
			inner, err := pulls(t.store.Enquiries(t.Context(), conversation.Query{}), 9)
			if err != nil || len(inner) != 5 {
				t.Errorf("Enquiries within Enquiries: %d, %v", len(inner), err)
			}
			if _, err := pulls(t.store.Records(t.Context(), e.ID), 9); err != nil {
				t.Errorf("Records within Enquiries: %v", err)
			}
		}
	})
}

func listMany(t *trial) {
	want := t.file(several)
	t.within("a change while many streams are open", func() {
		for range 64 {
			next, stop := iter.Pull2(t.store.Enquiries(t.Context(), conversation.Query{}))
			defer stop()
			if e, err, ok := next(); !ok || err != nil || e.ID != want[0] {
				t.Errorf("Enquiries: got %v, %v", e.ID, err)
				return
			}
		}
		_, err := t.tryUpdate(want[9].Conversation(), conversation.Look{}, func(c *conversation.Conversation) error {
			edit(c).Why = "meanwhile"
			return nil
		})
		if err != nil {
			t.Errorf("Update: %v", err)
		}
	})
}
