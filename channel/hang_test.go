package channel_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
	"github.com/usherchat/usher/webhook"
)

// A host that ignores its ctx at one channel's events stops the events of no other channel, and what hangs is bounded.
func TestHangingHostStopsItsOwnChannelAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, stop := hanging(t, func(w *world, hang func()) {
			w.host.setHook(func(_ context.Context, e channel.Event) error {
				if e.Channel == "shop" {
					hang()
				}
				return nil
			})
		})
		other := w.another("other", w.settings)
		for i := range 350 {
			w.receive(channel.VisitorID(fmt.Sprint("v", i)), strconv.Itoa(i))
		}
		for minute := range 30 {
			begun := time.Now()
			for i := range 50 {
				_, err := other.Receive(t.Context(), channel.Inbound{
					Visitor: channel.Visitor{ID: channel.VisitorID(fmt.Sprint("w", i))},
					Message: messages.Message{ID: strconv.Itoa(minute), Text: "hello"},
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			settle()
			if got, want := w.received("other"), 50*(minute+1); got != want {
				t.Fatalf("minute %d: %d of the other channel's %d messages were told after %v", minute, got, want, time.Since(begun))
			}
			time.Sleep(time.Minute)
		}
		if hung := w.hung.Load(); hung < 100 || hung > channel.DefaultWorkers*2 {
			t.Errorf("%d calls hang at the same time, want more than a share of the places and at most twice all of them", hung)
		}
		stop(true)
	})
}

// What was given up is told again, even while the call that hangs goes on; nothing of the conversation is told before
// it, and what the hanging call returns is ignored.
func TestGivenUpEventIsToldAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var told []string
		begun := time.Now()
		w, stop := hanging(t, func(w *world, hang func()) {
			var calls atomic.Int64
			w.host.setHook(func(_ context.Context, e channel.Event) error {
				mu.Lock()
				told = append(told, fmt.Sprint(time.Since(begun).Round(time.Second), " ", describe(e)))
				mu.Unlock()
				if e.Type == channel.MessageReceived && calls.Add(1) <= 2 {
					hang()
				}
				return nil
			})
		})
		w.receive("v", "hello")
		time.Sleep(time.Minute)
		settle()
		want := []string{
			"0s opened", "0s received hello", "12s received hello", "24s received hello", "24s offered ann",
		}
		mu.Lock()
		got := slicesWithout(told, "sent")
		mu.Unlock()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the host was told (-want +got):\n%s", diff)
		}
		w.free() // the calls come back: nothing of it counts
		time.Sleep(time.Minute)
		mu.Lock()
		got = slicesWithout(told, "sent")
		mu.Unlock()
		if len(got) != len(want)+2 { // offered to bob: withdrawn and offered after OfferWait
			t.Errorf("after the calls came back the host was told %v", got[len(want):])
		}
		stop(false)
	})
}

// A conversation whose calls always hang costs a few goroutines and no more, and is told when they have come back.
func TestStraysOfAConversationAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var hangs atomic.Bool
		hangs.Store(true)
		w, stop := hanging(t, func(w *world, hang func()) {
			w.host.setHook(func(_ context.Context, e channel.Event) error {
				if hangs.Load() {
					hang()
				}
				return nil
			})
		})
		w.receive("v", "hello")
		time.Sleep(24 * time.Hour)
		if n := w.hung.Load(); n != 4 {
			t.Errorf("%d calls hang, want 4", n)
		}
		hangs.Store(false)
		w.free()
		time.Sleep(time.Minute + 2*time.Second)
		if n := w.received("shop"); n != 1 {
			t.Errorf("after the calls came back %d messages were told, want 1", n)
		}
		stop(false)
	})
}

// A Router or a Presence that hangs delays the routing of its own channel alone.
func TestHangingRouterStopsItsOwnChannelAlone(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"Router", "Presence.State", "Presence.Took"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, stop := hanging(t, func(w *world, hang func()) {
					switch what {
					case "Router":
						router(func(context.Context, routing.Enquiry, routing.Presence) (routing.Decision, error) {
							hang()
							return routing.Decision{}, nil
						})(w)
					case "Presence.State":
						w.settings.Routing = routing.Staff("hang")
						w.config.Presence = hangingPresence{w.staff, hang}
					default:
						w.config.Presence = hangingPresence{w.staff, hang}
					}
				})
				s := w.settings
				s.Router, s.Routing = nil, routing.Staff("ann")
				others := make([]*channel.Channel, 20)
				for i := range others {
					others[i] = w.another(fmt.Sprint("other", i), s)
				}
				for i := range 350 {
					id := w.receive(channel.VisitorID(fmt.Sprint("v", i)), strconv.Itoa(i))
					if what == "Presence.Took" && i < 10 {
						go func() { _ = w.ch.Accept(t.Context(), id, channel.Staff{ID: "hang"}) }()
					}
				}
				for range 5 {
					time.Sleep(time.Minute)
					for i, other := range others {
						_, err := other.Receive(t.Context(), channel.Inbound{
							Visitor: channel.Visitor{ID: "v"}, Message: messages.Message{ID: strconv.FormatInt(time.Now().UnixNano(), 10), Text: "hello"},
						})
						if err != nil {
							t.Fatal(i, err)
						}
					}
				}
				time.Sleep(time.Second)
				for i := range others {
					if n := w.offered(fmt.Sprint("other", i)); n == 0 {
						t.Errorf("other %d: nothing was offered", i)
					}
				}
				if hung := w.hung.Load(); hung == 0 || hung > channel.DefaultWorkers*2 {
					t.Errorf("%d calls hang at the same time", hung)
				}
				stop(true)
			})
		})
	}
}

