package slackbot

import "testing"

// TestMeasuringAllocatesNothing: counting a command costs no memory.
func TestMeasuringAllocatesNothing(t *testing.T) {
	m := NewMetrics(nil)
	if n := testing.AllocsPerRun(100, func() { m.commanded(string(verbInvite), outcomeAccepted) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
