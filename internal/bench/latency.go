package main

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/usherchat/usher/channel"
)

// stopwatch measures from begin(i) to end(i), in different goroutines, for numbers that come around again after a
// while.
type stopwatch struct {
	begun [1 << 14]atomic.Int64 // nanoseconds since zero
	zero  time.Time
	mu    sync.Mutex
	took  []time.Duration
}

func newStopwatch() *stopwatch { return &stopwatch{zero: time.Now()} }

// mark is the number by which i is known on its way.
func (s *stopwatch) mark(i int64) int { return int(i % int64(len(s.begun))) }

func (s *stopwatch) begin(mark int, at time.Time) { s.begun[mark].Store(int64(at.Sub(s.zero))) }

func (s *stopwatch) end(mark int) {
	now := time.Since(s.zero)
	if begun := s.begun[mark].Swap(0); begun != 0 {
		s.mu.Lock()
		s.took = append(s.took, now-time.Duration(begun))
		s.mu.Unlock()
	}
}

// take returns what was measured since the last take.
func (s *stopwatch) take() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	took := s.took
	s.took = nil
	return took
}

// delays is what the measurements of latency share.
type delays struct {
	b          *bench
	toNotify   *stopwatch // visitor's POST → Notify
	toEndpoint *stopwatch // Reply → endpoint
	toBare     *stopwatch // POST → bare handler
	replying   atomic.Bool
	bodies     [][]byte
}

// latency measures the hub in memory.
func (b *bench) latency(ctx context.Context) error {
	return b.latencyOn(ctx, "", nil, atMost(5, 200))
}

// latencyOn measures, at half of the maximum rate, how long a visitor's POST takes until the host is told, and a
// reply until it is at the endpoint. Beside it, at the same rate, a POST's way into a bare handler: the machine's
// share.
func (b *bench) latencyOn(ctx context.Context, suffix string, store channel.Store, g goal) error {
	l := &delays{
		b: b, toNotify: newStopwatch(), toEndpoint: newStopwatch(), toBare: newStopwatch(),
		bodies: make([][]byte, connections),
	}
	sink, err := allPeers[1].endpoint(l.toEndpoint.end)
	if err != nil {
		return err
	}
	defer sink.close()
	h, err := newHost(ctx, hubOptions{
		notify: l.notify, store: store, channels: []string{"c"}, urls: []string{sink.url()}, run: true,
	})
	if err != nil {
		return err
	}
	api, err1 := serve(h.hub.Handler())
	bare, err2 := serve(bareAPI(h.token, func(in channel.Inbound) { l.toBare.end(markOf(in.Message.Text)) }))
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	defer api.close()
	defer bare.close()
	toOurs, err1 := allPeers[1].posters(api, h.token)
	toBare, err2 := allPeers[1].posters(bare, h.token)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	ours, floor := l.sender(toOurs, l.toNotify), l.sender(toBare, l.toBare)
	if err := l.measure("a visitor's POST → Notify"+suffix, l.toNotify, g, ours, floor); err != nil {
		return err
	}
	l.replying.Store(true)
	if err := l.measure("Reply → endpoint"+suffix, l.toEndpoint, goal{}, ours, floor); err != nil {
		return err
	}
	return h.stop()
}

func (l *delays) notify(ctx context.Context, h *host, e channel.Event) error {
	if e.Type != channel.MessageReceived {
		return nil
	}
	mark := markOf(e.Message.Text)
	l.toNotify.end(mark)
	if !l.replying.Load() {
		return nil
	}
	l.toEndpoint.begin(mark, time.Now())
	return answering(ctx, h, e)
}

// sender posts a message and starts the watch.
func (l *delays) sender(posters []poster, watch *stopwatch) func(w int, begun time.Time) error {
	return func(w int, begun time.Time) error {
		i := ids.Add(1)
		mark := watch.mark(i)
		l.bodies[w] = inboundBody(l.bodies[w][:0], i%visitors, i, mark)
		watch.begin(mark, begun)
		return posters[w].post(l.bodies[w])
	}
}

// measure runs rounds of as many messages as go through, to know the maximum, and of half of them.
func (l *delays) measure(what string, watch *stopwatch, g goal, ours, floor func(int, time.Time) error) error {
	var rates, p50, p99, bare50, bare99 []float64
	for range l.b.rounds {
		watch.take()
		begun := time.Now()
		if _, err := load(connections, l.b.slice, func(w int) error { return ours(w, time.Now()) }); err != nil {
			return err
		}
		if err := settled(watch); err != nil {
			return err
		}
		rate := float64(len(watch.take())) / time.Since(begun).Seconds() // with what had piled up worked off
		rates = append(rates, rate)
		if err := paced(connections, rate/2, 2*l.b.slice, ours); err != nil {
			return err
		}
		if err := settled(watch); err != nil {
			return err
		}
		took := watch.take()
		p50 = append(p50, percentile(took, 50).Seconds()*1e3)
		p99 = append(p99, percentile(took, 99).Seconds()*1e3)
		if err := paced(connections, rate/2, 2*l.b.slice, floor); err != nil {
			return err
		}
		took = l.toBare.take()
		bare50 = append(bare50, percentile(took, 50).Seconds()*1e3)
		bare99 = append(bare99, percentile(took, 99).Seconds()*1e3)
	}
	ms := func(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) + " ms" }
	both := func(p50, p99 []float64) string { return "p50 " + ms(median(p50)) + ", p99 " + ms(median(p99)) }
	l.b.table.add(what+", p99 at half of the maximum rate", both(p50, p99)+", maximum "+perSecond(median(rates)),
		"POST → bare handler, same rate: "+both(bare50, bare99), median(p99), ms(median(p99)), g)
	return nil
}

// settled waits until nothing has come out for a moment.
func settled(watch *stopwatch) error {
	count := func() int {
		watch.mu.Lock()
		defer watch.mu.Unlock()
		return len(watch.took)
	}
	for last, quiet, n := count(), 0, 0; quiet < 4; n++ {
		time.Sleep(5 * time.Millisecond)
		quiet++
		if now := count(); now != last {
			last, quiet = now, 0
		}
		if n > 6000 {
			return errLate
		}
	}
	return nil
}
