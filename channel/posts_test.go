package channel_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/webhook"
)

// gated is a source that takes nothing while its gate is closed, and counts how many posts are with it at a time.
type gated struct {
	gate      chan struct{}
	now, most atomic.Int64
}

func (g *gated) answer(post) (int, error) {
	n := g.now.Add(1)
	defer g.now.Add(-1)
	g.most.Store(max(g.most.Load(), n))
	<-g.gate
	return http.StatusNoContent, nil
}

// inLine lets 40 visitors be greeted by a quick source, and then closes its gate.
func inLine(t *testing.T, s setup, test func(w *world, g *gated, ids []channel.EnquiryID)) {
	t.Helper()
	unlimited := func(w *world) {
		client, err := webhook.NewClient(webhook.Config{Clock: clock.New(), Transport: w.source, Rate: -1, MaxInFlight: 64})
		if err != nil {
			t.Fatal(err)
		}
		w.config.Webhooks = client
		if s != nil {
			s(w)
		}
	}
	live(t, unlimited, func(w *world) {
		ids := make([]channel.EnquiryID, 40)
		for i := range ids {
			ids[i] = w.receive(visitor(i), "hello")
			synctest.Wait()
		}
		w.forget()
		g := &gated{gate: make(chan struct{})}
		w.source.setAnswer(g.answer)
		test(w, g, ids)
	})
}

func visitor(i int) channel.VisitorID { return channel.VisitorID(fmt.Sprint("v", i)) }

// Sixteen posts of a channel are on their way at the same time. The others wait in line, each once and for its turn;
// what was forgotten meanwhile is not posted.
func TestPostsWaitInLine(t *testing.T) {
	t.Parallel()
	inLine(t, nil, func(w *world, g *gated, ids []channel.EnquiryID) {
		for i, id := range ids {
			if _, err := w.ch.Reply(t.Context(), id, ann, messages.Text(fmt.Sprint("to ", i))); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if n := g.now.Load(); n != 16 {
			t.Errorf("%d posts are on their way, want 16", n)
		}
		time.Sleep(2 * time.Second)
		for i := 30; i < 40; i++ {
			if err := w.ch.Forget(t.Context(), visitor(i)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * time.Second) // a post in line is read anew within a second
		close(g.gate)
		time.Sleep(time.Minute)
		var want, got []string
		for i := range 30 {
			want = append(want, fmt.Sprint("staff Ann: to ", i))
		}
		got = w.source.take()
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("posted %q, want %q", got, want)
		}
		if n := g.most.Load(); n != 16 {
			t.Errorf("up to %d posts were on their way, want 16", n)
		}
	})
}

// An away text that waits in line is not sent to somebody whose enquiry is accepted before its turn.
func TestAwayTextInLineIsOvertaken(t *testing.T) {
	t.Parallel()
	never := func(w *world) {
		w.settings.MaxWait, w.settings.AwayEvery = -1, -1
		w.settings.Messages.Welcome.Off = true
		w.staff.Set("ann", "offline", 0)
		w.staff.Set("bob", "offline", 0)
	}
	inLine(t, never, func(w *world, g *gated, ids []channel.EnquiryID) {
		for i := range ids {
			w.receive(visitor(i), "anybody there?")
			synctest.Wait()
		}
		for i := 16; i < 40; i++ {
			if err := w.ch.Accept(t.Context(), ids[i], ann); err != nil {
				t.Fatal(err)
			}
		}
		close(g.gate)
		time.Sleep(time.Minute)
		if got := w.source.take(); len(got) != 16 {
			t.Errorf("%d away texts were sent, want the 16 that were on their way: %q", len(got), got)
		}
	})
}

// What waits in line when Run ends is posted by the next one, in order and once.
func TestLineOutlivesRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			wall := clock.New()
			w.config.Clock = wall
			client, err := webhook.NewClient(webhook.Config{Clock: wall, Transport: w.source, Rate: -1, MaxInFlight: 64})
			if err != nil {
				t.Fatal(err)
			}
			w.config.Webhooks = client
		})
		stop := w.begin(w.hub)
		for i := range 40 {
			w.receive(visitor(i), "hello")
			synctest.Wait()
		}
		g := &gated{gate: make(chan struct{})}
		w.source.setAnswer(g.answer)
		for n := range 2 {
			for i := range 40 {
				if _, err := w.ch.Engage(t.Context(), visitor(i), ann, messages.Text(fmt.Sprint(n, " to ", i))); err != nil {
					t.Fatal(err)
				}
			}
		}
		synctest.Wait()
		w.forget()
		go func() {
			time.Sleep(500 * time.Millisecond)
			close(g.gate)
		}()
		stop() // drains what is on its way
		if n := len(w.source.all()) - 40; n != 16 {
			t.Errorf("%d posts went out before Run ended, want the 16 that were on their way", n)
		}
		begun := time.Now()
		stop = w.begin(w.hub)
		synctest.Wait()
		if took := time.Since(begun); took != 0 {
			t.Errorf("the next Run waited for %v", took)
		}
		stop()
		last := map[channel.VisitorID][]string{}
		for _, p := range w.source.all()[40:] {
			last[p.Data.Visitor] = append(last[p.Data.Visitor], p.Data.Message.Text)
		}
		for i := range 40 {
			want := []string{fmt.Sprint("0 to ", i), fmt.Sprint("1 to ", i)}
			if got := last[visitor(i)]; !slices.Equal(got, want) {
				t.Errorf("%s was sent %q, want %q", visitor(i), got, want)
			}
		}
	})
}
