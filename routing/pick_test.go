package routing

import (
	"testing"
	"time"
)

// The two innermost steps of Route have benchmarks of their own, from inside: a pick among five shares that are
// all there, and a check of a weekly window. The floors are in bench_test.go.

func BenchmarkPick(b *testing.B) {
	o := newOrders([]int64{4000, 2500, 2000, 1000, 500})
	set := []uint64{0b11111}
	b.ReportAllocs()
	for b.Loop() {
		_ = o.of(set).next()
	}
}

func BenchmarkPickParallel(b *testing.B) {
	o := newOrders([]int64{4000, 2500, 2000, 1000, 500})
	b.RunParallel(func(pb *testing.PB) {
		set := []uint64{0b11111}
		for pb.Next() {
			_ = o.of(set).next()
		}
	})
}

func BenchmarkPickTwelveShares(b *testing.B) {
	o := newOrders([]int64{1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 500, 500, 500, 500})
	set := []uint64{0b111111111111}
	b.ReportAllocs()
	for b.Loop() {
		_ = o.of(set).next()
	}
}

func BenchmarkWindow(b *testing.B) {
	days := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	to := Staff("a")
	p, err := New(Time{Zone: "America/New_York", Conditions: []Condition{
		{Days: days, From: At(9, 0), To: At(12, 0), Then: to}, {Days: days, From: At(13, 0), To: At(18, 0), Then: to},
	}})
	if err != nil {
		b.Fatal(err)
	}
	s, at := p.root.schedule, time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC).Unix()
	b.ReportAllocs()
	for b.Loop() {
		_, _, _ = s.branch(s.zone.read(at))
	}
}
