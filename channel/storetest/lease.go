package storetest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/usherchat/usher/channel/conversation"
)

func leasing() []rule {
	return []rule{
		{"nobody else while it lasts", "while somebody holds it, when the lease runs out", leaseHeld},
		{"taken over when it has run out", "while somebody holds it, when the lease runs out", leaseExpires},
		{"renewed", "until when the holder may work", leaseRenewed},
		{"released", "0 = nobody", leaseReleased},
		{"a lost lease settles nothing", "grows with each lease: the fence", leaseLost},
		{"one holder under contention", "changes of one conversation happen one after the other", leaseContended},
	}
}

// leaseTime is how long the tests lease.
const leaseTime = 10 * time.Second

// deliveries is what works on the deliver lane of the shop at a time.
func deliveries(now time.Time) conversation.Want {
	return conversation.Want{Lane: conversation.LaneDeliver, Channels: []string{"shop"}, Until: now, Limit: 9, Ahead: 1}
}

// tryClaim leases what is due, the way a hub does, and returns the tokens.
func (t *trial) tryClaim(w conversation.Want) (tokens map[string]int64, err error) {
	tokens = map[string]int64{}
	_, err = t.tryDue([]conversation.Want{w}, func(c *conversation.Conversation, l conversation.Lane) error {
		k := &c.Lane[l]
		k.Token++
		k.Lease, c.Write = w.Until.Add(leaseTime).UnixNano(), true
		tokens[c.ID] = k.Token
		return nil
	})
	return tokens, err
}

// leased leases the one conversation that is due.
func (t *trial) leased(p place, now time.Time) (token int64) {
	t.Helper()
	tokens, err := t.tryClaim(deliveries(now))
	if err != nil {
		t.Fatalf("Due: %v", err)
	}
	if len(tokens) != 1 || tokens[p.id] == 0 {
		t.Fatalf("Due at %v: leased %v, want %q", now, tokens, p.id)
	}
	return tokens[p.id]
}

// trySettle settles the first record of the lane for the holder of token.
func (t *trial) trySettle(p place, token int64) error {
	_, err := t.tryUpdate(p.id, conversation.Look{Lane: conversation.LaneDeliver, Ahead: 1}, func(c *conversation.Conversation) error {
		k := &c.Lane[conversation.LaneDeliver]
		if k.Token != token || k.Lease == 0 {
			return errMine
		}
		if len(c.Found) != 1 {
			return fmt.Errorf("records to settle: %v, want one", seqs(c.Found))
		}
		k.Done, k.Lease, k.Try = c.Found[0].Seq, 0, 0
		c.Write = true
		return nil
	})
	return err
}

// queue records n messages to deliver, due at noon.
func (t *trial) queue(p place, n int) {
	t.Helper()
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		p.open(c, noon())
		for range n {
			say(c, "text").Deliver = true
		}
		c.Lane[conversation.LaneDeliver].Due = noon().UnixNano()
		c.Lane[conversation.LaneDeliver].Last = c.Seq
	})
}

func leaseHeld(t *trial) {
	p, users := newPlace("shop", "ann"), t.users(3)
	t.queue(p, 1)
	users[0].leased(p, after(1))
	for i, u := range users {
		for _, now := range []int{0, 1, 5, 10} {
			t.equal("while it is leased", u.shown(deliveries(after(now))), []string(nil))
		}
		u.next("while it is leased", after(11), deliveries(after(i)))
	}
	c := users[2].look(p.id, conversation.Look{})
	t.equal("the cursor", c.Lane[conversation.LaneDeliver], conversation.Cursor{
		Due: noon().UnixNano(), Last: 1, Lease: after(11).UnixNano(), Token: 1,
	})
	// The work that was due is not: somebody holds it. So is what becomes due meanwhile.
	users[1].update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		say(c, "more").Deliver = true
		c.Lane[conversation.LaneDeliver].Due = after(2).UnixNano()
	})
	t.equal("after another message", users[2].shown(deliveries(after(10))), []string(nil))
	t.equal("when it has run out", users[2].shown(deliveries(after(11))), ids(p))
}

