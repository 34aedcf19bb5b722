package slackapi

import (
	"testing"
	"time"
)

// TestMeasuringAllocatesNothing: counting a call costs no memory.
func TestMeasuringAllocatesNothing(t *testing.T) {
	m := NewMetrics(nil)
	if n := testing.AllocsPerRun(100, func() { m.called("chat.postMessage", time.Time{}, nil) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
