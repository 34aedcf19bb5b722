package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// served returns what the registry serves.
func served(registry *prometheus.Registry) string {
	recorded := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(recorded, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return recorded.Body.String()
}

func TestPortalTroubleMetricHasAClosedSetOfReasons(t *testing.T) {
	for trouble, want := range map[invitation.Reason]string{
		invitation.KeyBroken: "key_broken", invitation.SeatLimit: "unexpected", invitation.PortalDown: "portal_down",
	} {
		registry := newRegistry(buildInfo{})
		registry.MustRegister(live{
			census: func() tracker.Census { return tracker.Census{} }, connections: func() (int, int) { return 0, 0 },
			needs:  func(time.Time) []need { return nil },
			health: func() tracker.Health { return tracker.Health{Trouble: trouble, Seen: time.Unix(100, 0)} },
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

func TestRepeatsAreCounted(t *testing.T) {
	p := newProcess(t)
	p.slack.Fault(slacksim.Fault{Method: "chat.postMessage", ResetAfter: true, Times: 1})
	p.start()
	p.types("/docspace-invite")
	p.cards(2)
	p.await("the note of it", func() bool { return p.log.count("invitation posted") == 1 })
	_, metrics := page(t, p.ops()+"/metrics")
	contains(t, "the metrics", metrics, `docspace_bot_effects_repeated_total{effect="card"} 1`,
		`docspace_bot_effects_repeated_total{effect="confirmation"} 0`, "go_goroutines", "process_resident_memory_bytes")
}
