package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/usherchat/usher/channel"
)

// growthJob fills a store with N conversations and then, each round, lets visitors among them write messages that
// are answered and posted.
func growthJob(ctx context.Context, j job) (p prepared, err error) {
	store, size, err := j.open(ctx)
	if err != nil {
		return p, err
	}
	done := newWaiters(connections)
	h, err := newHost(ctx, hubOptions{
		notify: answering, store: store, transport: &stub{endpoint{arrived: done.arrived}},
		channels: []string{"c"}, urls: []string{endpointURL}, run: true,
	})
	if err != nil {
		return p, err
	}
	before, begun := size(), time.Now()
	if err := h.plant(ctx, store, j.N, 1, done); err != nil {
		return p, err
	}
	p.info.Planting = time.Since(begun)
	p.info.Each = float64(size()-before) / float64(j.N)
	if p.info.Overview, err = overview(ctx, h); err != nil {
		return p, err
	}
	p.round = func(d time.Duration) (sample, error) {
		return measured(d, func(d time.Duration) (float64, error) {
			return load(connections, d, func(w int) error {
				_, err := h.channels[0].Receive(ctx, inbound(rand.Int64N(int64(j.N)), ids.Add(1), w))
				if err != nil {
					return err
				}
				return done.wait(w)
			})
		})
	}
	return p, nil
}

// overview is how long the first page of the enquiry overview takes.
func overview(ctx context.Context, h *host) (time.Duration, error) {
	var all []time.Duration
	for range 5 {
		begun, n := time.Now(), 0
		for _, err := range h.hub.Enquiries(ctx, channel.Query{Limit: 50}) {
			if err != nil {
				return 0, err
			}
			n++
		}
		if n != 50 {
			return 0, fmt.Errorf("%d enquiries of 50", n)
		}
		all = append(all, time.Since(begun))
	}
	return percentile(all, 50), nil
}

// plant lets one visitor go through everything and gives n visitors a conversation like that.
func (h *host) plant(ctx context.Context, store channel.Store, n, repeat int, done waiters) error {
	accepted, err := h.channels[0].Receive(ctx, inbound(-1, ids.Add(1), 0))
	if err != nil {
		return err
	}
	if err := done.wait(0); err != nil {
		return err
	}
	t, err := learn(ctx, store, h.channels[0].ID(), accepted.Enquiry, visitorID(-1))
	if err != nil {
		return err
	}
	return times(4*connections, n, func(_, i int) error {
		return t.plant(ctx, store, visitorID(int64(i)), repeat)
	})
}

// open opens the store that the job is about; size says how many bytes it takes.
func (j job) open(ctx context.Context) (channel.Store, func() int64, error) {
	switch j.Store {
	case "":
		return channel.NewMemStore(), heap, nil
	default:
		return nil, nil, errors.New("unknown store " + j.Store)
	}
}

// growth measures what a message costs among few and among very many conversations in memory.
func (b *bench) growth(ctx context.Context) error { return b.growthOf(ctx, "memory", job{}) }

// sizes are how many conversations there are.
func (b *bench) sizes() []int {
	if b.quick {
		return []int{1000, 20_000}
	}
	return []int{1000, 10_000, 100_000, 1_000_000}
}

// growthOf measures one kind of store, each size in a process of its own.
func (b *bench) growthOf(ctx context.Context, name string, j job) error {
	var children []*child
	var all []contestant
	defer func() {
		for _, c := range children {
			_ = c.end()
		}
	}()
	sizes := b.sizes()
	for i, n := range sizes {
		if i > 0 && j.Store == "" && float64(n)*children[i-1].info.Each*2.5 > float64(freeMemory()) {
			b.table.note(fmt.Sprintf("full cycle among %d conversations, %s", n, name), "left out: not enough free memory")
			sizes = sizes[:i]
			break
		}
		j.Name, j.N = "growth", n
		c, err := newChild(ctx, j)
		if err != nil {
			return err
		}
		children = append(children, c)
		if err := c.prepare(); err != nil {
			return err
		}
		all = append(all, contestant{"", c.round})
	}
	o, err := b.contest(all...)
	if err != nil {
		return err
	}
	for k, n := range sizes {
		r := row{
			section: b.table.section, what: fmt.Sprintf("full cycle among %d conversations, %s", n, name),
			figure: o.figure(k), beside: children[k].info.text(j.Store == ""),
		}
		if k > 0 {
			r.value = o.against(k, 0, func(s sample) float64 { return 1 / s.Rate })
			r.shown, r.work = times2(r.value), o.against(k, 0, func(s sample) float64 { return s.CPU })
			r.goal = atMost(1.3, 2.5)
		}
		b.table.rows = append(b.table.rows, r)
	}
	return nil
}

func (i info) text(inMemory bool) string {
	each := i.Each
	what := "%.0f B each, "
	if inMemory {
		each -= float64(len(question) + len(reply) + 2*len("#10 "))
		what = "%.0f B each beyond texts, "
	}
	return fmt.Sprintf(what+"overview page %s, filled in %s", each, milliseconds(i.Overview), i.Planting.Round(100*time.Millisecond))
}

// freeMemory is what the machine says is available, 0 if it does not.
func freeMemory() int64 {
	text, _ := os.ReadFile("/proc/meminfo")
	_, after, _ := strings.Cut(string(text), "MemAvailable:")
	var kib int64
	_, _ = fmt.Sscan(after, &kib)
	return kib << 10
}
