package slackbot

import (
	"errors"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics count how the bot and Slack get on. No label says who is invited: each is a word of a closed
// set. What happens for every command is resolved once: no acknowledgement waits for a label to be
// looked up.
type Metrics struct {
	calls           *prometheus.CounterVec
	callTook        *prometheus.HistogramVec
	limited         prometheus.Counter
	commands        *prometheus.CounterVec
	joins           *prometheus.CounterVec
	acknowledgement map[string]prometheus.Observer
	reconnects      *prometheus.CounterVec
}

// Bounds of the histograms, in seconds.
var (
	ackBuckets  = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 3}
	callBuckets = []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
)

// NewMetrics returns metrics that are registered there, or nowhere if it is nil.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	acknowledgement := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "docspace_bot_acknowledgement_delay_seconds", Buckets: ackBuckets,
		Help: "How long after it had come an envelope of Slack's was acknowledged; Slack waits three seconds.",
	}, []string{"envelope"})
	m := &Metrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "docspace_bot_slack_calls_total",
			Help: "Calls of Slack's Web API, by outcome: ok, Slack's error code, http_… or no_answer.",
		}, []string{"method", "outcome"}),
		callTook: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "docspace_bot_slack_call_duration_seconds", Buckets: callBuckets,
			Help: "How long calls of Slack's Web API took.",
		}, []string{"method"}),
		limited: prometheus.NewCounter(prometheus.CounterOpts{
			Name:        "docspace_bot_rate_limited_total",
			Help:        "Calls that were answered with a request to wait (HTTP 429), by side.",
			ConstLabels: prometheus.Labels{"side": "slack"},
		}),
		commands: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "docspace_bot_commands_total",
			Help: "Slash commands, submitted dialogs and presses on Try again, by what became of them: accepted, answered, misunderstood, unreadable, or why they were refused.",
		}, []string{"command", "outcome"}),
		joins: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "docspace_bot_joins_total",
			Help: "Presses on Join DocSpace, by outcome: ok, or why they led nowhere.",
		}, []string{"outcome"}),
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
	m.commands.WithLabelValues(string(verbInvite), outcomeAccepted)
	if registry != nil {
		registry.MustRegister(m.calls, m.callTook, m.limited, m.commands, m.joins, acknowledgement, m.reconnects)
	}
	return m
}

// called counts a call of the Web API that began at start and whose error was translated.
func (m *Metrics) called(method string, start time.Time, err error) {
	outcome := outcomeOf(err)
	m.calls.WithLabelValues(method, outcome).Inc()
	m.callTook.WithLabelValues(method).Observe(time.Since(start).Seconds())
	if outcome == outcomeLimited {
		m.limited.Inc()
	}
}

// acknowledged counts an envelope that was acknowledged.
func (m *Metrics) acknowledged(envelope string, took time.Duration) {
	m.acknowledgement[kindOf(envelope)].Observe(took.Seconds())
}

// commanded counts a command, a submitted dialog or a press on Try again.
func (m *Metrics) commanded(command, outcome string) {
	m.commands.WithLabelValues(command, outcome).Inc()
}

// joined counts a press on Join.
func (m *Metrics) joined(err error) {
	outcome := outcomeOK
	if err != nil {
		outcome = string(reasonOf(err))
	}
	m.joins.WithLabelValues(outcome).Inc()
}

// What became of a command; a [tracker.Reason] where it was refused.
const (
	outcomeAccepted      = "accepted"      // it is an invitation
	outcomeAnswered      = "answered"      // help, status, and the dialog that opens
	outcomeMisunderstood = "misunderstood" // its author was told which word was not understood
	outcomeUnreadable    = "unreadable"    // what came from Slack has another form than expected
)

const (
	outcomeOK    = "ok"
	outcomeOther = "other"
	// outcomeNoAnswer is a call that Slack did not answer, or not in its own manner.
	outcomeNoAnswer = "no_answer"
	// outcomeLimited is a call of the Web API that was refused with HTTP 429, or with a code that means the same.
	outcomeLimited = "ratelimited"
)

// Why a connection is opened beside the reasons that Slack gives.
const (
	lostDeaf        = "deaf"        // nothing was heard on the last one for 25 seconds
	lostBroken      = "broken"      // the last one ended without a word
	lostUnwelcome   = "no_hello"    // the last one was closed before its greeting
	lostUnreachable = "unreachable" // Slack did not answer the last try
	lostRefused     = "refused"     // Slack refused the last try
)

// reconnectReasons are all reasons for another connection that are counted.
var reconnectReasons = []string{
	lostDeaf, lostBroken, lostUnwelcome, lostUnreachable, lostRefused,
	reasonWarning, reasonRefresh, reasonLinkDisabled, reasonTooMany, outcomeOther,
}

// envelopeKinds are all kinds of envelope that are counted.
var envelopeKinds = []string{typeCommand, typeInteractive, typeEvent, outcomeOther}

func kindOf(envelope string) string {
	if slices.Contains(envelopeKinds, envelope) {
		return envelope
	}
	return outcomeOther
}

// callOutcomes are what a failed call is counted as: Slack's codes as far as the bot knows them,
// http_… for a status, no_answer, and other.
var callOutcomes = func() []string {
	known := []string{outcomeLimited, outcomeNoAnswer, outcomeOther, "http_4xx", "http_5xx", "http_other"}
	for code := range reasons {
		known = append(known, code)
	}
	for code := range appTroubles {
		known = append(known, code)
	}
	slices.Sort(known)
	return slices.Compact(known)
}()

// outcomeOf names what came of a call whose error was translated.
func outcomeOf(err error) string {
	failed, ok := errors.AsType[*apiFailure](err)
	switch {
	case err == nil:
		return outcomeOK
	case !ok:
		return outcomeOther
	case failed.wait > 0:
		return outcomeLimited
	case failed.code == codeNoAnswer:
		return outcomeNoAnswer
	}
	if status, ok := strings.CutPrefix(failed.code, "http "); ok {
		switch status[0] {
		case '4', '5':
			return "http_" + status[:1] + "xx"
		}
		return "http_other"
	}
	if _, known := slices.BinarySearch(callOutcomes, failed.code); known {
		return failed.code
	}
	return outcomeOther
}

// lossOf names why a connection could not be opened.
func lossOf(err error) string {
	hopeless := new(hopelessError)
	failed, answered := errors.AsType[*apiFailure](err)
	if errors.As(err, &hopeless) || answered && failed.code != codeNoAnswer && !strings.HasPrefix(failed.code, "http ") {
		return lostRefused
	}
	return lostUnreachable
}

// disconnectReason returns the reason that Slack gives, as far as it is a known one.
func disconnectReason(reason string) string {
	if slices.Contains(reconnectReasons, reason) {
		return reason
	}
	return outcomeOther
}

// isDeaf tells whether a connection ended because nothing was heard on it.
func isDeaf(err error) bool {
	late, ok := errors.AsType[net.Error](err)
	return ok && late.Timeout()
}
