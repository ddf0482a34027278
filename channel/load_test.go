package channel_test

import (
	"context"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/channel"
)

// endless is a store whose list of enquiries takes for ever, like that of millions.
type endless struct{ channel.Store }

func (endless) Enquiries(ctx context.Context, _ channel.Query) iter.Seq2[channel.Enquiry, error] {
	return func(yield func(channel.Enquiry, error) bool) {
		<-ctx.Done()
		yield(channel.Enquiry{}, ctx.Err())
	}
}

// Run does not wait until it knows every offer that was open when it began: what is due is done.
func TestRunDoesNotWaitForAllOffers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			w.config.Clock, w.config.Store, w.config.Presence = clock.New(), endless{w.config.Store}, nil
			w.config.Webhooks = newClient(t, w.config.Clock, w.source)
		})
		w.receive("v", "hello") // before Run: it has to be looked for
		stop := w.begin(w.hub)
		time.Sleep(2 * time.Second)
		w.wantTold("opened", "received hello", "offered ann")
		stop()
	})
}
