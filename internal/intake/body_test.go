package intake_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/usherchat/usher/internal/intake"
)

// TestLimits reads bodies around limits of every size, the largest number included, however the pieces fall.
func TestLimits(t *testing.T) {
	t.Parallel()
	budget := intake.NewBudget(0, 0)
	for _, limit := range []int64{1, 2, 4095, 4096, 4097, 8191, 8192, 8193, 100_000, 1 << 20, math.MaxInt64 - 1, math.MaxInt64} {
		sizes := []int64{0, 1, 4095, 4096, 4097, 20_000}
		if limit < 1<<30 {
			sizes = append(sizes, limit-1, limit, limit+1, 2*limit)
		}
		for _, size := range sizes {
			want := bytes.Repeat([]byte("x"), int(size))
			for name, from := range map[string]io.Reader{
				"at once": bytes.NewReader(want), "by halves": iotest.HalfReader(bytes.NewReader(want)), "with its end": iotest.DataErrReader(bytes.NewReader(want)),
			} {
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", io.NopCloser(from))
				r.ContentLength = -1
				body, err := budget.Read(httptest.NewRecorder(), r, limit)
				switch {
				case size > limit:
					if !errors.Is(err, intake.ErrTooLarge) {
						t.Errorf("%d bytes %s, limit %d: got %v, want ErrTooLarge", size, name, limit, err)
					}
				case err != nil:
					t.Errorf("%d bytes %s, limit %d: %v", size, name, limit, err)
				case !bytes.Equal(body.Bytes(), want):
					t.Errorf("%d bytes %s, limit %d: got %d bytes", size, name, limit, len(body.Bytes()))
				}
				if body != nil {
					body.Close()
				}
			}
		}
	}
}

// TestLengthIsNotBelieved finds that memory is taken for what has come, not for what was announced.
func TestLengthIsNotBelieved(t *testing.T) {
	var budget *intake.Budget
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, announced := range []int64{1 << 20, 1 << 30, math.MaxInt64} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("hello"))
		r.ContentLength = announced
		body, err := budget.Read(httptest.NewRecorder(), r, math.MaxInt64)
		if err != nil || string(body.Bytes()) != "hello" {
			t.Fatal(err)
		}
		body.Close()
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 256<<10 {
		t.Errorf("%d bytes of memory for 15 bytes of bodies", got)
	}
}
