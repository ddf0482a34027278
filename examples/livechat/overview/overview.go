// Package overview is what the overview and reports page talks to: every enquiry as a line of a table, the counts and
// durations behind the charts, and the health of the webhook.
package overview

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/examples/livechat/live"
	"github.com/usherchat/usher/examples/livechat/team"
	"github.com/usherchat/usher/examples/livechat/view"
	"github.com/usherchat/usher/webhook"
)

// Config is what the page works with.
type Config struct {
	Hub       *channel.Hub
	Webhooks  *webhook.Client
	Channel   string
	Directory *team.Directory
	Feed      *live.Feed
	Health    *Health
	// Fault and SetFault are the switch that makes the source's endpoint fail.
	Fault    func() string
	SetFault func(mode string)
}

// Overview serves the overview and reports page.
type Overview struct{ Config }

// New returns an Overview.
func New(c Config) *Overview { return &Overview{Config: c} }

// Handler is what the page asks for, below /overview/.
func (o *Overview) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /overview/enquiries", o.enquiries)
	mux.HandleFunc("GET /overview/enquiries/{enquiry}", o.enquiry)
	mux.HandleFunc("GET /overview/report", o.report)
	mux.HandleFunc("GET /overview/report.csv", o.csv)
	mux.HandleFunc("GET /overview/health", o.health)
	mux.HandleFunc("PUT /overview/fault", o.setFault)
	mux.HandleFunc("GET /overview/stream", o.stream)
	return mux
}

// pageSize is how many lines come at once.
const pageSize = 50

// query reads the filter of the table from the address.
func (o *Overview) query(r *http.Request) (channel.Query, string, error) {
	v := r.URL.Query()
	q := channel.Query{
		Channels: []string{o.Channel}, Staff: v.Get("staff"), Before: channel.EnquiryID(v.Get("before")),
	}
	for _, s := range v["status"] {
		q.Status = append(q.Status, channel.Status(s))
	}
	from, to, err := span(r)
	q.From, q.To = from, to
	return q, strings.ToLower(strings.TrimSpace(v.Get("search"))), err
}

// span reads from and to, in RFC 3339; either may be missing.
func span(r *http.Request) (from, to time.Time, err error) {
	for name, at := range map[string]*time.Time{"from": &from, "to": &to} {
		if text := r.URL.Query().Get(name); text != "" {
			if *at, err = time.Parse(time.RFC3339, text); err != nil {
				return from, to, err
			}
		}
	}
	return from, to, nil
}

// enquiries is one page of the table, newest first, and from where the next one begins.
func (o *Overview) enquiries(w http.ResponseWriter, r *http.Request) {
	q, search, err := o.query(r)
	if err != nil {
		live.Refuse(w, http.StatusBadRequest, "the time cannot be read")
		return
	}
	lines := []view.Enquiry{}
	var next channel.EnquiryID
	for e, err := range o.Hub.Enquiries(r.Context(), q) {
		if err != nil {
			live.Refuse(w, http.StatusServiceUnavailable, "The enquiries could not be read.")
			return
		}
		line := view.Of(&e, o.Directory)
		if search != "" && !matches(&line, search) {
			continue
		}
		if len(lines) == pageSize {
			next = lines[pageSize-1].ID
			break
		}
		lines = append(lines, line)
	}
	live.Answer(w, http.StatusOK, map[string]any{"enquiries": lines, "next": next})
}

func matches(v *view.Enquiry, search string) bool {
	return strconv.FormatInt(v.Number, 10) == strings.TrimPrefix(search, "#") ||
		slices.ContainsFunc([]string{v.Visitor, v.Handler, v.Why}, func(s string) bool {
			return strings.Contains(strings.ToLower(s), search)
		})
}

// enquiry is one of them with what was said.
func (o *Overview) enquiry(w http.ResponseWriter, r *http.Request) {
	ch, ok := o.Hub.Channel(o.Channel)
	if !ok {
		live.Refuse(w, http.StatusServiceUnavailable, "the channel is not connected")
		return
	}
	e, err := ch.Enquiry(r.Context(), channel.EnquiryID(r.PathValue("enquiry")))
	if err != nil {
		live.Refuse(w, http.StatusNotFound, "This enquiry does not exist any more.")
		return
	}
	entries, err := view.Entries(ch.Transcript(r.Context(), e.ID), 300, o.Directory)
	if err != nil {
		live.Refuse(w, http.StatusServiceUnavailable, "The transcript could not be read.")
		return
	}
	live.Answer(w, http.StatusOK, map[string]any{"enquiry": view.Of(&e, o.Directory), "entries": entries})
}
