package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// connections is how many callers there are where nothing else is said.
const connections = 64

// callers are how many act at the same time.
func (b *bench) callers() []int {
	if b.quick {
		return []int{connections}
	}
	return []int{1, 16, connections}
}

// load calls fn from n goroutines, each again as soon as it returns, for d, and says how many calls a second
// were done. It stops at the first error.
func load(n int, d time.Duration, fn func(worker int) error) (float64, error) {
	var done atomic.Int64
	begun := time.Now()
	end := begun.Add(d)
	err := concurrently(n, func(w int, failed func() bool) error {
		for !failed() && time.Now().Before(end) {
			if err := fn(w); err != nil {
				return err
			}
			done.Add(1)
		}
		return nil
	})
	return float64(done.Load()) / time.Since(begun).Seconds(), err
}

// times calls fn for every number below count from n goroutines.
func times(n, count int, fn func(worker, i int) error) error {
	var next atomic.Int64
	return concurrently(n, func(w int, failed func() bool) error {
		for !failed() {
			i := int(next.Add(1)) - 1
			if i >= count {
				return nil
			}
			if err := fn(w, i); err != nil {
				return err
			}
		}
		return nil
	})
}

// paced calls fn from n goroutines at a fixed rate for d, whether or not earlier calls have returned, as far as n
// goroutines can. fn is told since when its caller waits: when the call was due if the goroutine was still busy
// then, else the moment it woke up, so that the timer's delay does not count.
func paced(n int, rate float64, d time.Duration, fn func(worker int, begun time.Time) error) error {
	start := time.Now()
	gap := time.Duration(float64(n) / rate * float64(time.Second))
	return concurrently(n, func(w int, failed func() bool) error {
		due := start.Add(gap * time.Duration(w) / time.Duration(n))
		for ; !failed() && due.Sub(start) < d; due = due.Add(gap) {
			begun := due
			if wait := time.Until(due); wait > 0 {
				time.Sleep(wait)
				begun = time.Now()
			}
			if err := fn(w, begun); err != nil {
				return err
			}
		}
		return nil
	})
}

// concurrently runs fn in n goroutines and returns the first error, which failed tells the others of.
func concurrently(n int, fn func(worker int, failed func() bool) error) error {
	var first atomic.Pointer[error]
	failed := func() bool { return first.Load() != nil }
	var workers sync.WaitGroup
	for w := range n {
		workers.Go(func() {
			if err := fn(w, failed); err != nil {
				first.CompareAndSwap(nil, &err)
			}
		})
	}
	workers.Wait()
	if err := first.Load(); err != nil {
		return *err
	}
	return nil
}
