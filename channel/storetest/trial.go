package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/usherchat/usher/channel/conversation"
)

// trial is a store on trial. Its methods end the test on an error that is not expected, but for those called try,
// which any goroutine may use.
type trial struct {
	testing.TB
	limits

	store conversation.Store
}

// errMine is what changes of the tests refuse with.
var errMine = errors.New("refused by the change")

// users returns trials of n stores over the same data, or of the same store.
func (t *trial) users(n int) []*trial {
	t.Helper()
	all := []*trial{t}
	for len(all) < n {
		all = append(all, t.another())
	}
	return all
}

// another returns the trial of a store that was opened just now.
func (t *trial) another() *trial {
	t.Helper()
	other := *t
	if opener, ok := t.store.(Opener); ok {
		other.store = opener.Open(t.TB)
	}
	return &other
}

// tryUpdate is Store.Update. It returns the conversation of the last run, and an error if a run did not begin
// with a fresh one or overlapped with another.
func (t *trial) tryUpdate(
	id string, look conversation.Look, fn func(*conversation.Conversation) error,
) (*conversation.Conversation, error) {
	return t.tryUpdateIn(t.Context(), id, look, fn)
}

func (t *trial) tryUpdateIn(
	ctx context.Context, id string, look conversation.Look, fn func(*conversation.Conversation) error,
) (*conversation.Conversation, error) {
	var watch watch
	err := t.store.Update(ctx, id, look, func(c *conversation.Conversation) error {
		defer watch.enter(c)()
		return fn(c)
	})
	if broken := watch.err(); broken != nil {
		return nil, broken
	}
	if err == nil && watch.last == nil {
		return nil, errors.New("nil from Update, which never ran the change")
	}
	return watch.last, err
}

// update makes a change that succeeds.
func (t *trial) update(id string, look conversation.Look, fn func(*conversation.Conversation)) *conversation.Conversation {
	t.Helper()
	c, err := t.tryUpdate(id, look, func(c *conversation.Conversation) error {
		fn(c)
		return nil
	})
	if err != nil {
		t.Fatalf("Update: %v", err)
	}
	return c
}

// refused makes a change that must fail with want.
func (t *trial) refused(id string, look conversation.Look, want error, fn func(*conversation.Conversation)) {
	t.Helper()
	_, err := t.tryUpdate(id, look, func(c *conversation.Conversation) error {
		fn(c)
		return nil
	})
	if !errors.Is(err, want) {
		t.Fatalf("Update: got error %v, want %v", err, want)
	}
}

// look reads a conversation.
func (t *trial) look(id string, look conversation.Look) *conversation.Conversation {
	t.Helper()
	return t.update(id, look, func(*conversation.Conversation) {})
}

// log reads all records of a conversation that has n or fewer.
func (t *trial) log(id string, n int64) []conversation.Record {
	t.Helper()
	var look conversation.Look
	for seq := range n {
		look.Records = append(look.Records, seq+1)
	}
	return t.look(id, look).Found
}

// due is Store.Due.
func (t *trial) due(wants []conversation.Want, fn func(*conversation.Conversation, conversation.Lane) error) time.Time {
	t.Helper()
	next, err := t.tryDue(wants, fn)
	if err != nil {
		t.Fatalf("Due: %v", err)
	}
	return next
}

func (t *trial) tryDue(
	wants []conversation.Want, fn func(*conversation.Conversation, conversation.Lane) error,
) (next time.Time, err error) {
	var watch watch
	next, err = t.store.Due(t.Context(), wants, func(c *conversation.Conversation, l conversation.Lane) error {
		defer watch.enter(c)()
		if !slices.ContainsFunc(wants, func(w conversation.Want) bool { return wanted(w, c, l) }) {
			watch.fault(fmt.Errorf("lane %v of %q is shown, which nobody wants: %+v", l, c.ID, c.Lane[l]))
		}
		return fn(c, l)
	})
	return next, errors.Join(watch.err(), err)
}

