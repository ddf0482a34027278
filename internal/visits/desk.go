package visits

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/routing"
)

// mood is how the host behaves for a while.
type mood int

const (
	calm   mood = iota // takes every event
	keen               // and lets staff accept offers at once, from within Notify
	slow               // takes its time
	grumpy             // errors and panics now and then
	moods
)

func (m mood) String() string {
	return [...]string{"calm", "keen", "slow", "grumpy", "?"}[min(m, moods)]
}

// desk is the host: what it was told, what it shows its staff, and who is there.
type desk struct {
	w *world

	mu     sync.Mutex
	random *rand.Rand
	mood   mood
	view   map[channel.EnquiryID]matter
	ids    []channel.EnquiryID // of view, in the order in which they came
	status map[string]routing.Status
	load   map[string]int
}

// matter is an enquiry as the host knows it.
type matter struct {
	channel.Enquiry
	seq int64
}

var (
	errGrumpy = errors.New("visits: the host is grumpy")
	staffIDs  = []string{"ann", "bob", "cat", "dan", "eve"}
)

// capacity is how many enquiries each of the staff handles at most. It never changes.
func capacity(id string) int { return 1 + slices.Index(staffIDs, id)%3 }

// bot is a destination that answers by itself.
const bot = "bo"

// as is the staff member with that id.
func as(id string) channel.Staff {
	if id == bot {
		return channel.Staff{ID: bot, Bot: true}
	}
	s := channel.Staff{ID: id, Capacity: capacity(id)}
	s.FirstName = "Name of " + id[:1]
	return s
}

// hear is Notify.
func (d *desk) hear(ctx context.Context, p *process, e channel.Event) error {
	t := telling{process: p.n, event: e}
	d.w.journal.begin(&t.span)
	panics, wait, accept, err := d.draw(e)
	if wait > 0 {
		d.w.Time.Sleep(wait)
	}
	if accept != "" {
		d.w.accept(ctx, p, e.Enquiry, accept)
	}
	p.store.thaw()
	if p.store.isDead() { // nobody is there to have heard it
		err = errDead
	}
	t.took = err == nil && !panics
	if t.took {
		d.note(e)
	}
	d.w.journal.end(&t.span, func() { d.w.journal.tellings = append(d.w.journal.tellings, &t) })
	if panics {
		panic("visits: the host panics")
	}
	return err
}

// draw decides how the host takes an event.
func (d *desk) draw(e channel.Event) (panics bool, wait time.Duration, accept string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch d.mood {
	case slow:
		wait = time.Duration(d.random.IntN(3000)) * time.Millisecond
	case grumpy:
		switch n := d.random.IntN(10); {
		case n < 2:
			err = errGrumpy
		case n < 3:
			panics = true
		}
	case keen:
		if e.Type == channel.EnquiryOffered && d.random.IntN(2) == 0 {
			accept = e.Destinations[d.random.IntN(len(e.Destinations))].ID
			if accept != bot && !slices.Contains(staffIDs, accept) {
				accept = staffIDs[d.random.IntN(len(staffIDs))]
			}
		}
	case calm, moods:
	}
	return panics, wait, accept, err
}

// note keeps the latest that is known of an enquiry.
func (d *desk) note(e channel.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e.Enquiry.ID == "" || e.Enquiry.Status == "" {
		return
	}
	m, ok := d.view[e.Enquiry.ID]
	if !ok {
		d.ids = append(d.ids, e.Enquiry.ID)
	}
	if e.Seq > m.seq {
		d.view[e.Enquiry.ID] = matter{e.Enquiry, e.Seq}
	}
}

// some draws an enquiry with one of the statuses.
func (d *desk) some(random *rand.Rand, statuses ...channel.Status) (channel.Enquiry, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for range 20 {
		if len(d.ids) == 0 {
			break
		}
		recent := d.ids[max(0, len(d.ids)-60):]
		m := d.view[recent[random.IntN(len(recent))]]
		if slices.Contains(statuses, m.Status) && m.Visitor.ID != "" {
			return m.Enquiry, true
		}
	}
	return channel.Enquiry{}, false
}

func (d *desk) setMood(m mood) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mood = m
}

func (d *desk) setStatus(id string, s routing.Status) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.status[id] = s
}

// State implements routing.Presence.
func (d *desk) State(to routing.Destination) routing.State {
	if to.Kind != routing.KindStaff {
		return routing.State{}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return routing.State{Status: d.status[to.ID], Load: d.load[to.ID], Capacity: capacity(to.ID)}
}

// Took implements channel.Attendance.
func (d *desk) Took(staff string) { d.count(staff, 1) }

// Freed implements channel.Attendance.
func (d *desk) Freed(staff string) { d.count(staff, -1) }

func (d *desk) count(staff string, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.load[staff] += n
}

// recount sets the loads anew: a process that died may have counted what it did not tell.
func (d *desk) recount(handling map[string]int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.load = handling
}

// seen is every enquiry that the host knows of.
func (d *desk) seen() []channel.EnquiryID {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.ids)
}
