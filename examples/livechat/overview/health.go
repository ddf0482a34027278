package overview

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/usherchat/usher/examples/livechat/live"
	"github.com/usherchat/usher/webhook"
)

// maxAttempts is how many of the latest attempts are kept.
const maxAttempts = 40

// attempt is one request to an endpoint, or one that was put off.
type attempt struct {
	At     time.Time `json:"at"`
	Type   string    `json:"type"`
	ID     string    `json:"id"`
	Status int       `json:"status,omitempty"`
	TookMS int64     `json:"took_ms"`
	Result string    `json:"result"` // delivered, failed, refused or deferred
	Err    string    `json:"err,omitempty"`
	Note   string    `json:"note,omitempty"` // what the breaker made of it
}

// Health counts what a webhook.Client tells its observer.
type Health struct {
	Feed *live.Feed // is told of every attempt

	mu                                   sync.Mutex
	delivered, failed, refused, deferred int
	latest                               []attempt
}

// Observe is webhook.Config.Observe: it must not block.
func (h *Health) Observe(a webhook.Attempt) {
	line := attempt{
		At: time.Now(), Type: a.Type, ID: a.ID, Status: a.Status, TookMS: a.Took.Milliseconds(), Result: "delivered",
	}
	if a.Op == "challenge" {
		line.Type = a.Op
	}
	h.mu.Lock()
	switch {
	case a.Err == nil:
		h.delivered++
	case a.Err.Deferred():
		h.deferred++
		line.Result = "deferred"
	case a.Err.Permanent:
		h.refused++
		line.Result = "refused"
	default:
		h.failed++
		line.Result = "failed"
	}
	if a.Err != nil {
		line.Err = a.Err.Error()
	}
	switch {
	case a.Opened:
		line.Note = "breaker opened"
	case a.Healed:
		line.Note = "breaker closed"
	}
	if len(h.latest) >= maxAttempts {
		h.latest = slices.Delete(h.latest, 0, len(h.latest)-maxAttempts+1)
	}
	h.latest = append(h.latest, line)
	h.mu.Unlock()
	h.Feed.Changed(live.Key{Kind: HealthKey})
}

// health is the present state of the endpoint and the latest attempts, newest first.
func (o *Overview) health(w http.ResponseWriter, _ *http.Request) {
	ch, ok := o.Hub.Channel(o.Channel)
	if !ok {
		live.Refuse(w, http.StatusServiceUnavailable, "the channel is not connected")
		return
	}
	state := o.Webhooks.State(ch.Settings().Webhook)
	h := o.Health
	h.mu.Lock()
	latest := slices.Clone(h.latest)
	answer := map[string]any{
		"delivered": h.delivered, "failed": h.failed, "refused": h.refused, "deferred": h.deferred,
	}
	h.mu.Unlock()
	slices.Reverse(latest)
	answer["latest"] = latest
	answer["url"], answer["state"], answer["failures"], answer["in_flight"] = state.URL, state.State, state.Failures, state.InFlight
	if !state.Until.IsZero() {
		answer["until"] = state.Until
	}
	answer["fault"] = o.Fault()
	live.Answer(w, http.StatusOK, answer)
}

// setFault is the switch that makes the endpoint fail.
func (o *Overview) setFault(w http.ResponseWriter, r *http.Request) {
	var in struct{ Mode string }
	if !live.Read(w, r, &in) {
		return
	}
	o.SetFault(in.Mode)
	o.Feed.Changed(live.Key{Kind: HealthKey})
	w.WriteHeader(http.StatusNoContent)
}
