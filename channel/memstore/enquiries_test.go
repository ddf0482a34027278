package memstore_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/memstore"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// change makes a change that succeeds.
func change(tb testing.TB, s *memstore.Store, id string, look conversation.Look, fn func(*conversation.Conversation)) {
	tb.Helper()
	err := s.Update(tb.Context(), id, look, func(c *conversation.Conversation) error {
		fn(c)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// open records an enquiry of a visitor of its own, and returns it.
func open(tb testing.TB, s *memstore.Store, name string, n int, at time.Time) conversation.Enquiry {
	tb.Helper()
	visitor := conversation.VisitorID(fmt.Sprint("visitor ", n))
	var e conversation.Enquiry
	change(tb, s, conversation.ID(name, visitor), conversation.Look{}, func(c *conversation.Conversation) {
		c.Channel, c.Generation, c.Visitor.ID = name, "GENERA", visitor
		e = conversation.Enquiry{
			ID: c.EnquiryID(1), Channel: name, Visitor: c.Visitor, Status: conversation.Opened, OpenedAt: at,
		}
		c.Enquiry, c.Save, c.Write = new(e), true, true
	})
	return e
}

var names = []string{"a", "b", "c"}

// crowd opens n enquiries at random, many of them at the same moment, and returns them in the order of Enquiries.
func crowd(tb testing.TB, s *memstore.Store, random *rand.Rand, n int) []conversation.Enquiry {
	tb.Helper()
	all := make([]conversation.Enquiry, n)
	for i := range all {
		all[i] = open(tb, s, names[random.IntN(3)*random.IntN(2)], i, monday.Add(time.Duration(random.IntN(n/3))*time.Second))
	}
	slices.SortFunc(all, func(a, b conversation.Enquiry) int {
		return cmp.Or(b.OpenedAt.Compare(a.OpenedAt), cmp.Compare(b.ID, a.ID))
	})
	return all
}

// Lists of more than a page, of one channel and of several, are what sorting everything gives.
func TestEnquiriesAgainstSorting(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	s := memstore.New()
	all := crowd(t, s, random, 3000)
	some := func() conversation.Enquiry { return all[random.IntN(len(all))] }
	for n := range 300 {
		var q conversation.Query
		if random.IntN(2) == 0 {
			q.From = some().OpenedAt
		}
		if random.IntN(2) == 0 {
			q.To = some().OpenedAt
		}
		if random.IntN(2) == 0 {
			q.Before = some().ID
		}
		if random.IntN(3) == 0 {
			q.Limit = 1 + random.IntN(60)
		}
		if random.IntN(8) == 0 {
			q.Visitor = some().Visitor.ID
		}
		for range random.IntN(3) {
			q.Channels = append(q.Channels, names[random.IntN(len(names))])
		}
		var want, got []conversation.EnquiryID
		passed := q.Before == ""
		for _, e := range all {
			if passed && q.Matches(&e) && (q.Limit == 0 || len(want) < q.Limit) {
				want = append(want, e.ID)
			}
			passed = passed || e.ID == q.Before
		}
		for e, err := range s.Enquiries(t.Context(), q) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e.ID)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("query %d, %+v: %d enquiries, want %d", n, q, len(got), len(want))
		}
	}
	unknown := conversation.EnquiryID(strings.TrimSuffix(string(all[0].ID), "1") + "2")
	for e := range s.Enquiries(t.Context(), conversation.Query{Before: unknown}) {
		t.Fatalf("after one that is not known comes %s", e.ID)
	}
}

// What is opened while a list is read neither repeats nor hides what was there.
func TestEnquiriesWhileOpening(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	s := memstore.New()
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
			open(t, s, names[random.IntN(3)], next, e.OpenedAt.Add(time.Duration(random.IntN(120)-60)*time.Second))
			next++
		}
	}
	if seen != len(all) {
		t.Errorf("%d of those that were there, want %d", seen, len(all))
	}
}
