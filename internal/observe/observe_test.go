package observe

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// served returns what the registry serves.
func served(registry *prometheus.Registry) string {
	recorded := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(recorded, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return recorded.Body.String()
}

func TestPortalTroubleIsOneOfThoseToldApart(t *testing.T) {
	for trouble, want := range map[tracker.Reason]string{
		tracker.KeyBroken: "key_broken", tracker.SeatLimit: "unexpected", tracker.PortalDown: "portal_down",
	} {
		registry, _ := NewRegistry(Build{})
		registry.MustRegister(Live{
			Census: func() tracker.Census { return tracker.Census{} }, Connections: func() (int, int) { return 0, 0 },
			Needs:  func(time.Time) []Need { return nil },
			Health: func() tracker.Health { return tracker.Health{Trouble: trouble, Seen: time.Unix(100, 0)} },
		})
		text := served(registry)
		for _, line := range []string{`docspace_bot_portal_trouble{reason="` + want + `"} 1`, `docspace_bot_portal_answer_timestamp_seconds 100`} {
			if !strings.Contains(text, "\n"+line+"\n") {
				t.Errorf("%s is not served:\n%s", line, text)
			}
		}
		if n := strings.Count(text, "docspace_bot_portal_trouble{"); n != len(tracker.Troubles()) {
			t.Errorf("%s: %d reasons are told", trouble, n)
		}
	}
}

// BenchmarkScrape is what Prometheus costs the bot every fifteen seconds or so.
func BenchmarkScrape(b *testing.B) {
	registry := watched()
	for b.Loop() {
		served(registry)
	}
}
