package exact_test

import (
	"testing"

	"github.com/usherchat/usher/internal/exact"
)

// A time is read as RFC 3339 has it, not as package time is content with (go.dev/issue/54580).
func TestTime(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		"":                               true,
		"2026-03-02T09:15:04Z":           true,
		"2026-03-02T09:15:04.25+08:00":   true,
		"2026-03-02T09:15:04.123456789Z": true,
		"2026-03-02T23:59:59-23:59":      true,
		"2026-03-02T09:15:04-00:00":      true,
		"2026-03-02T09:15:04,25Z":        false,
		"2026-03-02T09:15:04,25+08:00":   false,
		"2026-03-02T9:15:04Z":            false,
		"2026-03-02T9:15:04.5Z":          false,
		"2026-03-02T9:15:04+08:00":       false,
		"2026-03-02T09:15:04+24:00":      false,
		"2026-03-02T09:15:04-99:00":      false,
		"2026-03-02T09:15:04+08:60":      false,
		"2026-03-02T09:15:04.25+08:99":   false,
		"2026-03-02T24:00:00Z":           false,
		"2026-03-02T09:15:60Z":           false,
		"2026-03-02T09:15:04":            false,
		"2026-03-02t09:15:04z":           false,
		"2026-03-02T09:15:04+0800":       false,
		"2026-03-02T09:15:04Z\x20":       false,
		"２０２６-03-02T09:15:04Z":           false,
	} {
		r, err := exact.NewReader([]byte(`"` + text + `"`))
		if err != nil {
			t.Fatal(err)
		}
		r.Time()
		if err := r.Err(); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}
