package main

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/pipenet"
	"github.com/docspace-invite-bot/bot/internal/reach"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// world is a Slack workspace, a portal and the bot between them, in one process and in
// fake time: the real HTTP and WebSocket clients over pipes. Ann leads a team, Bob and Carol
// work there, Zoe runs the workspace, Gus is a guest.
type world struct {
	t      *testing.T
	ctx    context.Context
	slack  *slacksim.Workspace
	portal *docspacesim.Portal
	env    map[string]string
	log    *logBook
	raw    *logBook // what is logged, before anything is taken out of it
	net    pipenet.Network
	// dial and dialSocket replace the way to the servers, where they are set.
	dial, dialSocket dialFunc
	// proxy is what stands between the bot and the servers, or before Slack's WebSockets only; tls is how
	// the bot looks at certificates.
	proxy              *url.URL
	proxiesSocketsOnly bool
	tls                *tls.Config

	ann, bob, carol, zoe, gus string
	general                   string
	stop                      func()
	ended                     chan error
}

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

const (
	slackHost  = "127.0.0.1:8001"
	portalHost = "127.0.0.1:8002"
)

// story runs a test in a world in fake time, with a bot that is connected. Settings are
// pairs of a variable and its value.
func story(t *testing.T, tell func(w *world), settings ...string) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, settings...)
		w.start()
		tell(w)
	})
}

// newWorld makes the world without starting the bot. Everything ends with the test.
func newWorld(t *testing.T, settings ...string) *world {
	t.Helper()
	w := &world{t: t, ctx: t.Context(), slack: slacksim.New(slacksim.WithHeaderTokens()), portal: docspacesim.New(), log: &logBook{}, raw: &logBook{}}
	w.ann = w.slack.AddUser(slacksim.User{Name: "ann", RealName: "Ann Archer", Email: "ann@acme.test"}).ID
	w.bob = w.slack.AddUser(slacksim.User{Name: "bob", RealName: "Bob Baker", Email: "bob@acme.test"}).ID
	w.carol = w.slack.AddUser(slacksim.User{Name: "carol", RealName: "Carol Chen", Email: "Carol@acme.test"}).ID
	w.zoe = w.slack.AddUser(slacksim.User{Name: "zoe", RealName: "Zoe Zimmer", Email: "zoe@acme.test", Admin: true}).ID
	w.gus = w.slack.AddUser(slacksim.User{Name: "gus", RealName: "Gus Guest", Email: "gus@other.test", Guest: true}).ID
	w.general = w.slack.AddChannel(slacksim.Channel{
		Name: "general", Members: []string{w.ann, w.bob, w.carol, w.zoe, w.gus, w.slack.BotUser()},
	}).ID

	w.env = map[string]string{
		"SLACK_APP_TOKEN": w.slack.AppToken(), "SLACK_BOT_TOKEN": w.slack.BotToken(),
		"SLACK_API_URL": "http://" + slackHost + "/api/",
		"DOCSPACE_URL":  "http://" + portalHost, "DOCSPACE_API_KEY": w.portal.APIKey(), "STATE": "memory",
	}
	w.sets(settings...)
	w.serve(slackHost, w.slack)
	w.serve(portalHost, w.portal)
	t.Cleanup(w.slack.Close)
	t.Cleanup(w.nothingLeaked)
	return w
}

// sets gives settings, pairs of a variable and its value, to the bot that starts next.
func (w *world) sets(settings ...string) {
	for pair := range slices.Chunk(settings, 2) {
		w.env[pair[0]] = pair[1]
	}
}

// stateFile returns the path of a state file in memory, where the system has a place for that: no story is about
// a loss of power, and a file that is probed each minute of a week would spend their time on fsyncs.
func stateFile(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "bot")
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "state.db")
}

func (w *world) serve(address string, handler http.Handler) {
	w.serveOn(w.net.Listen(address), handler)
}

func (w *world) serveOn(listener net.Listener, handler http.Handler) {
	server := &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0)}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	w.t.Cleanup(func() { _ = server.Close(); <-done })
}

// opsHost is where a bot with HTTP_ADDR=opsHost serves its operator.
const opsHost = "127.0.0.1:8003"

func (w *world) listen(_ context.Context, address string) (net.Listener, error) {
	return w.net.Listen(address), nil
}

// asks returns what the bot serves to its operator.
func (w *world) asks(path string) (status int, text string) {
	w.t.Helper()
	transport := &http.Transport{DialContext: w.net.DialContext, DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport}).Get("http://" + opsHost + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// start starts the bot and waits until Slack has a connection to it.
func (w *world) start() {
	w.t.Helper()
	w.launch()
	w.await("a connection", func() bool { return w.slack.Connections() > 0 })
}

// launch starts the bot without waiting for anything.
func (w *world) launch() {
	w.t.Helper()
	s, err := readSettings(w.env)
	if err != nil {
		w.t.Fatal(err)
	}
	s.LogLevel, s.LogFormat = slog.LevelDebug, "json"
	log := slog.New(slog.NewMultiHandler(newLog(w.log, s).Handler(), slog.NewJSONHandler(w.raw, &slog.HandlerOptions{Level: slog.LevelDebug})))
	ctx, cancel := context.WithCancel(context.Background())
	way, leave := w.network()
	ended := make(chan error, 1)
	go func() {
		defer leave()
		ended <- run(ctx, s, log, way)
	}()
	var stopped bool
	w.ended = ended
	w.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			w.t.Errorf("the bot ended with: %v", err)
		}
	}
	w.t.Cleanup(w.stop)
}

