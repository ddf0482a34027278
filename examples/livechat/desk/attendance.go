package desk

import (
	"net/http"
	"sync"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/examples/livechat/live"
	"github.com/usherchat/usher/examples/livechat/team"
	"github.com/usherchat/usher/routing"
)

// A status is a lease that the open page renews: somebody whose browser has vanished is offline soon after, and is
// offered nothing.
const (
	renewEvery = 5 * time.Second
	lease      = 20 * time.Second
	reload     = 4 * time.Second // how long a page may be gone before that is noticed
)

// attendance keeps what staff have chosen to be.
type attendance struct {
	hub      *channel.Hub
	presence *team.Presence
	feed     *live.Feed

	mu     sync.Mutex
	chosen map[string]routing.Status
	pages  map[string]int // open pages
}

// choose sets a status; the hub looks at once whether somebody can take a waiting enquiry now.
func (a *attendance) choose(staff string, s routing.Status) {
	a.mu.Lock()
	if a.chosen == nil {
		a.chosen, a.pages = map[string]routing.Status{}, map[string]int{}
	}
	a.chosen[staff] = s
	a.presence.Set(staff, s, lease)
	a.mu.Unlock()
	a.hub.Wake()
	a.feed.Changed(live.Key{Kind: PresenceKey})
}

// arrive is called when a page opens: somebody who was not there is active.
func (a *attendance) arrive(staff string) {
	a.mu.Lock()
	s, ok := a.chosen[staff]
	a.mu.Unlock()
	if !ok {
		s = routing.Active
	}
	a.choose(staff, s)
	a.mu.Lock()
	a.pages[staff]++
	a.mu.Unlock()
}

// enter forgets what somebody has chosen the last time: who signs in means to be there.
func (a *attendance) enter(staff string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.pages[staff] == 0 {
		delete(a.chosen, staff)
	}
}

// stay renews the lease.
func (a *attendance) stay(staff string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.presence.Set(staff, a.chosen[staff], lease)
}

// leave lets the lease run out when the last page has gone.
func (a *attendance) leave(staff string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.pages[staff]--; a.pages[staff] == 0 {
		a.presence.Set(staff, a.chosen[staff], reload)
	}
}

// status is the staff member's own choice. Idle is the page's: nobody has touched it for a while.
func (d *Desk) status(w http.ResponseWriter, r *http.Request, s channel.Staff) {
	var in struct{ Status routing.Status }
	if !live.Read(w, r, &in) {
		return
	}
	switch in.Status {
	case routing.Active, routing.Idle, routing.Busy, routing.Offline:
		d.attendance.choose(s.ID, in.Status)
		w.WriteHeader(http.StatusNoContent)
	default:
		live.Refuse(w, http.StatusBadRequest, "no such status")
	}
}
