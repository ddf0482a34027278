package main

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// contestant is one way of doing a thing. Its run does the thing for about d and says how many times a second.
// A name marks it as the library's: with -profiles it is then run once more, alone, under a profile of that name.
type contestant struct {
	name string
	run  func(d time.Duration) (float64, error)
}

// outcome holds what a contest measured: rates by contestant and round.
type outcome struct {
	rates [][]float64
	cpu   [][]float64 // seconds of processor per thing done, of the whole process
	bytes [][]float64 // allocated per thing done, of the whole process
	count [][]float64 // allocations per thing done, of the whole process
	total []float64   // things done, the round for warming up included
}

// contest lets contestants do the same thing in turns, so that whatever else the machine does meets all of them.
// The one who begins changes from round to round. A first round warms up and does not count.
func (b *bench) contest(contestants ...contestant) (outcome, error) {
	o := newOutcome(len(contestants))
	for round := range b.rounds + 1 {
		for i := range contestants {
			k := (round + i) % len(contestants)
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begun, used := time.Now(), processor()
			rate, err := contestants[k].run(b.slice)
			if err != nil {
				return o, err
			}
			things := rate * time.Since(begun).Seconds()
			used = processor() - used
			runtime.ReadMemStats(&after)
			o.total[k] += things
			if round > 0 {
				o.cpu[k] = append(o.cpu[k], used.Seconds()/things)
				o.bytes[k] = append(o.bytes[k], float64(after.TotalAlloc-before.TotalAlloc)/things)
				o.count[k] = append(o.count[k], float64(after.Mallocs-before.Mallocs)/things)
				o.rates[k] = append(o.rates[k], rate)
			}
		}
	}
	for _, c := range contestants {
		if c.name != "" && b.profiles != "" {
			err := profiled(b.profiles, b.table.section+"-"+c.name, func() error {
				_, err := c.run(5 * b.slice)
				return err
			})
			if err != nil {
				return o, err
			}
		}
	}
	return o, nil
}

func newOutcome(n int) outcome {
	return outcome{
		make([][]float64, n), make([][]float64, n), make([][]float64, n), make([][]float64, n), make([]float64, n),
	}
}

// things is how often a contestant did the thing in all.
func (o outcome) things(k int) float64 { return o.total[k] }

// rate is the median rate of a contestant.
func (o outcome) rate(k int) float64 { return median(o.rates[k]) }

// ratio is the median of the ratios of the rounds.
func (o outcome) ratio(k, floor int) float64 { return ratio(o.rates[k], o.rates[floor]) }

// work is the median of the ratios of processor time per thing done: floor to k, so that more is better as in
// ratio. What other processes do moves it less.
func (o outcome) work(k, floor int) float64 { return ratio(o.cpu[floor], o.cpu[k]) }

// figure writes a contestant's rate and the processor time of one thing.
func (o outcome) figure(k int) string {
	return fmt.Sprintf("%s, %s CPU, %.1f KB in %.0f", perSecond(o.rate(k)), microseconds(median(o.cpu[k])),
		median(o.bytes[k])/1e3, median(o.count[k]))
}

func ratio(a, b []float64) float64 {
	ratios := make([]float64, len(a))
	for i := range ratios {
		ratios[i] = a[i] / b[i]
	}
	return median(ratios)
}

// processor is the time that the processors have spent on this process.
func processor() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
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

// load calls fn from n goroutines, each again as soon as it returns, for d, and says how many calls a second
// were done. It stops at the first error.
func load(n int, d time.Duration, fn func(worker int) error) (float64, error) {
	var done atomic.Int64
	var failed atomic.Pointer[error]
	var workers sync.WaitGroup
	begun := time.Now()
	end := begun.Add(d)
	for w := range n {
		workers.Go(func() {
			for failed.Load() == nil && time.Now().Before(end) {
				if err := fn(w); err != nil {
					failed.CompareAndSwap(nil, &err)
					return
				}
				done.Add(1)
			}
		})
	}
	workers.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return float64(done.Load()) / time.Since(begun).Seconds(), nil
}

// paced calls fn from n goroutines at a fixed rate for d, whether or not earlier calls have returned, as far as n
// goroutines can. fn is told since when its caller waits: when the call was due if the goroutine was still busy
// then, else the moment it woke up, so that the timer's delay does not count.
func paced(n int, rate float64, d time.Duration, fn func(worker int, begun time.Time) error) error {
	var failed atomic.Pointer[error]
	var workers sync.WaitGroup
	start := time.Now()
	gap := time.Duration(float64(n) / rate * float64(time.Second))
	for w := range n {
		workers.Go(func() {
			due := start.Add(gap * time.Duration(w) / time.Duration(n))
			for ; failed.Load() == nil && due.Sub(start) < d; due = due.Add(gap) {
				begun := due
				if wait := time.Until(due); wait > 0 {
					time.Sleep(wait)
					begun = time.Now()
				}
				if err := fn(w, begun); err != nil {
					failed.CompareAndSwap(nil, &err)
					return
				}
			}
		})
	}
	workers.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}
