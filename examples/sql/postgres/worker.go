package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/sqlstore"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// What the two processes are told by the first: all of it is the same for both.
const (
	dsnVariable    = "USHER_EXAMPLE_DSN"
	hookVariable   = "USHER_EXAMPLE_HOOK"
	secretVariable = "USHER_EXAMPLE_SECRET"
	tokenVariable  = "USHER_EXAMPLE_TOKEN"
)

// work is one of the processes: a hub over the shared database, and the incoming API. It prints where that listens.
func work(ctx context.Context, name string) (err error) {
	db, err := sql.Open("pgx", os.Getenv(dsnVariable))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(8)
	store, err := sqlstore.New(db, sqlstore.PostgreSQL)
	if err != nil {
		return err
	}
	if err := store.Migrate(ctx); err != nil { // both at once: one of them does it
		return err
	}
	webhooks, err := webhook.NewClient(webhook.Config{
		AllowHTTP: true, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Rate: -1,
	})
	if err != nil {
		return err
	}
	var ch *channel.Channel
	hub, err := channel.NewHub(channel.HubConfig{
		Store: store, Webhooks: webhooks,
		Notify: func(ctx context.Context, e channel.Event) error {
			if e.Type != channel.MessageReceived {
				return nil
			}
			time.Sleep(50 * time.Millisecond) // the bot thinks
			answer := messages.Message{ID: "re " + e.Message.ID, Text: fmt.Sprintf("%s: answer by process %s", e.Message.Text, name)}
			_, err := ch.Reply(ctx, e.Enquiry.ID, channel.Staff{ID: "bot", Bot: true}, answer)
			return err
		},
	})
	if err != nil {
		return err
	}
	// Every process connects every channel; the proof that one of them got from the endpoint holds for all.
	ch, err = hub.Connect(ctx, channel.Settings{
		ID: "acme", Source: "Acme app", Name: "Acme support", Tokens: []string{os.Getenv(tokenVariable)},
		Routing:  routing.Bot("bot"),
		Webhook:  webhook.Endpoint{URL: os.Getenv(hookVariable), Secrets: []webhook.Secret{webhook.Secret(os.Getenv(secretVariable))}},
		Messages: messages.Settings{Welcome: messages.AutoReply{Off: true}},
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	api := &http.Server{
		Handler: hub.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 32 << 10,
	}
	defer func() { err = errors.Join(err, api.Close()) }()
	go func() { _ = api.Serve(listener) }()
	fmt.Println(listener.Addr())
	return hub.Run(ctx)
}
