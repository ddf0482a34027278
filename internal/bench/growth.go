package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/usherchat/usher/channel"
)

// growthJob fills a store with N conversations and then, each round, lets visitors among them write messages that
// are answered and posted.
func growthJob(ctx context.Context, j job) (p prepared, err error) {
	place, err := j.place()
	if err != nil {
		return p, err
	}
	store, size, err := place(ctx, true)
	if err != nil {
		return p, err
	}
	done := newWaiters(connections)
	o := hubOptions{
		notify: answering, store: store, transport: &stub{endpoint{arrived: done.arrived}},
		channels: []string{"c"}, urls: []string{endpointURL}, run: true,
	}
	h, err := newHost(ctx, o)
	if err != nil {
		return p, err
	}
	before, begun := size(), time.Now()
	if err := h.plant(ctx, store, j.N, 1, done); err != nil {
		return p, err
	}
	p.info.Planting = time.Since(begun)
	p.info.Each = float64(size()-before) / float64(j.N)
	if j.Store != "" { // again, but durable
		if err := h.stop(); err != nil {
			return p, err
		}
		if o.store, _, err = place(ctx, false); err != nil {
			return p, err
		}
		if h, err = newHost(ctx, o); err != nil {
			return p, err
		}
	}
	if p.info.Overview, err = overview(ctx, h); err != nil {
		return p, err
	}
	live := j.N
	if j.Store != "" { // what is stored, not how much of it is asked for, is to differ
		live = min(live, visitors)
	}
	p.round = h.cycling(ctx, live, j.N/live, done)
	if p.info.Floor = j.Store == "sqlite" && j.N <= maxCopied; p.info.Floor {
		if p.floor, err = growthFloor(ctx, j, live); err != nil {
			return p, err
		}
	}
	quieten()
	return p, nil
}

// cycling is a round of messages by n visitors, one in every so many, each message answered and posted.
func (h *host) cycling(ctx context.Context, n, every int, done waiters) func(time.Duration) (sample, error) {
	return func(d time.Duration) (sample, error) {
		return measured(d, func(d time.Duration) (float64, error) {
			return load(connections, d, func(w int) error { return h.ask(ctx, every*rand.IntN(n), w, done) })
		})
	}
}

// place opens the store that the job is about, fast and without durability for filling it; size says how many bytes
// it takes.
func (j job) place() (func(ctx context.Context, filling bool) (store channel.Store, size func() int64, err error), error) {
	switch j.Store {
	case "":
		return func(context.Context, bool) (channel.Store, func() int64, error) {
			return channel.NewMemStore(), heap, nil
		}, nil
	case "sqlite", "postgres":
		return func(ctx context.Context, filling bool) (channel.Store, func() int64, error) {
			d := postgresAt(j.DSN, nil)
			if j.Store == "sqlite" {
				if d = sqliteAt(j.DSN, nil); filling {
					d.dsn = strings.Replace(d.dsn, "synchronous(FULL)", "synchronous(OFF)", 1)
				}
			}
			db, _ := d.open(8)
			store, err := d.store(ctx, db, "usher_")
			return store, func() int64 { n, _ := d.size(ctx, db); return n }, err
		}, nil
	default:
		return nil, errors.New("unknown store " + j.Store)
	}
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
	t, err := learn(ctx, store, h.channels[0].ID(), accepted.Enquiry)
	if err != nil {
		return err
	}
	return times(4*connections, n, func(_, i int) error {
		return t.plant(ctx, store, visitorID(int64(i)), repeat)
	})
}

// growth measures what a message costs among few and among many conversations in memory.
func (b *bench) growth(ctx context.Context) error {
	sizes := []int{1000, 10_000, 100_000}
	if b.quick {
		sizes = []int{1000, 20_000}
	}
	return b.growthOf(ctx, "memory", sizes, func(int) job { return job{} })
}

// growthSQLite does the same in files. A thousand visitors are live, spread over all that is stored.
func (b *bench) growthSQLite(ctx context.Context) (err error) {
	sizes := []int{1000, 10_000, 100_000}
	if b.quick {
		sizes = []int{500, 3000}
	}
	if b.million {
		sizes = append(sizes, 1_000_000)
	}
	dir, err := os.MkdirTemp("", "usher-bench-growth")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	return b.growthOf(ctx, "SQLite", sizes, func(n int) job {
		return job{Store: "sqlite", DSN: filepath.Join(dir, strconv.Itoa(n)+".db")}
	})
}

// growthOf measures one kind of store, each size in a process of its own.
func (b *bench) growthOf(ctx context.Context, name string, sizes []int, jobOf func(n int) job) error {
	var children []*child
	var all []contestant
	defer func() {
		for _, c := range children {
			_ = c.end()
		}
	}()
	inMemory := false
	for i, n := range sizes {
		j := jobOf(n)
		inMemory = j.Store == ""
		if i > 0 && inMemory && float64(n)*children[i-1].info.Each*2.5 > float64(freeMemory()) {
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
	for _, c := range children {
		if c.info.Floor {
			all = append(all, contestant{"", c.floorRound})
		}
	}
	o, err := b.contest(all...)
	if err != nil {
		return err
	}
	for k, n := range sizes {
		if floor := len(sizes) + k; k > 0 && floor < len(all) {
			b.table.note(fmt.Sprintf("its rows raw, in three batches, among %d conversations, %s", n, name),
				o.figure(floor)+", among "+strconv.Itoa(sizes[0])+" "+o.figure(len(sizes))+": "+
					times2(o.against(floor, len(sizes), func(s sample) float64 { return 1 / s.Rate }))+", by CPU "+
					times2(o.against(floor, len(sizes), func(s sample) float64 { return s.CPU })))
		}
		r := row{
			section: b.table.section, what: fmt.Sprintf("full cycle among %d conversations, %s", n, name),
			figure: o.figure(k), beside: children[k].info.text(inMemory),
		}
		if k > 0 {
			r.value = o.against(k, 0, func(s sample) float64 { return 1 / s.Rate })
			r.shown, r.work = times2(r.value), o.against(k, 0, func(s sample) float64 { return s.CPU })
			r.goal = atMost(0, 2.5)
			if k == len(sizes)-1 && !inMemory {
				r.goal = atMost(1.3, 2.5)
			}
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
