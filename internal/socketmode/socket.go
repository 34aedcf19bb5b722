package socketmode

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack/socketmode"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"github.com/docspace-invite-bot/bot/internal/grace"
	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/reach"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
)

const (
	// stagger is the pause between opening one connection and the next, so that Slack's
	// recycling, which comes after a fixed life, does not meet them all at once.
	stagger = 3 * time.Second
	// retryFirst and retryLast bound the pause after a connection that came to nothing.
	retryFirst = time.Second
	retryLast  = time.Minute
	// soundLife is how long a connection must have lived for its end to be routine, after
	// which the next one is opened without a pause.
	soundLife = 2 * time.Second
	// handlersMax is how many envelopes are handled at once.
	handlersMax = 1024
	// wsWriteBuffer keeps every acknowledgement in one frame: Slack is believed not to
	// reassemble fragments (docs/facts/slack.md, "Ack").
	wsWriteBuffer = 32 << 10
)

// Disconnect reasons (docs/facts/slack.md, "disconnect").
const (
	reasonWarning      = "warning"
	reasonRefresh      = "refresh_requested"
	reasonLinkDisabled = "link_disabled"
	reasonTooMany      = "too_many_websockets"
)

// Options are the settings of the connections.
type Options struct {
	// Count is how many connections are held at once, 1 to 10.
	Count int
	// Dialer opens the WebSockets; default: one that obeys the environment's proxy settings.
	Dialer *websocket.Dialer
	// TurnAway acknowledges an envelope when too many are being handled already; default: without a word.
	TurnAway func(*Envelope)
	// Metrics count acknowledgements and the reasons for other connections; default: some that are
	// registered nowhere.
	Metrics *Metrics
	Log     *slog.Logger
}

// Sockets holds Socket Mode connections open, each replaced before it ends where Slack
// gives warning, and hands every envelope on.
type Sockets struct {
	api    *slackapi.Client
	opts   Options
	log    *slog.Logger
	handle func(context.Context, *Envelope)
	// opening lets one connection be opened a second, with a small burst for several that
	// drop together. A connection that was refused waits longer, by itself.
	opening  *rate.Limiter
	handlers sync.WaitGroup
	handling chan struct{}

	mu   sync.Mutex
	open map[*connection]bool // those that Slack has taken on
	app  string               // whose they are, as Slack says in its greeting
}

// App returns the id of the app that the connections are of; "" until Slack has told.
func (s *Sockets) App() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.app
}

// Live returns how many connections are open that Slack has taken on, and on how many of them
// something was heard lately: Slack answers a ping every ten seconds. One on which nothing is heard
// for 25 seconds is cut, and another opened.
func (s *Sockets) Live() (open, heard int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.open {
		if time.Since(conn.lastHeard()) < quietAfter {
			heard++
		}
	}
	return len(s.open), heard
}

// greet counts a connection that Slack has taken on for the app. It is routine when it takes the place of
// one that is still open: Slack recycles each some times a day.
func (s *Sockets) greet(conn *connection, app string) (routine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[conn], s.app = true, app
	return len(s.open) > s.opts.Count
}

// forget stops counting a connection that has ended.
func (s *Sockets) forget(conn *connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, conn)
}

// New returns connections that hand every envelope to handle, in a goroutine of
// its own. The handler must acknowledge it; its context outlives Run's by [grace.Period].
func New(api *slackapi.Client, opts Options, handle func(context.Context, *Envelope)) *Sockets {
	opts.Count = max(1, opts.Count)
	opts.Log = cmp.Or(opts.Log, slog.New(slog.DiscardHandler))
	if opts.Metrics == nil {
		opts.Metrics = NewMetrics(nil)
	}
	if opts.TurnAway == nil {
		opts.TurnAway = func(e *Envelope) { _ = e.Ack(nil) }
	}
	if opts.Dialer == nil {
		opts.Dialer = Dialer(nil)
	}
	return &Sockets{
		api: api, opts: opts, log: opts.Log, handle: handle,
		opening:  rate.NewLimiter(rate.Every(time.Second), 5),
		handling: make(chan struct{}, handlersMax),
		open:     map[*connection]bool{},
	}
}

// Dialer opens WebSockets to servers whose certificates the roots vouch for; nil is the system's. It
// obeys the environment's proxy settings.
func Dialer(roots *x509.CertPool) *websocket.Dialer {
	return &websocket.Dialer{
		Proxy: http.ProxyFromEnvironment, HandshakeTimeout: 15 * time.Second, WriteBufferSize: wsWriteBuffer,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
	}
}

