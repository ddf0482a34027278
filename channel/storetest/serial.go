package storetest

import (
	"errors"
	"fmt"

	"github.com/usherchat/usher/channel/conversation"
)

func serial(t *trial) {
	const each = 25
	p := newPlace("shop", "ann")
	users := t.users(3)
	t.together(6, func(i int) error {
		u := users[i%len(users)]
		for n := range each {
			_, err := u.tryUpdate(p.id, conversation.Look{}, func(c *conversation.Conversation) error {
				p.enter(c)
				c.Count++
				c.Lane[conversation.LaneNotify].Token++
				say(c, fmt.Sprintf("%d of %d", n, i))
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	c := t.look(p.id, conversation.Look{Lane: conversation.LaneNotify})
	if c.Count != 6*each || c.Seq != 6*each || c.Lane[conversation.LaneNotify].Token != 6*each {
		t.Errorf("after %d changes: Count %d, Seq %d, Token %d", 6*each, c.Count, c.Seq, c.Lane[conversation.LaneNotify].Token)
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
			_, err := users[i%len(users)].tryUpdate(p.id, conversation.Look{Records: from(1, 9)}, func(c *conversation.Conversation) error {
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
		c := t.look(p.id, conversation.Look{Records: from(1, 9)})
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
			_, err := users[i%len(users)].tryUpdate(p.id, conversation.Look{Records: from(1, 120)}, func(c *conversation.Conversation) error {
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
