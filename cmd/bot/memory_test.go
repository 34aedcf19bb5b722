package main

import "testing"

func TestGarbageIsCollectedSoonerWhenMuchIsInMemory(t *testing.T) {
	for live, want := range map[uint64]int{0: 800, 2 << 20: 800, 8 << 20: 400, 32 << 20: 100, 64 << 20: 50, 1 << 40: 50} {
		if got := gcPercent(live); got != want {
			t.Errorf("with %d MB in memory: GOGC=%d, want %d", live>>20, got, want)
		}
	}
}
