package channel_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/messages"
	"github.com/usherchat/usher/routing"
)

// longLog is a conversation beside a list that is what the store has to remember of it.
type longLog struct {
	*testing.T
	store conversation.Store
	rand  *rand.Rand
	id    string
	list  []conversation.Record
	seq   int64
	done  [conversation.Lanes]int64
	blank int64 // records up to it were forgotten
}

var someTime = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func (l *longLog) update(look conversation.Look, fn func(*conversation.Conversation)) {
	l.Helper()
	err := l.store.Update(l.Context(), l.id, look, func(c *conversation.Conversation) error {
		fn(c)
		return nil
	})
	if err != nil {
		l.Fatal(err)
	}
}

// add appends one to three records.
func (l *longLog) add() {
	var added []conversation.Record
	for range 1 + l.rand.IntN(3) {
		l.seq++
		r := conversation.Record{
			Seq: l.seq, At: someTime.Add(time.Duration(l.seq) * time.Second), Enquiry: l.enquiry(1 + l.seq/50),
			Notify: l.rand.IntN(2) == 0, Deliver: l.rand.IntN(2) == 0,
		}
		if l.rand.IntN(3) > 0 {
			text := messages.Text("text " + strconv.FormatInt(l.seq, 10))
			r.Once, r.Author, r.Message = l.key(l.seq), conversation.FromVisitor, &text
		}
		if r.Notify {
			r.Event = conversation.MessageReceived
			r.Destinations = []routing.Destination{routing.Staff("ann")}
		}
		added = append(added, r)
	}
	l.update(conversation.Look{}, func(c *conversation.Conversation) {
		for i := range added {
			switch r := &added[i]; {
			case r.Event == "":
			case c.StateSeq == 0:
				r.State, c.StateSeq = &conversation.Enquiry{ID: r.Enquiry}, r.Seq
			default:
				r.StateSeq = c.StateSeq
			}
		}
		for _, r := range added {
			for _, lane := range []conversation.Lane{conversation.LaneNotify, conversation.LaneDeliver} {
				if lane.Wants(&r) {
					c.Lane[lane].Last = r.Seq
				}
			}
		}
		c.Channel, c.Seq, c.Added, c.Write = "shop", l.seq, added, true
	})
	l.list = append(l.list, added...)
}

func (l *longLog) enquiry(n int64) conversation.EnquiryID {
	return conversation.EnquiryID(fmt.Sprintf("%sABCDEFe%d", l.id, n))
}

func (l *longLog) key(seq int64) string { return "key " + strconv.FormatInt(seq, 10) }

// settle lets a lane pass some records.
func (l *longLog) settle() {
	lane := []conversation.Lane{conversation.LaneNotify, conversation.LaneDeliver}[l.rand.IntN(2)]
	l.done[lane] += l.rand.Int64N(l.seq - l.done[lane] + 1)
	l.update(conversation.Look{}, func(c *conversation.Conversation) {
		c.Lane[lane].Done, c.Write = l.done[lane], true
	})
}

// change replaces a record.
func (l *longLog) change() {
	i := l.rand.IntN(len(l.list))
	l.list[i].Err, l.list[i].RequeuedAs, l.list[i].ReadAt = "changed at "+strconv.FormatInt(l.seq, 10), l.seq, someTime
	l.update(conversation.Look{Records: []int64{l.list[i].Seq}}, func(c *conversation.Conversation) {
		c.Changed, c.Write = append(c.Changed, c.Found...), true
		for j := range c.Changed {
			c.Changed[j].Err, c.Changed[j].RequeuedAs, c.Changed[j].ReadAt = l.list[i].Err, l.seq, someTime
		}
	})
}

// forget blanks the first records.
func (l *longLog) forget() {
	to := l.rand.Int64N(l.seq) / 2
	l.blank = max(l.blank, to)
	for i, r := range l.list {
		if r.Seq <= to {
			l.list[i] = conversation.Record{Seq: r.Seq, Once: r.Once}
		}
	}
	l.update(conversation.Look{}, func(c *conversation.Conversation) {
		c.Forget, c.ForgetTo, c.StateSeq, c.Write = true, to, 0, true
	})
}

// look asks for records by their keys, by their numbers and by a lane, and for some that there are not.
func (l *longLog) look() {
	lane := []conversation.Lane{conversation.LaneNotify, conversation.LaneDeliver}[l.rand.IntN(2)]
	look := conversation.Look{Lane: lane, Ahead: l.rand.IntN(4)}
	want := map[int64]conversation.Record{}
	for range 3 {
		seq := 1 + l.rand.Int64N(l.seq+2)
		look.Records = append(look.Records, seq)
		key := l.key(1 + l.rand.Int64N(l.seq+2))
		look.Once = append(look.Once, key)
		for _, r := range l.list {
			if r.Seq == seq || r.Once == key {
				want[r.Seq] = r
			}
		}
	}
	ahead := 0
	for _, r := range l.list {
		if r.Seq > l.done[lane] && lane.Wants(&r) && ahead < look.Ahead {
			want[r.Seq] = r
			ahead++
		}
	}
	var wanted []conversation.Record
	for _, r := range want {
		wanted = append(wanted, r)
	}
	l.update(look, func(c *conversation.Conversation) { l.compare(fmt.Sprintf("%+v", look), c.Found, wanted) })
}

