package channel_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/channel"
)

// A host that does not heed its context cannot keep Run beyond DrainTimeout.
func TestRunEndsInTimeWhateverTheHostDoes(t *testing.T) {
	t.Parallel()
	for _, drain := range []time.Duration{time.Millisecond, time.Second, 0, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, func(w *world) {
				w.config.Clock, w.config.DrainTimeout = clock.New(), drain
				w.config.Webhooks = newClient(t, w.config.Clock, w.source)
			})
			w.host.setHook(func(context.Context, channel.Event) error { time.Sleep(time.Hour); return nil })
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- w.hub.Run(ctx) }()
			w.receive("v", "hello")
			synctest.Wait()
			begun := time.Now()
			cancel()
			err := <-ended
			limit := drain
			if drain == 0 {
				limit = channel.DefaultDrainTimeout
			}
			if took := time.Since(begun); took > limit || err == nil {
				t.Errorf("Run ended after %v with %v; want an error within %v", took, err, limit)
			}
			time.Sleep(2 * time.Hour) // the host's own goroutine
		})
	}
}

// Requests that come in while Run ends are recorded, start nothing that outlives it, and are done by the next Run.
func TestReceiveWhileRunEnds(t *testing.T) {
	t.Parallel()
	const rounds, callers = 20, 8
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			w.config.Clock = clock.New()
			w.config.Webhooks = newClient(t, w.config.Clock, w.source)
		})
		for round := range rounds {
			stop := w.begin(w.hub)
			synctest.Wait()
			var calling sync.WaitGroup
			for i := range callers {
				calling.Go(func() {
					for n := range 20 {
						w.receive(channel.VisitorID(fmt.Sprint("v", i)), fmt.Sprint(round, " ", n))
					}
				})
			}
			stop()
			told := len(w.host.all())
			calling.Wait()
			synctest.Wait()
			if late := len(w.host.all()) - told; late > 0 {
				t.Errorf("round %d: %d events were told after Run had ended", round, late)
			}
		}
		stop := w.begin(w.hub)
		time.Sleep(time.Minute)
		stop()
		received := 0
		for _, e := range w.host.all() {
			if e.Type == channel.MessageReceived {
				received++
			}
		}
		if want := rounds * callers * 20; received != want {
			t.Errorf("told of %d messages, want %d", received, want)
		}
	})
}
