package tracker

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// Metrics count what a tracker does. No label says who is invited: each is a word of a closed set.
type Metrics struct {
	sweeps        *prometheus.CounterVec
	sweepTook     prometheus.Histogram
	sweepCalls    prometheus.Histogram
	confirmation  prometheus.Histogram
	repeated      *prometheus.CounterVec
	appendTook    prometheus.Histogram
	appendEntries prometheus.Histogram
	appendFailed  prometheus.Counter
	entries       *prometheus.CounterVec
	refusals      *prometheus.CounterVec
}

// Bounds of the histograms, in seconds unless they say otherwise.
var (
	confirmBuckets = []float64{1, 2.5, 5, 10, 15, 30, 60, 120, 300, 900, 3600}
	sweepBuckets   = []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}
	appendBuckets  = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .5, 1, 5}
	countBuckets   = []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000} // of calls and of entries
)

// NewMetrics returns metrics that are registered there, or nowhere if it is nil.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		sweeps: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "docspace_bot_sweeps_total",
			Help: "Looks at the portal for those who are pending, by outcome: ok, or the reason why they failed.",
		}, []string{"outcome"}),
		sweepTook: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "docspace_bot_sweep_duration_seconds", Buckets: sweepBuckets,
			Help: "How long a look at the portal took.",
		}),
		sweepCalls: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "docspace_bot_sweep_calls", Buckets: countBuckets,
			Help: "How many calls of the portal a look took.",
		}),
		confirmation: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "docspace_bot_confirmation_delay_seconds", Buckets: confirmBuckets,
			Help: "How long it took from seeing someone active at the portal until the thread said so.",
		}),
		repeated: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "docspace_bot_effects_repeated_total",
			Help: "Messages and welcomes sent again because it could not be found out whether they had been sent before, by kind.",
		}, []string{"effect"}),
		appendTook: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "docspace_bot_journal_append_duration_seconds", Buckets: appendBuckets,
			Help: "How long it took until what was noted together was safe on the journal.",
		}),
		appendEntries: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "docspace_bot_journal_append_entries", Buckets: countBuckets,
			Help: "How many entries were noted together.",
		}),
		appendFailed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "docspace_bot_journal_append_failures_total",
			Help: "Attempts to write to the journal that failed; commands are refused meanwhile.",
		}),
		entries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "docspace_bot_entries_total",
			Help: "What happened to invitations and their people, by kind of entry on the journal.",
		}, []string{"kind"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "docspace_bot_refusals_total",
			Help: "Invitations that came to nothing, by reason.",
		}, []string{"reason"}),
	}
	m.prepare()
	if registry != nil {
		registry.MustRegister(m.sweeps, m.sweepTook, m.sweepCalls, m.confirmation, m.repeated,
			m.appendTook, m.appendEntries, m.appendFailed, m.entries, m.refusals)
	}
	return m
}

// prepare makes the series that alerts read: Prometheus sees no increase in a counter that begins with
// its first event.
func (m *Metrics) prepare() {
	for _, kind := range invitation.Kinds() {
		m.entries.WithLabelValues(string(kind))
	}
	for _, effect := range invitation.Effects() {
		m.repeated.WithLabelValues(string(effect))
	}
	m.sweeps.WithLabelValues(outcomeOK)
	for _, reason := range Troubles() {
		m.sweeps.WithLabelValues(string(reason))
		m.refusals.WithLabelValues(string(reason))
	}
	for _, reason := range []invitation.Reason{invitation.NoLink, invitation.SeatLimit, invitation.ChatMisconfigured, invitation.ChatDown, invitation.TooLate} { // no one in the chat can do anything about these
		m.refusals.WithLabelValues(string(reason))
	}
}

// Troubles returns the reasons why the portal as a whole can fail.
func Troubles() []invitation.Reason {
	return []invitation.Reason{invitation.KeyBroken, invitation.PortalUnpaid, invitation.PortalBusy, invitation.PortalDown, invitation.NotDocSpace, invitation.PortalDenied, invitation.Unexpected}
}

const outcomeOK = "ok"

// callCount is the key of a sweep's context that counts its calls.
type callCount struct{}

// CountCall counts a call of the portal that was made with the context, if a sweep made it.
func CountCall(ctx context.Context) {
	if calls, ok := ctx.Value(callCount{}).(*atomic.Int64); ok {
		calls.Add(1)
	}
}

// countCalls returns a context whose calls of the portal are counted.
func countCalls(ctx context.Context) (counting context.Context, calls *atomic.Int64) {
	calls = new(atomic.Int64)
	return context.WithValue(ctx, callCount{}, calls), calls
}

// swept counts a sweep, if it asked the portal anything.
func (m *Metrics) swept(calls int64, took time.Duration, err error) {
	if calls == 0 && err == nil {
		return
	}
	outcome := outcomeOK
	if err != nil {
		outcome = string(invitation.FailureOf(err).Reason)
	}
	m.sweeps.WithLabelValues(outcome).Inc()
	m.sweepTook.Observe(took.Seconds())
	m.sweepCalls.Observe(float64(calls))
}

// appended counts entries that are on the journal.
func (m *Metrics) appended(entries []invitation.Entry, took time.Duration) {
	if len(entries) == 0 {
		return
	}
	m.appendTook.Observe(took.Seconds())
	m.appendEntries.Observe(float64(len(entries)))
	for i := range entries {
		e := &entries[i]
		m.entries.WithLabelValues(string(e.Kind)).Inc()
		if e.Kind == invitation.KindRefused && e.Refusal != nil {
			m.refusals.WithLabelValues(string(e.Refusal.Reason)).Inc()
		}
	}
}

// confirmed counts how long those waited whom the thread names now. Someone who was a member before
// has not waited.
func (m *Metrics) confirmed(invitees []invitation.Invitee, now time.Time) {
	for _, v := range invitees {
		if !v.Already {
			m.confirmation.Observe(now.Sub(v.Moved()).Seconds())
		}
	}
}
