package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// midnight begins a Monday. The rule has no zone, so that the day is one of UTC, as the hours of reports are.
var midnight = time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC)

func at(hour, minute int) time.Time {
	return midnight.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// step is how far the clock moves at once: all that happens on this day happens at half minutes.
const step = 30 * time.Second

// day is a backend, its staff and its visitors, in a time of its own.
type day struct {
	clock    *clock.Mock
	hub      *channel.Hub
	channel  *channel.Channel
	desk     *desk
	plans    agenda
	arrived  int
	messages int
}

// newDay connects a channel to a hub whose time stands still.
func newDay(ctx context.Context) (*day, error) {
	clk := clock.NewMock()
	clk.Set(at(7, 30))
	d := &day{clock: clk}
	d.desk = newDesk(clk, &d.plans)
	client, err := webhook.NewClient(webhook.Config{Clock: clk, Transport: app{}})
	if err != nil {
		return nil, err
	}
	d.hub, err = channel.NewHub(channel.HubConfig{
		Clock: clk, Webhooks: client, Presence: d.desk.roster, Notify: d.desk.notify,
	})
	if err != nil {
		return nil, err
	}
	d.channel, err = d.hub.Connect(ctx, channel.Settings{
		ID: "acme", Source: "Acme app", Name: "Acme support",
		Webhook: webhook.Endpoint{URL: "https://app.example/hook", Secrets: []webhook.Secret{webhook.NewSecret()}},
		Routing: officeHours(),
		MaxWait: 5 * time.Minute,
	})
	d.desk.channel = d.channel
	return d, err
}

// officeHours offers an enquiry to whoever dealt with the visitor last, then to whoever has least to do.
func officeHours() routing.Rule {
	return routing.Time{Conditions: []routing.Condition{{
		Days: []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday},
		From: routing.At(8, 30), To: routing.At(18, 0),
		Then: routing.Sticky{Then: routing.Group{
			ID: "support", Method: routing.MostIdle,
			Members: []routing.Destination{routing.Staff("ann"), routing.Staff("bob"), routing.Staff("cleo")},
		}},
	}}}
}

// arrivals is how many visitors write in each hour of the day.
var arrivals = map[int]int{8: 4, 9: 6, 10: 7, 11: 5, 12: 9, 13: 6, 14: 5, 15: 4, 16: 6, 17: 5, 18: 3}

// run lets the day pass. This loop is the whole method: do what people do now, then let the hub do what is due now.
func (d *day) run(ctx context.Context) error {
	d.visitors()
	for ; d.clock.Now().Before(at(19, 0)); d.clock.Add(step) {
		now := d.clock.Now()
		d.desk.attend(now)
		if err := d.plans.do(ctx, now); err != nil {
			return err
		}
		if err := d.hub.RunDue(ctx); err != nil {
			return err
		}
	}
	return nil
}

// visitors plans when visitors write: evenly within each hour, most of them more than once in the day.
func (d *day) visitors() {
	for hour := range 24 {
		for i := range arrivals[hour] {
			when := at(hour, 0).Add(time.Duration(i) * time.Hour / time.Duration(arrivals[hour])).Truncate(step)
			name := names[d.arrived%len(names)]
			d.arrived++
			d.plans.add(when, name, func(ctx context.Context) error { return d.write(ctx, name, "I have a question.") })
			if d.arrived%4 == 0 { // somebody in a hurry
				d.plans.add(when.Add(2*step), name, func(ctx context.Context) error { return d.write(ctx, name, "Hello?") })
			}
		}
	}
}

var names = []string{
	"Zoe", "Max", "Eva", "Tom", "Ida", "Leo", "Mia", "Jan", "Pia", "Kim", "Ben", "Lea", "Ole", "Uma", "Rex", "Fay", "Gus", "Nia", "Hal", "Ivy",
}

// write is a message of a visitor.
func (d *day) write(ctx context.Context, name, text string) error {
	d.messages++
	_, err := d.channel.Receive(ctx, channel.Inbound{
		Visitor: channel.Visitor{ID: channel.VisitorID(name), Person: messages.Person{FirstName: name}},
		Message: messages.Message{ID: "app-" + strconv.Itoa(d.messages), Text: text},
	})
	if err != nil {
		return fmt.Errorf("%s writes: %w", name, err)
	}
	return nil
}
