package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/usherchat/usher/channel/conversation"
)

func cancelling() []rule {
	return []rule{
		{"over before it begins", "Update returns the error of ctx if ctx ends before the Store begins to write.", overBefore},
		{"over within the change", "After that the change is finished, and Update returns what became of it", overWithin},
		{"Update over at any point", "nothing of the change was recorded unless ctx ended while it was being written", overInUpdate},
		{"Update over at any time", "nothing of the change was recorded unless ctx ended while it was being written", overInTime},
		{"Due over at any point", "All of it is recorded or nothing", overInDue},
		{"Enquiries over at any point", "It stops after an error, which it yields.", overInEnquiries},
		{"Records over at any point", "in pages like Enquiries", overInRecords},
	}
}

func overBefore(t *trial) {
	p, old := newPlace("shop", "ann"), newPlace("shop", "bob")
	t.talk(old, 5)
	t.schedule(old, noon(), conversation.LaneRoute)
	before := t.look(old.id, conversation.Look{Records: from(1, 9)})
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancel := clock.New().WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	for want, ctx := range map[error]context.Context{context.Canceled: cancelled, context.DeadlineExceeded: expired} {
		check := func(what string, err error) {
			if !errors.Is(err, want) {
				t.Errorf("%s: got error %v, want %v", what, err, want)
			}
		}
		_, err := t.tryUpdateIn(ctx, p.id, conversation.Look{}, func(c *conversation.Conversation) error {
			p.all(c)
			return nil
		})
		check("Update", err)
		_, err = t.store.Due(ctx, []conversation.Want{{Channels: []string{"shop"}, Until: after(9), Limit: 9}},
			func(c *conversation.Conversation, _ conversation.Lane) error {
				say(c, "too late")
				return nil
			})
		check("Due", err)
		n, err := drain(t, t.store.Enquiries(ctx, conversation.Query{}))
		check("Enquiries", err)
		t.equal("enquiries", n, 0)
		n, err = drain(t, t.store.Records(ctx, old.enquiry(1)))
		check("Records", err)
		t.equal("records", n, 0)
	}
	t.equal("the conversation", *t.look(old.id, conversation.Look{Records: from(1, 9)}), *before)
	t.equal("the other", t.look(p.id, conversation.Look{}).Version, int64(0))
}

// drain reads a stream to its end: values, and an error at most, the last thing that it yields.
func drain[T any](t *trial, seq iter.Seq2[T, error]) (n int, err error) {
	t.Helper()
	for _, e := range seq {
		switch {
		case err != nil:
			t.Error("a stream goes on after an error")
			return n, err
		case e != nil:
			err = e
		default:
			n++
		}
	}
	return n, err
}

// step is a change with many parts, and counts itself in each.
func step(c *conversation.Conversation) {
	c.Count++
	edit(c).Why = strconv.FormatInt(c.Count, 10)
	say(c, "one").Once = "one " + c.Enquiry.Why
	say(c, "two").Once = "two " + c.Enquiry.Why
	c.Lane[conversation.LaneRoute].Token++
	c.Claims = []conversation.Claim{{Staff: "zoe", Delta: 1}, {Staff: "yan", Delta: 1}}
}

// steps returns how many steps were recorded, and ends the test if one was recorded by halves.
func (t *trial) steps(p place) int64 {
	t.Helper()
	c := t.look(p.id, conversation.Look{})
	n := c.Count - 1 // the enquiry itself is the first
	log := int64(len(t.records(p.enquiry(1))))
	why := t.enquiry(conversation.Query{Visitor: p.visitor}).Why
	if c.Seq != 2*n || log != 2*n || c.Lane[conversation.LaneRoute].Token != n || why != c.Enquiry.Why ||
		n > 0 && why != strconv.FormatInt(n+1, 10) {
		t.Fatalf("a step was recorded by halves: %d steps, Seq %d, %d records, Token %d, enquiry %q",
			n, c.Seq, log, c.Lane[conversation.LaneRoute].Token, why)
	}
	return n
}

// stepped checks a step that may have been cut off, and returns how many are recorded now.
func (t *trial) stepped(what string, p place, before int64, err error) int64 {
	t.Helper()
	now := t.steps(p)
	switch {
	case err == nil && now != before+1:
		t.Errorf("%s: Update returned nil, and %d steps are recorded, want %d", what, now, before+1)
	case now < before || now > before+1:
		t.Errorf("%s: %d steps are recorded, were %d", what, now, before)
	}
	return now
}

func overWithin(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { p.open(c, noon()) })
	recorded := int64(0)
	for range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := t.tryUpdateIn(ctx, p.id, conversation.Look{}, func(c *conversation.Conversation) error {
			step(c)
			cancel()
			return nil
		})
		before := recorded
		recorded = t.stepped("cancelled within the change", p, before, err)
		if err != nil && (recorded != before || !errors.Is(err, context.Canceled)) {
			t.Errorf("cancelled within the change: got error %v, and %d steps are recorded, were %d", err, recorded, before)
		}
	}
	t.handles("zoe", int(recorded))
}

// countdown is a context that ends when it has been asked so many times whether it has ended.
type countdown struct {
	context.Context
	left   atomic.Int64
	cancel context.CancelFunc
}

func (t *trial) countdown(n int) *countdown {
	ctx, cancel := context.WithCancel(t.Context())
	c := &countdown{Context: ctx, cancel: cancel}
	c.left.Store(int64(n))
	return c
}

