package observe

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/docspace-invite-bot/bot/internal/slackbot"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// Observer is told what the parts of the bot do: by the tracker, by slackbot, by the portal client
// ([Observer.PortalCalled]) and by the journal ([Observer.Journal]). It is safe for concurrent use.
type Observer struct {
	metrics *metrics
}

var (
	_ tracker.Observer  = (*Observer)(nil)
	_ slackbot.Observer = (*Observer)(nil)
)

// New returns an observer that measures.
func New(build Build) *Observer {
	return &Observer{metrics: newMetrics(build)}
}

// Watch adds what is asked of the bot's parts at each scrape, until stop is called.
func (o *Observer) Watch(live Live) (stop func()) {
	o.metrics.registry.MustRegister(live)
	return func() { o.metrics.registry.Unregister(live) }
}

// Leads is told whether this bot leads, as one alone always does.
func (o *Observer) Leads(leads bool) { o.metrics.leader.Set(oneIf(leads)) }

// Handler serves the metrics as Prometheus reads them.
func (o *Observer) Handler() http.Handler {
	return promhttp.HandlerFor(o.metrics.registry, promhttp.HandlerOpts{})
}

// Journal returns the journal, measured.
func (o *Observer) Journal(j tracker.Journal) tracker.Journal {
	if prober, ok := j.(tracker.Prober); ok {
		return probedJournal{measuredJournal{j, o}, prober}
	}
	return measuredJournal{j, o}
}

// PortalCalled is told of every call of the portal. See the Observe of docspace.Options.
func (o *Observer) PortalCalled(ctx context.Context, call string, status int, took time.Duration) {
	if s, ok := ctx.Value(sweepKey{}).(*sweep); ok {
		s.calls.Add(1)
	}
	o.metrics.portalCalled(call, status, took)
}

// Called is told of every call of Slack's. See [slackbot.Observer].
func (o *Observer) Called(method, outcome string, took time.Duration) {
	o.metrics.slackCalled(method, outcome, took)
}

// Acknowledged is told of every acknowledgement. See [slackbot.Observer].
func (o *Observer) Acknowledged(kind string, took time.Duration) {
	if histogram := o.metrics.acknowledgement[kind]; histogram != nil {
		histogram.Observe(took.Seconds())
	}
}

// Commanded is told of every command. See [slackbot.Observer].
func (o *Observer) Commanded(command, outcome string) {
	o.metrics.commands.WithLabelValues(command, outcome).Inc()
}

// Joined is told of every press on Join. See [slackbot.Observer].
func (o *Observer) Joined(outcome string) {
	o.metrics.joins.WithLabelValues(outcome).Inc()
}

// Reconnects is told why a connection is replaced. See [slackbot.Observer].
func (o *Observer) Reconnects(reason string) { o.metrics.reconnects.WithLabelValues(reason).Inc() }

// sweep is what is counted while the portal is being looked at.
type sweep struct {
	began time.Time
	calls atomic.Int64
}

type sweepKey struct{}

// SweepBegins is told of every sweep. See [tracker.Observer].
func (o *Observer) SweepBegins(ctx context.Context) (context.Context, func(tracker.Reason)) {
	s := &sweep{began: time.Now()}
	return context.WithValue(ctx, sweepKey{}, s), func(reason tracker.Reason) { o.metrics.swept(s, reason) }
}

// Confirmed is told how long a confirmation took. See [tracker.Observer].
func (o *Observer) Confirmed(after time.Duration) { o.metrics.confirmation.Observe(after.Seconds()) }

// Repeated is told what was said again. See [tracker.Observer].
func (o *Observer) Repeated(effect tracker.Effect) {
	o.metrics.repeated.WithLabelValues(string(effect)).Inc()
}
