package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/webhook"
)

const (
	channels    = 100
	badChannels = 2                // the last ones: one is dead, one slow
	slowness    = 10 * time.Second // of the slow one
)

// flock is a hub with a hundred channels, their endpoints, and connections to its API.
type flock struct {
	h       *host
	store   *counting
	closers []func()
	posters [][]poster // by worker and channel
	done    waiters
	watch   *stopwatch
	pacing  atomic.Bool
	bodies  [][]byte
}

// newFlock connects the channels. With bad, one endpoint is then taken away and one answers after ten seconds.
func newFlock(ctx context.Context, bad bool) (*flock, error) {
	f := &flock{done: newWaiters(connections), watch: newStopwatch(), bodies: make([][]byte, connections)}
	good, err := allPeers[1].endpoint(f.arrived)
	if err != nil {
		return nil, err
	}
	dead, err := allPeers[1].endpoint(nil)
	if err != nil {
		return nil, err
	}
	var asleep atomic.Bool
	well := &endpoint{}
	slow, err := serveRaw(func(body []byte) []byte {
		if asleep.Load() {
			time.Sleep(slowness)
		}
		return well.handle(body)
	})
	if err != nil {
		return nil, err
	}
	f.closers = append(f.closers, good.close, dead.close, slow.close)
	names, urls := make([]string, channels), make([]string, channels)
	for i := range names {
		names[i] = "c" + strconv.Itoa(i)
		urls[i] = good.url() + "/" + names[i]
	}
	if bad {
		urls[channels-2], urls[channels-1] = dead.url(), slow.url()
	}
	f.store = &counting{Store: channel.NewMemStore()}
	f.h, err = newHost(ctx, hubOptions{
		notify: answering, store: f.store, channels: names, urls: urls, run: true,
		client: webhook.Config{MaxInFlight: webhook.DefaultMaxInFlight, MaxInFlightTotal: webhook.DefaultMaxInFlightTotal},
	})
	if err != nil {
		return nil, err
	}
	dead.close()
	asleep.Store(bad)
	return f, f.dial()
}

// dial opens a connection for each worker; it serves all channels.
func (f *flock) dial() error {
	api, err := serve(f.h.hub.Handler())
	if err != nil {
		return err
	}
	f.closers = append(f.closers, api.close)
	for range connections {
		all, err := postersTo(api, f.h.token, channels)
		if err != nil {
			return err
		}
		f.posters = append(f.posters, all)
	}
	return nil
}

func (f *flock) arrived(mark int) {
	if f.pacing.Load() {
		f.watch.end(mark)
	} else if mark < len(f.done) {
		f.done.arrived(mark)
	}
}

// full lets messages through as fast as they go and says how many a second came out at good channels.
func (f *flock) full(d time.Duration) (float64, error) {
	f.pacing.Store(false)
	var good atomic.Int64
	begun := time.Now()
	_, err := load(connections, d, func(w int) error {
		k := rand.IntN(channels)
		f.bodies[w] = inboundBody(f.bodies[w][:0], rand.Int64N(10), ids.Add(1), w)
		if err := f.posters[w][k].post(f.bodies[w]); err != nil || k >= channels-badChannels {
			return err
		}
		good.Add(1)
		return f.done.wait(w)
	})
	return float64(good.Load()) / time.Since(begun).Seconds(), err
}

// paced lets messages come at a rate and returns how long those of good channels took to their endpoint.
func (f *flock) paced(rate float64, d time.Duration) ([]time.Duration, error) {
	f.watch.take()
	f.pacing.Store(true)
	sent, ended := atomic.Int64{}, f.watch.ended.Load()
	err := paced(connections, rate, d, func(w int, begun time.Time) error {
		i, k := ids.Add(1), rand.IntN(channels)
		mark := int(i % marks)
		if k < channels-badChannels {
			sent.Add(1)
			f.watch.begin(mark, begun)
		}
		f.bodies[w] = inboundBody(f.bodies[w][:0], rand.Int64N(10), i, mark)
		return f.posters[w][k].post(f.bodies[w])
	})
	for begun := time.Now(); err == nil && f.watch.ended.Load() < ended+sent.Load(); time.Sleep(time.Millisecond) {
		if time.Since(begun) > 30*time.Second {
			err = errLate
		}
	}
	return f.watch.take(), err
}

func (f *flock) end() error {
	var err error
	if f.h != nil {
		err = f.h.stop()
	}
	for _, c := range f.closers {
		c()
	}
	return err
}

// isolation measures what a dead and a slow endpoint take from the channels beside them.
func (b *bench) isolation(ctx context.Context) (err error) {
	healthy, err := newFlock(ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, healthy.end()) }()
	troubled, err := newFlock(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, troubled.end()) }()
	o, err := b.contest(here("", healthy.full), here("troubled", troubled.full))
	if err != nil {
		return err
	}
	b.table.contest(fmt.Sprintf("the other %d channels beside one dead and one slow endpoint", channels-badChannels),
		o, 1, "without them", atLeast(0.9, 0.6))
	polls := func(k int, f *flock) float64 { return float64(f.store.dues.Load()) / o.things(k) }
	b.table.note("polls of the Store a message of theirs", fmt.Sprintf("%.2f, without the two %.2f", polls(1, troubled), polls(0, healthy)))
	rate := min(o.rate(0), o.rate(1)) / 2
	var p50, p99 [2][]float64
	var ratios []float64
	for range b.rounds {
		for k, f := range []*flock{healthy, troubled} {
			took, err := f.paced(rate, b.slice)
			if err != nil {
				return err
			}
			p50[k] = append(p50[k], percentile(took, 50).Seconds()*1e3)
			p99[k] = append(p99[k], percentile(took, 99).Seconds()*1e3)
		}
		last := len(p99[0]) - 1
		ratios = append(ratios, p99[1][last]/p99[0][last])
	}
	both := func(k int) string {
		return fmt.Sprintf("p50 %.2f ms, p99 %.2f ms", median(p50[k]), median(p99[k]))
	}
	b.table.add("their POST → endpoint, at half of that rate, p99", both(1), "without them "+both(0),
		median(ratios), times2(median(ratios)), atMost(1.5, 30))
	return nil
}
