package canary_test

import (
	"errors"
	"log/slog"
	"testing"

	"github.com/usherchat/usher/internal/canary"
)

// TestWatch plants a leak of each kind, and finds it; what may be printed is none.
func TestWatch(t *testing.T) {
	t.Parallel()
	type holder struct{ Token string }
	const token = "a token of many characters"
	for name, leak := range map[string]func(w *canary.Watch){
		"a line of the log": func(w *canary.Watch) { w.Logger().Info("got " + token) },
		"an attribute":      func(w *canary.Watch) { w.Logger().Debug("got", slog.Any("value", holder{token})) },
		"an error":          func(w *canary.Watch) { w.Print(errors.New("refused: " + token)) },
		"a field":           func(w *canary.Watch) { w.Print(&holder{token}) },
	} {
		w := canary.New(&silent{})
		w.Hide(token)
		leak(w)
		if got := w.Faults(); len(got) != 1 {
			t.Errorf("%s: %d faults", name, len(got))
		}
	}
	w := canary.New(t)
	w.Hide(token)
	w.Said("hello", "hi")
	w.Print("this is not a token", holder{"other"})
}

// silent is a test whose end does not come.
type silent struct{ testing.TB }

func (*silent) Helper()        {}
func (*silent) Cleanup(func()) {}
