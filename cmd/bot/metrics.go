package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

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

func (m *metrics) effectRepeated(effect tracker.Effect) {
	m.repeated.WithLabelValues(string(effect)).Inc()
}

// serve answers at the address until the context ends.
func (m *metrics) serve(ctx context.Context, address string, log *slog.Logger) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("HTTP_ADDR: %w", err)
	}
	log.InfoContext(ctx, "metrics are served", "address", listener.Addr().String())
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
