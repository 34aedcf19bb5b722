// Package grace is about stopping: work that has begun can go on after the order to stop, but not
// for long; a pause ends at once. The package knows nothing of the work.
package grace

import (
	"context"
	"time"
)

// Period is how long work under way may take to finish once the program is asked to end.
// With it a SIGTERM is obeyed within five seconds.
const Period = 3 * time.Second

// Context returns a context with the parent's values that ends a while after the parent
// does: d later, or when stop is called. Call stop when the work is done.
func Context(parent context.Context, d time.Duration) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(parent))
	unhook := context.AfterFunc(parent, func() { time.AfterFunc(d, cancel) })
	return ctx, func() { unhook(); cancel() }
}

// Sleep waits for d and reports whether the context is still alive; it returns at once when
// the context ends.
func Sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
