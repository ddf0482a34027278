package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/usherchat/usher/routing"
)

// split is a usual split among five teams.
var split = []float64{40, 25, 20, 10, 5}

func shares() routing.Percentage {
	var p routing.Percentage
	for i, percent := range split {
		p = append(p, routing.Share{Percent: percent, To: routing.Team("t" + strconv.Itoa(i))})
	}
	return p
}

// smoothRoundRobin is the smooth weighted round robin of nginx under a mutex.
type smoothRoundRobin struct {
	mu      sync.Mutex
	current []float64
}

func (s *smoothRoundRobin) next() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	best, total := 0, 0.0
	for i, weight := range split {
		s.current[i] += weight
		total += weight
		if s.current[i] > s.current[best] {
			best = i
		}
	}
	s.current[best] -= total
	return best
}

// draw picks at random.
func draw() int {
	x := rand.Float64() * 100
	for i, percent := range split {
		if x -= percent; x < 0 {
			return i
		}
	}
	return len(split) - 1
}

// deviation is how far, after any of n picks, a count was from its share at the worst.
func deviation(n int, pick func() int) float64 {
	var counts [5]float64
	worst := 0.0
	for k := range n {
		counts[pick()]++
		for i, percent := range split {
			worst = max(worst, math.Abs(counts[i]-percent/100*float64(k+1)))
		}
	}
	return worst
}

// spin is a contestant that does fn again and again in one goroutine.
func spin(name string, fn func(i int)) contestant {
	return here(name, func(d time.Duration) (float64, error) {
		begun := time.Now()
		n := 0
		for ; n%1024 != 0 || time.Since(begun) < d; n++ {
			fn(n)
		}
		return float64(n) / time.Since(begun).Seconds(), nil
	})
}

func (b *bench) routing(ctx context.Context) error {
	week := routing.Time{
		Zone: "America/New_York",
		Conditions: []routing.Condition{{
			Days: []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday},
			From: routing.At(9, 0), To: routing.At(18, 0), Then: shares(),
		}},
		Otherwise: routing.Percentage{{Percent: 50, To: routing.Team("t0")}, {Percent: 50, To: routing.Bot("night")}},
	}
	plain, err1 := routing.New(shares())
	whole, err2 := routing.New(routing.Sticky{Wait: 20 * time.Second, Then: week})
	if err1 != nil || err2 != nil {
		return fmt.Errorf("%w, %w", err1, err2)
	}
	roster := routing.NewRoster(nil)
	roster.Set("ann", routing.Active, 0)
	start := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	decide := func(p *routing.Plan, last string, ps routing.Presence) func(int) {
		e := routing.Enquiry{ID: "e", Channel: "c", Visitor: "v", Locale: "en", LastStaff: last, LastAt: start.Add(-time.Hour)}
		return func(i int) {
			e.At = start.Add(time.Duration(i%16384) * 37 * time.Second) // goes through a week again and again
			d, err := p.Route(ctx, e, ps)
			if err != nil || d.Outcome != routing.Offer {
				panic(fmt.Sprint(d, err))
			}
		}
	}
	reading := func(int) {
		d, err := whole.Route(ctx, routing.Enquiry{At: start, LastStaff: "gone", LastAt: start}, roster)
		if err != nil || len(d.Reasons()) == 0 {
			panic(fmt.Sprint(d, err))
		}
	}
	wrr := &smoothRoundRobin{current: make([]float64, len(split))}
	n := 0
	o, err := b.contest(
		spin("", func(int) { n += time.Now().Nanosecond() }),
		spin("", func(int) { n += wrr.next() }),
		spin("", func(int) { n += draw() }),
		spin("percentage", decide(plain, "", nil)),
		spin("whole", decide(whole, "", nil)),
		spin("asking", decide(whole, "gone", roster)),
		spin("hit", decide(whole, "ann", roster)),
		spin("reasons", reading),
	)
	if err != nil {
		return err
	}
	if n == 0 {
		return errors.New("nothing was picked")
	}
	b.routingRows(o)
	teams := map[string]int{"t0": 0, "t1": 1, "t2": 2, "t3": 3, "t4": 4}
	fresh, err := routing.New(shares())
	if err != nil {
		return err
	}
	const picks = 100_000
	ours := deviation(picks, func() int {
		d, err := fresh.Route(ctx, routing.Enquiry{At: start}, nil)
		if err != nil {
			panic(err)
		}
		return teams[d.Destinations[0].ID]
	})
	b.table.add(fmt.Sprintf("worst distance from a 40/25/20/10/5 split, %d enquiries", picks), fmt.Sprintf("%.2f", ours),
		fmt.Sprintf("smooth round robin %.2f, random %.0f", deviation(picks, wrr.next), deviation(picks, draw)),
		ours, fmt.Sprintf("%.2f", ours), atMost(1, 1))
	return nil
}

func (b *bench) routingRows(o outcome) {
	ns := func(k int) float64 { return o.cpu(k) * 1e9 }
	beside := fmt.Sprintf("time.Now %.0f ns, smooth round robin %.0f ns, random %.0f ns", ns(0), ns(1), ns(2))
	for _, r := range []struct {
		k    int
		what string
		goal goal
	}{
		{3, "Percentage", goal{}},
		{4, "Sticky(Time(Percentage)), reasons kept", atMost(150, 450)},
		{5, "the same, a roster asked about five teams", goal{}},
		{6, "the same, a sticky hit", goal{}},
		{7, "the same, reasons read", goal{}},
	} {
		b.table.add(r.what, fmt.Sprintf("%.0f ns, %.1f allocations", ns(r.k), o.allocs(r.k)), beside,
			ns(r.k), fmt.Sprintf("%.0f ns", ns(r.k)), r.goal)
		beside = ""
	}
	b.table.add("Sticky(Time(Percentage)), beside time.Now", "", "", o.work(0, 4), fmt.Sprintf("× %.1f", o.work(0, 4)), atMost(0, 10))
	b.table.add("Sticky(Time(Percentage)), allocations", "", "", o.allocs(4), fmt.Sprintf("%.2f", o.allocs(4)), atMost(0.01, 0.01))
}
