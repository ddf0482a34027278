package channel_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// live runs a world in a bubble, with Run at work and time passing by itself.
func live(t *testing.T, s setup, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var setups []setup
		if s != nil {
			setups = append(setups, s)
		}
		w := newWorld(t, append([]setup{func(w *world) {
			wall := clock.New()
			w.staff = routing.NewRoster(wall)
			w.staff.Set("ann", routing.Active, 0)
			w.staff.Set("bob", routing.Active, 0)
			w.config.Clock, w.config.Presence = wall, w.staff
			w.config.Webhooks = newClient(t, wall, w.source)
		}}, setups...)...)
		stop := w.begin(w.hub)
		test(w)
		stop()
	})
}

// begin runs a hub until the returned function is called.
func (w *world) begin(h *channel.Hub) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := h.Run(ctx); err != nil {
			w.t.Errorf("Run ended with %v", err)
		}
	})
	return func() {
		cancel()
		running.Wait()
	}
}

// receive is hear without waiting for what follows.
func (w *world) receive(v channel.VisitorID, text string) channel.EnquiryID {
	w.t.Helper()
	got, err := w.ch.Receive(w.t.Context(), channel.Inbound{
		Visitor: channel.Visitor{ID: v}, Message: messages.Message{ID: text, Text: text},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return got.Enquiry
}

// wantTold is wantEvents without what became of posts: that comes in between whenever it happens.
func (w *world) wantTold(want ...string) {
	w.t.Helper()
	got := slices.DeleteFunc(w.host.take(), func(line string) bool { return strings.Contains(line, "sent ") })
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("the host was told (-want +got):\n%s", diff)
	}
}

// settle waits until nothing is left to do now.
func settle() {
	synctest.Wait()
	time.Sleep(time.Millisecond)
	synctest.Wait()
}

func TestRunDoesAllByItself(t *testing.T) {
	t.Parallel()
	live(t, closing, func(w *world) {
		id := w.receive("v", "hello")
		settle()
		w.wantPosts("auto: welcome")
		time.Sleep(channel.DefaultOfferWait)
		settle()
		if err := w.ch.Accept(w.t.Context(), id, bob); err != nil {
			w.t.Fatal(err)
		}
		if _, err := w.ch.Reply(w.t.Context(), id, bob, messages.Text("hi")); err != nil {
			w.t.Fatal(err)
		}
		settle()
		w.wantPosts("staff Bob: hi")
		w.wantTold("opened", "received hello", "offered ann", "withdrawn ann", "offered bob", "accepted bob")
		time.Sleep(10 * time.Minute)
		settle()
		w.wantTold("closing", "closed")
		w.wantPosts("auto: bye")
	})
}

func TestRunHearsOfPresence(t *testing.T) {
	t.Parallel()
	for _, wake := range []bool{true, false} {
		live(t, func(w *world) {
			w.staff.Set("ann", routing.Busy, 0)
			w.staff.Set("bob", routing.Busy, 0)
		}, func(w *world) {
			w.receive("v", "hello")
			time.Sleep(10 * time.Second)
			w.staff.Set("bob", routing.Active, 0)
			w.host.take()
			if wake {
				w.hub.Wake()
				settle()
			} else {
				time.Sleep(2 * time.Second)
				settle()
			}
			w.wantEvents("offered bob")
		})
	}
}

func TestRunTwice(t *testing.T) {
	t.Parallel()
	live(t, nil, func(w *world) {
		settle()
		if err := w.hub.Run(w.t.Context()); !errors.Is(err, channel.ErrRunning) {
			w.t.Errorf("a second Run: %v, want ErrRunning", err)
		}
		if err := w.hub.RunDue(w.t.Context()); !errors.Is(err, channel.ErrRunning) {
			w.t.Errorf("RunDue beside Run: %v, want ErrRunning", err)
		}
	})
}

// A hub can be run again, and goes on where it stopped.
func TestRunAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			w.config.Clock = clock.New()
			w.config.Webhooks = newClient(t, w.config.Clock, w.source)
		})
		for i := range 5 {
			w.receive("v", fmt.Sprint("before ", i))
			stop := w.begin(w.hub)
			settle()
			w.receive("v", fmt.Sprint("while ", i))
			stop()
		}
		w.begin(w.hub)()
		received := 0
		for _, e := range w.host.all() {
			if e.Type == channel.MessageReceived {
				received++
			}
		}
		if received != 10 {
			t.Errorf("told of %d messages, want 10", received)
		}
	})
}

