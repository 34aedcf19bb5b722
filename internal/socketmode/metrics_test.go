package socketmode

import (
	"testing"
	"time"
)

// TestMeasuringAllocatesNothing: counting an acknowledgement costs no memory.
func TestMeasuringAllocatesNothing(t *testing.T) {
	m := NewMetrics(nil)
	if n := testing.AllocsPerRun(100, func() { m.acknowledged(TypeCommand, time.Millisecond) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
