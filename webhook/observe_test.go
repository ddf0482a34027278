package webhook_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/usherchat/usher/webhook"
)

// TestObserve hears each attempt, and the log hears of the breaker alone.
func TestObserve(t *testing.T) {
	t.Parallel()
	var heard []string
	var log strings.Builder
	b := newBench(t, webhook.Config{
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Observe: func(a webhook.Attempt) {
			line := fmt.Sprintf("%s %s %s %s %d", a.Op, a.URL, a.ID, a.Type, a.Status)
			if a.Err != nil {
				line += fmt.Sprintf(" permanent=%v deferred=%v", a.Err.Permanent, a.Err.Deferred())
			}
			if a.Opened || a.Healed {
				line += fmt.Sprintf(" opened=%v healed=%v", a.Opened, a.Healed)
			}
			heard = append(heard, line)
		},
	})
	b.attempts("a", 200)
	b.open()
	b.deferred("b")
	b.clock.Add(time.Minute)
	b.answers(200, "")
	b.attempts("b", 200)
	_, _ = b.client.Post(t.Context(), webhook.Endpoint{URL: "ftp://u:p@x.example/?q"}, event("c"))
	_, _ = b.client.Post(t.Context(), example, webhook.Event{ID: "d"})
	want := []string{
		"post https://user.example/hook a message 200",
		"post https://user.example/hook open0 message 500 permanent=false deferred=false",
		"post https://user.example/hook open1 message 500 permanent=false deferred=false",
		"post https://user.example/hook open2 message 500 permanent=false deferred=false",
		"post https://user.example/hook open3 message 500 permanent=false deferred=false",
		"post https://user.example/hook open4 message 500 permanent=false deferred=false opened=true healed=false",
		"post https://user.example/hook b message 0 permanent=false deferred=true",
		"post https://user.example/hook b message 200 opened=false healed=true",
		"post ftp://x.example/ c message 0 permanent=true deferred=false",
		"post https://user.example/hook d  0 permanent=true deferred=false",
	}
	if got := strings.Join(heard, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("heard:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
	if got := strings.Count(log.String(), "\n"); got != 2 || strings.Contains(log.String(), "t0k3n") {
		t.Errorf("the log has %d lines, want 2:\n%s", got, log.String())
	}
}