// network is the way to the servers of this world; the function lets go of it.
func (w *world) network() (network, func()) {
	dial, dialSocket := w.net.DialContext, w.net.DialContext
	if w.dial != nil {
		dial, dialSocket = w.dial, w.dial
	}
	if w.dialSocket != nil {
		dialSocket = w.dialSocket
	}
	transport := &http.Transport{DialContext: dial, TLSClientConfig: w.tls, OnProxyConnectResponse: reach.Intercept}
	dialer := &websocket.Dialer{NetDialContext: dialSocket, WriteBufferSize: 32 << 10}
	if w.proxiesSocketsOnly {
		dialer.Proxy = http.ProxyURL(w.proxy)
	} else {
		transport.Proxy = func(r *http.Request) (*url.URL, error) {
			if r.URL.Scheme == "http" { // this machine's
				return nil, nil
			}
			return w.proxy, nil
		}
	}
	way := network{transport: transport, dialer: dialer}
	if w.env["HTTP_ADDR"] == opsHost {
		way.listen = w.listen
	}
	return way, transport.CloseIdleConnections
}

// await waits until something is so, up to two hours of fake time.
func (w *world) await(what string, ready func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, 2*time.Hour)
	defer cancel()
	for !ready() {
		if ctx.Err() != nil {
			w.t.Fatalf("two hours passed without %s\nlog:\n%s", what, w.log)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// passes lets time pass.
func (w *world) passes(d time.Duration) { time.Sleep(d); synctest.Wait() }

// types has someone type a command and waits for Slack to have its acknowledgement.
func (w *world) types(user, channel, line string) {
	w.t.Helper()
	if err := w.slack.Type(user, channel, line).Wait(w.ctx); err != nil {
		w.t.Fatalf("%s: %v\nlog:\n%s", line, err, w.log)
	}
}

// card waits for the n-th card in the channel, counted from 1, and returns it.
func (w *world) card(channel string, n int) slacksim.Message {
	w.t.Helper()
	var card slacksim.Message
	w.await("a card", func() bool {
		cards := w.cards(channel)
		if len(cards) < n {
			return false
		}
		card = cards[n-1]
		return true
	})
	return card
}

// cards returns the channel's cards as they are now.
func (w *world) cards(channel string) []slacksim.Message {
	var cards []slacksim.Message
	for _, m := range w.slack.Messages(channel) {
		if m.ThreadTS == "" && strings.Contains(string(m.Metadata), "docspace_invitation") {
			cards = append(cards, m)
		}
	}
	return cards
}

// presses has someone use a control of a message, and waits for the acknowledgement.
func (w *world) presses(user string, at slacksim.Message, action string, chosen ...string) {
	w.t.Helper()
	if err := w.slack.Press(user, at.Channel, at.TS, action, chosen...).Wait(w.ctx); err != nil {
		w.t.Fatalf("press %s %q: %v\n%s", action, chosen, err, at.Plain())
	}
}

// pressesJoin has someone press Join on a card.
func (w *world) pressesJoin(user string, card slacksim.Message) {
	w.t.Helper()
	w.presses(user, card, "join")
}

// joins has someone register at the portal by the card's link, without confirming their
// email address.
func (w *world) joins(card slacksim.Message, first, last, email string) {
	w.t.Helper()
	if _, err := w.portal.Join(linkOf(w.t, card), first, last, email); err != nil {
		w.t.Fatalf("%s joins: %v", first, err)
	}
}

func (w *world) activates(email string) {
	w.t.Helper()
	if err := w.portal.Activate(email); err != nil {
		w.t.Fatalf("%s activates: %v", email, err)
	}
}

// thread waits until the card's thread has n replies, and returns what people read there.
func (w *world) thread(card slacksim.Message, n int) []string {
	w.t.Helper()
	w.await("replies in the thread", func() bool { return len(w.slack.Thread(card.Channel, card.TS)) >= n })
	return w.threadNow(card)
}

func (w *world) threadNow(card slacksim.Message) []string {
	var texts []string
	for _, m := range w.slack.Thread(card.Channel, card.TS) {
		texts = append(texts, m.Plain())
	}
	return texts
}

// told waits until the person alone was told n things, and returns the last of them.
func (w *world) told(user string, n int) string {
	w.t.Helper()
	w.await("an answer to "+user, func() bool { return len(w.slack.Ephemerals(user)) >= n })
	all := w.slack.Ephemerals(user)
	return all[len(all)-1].Plain()
}

// nothingPosted checks that no one saw anything in the channel.
func (w *world) nothingPosted(channel string) {
	w.t.Helper()
	if all := w.slack.Messages(channel); len(all) > 0 {
		w.t.Errorf("posted in the channel: %q", all[0].Plain())
	}
}

// noCard checks that there is no card in the channel.
func (w *world) noCard(channel string) {
	w.t.Helper()
	if cards := w.cards(channel); len(cards) > 0 {
		w.t.Errorf("posted in the channel: %q", cards[0].Plain())
	}
}

func contains(t *testing.T, what, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(strings.ToLower(text), strings.ToLower(want)) {
			t.Errorf("%s does not say %q:\n%s", what, want, text)
		}
	}
}
