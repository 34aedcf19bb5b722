package socketmode

import (
	"errors"
	"net"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/docspace-invite-bot/bot/internal/slackapi"
)

// Metrics count acknowledgements and connections. What happens for every envelope is resolved once: no
// acknowledgement waits for a label to be looked up.
type Metrics struct {
	acknowledgement map[string]prometheus.Observer
	reconnects      *prometheus.CounterVec
}

// NewMetrics returns metrics that are registered there, or nowhere if it is nil.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	acknowledgement := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "docspace_bot_acknowledgement_delay_seconds",
		Help:    "How long after it had come an envelope of Slack's was acknowledged; Slack waits three seconds.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 3},
	}, []string{"envelope"})
	m := &Metrics{
		acknowledgement: map[string]prometheus.Observer{},
		reconnects: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "docspace_bot_reconnects_total",
			Help: "Connections to Slack that were replaced or tried again, by reason: Slack's own (refresh_requested is routine), deaf, broken, no_hello, unreachable or refused.",
		}, []string{"reason"}),
	}
	for _, kind := range envelopeKinds {
		m.acknowledgement[kind] = acknowledgement.WithLabelValues(kind)
	}
	for _, reason := range reconnectReasons { // an alert sees no increase in a counter that begins with its first event
		m.reconnects.WithLabelValues(reason)
	}
	if registry != nil {
		registry.MustRegister(acknowledgement, m.reconnects)
	}
	return m
}

// acknowledged counts an envelope that was acknowledged.
func (m *Metrics) acknowledged(envelope string, took time.Duration) {
	m.acknowledgement[oneOf(envelopeKinds, envelope)].Observe(took.Seconds())
}

// other is what is none of those that are told apart.
const other = "other"

// Why a connection is opened beside the reasons that Slack gives.
const (
	lostDeaf        = "deaf"        // nothing was heard on the last one for 25 seconds
	lostBroken      = "broken"      // the last one ended without a word
	lostUnwelcome   = "no_hello"    // the last one ended without a hello
	lostUnreachable = "unreachable" // Slack did not answer the last try
	lostRefused     = "refused"     // Slack refused the last try
)

// reconnectReasons are all reasons for another connection that are counted.
var reconnectReasons = []string{
	lostDeaf, lostBroken, lostUnwelcome, lostUnreachable, lostRefused,
	reasonWarning, reasonRefresh, reasonLinkDisabled, reasonTooMany, other,
}

// envelopeKinds are all kinds of envelope that are counted.
var envelopeKinds = []string{TypeCommand, TypeInteractive, TypeEvent, other}

// oneOf returns the word if it is one of those that are counted, and other for anything else that Slack says.
func oneOf(counted []string, word string) string {
	if slices.Contains(counted, word) {
		return word
	}
	return other
}

// lossOf names why a connection could not be opened.
func lossOf(err error) string {
	_, isHopeless := errors.AsType[*hopelessError](err)
	failed, isFailure := errors.AsType[*slackapi.Failure](err)
	if isHopeless || isFailure && failed.Refused() {
		return lostRefused
	}
	return lostUnreachable
}

// isDeaf reports whether a connection ended because nothing was heard on it.
func isDeaf(err error) bool {
	late, ok := errors.AsType[net.Error](err)
	return ok && late.Timeout()
}
