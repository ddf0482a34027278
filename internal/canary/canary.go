// Package canary finds, in tests, what a library must not print: tokens, secrets, and what people wrote. A test tells a
// [Watch] what is secret and what was said, and has the library log to it; when the test ends, nothing of that may stand
// in what was logged, observed or printed. For tests of this repository alone.
package canary

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

// shortest is the length of a text that is looked for: shorter ones stand in other words.
const shortest = 5

// Watch gathers what is printed in one test. It is safe for concurrent use.
type Watch struct {
	mu      sync.Mutex
	printed bytes.Buffer
	hidden  map[string]string // what must not be printed, and what it is
}

// New returns a Watch that judges when the test ends.
func New(tb testing.TB) *Watch {
	tb.Helper()
	w := &Watch{hidden: map[string]string{}}
	tb.Cleanup(func() {
		for _, fault := range w.Faults() {
			tb.Error(fault)
		}
	})
	return w
}

// Hide names secrets or tokens.
func (w *Watch) Hide(secrets ...string) { w.hide("a secret", secrets) }

// Said names texts that people or the host wrote.
func (w *Watch) Said(texts ...string) { w.hide("a message's text", texts) }

func (w *Watch) hide(what string, list []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range list {
		if len(s) >= shortest {
			w.hidden[s] = what
		}
	}
}

// Write implements [io.Writer].
func (w *Watch) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.printed.Write(b)
}

// Logger logs everything to the Watch, as text and as JSON.
func (w *Watch) Logger() *slog.Logger {
	all := &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: false}
	return slog.New(slog.NewMultiHandler(slog.NewTextHandler(w, all), slog.NewJSONHandler(w, all)))
}

// Print prints values under every verb, through slog and as JSON.
func (w *Watch) Print(values ...any) {
	log := w.Logger()
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			_, _ = fmt.Fprintf(w, verb+"\n", v)
		}
		log.Info("value", slog.Any("value", v))
		if b, err := json.Marshal(v); err == nil {
			_, _ = w.Write(b)
		}
	}
}

// Faults are the hidden things that were printed.
func (w *Watch) Faults() (faults []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	printed := w.printed.String()
	for s, what := range w.hidden {
		quoted, _ := json.Marshal(s)
		for _, form := range []string{s, strings.Trim(string(quoted), `"`), fmt.Sprintf("%x", s)} {
			if before, after, found := strings.Cut(printed, form); found {
				rest, _, _ := strings.Cut(after, "\n")
				line := before[strings.LastIndexByte(before, '\n')+1:] + form + rest
				faults = append(faults, fmt.Sprintf("%s, %q, was printed: %.300s", what, s, line))
				break
			}
		}
	}
	return faults
}