// dialerFor returns the dialer, with a tunnel of ours where an http proxy is to be gone through.
func dialerFor(dialer *websocket.Dialer, address string) *websocket.Dialer {
	to, err := url.Parse(address)
	if err != nil || dialer.Proxy == nil {
		return dialer
	}
	if to.Scheme = "https"; strings.HasPrefix(address, "ws:") {
		to.Scheme = "http"
	}
	proxy, err := dialer.Proxy(&http.Request{URL: to})
	if err != nil || proxy == nil || proxy.Scheme != "http" && proxy.Scheme != "https" {
		return dialer
	}
	through := *dialer
	through.Proxy = nil
	dial := dialer.NetDialContext
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	through.NetDialContext = reach.Tunnel(proxy, dialer.TLSClientConfig, dial)
	return &through
}

// Run holds the connections until the context ends, and then returns nil once every
// handler has ended; or until Slack refuses them for a reason that does not heal, which
// is the error it returns.
func (s *Sockets) Run(ctx context.Context) error {
	handlers, stop := grace.Context(ctx, grace.Period)
	defer stop()
	defer s.handlers.Wait()

	group, ctx := errgroup.WithContext(ctx)
	for slot := range s.opts.Count {
		group.Go(func() error {
			if !grace.Sleep(ctx, time.Duration(slot)*stagger) {
				return nil
			}
			return s.hold(ctx, handlers, s.log.With("socket", slot+1))
		})
	}
	return group.Wait()
}

// hold keeps one connection open, and a second one while the first is on its way out.
func (s *Sockets) hold(ctx, handlers context.Context, log *slog.Logger) error {
	var leaving sync.WaitGroup
	defer leaving.Wait()
	for failures := 0; ; {
		if s.opening.Wait(ctx) != nil {
			return nil
		}
		err := s.holdOne(ctx, handlers, log, &leaving)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			failures = 0
			continue
		}
		if hopeless, ok := errors.AsType[*hopelessError](err); ok {
			return hopeless
		}
		failures++
		wait := max(backoff(failures), invitation.FailureOf(err).RetryAfter)
		if failures == 1 && errors.Is(err, errBrokeEarly) {
			continue // bad luck, so far
		}
		log.WarnContext(ctx, "no connection to slack", "failures", failures, "again_in", wait.Round(time.Millisecond), "err", err)
		if !grace.Sleep(ctx, wait) {
			return nil
		}
	}
}

// holdOne opens a connection and returns nil when it is time for the next one: because
// Slack said that it is going to end it, in which case it is read on in the background,
// or because it ended after a sound life.
func (s *Sockets) holdOne(ctx, handlers context.Context, log *slog.Logger, leaving *sync.WaitGroup) error {
	conn, err := s.connect(ctx, log)
	if err != nil {
		s.reconnects(ctx, lossOf(err))
		return err
	}
	conn.onHello = func(app string) bool { return s.greet(conn, app) }
	opened := time.Now()
	leaving.Go(func() {
		conn.serve(ctx, func(e *Envelope) { s.dispatch(handlers, e) })
		s.forget(conn)
	})

	announced := func(reason string) error {
		s.reconnects(ctx, oneOf(reconnectReasons, reason))
		return conn.disconnected(ctx, reason)
	}
	select {
	case reason := <-conn.disconnect:
		return announced(reason)
	case <-conn.done:
	}
	select {
	case reason := <-conn.disconnect: // said before it broke
		return announced(reason)
	default:
	}
	s.lost(ctx, log, conn)
	switch {
	case !conn.greeted() && isDeaf(conn.err):
		return remedy.Wrap(remedy.SocketSilent, fmt.Errorf("slack sent no hello within %v", helloWithin))
	case !conn.greeted():
		return remedy.Wrap(remedy.SocketSilent, fmt.Errorf("slack closed the connection before its greeting: %w", conn.err))
	case time.Since(opened) < soundLife:
		return fmt.Errorf("%w: %w", errBrokeEarly, conn.err)
	}
	return nil
}

// lost tells of a connection that ended without a word of Slack's.
func (s *Sockets) lost(ctx context.Context, log *slog.Logger, conn *connection) {
	switch {
	case !conn.greeted():
		s.reconnects(ctx, lostUnwelcome)
	case isDeaf(conn.err) && ctx.Err() == nil:
		log.WarnContext(ctx, "a connection to slack has gone deaf and is replaced", "nothing_heard_for", deafAfter)
		s.reconnects(ctx, lostDeaf)
	case ctx.Err() == nil:
		log.InfoContext(ctx, "the connection to slack broke", "err", conn.err)
		s.reconnects(ctx, lostBroken)
	}
}

