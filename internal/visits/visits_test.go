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

// TestVisits makes histories in bubbles, with Run at work and all its concurrency.
func TestVisits(t *testing.T) {
	t.Parallel()
	results := make(chan visits.Result, *number)
	t.Run("histories", func(t *testing.T) {
		for i := range *number {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r, err := visits.Run(t.Context(), visits.Config{
						Seed: *first + uint64(i), Visits: 100, Store: channel.NewMemStore(), Time: visits.Live{Wait: synctest.Wait},
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
