package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/channel/conversation"
)

func crowding() []rule {
	return []rule{
		{"ten thousand due at once", "to find what is due", crowdDue},
		{"the idle cost nothing", "The cost does not depend on conversations with nothing due.", crowdIdle},
		{"a busy day", "a Store has to be atomic", crowdDay},
	}
}

// gather records n conversations of some channels, with a message to deliver at a time; zero = never.
func (t *trial) gather(n int, names []string, at func(i int) time.Time) {
	t.Helper()
	users := t.users(3)
	t.together(12, func(first int) error {
		for i := first; i < n; i += 12 {
			p := newPlace(names[i%len(names)], strconv.Itoa(i))
			_, err := users[first%len(users)].tryUpdate(p.id, conversation.Look{}, func(c *conversation.Conversation) error {
				p.enter(c)
				say(c, "text").Deliver = true
				if due := at(i); !due.IsZero() {
					c.Lane[conversation.LaneDeliver].Due = due.UnixNano()
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func crowdDue(t *trial) {
	users, names := t.users(3), []string{"shop", "forum", "mail", "app"}
	t.gather(t.crowd, names, func(int) time.Time { return noon() })
	shared := rush{want: t.crowd, claims: map[string]int{}}
	t.together(6, func(i int) error { return shared.work(users[i%len(users)], names) })
	for id, times := range shared.claims {
		if times != 1 {
			t.Fatalf("%q was claimed %d times", id, times)
		}
	}
	taken := map[string]int64{} // as recorded
	w := deliveries(noon().Add(leaseTime))
	w.Channels, w.Limit = names, t.crowd
	t.due([]conversation.Want{w}, func(c *conversation.Conversation, l conversation.Lane) error {
		taken[c.ID] = c.Lane[l].Token
		return nil
	})
	for id, token := range taken {
		if token != 1 {
			t.Fatalf("%q was leased %d times", id, token)
		}
	}
	t.equal("leased", len(taken), t.crowd)
}

// rush is what many who claim at the same time have claimed.
type rush struct {
	want int

	mu     sync.Mutex
	claims map[string]int
}

// work claims until all is claimed.
func (r *rush) work(t *trial, names []string) error {
	pause := clock.New()
	for idle := 0; idle < 1000; {
		w := deliveries(noon())
		w.Channels, w.Limit = names, 32
		tokens, err := t.tryClaim(w)
		if err != nil {
			return err
		}
		if done, err := r.add(tokens); done || err != nil {
			return err
		}
		if idle++; len(tokens) > 0 {
			idle = 0
		} else {
			pause.Sleep(time.Millisecond)
		}
	}
	return errors.New("conversations are due that nobody is shown")
}

// add counts claims and reports whether they are all.
func (r *rush) add(tokens map[string]int64) (done bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, token := range tokens {
		r.claims[id]++
		if token != 1 {
			err = errors.Join(err, fmt.Errorf("%q is claimed with token %d", id, token))
		}
	}
	return len(r.claims) == r.want, err
}

// crowdIdle compares how long Due takes at best, before and after many came that have nothing due.
func crowdIdle(t *trial) {
	few := places("shop", 5)
	for _, p := range few {
		t.schedule(p, noon(), conversation.LaneDeliver)
	}
	watch, w := clock.New(), deliveries(noon())
	best := func() time.Duration {
		least := time.Hour
		for range 300 {
			start := watch.Now()
			t.due([]conversation.Want{w}, leave)
			least = min(least, watch.Since(start))
		}
		return least
	}
	before := best()
	t.gather(t.crowd, []string{"shop"}, func(i int) time.Time { // half of them later, half of them never
		if i%2 == 0 {
			return time.Time{}
		}
		return after(3600 + i)
	})
	t.equal("what is due", len(t.shown(w)), len(few))
	if now := best(); now > 4*before+20*time.Microsecond {
		t.Errorf("Due takes %v with %d idle conversations, %v without", now, t.crowd, before)
	}
}

// day is what a busy day is made of: few conversations, few staff, everybody at once.
type day struct {
	places []place
	staff  []string
}

const dayCapacity = 2

func crowdDay(t *trial) {
	d := day{
		places: append(places("shop", 6), places("forum", 6)...),
		staff:  []string{"zoe", "yan", "xia"},
	}
	users := t.users(3)
	t.together(6, func(i int) error {
		random := rand.New(rand.NewPCG(1, uint64(i))) //nolint:gosec // a test repeats itself
		for range 120 {
			if err := d.something(users[i%len(users)], random); err != nil {
				return err
			}
		}
		return nil
	})
	d.check(t)
}

// something is a random change that leaves things as they have to be.
func (d *day) something(t *trial, random *rand.Rand) error {
	p, staff := d.places[random.IntN(len(d.places))], d.staff[random.IntN(len(d.staff))]
	what, word := random.IntN(8), fmt.Sprint("key ", random.IntN(40))
	_, err := t.tryUpdate(p.id, conversation.Look{Once: []string{word}}, func(c *conversation.Conversation) error {
		e := c.Enquiry
		live := e != nil && e.Status != conversation.Closed
		switch {
		case what < 3 && len(c.Found) == 0: // a message
			if !live {
				p.open(c, after(int(c.Seq)))
			}
			say(c, word).Once = word
			c.Lane[conversation.LaneNotify].Due = after(int(c.Seq)).UnixNano()
		case what < 5 && live && e.Status == conversation.Opened: // accepted
			e = edit(c)
			e.Status, e.Staff.ID = conversation.Handling, staff
			c.Claims = []conversation.Claim{take(staff, dayCapacity)}
		case what == 5 && live: // closed
			if e.Status == conversation.Handling {
				c.Claims = []conversation.Claim{free(e.Staff.ID)}
			}
			edit(c).Status = conversation.Closed
		case what == 6: // told
			c.Lane[conversation.LaneNotify].Due, c.Write = 0, c.Version > 0
		case what == 7: // an error after everything
			p.open(c, noon())
			say(c, word).Once = word + " too late"
			c.Claims = []conversation.Claim{take(staff, dayCapacity)}
			return errMine
		}
		return nil
	})
	if errors.Is(err, conversation.ErrCapacity) || errors.Is(err, errMine) {
		return nil
	}
	return err
}

// check looks over the evening.
func (d *day) check(t *trial) {
	t.Helper()
	handled, due := map[string]int{}, map[string][]string{}
	for _, p := range d.places {
		c := t.look(p.id, conversation.Look{Records: from(1, 999)})
		t.equal("the log of "+p.id, seqs(c.Found), from(1, c.Seq))
		seen := map[string]bool{}
		for _, r := range c.Found {
			if seen[r.Once] || r.Once != r.Message.Text {
				t.Errorf("record %d of %q: key %q for a second time, or of another", r.Seq, p.id, r.Once)
			}
			seen[r.Once] = true
		}
		if e := c.Enquiry; e != nil && e.Status == conversation.Handling {
			handled[e.Staff.ID]++
		}
		if c.Lane[conversation.LaneNotify].Due != 0 {
			due[p.channel] = append(due[p.channel], p.id)
		}
	}
	for _, name := range []string{"shop", "forum"} {
		var numbers []int64
		all := t.enquiries(conversation.Query{Channels: []string{name}})
		for _, e := range all {
			numbers = append(numbers, e.Number)
		}
		slices.Sort(numbers)
		t.equal("the numbers of "+name, numbers, from(1, int64(len(all))))
		got := t.shown(conversation.Want{Lane: conversation.LaneNotify, Channels: []string{name}, Until: after(9999), Limit: 99})
		slices.Sort(got)
		slices.Sort(due[name])
		t.equal("what is due of "+name, got, due[name])
	}
	for _, staff := range d.staff {
		t.equal("enquiries of "+staff+" within the capacity", handled[staff] <= dayCapacity, true)
		t.handles(staff, handled[staff])
	}
}
