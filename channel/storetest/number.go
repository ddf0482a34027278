package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/usherchat/usher/channel/conversation"
)

func numbering() []rule {
	return []rule{
		{"counts within the channel", "the next number of the channel", numberCounts},
		{"given once", "A Store calls it once, before it records, if Enquiry.Number is 0.", numberOnce},
		{"only to what is saved", "through Numbered if NeedsNumber", numberNeeded},
		{"in the records too", "through Numbered if NeedsNumber", numberPatched},
		{"no gap under contention", "without a gap", numberGapless},
		{"no gap in Due", "Due runs fn, as Update does", numberDue},
	}
}

func numberCounts(t *trial) {
	for n := range int64(3) {
		for _, name := range []string{"shop", "forum", "Shop"} {
			for _, u := range t.users(2) {
				p := newPlace(name, strconv.FormatInt(n, 10))
				c := u.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { p.open(c, noon()) })
				want := 2*n + 1
				if c.Count > 1 {
					want++
				}
				if c.Enquiry.Number != want {
					t.Errorf("an enquiry of %q has number %d, want %d", name, c.Enquiry.Number, want)
				}
			}
		}
	}
}

func numberOnce(t *trial) {
	p, other := newPlace("shop", "ann"), newPlace("shop", "bob")
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { p.open(c, noon()) })
	for range 3 {
		c := t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { edit(c).Why = "again" })
		t.equal("Number of an enquiry that is saved again", c.Enquiry.Number, int64(1))
	}
	c := t.update(other.id, conversation.Look{}, func(c *conversation.Conversation) { other.open(c, noon()) })
	t.equal("Number of the next one", c.Enquiry.Number, int64(2))
	t.equal("Number in the conversation", t.look(p.id, conversation.Look{}).Enquiry.Number, int64(1))
	t.equal("Number in the list", t.enquiry(conversation.Query{Visitor: "ann"}).Number, int64(1))
	t.equal("Number in the list", t.enquiry(conversation.Query{Visitor: "bob"}).Number, int64(2))
}

func numberNeeded(t *trial) {
	p := newPlace("shop", "ann")
	c := t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		p.open(c, noon())
		c.Save = false
	})
	t.equal("Number of an enquiry that is not saved", c.Enquiry.Number, int64(0))
	t.equal("enquiries that were not saved", t.enquiries(conversation.Query{}), []conversation.Enquiry(nil))
	c = t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { edit(c) })
	t.equal("Number of the first that is saved", c.Enquiry.Number, int64(1))
}

func numberPatched(t *trial) {
	p := newPlace("shop", "ann")
	for n := int64(1); n <= 2; n++ {
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
			old := c.Enquiry
			e := p.open(c, noon())
			say(c, "with").State = e
			say(c, "without")
			say(c, "of the one before").State = old
		})
	}
	var states []int64
	for _, r := range t.log(p.id, 9) {
		n := int64(0)
		if r.State != nil {
			n = r.State.Number
		}
		states = append(states, n)
	}
	t.equal("numbers in the records", states, []int64{1, 0, 0, 2, 0, 1})
}

func numberGapless(t *trial) {
	const each = 16
	users := t.users(3)
	full := newPlace("shop", "full")
	t.update(full.id, conversation.Look{}, func(c *conversation.Conversation) {
		full.enter(c)
		c.Claims = []conversation.Claim{{Staff: "full", Delta: 1}}
	})
	dead, cancel := context.WithCancel(t.Context())
	cancel()
	t.together(6, func(i int) error {
		u := users[i%len(users)]
		for n := range each {
			p := newPlace([]string{"shop", "forum"}[n%2], strconv.Itoa(i)+" "+strconv.Itoa(n))
			ctx, fail, want := t.Context(), error(nil), error(nil)
			switch n % 8 {
			case 2:
				fail, want = errMine, errMine
			case 3, 4:
				want = conversation.ErrCapacity
			case 7:
				ctx, want = dead, context.Canceled
			}
			_, err := u.tryUpdateIn(ctx, p.id, conversation.Look{}, func(c *conversation.Conversation) error {
				p.open(c, noon())
				if want == conversation.ErrCapacity { //nolint:errorlint // it is the one above
					c.Claims = []conversation.Claim{{Staff: "full", Delta: 1, Capacity: 1}}
				}
				c.Write = n%8 != 5
				return fail
			})
			if !errors.Is(err, want) {
				return fmt.Errorf("attempt %d: got error %w, want %w", n, err, want)
			}
		}
		return nil
	})
	// Of eight attempts two of either channel succeed, beside the one that writes nothing.
	for name, want := range map[string]int64{"shop": 6 * each / 8 * 2, "forum": 6 * each / 8} {
		var numbers []int64
		for _, e := range t.enquiries(conversation.Query{Channels: []string{name}}) {
			numbers = append(numbers, e.Number)
			if kept := t.look(e.ID.Conversation(), conversation.Look{}).Enquiry; kept.Number != e.Number {
				t.Errorf("%s has number %d in the list and %d in its conversation", e.ID, e.Number, kept.Number)
			}
		}
		slices.Sort(numbers)
		t.equal("the numbers of "+name, numbers, from(1, want))
	}
}

func numberDue(t *trial) {
	all := places("shop", 12)
	for i, p := range all {
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
			p.enter(c)
			c.Lane[conversation.LaneRoute].Due = after(i).UnixNano()
		})
	}
	kept := map[string]*conversation.Conversation{}
	t.due([]conversation.Want{{Channels: []string{"shop"}, Until: after(99), Limit: 99}},
		func(c *conversation.Conversation, _ conversation.Lane) error {
			at := slices.IndexFunc(all, func(p place) bool { return p.id == c.ID })
			if at < 0 {
				return errMine
			}
			e := all[at].open(c, noon())
			say(c, "hello").State = e
			kept[c.ID] = c
			if at%3 == 1 {
				return errMine
			}
			return nil
		})
	var numbers []int64
	for _, e := range t.enquiries(conversation.Query{}) {
		numbers = append(numbers, e.Number)
		c := t.look(e.ID.Conversation(), conversation.Look{Records: []int64{1}})
		if c.Enquiry.Number != e.Number || c.Found[0].State.Number != e.Number {
			t.Errorf("%s has number %d in the list, %d in its conversation, %d in its record",
				e.ID, e.Number, c.Enquiry.Number, c.Found[0].State.Number)
		}
		if last := kept[c.ID]; last.Enquiry.Number != e.Number || last.Version != c.Version {
			t.Errorf("%s: the conversation of the last run has number %d, version %d, want %d, %d",
				e.ID, last.Enquiry.Number, last.Version, e.Number, c.Version)
		}
	}
	slices.Sort(numbers)
	t.equal("the numbers", numbers, from(1, 8))
}
