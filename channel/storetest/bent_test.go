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

	"github.com/usherchat/usher/channel/conversation"
	"github.com/usherchat/usher/channel/memstore"
	"github.com/usherchat/usher/channel/storetest"
)

type (
	change = func(*conversation.Conversation) error
	visit  = func(*conversation.Conversation, conversation.Lane) error
)

// bent is a memstore.Store with hooks that make it break its contract. A hook may use mu for what it remembers.
type bent struct {
	conversation.Store // a memstore.Store

	mu sync.Mutex

	look func(*conversation.Look)                                                 // changes what is asked for
	load func(c *conversation.Conversation, look conversation.Look)               // changes what a run is shown
	save func(c *conversation.Conversation) error                                 // changes what is recorded, after a run without error
	want func(*conversation.Want)                                                 // changes what Due is asked for
	next func(time.Time) time.Time                                                // changes what Due returns
	seek func(*conversation.Query)                                                // changes what is listed
	list func(*conversation.Enquiry)                                              // changes an enquiry that is listed
	read func(*conversation.Record)                                               // changes a record that is read
	open func(tb testing.TB, b *bent) conversation.Store                          // another store
	wrap func(b *bent, in conversation.Store) conversation.Store                  // goes around everything below
	many func(ctx context.Context, wants []conversation.Want) []conversation.Want // changes the wants
}

// newBent bends a new store.
func newBent(bend func(*bent)) conversation.Store {
	b := &bent{Store: memstore.New()}
	bend(b)
	if b.wrap != nil {
		return b.wrap(b, b.Store)
	}
	return b
}

func (b *bent) Update(ctx context.Context, id string, look conversation.Look, fn change) error {
	if b.look != nil {
		b.look(&look)
	}
	return b.Store.Update(ctx, id, look, b.run(look, fn))
}

// run is a run of a change between the hooks.
func (b *bent) run(look conversation.Look, fn change) change {
	return func(c *conversation.Conversation) error {
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

func (b *bent) Due(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
	bentWants := append([]conversation.Want(nil), wants...)
	for i := range bentWants {
		if b.want != nil {
			b.want(&bentWants[i])
		}
	}
	if b.many != nil {
		bentWants = b.many(ctx, bentWants)
	}
	next, err := b.Store.Due(ctx, bentWants, func(c *conversation.Conversation, l conversation.Lane) error {
		return b.run(conversation.Look{Lane: l}, func(c *conversation.Conversation) error { return fn(c, l) })(c)
	})
	if b.next != nil {
		next = b.next(next)
	}
	return next, err
}

func (b *bent) Enquiries(ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error] {
	if b.seek != nil {
		b.seek(&q)
	}
	return each(b.Store.Enquiries(ctx, q), b.list)
}

func (b *bent) Records(ctx context.Context, id conversation.EnquiryID) iter.Seq2[conversation.Record, error] {
	return each(b.Store.Records(ctx, id), b.read)
}

func (b *bent) Open(tb testing.TB) conversation.Store {
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
	conversation.Store

	update    func(ctx context.Context, id string, look conversation.Look, fn change) error
	due       func(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error)
	enquiries func(ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error]
	records   func(ctx context.Context, id conversation.EnquiryID) iter.Seq2[conversation.Record, error]
}

func (f *funcs) Update(ctx context.Context, id string, look conversation.Look, fn change) error {
	if f.update == nil {
		return f.Store.Update(ctx, id, look, fn)
	}
	return f.update(ctx, id, look, fn)
}

func (f *funcs) Due(ctx context.Context, wants []conversation.Want, fn visit) (time.Time, error) {
	if f.due == nil {
		return f.Store.Due(ctx, wants, fn)
	}
	return f.due(ctx, wants, fn)
}

func (f *funcs) Enquiries(ctx context.Context, q conversation.Query) iter.Seq2[conversation.Enquiry, error] {
	if f.enquiries == nil {
		return f.Store.Enquiries(ctx, q)
	}
	return f.enquiries(ctx, q)
}

func (f *funcs) Records(ctx context.Context, id conversation.EnquiryID) iter.Seq2[conversation.Record, error] {
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
func findings(tb testing.TB, rule string, s conversation.Store, patience time.Duration) string {
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
