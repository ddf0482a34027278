package overview

import (
	"net/http"
	"time"

	"github.com/usherchat/usher/examples/livechat/live"
)

// pause gathers changes: a table that is redrawn more often than this is hard to read.
const pause = 500 * time.Millisecond

// HealthKey is the kind of a change in the webhook's health.
const HealthKey = "health"

// stream tells the page which of its parts are old; it reads those again that it shows.
func (o *Overview) stream(w http.ResponseWriter, r *http.Request) {
	sub := o.Feed.Subscribe()
	defer sub.Close()
	out, err := live.Open(w)
	if err != nil || out.Send("changed", "", []string{"enquiries", HealthKey}) != nil {
		return
	}
	out.Follow(r, sub, pause, func(keys []live.Key) error {
		var enquiries, health bool
		for _, k := range keys {
			health = health || k.Kind == HealthKey || k.Kind == live.Reset
			enquiries = enquiries || k.Kind == "enquiry" || k.Kind == live.Reset
		}
		parts := []string{}
		if enquiries {
			parts = append(parts, "enquiries")
		}
		if health {
			parts = append(parts, HealthKey)
		}
		if len(parts) == 0 {
			return nil
		}
		return out.Send("changed", "", parts)
	})
}
