package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// metrics are what the bot counts for its operator, served at HTTP_ADDR under /metrics.
type metrics struct {
	registry *prometheus.Registry
	repeated *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		repeated: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "docspace_bot_effects_repeated_total",
			Help: "Messages and welcomes sent again because it could not be found out whether they had been sent before, by kind.",
		}, []string{"effect"}),
	}
	m.registry.MustRegister(m.repeated, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, effect := range tracker.Effects() { // so that they are there before the first
		m.repeated.WithLabelValues(string(effect))
	}
	return m
}

// Repeated counts. See [tracker.Observer].
func (m *metrics) Repeated(effect tracker.Effect) {
	m.repeated.WithLabelValues(string(effect)).Inc()
}

var _ tracker.Observer = (*metrics)(nil)

// StepBegins, SweepBegins, Saw and Confirmed are not counted.
func (m *metrics) StepBegins(ctx context.Context, _ tracker.ID, _ string) (context.Context, func(tracker.Reason)) {
	return ctx, func(tracker.Reason) {}
}

func (m *metrics) SweepBegins(ctx context.Context) (context.Context, func(tracker.Reason)) {
	return ctx, func(tracker.Reason) {}
}

func (m *metrics) Saw(context.Context, tracker.ID) {}

func (m *metrics) Confirmed(time.Duration) {}
