package tests_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/sqlstore"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// orders is what a child process is told by its parent.
type orders struct {
	Driver, DSN, Prefix string
	Dialect             sqlstore.Dialect
	Hook, Told          string // URLs of the parent: the source's endpoint, the host's ear
	Secret, Token       string
}

// childVariable holds the orders of a process that is a child.
const childVariable = "USHER_TEST_CHILD"

// note is how a child tells its parent of an event.
type note struct {
	ID, Type, Visitor, Text string
	Seq                     int64
}

// child is a host in a process of its own, which may be killed at any moment: a bot answers every message. It
// prints the address of its incoming API and never returns.
func child(text string) {
	var o orders
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		panic(err)
	}
	go func() { // the parent holds the other end
		_, _ = os.Stdin.Read(make([]byte, 1))
		os.Exit(0)
	}()
	ctx := context.Background()
	store := o.store(ctx)
	client, err := webhook.NewClient(webhook.Config{
		AllowHTTP: true, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Rate: -1,
		Retry:   webhook.Retry{Delays: repeat(100*time.Millisecond, 100), Jitter: -1},
		Timeout: 5 * time.Second, Breaker: webhook.Breaker{Failures: -1},
	})
	if err != nil {
		panic(err)
	}
	var ch *channel.Channel
	h, err := channel.NewHub(channel.HubConfig{
		Store: store, Webhooks: client, Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Notify: func(ctx context.Context, e channel.Event) error { return o.notify(ctx, ch, e) },
	})
	if err != nil {
		panic(err)
	}
	settings := channel.Settings{
		ID: "shop", Source: "App", Name: "Support", Tokens: []string{o.Token},
		Webhook: webhook.Endpoint{URL: o.Hook, Secrets: []webhook.Secret{webhook.Secret(o.Secret)}},
		Routing: routing.Bot("bot"), VisitorRate: -1, ChannelRate: -1,
		Messages: messages.Settings{Welcome: messages.AutoReply{Texts: map[string]string{"": "welcome"}}},
	}
	for {
		if ch, err = h.Connect(ctx, settings); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr())
	go func() { panic(http.Serve(listener, h.Handler())) }()
	panic(h.Run(ctx))
}

func repeat(d time.Duration, n int) []time.Duration {
	list := make([]time.Duration, n)
	for i := range list {
		list[i] = d
	}
	return list
}

// store opens the database, which may be away at the moment.
func (o *orders) store(ctx context.Context) *sqlstore.Store {
	db, err := sql.Open(o.Driver, o.DSN)
	if err != nil {
		panic(err)
	}
	db.SetMaxOpenConns(8)
	s, err := sqlstore.NewWith(sqlstore.Config{DB: db, Dialect: o.Dialect, Prefix: o.Prefix})
	if err != nil {
		panic(err)
	}
	for s.Migrate(ctx) != nil {
		time.Sleep(20 * time.Millisecond)
	}
	return s
}

// notify tells the parent and has the bot answer. The parent refuses at times.
func (o *orders) notify(ctx context.Context, ch *channel.Channel, e channel.Event) error {
	n := note{ID: e.ID, Type: string(e.Type), Visitor: string(e.Visitor), Seq: e.Seq}
	if e.Message != nil {
		n.Text = e.Message.Text
	}
	body, err := json.Marshal(n)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, o.Told, bytes.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		return errors.New(answer.Status)
	}
	if e.Type != channel.MessageReceived {
		return nil
	}
	_, err = ch.Reply(ctx, e.Enquiry.ID, channel.Staff{ID: "bot", Bot: true}, messages.Message{ID: "re-" + e.Message.ID, Text: "re " + n.Text})
	return err
}