// Run ends within DrainTimeout, however slow host, source and Router are, and leaves no goroutine.
func TestRunEndsInTime(t *testing.T) { // not parallel: it looks at all goroutines
	const drain = 3 * time.Second
	for _, tt := range []struct {
		name   string
		setup  setup
		atMost time.Duration
	}{
		{"idle", func(*world) {}, 0},
		{"a slow host", func(w *world) {
			w.host.hook = func(ctx context.Context, _ channel.Event) error { <-ctx.Done(); return ctx.Err() }
		}, drain},
		{"a slow source", func(w *world) {
			w.source.answer = func(p post) (int, error) { <-p.ctx.Done(); return 0, p.ctx.Err() }
		}, drain},
		{"a slow Router", router(func(ctx context.Context, _ routing.Enquiry, _ routing.Presence) (routing.Decision, error) {
			<-ctx.Done()
			return routing.Decision{}, ctx.Err()
		}), drain},
		{"a host that takes a second", func(w *world) {
			w.host.hook = func(context.Context, channel.Event) error { time.Sleep(time.Second); return nil }
		}, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, func(w *world) {
					w.config.Clock, w.config.DrainTimeout = clock.New(), drain
					w.config.Webhooks = newClient(t, w.config.Clock, w.source)
				}, tt.setup)
				stop := w.begin(w.hub)
				for _, v := range []channel.VisitorID{"a", "b", "c"} {
					w.receive(v, "hello")
				}
				synctest.Wait()
				begun := time.Now()
				stop()
				if took := time.Since(begun); took > tt.atMost {
					t.Errorf("Run ended after %v, want at most %v", took, tt.atMost)
				}
				synctest.Wait()
				if left := goroutines(); len(left) > 0 {
					t.Errorf("%d goroutines are left, the first is\n%s", len(left), left[0])
				}
			})
		})
	}
}

// goroutines are those at work in the library.
func goroutines() (stacks []string) {
	buf := make([]byte, 1<<20)
	for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(stack, "usher/channel.(") {
			stacks = append(stacks, stack)
		}
	}
	return stacks
}

// What was given up when Run ended is done by the next one.
func TestGivenUpWorkIsDoneLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			w.config.Clock, w.config.DrainTimeout = clock.New(), time.Millisecond
			w.config.Webhooks = newClient(t, w.config.Clock, w.source)
		})
		w.host.setHook(func(ctx context.Context, _ channel.Event) error { <-ctx.Done(); return ctx.Err() })
		w.source.setAnswer(func(p post) (int, error) { <-p.ctx.Done(); return 0, p.ctx.Err() })
		stop := w.begin(w.hub)
		w.receive("v", "hello")
		synctest.Wait()
		stop()
		w.wantEvents()
		w.host.setHook(nil)
		w.source.setAnswer(nil)
		stop = w.begin(w.hub)
		time.Sleep(11 * time.Second)
		stop()
		w.wantTold("opened", "received hello", "offered ann")
		w.wantPosts("auto: welcome")
	})
}

// One worker is slow only when work is.
func TestOneWorker(t *testing.T) {
	t.Parallel()
	live(t, func(w *world) { w.config.Workers = 1 }, func(w *world) {
		for i := range 100 {
			w.receive(channel.VisitorID(fmt.Sprint("v", i)), "hello")
		}
		offered := func() (n int) {
			for _, e := range w.host.all() {
				if e.Type == channel.EnquiryOffered {
					n++
				}
			}
			return n
		}
		for range 200 {
			time.Sleep(10 * time.Millisecond)
			if offered() == 100 {
				return
			}
		}
		w.t.Errorf("after 2 s %d of 100 enquiries are offered", offered())
	})
}

// A host that hangs on one conversation holds up no other, nor its own deliveries.
func TestSlowHostHoldsUpItsOwnConversation(t *testing.T) {
	t.Parallel()
	live(t, nil, func(w *world) {
		w.host.setHook(func(ctx context.Context, e channel.Event) error {
			if e.Visitor == "slow" {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		})
		w.receive("slow", "hello")
		w.receive("other", "hello")
		settle()
		w.wantTold("#2 opened", "#2 received hello", "#2 offered ann")
		w.wantPosts("auto: welcome", "auto: welcome")
	})
}

// An error or a panic of Notify is retried after 0.5 s doubling to a minute, in order.
func TestNotifyFails(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"error", "panic"} {
		live(t, nil, func(w *world) {
			var mu sync.Mutex
			var at []time.Duration
			begun := time.Now()
			w.host.setHook(func(_ context.Context, e channel.Event) error {
				if e.Type != channel.MessageReceived || e.Visitor != "v" {
					return nil
				}
				mu.Lock()
				defer mu.Unlock()
				at = append(at, time.Since(begun).Round(100*time.Millisecond))
				if how == "panic" {
					panic("oops")
				}
				return errors.New("down")
			})
			w.receive("v", "hello")
			time.Sleep(5 * time.Minute)
			w.host.setHook(nil)
			time.Sleep(time.Minute)
			settle()
			mu.Lock()
			got := fmt.Sprint(at)
			mu.Unlock()
			if want := "[0s 500ms 1.5s 3.5s 7.5s 15.5s 31.5s 1m3.5s 2m3.5s 3m3.5s 4m3.5s]"; got != want {
				w.t.Errorf("%s: told at %s, want %s", how, got, want)
			}
			w.wantTold("opened", "received hello", "offered ann")
		})
	}
}
