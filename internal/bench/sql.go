package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/usherchat/usher/channel/sqlstore"
)

func (b *bench) sqlite(ctx context.Context) error {
	d, err := newSQLite()
	if err != nil {
		return err
	}
	return errors.Join(b.onDatabase(ctx, d), d.stop())
}

func (b *bench) postgres(ctx context.Context) error {
	d, err := b.newPostgres(ctx, "bench")
	if err != nil {
		return b.skippable(err)
	}
	return errors.Join(b.onDatabase(ctx, d), d.stop())
}

// onDatabase measures Receive and the full cycle over a database, beside the same rows written raw.
func (b *bench) onDatabase(ctx context.Context, d *database) error {
	db, commits := d.open(8)
	defer func() { _ = db.Close() }()
	recording, err := d.store(ctx, db, "receive_")
	if err != nil {
		return err
	}
	h, err := newHost(ctx, hubOptions{notify: quiet, store: recording, transport: &stub{}, channels: []string{"c"}, urls: []string{endpointURL}})
	if err != nil {
		return err
	}
	receive := func(w int) error {
		_, err := h.channels[0].Receive(ctx, inbound(int64(rawConv*w+rand.IntN(rawConv)), ids.Add(1), w))
		return err
	}
	if err := times(connections, rawConv*connections, func(w, _ int) error { return receive(w) }); err != nil {
		return err
	}
	heads, err := successive(ctx, db, h.channels[0])
	if err != nil {
		return err
	}
	var doc string
	if err := db.QueryRowContext(ctx, `SELECT doc FROM receive_records WHERE once IS NOT NULL LIMIT 1`).Scan(&doc); err != nil {
		return err
	}
	floor, err := newRawRows(ctx, d, db, heads, doc)
	if err != nil {
		return err
	}
	for _, n := range b.callers() {
		if err := b.receiveOn(d, n, floor, receive); err != nil {
			return err
		}
	}
	b.table.note("the rows of a message, "+d.name, fmt.Sprintf("head %d bytes, record %d bytes", len(heads[0]), len(doc)))
	cycling, err := d.store(ctx, db, "cycle_")
	if err != nil {
		return err
	}
	err = errors.Join(b.cycleOn(ctx, d, cycling, commits, floor), floor.close())
	if err != nil || b.quick {
		return err
	}
	prompt, err := d.store(ctx, db, "latency_")
	if err != nil {
		return err
	}
	return b.latencyOn(ctx, ", "+d.name, prompt, goal{})
}

// receiveOn lets n callers receive, each in conversations of its own like those of the floor.
func (b *bench) receiveOn(d *database, n int, floor *rawRows, receive func(w int) error) error {
	raw := rawCallers(n)
	add := func(alone bool) contestant {
		return d.here("", func(dur time.Duration) (float64, error) {
			return load(n, dur, func(w int) error {
				raw[w].conversation, raw[w].due, raw[w].alone = rawID(w, rand.IntN(rawConv)), rawDue, alone
				return floor.add(&raw[w])
			})
		})
	}
	o, err := b.contest(add(false), d.here(fmt.Sprint("receive-", n), func(dur time.Duration) (float64, error) {
		return load(n, dur, receive)
	}), add(true))
	if err != nil {
		return err
	}
	g := goal{}
	if n == connections {
		g = atLeast(0.75, 0.15)
	}
	b.table.contest(fmt.Sprintf("Receive, %s, %d callers", d.name, n), o, 1, "the same rows raw, in batches", g)
	b.table.note(fmt.Sprintf("one row of 500 bytes, in batches, %s, %d callers", d.name, n), o.figure(2))
	return nil
}

// cycleOn measures the full cycle, endpoints answering at once, beside its rows written raw.
func (b *bench) cycleOn(ctx context.Context, d *database, store *sqlstore.Store, commits *committing, floor *rawRows) error {
	done := newWaiters(connections)
	h, err := newHost(ctx, hubOptions{
		notify: answering, store: store, transport: &stub{endpoint{arrived: done.arrived}},
		channels: []string{"c"}, urls: []string{endpointURL}, run: true,
	})
	if err != nil {
		return err
	}
	cycle := func(w int) error {
		_, err := h.channels[0].Receive(ctx, inbound(int64(rawConv*w+rand.IntN(rawConv)), ids.Add(1), w))
		if err != nil {
			return err
		}
		return done.wait(w)
	}
	if err := times(connections, rawConv*connections, func(w, _ int) error { return cycle(w) }); err != nil {
		return err
	}
	raw := rawCallers(connections)
	var committed, asked, counted, logged float64
	o, err := b.contest(
		d.here("", func(dur time.Duration) (float64, error) {
			return load(connections, dur, func(w int) error {
				return floor.cycle(&raw[w], rawID(w, rand.IntN(rawConv)))
			})
		}),
		d.here("cycle", func(dur time.Duration) (float64, error) {
			before, statements, log := commits.commits.Load(), commits.asked.Load(), d.logged(ctx)
			begun := time.Now()
			rate, err := load(connections, dur, cycle)
			logged += float64(d.logged(ctx) - log)
			counted += rate * time.Since(begun).Seconds()
			committed += float64(commits.commits.Load() - before)
			asked += float64(commits.asked.Load() - statements)
			return rate, err
		}))
	if err != nil {
		return err
	}
	b.table.contest(fmt.Sprintf("full cycle, %s, %d callers", d.name, connections), o, 1,
		"its rows raw, in three batches", atLeast(0, 0.08))
	if logged > 0 {
		b.table.note("write-ahead log of a full cycle, "+d.name, fmt.Sprintf("%.1f KB", logged/counted/1e3))
	}
	b.table.add(fmt.Sprintf("commits a full cycle, %s, %d callers", d.name, connections), fmt.Sprintf("%.2f", committed/counted),
		fmt.Sprintf("%.1f statements", asked/counted),
		committed/counted, fmt.Sprintf("%.2f", committed/counted), atMost(3, 4))
	return h.stop()
}
