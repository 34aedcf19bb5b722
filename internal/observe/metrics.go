package observe

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/docspace-invite-bot/bot/internal/slackbot"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// Build says which program it is that is measured.
type Build struct{ Version, Commit, Go string }

// metrics are what the bot counts. What happens for every command is resolved once: an
// acknowledgement waits for nobody to look up a label.
type metrics struct {
	registry *prometheus.Registry

	commands        *prometheus.CounterVec
	joins           *prometheus.CounterVec
	acknowledgement map[string]prometheus.Observer
	slackCalls      *prometheus.CounterVec
	slackTook       *prometheus.HistogramVec
	portalCalls     *prometheus.CounterVec
	portalTook      *prometheus.HistogramVec
	slackLimited    prometheus.Counter
	portalLimited   prometheus.Counter
	reconnects      *prometheus.CounterVec
	confirmation    prometheus.Histogram
	sweeps          *prometheus.CounterVec
	sweepTook       prometheus.Histogram
	sweepCalls      prometheus.Histogram
	appendTook      prometheus.Histogram
	appendEntries   prometheus.Histogram
	appendFailed    prometheus.Counter
	leader          prometheus.Gauge
	entries         map[tracker.Kind]prometheus.Counter
	refusals        *prometheus.CounterVec
	repeated        *prometheus.CounterVec
}

const namespace = "docspace_bot"

// The sides that can ask the bot to wait.
const (
	sideSlack  = "slack"
	sidePortal = "portal"
)

// Bounds of the histograms, in seconds unless they say otherwise.
var (
	ackBuckets     = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 3}
	callBuckets    = []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	confirmBuckets = []float64{1, 2.5, 5, 10, 15, 30, 60, 120, 300, 900, 3600}
	sweepBuckets   = []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}
	appendBuckets  = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .5, 1, 5}
	countBuckets   = []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000} // of calls and of entries
)

func newMetrics(build Build) *metrics {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	make := factory{registry}
	m := &metrics{
		registry: registry,
		commands: make.counters("commands_total",
			"Slash commands, submitted dialogs and presses on Try again, by what became of them: accepted, answered, misunderstood, unreadable, or why they were refused.", "command", "outcome"),
		joins: make.counters("joins_total",
			"Presses on Join DocSpace, by outcome: ok, or why they led nowhere.", "outcome"),
		acknowledgement: map[string]prometheus.Observer{},
		slackCalls: make.counters("slack_calls_total",
			"Calls of Slack's Web API, by outcome: ok, Slack's error code, http_… or no_answer.", "method", "outcome"),
		slackTook: make.histograms("slack_call_duration_seconds",
			"How long calls of Slack's Web API took.", callBuckets, "method"),
		portalCalls: make.counters("portal_calls_total",
			"Calls of the portal's API, by HTTP status; none is no answer.", "call", "status"),
		portalTook: make.histograms("portal_call_duration_seconds",
			"How long calls of the portal's API took.", callBuckets, "call"),
		reconnects: make.counters("reconnects_total",
			"Connections to Slack that were replaced or tried again, by reason: Slack's own (refresh_requested is routine), deaf, broken, no_hello, unreachable or refused.", "reason"),
		confirmation: make.histogram("confirmation_delay_seconds",
			"How long after somebody was seen to be active at the portal the thread said so.", confirmBuckets),
		sweeps: make.counters("sweeps_total",
			"Looks at the portal for those who are pending, by outcome: ok, or the reason why they failed.", "outcome"),
		sweepTook: make.histogram("sweep_duration_seconds",
			"How long a look at the portal took.", sweepBuckets),
		sweepCalls: make.histogram("sweep_calls",
			"How many calls of the portal a look took.", countBuckets),
		appendTook: make.histogram("journal_append_duration_seconds",
			"How long it took until what was noted together was safe on the journal.", appendBuckets),
		appendEntries: make.histogram("journal_append_entries",
			"How many entries were noted together.", countBuckets),
		leader: make.gauge("leader", "Whether this bot leads, as one alone does: 1 or 0. Over all bots on one database it is 1."),
		appendFailed: make.counter("journal_append_failures_total",
			"Attempts to write to the journal that failed; commands are refused meanwhile."),
		entries: map[tracker.Kind]prometheus.Counter{},
		refusals: make.counters("refusals_total",
			"Invitations that came to nothing, by reason.", "reason"),
		repeated: make.counters("effects_repeated_total",
			"Messages and welcomes sent again because it could not be found out whether they had been sent before, by kind.", "effect"),
	}
	m.resolve(make, build)
	return m
}

// resolve makes what there is one of for each word of a closed set, so that it is there before the
// first.
func (m *metrics) resolve(make factory, build Build) {
	make.gauges("build_info", "Which program this is; the value is always 1.", "version", "commit", "go_version").
		WithLabelValues(build.Version, build.Commit, build.Go).Set(1)
	limited := make.counters("rate_limited_total", "Calls that were answered with a request to wait (HTTP 429), by side.", "side")
	m.slackLimited, m.portalLimited = limited.WithLabelValues(sideSlack), limited.WithLabelValues(sidePortal)
	acknowledgement := make.histograms("acknowledgement_delay_seconds",
		"How long after it had come an envelope of Slack's was acknowledged; Slack waits three seconds.", ackBuckets, "envelope")
	for _, kind := range slackbot.EnvelopeKinds() {
		m.acknowledgement[kind] = acknowledgement.WithLabelValues(kind)
	}
	entries := make.counters("entries_total", "What happened to invitations and their people, by kind of entry on the journal.", "kind")
	for _, kind := range tracker.Kinds() {
		m.entries[kind] = entries.WithLabelValues(string(kind))
	}
	for _, effect := range tracker.Effects() {
		m.repeated.WithLabelValues(string(effect))
	}
	for _, reason := range slackbot.ReconnectReasons() {
		m.reconnects.WithLabelValues(reason)
	}
	m.sweeps.WithLabelValues(done)
	for _, reason := range troubles {
		m.sweeps.WithLabelValues(string(reason))
	}
	for _, reason := range slices.Concat(troubles, hindrances) {
		m.refusals.WithLabelValues(string(reason))
	}
	m.commands.WithLabelValues("invite", slackbot.OutcomeAccepted)
}

// troubles are why a portal can fail, as far as that is told apart; hindrances why an invitation can
// come to nothing for which nobody in the chat can do anything.
var (
	troubles = []tracker.Reason{
		tracker.KeyBroken, tracker.PortalUnpaid, tracker.PortalBusy, tracker.PortalDown, tracker.NotDocSpace, tracker.PortalDenied, tracker.Unexpected,
	}
	hindrances = []tracker.Reason{tracker.NoLink, tracker.SeatLimit, tracker.ChatMisconfigured, tracker.ChatDown, tracker.TooLate}
)

// done is the outcome of what went well.
const done = "ok"

func outcome(reason tracker.Reason) string {
	if reason == "" {
		return done
	}
	return string(reason)
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

func (m *metrics) portalCalled(call string, status int, took time.Duration) {
	m.portalCalls.WithLabelValues(call, statusOf(status)).Inc()
	m.portalTook.WithLabelValues(call).Observe(took.Seconds())
	if status == 429 {
		m.portalLimited.Inc()
	}
}

func (m *metrics) slackCalled(method, outcome string, took time.Duration) {
	m.slackCalls.WithLabelValues(method, outcome).Inc()
	m.slackTook.WithLabelValues(method).Observe(took.Seconds())
	if outcome == slackbot.OutcomeLimited {
		m.slackLimited.Inc()
	}
}

// swept counts a sweep that asked the portal anything.
func (m *metrics) swept(s *sweep, reason tracker.Reason) {
	calls := s.calls.Load()
	if calls == 0 && reason == "" {
		return
	}
	m.sweeps.WithLabelValues(outcome(reason)).Inc()
	m.sweepTook.Observe(time.Since(s.began).Seconds())
	m.sweepCalls.Observe(float64(calls))
}

// kept counts entries that are on the journal.
func (m *metrics) kept(entries []tracker.Entry, took time.Duration) {
	m.appendTook.Observe(took.Seconds())
	m.appendEntries.Observe(float64(len(entries)))
	for i := range entries {
		e := &entries[i]
		if counter := m.entries[e.Kind]; counter != nil {
			counter.Inc()
		}
		if e.Kind == tracker.KindRefused && e.Refusal != nil {
			m.refusals.WithLabelValues(string(e.Refusal.Reason)).Inc()
		}
	}
}

// measuredJournal tells what is written to a journal.
type measuredJournal struct {
	tracker.Journal
	observer *Observer
}

// Append keeps the entries. See [tracker.Journal].
func (j measuredJournal) Append(ctx context.Context, entries ...tracker.Entry) error {
	start := time.Now()
	err := j.Journal.Append(ctx, entries...)
	j.observer.appended(entries, start, err)
	return err
}

// appended is told of every attempt to keep entries.
func (o *Observer) appended(entries []tracker.Entry, start time.Time, err error) {
	if err != nil {
		o.metrics.appendFailed.Inc()
		return
	}
	o.metrics.kept(entries, time.Since(start))
}

// probedJournal is measuredJournal for one that can be tried.
type probedJournal struct {
	measuredJournal
	prober tracker.Prober
}

// Probe tries the journal; a failure counts as one to append. See [tracker.Prober].
func (j probedJournal) Probe(ctx context.Context) error {
	err := j.prober.Probe(ctx)
	if err != nil {
		j.observer.metrics.appendFailed.Inc()
	}
	return err
}

// factory makes metrics of this program's.
type factory struct{ registry *prometheus.Registry }

func (f factory) counters(name, help string, labels ...string) *prometheus.CounterVec {
	made := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	f.registry.MustRegister(made)
	return made
}

func (f factory) counter(name, help string) prometheus.Counter {
	made := prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
	f.registry.MustRegister(made)
	return made
}

func (f factory) gauge(name, help string) prometheus.Gauge {
	made := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help})
	f.registry.MustRegister(made)
	return made
}

func (f factory) gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	made := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels)
	f.registry.MustRegister(made)
	return made
}

func (f factory) histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	made := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
	f.registry.MustRegister(made)
	return made
}

func (f factory) histogram(name, help string, buckets []float64) prometheus.Histogram {
	made := prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets})
	f.registry.MustRegister(made)
	return made
}
