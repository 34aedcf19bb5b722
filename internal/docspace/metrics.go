package docspace

import (
	"cmp"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics count the calls of a portal.
type Metrics struct {
	calls   *prometheus.CounterVec
	took    *prometheus.HistogramVec
	limited prometheus.Counter
}

// NewMetrics returns metrics that are registered there, or nowhere if it is nil.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "docspace_bot_portal_calls_total",
			Help: "Calls of the portal's API, by HTTP status; none is no answer.",
		}, []string{"call", "status"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "docspace_bot_portal_call_duration_seconds",
			Help:    "How long calls of the portal's API took.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"call"}),
		limited: prometheus.NewCounter(prometheus.CounterOpts{
			Name:        "docspace_bot_rate_limited_total",
			Help:        "Calls that were answered with a request to wait (HTTP 429), by side.",
			ConstLabels: prometheus.Labels{"side": "portal"},
		}),
	}
	if registry != nil {
		registry.MustRegister(m.calls, m.took, m.limited)
	}
	return m
}

// called counts a call: its method and path without ids and query, and the HTTP status, 0 when there was
// no answer.
func (m *Metrics) called(call string, status int, took time.Duration) {
	m.calls.WithLabelValues(call, statusOf(status)).Inc()
	m.took.WithLabelValues(call).Observe(took.Seconds())
	if status == http.StatusTooManyRequests {
		m.limited.Inc()
	}
}

// statuses are the HTTP statuses that a portal gives; classes are all others.
var (
	statuses = map[int]string{
		0: "none", 200: "200", 400: "400", 401: "401", 402: "402", 403: "403", 404: "404", 429: "429",
		500: "500", 502: "502", 503: "503", 504: "504",
	}
	classes = map[int]string{1: "1xx", 2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"}
)

// statusOf words an HTTP status.
func statusOf(status int) string {
	return cmp.Or(statuses[status], classes[status/100], "other")
}
