package slackapi

import (
	"errors"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics count the calls of the Web API.
type Metrics struct {
	calls   *prometheus.CounterVec
	took    *prometheus.HistogramVec
	limited prometheus.Counter
}

// NewMetrics returns metrics that are registered there, or nowhere if it is nil.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "docspace_bot_slack_calls_total",
			Help: "Calls of Slack's Web API, by outcome: ok, Slack's error code, http_… or no_answer.",
		}, []string{"method", "outcome"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "docspace_bot_slack_call_duration_seconds",
			Help:    "How long calls of Slack's Web API took.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"method"}),
		limited: prometheus.NewCounter(prometheus.CounterOpts{
			Name:        "docspace_bot_rate_limited_total",
			Help:        "Calls that were answered with a request to wait (HTTP 429), by side.",
			ConstLabels: prometheus.Labels{"side": "slack"},
		}),
	}
	if registry != nil {
		registry.MustRegister(m.calls, m.took, m.limited)
	}
	return m
}

// called counts a call that began at start and whose error was translated.
func (m *Metrics) called(method string, start time.Time, err error) {
	outcome := outcomeOf(err)
	m.calls.WithLabelValues(method, outcome).Inc()
	m.took.WithLabelValues(method).Observe(time.Since(start).Seconds())
	if outcome == outcomeLimited {
		m.limited.Inc()
	}
}

const (
	outcomeOK    = "ok"
	outcomeOther = "other"
	// outcomeNoAnswer is a call that Slack did not answer, or not in its own manner.
	outcomeNoAnswer = "no_answer"
	// outcomeLimited is a call that was refused with HTTP 429, or with a code that means the same.
	outcomeLimited = "ratelimited"
)

// outcomeOf names what came of a call whose error was translated, by Slack's code only if the bot knows it: a label
// takes no value that comes from outside.
func outcomeOf(err error) string {
	failed, ok := errors.AsType[*Failure](err)
	switch {
	case err == nil:
		return outcomeOK
	case !ok:
		return outcomeOther
	case failed.RetryAfter > 0:
		return outcomeLimited
	case failed.Code == codeNoAnswer:
		return outcomeNoAnswer
	}
	if status, ok := strings.CutPrefix(failed.Code, "http "); ok {
		switch status[0] {
		case '4', '5':
			return "http_" + status[:1] + "xx"
		}
		return "http_other"
	}
	if AppTrouble(failed.Code) == "" && reasons[failed.Code] == "" {
		return outcomeOther
	}
	return failed.Code
}
