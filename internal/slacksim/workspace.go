package slacksim

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	mathrand "math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The identity of the workspace and of its one app.
const (
	teamID     = "T0DEMO00001"
	teamName   = "Example Team"
	teamDomain = "example-team"
	botUser    = "U0DEMOBOT01"
	botID      = "B0DEMO00001"
	appID      = "A0DEMO00001"
	botName    = "docspace"
	slackbot   = "USLACKBOT"
	// partnerTeam is the other organization of channels that are shared with one.
	partnerTeam = "T0DEMOPART1"
	// enterpriseID is the organization of people with EnterpriseTeams.
	enterpriseID = "E0DEMO00001"
)

// command is the app's one slash command, which is escaped as with should_escape.
const command = "/docspace-invite"

// defaultScopes are those of the app's manifest.
var defaultScopes = []string{
	"commands", "chat:write", "chat:write.public", "users:read", "users:read.email", "usergroups:read",
	"channels:read", "groups:read", "im:read", "mpim:read",
}

// errClosed is what waiting ends with when the workspace is closed.
var errClosed = errors.New("slacksim: the workspace is closed")

// Workspace is one Slack workspace with one app in it. Its methods are safe for concurrent use.
type Workspace struct {
	prefix             string
	botToken, appToken string
	headerTokens       bool
	mux                *http.ServeMux

	closing chan struct{}  // closed by Close
	running sync.WaitGroup // sockets and timers; Add only while the lock is held and closed is false

	mu      sync.Mutex
	closed  bool
	changed chan struct{} // closed and replaced at every change
	subs    map[chan struct{}]struct{}
	timers  map[*alarm]struct{}
	random  *mathrand.Rand
	number  int // the last number given out in an id
	lastTS  int64

	revoked     []string // tokens that were good once
	scopes      []string
	messagesTab bool
	homeTab     bool
	users       map[string]*User
	userOrder   []string
	channels    map[string]*Channel
	channelIDs  []string
	groups      map[string]*Group
	groupIDs    []string

	posts     map[string][]*post // by channel, oldest first
	whispers  []*post            // ephemerals, oldest first
	stacks    map[string][]*view // open modals by user, the visible one last
	homes     map[string]*view
	triggers  map[string]*trigger
	responses map[string]*responseURL

	tickets     map[string]time.Time // until when each is good
	issued      []string             // every ticket there ever was
	sockets     []*socket
	socketCount int
	maxSockets  int
	deliveries  map[string]*Delivery // by envelope id
	acked       map[string]bool      // every envelope id that an ack named, unknown ones too
	homeless    []*Delivery          // to be sent on the next socket
	duplicate   bool
	redeliver   bool
	refuseOpen  string
	refuseBot   string
	appScopes   []string
	socketApp   string // whose the app-level token is
	socketsOff  bool
	ahead       time.Duration

	faults  []*fault
	limited bool
	buckets map[string]*rate.Limiter
	calls   []Call
	counts  map[string]int
}

// Option is a setting of a new workspace.
type Option func(*Workspace)

// WithPrefix says below which path the workspace is mounted, e.g. "/slack". It strips the
// prefix itself and puts it in the addresses that it hands out.
func WithPrefix(prefix string) Option {
	return func(w *Workspace) { w.prefix = strings.TrimSuffix(prefix, "/") }
}

// WithSeed makes the choice among connections repeatable.
func WithSeed(seed uint64) Option {
	return func(w *Workspace) { w.random = mathrand.New(mathrand.NewPCG(seed, seed)) }
}

// WithHeaderTokens has the workspace take tokens from the Authorization header alone, and none from
// among the arguments.
func WithHeaderTokens() Option {
	return func(w *Workspace) { w.headerTokens = true }
}

// New makes a workspace with its app and no one in it.
func New(opts ...Option) *Workspace {
	w := &Workspace{
		botToken: newBotToken(), appToken: newAppToken(),
		closing: make(chan struct{}), changed: make(chan struct{}),
		subs: map[chan struct{}]struct{}{}, timers: map[*alarm]struct{}{},
		scopes: slices.Clone(defaultScopes), appScopes: slices.Clone(defaultAppScopes), socketApp: appID, messagesTab: true, homeTab: true,
		users: map[string]*User{}, channels: map[string]*Channel{}, groups: map[string]*Group{},
		posts: map[string][]*post{}, stacks: map[string][]*view{}, homes: map[string]*view{},
		triggers: map[string]*trigger{}, responses: map[string]*responseURL{},
		tickets: map[string]time.Time{}, maxSockets: 10,
		deliveries: map[string]*Delivery{}, acked: map[string]bool{},
		buckets: map[string]*rate.Limiter{}, counts: map[string]int{},
	}
	WithSeed(mathrand.Uint64())(w)
	for _, opt := range opts {
		opt(w)
	}
	w.mux = w.routes()
	w.addUser(User{ID: botUser, Name: botName, RealName: botName, Bot: true})
	return w
}

func newBotToken() string { return "xoxb-0-0-" + rand.Text() }

func newAppToken() string { return "xapp-1-" + appID + "-0-" + strings.ToLower(rand.Text()) }

// Close cuts every connection and ends every wait. When it returns, no goroutine of the
// workspace is left; requests that come later are answered 503.
func (w *Workspace) Close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.closing)
	}
	for a := range w.timers {
		w.cancel(a)
	}
	sockets := slices.Clone(w.sockets)
	w.notify()
	w.mu.Unlock()
	for _, s := range sockets {
		s.cut()
	}
	w.running.Wait()
}

// BotToken returns the token with which the app calls the Web API, xoxb-….
func (w *Workspace) BotToken() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.botToken
}

// AppToken returns the app-level token with which it opens connections, xapp-….
func (w *Workspace) AppToken() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.appToken
}

// RenewTokens revokes both tokens and returns new ones. Connections that are open stay open
// (docs/facts/slack.md, "Opening").
func (w *Workspace) RenewTokens() (bot, app string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.revoked = append(w.revoked, w.botToken, w.appToken)
	w.botToken, w.appToken = newBotToken(), newAppToken()
	return w.botToken, w.appToken
}

// Secrets returns the part that opens them of every response_url and every address of a connection
// that was ever handed out.
func (w *Workspace) Secrets() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Concat(w.issued, slices.Collect(maps.Keys(w.responses)))
}

// TeamID returns the id of the workspace.
func (w *Workspace) TeamID() string { return teamID }

// BotUser returns the user id of the app's bot.
func (w *Workspace) BotUser() string { return botUser }

// set changes a setting. It takes the lock.
func (w *Workspace) set(how func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	how()
}

// SetScopes replaces the scopes granted to the bot. Methods that need another one answer
// missing_scope.
func (w *Workspace) SetScopes(scopes ...string) { w.set(func() { w.scopes = slices.Clone(scopes) }) }

// SetAppScopes replaces the scopes of the app-level token. Without connections:write no
// connection is opened (docs/facts/slack.md, "Opening").
func (w *Workspace) SetAppScopes(scopes ...string) {
	w.set(func() { w.appScopes = slices.Clone(scopes) })
}

// AppTokenOf has the app-level token belong to another app than the bot token, as when two were
// mixed up: Slack says only in its greeting whose it is.
func (w *Workspace) AppTokenOf(app string) { w.set(func() { w.socketApp = app }) }

// RefuseBot has every call with the bot token answer with an error code, such as
// token_revoked; "" ends that.
func (w *Workspace) RefuseBot(errorCode string) { w.set(func() { w.refuseBot = errorCode }) }

// SocketMode switches the app's Socket Mode, which is on at first. When it goes off, open
// connections are told link_disabled, and later ones instead of a greeting (docs/facts/slack.md,
// "disconnect").
func (w *Workspace) SocketMode(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.socketsOff = !on
	if !on {
		for _, s := range w.some(-1) {
			w.end(s, reasonDisabled)
		}
		w.notify()
	}
}

// Clock sets how far Slack's clock is ahead, in what it answers about itself: the header Date.
func (w *Workspace) Clock(ahead time.Duration) { w.set(func() { w.ahead = ahead }) }

// now is what Slack's clock shows. It takes the lock.
func (w *Workspace) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.ahead)
}

// MessagesTab switches the app's Messages tab, which is on at first. Without it, direct
// messages of the app to people fail with messages_tab_disabled (docs/facts/slack.md,
// "chat.postMessage and chat.update").
func (w *Workspace) MessagesTab(on bool) { w.set(func() { w.messagesTab = on }) }

// HomeTab switches the app's Home tab, which is on at first. Without it views.publish
// answers not_enabled (docs/facts/slack.md, "Web API methods").
func (w *Workspace) HomeTab(on bool) { w.set(func() { w.homeTab = on }) }

// Await returns nil as soon as ready says so. It asks at once and after every change of
// the workspace; ready may call the workspace's methods. The error is the context's, or
// that the workspace was closed.
func (w *Workspace) Await(ctx context.Context, ready func() bool) error {
	for {
		w.mu.Lock()
		changed := w.changed
		w.mu.Unlock()
		if ready() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-w.closing:
			return errClosed
		}
	}
}

// Changes returns a channel that receives after the workspace changed, once for several
// changes that come faster than they are received, and a function that ends it.
func (w *Workspace) Changes() (changes <-chan struct{}, cancel func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	sub := make(chan struct{}, 1)
	w.subs[sub] = struct{}{}
	return sub, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.subs, sub)
	}
}

// notify tells everyone who waits that something changed.
func (w *Workspace) notify() {
	close(w.changed)
	w.changed = make(chan struct{})
	for sub := range w.subs {
		select {
		case sub <- struct{}{}:
		default:
		}
	}
}

// alarm is a function that is called later, unless it is cancelled or the workspace closes.
type alarm struct{ timer *time.Timer }

// after calls do once d has passed, with the lock held.
func (w *Workspace) after(d time.Duration, do func()) *alarm {
	a := &alarm{}
	if w.closed {
		return a
	}
	w.timers[a] = struct{}{}
	w.running.Add(1)
	a.timer = time.AfterFunc(d, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if _, ok := w.timers[a]; !ok {
			return // cancelled meanwhile, and counted off there
		}
		delete(w.timers, a)
		defer w.running.Done()
		do()
	})
	return a
}

func (w *Workspace) cancel(a *alarm) {
	if _, ok := w.timers[a]; ok {
		delete(w.timers, a)
		a.timer.Stop()
		w.running.Done()
	}
}