// Routers that hang while the waiting enquiries are looked at delay the look at other channels by a moment each, once.
func TestHangingRouterDelaysNoLook(t *testing.T) {
	t.Parallel()
	const bad = 20
	synctest.Test(t, func(t *testing.T) {
		var begun atomic.Bool
		w, stop := hanging(t, func(w *world, hang func()) {
			w.staff.Set("ann", routing.Busy, 0)
			router(func(context.Context, routing.Enquiry, routing.Presence) (routing.Decision, error) {
				if begun.Load() {
					hang()
				}
				return routing.Decision{}, nil
			})(w)
		})
		for i := range bad {
			ch := w.another(fmt.Sprint("bad", i), w.settings)
			for _, v := range []channel.VisitorID{"a", "b", "c"} {
				w.hearOn(ch, v)
			}
		}
		s := w.settings
		s.Router, s.Routing = nil, routing.Staff("ann")
		time.Sleep(time.Second) // it is the youngest
		w.hearOn(w.another("good", s), "v")
		time.Sleep(10 * time.Second)
		begun.Store(true)
		time.Sleep(2 * time.Second)
		w.staff.Set("ann", routing.Active, 0)
		w.hub.Wake()
		time.Sleep(bad*250*time.Millisecond + 2*time.Second)
		settle()
		if w.offered("good") != 1 {
			t.Error("the waiting enquiry of a healthy channel was not looked at")
		}
		stop(true)
	})
}

// hearOn receives a message on another channel.
func (w *world) hearOn(ch *channel.Channel, v channel.VisitorID) {
	w.t.Helper()
	w.nth++
	_, err := ch.Receive(w.t.Context(), channel.Inbound{
		Visitor: channel.Visitor{ID: v}, Message: messages.Message{ID: fmt.Sprintf("in-%d", w.nth), Text: "hello"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// hangingPresence hangs for one staff member.
type hangingPresence struct {
	*routing.Roster
	hang func()
}

func (p hangingPresence) State(d routing.Destination) routing.State {
	if d.ID == "hang" {
		p.hang()
	}
	return p.Roster.State(d)
}

func (p hangingPresence) Took(staff string) {
	if staff == "hang" {
		p.hang()
	}
	p.Roster.Took(staff)
}

// hangs counts the calls that hang, and frees them.
type hangs struct {
	hung  atomic.Int64
	mu    sync.Mutex
	until chan struct{}
}

func (h *hangs) hang() {
	h.mu.Lock()
	until := h.until
	h.mu.Unlock()
	h.hung.Add(1)
	<-until
	h.hung.Add(-1)
}

func (h *hangs) free() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.until)
	h.until = make(chan struct{})
}

type hangingWorld struct {
	*world
	*hangs
}

// hanging is a world in a bubble, with Run at work, whose host hangs until it is freed. stop ends Run, which says that
// calls are left over or not, and then the calls.
func hanging(t *testing.T, s func(w *world, hang func())) (w hangingWorld, stop func(left bool)) {
	t.Helper()
	w = hangingWorld{hangs: &hangs{until: make(chan struct{})}}
	w.world = newWorld(t, func(inner *world) {
		wall := clock.New()
		inner.staff = routing.NewRoster(wall)
		inner.staff.Set("ann", routing.Active, 0)
		inner.staff.Set("bob", routing.Active, 0)
		inner.config.Clock, inner.config.Presence = wall, inner.staff
		inner.config.Webhooks = newClient(t, wall, inner.source)
		inner.settings.MaxWait = time.Hour
		s(inner, w.hang)
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- w.hub.Run(ctx) }()
	synctest.Wait() // until Run is at work
	return w, func(left bool) {
		t.Helper()
		begun := time.Now()
		cancel()
		err := <-ended
		if took := time.Since(begun); took > channel.DefaultDrainTimeout {
			t.Errorf("Run ended after %v", took)
		}
		if left != (err != nil) || left && !strings.Contains(err.Error(), "have not returned") {
			t.Errorf("Run ended with %v; calls are left over: %v", err, left)
		}
		w.free()
	}
}

// another connects another channel with the same endpoint.
func (w *world) another(id string, s channel.Settings) *channel.Channel {
	w.t.Helper()
	s.ID = id
	s.Webhook = webhook.Endpoint{URL: "https://" + id + ".example/hook", Secrets: s.Webhook.Secrets}
	ch, err := w.hub.Connect(w.t.Context(), s)
	if err != nil {
		w.t.Fatal(err)
	}
	return ch
}

// received and offered count events of a channel that the host took.
func (w *world) received(id string) int { return w.count(id, channel.MessageReceived) }
func (w *world) offered(id string) int  { return w.count(id, channel.EnquiryOffered) }

func (w *world) count(id string, what channel.EventType) (n int) {
	for _, e := range w.host.all() {
		if e.Channel == id && e.Type == what {
			n++
		}
	}
	return n
}

func slicesWithout(lines []string, word string) (rest []string) {
	for _, line := range lines {
		if !strings.Contains(line, word) {
			rest = append(rest, line)
		}
	}
	return rest
}