// reconnects tells why another connection is opened, unless the program is ending.
func (s *Sockets) reconnects(ctx context.Context, reason string) {
	if ctx.Err() == nil {
		s.opts.Metrics.reconnects.WithLabelValues(reason).Inc()
	}
}

// disconnected decides what Slack's announcement of the end means: nil is that another
// connection is to be opened while this one is read on.
func (c *connection) disconnected(ctx context.Context, reason string) error {
	if reason == reasonWarning || reason == reasonRefresh {
		c.log.DebugContext(ctx, "slack ends the connection", "reason", reason)
		return nil
	}
	c.log.InfoContext(ctx, "slack ends the connection", "reason", reason)
	c.close()
	if reason == reasonLinkDisabled {
		return &hopelessError{refusedConnection(reason)}
	}
	return refusedConnection(reason)
}

// refusedConnection is the error of a connection that Slack ends, or does not take on, for the
// reason.
func refusedConnection(reason string) error {
	if t := slackapi.AppTrouble(reason); t != "" {
		return remedy.Explain(t, errors.New(reason))
	}
	return errors.New("disconnected: " + reason)
}

// errSlow is a WebSocket that didn't come about in time, as behind a firewall that drops what it doesn't let through.
var errSlow = errors.New("no connection came about in time")

// errBrokeEarly is a connection that Slack had taken on and that did not last.
var errBrokeEarly = errors.New("the connection broke early")

// connect asks Slack for an address and connects to it.
func (s *Sockets) connect(ctx context.Context, log *slog.Logger) (*connection, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	address, err := s.api.OpenSocket(ctx)
	if failed, ok := errors.AsType[*slackapi.Failure](err); ok && slackapi.AppTrouble(failed.Code) != "" {
		return nil, &hopelessError{refusedConnection(failed.Code)} // the library gives up on fewer (docs/facts/slack.md, "Surprises", 2)
	}
	if err != nil {
		return nil, err
	}
	ws, resp, err := dialerFor(s.opts.Dialer, address).DialContext(ctx, address, nil)
	if resp != nil && resp.Body != nil {
		defer func() { _ = resp.Body.Close() }()
	}
	if err != nil {
		trouble := remedy.SocketBlocked
		if resp != nil {
			start, _ := io.ReadAll(resp.Body) // the library keeps the first kilobyte
			err = fmt.Errorf("http %d, %s", resp.StatusCode, reach.DescribePage(resp, start))
		} else if ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) {
			err = errSlow
		} else if way := slackapi.OnTheWay(err); way != remedy.SlackSilent && way != remedy.SlackRefused {
			trouble = way
		}
		return nil, remedy.Wrap(trouble, fmt.Errorf("dial the web socket: %w", slackapi.WithoutURL(err)))
	}
	return newConnection(ws, s.opts.Metrics, log), nil
}

// dispatch handles the envelope in a goroutine of its own. When too many are being
// handled, the caller is told at once instead.
func (s *Sockets) dispatch(ctx context.Context, e *Envelope) {
	select {
	case s.handling <- struct{}{}:
	default:
		s.log.WarnContext(ctx, "envelope turned away: too many at once", "envelope", e.ID, "type", e.Type)
		s.opts.TurnAway(e)
		return
	}
	s.handlers.Go(func() {
		defer func() { <-s.handling }()
		s.handle(ctx, e)
		if !e.acked.Load() { // Slack is owed an answer, whatever the handler made of it
			_ = e.Ack(nil)
		}
	})
}

// hopelessError is a refusal that does not heal while the program runs.
type hopelessError struct{ error }

// Unwrap returns the refusal.
func (e *hopelessError) Unwrap() error { return e.error }

// backoff returns a pause that doubles with every failure, give or take a quarter.
func backoff(failures int) time.Duration {
	pause := min(retryLast, retryFirst<<min(failures-1, 10))
	return pause + rand.N(pause/4+1)
}

// Types of the envelopes that the bot acts on.
const (
	TypeCommand     = socketmode.RequestTypeSlashCommands
	TypeInteractive = socketmode.RequestTypeInteractive
	TypeEvent       = socketmode.RequestTypeEventsAPI
)
