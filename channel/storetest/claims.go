package storetest

import (
	"errors"
	"strconv"
	"sync/atomic"

	"github.com/usherchat/usher/channel/conversation"
)

func claiming() []rule {
	return []rule{
		{"up to the capacity", "the most that Staff may have afterwards", claimLimit},
		{"all or none", "Claims, all or none", claimAll},
		{"given back", "to count an enquiry to a staff member, or to give it back", claimBack},
		{"handed on", "Claims, all or none, or ErrCapacity", claimSwap},
		{"no limit", "0 = no limit", claimUnlimited},
		{"only what is recorded", "An error of fn records nothing", claimRefused},
		{"over all conversations and channels", "Claims, all or none, or ErrCapacity", claimContended},
		{"in Due", "An error of fn leaves that conversation as it was and Due goes on", claimDue},
	}
}

// claim records claims in a conversation of their own.
func (t *trial) claim(claims ...conversation.Claim) error {
	p := newPlace("office", "claims")
	_, err := t.tryUpdate(p.id, conversation.Look{}, func(c *conversation.Conversation) error {
		p.enter(c)
		c.Claims = claims
		return nil
	})
	return err
}

func (t *trial) mustClaim(want error, claims ...conversation.Claim) {
	t.Helper()
	if err := t.claim(claims...); !errors.Is(err, want) {
		t.Fatalf("claims %v: got error %v, want %v", claims, err, want)
	}
}

// handles checks that exactly n enquiries are counted to a staff member.
func (t *trial) handles(staff string, n int) {
	t.Helper()
	one := conversation.Claim{Staff: staff, Delta: 1, Capacity: n}
	if n > 0 {
		if err := t.claim(one); !errors.Is(err, conversation.ErrCapacity) {
			t.Errorf("%q handles %d: claiming another with that capacity: got error %v, want ErrCapacity", staff, n, err)
		}
	}
	one.Capacity++
	if err := t.claim(one); err != nil {
		t.Errorf("%q handles %d: claiming another with more capacity: %v", staff, n, err)
		return
	}
	t.mustClaim(nil, conversation.Claim{Staff: staff, Delta: -1})
}

func take(staff string, capacity int) conversation.Claim {
	return conversation.Claim{Staff: staff, Delta: 1, Capacity: capacity}
}

func free(staff string) conversation.Claim { return conversation.Claim{Staff: staff, Delta: -1} }

func claimLimit(t *trial) {
	for range 3 {
		t.mustClaim(nil, take("zoe", 3))
	}
	t.mustClaim(conversation.ErrCapacity, take("zoe", 3))
	t.mustClaim(conversation.ErrCapacity, take("zoe", 2))
	t.mustClaim(nil, take("zoe", 4))
	t.handles("zoe", 4)
	for _, other := range []string{"Zoe", "zoe ", "zoé", "zoe%", ""} {
		t.handles(other, 0)
	}
}

func claimAll(t *trial) {
	t.mustClaim(nil, take("full", 1))
	for _, claims := range [][]conversation.Claim{
		{take("zoe", 5), take("full", 1)},
		{take("full", 1), take("zoe", 5)},
		{free("yan"), take("zoe", 5), take("full", 1)},
		{take("zoe", 1), take("zoe", 1)},
	} {
		t.mustClaim(nil, take("yan", 0))
		t.mustClaim(conversation.ErrCapacity, claims...)
		t.handles("zoe", 0)
		t.handles("full", 1)
		t.handles("yan", 1)
		t.mustClaim(nil, free("yan"))
	}
	t.mustClaim(nil, take("zoe", 5), take("yan", 5), take("zoe", 5))
	t.handles("zoe", 2)
	t.handles("yan", 1)
}

func claimBack(t *trial) {
	for range 3 {
		t.mustClaim(nil, take("zoe", 1))
		t.mustClaim(conversation.ErrCapacity, take("zoe", 1))
		t.mustClaim(nil, free("zoe"))
	}
	t.handles("zoe", 0)
}

func claimSwap(t *trial) {
	t.mustClaim(nil, take("zoe", 1))
	t.mustClaim(nil, free("zoe"), take("zoe", 1)) // taken again by the same
	t.handles("zoe", 1)
	t.mustClaim(nil, free("zoe"), take("yan", 1)) // handed on
	t.handles("zoe", 0)
	t.handles("yan", 1)
}

func claimUnlimited(t *trial) {
	for range 5 {
		t.mustClaim(nil, take("zoe", 0))
	}
	t.handles("zoe", 5)
}

func claimRefused(t *trial) {
	p := newPlace("shop", "ann")
	for range 3 {
		t.refused(p.id, conversation.Look{}, nil, func(c *conversation.Conversation) {
			c.Claims = []conversation.Claim{take("zoe", 1)} // without Write
		})
		_, err := t.tryUpdate(p.id, conversation.Look{}, func(c *conversation.Conversation) error {
			p.enter(c)
			c.Claims = []conversation.Claim{take("zoe", 1)}
			return errMine
		})
		if !errors.Is(err, errMine) {
			t.Fatalf("Update: got error %v, want that of the change", err)
		}
	}
	t.handles("zoe", 0)
}

func claimContended(t *trial) {
	const capacity = 7
	users := t.users(3)
	for _, staff := range []string{"zoe", "yan"} {
		var won, lost atomic.Int32
		t.together(18, func(i int) error {
			p := newPlace([]string{"shop", "forum", "mail"}[i%3], staff+strconv.Itoa(i))
			_, err := users[i%len(users)].tryUpdate(p.id, conversation.Look{}, func(c *conversation.Conversation) error {
				p.open(c, noon())
				c.Claims = []conversation.Claim{take(staff, capacity)}
				return nil
			})
			switch {
			case err == nil:
				won.Add(1)
			case errors.Is(err, conversation.ErrCapacity):
				lost.Add(1)
			default:
				return err
			}
			return nil
		})
		if won.Load() != capacity || lost.Load() != 18-capacity {
			t.Errorf("of 18 claims %d were taken, %d refused; want %d, %d", won.Load(), lost.Load(), capacity, 18-capacity)
		}
		t.handles(staff, capacity)
	}
	if n := len(t.enquiries(conversation.Query{})); n != 2*capacity {
		t.Errorf("%d enquiries are recorded, want %d", n, 2*capacity)
	}
}

func claimDue(t *trial) {
	for i, p := range places("shop", 9) {
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
			p.enter(c)
			c.Lane[conversation.LaneRoute].Due = after(i).UnixNano()
		})
	}
	want := conversation.Want{Channels: []string{"shop"}, Until: after(99), Limit: 99}
	var tried order
	t.due([]conversation.Want{want}, func(c *conversation.Conversation, l conversation.Lane) error {
		tried.add(c.ID)
		c.Lane[l].Due, c.Write = 0, true
		c.Claims = []conversation.Claim{take("zoe", 4)}
		return nil
	})
	t.equal("conversations that were tried", len(tried.ids), 9)
	t.equal("conversations that are still due", len(t.shown(want)), 5)
	t.handles("zoe", 4)
}