// lookAtBases asks for the records whose State is that of an event which was not told yet.
func (l *longLog) lookAtBases() {
	for _, r := range l.list {
		if r.StateSeq <= l.blank || !l.untold(r) {
			continue
		}
		l.update(conversation.Look{Records: []int64{r.StateSeq}}, func(c *conversation.Conversation) {
			if len(c.Found) != 1 || c.Found[0].State == nil {
				l.Fatalf("of event %d, which is not told, the state in %d is gone: %+v", r.Seq, r.StateSeq, c.Found)
			}
		})
	}
}

// compare compares records by what a Store has to keep of them.
func (l *longLog) compare(what string, got, want []conversation.Record) {
	l.Helper()
	bySeq := func(a, b conversation.Record) int { return cmp.Compare(a.Seq, b.Seq) }
	slices.SortFunc(want, bySeq)
	got, want = slices.Clone(got), slices.Clone(want)
	for _, list := range [][]conversation.Record{got, want} {
		for i, r := range list {
			if !l.untold(r) {
				list[i].State, list[i].StateSeq, list[i].Destinations = nil, 0, nil // only for telling it
			}
		}
	}
	if diff := gocmp.Diff(want, got, cmpopts.IgnoreUnexported(conversation.Record{}), cmpopts.EquateEmpty()); diff != "" {
		l.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

func (l *longLog) untold(r conversation.Record) bool {
	return r.Notify && r.Seq > l.done[conversation.LaneNotify]
}

// read compares the records of an enquiry.
func (l *longLog) read() {
	id := l.enquiry(1 + l.rand.Int64N(l.seq/50+1))
	var got, want []conversation.Record
	for r, err := range l.store.Records(l.Context(), id) {
		if err != nil {
			l.Fatal(err)
		}
		got = append(got, r)
	}
	for _, r := range l.list {
		if r.Enquiry == id {
			want = append(want, r)
		}
	}
	l.compare("records of "+string(id), got, want)
}

// A long conversation is kept in packs; nothing of it may be lost in them.
func TestMemStoreLongLog(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			l := &longLog{T: t, store: channel.NewMemStore(), rand: rand.New(rand.NewPCG(seed, 0)), id: fmt.Sprintf("a-conversation-%05d", seed)}
			l.add()
			for range 400 {
				switch n := l.rand.IntN(40); {
				case n < 12:
					l.add()
				case n < 18:
					l.settle()
				case n < 24:
					l.change()
				case n < 36:
					l.look()
				case n < 38:
					l.lookAtBases()
				case n < 39:
					l.read()
				case l.rand.IntN(8) == 0:
					l.forget()
				}
			}
			l.read()
		})
	}
}

// An event that was not told yet keeps its state and whom it is for, however long the log is after it.
func TestMemStoreKeepsUntold(t *testing.T) {
	t.Parallel()
	l := &longLog{T: t, store: channel.NewMemStore(), rand: rand.New(rand.NewPCG(0, 0)), id: "a-conversation-00000"}
	event := conversation.Record{
		Seq: 1, At: someTime, Notify: true, Event: conversation.EnquiryOffered,
		State: &conversation.Enquiry{ID: l.enquiry(1)}, Destinations: []routing.Destination{routing.Staff("ann")},
	}
	for l.seq < 100 {
		l.update(conversation.Look{}, func(c *conversation.Conversation) {
			c.Seq++
			text := messages.Text("text")
			r := conversation.Record{Seq: c.Seq, At: someTime, Author: conversation.FromStaff, Message: &text}
			if c.Seq == 1 {
				r, c.Lane[conversation.LaneNotify].Last, c.StateSeq = event, 1, 1
			}
			c.Channel, c.Added, c.Write = "shop", append(c.Added, r), true
			l.seq = c.Seq
		})
	}
	l.update(conversation.Look{Lane: conversation.LaneNotify, Ahead: 2}, func(c *conversation.Conversation) {
		if diff := gocmp.Diff([]conversation.Record{event}, c.Found, cmpopts.IgnoreUnexported(conversation.Record{})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// What is settled one by one at the beginning of a long log must not be paid for by moving the rest each time.
func BenchmarkMemStoreBacklog(b *testing.B) {
	const backlog = 20_000
	for b.Loop() {
		store := channel.NewMemStore()
		settle := func(add int, done int64) {
			err := store.Update(b.Context(), "a-conversation-00000", conversation.Look{}, func(c *conversation.Conversation) error {
				for range add {
					c.Seq++
					c.Added = append(c.Added, conversation.Record{Seq: c.Seq, At: someTime, Deliver: true})
				}
				c.Lane[conversation.LaneDeliver].Last, c.Lane[conversation.LaneDeliver].Done = c.Seq, done
				c.Channel, c.Write = "shop", true
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		settle(backlog, 0)
		for done := range int64(backlog) {
			settle(0, done+1)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/backlog, "ns/settled")
}
