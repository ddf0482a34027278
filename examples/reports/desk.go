package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// desk is the host: it knows who is at work, and does for staff what they do in their own manner.
type desk struct {
	clock   clock.Clock
	plans   *agenda
	roster  *routing.Roster
	channel *channel.Channel
	staff   []*person
}

// person is a member of staff with habits.
type person struct {
	channel.Staff
	from, to  time.Time
	lunch     time.Time     // an hour
	looks     time.Duration // until an offer is noticed
	types     time.Duration // until the first reply
	talks     time.Duration // until the matter is settled
	forgets   int           // every so manieth offer is not noticed at all; 0 = none
	catchesUp bool          // with missed enquiries, when there is nothing else to do

	offers int
	status routing.Status
}

func newDesk(clk clock.Clock, plans *agenda) *desk {
	d := &desk{clock: clk, plans: plans, roster: routing.NewRoster(clk)}
	d.staff = []*person{
		{ // quick, and can keep two conversations going
			Staff: channel.Staff{ID: "ann", Person: messages.Person{FirstName: "Ann"}, Capacity: 2},
			from:  at(8, 30), to: at(17, 0), lunch: at(12, 0),
			looks: step, types: step, talks: 9 * time.Minute,
		},
		{ // often in the warehouse
			Staff: channel.Staff{ID: "bob", Person: messages.Person{FirstName: "Bob"}, Capacity: 2},
			from:  at(9, 0), to: at(18, 0), lunch: at(12, 30),
			looks: step, types: 3 * time.Minute, talks: 14 * time.Minute, forgets: 3,
		},
		{ // thorough, and never leaves a visitor without an answer
			Staff: channel.Staff{ID: "cleo", Person: messages.Person{FirstName: "Cleo"}, Capacity: 1},
			from:  at(10, 0), to: at(18, 30), lunch: at(14, 0),
			looks: step, types: 90 * time.Second, talks: 22 * time.Minute, catchesUp: true,
		},
	}
	for _, p := range d.staff {
		d.roster.SetCapacity(p.ID, p.Capacity)
	}
	return d
}

// attend keeps the roster up to date.
func (d *desk) attend(now time.Time) {
	for _, p := range d.staff {
		status := routing.Active
		switch {
		case now.Before(p.from), !now.Before(p.to):
			status = routing.Offline
		case !now.Before(p.lunch) && now.Before(p.lunch.Add(time.Hour)):
			status = routing.Busy
		}
		if p.status != status {
			p.status = status
			d.roster.Set(p.ID, status, 0)
		}
		if p.catchesUp && status == routing.Active && d.roster.State(routing.Staff(p.ID)).Load == 0 {
			d.plans.add(now.Add(step), p.ID, func(ctx context.Context) error { return d.followUp(ctx, p) })
		}
	}
}

// notify is what the library tells the host: offers are noticed, sooner or later.
func (d *desk) notify(_ context.Context, e channel.Event) error {
	if e.Type != channel.EnquiryOffered {
		return nil
	}
	for _, p := range d.staff {
		if !slices.Contains(e.Destinations, routing.Staff(p.ID)) {
			continue
		}
		if p.offers++; p.forgets > 0 && p.offers%p.forgets == 0 {
			continue
		}
		d.plans.add(d.clock.Now().Add(p.looks), p.ID, func(ctx context.Context) error { return d.accept(ctx, p, e.Enquiry) })
	}
	return nil
}

// followUp takes up the enquiry that was missed first.
func (d *desk) followUp(ctx context.Context, p *person) error {
	if p.status != routing.Active || d.roster.State(routing.Staff(p.ID)).Load > 0 {
		return nil
	}
	var oldest channel.Enquiry
	for e, err := range d.channel.Enquiries(ctx, channel.Query{Status: []channel.Status{channel.Missed}}) {
		if err != nil {
			return err
		}
		oldest = e // the overview is newest first
	}
	if oldest.ID == "" {
		return nil
	}
	return d.accept(ctx, p, oldest)
}

// accept takes an enquiry, answers it and settles it, if nobody else was faster.
func (d *desk) accept(ctx context.Context, p *person, e channel.Enquiry) error {
	err := d.channel.Accept(ctx, e.ID, p.Staff)
	if errors.Is(err, channel.ErrTaken) || errors.Is(err, channel.ErrCapacity) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s accepts: %w", p.ID, err)
	}
	types := p.types + time.Duration(e.Number%3)*step
	talks := p.talks + time.Duration(e.Number%5)*3*step // some questions are harder
	now := d.clock.Now()
	say := func(text string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := d.channel.Reply(ctx, e.ID, p.Staff, messages.Text(text))
			return err
		}
	}
	d.plans.add(now.Add(types), p.ID, say("Hello "+e.Visitor.FirstName+", let me see."))
	d.plans.add(now.Add(talks), p.ID, say("That is settled."))
	d.plans.add(now.Add(talks+step), p.ID, func(ctx context.Context) error { return d.channel.Close(ctx, e.ID, p.Staff) })
	return nil
}
