// Package app puts the example together: the third party's app on one address, the chat backend that embeds the
// library on another, and nothing between them but HTTP.
//
//	visitor's page ─▶ source ──▶ /usher/acme/messages ─▶ hub ─▶ desk ─▶ staff's page
//	visitor's page ◀─ source ◀── webhook ◀────────────── hub ◀─ desk ◀─ staff's page
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/examples/livechat/admin"
	"github.com/usherchat/usher/examples/livechat/bot"
	"github.com/usherchat/usher/examples/livechat/desk"
	"github.com/usherchat/usher/examples/livechat/live"
	"github.com/usherchat/usher/examples/livechat/overview"
	"github.com/usherchat/usher/examples/livechat/source"
	"github.com/usherchat/usher/examples/livechat/team"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// Config is what a program chooses. Desk and Source are required.
type Config struct {
	Desk   net.Listener // where the chat backend listens: staff, administrator, overview, incoming API
	Source net.Listener // where the third party listens: visitors' page, webhook

	Store        channel.Store // nil = in memory
	SettingsFile string        // keeps the channel's settings; "" = they begin anew with each start
	Forget       time.Duration // how long after closing an enquiry its visitor is forgotten; 0 = never
	Logger       *slog.Logger  // nil = nothing is logged
}

// App is the example, ready to run.
type App struct {
	config   Config
	settings channel.Settings
	hub      *channel.Hub
	presence *team.Presence
	desk     http.Handler
	source   http.Handler
}

// DeskURL and SourceURL are the addresses to open.
func (a *App) DeskURL() string   { return "http://" + a.config.Desk.Addr().String() }
func (a *App) SourceURL() string { return "http://" + a.config.Source.Addr().String() }

// New puts everything together and starts nothing.
func New(c Config) (*App, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	a := &App{config: c}
	kept, err := load(c.SettingsFile, a.SourceURL()+"/webhook")
	if err != nil {
		return nil, err
	}
	a.settings = kept

	// The third party knows the address of the incoming API, a token and a secret.
	src, err := source.New(source.Config{
		API: a.DeskURL() + "/usher/" + kept.ID, Token: kept.Tokens[0], Secrets: kept.Webhook.Secrets, Logger: c.Logger,
	})
	if err != nil {
		return nil, err
	}

	// The chat backend: who works here, what tells the pages, and the hub.
	directory, feed := team.Example(), &live.Feed{}
	a.presence = team.NewPresence(directory)
	health := &overview.Health{Feed: feed}
	webhooks, err := webhook.NewClient(webhooks(health, c.Logger))
	if err != nil {
		return nil, err
	}
	var d *desk.Desk
	guide := &bot.Bot{Self: directory.Bots[0], People: routing.Alternative{routing.Team("sales"), routing.Team("support")}}
	a.hub, err = channel.NewHub(channel.HubConfig{
		Notify: func(ctx context.Context, e channel.Event) error {
			return errors.Join(d.Notify(ctx, e), guide.Notify(ctx, e))
		},
		Presence: a.presence, Webhooks: webhooks, Store: c.Store, Logger: c.Logger,
	})
	if err != nil {
		return nil, err
	}
	guide.Hub = a.hub
	d = desk.New(desk.Config{Hub: a.hub, Channel: kept.ID, Directory: directory, Presence: a.presence, Feed: feed})
	administrator := admin.New(admin.Config{
		Hub: a.hub, Webhooks: webhooks, Channel: kept.ID, Directory: directory, Presence: a.presence,
		Presets: presets(a.SourceURL()),
		Changed: func(_ context.Context, s channel.Settings) error { return store(c.SettingsFile, s) },
	})
	reports := overview.New(overview.Config{
		Hub: a.hub, Webhooks: webhooks, Channel: kept.ID, Directory: directory, Feed: feed, Health: health,
		Fault: src.Fault, SetFault: src.SetFault,
	})
	a.desk = a.deskServer(d.Handler(), administrator.Handler(), reports.Handler())
	a.source = a.sourceServer(src.Handler())
	return a, nil
}

// webhooks are the settings of the client that posts to sources. Production needs only the observer and the logger:
// here the source is on loopback without TLS, and everything is faster, so that one can watch it.
func webhooks(health *overview.Health, log *slog.Logger) webhook.Config {
	delays := []time.Duration{time.Second, time.Second, 2 * time.Second}
	for len(delays) < 100 {
		delays = append(delays, 3*time.Second)
	}
	return webhook.Config{
		AllowHTTP:     true,
		AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		Rate:          500, Burst: 1000,
		Retry:   webhook.Retry{Delays: delays},
		Breaker: webhook.Breaker{Open: 3 * time.Second, MaxOpen: 10 * time.Second},
		Observe: health.Observe, Logger: log,
	}
}

// presets are the endpoints that the administrator's page offers to try.
func presets(source string) []admin.Preset {
	return []admin.Preset{
		{Name: "The Acme app", URL: source + "/webhook"},
		{Name: "One that answers something else", URL: source + "/broken/echo"},
		{Name: "One that has moved", URL: source + "/broken/moved"},
		{Name: "One that is out of order", URL: source + "/broken/down"},
		{Name: "One inside a private network", URL: "https://192.168.0.1/webhook"},
	}
}

// Run serves both addresses, connects the channel and does the hub's work until ctx ends.
func (a *App) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	failed := make(chan error, 4)
	for listener, handler := range map[net.Listener]http.Handler{a.config.Desk: a.desk, a.config.Source: a.source} {
		server := &http.Server{
			// No WriteTimeout: it would cut the pages' streams, which bound each write themselves.
			Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, IdleTimeout: time.Minute,
			MaxHeaderBytes: 32 << 10,

			BaseContext: func(net.Listener) context.Context { return ctx }, // ends open streams
		}
		wg.Go(func() {
			if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		})
		wg.Go(func() {
			<-ctx.Done()
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			_ = server.Shutdown(end) // what is left is cut off
		})
	}
	defer stop() // before wg.Wait

	// The source answers the challenge, so it has to listen by now. An endpoint that has answered before may fail:
	// then posts are held, and the hub asks it again.
	if _, err := a.hub.Connect(ctx, a.settings); err != nil && !errors.Is(err, webhook.ErrChallenge) {
		return fmt.Errorf("the channel could not be connected: %w", err)
	}
	if err := a.count(ctx); err != nil {
		return err
	}
	wg.Go(func() { failed <- a.hub.Run(ctx) }) // goes on with what was due before a restart
	if a.config.Forget > 0 {
		wg.Go(func() { a.forgetLoop(ctx) })
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

// count tells a fresh roster what everybody was handling before a restart.
func (a *App) count(ctx context.Context) error {
	q := channel.Query{Channels: []string{a.settings.ID}, Status: []channel.Status{channel.Handling}}
	for e, err := range a.hub.Enquiries(ctx, q) {
		if err != nil {
			return err
		}
		a.presence.Took(e.Staff.ID)
	}
	return nil
}
