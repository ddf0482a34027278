package routing_test

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/usherchat/usher/routing"
)

// The floors of the benchmarks: what reading the clock costs on this machine, and what the usual way of
// weighted choice costs. Ratios to them hold on any machine:
//
//	go test -run '^$' -bench . ./routing

func BenchmarkFloorTimeNow(b *testing.B) {
	for b.Loop() {
		_ = time.Now()
	}
}

// smooth is nginx's smooth weighted round robin behind a mutex, as load balancers like grpc-go's guard theirs:
// at every draw each share earns its weight, and the richest pays for all.
type smooth struct {
	mu     sync.Mutex
	shares []struct{ weight, credit int }
	sum    int
}

func (s *smooth) next() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	best := 0
	for i := range s.shares {
		s.shares[i].credit += s.shares[i].weight
		if s.shares[i].credit > s.shares[best].credit {
			best = i
		}
	}
	s.shares[best].credit -= s.sum
	return best
}

func newSmooth(weights ...int) *smooth {
	var s smooth
	for _, w := range weights {
		s.shares = append(s.shares, struct{ weight, credit int }{weight: w})
		s.sum += w
	}
	return &s
}

func BenchmarkFloorSmoothWeighted(b *testing.B) {
	s := newSmooth(40, 25, 20, 10, 5)
	n := 0
	for b.Loop() {
		n += s.next()
	}
	if n == 0 {
		b.Error("only the first was drawn")
	}
}

func BenchmarkFloorSmoothWeightedParallel(b *testing.B) {
	s := newSmooth(40, 25, 20, 10, 5)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_ = s.next()
		}
	})
}

// there is a presence of fixed states that answers as fast as one can.
type there struct{ state routing.State }

func (t *there) State(routing.Destination) routing.State { return t.state }

var allThere = &there{routing.State{Status: routing.Active}}

func fiveShares() routing.Percentage {
	return routing.Percentage{
		{Percent: 40, To: routing.Staff("a")},
		{Percent: 25, To: routing.Staff("b")},
		{Percent: 20, To: routing.Staff("c")},
		{Percent: 10, To: routing.Staff("d")},
		{Percent: 5, To: routing.Staff("e")},
	}
}

func officeHours(then routing.Rule) routing.Time {
	return routing.Time{Zone: "America/New_York", Conditions: []routing.Condition{
		window(workdays, 540, 720, then), window(workdays, 780, 1080, then), window(allDays[6:], 600, 840, then),
	}, Dates: []routing.DateRule{{Date: routing.Date{Year: 2026, Month: time.December, Day: 25}}}}
}

func BenchmarkPick(b *testing.B) {
	benchmarks := []struct {
		name   string
		shares []int64
	}{
		{name: "Five", shares: []int64{4000, 2500, 2000, 1000, 500}},
		{name: "Twelve", shares: []int64{1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 500, 500, 500, 500}},
	}
	for _, bb := range benchmarks {
		b.Run(bb.name, func(b *testing.B) {
			p := routing.NewPicker(bb.shares...)
			b.ReportAllocs()
			for b.Loop() {
				_ = p.Next()
			}
		})
		b.Run(bb.name+"Parallel", func(b *testing.B) {
			p := routing.NewPicker(bb.shares...)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					_ = p.Next()
				}
			})
		})
	}
}

// BenchmarkPickSets picks each time among another set of available shares: every one of 12 shares, of which all orders
// are kept, and of 16, of which not all are.
func BenchmarkPickSets(b *testing.B) {
	for _, k := range []int{12, 16} {
		b.Run(strconv.Itoa(k), func(b *testing.B) {
			shares := make([]int64, k)
			for i := range shares {
				shares[i] = 500
			}
			shares[0] = 10_000 - 500*int64(k-1)
			p, some := routing.NewPicker(shares...), uint64(1)
			b.ReportAllocs()
			for b.Loop() {
				_ = p.NextOf(some)
				if some = (some + 0x9e3779b1) & (1<<k - 1); some == 0 { // an odd step meets all
					some = 1
				}
			}
		})
	}
}

func BenchmarkWindow(b *testing.B) {
	week, dates := officeHours(routing.Staff("a")), officeHours(routing.Staff("a"))
	week.Dates = nil
	for name, r := range map[string]routing.Time{"Week": week, "WeekAndDates": dates} {
		b.Run(name, func(b *testing.B) {
			c, err := routing.NewClock(r)
			if err != nil {
				b.Fatal(err)
			}
			at := time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)
			b.ReportAllocs()
			for b.Loop() {
				_ = c.Open(at)
			}
		})
	}
}

func BenchmarkRoute(b *testing.B) {
	at := time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)
	roster := routing.NewRoster(nil)
	for _, d := range crew("abcde") {
		roster.Set(d.ID, routing.Active, 0)
	}
	benchmarks := []struct {
		name string
		rule routing.Rule
		e    routing.Enquiry
		ps   routing.Presence
	}{
		{name: "Destination", rule: routing.Staff("a"), ps: allThere},
		{name: "Percentage", rule: fiveShares(), ps: allThere},
		{name: "Time", rule: officeHours(routing.Staff("a")), ps: allThere},
		{name: "StickyTimePercentage", rule: routing.Sticky{Then: officeHours(fiveShares())}, ps: allThere},
		{name: "StickyTimePercentageEveryone", rule: routing.Sticky{Then: officeHours(fiveShares())}},
		{name: "StickyTimePercentageRoster", rule: routing.Sticky{Then: officeHours(fiveShares())}, ps: roster},
		{name: "StickyHit", rule: routing.Sticky{Then: officeHours(fiveShares())}, e: routing.Enquiry{LastStaff: "a", LastAt: at}, ps: allThere},
		{name: "Closed", rule: onSunday(routing.Staff("a")), ps: allThere},
		{name: "RoundRobin", rule: group(routing.RoundRobin, "abcde"), ps: allThere},
		{name: "MostIdle", rule: group(routing.MostIdle, "abcde"), ps: allThere},
	}
	for _, bb := range benchmarks {
		b.Run(bb.name, func(b *testing.B) {
			p, ctx := newPlan(b, bb.rule), b.Context()
			bb.e.At = at
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Route(ctx, bb.e, bb.ps); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRouteParallel(b *testing.B) {
	at := time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)
	p, ctx := newPlan(b, routing.Sticky{Then: officeHours(fiveShares())}), b.Context()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := p.Route(ctx, routing.Enquiry{At: at}, allThere); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkReasons(b *testing.B) {
	d, err := newPlan(b, routing.Sticky{Then: officeHours(fiveShares())}).Route(b.Context(), routing.Enquiry{At: monday.Add(5 * time.Hour)}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		_ = d.String()
	}
}

func BenchmarkNextOpening(b *testing.B) {
	p := newPlan(b, officeHours(routing.Staff("a")))
	at := time.Date(2026, 3, 1, 15, 0, 0, 0, time.UTC)
	b.Run("Near", func(b *testing.B) {
		for b.Loop() {
			p.NextOpening(at)
		}
	})
	b.Run("Cold", func(b *testing.B) {
		i := 0
		for b.Loop() {
			i++
			p.NextOpening(at.AddDate(0, 0, 7*(i%50)))
		}
	})
}

func BenchmarkNew(b *testing.B) {
	r := routing.Sticky{Then: officeHours(fiveShares())}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := routing.New(r); err != nil {
			b.Fatal(err)
		}
	}
}
