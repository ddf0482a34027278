package live_test

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/examples/livechat/live"
)

func TestFeedTellsEachThingOnce(t *testing.T) {
	t.Parallel()
	var f live.Feed
	s := f.Subscribe()
	a, b := live.Key{Kind: "a"}, live.Key{Kind: "b", ID: "1"}
	for range 1000 {
		f.Changed(a, b)
	}
	if diff := cmp.Diff([]live.Key{a, b}, s.Take()); diff != "" {
		t.Error(diff)
	}
	if got := s.Take(); len(got) != 0 {
		t.Errorf("a second Take gives %v", got)
	}
	f.Changed(b)
	select {
	case <-s.Woken():
	default:
		t.Error("a change does not wake")
	}
	if diff := cmp.Diff([]live.Key{b}, s.Take()); diff != "" {
		t.Error(diff)
	}
}

// A page that does not read costs a bounded amount, and is told to read everything again.
func TestFeedIsBounded(t *testing.T) {
	t.Parallel()
	var f live.Feed
	s := f.Subscribe()
	for i := range 100_000 {
		f.Changed(live.Key{Kind: "x", ID: strconv.Itoa(i)})
	}
	keys := s.Take()
	if diff := cmp.Diff([]live.Key{{Kind: live.Reset}}, keys); diff != "" {
		t.Errorf("%d keys: %s", len(keys), diff)
	}
	f.Changed(live.Key{Kind: "y"})
	if diff := cmp.Diff([]live.Key{{Kind: "y"}}, s.Take()); diff != "" {
		t.Errorf("after a reset: %s", diff)
	}
}

func TestFeedForgetsWhoCloses(t *testing.T) {
	t.Parallel()
	var f live.Feed
	s := f.Subscribe()
	s.Close()
	f.Changed(live.Key{Kind: "x"})
	if f.Len() != 0 || len(s.Take()) != 0 {
		t.Error("a closed subscription is still told")
	}
}
