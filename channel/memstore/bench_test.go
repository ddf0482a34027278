package memstore_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/memstore"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// say records a message as the hub does: with the head, two lanes and a key.
func say(tb testing.TB, s *memstore.Store, id, name string, n int) {
	tb.Helper()
	key := "v\x00" + strconv.Itoa(n)
	change(tb, s, id, conversation.Look{Once: []string{key}}, func(c *conversation.Conversation) {
		c.Channel, c.Generation, c.Visitor.ID = name, "GENERA", conversation.VisitorID(id)
		c.Visitor.Name, c.Write = "Ann Other", true
		at := monday.Add(time.Duration(n) * time.Second)
		var state *conversation.Enquiry
		if c.Enquiry == nil {
			c.Count = 1
			c.Enquiry = &conversation.Enquiry{
				ID: c.EnquiryID(1), Channel: name, Visitor: c.Visitor, Status: conversation.Handling, OpenedAt: at,
				Staff: conversation.Staff{ID: "zoe"}, Destination: routing.Staff("zoe"),
			}
			c.Save, state = true, c.Enquiry
		} else {
			c.Enquiry = new(*c.Enquiry)
			c.Enquiry.LastMessageAt = at
		}
		c.Seq++
		c.Added = []conversation.Record{{
			Seq: c.Seq, At: at, Enquiry: c.Enquiry.ID, Once: key, Notify: true, Author: conversation.FromVisitor,
			Message: new(messages.Text("Is the blue one in stock?")), Event: conversation.MessageReceived, State: state,
		}}
		c.Lane[conversation.LaneNotify].Last = c.Seq
		c.Lane[conversation.LaneNotify].Due = at.UnixNano()
	})
}

// settle lets the host's lane pass everything.
func settle(tb testing.TB, s *memstore.Store, id string) {
	tb.Helper()
	change(tb, s, id, conversation.Look{}, func(c *conversation.Conversation) {
		k := &c.Lane[conversation.LaneNotify]
		k.Done, k.Due, c.Write = k.Last, 0, true
	})
}

// BenchmarkUpdate records a new message, of one of so many conversations.
func BenchmarkUpdate(b *testing.B) {
	for _, n := range []int{1, 10_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			s, ids := memstore.New(), make([]string, n)
			for i := range ids {
				ids[i] = conversation.ID("shop", conversation.VisitorID(strconv.Itoa(i)))
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				say(b, s, ids[i%n], "shop", i)
			}
		})
	}
}

// BenchmarkIdle fills the store with conversations that have nothing to do, of so many settled messages each, and
// reports the heap that one takes.
func BenchmarkIdle(b *testing.B) {
	const conversations = 5_000
	for _, n := range []int{1, 4, 40} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			for b.Loop() {
				before := heap()
				s := memstore.New()
				for i := range conversations {
					id := conversation.ID("shop", conversation.VisitorID(strconv.Itoa(i)))
					for m := range n {
						say(b, s, id, "shop", m)
					}
					settle(b, s, id)
				}
				b.ReportMetric(float64(heap()-before)/conversations, "B/conversation")
				runtime.KeepAlive(s)
			}
		})
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkEnquiries reads a page of 50 in the middle of the list of every channel.
func BenchmarkEnquiries(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		s := memstore.New()
		all := crowd(b, s, rand.New(rand.NewPCG(5, 6)), n)
		for name, q := range map[string]conversation.Query{
			"all":      {},
			"channel":  {Channels: []string{"a"}},
			"channels": {Channels: []string{"b", "c"}},
		} {
			q.Before, q.Limit = all[n/2].ID, 50
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
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
}

// BenchmarkDue takes 32 of those that are due at once, which stay due.
func BenchmarkDue(b *testing.B) {
	for _, n := range []int{100, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			s := memstore.New()
			for i := range n {
				due(b, s, strconv.Itoa(i), monday)
			}
			b.ReportAllocs()
			for b.Loop() {
				shown(b, s, time.Time{}, monday, 32)
			}
		})
	}
}

// BenchmarkBacklog settles one by one what lies at the beginning of a long log.
func BenchmarkBacklog(b *testing.B) {
	const backlog = 20_000
	s := memstore.New()
	change(b, s, "a", conversation.Look{}, func(c *conversation.Conversation) {
		for range backlog {
			c.Seq++
			c.Added = append(c.Added, conversation.Record{Seq: c.Seq, At: monday, Deliver: true})
		}
		c.Channel, c.Write = "shop", true
	})
	look := conversation.Look{Lane: conversation.LaneDeliver, Ahead: 1}
	for b.Loop() {
		change(b, s, "a", look, func(c *conversation.Conversation) {
			k := &c.Lane[conversation.LaneDeliver]
			k.Done, c.Write = (k.Done+1)%backlog, true
		})
	}
}
