//go:build !linux

package lab

import "time"

func sleepUntil(moment time.Time) { time.Sleep(time.Until(moment)) }
