package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// portalLost is how long the portal may fail the sweeps until the bot is not ready: a portal that
// restarts is no one's alarm.
const portalLost = 5 * time.Minute

// headerMax bounds what a request may say, in bytes: who asks for health has little to say.
const headerMax = 8 << 10

// connectionsMax is how many connections are served at once: those who scrape and probe are a few, and
// each connection holds a file. Others wait in the system's queue.
const connectionsMax = 64

// bounded is a listener that has no more than connectionsMax connections open.
type bounded struct {
	net.Listener
	room chan struct{}
}

// Accept waits for room, and for a connection. See [net.Listener].
func (b bounded) Accept() (net.Conn, error) {
	b.room <- struct{}{}
	conn, err := b.Listener.Accept()
	if err != nil {
		<-b.room
		return nil, err
	}
	return &boundedConn{conn, sync.OnceFunc(func() { <-b.room })}, nil
}

type boundedConn struct {
	net.Conn
	leave func()
}

// Close closes the connection and makes room. See [net.Conn].
func (c *boundedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// ops is what the bot serves to its operator at HTTP_ADDR, from its very start. Nothing of it tells
// who is invited.
type ops struct {
	metrics http.Handler
	work    atomic.Pointer[atWork] // nothing while the bot starts or stands by
	standby atomic.Bool            // another bot leads, and this one reaches the database
	open    atomic.Bool            // what STATE names is open, and this bot leads
}

// atWork are the parts of the bot that know how it is doing.
type atWork struct {
	// connections returns how many connections to Slack are open, and on how many of them something was
	// heard lately: one that has gone deaf is open until it is cut.
	connections func() (open, heard int)
	health      func() tracker.Health
	census      func() tracker.Census
}

// nothingYet is what there is before the bot is at work.
var nothingYet = &atWork{
	connections: func() (open, heard int) { return 0, 0 },
	health:      func() tracker.Health { return tracker.Health{} },
	census:      func() tracker.Census { return tracker.Census{} },
}

// leader is the gauge that is 1 while the bot leads and 0 otherwise.
func (o *ops) leader() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "docspace_bot_leader", Help: "Whether this bot leads, as one alone does: 1 or 0. Over all bots on one database it is 1.",
	}, func() float64 { return oneIf(o.open.Load()) })
}

// live is what the metrics ask, from the very start: of a bot that waits for Slack or its database they
// say that it has nothing yet.
func (o *ops) live() live {
	parts := func() *atWork { return cmp.Or(o.work.Load(), nothingYet) }
	return live{
		census:      func() tracker.Census { return parts().census() },
		connections: func() (open, heard int) { return parts().connections() },
		health:      func() tracker.Health { return parts().health() },
		needs: func(now time.Time) []need {
			if work := o.work.Load(); work != nil {
				return work.needs(now)
			}
			return []need{{name: "slack"}, {name: "store", met: o.open.Load()}, {name: "portal"}}
		},
	}
}

// handler serves /healthz, which says that the process lives; /readyz, which reports whether it can do
// its work, and if not why; and /metrics.
func (o *ops) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, true, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		ready, lines := o.ready(time.Now())
		answer(w, ready, lines...)
	})
	mux.Handle("GET /metrics", o.metrics)
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

// ready reports whether the bot can do its work at the time now, with a line for each thing that it
// needs.
func (o *ops) ready(now time.Time) (ready bool, lines []string) {
	work := o.work.Load()
	switch {
	case work == nil && o.standby.Load():
		return true, []string{"ok   standby: another bot leads; this one stands by and takes over when that one is gone"}
	case work == nil:
		return false, []string{"FAIL start: the bot is reading its state and asking Slack whose token this is; the log says what it's waiting for"}
	}
	return work.ready(now)
}

func (w *atWork) ready(now time.Time) (ready bool, lines []string) {
	ready = true
	for _, n := range w.needs(now) {
		mark := "ok  "
		if !n.met {
			ready, mark = false, "FAIL"
		}
		lines = append(lines, mark+" "+n.name+": "+n.says)
	}
	return ready, lines
}

// needs are the lines of /readyz, and the values of the metric docspace_bot_ready. Who adds one adds
// it here.
func (w *atWork) needs(now time.Time) []need {
	health := w.health()
	return []need{needSlack(w.connections()), needStore(health), needPortal(health, now)}
}

func needSlack(open, heard int) need {
	n := need{name: "slack", met: heard > 0, says: fmt.Sprintf("connections: %d", heard)}
	switch {
	case open == 0:
		n.says = "no connection; the log says why"
	case heard == 0:
		n.says = fmt.Sprintf("connections: %d, but nothing is heard on any of them; they are about to be replaced", open)
	}
	return n
}

func needStore(health tracker.Health) need {
	if health.Unkept.IsZero() {
		return need{name: "store", met: true, says: "no failed writes"}
	}
	return need{name: "store", says: "cannot be written since " + stamp(health.Unkept) + "; commands are refused; look at STATE, its disk or its database"}
}

func needPortal(health tracker.Health, now time.Time) need {
	n := need{name: "portal", met: true}
	switch {
	case health.Trouble != "" && now.Sub(health.Since) >= portalLost:
		n.met, n.says = false, fmt.Sprintf("%s since %s; bot check says what to do", health.Trouble, stamp(health.Since))
	case health.Trouble != "":
		n.says = fmt.Sprintf("%s since %s, not for long yet", health.Trouble, stamp(health.Since))
	case health.Seen.IsZero():
		n.says = "not needed yet"
	default:
		n.says = "answered " + stamp(health.Seen)
	}
	return n
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// serve answers at the address until the context ends.
func (o *ops) serve(ctx context.Context, address string, log *slog.Logger, way network) error {
	listener, err := way.listener(ctx, address)
	if err != nil {
		return fmt.Errorf("HTTP_ADDR: %w", err)
	}
	log.InfoContext(ctx, "health and metrics are served", "address", listener.Addr().String())
	server := &http.Server{
		Handler: o.handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: 30 * time.Second, MaxHeaderBytes: headerMax, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(bounded{listener, make(chan struct{}, connectionsMax)}); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
