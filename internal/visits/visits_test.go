package visits_test

import (
	"flag"
	"testing"
	"testing/synctest"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/internal/visits"
)

var (
	first  = flag.Uint64("seed", 0, "the first seed")
	number = flag.Int("histories", 20, "how many histories of 100 visits to make")
)

// histories makes histories of 100 visits in bubbles and adds up what happened.
func histories(t *testing.T, time func() visits.Time) {
	t.Helper()
	results := make(chan visits.Result, *number)
	t.Run("histories", func(t *testing.T) {
		for i := range *number {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r, err := visits.Run(t.Context(), visits.Config{
						Seed: *first + uint64(i), Visits: 100, Store: channel.NewMemStore(), Time: time(),
					})
					if err != nil {
						t.Error(err)
					}
					results <- r
				})
			})
		}
	})
	close(results)
	var sum visits.Result
	for r := range results {
		sum.Add(r)
	}
	t.Logf("%+v", sum)
}

// TestVisits lets Run be at work, with all its concurrency.
func TestVisits(t *testing.T) {
	t.Parallel()
	histories(t, func() visits.Time { return visits.Live{Wait: synctest.Wait} })
}

// TestSteps works with RunDue on a fake clock.
func TestSteps(t *testing.T) {
	t.Parallel()
	histories(t, func() visits.Time { return visits.NewStepped() })
}

// A history on a fake clock, where what happens together is done in order, can be made again exactly.
func TestSeeds(t *testing.T) {
	t.Parallel()
	var last uint64
	for seed := range uint64(3) {
		var digests [2]uint64
		for n := range digests {
			synctest.Test(t, func(t *testing.T) {
				steps := visits.NewStepped()
				steps.Sequential = true
				r, err := visits.Run(t.Context(), visits.Config{
					Seed: *first + seed, Visits: 100, Store: channel.NewMemStore(), Time: steps,
				})
				if err != nil {
					t.Error(err)
				}
				digests[n] = r.Digest
			})
		}
		if digests[0] != digests[1] || digests[0] == last {
			t.Errorf("seed %d: digests %x, the seed before had %x", seed, digests, last)
		}
		last = digests[0]
	}
}