// wanted reports whether a lane is what w asks for.
func wanted(w conversation.Want, c *conversation.Conversation, l conversation.Lane) bool {
	next := c.Lane[l].Next()
	return w.Lane == l && slices.Contains(w.Channels, c.Channel) &&
		next != 0 && next <= w.Until.UnixNano() && (w.After.IsZero() || next > w.After.UnixNano())
}

// shown returns what Due shows of a want, as recorded, in that order, and changes nothing.
func (t *trial) shown(w conversation.Want) []string {
	t.Helper()
	var list order
	t.due([]conversation.Want{w}, func(c *conversation.Conversation, _ conversation.Lane) error {
		list.add(c.ID)
		return nil
	})
	return list.ids
}

// enquiries collects what a query selects.
func (t *trial) enquiries(q conversation.Query) []conversation.Enquiry {
	t.Helper()
	var all []conversation.Enquiry
	for e, err := range t.store.Enquiries(t.Context(), q) {
		if err != nil {
			t.Fatalf("Enquiries: %v", err)
		}
		all = append(all, e)
	}
	return all
}

// enquiry returns the one enquiry that a query selects.
func (t *trial) enquiry(q conversation.Query) conversation.Enquiry {
	t.Helper()
	all := t.enquiries(q)
	if len(all) != 1 {
		t.Fatalf("Enquiries: got %d, want 1", len(all))
	}
	return all[0]
}

// records collects the records of an enquiry.
func (t *trial) records(id conversation.EnquiryID) []conversation.Record {
	t.Helper()
	var all []conversation.Record
	for r, err := range t.store.Records(t.Context(), id) {
		if err != nil {
			t.Fatalf("Records: %v", err)
		}
		all = append(all, r)
	}
	return all
}

// equal compares by value: an instant to the microsecond, wherever it is told; empty is nil.
func (t *trial) equal(what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, sameValue()...); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func sameValue() []cmp.Option {
	return []cmp.Option{
		cmpopts.EquateEmpty(),
		cmpopts.IgnoreUnexported(conversation.Record{}, conversation.Conversation{}),
		cmp.Comparer(func(a, b time.Time) bool {
			return a.IsZero() == b.IsZero() && a.Sub(b).Abs() < time.Microsecond
		}),
	}
}

// together runs fn for 0 … n-1 at the same time and ends the test on an error, or when they do not return.
func (t *trial) together(n int, fn func(i int) error) {
	t.Helper()
	errs := make([]error, n)
	t.within("together", func() {
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() { errs[i] = fn(i) })
		}
		all.Wait()
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatalf("together: %v", err)
	}
}

// within ends the test when fn does not return.
func (t *trial) within(what string, fn func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn()
	}()
	timer := clock.New().Timer(t.patience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		t.Fatalf("%s: blocked for %v", what, t.patience)
	}
}

// watch looks over the runs of one call.
type watch struct {
	mu     sync.Mutex
	inside int
	last   *conversation.Conversation
	faults []error
}

// enter begins a run, the function that it returns ends it.
func (w *watch) enter(c *conversation.Conversation) (leave func()) {
	defer runtime.Gosched() // others that may run do so now
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = c
	if w.inside++; w.inside > 1 {
		w.faults = append(w.faults, errors.New("two runs of one call overlap"))
	}
	if c.Write || len(c.Added)+len(c.Changed)+len(c.Claims) > 0 || c.Save || c.Forget || c.ForgetTo != 0 || c.Gone {
		w.faults = append(w.faults, fmt.Errorf("a run of the change of %q does not begin with a fresh conversation", c.ID))
	}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.inside--
	}
}

func (w *watch) fault(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, err)
}

func (w *watch) err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return errors.Join(w.faults...)
}

// order collects ids in the order of their first appearance: a change may run again.
type order struct {
	ids  []string
	seen map[string]bool
}

func (o *order) add(id string) {
	if o.seen == nil {
		o.seen = map[string]bool{}
	}
	if !o.seen[id] {
		o.seen[id] = true
		o.ids = append(o.ids, id)
	}
}
