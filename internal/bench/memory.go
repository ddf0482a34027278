package main

import (
	"context"
	"fmt"
	"runtime"
	"strings"
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

// idle measures what a conversation costs in memory while nothing happens in it.
func (b *bench) idle(ctx context.Context) error {
	n := 100_000
	if b.quick {
		n = 10_000
	}
	done := newWaiters(connections)
	transport := &stub{endpoint{arrived: done.arrived}}
	h, err := newHost(ctx, hubOptions{notify: answering, transport: transport, channels: []string{"c"}, urls: []string{endpointURL}, run: true})
	if err != nil {
		return err
	}
	texts := len(question) + len(reply) + 2*len("#10 ")
	before := heap()
	for round, add := range []string{"a question and its answer", "each further question and answer"} {
		if err := h.fill(ctx, n, done); err != nil {
			return err
		}
		time.Sleep(50 * time.Millisecond) // the last settles
		after := heap()
		each := float64(after-before)/float64(n) - float64(texts)
		g := goal{}
		if round == 0 {
			g = atMost(600, 0)
		}
		what := "idle conversation, " + add
		if round > 0 {
			what = strings.TrimPrefix(what, "idle conversation, ")
		}
		b.table.add(what+", beyond texts", fmt.Sprintf("%.0f B", each), "", each, fmt.Sprintf("%.0f", each), g)
		before = after
		if b.profiles != "" {
			if err := heapProfile(b.profiles, fmt.Sprintf("idle-%d.heap", round)); err != nil {
				return err
			}
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
