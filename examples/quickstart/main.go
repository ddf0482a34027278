// Quickstart shows one visit to a chat backend from an outside messaging channel, from the challenge to the
// reports, in one program: a source with an HTTP endpoint on loopback, a hub, and two staff. It needs no server
// and no network, ends by itself, and exits with 1 if anything did not happen.
//
//	go run ./examples/quickstart
package main

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 9*time.Second)
	defer cancel()
	secret, token := webhook.NewSecret(), channel.NewToken()

	// The third party: its endpoint is all that it has to offer.
	src, err := newSource(secret, token)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()

	// The host: a chat backend that imports the library. Ann and Bob are at work.
	backend := newHost()
	hub, err := channel.NewHub(channel.HubConfig{
		Notify:   backend.notify,
		Presence: backend.roster,
		Webhooks: client(),
	})
	if err != nil {
		return err
	}

	fmt.Println("1. The administrator connects the Acme app; its endpoint is challenged.")
	ch, err := hub.Connect(ctx, channel.Settings{
		ID: "acme", Source: "Acme app", Name: "Acme support",
		Webhook:   webhook.Endpoint{URL: src.url, Secrets: []webhook.Secret{secret}},
		Tokens:    []string{token},
		Routing:   routing.Alternative{routing.Staff("ann"), routing.Staff("bob")},
		Messages:  messages.Settings{DisplayName: messages.FirstName},
		OfferWait: time.Second,            // a minute in real life
		MaxWait:   800 * time.Millisecond, // a minute as well
	})
	if err != nil {
		return err
	}
	backend.channel = ch

	// The hub does its work, and its incoming API listens, until the story is told.
	api, err := serve(http.StripPrefix("/in", hub.Handler()))
	if err != nil {
		return err
	}
	defer func() { _ = api.Close() }()
	src.api = api.url + "/in/acme"
	runCtx, finish := context.WithCancel(ctx)
	var working sync.WaitGroup
	working.Go(func() { err = hub.Run(runCtx) })
	storyErr := story(ctx, src, backend)
	finish()
	working.Wait()
	if storyErr != nil {
		return storyErr
	}
	if err != nil {
		return err
	}
	return backend.summary(context.WithoutCancel(ctx))
}

// client is a webhook client for endpoints on loopback, which production would refuse, that retries soon.
func client() *webhook.Client {
	c, err := webhook.NewClient(webhook.Config{
		AllowHTTP:     true,
		AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Rate:          rate.Inf,
		Retry:         webhook.Retry{Delays: []time.Duration{300 * time.Millisecond, 300 * time.Millisecond}},
	})
	if err != nil {
		panic(err) // the configuration above is wrong
	}
	return c
}

// story is what visitors and staff do. Every step waits for what must come of it.
func story(ctx context.Context, src *source, backend *host) error {
	fmt.Println("2. Zoe writes for the first time. The app posts her message to the incoming API.")
	if err := src.send(ctx, "zoe", "Zoe", "Is my parcel on its way?"); err != nil {
		return err
	}
	if err := src.await(ctx, "the welcome", func(p post) bool { return p.visitor == "zoe" && p.kind == "auto" }); err != nil {
		return err
	}
	if err := backend.await(ctx, channel.EnquiryOffered, "ann"); err != nil {
		return err
	}
	fmt.Println("3. Ann is at lunch and does not answer, so the enquiry moves on.")
	if err := backend.await(ctx, channel.EnquiryOffered, "bob"); err != nil {
		return err
	}
	fmt.Println("4. Bob accepts and replies; Zoe sees his first name.")
	if err := backend.answer(ctx, bob, "Hello Zoe, it left our warehouse this morning."); err != nil {
		return err
	}
	if err := src.await(ctx, "the reply", func(p post) bool { return p.name == "Bob" && p.attempt == 1 }); err != nil {
		return err
	}
	fmt.Println("5. The app's endpoint fails twice. The message arrives all the same, once, on the third try.")
	src.failNext(2)
	if err := backend.answer(ctx, bob, "It should be with you by noon."); err != nil {
		return err
	}
	if err := src.await(ctx, "the third try", func(p post) bool { return p.name == "Bob" && p.attempt == 3 }); err != nil {
		return err
	}
	if err := backend.done(ctx, bob); err != nil {
		return err
	}
	fmt.Println("6. Everybody has gone home. Max writes, nobody can be offered his enquiry, and he is told so.")
	backend.goHome()
	if err := src.send(ctx, "max", "Max", "Can I change my address?"); err != nil {
		return err
	}
	if err := src.await(ctx, "the away message", func(p post) bool { return p.visitor == "max" && p.seen == 2 }); err != nil {
		return err
	}
	return backend.await(ctx, channel.EnquiryMissed, "")
}
