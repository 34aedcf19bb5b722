package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// portalLost is how long the portal may fail the sweeps until the bot is not ready: a portal that
// restarts is nobody's alarm.
const portalLost = 5 * time.Minute

// ops is what the bot serves to its operator at HTTP_ADDR. Nothing of it tells who is invited.
type ops struct {
	gauges *metrics
	// connections returns how many connections to Slack are alive. One that has gone deaf is cut,
	// and counts no more.
	connections func() int
	health      func() tracker.Health
}

// handler serves /healthz, which says that the process lives; /readyz, which says whether it can do
// its work, and if not why; and /metrics.
func (o ops) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, true, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		ready, lines := o.ready(time.Now())
		answer(w, ready, lines...)
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.gauges.registry, promhttp.HandlerOpts{}))
	return mux
}

func answer(w http.ResponseWriter, good bool, lines ...string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if !good {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = fmt.Fprintln(w, strings.Join(lines, "\n"))
}

// ready tells whether the bot can do its work at the time now, with a line for each thing that it
// needs.
func (o ops) ready(now time.Time) (ready bool, lines []string) {
	ready = true
	line := func(good bool, what string) {
		mark := "ok  "
		if !good {
			ready, mark = false, "FAIL"
		}
		lines = append(lines, mark+" "+what)
	}
	switch n := o.connections(); n {
	case 0:
		line(false, "slack: no connection; the log says why")
	default:
		line(true, fmt.Sprintf("slack: connections: %d", n))
	}
	health := o.health()
	if health.Unkept.IsZero() {
		line(true, "store: nothing failed to be written")
	} else {
		line(false, "store: cannot be written since "+stamp(health.Unkept)+"; commands are refused; look at the disk of STATE")
	}
	switch {
	case health.Trouble != "" && now.Sub(health.Since) >= portalLost:
		line(false, fmt.Sprintf("portal: %s since %s; bot check says what to do", health.Trouble, stamp(health.Since)))
	case health.Trouble != "":
		line(true, fmt.Sprintf("portal: %s since %s, not for long yet", health.Trouble, stamp(health.Since)))
	case health.Seen.IsZero():
		line(true, "portal: not needed yet")
	default:
		line(true, "portal: answered "+stamp(health.Seen))
	}
	return ready, lines
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// serve answers at the address until the context ends.
func (o ops) serve(ctx context.Context, address string, log *slog.Logger) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("HTTP_ADDR: %w", err)
	}
	log.InfoContext(ctx, "health and metrics are served", "address", listener.Addr().String())
	server := &http.Server{Handler: o.handler(), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
