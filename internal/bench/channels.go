package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"time"
)

// counts are how many channels are connected.
func (b *bench) counts() []int {
	if b.quick {
		return []int{1, 100}
	}
	return []int{1, 10, 100, 1000}
}

// many measures what a channel costs while nobody writes, and what a message costs among many channels.
func (b *bench) many(ctx context.Context) error {
	var all []contestant
	var stops []func() error
	var each []float64
	var goroutines []int
	for _, n := range b.counts() {
		done := newWaiters(connections)
		names, urls := make([]string, n), make([]string, n)
		for i := range names {
			names[i] = "c" + strconv.Itoa(i)
			urls[i] = endpointURL + "/" + names[i]
		}
		o := hubOptions{notify: answering, transport: &stub{endpoint{arrived: done.arrived}}}
		running := runtime.NumGoroutine()
		h, err := newHost(ctx, o)
		if err != nil {
			return err
		}
		empty := heap()
		if err := h.connect(ctx, names, urls); err != nil {
			return err
		}
		each = append(each, float64(heap()-empty)/float64(n))
		h.start(ctx)
		time.Sleep(20 * time.Millisecond)
		goroutines = append(goroutines, runtime.NumGoroutine()-running)
		stops = append(stops, h.stop)
		all = append(all, here("channels-"+strconv.Itoa(n), func(d time.Duration) (float64, error) {
			return load(connections, d, func(w int) error {
				return h.ask(ctx, rand.IntN(visitors), w, done)
			})
		}))
		if err := times(connections, visitors, func(w, i int) error { return h.ask(ctx, i, w, done) }); err != nil {
			return err
		}
	}
	o, err := b.contest(all...)
	if err != nil {
		return err
	}
	for k, n := range b.counts() {
		last := k == len(b.counts())-1
		if last {
			b.table.add("a channel, idle", fmt.Sprintf("%.1f KiB", each[k]/1024), fmt.Sprintf("of %d", n),
				each[k]/1024, fmt.Sprintf("%.1f KiB", each[k]/1024), atMost(50, 100))
			b.table.add("goroutines of a hub at work beyond those with one channel", strconv.Itoa(goroutines[k]-goroutines[0]),
				fmt.Sprintf("%d with %d channels, %d with one", goroutines[k], n, goroutines[0]),
				float64(goroutines[k]-goroutines[0]), "", atMost(0, 10))
		}
		r := row{section: b.table.section, what: fmt.Sprintf("full cycle, %d channels", n), figure: o.figure(k)}
		if k > 0 {
			r.value = o.against(k, 0, func(s sample) float64 { return 1 / s.Rate })
			r.shown, r.work = times2(r.value), o.against(k, 0, func(s sample) float64 { return s.CPU })
			r.goal = atMost(0, 4)
			r.beside = "cost beside one channel"
		}
		b.table.rows = append(b.table.rows, r)
	}
	for _, stop := range stops {
		err = errors.Join(err, stop())
	}
	return err
}

// ask lets one of the visitors, who are the same number however many channels there are, write and waits for the
// answer.
func (h *host) ask(ctx context.Context, visitor, w int, done waiters) error {
	ch := h.channels[visitor%len(h.channels)]
	if _, err := ch.Receive(ctx, inbound(int64(visitor), ids.Add(1), w)); err != nil {
		return err
	}
	return done.wait(w)
}
