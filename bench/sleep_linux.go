package main

import (
	"syscall"
	"time"
)

// sleepUntil sleeps without Go's timers, which are up to a millisecond late in a process that
// has nothing else to do: as long as what is measured here takes.
func sleepUntil(moment time.Time) {
	if wait := time.Until(moment); wait > 0 {
		nap := syscall.NsecToTimespec(wait.Nanoseconds())
		_ = syscall.Nanosleep(&nap, nil)
	}
}
