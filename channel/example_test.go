package channel_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// desk makes a hub for the examples below: it prints what it tells the host, and its channels' endpoint is src.
func desk(src *source, c clock.Clock) *channel.Hub {
	webhooks, err := webhook.NewClient(webhook.Config{Transport: src, Clock: c})
	if err != nil {
		panic(err)
	}
	hub, err := channel.NewHub(channel.HubConfig{
		Webhooks: webhooks,
		Clock:    c,
		Notify: func(_ context.Context, e channel.Event) error {
			fmt.Println(e.Type, e.Destinations)
			return nil
		},
	})
	if err != nil {
		panic(err)
	}
	return hub
}

// acme is what an administrator filled in, with a rule.
func acme(r routing.Rule) channel.Settings {
	return channel.Settings{
		ID: "acme", Source: "Acme app", Name: "Acme support",
		Webhook: webhook.Endpoint{URL: "https://acme.example/usher", Secrets: []webhook.Secret{webhook.NewSecret()}},
		Tokens:  []string{channel.NewToken()},
		Routing: r,
	}
}

// firstWords is the first message of the visitor Zoe.
func firstWords() channel.Inbound {
	return channel.Inbound{Visitor: channel.Visitor{ID: "zoe"}, Message: messages.Message{ID: "1", Text: "Hello"}}
}

func ExampleHub_Connect() {
	ctx, src := context.Background(), &source{mute: true} // an endpoint that does not answer the challenge
	hub := desk(src, nil)

	_, err := hub.Connect(ctx, channel.Settings{ID: "acme", Source: "Acme app", Routing: routing.Percentage{{Percent: 99, To: routing.Staff("ann")}}})
	fmt.Println(err) // everything that is wrong, to show beside the form's fields

	settings := acme(routing.Staff("ann"))
	_, err = hub.Connect(ctx, settings)
	fmt.Println("not proved:", errors.Is(err, webhook.ErrChallenge))

	src.mute = false // the endpoint's owner has mended it
	acme, err := hub.Connect(ctx, settings)
	fmt.Println(acme.Settings().Name, err)

	settings.Routing = routing.Team("support") // the same ID again: the new settings hold from now on
	_, err = hub.Connect(ctx, settings)
	fmt.Println(acme.Settings().Routing, err)
	// Output:
	// usher: connect acme: Settings.Name: is required
	// Settings.Webhook.URL: is required
	// Settings.Webhook.Secrets: at least one is required; webhook.NewSecret makes one
	// Settings.Routing: shares: percentages add up to 99, not 100
	// not proved: true
	// Acme support <nil>
	// team support <nil>
}

func ExampleHub_RunDue() {
	// Nothing sleeps: the test sets the clock, and RunDue does what is due at that time, in this goroutine.
	ctx, c := context.Background(), clock.NewMock()
	c.Set(time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC))
	hub := desk(&source{}, c)
	settings := acme(routing.Alternative{routing.Staff("ann"), routing.Staff("bob")})
	settings.OfferWait = 30 * time.Second
	acme, _ := hub.Connect(ctx, settings)

	_, _ = acme.Receive(ctx, firstWords()) // is recorded, and that is all
	_ = hub.RunDue(ctx)
	c.Add(30 * time.Second)
	fmt.Println("30 s later, ann has not answered:")
	_ = hub.RunDue(ctx)
	// Output:
	// enquiry.opened []
	// message.received []
	// enquiry.offered [staff ann]
	// message.sent []
	// 30 s later, ann has not answered:
	// enquiry.withdrawn [staff ann]
	// enquiry.offered [staff bob]
}

func ExampleChannel_Transfer() {
	ctx, hub := context.Background(), desk(&source{}, nil)
	acme, _ := hub.Connect(ctx, acme(routing.Bot("helper")))
	visit, _ := acme.Receive(ctx, firstWords())
	helper, ann := channel.Staff{ID: "helper", Bot: true}, channel.Staff{ID: "ann"}
	_ = acme.Accept(ctx, visit.Enquiry, helper)
	_ = hub.RunDue(ctx)

	// The bot hands over: to Ann, and if she does not answer to anybody in the team.
	fmt.Println("the bot transfers:")
	_ = acme.Transfer(ctx, visit.Enquiry, helper, routing.Alternative{routing.Staff("ann"), routing.Team("support")})
	_ = hub.RunDue(ctx)
	e, _ := acme.Enquiry(ctx, visit.Enquiry)
	fmt.Println("until somebody accepts it stays with", e.Staff.ID)

	_ = acme.Accept(ctx, visit.Enquiry, ann)
	_ = hub.RunDue(ctx)
	e, _ = acme.Enquiry(ctx, visit.Enquiry)
	fmt.Println("now with", e.Staff.ID)
	// Output:
	// enquiry.opened []
	// message.received []
	// enquiry.accepted []
	// message.sent []
	// the bot transfers:
	// enquiry.transferred []
	// enquiry.offered [staff ann]
	// until somebody accepts it stays with helper
	// enquiry.accepted []
	// now with ann
}

func ExampleChannel_Forget() {
	ctx, hub := context.Background(), desk(&source{}, nil)
	acme, _ := hub.Connect(ctx, acme(routing.Staff("ann")))
	visit, _ := acme.Receive(ctx, firstWords())
	_ = hub.RunDue(ctx)

	fmt.Println("zoe wants to be forgotten:")
	_ = acme.Forget(ctx, "zoe")
	_ = hub.RunDue(ctx)
	e, _ := acme.Enquiry(ctx, visit.Enquiry) // stays, for the reports
	fmt.Printf("enquiry %d is %s, of visitor %q\n", e.Number, e.Status, e.Visitor.ID)
	said := 0
	for range acme.Transcript(ctx, visit.Enquiry) {
		said++
	}
	fmt.Println("what was said:", said, "messages")

	again, err := acme.Receive(ctx, firstWords()) // the source repeats an old request
	fmt.Println("a repeat:", again.Duplicate, err)
	// Output:
	// enquiry.opened []
	// message.received []
	// enquiry.offered [staff ann]
	// message.sent []
	// zoe wants to be forgotten:
	// enquiry.withdrawn [staff ann]
	// enquiry.closed []
	// enquiry 1 is closed, of visitor ""
	// what was said: 0 messages
	// a repeat: true <nil>
}

// Instead of a rule, a channel can have a Router: behaviour of the host's own.
func ExampleSettings_router() {
	ctx, hub := context.Background(), desk(&source{}, nil)
	settings := acme(nil)
	settings.Router = routing.RouterFunc(func(_ context.Context, e routing.Enquiry, p routing.Presence) (routing.Decision, error) {
		manager := routing.Staff(e.Attributes["account_manager"])
		if manager.ID == "" || len(e.Tried) > 0 || !p.State(manager).Available() {
			manager = routing.Team("sales")
		}
		return routing.Decision{Outcome: routing.Offer, Destinations: []routing.Destination{manager}, Wait: 20 * time.Second}.
			Because(routing.Reason{Code: "account", Text: "the account of " + e.Visitor + " belongs to " + manager.ID}), nil
	})
	acme, _ := hub.Connect(ctx, settings)

	in := firstWords()
	in.Visitor.Attributes = map[string]string{"account_manager": "ann"}
	visit, _ := acme.Receive(ctx, in)
	_ = hub.RunDue(ctx)
	e, _ := acme.Enquiry(ctx, visit.Enquiry)
	fmt.Println(e.Why)
	// Output:
	// enquiry.opened []
	// message.received []
	// enquiry.offered [staff ann]
	// message.sent []
	// offer staff ann for 20s: the account of zoe belongs to ann
}