func (c *countdown) tick() {
	if c.left.Add(-1) == 0 {
		c.cancel()
	}
}

func (c *countdown) Done() <-chan struct{} {
	c.tick()
	return c.Context.Done()
}

func (c *countdown) Err() error {
	c.tick()
	return c.Context.Err()
}

// points is how often a call may look at its context until the tests stop looking for another point to end it.
const points = 120

// everyPoint calls fn with contexts that end sooner or later, until one outlives the call.
func (t *trial) everyPoint(fn func(ctx context.Context, what string)) {
	t.Helper()
	for n := 1; n <= points; n++ {
		ctx := t.countdown(n)
		fn(ctx, fmt.Sprintf("cancelled at point %d", n))
		ended := ctx.Context.Err() != nil
		ctx.cancel()
		if !ended {
			return
		}
	}
}

func overInUpdate(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { p.open(c, noon()) })
	recorded := int64(0)
	t.everyPoint(func(ctx context.Context, what string) {
		_, err := t.tryUpdateIn(ctx, p.id, conversation.Look{Once: []string{"one 1"}}, func(c *conversation.Conversation) error {
			step(c)
			return nil
		})
		recorded = t.stepped(what, p, recorded, err)
	})
	if recorded == 0 {
		t.Error("no step was recorded at all")
	}
	t.handles("zoe", int(recorded))
	t.handles("yan", int(recorded))
}

func overInTime(t *trial) {
	p := newPlace("shop", "ann")
	t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) { p.open(c, noon()) })
	recorded := int64(0)
	for n := range 40 {
		ctx, cancel := context.WithCancel(t.Context())
		timer := clock.New().AfterFunc(time.Duration(n)*40*time.Microsecond, cancel)
		_, err := t.tryUpdateIn(ctx, p.id, conversation.Look{}, func(c *conversation.Conversation) error {
			step(c)
			return nil
		})
		timer.Stop()
		cancel()
		recorded = t.stepped(fmt.Sprintf("cancelled after %d µs", n*40), p, recorded, err)
	}
	t.handles("zoe", int(recorded))
	t.handles("yan", int(recorded))
}

func overInDue(t *trial) {
	all := places("shop", 4)
	for _, p := range all {
		t.update(p.id, conversation.Look{}, func(c *conversation.Conversation) {
			p.open(c, noon())
			c.Lane[conversation.LaneRoute].Due = noon().UnixNano()
		})
	}
	t.everyPoint(func(ctx context.Context, what string) {
		was := make([]int64, len(all))
		for i, p := range all {
			was[i] = t.steps(p)
		}
		var watch watch
		_, err := t.store.Due(ctx, []conversation.Want{{Channels: []string{"shop"}, Until: noon(), Limit: 9}},
			func(c *conversation.Conversation, _ conversation.Lane) error {
				defer watch.enter(c)()
				step(c)
				return nil
			})
		if broken := watch.err(); broken != nil {
			t.Fatalf("%s: %v", what, broken)
		}
		for i, p := range all {
			if now := t.steps(p); err == nil && now != was[i]+1 || now < was[i] || now > was[i]+1 {
				t.Fatalf("%s: Due returned %v, and %d steps are recorded, were %d", what, err, now, was[i])
			}
		}
	})
	sum := int64(0)
	for _, p := range all {
		sum += t.steps(p)
	}
	if sum == 0 {
		t.Error("no step was recorded at all")
	}
	t.handles("zoe", int(sum))
	t.handles("yan", int(sum))
}

func overInEnquiries(t *trial) {
	want := t.file(several)
	over(t, want, func(ctx context.Context) iter.Seq2[conversation.Enquiry, error] {
		return t.store.Enquiries(ctx, conversation.Query{})
	}, func(e conversation.Enquiry) conversation.EnquiryID { return e.ID })
}

func overInRecords(t *trial) {
	p := newPlace("shop", "ann")
	t.talk(p, several)
	over(t, from(1, several), func(ctx context.Context) iter.Seq2[conversation.Record, error] {
		return t.store.Records(ctx, p.enquiry(1))
	}, func(r conversation.Record) int64 { return r.Seq })
}

// over reads a stream whose context ends at any point, and within its loop: what comes is the beginning of want,
// then an error, or all of it.
func over[T any, K comparable](
	t *trial, want []K, open func(context.Context) iter.Seq2[T, error], name func(T) K,
) {
	t.Helper()
	read := func(ctx context.Context, what string, each func(n int)) {
		n, failed := 0, error(nil)
		for v, err := range open(ctx) {
			switch {
			case failed != nil:
				t.Fatalf("%s: the stream goes on after %v", what, failed)
			case err != nil:
				failed = err
				continue
			case n >= len(want) || name(v) != want[n]:
				t.Fatalf("%s: the stream yields %v in place %d", what, name(v), n)
			}
			n++
			each(n)
		}
		if failed == nil && n != len(want) {
			t.Fatalf("%s: the stream ends without an error after %d of %d", what, n, len(want))
		}
	}
	t.everyPoint(func(ctx context.Context, what string) { read(ctx, what, func(int) {}) })
	for _, at := range []int{1, 10, 256, 300, several} {
		ctx, cancel := context.WithCancel(t.Context())
		read(ctx, fmt.Sprintf("cancelled after %d", at), func(n int) {
			if n == at {
				cancel()
			}
		})
		cancel()
	}
}
