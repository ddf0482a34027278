package intake_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/usherchat/usher/internal/intake"
)

// TestLines finds that of each kind the first ten lines in ten seconds are written, and that the next one says how
// many were not.
func TestLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	var refused, failed intake.Lines
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for range 21_700 {
		refused.Log(log, now).Warn("refused")
		now = now.Add(time.Millisecond)
	}
	if got := strings.Count(out.String(), "refused"); got != 30 {
		t.Errorf("21 700 lines in 21.7 s: %d were written, want 30", got)
	}
	if got := strings.Count(out.String(), "left_out=9990"); got != 2 {
		t.Errorf("%d lines tell of those left out, want 2:\n%s", got, out.String())
	}
	failed.Log(log, now).Error("another kind")
	if !strings.Contains(out.String(), "another kind") {
		t.Error("one kind keeps another out")
	}
	out.Reset()
	refused.Log(log, now.Add(time.Minute)).Warn("later")
	if !strings.Contains(out.String(), "left_out=1690") {
		t.Errorf("got %q, want 1690 left out", out.String())
	}
	out.Reset()
	refused.Log(log, now.Add(-time.Hour)).Warn("before") // a clock that was set back
	if strings.Contains(out.String(), "left_out") || !strings.Contains(out.String(), "before") {
		t.Errorf("got %q, want the line alone", out.String())
	}
}
