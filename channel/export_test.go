package channel

import (
	"context"
	"time"
)

// Within is the context of work that has d to be done.
func Within(parent context.Context, d time.Duration) (context.Context, func()) {
	l := within(parent, d)
	return l, l.end
}

// Detached is the same for work that goes on when the parent ends.
func Detached(parent context.Context, d time.Duration) (context.Context, func()) {
	l := detached(parent, d)
	return l, l.end
}
