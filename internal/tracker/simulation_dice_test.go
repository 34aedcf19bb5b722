package tracker_test

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// dice draw what happens by chance: always the same for the same seed and the same name.
func dice(seed int64, name string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return rand.New(rand.NewPCG(uint64(seed), h.Sum64()))
}

// chance reports whether something of the given probability happens.
func chance(r *rand.Rand, p float64) bool { return r.Float64() < p }

// between returns a duration from low to high, short ones as likely as ones ten times as long.
func between(r *rand.Rand, low, high time.Duration) time.Duration {
	for span := low; ; span *= 10 {
		if span >= high/10 || chance(r, 0.4) {
			return span + time.Duration(r.Int64N(int64(max(1, min(9*span, high-span)))))
		}
	}
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }
