package docspace

import (
	"testing"
	"time"
)

// TestLabelsAreOfClosedSets: a server that answers with what it likes does not fill the memory.
func TestLabelsAreOfClosedSets(t *testing.T) {
	seen := map[string]bool{}
	for status := range 2000 {
		seen[statusOf(status)] = true
	}
	if len(seen) > 20 {
		t.Errorf("%d words for an HTTP status", len(seen))
	}
	for status, want := range map[int]string{0: "none", 200: "200", 201: "2xx", 418: "4xx", 429: "429", 599: "5xx", 999: "other"} {
		if got := statusOf(status); got != want {
			t.Errorf("statusOf(%d) = %s, want %s", status, got, want)
		}
	}
}

func TestMeasuringAllocatesNothing(t *testing.T) {
	m := NewMetrics(nil)
	if n := testing.AllocsPerRun(100, func() { m.called("GET people/filter", 200, time.Millisecond) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
