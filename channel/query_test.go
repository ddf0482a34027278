package channel_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// overview is a world with two channels and enquiries of every status: numbers 1 to 6 in the shop, a second
// apart, and 1 and 2 in the forum.
func overview(t *testing.T) (w *world, forum *channel.Channel) {
	t.Helper()
	w = newWorld(t, by(routing.Alternative{routing.Staff("ann"), routing.Team("sales")}))
	s := w.settings
	s.ID = "forum"
	forum, err := w.hub.Connect(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	next := func(v channel.VisitorID) channel.EnquiryID {
		w.advance(time.Second)
		return w.hearFrom(v, "hi")
	}
	w.close(next("a"), eve)                             // 1 closed, never accepted
	w.accept(next("b"), ann)                            // 2 handled by ann
	missed := next("c")                                 // 3 missed
	w.decline(missed, ann)                              //
	w.decline(missed, channel.Staff{ID: "sales"})       //
	team := next("a")                                   // 4 handled by bob, through the team
	w.decline(team, ann)                                //
	w.accept(team, bob)                                 //
	w.decline(next("d"), ann)                           // 5 offered to the team
	w.staff.Set("ann", routing.Offline, 0)              //
	next("e")                                           // 6 offered to the team
	w.staff.Set("ann", routing.Active, 0)               //
	for _, v := range []channel.VisitorID{"a", "zoe"} { // the forum's
		w.advance(time.Second)
		_, err := forum.Receive(t.Context(), channel.Inbound{
			Visitor: channel.Visitor{ID: v}, Message: messages.Message{ID: "1", Text: "hi"},
		})
		w.must(err)
	}
	return w, forum
}

// numbers lists enquiries as "shop 3", or the error.
func numbers(seq iter.Seq2[channel.Enquiry, error]) []string {
	var out []string
	for e, err := range seq {
		if err != nil {
			return append(out, err.Error())
		}
		out = append(out, fmt.Sprint(e.Channel, " ", e.Number))
	}
	return out
}

func TestEnquiries(t *testing.T) {
	t.Parallel()
	w, forum := overview(t)
	ctx := t.Context()
	third := ""
	for e := range w.ch.Enquiries(ctx, channel.Query{}) {
		if e.Number == 3 {
			third = string(e.ID)
		}
	}
	after := func(n int) time.Time { return monday.Add(time.Duration(n) * time.Second) }
	for _, tt := range []struct {
		name string
		q    channel.Query
		want []string
	}{
		{"all", channel.Query{}, []string{"forum 2", "forum 1", "shop 6", "shop 5", "shop 4", "shop 3", "shop 2", "shop 1"}},
		{"a channel", channel.Query{Channels: []string{"forum"}}, []string{"forum 2", "forum 1"}},
		{"two channels", channel.Query{Channels: []string{"forum", "shop"}, Limit: 3}, []string{"forum 2", "forum 1", "shop 6"}},
		{"no such channel", channel.Query{Channels: []string{"bar"}}, nil},
		{"opened", channel.Query{Status: []channel.Status{channel.Opened}}, []string{"forum 2", "forum 1", "shop 6", "shop 5"}},
		{"missed or closed", channel.Query{Status: []channel.Status{channel.Missed, channel.Closed}}, []string{"shop 3", "shop 1"}},
		{"a visitor, in all channels", channel.Query{Visitor: "a"}, []string{"forum 1", "shop 4", "shop 1"}},
		{"a visitor in one", channel.Query{Visitor: "a", Channels: []string{"shop"}}, []string{"shop 4", "shop 1"}},
		{"no such visitor", channel.Query{Visitor: "nobody"}, nil},
		{"staff", channel.Query{Staff: "bob"}, []string{"shop 4"}},
		{"a team", channel.Query{Destination: routing.Team("sales")}, []string{"shop 6", "shop 5", "shop 4", "shop 3"}},
		{"offered to ann", channel.Query{Destination: routing.Staff("ann")}, []string{"forum 2", "forum 1", "shop 2", "shop 1"}},
		{"from", channel.Query{From: after(6)}, []string{"forum 2", "forum 1", "shop 6"}},
		{"to", channel.Query{To: after(2)}, []string{"shop 1"}},
		{"from and to", channel.Query{From: after(2), To: after(4)}, []string{"shop 3", "shop 2"}},
		{"limit", channel.Query{Limit: 2}, []string{"forum 2", "forum 1"}},
		{"before", channel.Query{Before: channel.EnquiryID(third)}, []string{"shop 2", "shop 1"}},
		{"before, with a filter", channel.Query{Before: channel.EnquiryID(third), Staff: "ann"}, []string{"shop 2"}},
		{
			"everything", channel.Query{
				Channels: []string{"shop"}, Status: []channel.Status{channel.Handling}, Visitor: "a", Staff: "bob",
				Destination: routing.Team("sales"), From: after(1), To: after(100), Limit: 10,
			}, []string{"shop 4"},
		},
	} {
		if diff := cmp.Diff(tt.want, numbers(w.hub.Enquiries(ctx, tt.q))); diff != "" {
			t.Errorf("hub: %s (-want +got):\n%s", tt.name, diff)
		}
	}
	if diff := cmp.Diff([]string{"forum 2", "forum 1"}, numbers(forum.Enquiries(ctx, channel.Query{}))); diff != "" {
		t.Errorf("a channel's own (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"forum 2", "forum 1"}, numbers(forum.Enquiries(ctx, channel.Query{Channels: []string{"shop"}}))); diff != "" {
		t.Errorf("a channel shows another's (-want +got):\n%s", diff)
	}
}

// Page after page is the whole, for every size of a page, also where many were opened at the same moment.
func TestPaging(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 23 {
		if i%5 == 0 {
			w.advance(time.Second)
		}
		w.receive(channel.VisitorID(fmt.Sprint("v", i)), "hi")
	}
	whole := numbers(w.ch.Enquiries(t.Context(), channel.Query{}))
	if len(whole) != 23 {
		t.Fatalf("%d enquiries", len(whole))
	}
	for size := 1; size <= 24; size++ {
		var pages []string
		q := channel.Query{Limit: size}
		for {
			before := len(pages)
			for e, err := range w.hub.Enquiries(t.Context(), q) {
				if err != nil {
					t.Fatal(err)
				}
				pages = append(pages, fmt.Sprint(e.Channel, " ", e.Number))
				q.Before = e.ID
			}
			if n := len(pages) - before; n > size {
				t.Fatalf("a page of %d has %d", size, n)
			} else if n == 0 {
				break
			}
		}
		if diff := cmp.Diff(whole, pages); diff != "" {
			t.Errorf("in pages of %d (-whole +pages):\n%s", size, diff)
		}
	}
}

// The overview and the single enquiry are the same.
func TestEnquiryIsTheSameEverywhere(t *testing.T) {
	t.Parallel()
	w, _ := overview(t)
	for e, err := range w.ch.Enquiries(t.Context(), channel.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, w.enquiry(e.ID)); diff != "" {
			t.Errorf("overview and enquiry differ:\n%s", diff)
		}
		got, err := w.hub.Enquiry(t.Context(), e.ID)
		if diff := cmp.Diff(e, got); diff != "" || err != nil {
			t.Errorf("overview and the hub's enquiry differ, %v:\n%s", err, diff)
		}
	}
	for _, id := range []channel.EnquiryID{"", "x", "0123456789012345678901234567e1"} {
		if _, err := w.hub.Enquiry(t.Context(), id); !errors.Is(err, channel.ErrNotFound) {
			t.Errorf("hub: %q: %v, want ErrNotFound", id, err)
		}
		if _, err := w.ch.Enquiry(t.Context(), id); !errors.Is(err, channel.ErrNotFound) {
			t.Errorf("channel: %q: %v, want ErrNotFound", id, err)
		}
		for _, err := range w.ch.Transcript(t.Context(), id) {
			if !errors.Is(err, channel.ErrNotFound) {
				t.Errorf("transcript: %q: %v, want ErrNotFound", id, err)
			}
		}
	}
}

// A loop over enquiries may stop, call anything meanwhile, and ends with its context.
func TestLoopOverEnquiries(t *testing.T) {
	t.Parallel()
	w, _ := overview(t)
	for e, err := range w.hub.Enquiries(t.Context(), channel.Query{Status: []channel.Status{channel.Opened}}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Channel == "shop" {
			w.close(e.ID, eve)
		}
	}
	if got := numbers(w.ch.Enquiries(t.Context(), channel.Query{Status: []channel.Status{channel.Opened}})); got != nil {
		t.Errorf("still opened: %v", got)
	}
	for range w.hub.Enquiries(t.Context(), channel.Query{}) {
		break
	}
	for range w.ch.Transcript(t.Context(), w.host.all()[0].Enquiry.ID) {
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	failed := 0
	for _, err := range w.hub.Enquiries(ctx, channel.Query{}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("with a context that ended: %v", err)
		}
		failed++
	}
	if failed != 1 {
		t.Errorf("an ended context yields %d times, want once", failed)
	}
}
