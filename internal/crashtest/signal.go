package crashtest

import (
	"context"
	"sync"
)

// signal wakes everybody who waits for the next of something.
type signal struct {
	mu sync.Mutex
	ch chan struct{}
}

// next returns a channel that is closed when the signal fires next.
func (s *signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch == nil {
		s.ch = make(chan struct{})
	}
	return s.ch
}

func (s *signal) fire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch != nil {
		close(s.ch)
		s.ch = nil
	}
}

// counter is a number that can be waited for.
type counter struct {
	mu      sync.Mutex
	n       int
	changed signal
}

func (c *counter) add(n int) {
	c.mu.Lock()
	c.n += n
	c.mu.Unlock()
	c.changed.fire()
}

func (c *counter) value() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

// await waits until the number is as wanted, or returns the context's error.
func (c *counter) await(ctx context.Context, wanted func(n int) bool) error {
	for {
		changed := c.changed.next()
		if wanted(c.value()) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
