package tests

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
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

// BenchmarkReceive measures messages accepted per second beside the floor: the same rows written raw in batches of
// as many as there are callers, by one, two or three writers, whichever is fastest. Both take turns in one run:
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
	const slice = 400 * time.Millisecond
	var stored, floor, c1, c2 []float64
	lastCPU := 0.0
	writers := 1
	measure := func(fn func(n int) error) float64 {
		n := callers * 8
		for {
			from, c0 := time.Now(), cpu()
			if err := fn(n); err != nil {
				b.Fatal(err)
			}
			took := time.Since(from)
			lastCPU = float64((cpu()-c0).Microseconds()) / float64(n)
			if took >= slice/2 {
				return float64(n) / took.Seconds()
			}
			n = max(2*n, int(float64(n)*float64(slice)/float64(took+1)))
			n = min(n, 1<<17)
		}
	}
	raws := func(n int) error {
		size := max(1, callers/writers)
		return f.write(writers, size, max(1, n/size/writers))
	}
	if p.conns > 1 && p.driver == "pgx" && callers > 1 {
		best := 0.0
		for w := 1; w <= 3; w++ {
			was := writers
			writers = w
			if r := measure(raws); r > best {
				best = r
			} else {
				writers = was
			}
		}
	}
	b.ResetTimer()
	for b.Loop() {
		for range 7 {
			stored = append(stored, measure(func(n int) error { return v.send(callers, n) }))
			c1 = append(c1, lastCPU)
			floor = append(floor, measure(raws))
			c2 = append(c2, lastCPU)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(stored), "msg/s")
	b.ReportMetric(median(floor), "floor/s")
	b.ReportMetric(median(stored)/median(floor), "of-floor")
	b.ReportMetric(float64(writers), "writers")
	b.ReportMetric(float64(sqlstore.BatchR.Load())/float64(sqlstore.BatchN.Load()), "batch")
	b.ReportMetric(median(c1), "cpu-us/msg")
	b.ReportMetric(median(c2), "floor-cpu-us")
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

func cpu() time.Duration { var r syscall.Rusage; _ = syscall.Getrusage(0, &r); return time.Duration(r.Utime.Nano()+r.Stime.Nano()) }
