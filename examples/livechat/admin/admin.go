// Package admin is what the administrator's page talks to: the settings of the channel, and the questions one has
// while changing them. Does this endpoint answer? What is wrong with this rule? Who would answer on Sunday night?
// How does that text read in Korean?
//
// A real host lets only its administrators in here; this example has no such thing and listens on loopback alone.
package admin

import (
	"context"
	"net/http"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/examples/livechat/team"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// Preset is an endpoint that the page offers to try.
type Preset struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// Config is what the page works with.
type Config struct {
	Hub       *channel.Hub
	Webhooks  *webhook.Client
	Channel   string // the id of the channel that is administered
	Directory *team.Directory
	Presence  routing.Presence
	Presets   []Preset
	// Changed is told of new settings that are in force, for instance to store them.
	Changed func(ctx context.Context, s channel.Settings) error
}

// Admin serves the administrator's page.
type Admin struct{ Config }

// New returns an Admin.
func New(c Config) *Admin { return &Admin{Config: c} }

// Handler is what the page asks for, below /admin/.
func (a *Admin) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /admin/settings", a.settings)
	mux.HandleFunc("PUT /admin/settings", a.save)
	mux.HandleFunc("POST /admin/verify", a.verify)
	mux.HandleFunc("POST /admin/rule", a.rule)
	mux.HandleFunc("POST /admin/ask", a.ask)
	mux.HandleFunc("POST /admin/preview", a.preview)
	mux.HandleFunc("POST /admin/suspend", a.suspend)
	mux.HandleFunc("POST /admin/resume", a.resume)
	return mux
}
