// Command sqlite is a chat backend that keeps everything in one SQLite file. Zoe writes a numbered message now and
// then through the Acme app, and a bot answers each. Stop it with Ctrl-C, or end it with kill -9 at any moment, and
// start it again: it goes on where it was, and no message or answer is lost, doubled or out of order.
//
//	go run -C examples/sql ./sqlite
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/sqlstore"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
	_ "modernc.org/sqlite"
)

func main() {
	file := flag.String("db", "usher.db", "the database `file`")
	count := flag.Int("n", 20, "how many messages Zoe writes this time")
	every := flag.Duration("every", 300*time.Millisecond, "how often she writes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *file, *count, *every)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "sqlite:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, file string, count int, every time.Duration) (err error) {
	// One file, one machine. FULL survives a power cut; the store itself switches the file to WAL.
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)&_pragma=synchronous(FULL)&_pragma=cache_size(-16000)&_pragma=wal_autocheckpoint(16000)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	store, err := sqlstore.New(db, sqlstore.SQLite)
	if err != nil {
		return err
	}
	if err := store.Migrate(ctx); err != nil {
		return err
	}

	// The Acme app, which keeps its own tables in the same file.
	secret := webhook.NewSecret()
	app, err := newApp(ctx, db, secret)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.server.Close()) }()

	// The host: a bot answers every message under an id made of the message's own, so that it may be told twice.
	var ch *channel.Channel
	hub, err := channel.NewHub(channel.HubConfig{
		Store:    store,
		Webhooks: client(),
		Notify: func(ctx context.Context, e channel.Event) error {
			if e.Type != channel.MessageReceived {
				return nil
			}
			answer := messages.Message{ID: "re " + e.Message.ID, Text: "answer to " + e.Message.Text}
			_, err := ch.Reply(ctx, e.Enquiry.ID, channel.Staff{ID: "bot", Bot: true}, answer)
			return err
		},
	})
	if err != nil {
		return err
	}
	ch, err = hub.Connect(ctx, channel.Settings{
		ID: "acme", Source: "Acme app", Name: "Acme support", Routing: routing.Bot("bot"),
		Webhook: webhook.Endpoint{URL: app.url, Secrets: []webhook.Secret{secret}},
	})
	if err != nil {
		return err
	}
	if err := app.tell(ctx); err != nil {
		return err
	}
	working, finish := context.WithCancel(ctx)
	var worker sync.WaitGroup
	var broken error
	worker.Go(func() { broken = hub.Run(working) }) // ends after Ctrl-C when what it was at is done
	err = app.write(ctx, ch, count, every)
	finish()
	worker.Wait()
	return errors.Join(err, broken)
}

// client is a webhook client for an endpoint on loopback, which production would refuse.
func client() *webhook.Client {
	c, err := webhook.NewClient(webhook.Config{
		AllowHTTP: true, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	})
	if err != nil {
		panic(err) // the configuration above is wrong
	}
	return c
}

// serve serves h on loopback.
func serve(h http.Handler) (*http.Server, string, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 32 << 10,
	}
	go func() { _ = server.Serve(listener) }()
	return server, "http://" + listener.Addr().String(), nil
}
