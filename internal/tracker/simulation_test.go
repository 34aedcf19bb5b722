package tracker_test

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The simulation lives through weeks of the bot's life in milliseconds: a portal, a chat and a
// journal that are models, people who join and leave, and faults and crashes at the worst
// moments, all drawn from a seed. Afterwards it asks whether everyone got what the product
// promises. A seed that fails is lived again by
//
//	go test ./internal/tracker -run TestSimulation -seed=123
//
// What a seed does not decide is the order of goroutines and the tracker's own jitter: a rare
// failure may need more than one life, so a single seed is lived up to -lives times.
var (
	oneSeed   = flag.Int64("seed", -1, "live this one `seed` of the simulation")
	howMany   = flag.Int("seeds", 2000, "how many seeds of the simulation are lived")
	firstSeed = flag.Int64("first-seed", 1, "the first `seed` of the simulation")
	lives     = flag.Int("lives", 50, "how often the one seed is lived, until it fails")
)

// chunk is how many seeds one parallel subtest lives.
const chunk = 50

// realTime is how long one seed may take: none takes a second unless it goes round in circles.
const realTime = 2 * time.Minute

func TestSimulation(t *testing.T) {
	if *oneSeed >= 0 {
		for range *lives {
			if live(t, *oneSeed, true) {
				return
			}
		}
		return
	}
	total := *howMany
	if testing.Short() {
		total = min(total, 200)
	}
	for from := 0; from < total; from += chunk {
		first := *firstSeed + int64(from)
		last := *firstSeed + int64(min(total, from+chunk)) - 1
		t.Run(fmt.Sprintf("%d-%d", first, last), func(t *testing.T) {
			t.Parallel()
			for seed := first; seed <= last; seed++ {
				live(t, seed, false)
			}
		})
	}
}

// live lives one seed and reports whether it failed.
func live(t *testing.T, seed int64, talkative bool) (failed bool) {
	var w *world
	watchdog := time.AfterFunc(realTime, func() {
		stacks := make([]byte, 1<<20)
		fmt.Fprintf(os.Stderr, "%s\n%s\n", stacks[:runtime.Stack(stacks, true)], replayHint(seed))
		if w != nil && w.mu.TryLock() {
			fmt.Fprintf(os.Stderr, "%s\n", strings.Join(last(30, w.events), "\n"))
		}
		panic(fmt.Sprintf("seed %d of the simulation goes round in circles", seed))
	})
	defer watchdog.Stop()
	ok := t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
		defer func() {
			if r := recover(); r != nil { // a deadlock, or a goroutine that was left behind
				t.Errorf("seed %d: %v\n%s", seed, r, replayHint(seed))
			}
		}()
		synctest.Test(t, func(t *testing.T) {
			w = newWorld(newPlan(seed), talkative)
			w.live(t)
			if report := w.report(); report != "" {
				t.Error(report)
			}
		})
	})
	return !ok
}

func replayHint(seed int64) string {
	return fmt.Sprintf("live it again: go test ./internal/tracker -run TestSimulation -seed=%d", seed)
}
