package storetest

import (
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/usherchat/usher/channel/conversation"
)

func onlyOnce() []rule {
	return []rule{
		{"the second sees the first", "the second sees the first", onceContended},
		{"enforced", "Once unique in the conversation", onceEnforced},
		{"in the conversation only", "Once unique in the conversation", onceApart},
		{"no key, no rule", "unique in the conversation if not empty", onceEmpty},
		{"for ever", "keep only Seq and Once", onceForgotten},
	}
}

func onceContended(t *trial) {
	p, users := newPlace("shop", "ann"), t.users(3)
	for n := range int64(50) {
		look := conversation.Look{Once: []string{key(n)}}
		t.together(6, func(i int) error {
			_, err := users[i%len(users)].tryUpdate(p.id, look, func(c *conversation.Conversation) error {
				if len(c.Found) == 0 {
					p.enter(c)
					say(c, "first").Once = key(n)
				}
				return nil
			})
			return err
		})
		if c := t.look(p.id, look); c.Seq != n+1 || len(c.Found) != 1 || c.Found[0].Seq != n+1 {
			t.Fatalf("six changes with key %d: Seq %d, records %v; want 1 more", n+1, c.Seq, seqs(c.Found))
		}
	}
	for n := range int64(50) {
		t.equal("afterwards", seqs(t.look(p.id, conversation.Look{Once: []string{key(n)}}).Found), []int64{n + 1})
	}
}

func onceEnforced(t *trial) {
	for _, before := range []int{1, 3, 70} { // short and long logs
		p := newPlace("shop", strconv.Itoa(before))
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
			chat(p, before)(c)
			c.Added[before-1].Once = "taken"
		})
		want := t.look(p.id, conversation.Look{Records: from(1, 90), Once: []string{"new"}})
		for name, keys := range map[string]string{
			"a key that is taken":     "taken",
			"one of two is taken":     "new taken",
			"twice in the one change": "new new",
		} {
			_, err := t.tryUpdate(p.id, conversation.Look{}, func(c *conversation.Conversation) error {
				for key := range strings.FieldsSeq(keys) {
					say(c, name).Once = key
				}
				edit(c).Why = name
				return nil
			})
			if err == nil {
				t.Errorf("%s, after %d records: got no error", name, before)
			}
			t.equal(name, *t.look(p.id, conversation.Look{Records: from(1, 90), Once: []string{"new"}}), *want)
		}
	}
	users := t.users(3)
	p := newPlace("shop", "blind")
	var taken atomic.Int32
	t.together(6, func(i int) error { // none of them looks
		_, err := users[i%len(users)].tryUpdate(p.id, conversation.Look{}, func(c *conversation.Conversation) error {
			p.enter(c)
			say(c, "first").Once = "key"
			return nil
		})
		if err == nil {
			taken.Add(1)
		}
		return nil
	})
	if n := len(t.log(p.id, 9)); n != 1 || taken.Load() != 1 {
		t.Errorf("six changes with one key: %d without an error, %d recorded; want 1", taken.Load(), n)
	}
}

func onceApart(t *trial) {
	for _, p := range append(places("shop", 3), places("forum", 3)...) {
		t.update(p.id, conversation.Look{}, chat(p, 5))
		t.equal("Found", seqs(t.look(p.id, conversation.Look{Once: []string{key(5)}}).Found), []int64{5})
	}
}

func onceEmpty(t *trial) {
	p := newPlace("shop", "ann")
	for range 2 {
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
			p.enter(c)
			for range 30 {
				say(c, "text")
			}
		})
	}
	t.equal("records without a key", len(t.log(p.id, 99)), 60)
}

func onceForgotten(t *trial) {
	for _, before := range []int64{3, 60} {
		p := newPlace("shop", strconv.FormatInt(before, 10))
		t.update(p.id, conversation.Look{}, chat(p, int(before)))
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
			c.Forget, c.ForgetTo, c.Write = true, c.Seq, true
			e := edit(c).Anonymous()
			c.Enquiry = &e
		})
		t.equal("Found", seqs(t.look(p.id, conversation.Look{Once: []string{key(2), key(before)}}).Found), []int64{2, before})
		_, err := t.tryUpdate(p.id, conversation.Look{}, func(c *conversation.Conversation) error {
			say(c, "again").Once = key(2)
			return nil
		})
		if err == nil {
			t.Error("the key of a forgotten record was given again")
		}
	}
}
