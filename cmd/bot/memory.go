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
	// tendEvery is how often that is decided.
	tendEvery = time.Minute
)

// tendMemory tells the garbage collector, until the context ends, how much may gather. GOGC, if
// set, is obeyed instead.
func tendMemory(ctx context.Context) error {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	for {
		live := []gomeasures.Sample{{Name: "/gc/heap/live:bytes"}}
		gomeasures.Read(live)
		debug.SetGCPercent(gcPercent(live[0].Value.Uint64()))
		if !grace.Sleep(ctx, tendEvery) {
			return nil
		}
	}
}

// gcPercent returns the value of GOGC with that many bytes in memory.
func gcPercent(live uint64) int {
	const runtimeMinimum = 4 << 20                                       // GOGC=100 lets the heap grow to that in any case
	return max(leanPercent, int(100*headroom/max(live, runtimeMinimum))) //nolint:gosec // 800 at most
}
