package channel_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/usherchat/usher/channel"
)

type aKey struct{}

// A context of work that is limited in time behaves like one of context.WithTimeout, asked early or late.
func TestTimeLimit(t *testing.T) {
	t.Parallel()
	limits := map[string]func(context.Context, time.Duration) (context.Context, func()){
		"ours":     channel.Within,
		"detached": channel.Detached,
		"context's": func(parent context.Context, d time.Duration) (context.Context, func()) {
			ctx, cancel := context.WithTimeout(parent, d)
			return ctx, cancel
		},
	}
	tests := []struct {
		name   string
		parent time.Duration // until the parent ends, 0 = never
		end    bool          // ended at once
		after  time.Duration
		want   error
	}{
		{name: "in time", after: time.Second},
		{name: "over", after: 10 * time.Second, want: context.DeadlineExceeded},
		{name: "done with", end: true, want: context.Canceled},
		{name: "the parent ended", parent: time.Second, after: 2 * time.Second, want: context.DeadlineExceeded},
	}
	for name, limit := range limits {
		for _, tt := range tests {
			for _, early := range []bool{true, false} {
				t.Run(name+", "+tt.name, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						parent := context.WithValue(t.Context(), aKey{}, "value")
						if tt.parent > 0 {
							until, cancel := context.WithTimeout(parent, tt.parent)
							defer cancel()
							parent = until
						}
						tt := tt
						if name == "detached" && tt.parent > 0 {
							tt.want = nil
						}
						ctx, end := limit(parent, 10*time.Second)
						defer end()
						var child context.Context
						if early {
							grown, cancel := context.WithCancel(ctx)
							defer cancel()
							child = grown
						}
						if tt.end {
							end()
						}
						time.Sleep(tt.after)
						synctest.Wait()
						if err := ctx.Err(); !errors.Is(err, tt.want) {
							t.Errorf("Err is %v, want %v", err, tt.want)
						}
						if child != nil && !errors.Is(child.Err(), tt.want) {
							t.Errorf("a child's Err is %v, want %v", child.Err(), tt.want)
						}
						select {
						case <-ctx.Done():
							if tt.want == nil {
								t.Error("done too early")
							}
						default:
							if tt.want != nil {
								t.Error("not done")
							}
						}
						if at, ok := ctx.Deadline(); !ok || tt.parent == 0 && time.Until(at) != 10*time.Second-tt.after {
							t.Errorf("deadline %v, %v", at, ok)
						}
						if ctx.Value(aKey{}) != "value" {
							t.Error("lost a value")
						}
					})
				})
			}
		}
	}
}
