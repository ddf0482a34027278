package tests_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
)

// TestRepeatedLate: messages that come again after so many others that no process has them at hand any more, and
// together with new ones of all visitors, are told to be repeats, and nothing else suffers from them; the same from
// two processes at once.
func TestRepeatedLate(t *testing.T) {
	const visitors, earlier, rounds = 12, 60, 5
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			p := e.fresh(t)
			db := p.database(t)
			var desks [2]*channel.Channel
			for i := range desks {
				_, desks[i] = newDesk(t, p.storeOn(t, db), nil)
			}
			send := func(desk, visitor, n int) channel.Accepted {
				got, err := desks[desk].Receive(t.Context(), channel.Inbound{
					Visitor: channel.Visitor{ID: channel.VisitorID(fmt.Sprint("visitor ", visitor))},
					Message: messages.Message{ID: fmt.Sprint(n), Text: fmt.Sprintf("line %d\nof \\ \"%d\"\t{}", n, visitor)},
				})
				if err != nil {
					t.Errorf("message %d of visitor %d: %v", n, visitor, err)
				}
				return got
			}
			each := func(fn func(visitor int)) {
				var all sync.WaitGroup
				for v := range visitors {
					all.Go(func() { fn(v) })
				}
				all.Wait()
			}
			var first [visitors][rounds]channel.Accepted
			each(func(v int) {
				for n := range earlier {
					if got := send(n%2, v, n); n < rounds {
						first[v][n] = got
					}
				}
			})
			for round := range rounds {
				var again, fresh [visitors][2]channel.Accepted
				var all sync.WaitGroup
				for v := range visitors {
					for desk := range desks {
						all.Go(func() { again[v][desk] = send(desk, v, round) })
						all.Go(func() { fresh[v][desk] = send(desk, v, earlier+round) })
					}
				}
				all.Wait()
				for v := range visitors {
					for _, got := range again[v] {
						if !got.Duplicate || got.Message != first[v][round].Message {
							t.Errorf("visitor %d, message %d again: got %+v, want a duplicate of %+v", v, round, got, first[v][round])
						}
					}
					if a, b := fresh[v][0], fresh[v][1]; a.Duplicate == b.Duplicate || a.Message != b.Message {
						t.Errorf("visitor %d, a new message twice at once: got %+v and %+v", v, a, b)
					}
				}
			}
			var stored int
			err := db.QueryRow(`SELECT COUNT(*) FROM ` + p.table("records") + ` WHERE once IS NOT NULL`).Scan(&stored)
			if want := visitors * (earlier + rounds); err != nil || stored != want {
				t.Errorf("%d messages are stored, %v, want %d", stored, err, want)
			}
		})
	}
}
