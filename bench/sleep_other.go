//go:build !linux

package main

import "time"

func sleepUntil(moment time.Time) { time.Sleep(time.Until(moment)) }
