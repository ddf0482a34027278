package intake_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/usherchat/usher/internal/intake"
)

// stalled is a body that begins with so many bytes and then says nothing until its deadline comes.
type stalled struct {
	http.ResponseWriter
	left int
	cut  chan struct{}
	deaf bool // has no deadlines
}

func newStalled(bytes int) *stalled {
	return &stalled{ResponseWriter: httptest.NewRecorder(), left: bytes, cut: make(chan struct{})}
}

func (s *stalled) Read(p []byte) (int, error) {
	if s.left == 0 {
		<-s.cut
		return 0, os.ErrDeadlineExceeded
	}
	n := min(len(p), s.left)
	s.left -= n
	return n, nil
}

func (s *stalled) SetReadDeadline(at time.Time) error {
	if s.deaf {
		return http.ErrNotSupported
	}
	if !at.After(time.Now()) {
		close(s.cut)
	}
	return nil
}

// begin reads the body in a goroutine of its own, which tells how that ended.
func begin(t *testing.T, b *intake.Budget, s *stalled) <-chan error {
	t.Helper()
	ended := make(chan error, 1)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", s)
	go func() {
		body, err := b.Read(s, r, 1<<20)
		if body != nil {
			body.Close()
		}
		ended <- err
	}()
	synctest.Wait()
	return ended
}

// whole reads a body that is there at once.
func whole(t *testing.T, b *intake.Budget, size int) (*intake.Body, error) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(strings.Repeat("x", size)))
	return b.Read(httptest.NewRecorder(), r, 1<<20)
}

func still(t *testing.T, what string, ended <-chan error) {
	t.Helper()
	synctest.Wait()
	select {
	case err := <-ended:
		t.Errorf("%s ended: %v", what, err)
	default:
	}
}

// TestOldestGivesUp fills a budget with bodies that do not go on: the next one is read, and the oldest gives up for it.
func TestOldestGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := intake.NewBudget(64<<10, 0)
		oldest := begin(t, b, newStalled(20_000)) // 32 KiB of memory
		second := begin(t, b, newStalled(9_000))  // 16 KiB
		third := begin(t, b, newStalled(9_000))   // 16 KiB: full
		still(t, "the oldest, while there is room", oldest)
		small, err := whole(t, b, 4000)
		if err != nil {
			t.Errorf("a body of 4 kB, which costs nothing: %v", err)
		}
		still(t, "the oldest, for a small one", oldest)
		large, err := whole(t, b, 30_000)
		if err != nil {
			t.Errorf("a large body: %v", err)
		}
		if err := <-oldest; !errors.Is(err, intake.ErrNoRoom) {
			t.Errorf("the oldest: got %v, want ErrNoRoom", err)
		}
		still(t, "the second", second)
		still(t, "the third", third)

		// What was read and is not known yet keeps its place: those that are being read go.
		if _, err := whole(t, b, 30_000); err != nil {
			t.Errorf("another large body: %v", err)
		}
		for _, ended := range []<-chan error{second, third} {
			if err := <-ended; !errors.Is(err, intake.ErrNoRoom) {
				t.Errorf("got %v, want ErrNoRoom", err)
			}
		}
		if _, err := whole(t, b, 5000); !errors.Is(err, intake.ErrNoRoom) {
			t.Errorf("with nobody left to give up: got %v, want ErrNoRoom", err)
		}
		large.Known()
		if body, err := whole(t, b, 30_000); err != nil {
			t.Errorf("after the sender of one was known: %v", err)
		} else {
			body.Close()
		}
		large.Close()
		small.Close()
	})
}

// TestDeafConnection finds that a connection without deadlines, which nothing can wake, is not waited for.
func TestDeafConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := intake.NewBudget(64<<10, 0)
		deaf := newStalled(40_000)
		deaf.deaf = true
		ended := begin(t, b, deaf) // full
		began := time.Now()
		if _, err := whole(t, b, 9000); !errors.Is(err, intake.ErrNoRoom) || time.Since(began) != 0 {
			t.Errorf("got %v after %v, want ErrNoRoom at once", err, time.Since(began))
		}
		close(deaf.cut)
		<-ended
		if _, err := whole(t, b, 9000); err != nil {
			t.Errorf("after it had gone: %v", err)
		}
	})
}

// TestSlowToGiveUp finds that a body waits a second for another's place and not longer.
func TestSlowToGiveUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := intake.NewBudget(64<<10, 0)
		slow := newStalled(40_000)
		release := slow.cut
		slow.cut = make(chan struct{}) // its deadline is set and wakes nobody
		woken := &woken{stalled: slow, until: release}
		ended := make(chan error, 1)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", woken)
		go func() {
			_, err := b.Read(slow, r, 1<<20)
			ended <- err
		}()
		synctest.Wait()
		began := time.Now()
		if _, err := whole(t, b, 9000); !errors.Is(err, intake.ErrNoRoom) || time.Since(began) != time.Second {
			t.Errorf("got %v after %v, want ErrNoRoom after a second", err, time.Since(began))
		}
		close(release)
		if err := <-ended; !errors.Is(err, intake.ErrNoRoom) {
			t.Errorf("the one that was to give up: got %v, want ErrNoRoom", err)
		}
	})
}

// woken is a body that its deadline does not wake.
type woken struct {
	*stalled
	until chan struct{}
}

func (w *woken) Read(p []byte) (int, error) {
	if w.left == 0 {
		<-w.until
		return 0, os.ErrDeadlineExceeded
	}
	return w.stalled.Read(p)
}

// TestNoBound finds that a negative budget counts nothing, and that 0 fits the largest body.
func TestNoBound(t *testing.T) {
	t.Parallel()
	for _, bytes := range []int64{-1, 0} {
		b := intake.NewBudget(bytes, 12<<20)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(strings.Repeat("x", 12<<20)))
		if _, err := b.Read(httptest.NewRecorder(), r, 12<<20); err != nil {
			t.Errorf("budget %d: %v", bytes, err)
		}
	}
}
