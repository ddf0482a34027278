package storetest_test

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usherchat/usher/channel"
	"github.com/usherchat/usher/channel/storetest"
)

type (
	change = func(*channel.Conversation) error
	visit  = func(*channel.Conversation, channel.Lane) error
)

// bent is a MemStore with hooks that make it break its contract. A hook may use mu for what it remembers.
type bent struct {
	channel.Store // a MemStore

	mu sync.Mutex

	look func(*channel.Look)                                            // changes what is asked for
	load func(c *channel.Conversation, look channel.Look)               // changes what a run is shown
	save func(c *channel.Conversation) error                            // changes what is recorded, after a run without error
	want func(*channel.Want)                                            // changes what Due is asked for
	next func(time.Time) time.Time                                      // changes what Due returns
	seek func(*channel.Query)                                           // changes what is listed
	list func(*channel.Enquiry)                                         // changes an enquiry that is listed
	read func(*channel.Record)                                          // changes a record that is read
	open func(tb testing.TB, b *bent) channel.Store                     // another store
	wrap func(b *bent, in channel.Store) channel.Store                  // goes around everything below
	many func(ctx context.Context, wants []channel.Want) []channel.Want // changes the wants
}

// newBent bends a new store.
func newBent(bend func(*bent)) channel.Store {
	b := &bent{Store: channel.NewMemStore()}
	bend(b)
	if b.wrap != nil {
		return b.wrap(b, b.Store)
	}
	return b
}

func (b *bent) Update(ctx context.Context, id string, look channel.Look, fn change) error {
	if b.look != nil {
		b.look(&look)
	}
	return b.Store.Update(ctx, id, look, b.run(look, fn))
}

// run is a run of a change between the hooks.
func (b *bent) run(look channel.Look, fn change) change {
	return func(c *channel.Conversation) error {
		if b.load != nil {
			b.load(c, look)
		}
		if err := fn(c); err != nil {
			return err
		}
		if b.save != nil {
			return b.save(c)
		}
		return nil
	}
}

func (b *bent) Due(ctx context.Context, wants []channel.Want, fn visit) (time.Time, error) {
	bentWants := append([]channel.Want(nil), wants...)
	for i := range bentWants {
		if b.want != nil {
			b.want(&bentWants[i])
		}
	}
	if b.many != nil {
		bentWants = b.many(ctx, bentWants)
	}
	next, err := b.Store.Due(ctx, bentWants, func(c *channel.Conversation, l channel.Lane) error {
		return b.run(channel.Look{Lane: l}, func(c *channel.Conversation) error { return fn(c, l) })(c)
	})
	if b.next != nil {
		next = b.next(next)
	}
	return next, err
}

func (b *bent) Enquiries(ctx context.Context, q channel.Query) iter.Seq2[channel.Enquiry, error] {
	if b.seek != nil {
		b.seek(&q)
	}
	return each(b.Store.Enquiries(ctx, q), b.list)
}

func (b *bent) Records(ctx context.Context, id channel.EnquiryID) iter.Seq2[channel.Record, error] {
	return each(b.Store.Records(ctx, id), b.read)
}

func (b *bent) Open(tb testing.TB) channel.Store {
	tb.Helper()
	if b.open != nil {
		return b.open(tb, b)
	}
	return b
}

// each changes what a stream yields.
func each[T any](seq iter.Seq2[T, error], fn func(*T)) iter.Seq2[T, error] {
	if fn == nil {
		return seq
	}
	return func(yield func(T, error) bool) {
		for v, err := range seq {
			fn(&v)
			if !yield(v, err) {
				return
			}
		}
	}
}

// all reads a stream.
func all[T any](seq iter.Seq2[T, error]) (list []T) {
	for v, err := range seq {
		if err == nil {
			list = append(list, v)
		}
	}
	return list
}

// funcs is a Store of functions, each of which is that of the embedded one if it is nil.
type funcs struct {
	channel.Store

	update    func(ctx context.Context, id string, look channel.Look, fn change) error
	due       func(ctx context.Context, wants []channel.Want, fn visit) (time.Time, error)
	enquiries func(ctx context.Context, q channel.Query) iter.Seq2[channel.Enquiry, error]
	records   func(ctx context.Context, id channel.EnquiryID) iter.Seq2[channel.Record, error]
}

func (f *funcs) Update(ctx context.Context, id string, look channel.Look, fn change) error {
	if f.update == nil {
		return f.Store.Update(ctx, id, look, fn)
	}
	return f.update(ctx, id, look, fn)
}

func (f *funcs) Due(ctx context.Context, wants []channel.Want, fn visit) (time.Time, error) {
	if f.due == nil {
		return f.Store.Due(ctx, wants, fn)
	}
	return f.due(ctx, wants, fn)
}

func (f *funcs) Enquiries(ctx context.Context, q channel.Query) iter.Seq2[channel.Enquiry, error] {
	if f.enquiries == nil {
		return f.Store.Enquiries(ctx, q)
	}
	return f.enquiries(ctx, q)
}

func (f *funcs) Records(ctx context.Context, id channel.EnquiryID) iter.Seq2[channel.Record, error] {
	if f.records == nil {
		return f.Store.Records(ctx, id)
	}
	return f.records(ctx, id)
}

// recorder is a testing.TB whose failures are recorded instead of reported.
type recorder struct {
	testing.TB

	mu       sync.Mutex
	failed   bool
	said     []string
	cleanups []func()
}

// findings runs a rule against a store and returns what it found, "" for nothing.
func findings(tb testing.TB, rule string, s channel.Store, patience time.Duration) string {
	tb.Helper()
	r := &recorder{TB: tb}
	done := make(chan struct{})
	go func() {
		defer close(done)
		storetest.Check(r, rule, s, patience)
	}()
	<-done
	for _, fn := range r.cleanups {
		fn()
	}
	if !r.failed {
		return ""
	}
	found := strings.Join(r.said, "\n")
	if strings.Contains(found, "panic: ") {
		tb.Errorf("%s: a panic instead of a finding: %s", rule, found)
	}
	return found
}

func (r *recorder) fail(said string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed, r.said = true, append(r.said, said)
}

func (r *recorder) Helper()                      {}
func (r *recorder) Fail()                        { r.fail("") }
func (r *recorder) Error(args ...any)            { r.fail(fmt.Sprintln(args...)) }
func (r *recorder) Errorf(f string, args ...any) { r.fail(fmt.Sprintf(f, args...)) }
func (r *recorder) Logf(string, ...any)          {}

func (r *recorder) FailNow() {
	r.fail("")
	runtime.Goexit()
}

func (r *recorder) Fatal(args ...any) {
	r.Error(args...)
	runtime.Goexit()
}

func (r *recorder) Fatalf(f string, args ...any) {
	r.Errorf(f, args...)
	runtime.Goexit()
}

func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

func (r *recorder) Cleanup(fn func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, fn)
}
