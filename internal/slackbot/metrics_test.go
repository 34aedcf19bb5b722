package slackbot

import (
	"testing"
	"time"
)

// TestMeasuringAllocatesNothing: what happens for every command costs no memory.
func TestMeasuringAllocatesNothing(t *testing.T) {
	m := NewMetrics(nil)
	for name, do := range map[string]func(){
		"an acknowledgement": func() { m.acknowledged(typeCommand, time.Millisecond) },
		"a command":          func() { m.commanded(string(verbInvite), outcomeAccepted) },
		"a call":             func() { m.called("chat.postMessage", time.Time{}, nil) },
	} {
		if n := testing.AllocsPerRun(100, do); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
