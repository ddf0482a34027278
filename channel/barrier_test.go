package channel_test

import (
	"bytes"
	"context"
	"iter"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// A saboteur is code of the host's that fails at its nth call, in its way: a panic, or the end of its goroutine.
type saboteur struct {
	calls, times atomic.Int64
	nth          int64
	fail         func()
}

const secretText = "what the visitor wrote"

func (s *saboteur) strike() {
	if s != nil && s.calls.Add(1) >= s.nth && s.times.Add(-1) >= 0 {
		s.fail()
	}
}

// Parts of the host, each with a saboteur before it.
type (
	badPresence struct {
		*routing.Roster
		state, took, freed *saboteur
	}
	badHandler struct {
		slog.Handler
		s *saboteur
	}
	badTripper struct {
		http.RoundTripper
		s *saboteur
	}
	badStore struct {
		channel.Store
		update, due, list, updated, dued *saboteur
	}
)

func (p badPresence) State(d routing.Destination) routing.State {
	p.state.strike()
	return p.Roster.State(d)
}
func (p badPresence) Took(staff string)  { p.took.strike(); p.Roster.Took(staff) }
func (p badPresence) Freed(staff string) { p.freed.strike(); p.Roster.Freed(staff) }

func (h badHandler) Handle(ctx context.Context, r slog.Record) error {
	h.s.strike()
	return h.Handler.Handle(ctx, r)
}

func (t badTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	t.s.strike()
	return t.RoundTripper.RoundTrip(r)
}

func (s badStore) Update(ctx context.Context, id string, look conversation.Look, fn func(*conversation.Conversation) error) error {
	s.update.strike()
	defer s.updated.strike()
	return s.Store.Update(ctx, id, look, fn)
}

func (s badStore) Due(ctx context.Context, wants []conversation.Want, fn func(*conversation.Conversation, conversation.Lane) error) (time.Time, error) {
	s.due.strike()
	taken := false
	next, err := s.Store.Due(ctx, wants, func(c *conversation.Conversation, l conversation.Lane) error {
		err := fn(c, l)
		taken = taken || err == nil && l != conversation.LaneChannel && l != conversation.LaneWait
		return err
	})
	if taken {
		s.dued.strike()
	}
	return next, err
}

func (s badStore) Enquiries(ctx context.Context, q channel.Query) iter.Seq2[channel.Enquiry, error] {
	s.list.strike()
	return s.Store.Enquiries(ctx, q)
}

// logged is a log that may be read while it is written.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Wherever the host's code panics or ends its goroutine, only the work at hand fails: it is tried again, everything
// else goes on, no place is lost, and the log tells the panic's type and not its value.
func TestHostCodeThatPanics(t *testing.T) { // not parallel: it looks at all goroutines
	places := map[string]func(w *world, s *saboteur){
		"Notify": func(w *world, s *saboteur) {
			w.host.setHook(func(context.Context, channel.Event) error { s.strike(); return nil })
		},
		"Router": func(w *world, s *saboteur) {
			plan, err := routing.New(w.settings.Routing)
			if err != nil {
				w.t.Fatal(err)
			}
			router(func(ctx context.Context, e routing.Enquiry, p routing.Presence) (routing.Decision, error) {
				s.strike()
				return plan.Route(ctx, e, p)
			})(w)
		},
		"Presence.State": func(w *world, s *saboteur) { w.config.Presence = badPresence{Roster: w.staff, state: s} },
		"Presence.Took":  func(w *world, s *saboteur) { w.config.Presence = badPresence{Roster: w.staff, took: s} },
		"Presence.Freed": func(w *world, s *saboteur) { w.config.Presence = badPresence{Roster: w.staff, freed: s} },
		"Observe": func(w *world, s *saboteur) {
			w.config.Observe = func(channel.Observation) { s.strike() }
		},
		"Logger": func(w *world, s *saboteur) {
			w.config.Logger = slog.New(badHandler{w.config.Logger.Handler(), s})
			w.source.answer = down(http.StatusInternalServerError) // so that there is something to log
			time.AfterFunc(10*time.Second, func() { w.source.setAnswer(nil) })
		},
		"Transport": func(w *world, s *saboteur) {
			client, err := webhook.NewClient(webhook.Config{Transport: badTripper{w.source, s}, Retry: webhook.Retry{Jitter: -1}})
			if err != nil {
				w.t.Fatal(err)
			}
			s.nth++ // the challenge
			w.config.Webhooks = client
		},
		"Store.Update": func(w *world, s *saboteur) { w.config.Store = badStore{Store: w.config.Store, update: s}; s.nth = 20 },
		"Store.Due":    func(w *world, s *saboteur) { w.config.Store = badStore{Store: w.config.Store, due: s} },
		"Store.Update, when it is done": func(w *world, s *saboteur) {
			w.config.Store = badStore{Store: w.config.Store, updated: s}
			s.nth = 20
		},
		"Store.Due, when it has taken work": func(w *world, s *saboteur) {
			w.config.Store = badStore{Store: w.config.Store, dued: s}
			s.nth = 1
			s.times.Store(2)
			w.source.answer = down(http.StatusInternalServerError) // so that something is to be tried again
			time.AfterFunc(10*time.Second, func() { w.source.setAnswer(nil) })
		},
		"Store.Enquiries": func(w *world, s *saboteur) {
			w.config.Store = badStore{Store: w.config.Store, list: s}
			s.nth = 1
			s.times.Store(1) // when Run begins
		},
	}
	ways := map[string]func(){
		"panics":             func() { panic(secretText) },
		"panics with nil":    func() { panic(any(nil)) },
		"ends its goroutine": runtime.Goexit,
	}
	for place, sabotage := range places {
		for way, fail := range ways {
			t.Run(place+" "+way, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { sabotaged(t, sabotage, &saboteur{nth: 3, fail: fail}) })
			})
		}
	}
}

