package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

const maxProcesses = 5

// processJob is one of several processes over one database, at work for a channel of its own.
func processJob(ctx context.Context, j job) (p prepared, err error) {
	place, err := j.place()
	if err != nil {
		return p, err
	}
	store, _, err := place(ctx, false)
	if err != nil {
		return p, err
	}
	done := newWaiters(connections)
	h, err := newHost(ctx, hubOptions{
		notify: answering, store: store, transport: &stub{endpoint{arrived: done.arrived}},
		channels: []string{j.Channel}, urls: []string{endpointURL}, run: true,
	})
	if err != nil {
		return p, err
	}
	if err := times(connections, j.N, func(w, i int) error { return h.ask(ctx, i, w, done) }); err != nil {
		return p, err
	}
	p.round = h.cycling(ctx, j.N, 1, done)
	return p, nil
}

// processes measures how many messages one to five processes handle over one PostgreSQL.
func (b *bench) processes(ctx context.Context) (err error) {
	d, err := b.newPostgres(ctx, "processes")
	if err != nil {
		return b.skippable(err)
	}
	defer func() { err = errors.Join(err, d.stop()) }()
	counts := []int{1, 2, 3, 4, maxProcesses}
	if b.quick {
		counts = []int{1, 2}
	}
	var all []*child
	defer func() {
		for _, c := range all {
			_ = c.end()
		}
	}()
	for k := range counts[len(counts)-1] {
		c, err := newChild(ctx, job{Name: "process", Store: d.kind, DSN: d.dsn, Channel: "c" + strconv.Itoa(k), N: 200})
		if err != nil {
			return err
		}
		all = append(all, c)
		if err := c.prepare(); err != nil {
			return err
		}
	}
	var contestants []contestant
	for _, n := range counts {
		contestants = append(contestants, contestant{"", func(dur time.Duration) (sample, error) {
			before := d.pg.processor()
			s, err := together(all[:n], dur)
			s.CPU += (d.pg.processor() - before).Seconds() / s.Count
			return s, err
		}})
	}
	o, err := b.contest(contestants...)
	if err != nil {
		return err
	}
	for k, n := range counts {
		r := row{section: b.table.section, what: fmt.Sprintf("full cycle, PostgreSQL, %d processes", n), figure: o.figure(k)}
		if k > 0 {
			r.beside, r.value = "one process", o.ratio(k, 0)
			r.shown, r.work, r.goal = times2(r.value), o.work(k, 0), atLeast(0, 0.4)
		}
		b.table.rows = append(b.table.rows, r)
	}
	return nil
}

// together runs a round in several processes at the same time.
func together(all []*child, d time.Duration) (sample, error) {
	for _, c := range all {
		if err := c.begin(d); err != nil {
			return sample{}, err
		}
	}
	var sum sample
	for _, c := range all {
		s, err := c.answer()
		if err != nil {
			return sum, err
		}
		sum.Rate += s.Rate
		sum.Count += s.Count
		sum.CPU += s.CPU * s.Count
		sum.Bytes += s.Bytes * s.Count
		sum.Alloc += s.Alloc * s.Count
	}
	sum.CPU /= sum.Count
	sum.Bytes /= sum.Count
	sum.Alloc /= sum.Count
	return sum, nil
}
