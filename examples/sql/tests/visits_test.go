package tests_test

import (
	"flag"
	"testing"

	"github.com/usherchat/usher/internal/visits"
)

var (
	firstSeed = flag.Uint64("seed", 0, "TestVisits: the first seed")
	histories = flag.Int("histories", 1, "TestVisits: how many histories of 40 visits on each database")
)

// TestVisits makes histories of visits on the databases and checks them, as internal/visits does in memory.
func TestVisits(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			var sum visits.Result
			for i := range *histories {
				r, err := visits.Run(t.Context(), visits.Config{
					Seed: *firstSeed + uint64(i), Visits: 40, Store: e.fresh(t).store(t), Time: visits.NewStepped(),
				})
				if err != nil {
					t.Error(err)
				}
				sum.Add(r)
			}
			t.Logf("%+v", sum)
		})
	}
}