func leaseExpires(t *trial) {
	p, users := newPlace("shop", "ann"), t.users(3)
	t.queue(p, 1)
	now := noon()
	for n := range 6 {
		u := users[n%len(users)]
		token := u.leased(p, now)
		t.equal("Token", token, int64(n+1))
		now = now.Add(leaseTime)
		t.equal("a nanosecond too early", u.shown(deliveries(now.Add(-1))), []string(nil))
	}
	// A lane whose work is done, but for which somebody still holds a lease, is shown too.
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
		c.Lane[conversation.LaneDeliver].Due, c.Write = 0, true
	})
	t.equal("with nothing due", t.shown(deliveries(now)), ids(p))
}

func leaseRenewed(t *trial) {
	p, users := newPlace("shop", "ann"), t.users(2)
	t.queue(p, 1)
	token := users[0].leased(p, noon())
	for n := range 5 {
		now := after(4 * n)
		users[0].update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
			if c.Lane[conversation.LaneDeliver].Token == token {
				c.Lane[conversation.LaneDeliver].Lease, c.Write = now.Add(leaseTime).UnixNano(), true
			}
		})
		t.equal("before the new end", users[1].shown(deliveries(now.Add(leaseTime-1))), []string(nil))
	}
	t.equal("at the new end", users[1].shown(deliveries(after(16).Add(leaseTime))), ids(p))
}

func leaseReleased(t *trial) {
	p, users := newPlace("shop", "ann"), t.users(3)
	t.queue(p, 4)
	for n := range 4 {
		u := users[n%len(users)]
		token := u.leased(p, after(n))
		if err := u.trySettle(p, token); err != nil {
			t.Fatalf("settling record %d: %v", n+1, err)
		}
	}
	c := t.look(p.id, conversation.Look{Lane: conversation.LaneDeliver, Ahead: 1})
	t.equal("the cursor", c.Lane[conversation.LaneDeliver], conversation.Cursor{
		Due: noon().UnixNano(), Last: 4, Done: 4, Token: 4,
	})
	t.equal("records to settle", seqs(c.Found), []int64(nil))
}

func leaseLost(t *trial) {
	p, users := newPlace("shop", "ann"), t.users(2)
	t.queue(p, 2)
	lost := users[0].leased(p, noon())
	kept := users[1].leased(p, noon().Add(leaseTime))
	if err := users[0].trySettle(p, lost); !errors.Is(err, errMine) {
		t.Errorf("settling after the lease was lost: got error %v, want that of the change", err)
	}
	c := t.look(p.id, conversation.Look{Lane: conversation.LaneDeliver, Ahead: 1})
	t.equal("records to settle", seqs(c.Found), []int64{1})
	t.equal("the cursor", c.Lane[conversation.LaneDeliver], conversation.Cursor{
		Due: noon().UnixNano(), Last: 2, Lease: noon().Add(2 * leaseTime).UnixNano(), Token: 2,
	})
	if err := users[1].trySettle(p, kept); err != nil {
		t.Errorf("settling with the lease: %v", err)
	}
	if err := users[1].trySettle(p, kept); !errors.Is(err, errMine) {
		t.Errorf("settling after the lease was released: got error %v, want that of the change", err)
	}
}

func leaseContended(t *trial) {
	p, users := newPlace("shop", "ann"), t.users(3)
	const rounds = 12
	t.queue(p, rounds)
	for n := range rounds {
		now := after(n)
		var held, settled atomic.Int32
		t.together(6, func(i int) error {
			u := users[i%len(users)]
			tokens, err := u.tryClaim(deliveries(now))
			if err != nil || len(tokens) == 0 {
				return err
			}
			held.Add(1)
			if tokens[p.id] != int64(n+1) {
				return fmt.Errorf("round %d: token %d", n, tokens[p.id])
			}
			return nil
		})
		if held.Load() != 1 {
			t.Fatalf("round %d: %d hold the lease, want 1", n, held.Load())
		}
		t.together(6, func(i int) error {
			switch err := users[i%len(users)].trySettle(p, int64(n+1)); {
			case err == nil:
				settled.Add(1)
			case !errors.Is(err, errMine):
				return err
			}
			return nil
		})
		if settled.Load() != 1 {
			t.Fatalf("round %d: %d have settled, want 1", n, settled.Load())
		}
	}
	t.equal("Done", t.look(p.id, conversation.Look{Lane: conversation.LaneDeliver}).Lane[conversation.LaneDeliver].Done, int64(rounds))
}
