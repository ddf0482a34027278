package tests_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
)

// maxGrowth is how much more a message may cost when a million conversations are stored.
const maxGrowth = 1.3

// TestSize: what a message costs hardly depends on how many conversations are stored. Visitors who are live write
// by turns to a store with a thousand stored conversations and to one with many, in one run.
//
//	USHER_LONG=1 go test -C examples/sql ./tests -run TestSize -v
func TestSize(t *testing.T) {
	if !long() {
		t.Skip("takes minutes: USHER_LONG=1")
	}
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			var all [2]*visitors
			for i, stored := range []int{1000, crowd()} {
				p := e.fresh(t)
				db := p.database(t)
				s := p.storeOn(t, db)
				fill(t, p, db, stored)
				_, ch := newDesk(t, s, nil)
				all[i] = &visitors{ch: ch}
				if err := all[i].send(64, 3*live); err != nil {
					t.Fatal(err)
				}
			}
			var rates, fresh [2][]float64
			for range 25 {
				for i, v := range all {
					rates[i] = append(rates[i], speed(t, 16, func(n int) error { return v.send(16, n) }))
					fresh[i] = append(fresh[i], newcomers(t, v.ch, 200))
				}
			}
			for what, r := range map[string][2][]float64{"live visitors": rates, "new visitors": fresh} {
				few, many := median(r[0]), median(r[1])
				t.Logf("%s: %.0f messages per second with 1000 stored conversations, %.0f with %d: a message costs %.2f times as much",
					what, few, many, crowd(), few/many)
				if few/many > maxGrowth {
					t.Errorf("%s: more than %.1f times", what, maxGrowth)
				}
			}
		})
	}
}

var newcomer = time.Now().UnixNano()

// newcomers is how many first messages of new visitors are taken per second.
func newcomers(t *testing.T, ch *channel.Channel, n int) float64 {
	t.Helper()
	from := time.Now()
	errs := make(chan error, n)
	for range n {
		newcomer++
		id := strconv.FormatInt(newcomer, 36)
		go func() {
			_, err := ch.Receive(context.Background(), channel.Inbound{
				Visitor: channel.Visitor{ID: channel.VisitorID(id)}, Message: messages.Message{ID: fmt.Sprint("m", id), Text: "hello"},
			})
			errs <- err
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
	return float64(n) / time.Since(from).Seconds()
}
