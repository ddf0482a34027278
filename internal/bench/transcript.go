package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/usherchat/usher/channel"
)

// lengths are how many messages the transcripts hold.
func (b *bench) lengths() []int {
	if b.quick {
		return []int{10, 10_000}
	}
	return []int{10, 100, 1000, 10_000}
}

// transcripts measures what a message costs in short and in very long conversations.
func (b *bench) transcripts(ctx context.Context) error {
	const conversations = 16
	var all []contestant
	var reads []time.Duration
	var stops []func() error
	for _, n := range b.lengths() {
		done := newWaiters(conversations)
		store := channel.NewMemStore()
		h, err := newHost(ctx, hubOptions{
			notify: answering, store: store, transport: &stub{endpoint{arrived: done.arrived}},
			channels: []string{"c"}, urls: []string{endpointURL}, run: true,
		})
		if err != nil {
			return err
		}
		stops = append(stops, h.stop)
		if err := h.plant(ctx, store, conversations, n/2, done); err != nil {
			return err
		}
		read, err := readTranscript(ctx, h, n)
		if err != nil {
			return err
		}
		reads = append(reads, read)
		all = append(all, here("length-"+strconv.Itoa(n), func(d time.Duration) (float64, error) {
			return load(conversations, d, func(w int) error {
				if _, err := h.channels[0].Receive(ctx, inbound(int64(w), ids.Add(1), w)); err != nil {
					return err
				}
				return done.wait(w)
			})
		}))
	}
	o, err := b.contest(all...)
	if err != nil {
		return err
	}
	for k, n := range b.lengths() {
		r := row{
			section: b.table.section, what: fmt.Sprintf("full cycle, transcripts of %d messages", n), figure: o.figure(k),
			beside: fmt.Sprintf("reading one takes %s, %.2f µs a message", milliseconds(reads[k]), reads[k].Seconds()*1e6/float64(n)),
		}
		if k > 0 {
			r.value = o.against(k, 0, func(s sample) float64 { return 1 / s.Rate })
			r.shown, r.work = times2(r.value), o.against(k, 0, func(s sample) float64 { return s.CPU })
			r.goal = atMost(0, 3)
		}
		b.table.rows = append(b.table.rows, r)
	}
	for _, stop := range stops {
		err = errors.Join(err, stop())
	}
	return err
}

// readTranscript is how long reading a transcript of n messages takes.
func readTranscript(ctx context.Context, h *host, n int) (time.Duration, error) {
	var id channel.EnquiryID
	for e, err := range h.hub.Enquiries(ctx, channel.Query{Visitor: visitorID(0), Limit: 1}) {
		if err != nil {
			return 0, err
		}
		id = e.ID
	}
	var all []time.Duration
	for range 5 {
		begun, got := time.Now(), 0
		for _, err := range h.channels[0].Transcript(ctx, id) {
			if err != nil {
				return 0, err
			}
			got++
		}
		if got < n {
			return 0, fmt.Errorf("a transcript of %d messages, not of %d", got, n)
		}
		all = append(all, time.Since(begun))
	}
	return percentile(all, 50), nil
}
