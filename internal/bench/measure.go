package main

import (
	"fmt"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// sample is what one contestant did in one round.
type sample struct {
	Rate  float64 // things done a second
	Count float64 // things done
	CPU   float64 // seconds of processor for one, of the whole process
	Bytes float64 // allocated for one, of the whole process
	Alloc float64 // allocations for one, of the whole process
}

// contestant is one way of doing a thing. Its run does it for about d. A name marks it as the library's: with
// -profiles it is then run once more, alone, under a profile of that name.
type contestant struct {
	name string
	run  func(d time.Duration) (sample, error)
}

// here makes a contestant of what is done in this process: run says how many were done a second.
func here(name string, run func(d time.Duration) (float64, error)) contestant {
	return contestant{name, func(d time.Duration) (sample, error) { return measured(d, run) }}
}

// measured runs what is done in this process and adds what it took.
func measured(d time.Duration, run func(d time.Duration) (float64, error)) (sample, error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	begun, used := time.Now(), processor()
	rate, err := run(d)
	n := rate * time.Since(begun).Seconds()
	used = processor() - used
	runtime.ReadMemStats(&after)
	return sample{
		Rate: rate, Count: n, CPU: used.Seconds() / n,
		Bytes: float64(after.TotalAlloc-before.TotalAlloc) / n, Alloc: float64(after.Mallocs-before.Mallocs) / n,
	}, err
}

// processor is the time that the processors have spent on this process.
func processor() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// quieten waits, for two minutes at most, until the process has nothing left to do: a hub that has begun looks through
// what is open for the offers among it.
func quieten() {
	const look = 100 * time.Millisecond
	for range 2 * time.Minute / look {
		used := processor()
		time.Sleep(look)
		if processor()-used < look/20 {
			return
		}
	}
}

// outcome holds what a contest measured: samples by contestant and round. The first round warmed up.
type outcome [][]sample

// contest lets contestants do the same thing in turns, so that whatever else the machine does meets all of them.
// The one who begins changes from round to round.
func (b *bench) contest(contestants ...contestant) (outcome, error) {
	o := make(outcome, len(contestants))
	for round := range b.rounds + 1 {
		for i := range contestants {
			k := (round + i) % len(contestants)
			s, err := contestants[k].run(b.slice)
			if err != nil {
				return o, err
			}
			o[k] = append(o[k], s)
		}
	}
	for _, c := range contestants {
		if c.name == "" || b.profiles == "" {
			continue
		}
		err := profiled(b.profiles, b.table.section+"-"+c.name, func() error {
			_, err := c.run(5 * b.slice)
			return err
		})
		if err != nil {
			return o, err
		}
	}
	return o, nil
}

// mid is the median over the rounds of something of a contestant.
func (o outcome) mid(k int, of func(sample) float64) float64 {
	var all []float64
	for _, s := range o[k][1:] {
		all = append(all, of(s))
	}
	return median(all)
}

// against is the median over the rounds of a ratio between two contestants.
func (o outcome) against(k, floor int, of func(sample) float64) float64 {
	var all []float64
	for round := range o[k] {
		if round > 0 {
			all = append(all, of(o[k][round])/of(o[floor][round]))
		}
	}
	return median(all)
}

func (o outcome) rate(k int) float64   { return o.mid(k, func(s sample) float64 { return s.Rate }) }
func (o outcome) cpu(k int) float64    { return o.mid(k, func(s sample) float64 { return s.CPU }) }
func (o outcome) allocs(k int) float64 { return o.mid(k, func(s sample) float64 { return s.Alloc }) }

// things is how often a contestant did the thing in all.
func (o outcome) things(k int) float64 {
	n := 0.0
	for _, s := range o[k] {
		n += s.Count
	}
	return n
}

// ratio is that of the rates.
func (o outcome) ratio(k, floor int) float64 {
	return o.against(k, floor, func(s sample) float64 { return s.Rate })
}

// work is the ratio of the floor's processor time to the contestant's, so that more is better as in ratio. What
// other processes do at the time moves it less.
func (o outcome) work(k, floor int) float64 {
	return o.against(floor, k, func(s sample) float64 { return s.CPU })
}

// figure writes a contestant's rate, and what one thing took: processor time, allocated bytes, allocations.
func (o outcome) figure(k int) string {
	bytes := o.mid(k, func(s sample) float64 { return s.Bytes })
	return fmt.Sprintf("%s, %s, %.1f KB in %.0f", perSecond(o.rate(k)), microseconds(o.cpu(k)), bytes/1e3, o.allocs(k))
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// percentile is the p-th percentile of durations, which it sorts.
func percentile(d []time.Duration, p float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[min(int(p/100*float64(len(d))), len(d)-1)]
}
