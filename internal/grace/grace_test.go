package grace

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestContextOutlivesItsParentForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, cancel := context.WithCancel(t.Context())
		ctx, stop := Context(parent, Period)
		defer stop()
		cancel()
		time.Sleep(Period - time.Millisecond)
		if ctx.Err() != nil {
			t.Error("it ended with its parent")
		}
		time.Sleep(2 * time.Millisecond)
		if ctx.Err() == nil {
			t.Error("it goes on for ever")
		}
	})
}

func TestContextEndsWhenTheWorkIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, cancel := context.WithCancel(t.Context())
		ctx, stop := Context(parent, time.Hour)
		cancel()
		synctest.Wait()
		stop() // the bubble finds what is left behind
		if ctx.Err() == nil {
			t.Error("stop did not end it")
		}
	})
}

func TestSleepEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if start := time.Now(); !Sleep(t.Context(), time.Minute) || time.Since(start) != time.Minute {
			t.Errorf("slept %v", time.Since(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if start := time.Now(); Sleep(ctx, time.Minute) || time.Since(start) != time.Second {
			t.Errorf("slept %v after the context ended", time.Since(start))
		}
	})
}
