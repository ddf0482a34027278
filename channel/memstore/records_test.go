package memstore_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/memstore"
	"github.com/usherchat/usher/messages"
)

// longLog is a conversation beside a list that is what the store has to remember of it.
type longLog struct {
	*testing.T
	store *memstore.Store
	rand  *rand.Rand
	id    string
	list  []conversation.Record
	done  [conversation.Lanes]int64
}

var busyLanes = []conversation.Lane{conversation.LaneNotify, conversation.LaneDeliver}

func (l *longLog) seq() int64 { return int64(len(l.list)) }

func (l *longLog) enquiry(n int64) conversation.EnquiryID {
	return conversation.EnquiryID(fmt.Sprintf("%sABCDEFe%d", l.id, n))
}

func (l *longLog) key(seq int64) string { return "key " + strconv.FormatInt(seq, 10) }

// add appends one to three records.
func (l *longLog) add() {
	before := l.seq()
	for range 1 + l.rand.IntN(3) {
		seq := l.seq() + 1
		r := conversation.Record{
			Seq: seq, At: monday.Add(time.Duration(seq) * time.Second), Enquiry: l.enquiry(1 + seq/50),
			Notify: l.rand.IntN(2) == 0, Deliver: l.rand.IntN(2) == 0,
		}
		if l.rand.IntN(3) > 0 {
			r.Once, r.Message = l.key(seq), new(messages.Text("text "+strconv.FormatInt(seq, 10)))
		}
		l.list = append(l.list, r)
	}
	change(l, l.store, l.id, conversation.Look{}, func(c *conversation.Conversation) {
		c.Channel, c.Seq, c.Added, c.Write = "shop", l.seq(), slices.Clone(l.list[before:]), true
	})
}

// settle lets a lane pass some records.
func (l *longLog) settle() {
	lane := busyLanes[l.rand.IntN(2)]
	l.done[lane] += l.rand.Int64N(l.seq() - l.done[lane] + 1)
	change(l, l.store, l.id, conversation.Look{}, func(c *conversation.Conversation) {
		c.Lane[lane].Done, c.Write = l.done[lane], true
	})
}

// replace changes a record.
func (l *longLog) replace() {
	r := &l.list[l.rand.IntN(len(l.list))]
	r.Err, r.ReadAt = "changed at "+strconv.FormatInt(l.seq(), 10), monday
	change(l, l.store, l.id, conversation.Look{Records: []int64{r.Seq}}, func(c *conversation.Conversation) {
		c.Changed, c.Write = []conversation.Record{*r}, true
	})
}

// forget blanks the first records.
func (l *longLog) forget() {
	to := l.rand.Int64N(l.seq()) / 2
	for i, r := range l.list[:to] {
		l.list[i] = conversation.Record{Seq: r.Seq, Once: r.Once}
	}
	change(l, l.store, l.id, conversation.Look{}, func(c *conversation.Conversation) {
		c.Forget, c.ForgetTo, c.Write = true, to, true
	})
}

// look asks for records by their keys, by their numbers and by a lane, and for some that there are not.
func (l *longLog) look() {
	lane := busyLanes[l.rand.IntN(2)]
	look := conversation.Look{Lane: lane, Ahead: l.rand.IntN(4)}
	want := map[int64]conversation.Record{}
	for range 3 {
		seq, key := 1+l.rand.Int64N(l.seq()+2), l.key(1+l.rand.Int64N(l.seq()+2))
		look.Records, look.Once = append(look.Records, seq), append(look.Once, key)
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
	sorted := slices.SortedFunc(maps.Values(want), func(a, b conversation.Record) int { return cmp.Compare(a.Seq, b.Seq) })
	change(l, l.store, l.id, look, func(c *conversation.Conversation) { l.equal(fmt.Sprintf("%+v", look), c.Found, sorted) })
}

func (l *longLog) equal(what string, got, want []conversation.Record) {
	l.Helper()
	if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		l.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// read compares the records of an enquiry.
func (l *longLog) read() {
	id := l.enquiry(1 + l.rand.Int64N(l.seq()/50+1))
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
	l.equal("records of "+string(id), got, want)
}

// Nothing of a long conversation is lost, whatever is done to it.
func TestLongLog(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			l := &longLog{T: t, store: memstore.New(), rand: rand.New(rand.NewPCG(seed, 0)), id: fmt.Sprintf("a-conversation-%05d", seed)}
			l.add()
			for range 400 {
				switch n := l.rand.IntN(40); {
				case n < 12:
					l.add()
				case n < 18:
					l.settle()
				case n < 24:
					l.replace()
				case n < 36:
					l.look()
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
