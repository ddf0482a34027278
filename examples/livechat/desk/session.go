package desk

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"sync"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/examples/livechat/live"
	"github.com/usherchat/usher/examples/livechat/view"
	"github.com/usherchat/usher/routing"
)

// sessions says who is signed in. In this example anybody may be anybody: a real host has passwords, or better none
// of its own, and asks its identity provider at this place.
type sessions struct {
	mu sync.Mutex
	by map[[sha256.Size]byte]string // staff ids by the hash of the cookie
}

// maxSessions bounds the memory.
const maxSessions = 1000

func (s *sessions) begin(staff string) string {
	key := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by == nil || len(s.by) >= maxSessions {
		s.by = map[[sha256.Size]byte]string{} // everybody signs in again
	}
	s.by[sha256.Sum256([]byte(key))] = staff
	return key
}

func (s *sessions) find(key string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.by[sha256.Sum256([]byte(key))]
}

func (s *sessions) end(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.by, sha256.Sum256([]byte(key)))
}

// cookie holds a session. Its path is the staff member's own, so that two tabs can be two people.
func cookie(staff, key string) *http.Cookie {
	return &http.Cookie{
		Name: "staff", Value: key, Path: "/desk/staff/" + staff + "/",
		HttpOnly: true, SameSite: http.SameSiteStrictMode, // over HTTPS: Secure as well
	}
}

func (d *Desk) signIn(w http.ResponseWriter, r *http.Request) {
	var in struct{ Staff string }
	if !live.Read(w, r, &in) {
		return
	}
	s, ok := d.directory.Find(in.Staff)
	if !ok {
		live.Refuse(w, http.StatusNotFound, "nobody of that name works here")
		return
	}
	d.attendance.enter(s.ID)
	http.SetCookie(w, cookie(s.ID, d.sessions.begin(s.ID)))
	live.Answer(w, http.StatusCreated, d.person(s))
}

func (d *Desk) signOut(w http.ResponseWriter, r *http.Request, s channel.Staff) {
	if c, err := r.Cookie("staff"); err == nil {
		d.sessions.end(c.Value)
	}
	gone := cookie(s.ID, "")
	gone.MaxAge = -1
	http.SetCookie(w, gone)
	d.attendance.choose(s.ID, routing.Offline)
	w.WriteHeader(http.StatusNoContent)
}

// signedIn lets a request through that comes from the staff member in its path.
func (d *Desk) signedIn(next func(http.ResponseWriter, *http.Request, channel.Staff)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, ok := d.directory.Find(r.PathValue("staff"))
		c, err := r.Cookie("staff")
		if !ok || err != nil || d.sessions.find(c.Value) != s.ID {
			live.Refuse(w, http.StatusUnauthorized, "please sign in")
			return
		}
		next(w, r, s)
	}
}

// person is what pages are told of somebody who works here.
type person struct {
	ID       string         `json:"id"`
	Name     string         `json:"name"`
	Status   routing.Status `json:"status"`
	Load     int            `json:"load"`
	Capacity int            `json:"capacity"`
}

func (d *Desk) person(s channel.Staff) person {
	state := d.attendance.presence.State(routing.Staff(s.ID))
	return person{
		ID: s.ID, Name: view.Name(s.Person, s.ID), Status: state.Status, Load: state.Load, Capacity: s.Capacity,
	}
}

func (d *Desk) people() []person {
	var all []person
	for _, s := range d.directory.Staff {
		all = append(all, d.person(s))
	}
	return all
}

// staff is who there is, and which teams: to sign in as, and to hand an enquiry to.
func (d *Desk) staff(w http.ResponseWriter, _ *http.Request) {
	live.Answer(w, http.StatusOK, map[string]any{"staff": d.people(), "teams": d.directory.Teams})
}
