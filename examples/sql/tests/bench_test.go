package tests_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/sqlstore"
	"github.com/usherchat/usher/messages"
)

// live is how many conversations the benchmarks write in.
const live = 1000

// visitors sends messages of live conversations through Receive.
type visitors struct {
	ch *channel.Channel
	n  atomic.Int64
}

// send has callers send messages until there are count more.
func (v *visitors) send(callers, count int) error {
	left := atomic.Int64{}
	left.Store(int64(count))
	errs := make(chan error, callers)
	for range callers {
		go func() {
			for left.Add(-1) >= 0 {
				if err := v.one(); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range callers {
		if err := <-errs; err != nil {
			return err
		}
	}
	return nil
}

func (v *visitors) one() error {
	n := v.n.Add(1)
	_, err := v.ch.Receive(context.Background(), channel.Inbound{
		Visitor: channel.Visitor{ID: channel.VisitorID("visitor-" + strconv.FormatInt(n%live, 10)), Name: "Zoe Miller"},
		Message: messages.Message{ID: "message-" + strconv.FormatInt(n, 10), Text: "Hello, is my parcel on its way? I have waited for a week."},
	})
	return err
}

// BenchmarkReceive measures messages accepted per second beside two floors, which take turns with it in one run:
// the same rows written raw by a plain group commit with as many callers (with one, two or three writers, whichever
// is fastest), and written in bulk, batches of as many one after the other, where nobody waits for a row.
//
//	go test -C examples/sql ./tests -run - -bench Receive -benchtime 1x
func BenchmarkReceive(b *testing.B) {
	for _, e := range engines {
		for _, callers := range []int{1, 16, 64} {
			b.Run(fmt.Sprintf("%s/%d", e.name, callers), func(b *testing.B) { benchReceive(b, e, callers) })
		}
	}
}

func benchReceive(b *testing.B, e engine, callers int) {
	p := e.fresh(b)
	db := p.database(b)
	_, ch := newDesk(b, p.storeOn(b, db), nil)
	v := &visitors{ch: ch}
	if err := v.send(64, 3*live); err != nil {
		b.Fatal(err)
	}
	raw := p
	raw.prefix = fmt.Sprintf("f%d_", prefixes.Add(1))
	f := newFloor(b, p, raw, db)
	writers := f.fastest(callers)
	turns := []func(n int) error{
		func(n int) error { return v.send(callers, n) },
		func(n int) error { return f.write(callers, writers, n) },
		func(n int) error { return f.bulk(callers, n) },
	}
	rates := make([][]float64, len(turns))
	b.ResetTimer()
	for b.Loop() {
		for range 9 {
			for i, turn := range turns {
				rates[i] = append(rates[i], speed(b, callers, turn))
			}
		}
	}
	stored, floor, bulk := median(rates[0]), median(rates[1]), median(rates[2])
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(stored, "msg/s")
	b.ReportMetric(floor, "floor/s")
	b.ReportMetric(bulk, "bulk/s")
	b.ReportMetric(stored/floor, "of-floor")
	b.ReportMetric(stored/bulk, "of-bulk")
}

// fastest returns how many writers the floor is fastest with.
func (f *floor) fastest(callers int) int {
	writers, best := 1, 0.0
	for w := 1; w <= 3 && callers > 1 && f.place.dialect == sqlstore.PostgreSQL; w++ {
		if r := speed(f.tb, callers, func(n int) error { return f.write(callers, w, n) }); r > best {
			writers, best = w, r
		}
	}
	return writers
}

// speed is how many rows per second fn writes, measured for about a third of a second.
func speed(tb testing.TB, callers int, fn func(n int) error) float64 {
	tb.Helper()
	const slice = 350 * time.Millisecond
	for n := callers * 8; ; {
		from := time.Now()
		if err := fn(n); err != nil {
			tb.Fatal(err)
		}
		took := time.Since(from)
		if took >= slice/2 || n >= 1<<17 {
			return float64(n) / took.Seconds()
		}
		n = min(1<<17, max(2*n, int(float64(n)*float64(slice)/float64(took+1))))
	}
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// BenchmarkCycle measures whole cycles: received, told to the host, answered, posted to the source, told again.
func BenchmarkCycle(b *testing.B) {
	for _, e := range engines {
		b.Run(e.name, func(b *testing.B) { benchCycle(b, e) })
	}
}

func benchCycle(b *testing.B, e engine) {
	var ch *channel.Channel
	var done sync.WaitGroup
	room := make(chan struct{}, 64)
	h, ch := newDesk(b, e.fresh(b).store(b), func(ctx context.Context, ev channel.Event) error {
		switch ev.Type {
		case channel.MessageReceived:
			_, err := ch.Reply(ctx, ev.Enquiry.ID, channel.Staff{ID: "ann"}, messages.Message{ID: "r" + ev.Message.ID, Text: "It is."})
			return err
		case channel.MessageSent:
			<-room
			done.Done()
		}
		return nil
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := h.Run(ctx); err != nil {
			b.Error(err)
		}
	})
	v := &visitors{ch: ch}
	b.ResetTimer()
	from := time.Now()
	for range b.N {
		room <- struct{}{}
		done.Add(1)
		go func() {
			if err := v.one(); err != nil {
				b.Error(err)
			}
		}()
	}
	done.Wait()
	b.ReportMetric(float64(b.N)/time.Since(from).Seconds(), "cycles/s")
	b.StopTimer()
	cancel()
	running.Wait()
}
