package spelling

import "testing"

func TestDistanceCountsSlips(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"abc", "abc", 0},
		{"abc", "", 3},
		{"", "ab", 2},
		{"RETENTON", "RETENTION", 1},
		{"kitten", "sitting", 3},
		{"gest", "guest", 1},
		{"guset", "guest", 1},
		{"ädmin", "admin", 1},
		{"hlpe", "help", 2},
	} {
		if got := Distance(tt.a, tt.b); got != tt.want {
			t.Errorf("%s and %s: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
