package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
)

const endpointURL = "https://example.com/hook" // never dialled: for hosts with a stub

// heap is how much is live after everything that can be is collected.
func heap() int64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// idle measures what a conversation costs in memory while nothing happens in it: the difference that more of them
// make, so that what a hub has in any case does not count.
func (b *bench) idle(ctx context.Context) error {
	few, many := 10_000, 50_000
	if b.quick {
		few, many = 5000, 15_000
	}
	done := newWaiters(connections)
	h, err := newHost(ctx, hubOptions{
		notify: answering, transport: &stub{endpoint{arrived: done.arrived}},
		channels: []string{"c"}, urls: []string{endpointURL}, run: true,
	})
	if err != nil {
		return err
	}
	at := func(n, rounds int) (int64, error) {
		for range rounds {
			if err := h.fill(ctx, n, done); err != nil {
				return 0, err
			}
		}
		time.Sleep(100 * time.Millisecond) // the last settles
		return heap(), nil
	}
	texts := float64(len(question) + len(reply) + 2*len("#10 "))
	first, err1 := at(few, 1)
	second, err2 := at(many, 1) // the first ones write again
	third, err3 := at(many, 2)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	more := (float64(third-second)/float64(many) - 2*texts) / 2
	each := (float64(second-first)-float64(few)*(more+texts))/float64(many-few) - texts
	b.table.note("idle conversation, a question and its answer, beyond texts",
		fmt.Sprintf("%.0f B, from %d to %d conversations", each, few, many))
	b.table.note("each further question and answer, beyond texts", fmt.Sprintf("%.0f B", more))
	if b.profiles != "" {
		if err := heapProfile(b.profiles, "idle.heap"); err != nil {
			return err
		}
	}
	return h.stop()
}

// fill lets n visitors write one message each and waits until all were answered.
func (h *host) fill(ctx context.Context, n int, done waiters) error {
	return times(connections, n, func(w, i int) error {
		if _, err := h.channels[0].Receive(ctx, inbound(int64(i), ids.Add(1), w)); err != nil {
			return err
		}
		return done.wait(w)
	})
}
