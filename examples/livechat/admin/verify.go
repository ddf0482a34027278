package admin

import (
	"net/http"
	"time"

	"github.com/usherchat/usher/examples/livechat/live"
	"github.com/usherchat/usher/webhook"
)

// verify challenges an endpoint while the administrator watches, and changes nothing. It goes through the client of
// the hub and so through the same guarded dialer: an address inside the host's own network is refused here too.
func (a *Admin) verify(w http.ResponseWriter, r *http.Request) {
	ch, ok := a.channel(w)
	if !ok {
		return
	}
	var in struct{ URL string }
	if !live.Read(w, r, &in) {
		return
	}
	endpoint := webhook.Endpoint{URL: in.URL, Secrets: ch.Settings().Webhook.Secrets}
	begun := time.Now()
	err := a.Webhooks.Challenge(r.Context(), endpoint)
	answer := map[string]any{"verified": err == nil, "took_ms": time.Since(begun).Milliseconds()}
	if err != nil {
		answer["error"] = err.Error() // shortened and without control characters; it holds no secret
	}
	live.Answer(w, http.StatusOK, answer)
}
