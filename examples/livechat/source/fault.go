package source

import (
	"net/http"
	"sync/atomic"
	"time"
)

// Faults that the webhook can be given, to watch what the backend does about them.
const (
	Works     = ""
	Error500  = "500"  // every post is answered with 500
	RetryLate = "503"  // with 503 and Retry-After: 5
	Slow      = "slow" // taken, but only after two seconds
)

// fault is what is wrong with the webhook at present.
type fault struct{ mode atomic.Value }

// SetFault gives the webhook one of the faults; anything else makes it work.
func (s *Source) SetFault(mode string) {
	switch mode {
	case Error500, RetryLate, Slow:
	default:
		mode = Works
	}
	s.fault.mode.Store(mode)
}

// Fault is what is wrong with the webhook at present.
func (s *Source) Fault() string {
	mode, _ := s.fault.mode.Load().(string)
	return mode
}

func (f *fault) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch mode, _ := f.mode.Load().(string); mode {
		case Error500:
			http.Error(w, "out of order", http.StatusInternalServerError)
			return
		case RetryLate:
			w.Header().Set("Retry-After", "5")
			http.Error(w, "down for maintenance", http.StatusServiceUnavailable)
			return
		case Slow:
			t := time.NewTimer(2 * time.Second)
			defer t.Stop()
			select {
			case <-t.C:
			case <-r.Context().Done():
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// broken answers a challenge wrongly, for the administrator's page: what a wrong endpoint looks like.
func broken(w http.ResponseWriter, r *http.Request) {
	switch r.PathValue("how") {
	case "echo": // says what it always says
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"ok":true}`))
	case "moved":
		http.Redirect(w, r, "/webhook", http.StatusPermanentRedirect)
	default:
		http.Error(w, "out of order", http.StatusInternalServerError)
	}
}
