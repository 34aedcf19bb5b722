package main

import (
	"context"
	"os"
	"runtime/debug"
	gomeasures "runtime/metrics"
	"time"

	"github.com/docspace-invite-bot/bot/internal/grace"
)

const (
	// headroom is how much garbage may gather before it is collected while little is in memory:
	// collecting sooner made one acknowledgement in a hundred five times slower.
	headroom = 32 << 20
	// leanPercent is how much may gather, in percent of what is in memory, when that is much:
	// half of Go's usual. The bot mostly waits.
	leanPercent = 50
	// tendEvery is how often that is decided: often enough for a burst of commands that fills
	// the memory.
	tendEvery = time.Second
)

// tendMemory tells the garbage collector, until the context ends, how much may gather. GOGC, if
// set, is obeyed instead.
func tendMemory(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	live := []gomeasures.Sample{{Name: "/gc/heap/live:bytes"}}
	for last := 0; ; {
		gomeasures.Read(live)
		if percent := gcPercent(live[0].Value.Uint64()); percent != last { // setting it halts the program for a moment
			last = percent
			debug.SetGCPercent(percent)
		}
		if !grace.Sleep(ctx, tendEvery) {
			return
		}
	}
}

// gcPercent returns the value of GOGC with that many bytes in memory.
func gcPercent(live uint64) int {
	const runtimeMinimum = 4 << 20                             // GOGC=100 lets the heap grow to that in any case
	percent := int(100 * headroom / max(live, runtimeMinimum)) //nolint:gosec // 800 at most
	return max(leanPercent, percent-percent%50)
}
