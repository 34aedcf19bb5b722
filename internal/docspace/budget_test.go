package docspace

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// TestBudget makes calls as fast as they are let through, for two minutes.
func TestBudget(t *testing.T) {
	const perMinute = 600
	count := func(t *testing.T, b budget, background bool) (first, second int) {
		start := time.Now()
		for time.Since(start) < 2*time.Minute && first < 10*perMinute {
			if err := b.wait(t.Context(), background); err != nil {
				t.Fatal(err)
			}
			if time.Since(start) < time.Minute {
				first++
			} else {
				second++
			}
		}
		return first, second
	}
	synctest.Test(t, func(t *testing.T) {
		if first, second := count(t, newBudget(perMinute), false); first > perMinute*21/20+1 || second < perMinute-1 || second > perMinute+1 {
			t.Errorf("%d calls in the first minute, %d in the second", first, second)
		}
		if first, second := count(t, newBudget(perMinute), true); first > perMinute*17/20 || second < perMinute*4/5-1 || second > perMinute*4/5+1 {
			t.Errorf("in the background %d calls in the first minute, %d in the second", first, second)
		}
	})
}

// TestSomebodyWaitsLessThanASweep has sweeps take all that they may; a call that somebody waits
// for gets its turn at once.
func TestSomebodyWaitsLessThanASweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(60)
		var sweeps sync.WaitGroup
		for range 100 {
			sweeps.Go(func() { _ = b.wait(t.Context(), true) })
		}
		time.Sleep(time.Minute)
		start := time.Now()
		if err := b.wait(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited > time.Second {
			t.Errorf("it waited for %v", waited)
		}
		sweeps.Wait()
	})
}

func TestNoBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, start := newBudget(0), time.Now()
		for range 10_000 {
			if err := b.wait(t.Context(), true); err != nil {
				t.Fatal(err)
			}
		}
		if waited := time.Since(start); waited > 0 {
			t.Errorf("10 000 calls without a limit took %v", waited)
		}
	})
}

// TestUrgentLookUpsAreNotBackground: somebody waits for the card that they are for.
func TestUrgentLookUpsAreNotBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Client{budget: newBudget(60)}
		look := call{background: true}
		for range 4 { // what a minute's share of sweeps may take at once
			if err := c.turn(t.Context(), look); err != nil {
				t.Fatal(err)
			}
		}
		start := time.Now()
		if err := c.turn(tracker.Urgent(t.Context()), look); err != nil || time.Since(start) > 0 {
			t.Errorf("an urgent look-up waited for %v, %v", time.Since(start), err)
		}
		if err := c.turn(t.Context(), look); err != nil || time.Since(start) == 0 {
			t.Errorf("a sweep's did not wait, %v", err)
		}
	})
}
