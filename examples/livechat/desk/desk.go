// Package desk is what the staff page talks to: sign in, be there or not, see what is offered, accept or decline,
// reply, hand on, close. Every decision is the library's; the desk only passes it on and shows the outcome.
package desk

import (
	"net/http"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/examples/livechat/live"
	"github.com/usherchat/usher/examples/livechat/team"
)

// Kinds of what changes, beside those of package live.
const (
	EnquiryKey  = "enquiry"  // an enquiry, by its id
	TypingKey   = "typing"   // the visitor of the enquiry is typing
	PresenceKey = "presence" // somebody has come or gone
)

// Desk serves the staff page.
type Desk struct {
	hub        *channel.Hub
	channel    string
	directory  *team.Directory
	feed       *live.Feed
	sessions   sessions
	attendance attendance
	offers     offers
}

// Config is what a Desk works with.
type Config struct {
	Hub       *channel.Hub
	Channel   string // the id of the channel whose enquiries are answered here
	Directory *team.Directory
	Presence  *team.Presence
	Feed      *live.Feed // is told of what changes
}

// New returns a desk at which nobody sits.
func New(c Config) *Desk {
	return &Desk{
		hub: c.Hub, channel: c.Channel, directory: c.Directory, feed: c.Feed,
		attendance: attendance{hub: c.Hub, presence: c.Presence, feed: c.Feed},
	}
}

// Handler is what the staff page asks for, below /desk/.
func (d *Desk) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /desk/staff", d.staff)
	mux.HandleFunc("POST /desk/sessions", d.signIn)
	mine := func(pattern string, next func(http.ResponseWriter, *http.Request, channel.Staff)) {
		mux.HandleFunc(pattern, d.signedIn(next))
	}
	mine("DELETE /desk/staff/{staff}/session", d.signOut)
	mine("GET /desk/staff/{staff}/stream", d.stream)
	mine("PUT /desk/staff/{staff}/status", d.status)
	mine("GET /desk/staff/{staff}/enquiries/{enquiry}", d.transcript)
	mine("POST /desk/staff/{staff}/enquiries/{enquiry}/accept", d.act((*channel.Channel).Accept))
	mine("POST /desk/staff/{staff}/enquiries/{enquiry}/close", d.act((*channel.Channel).Close))
	mine("POST /desk/staff/{staff}/enquiries/{enquiry}/typing", d.typing)
	mine("POST /desk/staff/{staff}/enquiries/{enquiry}/decline", d.decline)
	mine("POST /desk/staff/{staff}/enquiries/{enquiry}/transfer", d.transfer)
	mine("POST /desk/staff/{staff}/enquiries/{enquiry}/reply", d.reply)
	return mux
}
