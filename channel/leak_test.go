package channel_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/usherchat/usher/webhook"
)

// Connects that fail leave nothing behind, however many ids they name.
func TestFailedConnectsLeaveNothing(t *testing.T) { // not parallel: it measures memory
	w := newWorld(t)
	w.source.setMute(true)
	s := w.settings
	connect := func(from, to int) {
		for i := from; i < to; i++ {
			s.ID = fmt.Sprintf("failed-%d", i)
			if _, err := w.hub.Connect(t.Context(), s); !errors.Is(err, webhook.ErrChallenge) {
				t.Fatalf("Connect: %v, want ErrChallenge", err)
			}
		}
	}
	const before, n = 2_000, 20_000
	connect(0, before)
	from := heap()
	connect(before, before+n)
	if grown := (heap() - from) / n; grown >= 16 {
		t.Errorf("each failed Connect leaves %d bytes", grown)
	}
	if _, ok := w.hub.Channel("failed-1"); ok {
		t.Error("a channel whose Connect failed is connected")
	}
}

// heap is how much is in use, in bytes.
func heap() int64 {
	var m runtime.MemStats
	for range 2 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
