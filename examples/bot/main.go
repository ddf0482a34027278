// Bot shows a bot that answers visitors and hands over to a person when it is asked to: a source with an HTTP endpoint
// on loopback, a hub, a bot, and two staff, in one program. It needs no server and no network, ends by itself, and
// exits with 1 if anything did not happen.
//
//	go run ./examples/bot
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
		fmt.Fprintln(os.Stderr, "bot:", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 9*time.Second)
	defer cancel()
	secret, token := webhook.NewSecret(), channel.NewToken()

	// The third party: an app that shows quick replies as buttons.
	src, err := newSource(secret, token)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()

	// The host: a chat backend with a bot of its own. Ann and Bob are at work.
	backend := newHost()
	hub, err := channel.NewHub(channel.HubConfig{
		Notify:   backend.notify,
		Presence: backend.roster,
		Webhooks: client(),
	})
	if err != nil {
		return err
	}

	fmt.Println("1. The administrator connects the Acme app. Every enquiry is offered to the bot.")
	backend.channel, err = hub.Connect(ctx, channel.Settings{
		ID: "acme", Source: "Acme app", Name: "Acme support",
		Webhook: webhook.Endpoint{URL: src.url, Secrets: []webhook.Secret{secret}},
		Tokens:  []string{token},
		Routing: routing.Bot(ivy.ID),
		Messages: messages.Settings{
			DisplayName: messages.FirstName,
			Welcome:     messages.AutoReply{Off: true}, // the bot greets
		},
		MaxWait: time.Second, // a minute in real life
	})
	if err != nil {
		return err
	}

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

// client is a webhook client for endpoints on loopback, which production would refuse.
func client() *webhook.Client {
	c, err := webhook.NewClient(webhook.Config{
		AllowHTTP:     true,
		AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Rate:          rate.Inf,
	})
	if err != nil {
		panic(err) // the configuration above is wrong
	}
	return c
}

// story is what visitors and staff do. Every step waits for what must come of it.
func story(ctx context.Context, src *source, backend *host) error {
	fmt.Println("2. Zoe writes. The bot accepts like a member of staff, and offers two quick replies.")
	if err := src.write(ctx, "zoe", "Zoe", "Hello?", ""); err != nil {
		return err
	}
	if err := src.await(ctx, "the bot's menu", is("zoe", "bot", "what can I do for you")); err != nil {
		return err
	}
	if err := backend.await(ctx, channel.EnquiryAccepted); err != nil {
		return err
	}
	fmt.Println("3. She taps the first one, and the bot knows the answer.")
	if err := src.write(ctx, "zoe", "Zoe", "Where is my parcel?", "parcel"); err != nil {
		return err
	}
	if err := src.await(ctx, "the bot's answer", is("zoe", "bot", "with you by noon")); err != nil {
		return err
	}
	fmt.Println("4. She asks for a person. The bot transfers the enquiry, and stays until somebody accepts it.")
	if err := src.write(ctx, "zoe", "Zoe", "A person, please", "person"); err != nil {
		return err
	}
	if err := backend.await(ctx, channel.EnquiryTransferred); err != nil {
		return err
	}
	if err := backend.await(ctx, channel.EnquiryOffered); err != nil {
		return err
	}
	if err := src.write(ctx, "zoe", "Zoe", "Are you still there?", ""); err != nil {
		return err
	}
	if err := src.await(ctx, "the bot's patience", is("zoe", "bot", "A colleague is on the way")); err != nil {
		return err
	}
	fmt.Println("5. Ann accepts. From now on Zoe talks to her, and the bot is silent.")
	zoe, err := backend.takeOver(ctx, ann, "Hello Zoe, Ann here. How can I help?")
	if err != nil {
		return err
	}
	if err := backend.await(ctx, channel.EnquiryAccepted); err != nil {
		return err
	}
	if err := src.await(ctx, "Ann's reply", is("zoe", "staff", "Ann here")); err != nil {
		return err
	}
	if err := src.write(ctx, "zoe", "Zoe", "It has to go to another address.", ""); err != nil {
		return err
	}
	if err := backend.settle(ctx, zoe, ann, "Done."); err != nil {
		return err
	}
	if err := src.await(ctx, "Ann's last word", is("zoe", "staff", "Done.")); err != nil {
		return err
	}
	return night(ctx, src, backend)
}

// night is a transfer that nobody takes.
func night(ctx context.Context, src *source, backend *host) error {
	fmt.Println("6. It is night. Max asks for a person, but nobody is there: the enquiry is missed, and he is told so.")
	backend.goHome()
	if err := src.write(ctx, "max", "Max", "Good evening", ""); err != nil {
		return err
	}
	if err := src.await(ctx, "the bot's menu", is("max", "bot", "what can I do for you")); err != nil {
		return err
	}
	if err := backend.await(ctx, channel.EnquiryAccepted); err != nil {
		return err
	}
	if err := src.write(ctx, "max", "Max", "A person, please", "person"); err != nil {
		return err
	}
	if err := backend.await(ctx, channel.EnquiryMissed); err != nil {
		return err
	}
	return src.await(ctx, "the away message", is("max", "auto", ""))
}
