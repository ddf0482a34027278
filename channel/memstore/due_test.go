package memstore_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/memstore"
)

// shown returns what Due shows of the route lane of a channel; fn fails on each.
func shown(tb testing.TB, s *memstore.Store, after, until time.Time, limit int) (ids []string) {
	tb.Helper()
	w := conversation.Want{Channels: []string{"shop"}, After: after, Until: until, Limit: limit}
	_, err := s.Due(tb.Context(), []conversation.Want{w}, func(c *conversation.Conversation, _ conversation.Lane) error {
		ids = append(ids, c.ID)
		return errors.New("fails")
	})
	if err != nil {
		tb.Fatal(err)
	}
	return ids
}

func due(tb testing.TB, s *memstore.Store, id string, at time.Time) {
	tb.Helper()
	change(tb, s, id, conversation.Look{}, func(c *conversation.Conversation) {
		c.Channel, c.Write = "shop", true
		c.Lane[conversation.LaneRoute].Due = 0
		if !at.IsZero() {
			c.Lane[conversation.LaneRoute].Due = at.UnixNano()
		}
	})
}

// Changes that fail time and again do not keep those that are due at the same moment from their turn.
func TestDueTakesTurns(t *testing.T) {
	t.Parallel()
	s := memstore.New()
	want := []string{"a", "b", "c", "d", "e"}
	for _, id := range want {
		due(t, s, id, monday)
	}
	var got []string
	for range 4 {
		got = append(got, shown(t, s, time.Time{}, monday, 2)...)
	}
	if want = append(want, "a", "b", "c"); !slices.Equal(got, want) {
		t.Errorf("shown %q, want %q", got, want)
	}
}

// Whatever moves, Due shows what a list gives that is sorted anew.
func TestDueAgainstSorting(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	s, lanes := memstore.New(), map[string]time.Time{}
	second := func() time.Time { return monday.Add(time.Duration(random.IntN(1000)) * time.Second) }
	for range 2000 {
		id, at := string(rune('a'+random.IntN(60))), second()
		if random.IntN(4) == 0 {
			at = time.Time{}
		}
		due(t, s, id, at)
		lanes[id] = at
		after, until, limit := second(), second(), 1+random.IntN(9)
		if random.IntN(2) == 0 {
			after = time.Time{}
		}
		var want []time.Time
		for _, at := range lanes {
			if !at.IsZero() && !at.After(until) && at.After(after) {
				want = append(want, at)
			}
		}
		slices.SortFunc(want, time.Time.Compare)
		want = want[:min(len(want), limit)]
		var got []time.Time
		for _, id := range shown(t, s, after, until, limit) {
			got = append(got, lanes[id])
		}
		if !slices.Equal(got, want) {
			t.Fatalf("after %v until %v: shown %v, want %v", after, until, got, want)
		}
	}
}
