package channel_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/conversation"
)

// open records an enquiry of a visitor of its own, and returns it.
func open(tb testing.TB, s *channel.MemStore, name string, n int, at time.Time) conversation.Enquiry {
	tb.Helper()
	id := fmt.Sprintf("%020d", n)
	var e conversation.Enquiry
	err := s.Update(tb.Context(), id, conversation.Look{}, func(c *conversation.Conversation) error {
		c.Channel, c.Generation, c.Visitor.ID = name, "GENERA", conversation.VisitorID(id)
		e = conversation.Enquiry{
			ID: conversation.EnquiryID(id + "GENERAe1"), Channel: name, Visitor: c.Visitor, Status: conversation.Opened, OpenedAt: at,
		}
		c.Enquiry, c.Save, c.Write = new(e), true, true
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

var lists = []string{"a", "b", "c"}

// crowd opens n enquiries at random, many of them at the same moment, and returns them in the order of Enquiries.
func crowd(tb testing.TB, s *channel.MemStore, random *rand.Rand, n int) []conversation.Enquiry {
	tb.Helper()
	all := make([]conversation.Enquiry, n)
	for i := range all {
		all[i] = open(tb, s, lists[random.IntN(3)*random.IntN(2)], i, monday.Add(time.Duration(random.IntN(n/3))*time.Second))
	}
	slices.SortFunc(all, func(a, b conversation.Enquiry) int {
		return cmp.Or(b.OpenedAt.Compare(a.OpenedAt), cmp.Compare(b.ID, a.ID))
	})
	return all
}

// Lists of more than a chunk, of one channel and of several, are what sorting everything gives.
func TestMemStoreLists(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	s := channel.NewMemStore()
	all := crowd(t, s, random, 3000)
	moment := func() time.Time { return all[random.IntN(len(all))].OpenedAt }
	for n := range 200 {
		var q conversation.Query
		if random.IntN(2) == 0 {
			q.From = moment()
		}
		if random.IntN(2) == 0 {
			q.To = moment()
		}
		if random.IntN(2) == 0 {
			q.Before = all[random.IntN(len(all))].ID
		}
		if random.IntN(3) == 0 {
			q.Limit = 1 + random.IntN(60)
		}
		for range random.IntN(3) {
			q.Channels = append(q.Channels, lists[random.IntN(len(lists))])
		}
		var want, got []string
		passed := q.Before == ""
		for _, e := range all {
			if passed && q.Matches(&e) && (q.Limit == 0 || len(want) < q.Limit) {
				want = append(want, string(e.ID))
			}
			passed = passed || e.ID == q.Before
		}
		for e, err := range s.Enquiries(t.Context(), q) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(e.ID))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("query %d, %+v: %d enquiries, want %d", n, q, len(got), len(want))
		}
	}
	for e := range s.Enquiries(t.Context(), conversation.Query{Before: conversation.EnquiryID(strings.Repeat("0", 20) + "GENERAe2")}) {
		t.Fatalf("after one that nobody knows comes %s", e.ID)
	}
}

// What is opened while a list is read neither repeats nor hides what was there.
func TestMemStoreListsWhileOpening(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	s := channel.NewMemStore()
	all := crowd(t, s, random, 2000)
	next := len(all)
	known := map[conversation.EnquiryID]bool{}
	for _, e := range all {
		known[e.ID] = true
	}
	var last conversation.Enquiry
	seen := 0
	for e, err := range s.Enquiries(t.Context(), conversation.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if last.ID != "" && cmp.Or(last.OpenedAt.Compare(e.OpenedAt), cmp.Compare(last.ID, e.ID)) <= 0 {
			t.Fatalf("%s of %v comes after %s of %v", e.ID, e.OpenedAt, last.ID, last.OpenedAt)
		}
		last = e
		if known[e.ID] {
			seen++
		}
		if next < 3000 {
			at := e.OpenedAt.Add(time.Duration(random.IntN(120)-60) * time.Second)
			open(t, s, lists[random.IntN(3)], next, at)
			next++
		}
	}
	if seen != len(all) {
		t.Errorf("%d of those that were there, want %d", seen, len(all))
	}
}

// BenchmarkEnquiries reads a page of 50 in the middle of the list of every channel.
func BenchmarkEnquiries(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			s := channel.NewMemStore()
			all := crowd(b, s, rand.New(rand.NewPCG(5, 6)), n)
			q := conversation.Query{Before: all[n/2].ID, Limit: 50}
			b.ReportAllocs()
			for b.Loop() {
				count := 0
				for range s.Enquiries(b.Context(), q) {
					count++
				}
				if count != 50 {
					b.Fatal(count)
				}
			}
		})
	}
}