// sabotaged lets 30 visitors write, be answered and be closed while the saboteur strikes four times in a row.
func sabotaged(t *testing.T, sabotage func(*world, *saboteur), s *saboteur) {
	t.Helper()
	s.times.Store(4)
	log := &logged{}
	w := newWorld(t, func(w *world) {
		wall := clock.New()
		w.staff = routing.NewRoster(wall)
		w.staff.Set("ann", routing.Active, 0)
		w.config.Clock, w.config.Presence, w.config.Workers = wall, w.staff, 4
		w.config.Webhooks = newClient(t, wall, w.source)
		w.config.Logger = slog.New(slog.NewTextHandler(log, nil))
		w.settings.Routing = routing.Staff("ann")
		w.settings.Messages.Away.Off = true
		sabotage(w, s)
	})
	stop := w.begin(w.hub)
	time.Sleep(5 * time.Second)
	const visitors = 30
	for i := range visitors {
		v := channel.VisitorID(rune('A' + i))
		var id channel.EnquiryID
		persists(func() error {
			got, err := w.ch.Receive(t.Context(), channel.Inbound{
				Visitor: channel.Visitor{ID: v}, Message: messages.Message{ID: "1", Text: secretText},
			})
			id = got.Enquiry
			return err
		})
		time.Sleep(10 * time.Millisecond)
		persists(func() error {
			_, err := w.ch.Reply(t.Context(), id, ann, messages.Message{ID: "1", Text: "hi"})
			return err
		})
		persists(func() error { return w.ch.Close(t.Context(), id, ann) })
	}
	time.Sleep(5 * time.Minute)
	stop()
	told, posted := map[string]int{}, map[string]int{}
	for _, e := range w.host.all() {
		told[string(e.Type)+string(e.Visitor)] = 1
	}
	for _, p := range w.source.all() {
		posted[p.Data.Message.Text+string(p.Data.Visitor)] = 1
	}
	if s.times.Load() > 0 {
		t.Errorf("the saboteur has %d strikes left", s.times.Load())
	}
	// opened, received, accepted, closed and two posts that were sent are told for each; being offered depends on when.
	for _, what := range []channel.EventType{channel.EnquiryOpened, channel.MessageReceived, channel.EnquiryAccepted, channel.EnquiryClosed, channel.MessageSent} {
		n := 0
		for i := range visitors {
			n += told[string(what)+string(rune('A'+i))]
		}
		if n != visitors {
			t.Errorf("%d of %d visitors' %s was told", n, visitors, what)
		}
	}
	if len(posted) != 2*visitors {
		t.Errorf("%d messages were posted, want %d", len(posted), 2*visitors)
	}
	if strings.Contains(log.String(), secretText) {
		t.Errorf("the log holds a panic's value: %s", log)
	}
	if route, notify, post := w.hub.Places("shop"); route != 4 || notify != 4 || post != 16 {
		t.Errorf("%d places to route, %d to tell and %d to post are left, want 4, 4 and 16", route, notify, post)
	}
	synctest.Wait()
	if left := goroutines(); len(left) > 0 {
		t.Errorf("%d goroutines are left, the first is\n%s", len(left), left[0])
	}
}

// persists calls do on a goroutine of its own, as a server does, until it ends well.
func persists(do func() error) {
	for range 100 {
		ended := make(chan error, 1)
		go func() {
			err := context.Canceled
			defer func() { _ = recover(); ended <- err }()
			err = do()
		}()
		if <-ended == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}
