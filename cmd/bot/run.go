package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/lmittmann/tint"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"github.com/docspace-invite-bot/bot/internal/docspace"
	"github.com/docspace-invite-bot/bot/internal/grace"
	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/logging"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
	"github.com/docspace-invite-bot/bot/internal/slackbot"
	"github.com/docspace-invite-bot/bot/internal/socketmode"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// runCommand is bot run.
func runCommand(ctx context.Context, env map[string]string, stderr io.Writer) int {
	s, err := readSettings(env)
	if err != nil {
		return misconfigured(stderr, env, err)
	}
	log := newLog(stderr, s)
	for _, n := range s.notices {
		log.WarnContext(ctx, "a setting may be wrong", "setting", n.variable, "detail", n.detail, "remedy", n.remedy)
	}
	ctx, stop := whileHangingUp(ctx, isTerminal(stderr), log)
	defer stop()
	if err = run(ctx, s, log, s.network()); err != nil {
		remedy.Logger(log).ErrorContext(ctx, "the bot stops", "err", err)
		if remedy.Of(err) == remedy.AddressNotOurs { // starting again won't help
			return exitUsage
		}
		return exitFailed
	}
	log.InfoContext(ctx, "stopped", "cause", context.Cause(ctx))
	return exitDone
}

var errHungUp = errors.New("the terminal was closed")

// whileHangingUp returns a context that SIGHUP ends at a terminal, which has been closed. A bot without one
// runs on: there the signal is an operator's or a log rotation's, and asks for nothing that the bot does.
func whileHangingUp(ctx context.Context, terminal bool, log *slog.Logger) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	if signal.Ignored(syscall.SIGHUP) { // nohup
		return ctx, func() { cancel(nil) }
	}
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-hangups:
			}
			if terminal {
				cancel(errHungUp)
				return
			}
			log.InfoContext(ctx, "SIGHUP changes nothing: restart the bot to read the settings again")
		}
	}()
	return ctx, func() { signal.Stop(hangups); cancel(nil) }
}

// misconfigured tells what is wrong with the settings: as the log is written where that is to be json.
func misconfigured(stderr io.Writer, env map[string]string, err error) int {
	if strings.TrimSpace(env["LOG_FORMAT"]) == "json" {
		log := newLog(stderr, settings{LogFormat: "json", LogPII: true})
		for _, f := range misreadings(err) {
			log.Error("the configuration is wrong", "setting", f.Check, "err", f.Detail, "remedy", f.Remedy)
		}
		return exitUsage
	}
	wrong := logging.NewRedactor(logging.RedactorOptions{ShowAddresses: true}).Text(err.Error()) // a token may stand where another thing belongs
	_, _ = fmt.Fprintf(stderr, "The configuration is wrong:\n\n%s\n\ndocs/settings.md lists all settings. bot check tries them.\n", wrong)
	return exitUsage
}

// run is the bot: it returns nil when the context ended, and an error when Slack refuses it
// for good. An invitation's way through it: Sockets → Bot → Tracker → Messenger and Portal.
func run(ctx context.Context, s settings, log *slog.Logger, net network) error {
	log = remedy.Logger(log)
	counts := newCounts()
	serving := &ops{metrics: promhttp.HandlerFor(counts.registry, promhttp.HandlerOpts{})}
	counts.registry.MustRegister(serving.live(), serving.leader())
	group, ctx := errgroup.WithContext(ctx)
	if s.HTTPAddr != "" { // before all that may wait for the outside
		group.Go(func() error { return serving.serve(ctx, s.HTTPAddr, log, net) })
	}
	group.Go(func() error { return work(ctx, s, log, net, counts, serving) })
	return group.Wait()
}

// counts are what the bot counts, however often it comes to lead.
type counts struct {
	registry *prometheus.Registry
	tracker  *tracker.Metrics
	slack    *slackapi.Metrics
	sockets  *socketmode.Metrics
	people   *slackbot.Metrics
	portal   *docspace.Metrics
}

func newCounts() counts {
	registry := newRegistry(build())
	return counts{
		registry: registry, tracker: tracker.NewMetrics(registry), slack: slackapi.NewMetrics(registry),
		sockets: socketmode.NewMetrics(registry), people: slackbot.NewMetrics(registry), portal: docspace.NewMetrics(registry),
	}
}

// work is run, except for what is served to the operator. A bot that loses the lead of its database
// starts over.
func work(ctx context.Context, s settings, log *slog.Logger, net network, counts counts, serving *ops) error {
	for {
		store, closeStore, err := openJournal(ctx, s, log, serving)
		switch {
		case err != nil && ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		leading, lost := ctx, context.Background()
		if database, ok := store.(*journal.Postgres); ok {
			log.InfoContext(ctx, "leading")
			var cancel context.CancelCauseFunc
			leading, cancel = context.WithCancelCause(ctx)
			lost, net.leads = database.Leading(), database.Leads
			context.AfterFunc(lost, func() { cancel(context.Cause(lost)) })
		}
		serving.open.Store(true)
		err = lead(leading, store, s, log, net, counts, serving)
		serving.open.Store(false)
		serving.work.Store(nil)
		isLost, cause := lost.Err() != nil, context.Cause(lost)
		closeStore()
		if !isLost || ctx.Err() != nil {
			return err
		}
		log.WarnContext(ctx, "no longer leading: the connection to the database is lost", "err", cause)
	}
}

// lead does all that a bot does, until the context ends.
func lead(ctx context.Context, store tracker.Journal, s settings, log *slog.Logger, net network, counts counts, serving *ops) error {
	httpClient := net.client()
	defer httpClient.CloseIdleConnections()
	api := slackClient(s, httpClient, counts.slack)
	identity, err := introduce(ctx, api, log)
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return err
	}
	portal, err := newPortal(s, counts.portal, log, net)
	if err != nil {
		return err
	}
	defer portal.Close()

	messenger := slackbot.NewMessenger(api, slackbot.MessengerOptions{
		Team: identity.TeamID, Workspace: identity.URL, BotUser: identity.UserID, PortalURL: s.DocSpaceURL, Welcome: s.welcome, Log: log, Policy: s.policy(), Rooms: portal,
		Language: s.Language.Language, Reminders: s.Reminders, Hours: slackbot.Hours(s.Hours),
	})
	invitations := tracker.New(store, portal, messenger, tracker.Options{
		TTL: s.TTL, Poll: s.Poll, PerHour: s.PerHour, Retention: s.Retention, Congratulate: s.WelcomeKey != "", SendWelcome: s.WelcomeDM,
		Policy:  invitation.Policy{Remind: s.Reminders, Deliver: s.Links == linksClaimed, Email: s.EmailInvites},
		Metrics: counts.tracker, Log: log,
	})
	if err := invitations.Recover(ctx); err != nil {
		return err
	}
	debug.FreeOSMemory() // what reading the journal took
	hears := slackbot.NewBot(invitations, messenger, invitation.Role(s.DefaultRole), counts.people, log)
	sockets := socketmode.New(api, socketmode.Options{
		Count: s.SlackSockets, Dialer: net.webSocket(), TurnAway: hears.TurnAway, Metrics: counts.sockets, Log: log,
	}, hears.Handle)

	log.InfoContext(ctx, "bot started", "version", version(), "team", identity.TeamID, "sockets", s.SlackSockets)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return sockets.Run(ctx) })
	group.Go(func() error { return invitations.Run(ctx) })
	group.Go(func() error { return hears.KeepHomes(ctx) })
	look := &lookout{settings: s, net: net, log: log, api: api, bot: identity, app: sockets.App, portal: portal, swept: invitations.Health}
	group.Go(func() error { return look.run(ctx) })
	if s.HTTPAddr != "" {
		serving.work.Store(&atWork{connections: sockets.Live, health: look.health, census: invitations.Census})
	}
	return group.Wait()
}

// openJournal opens what STATE names. Of a database it returns when this bot leads.
func openJournal(ctx context.Context, s settings, log *slog.Logger, serving *ops) (store tracker.Journal, closeStore func(), err error) {
	if s.State == "memory" {
		return journal.Memory{}, func() {}, nil
	}
	if journal.IsPostgres(s.State) {
		database, err := openDatabase(ctx, s.State, log, serving)
		if err != nil {
			return nil, nil, err
		}
		return database, func() { _ = database.Close() }, nil
	}
	file, err := journal.OpenSQLite(ctx, s.State, journal.SQLiteOptions{Relaxed: s.StateSync == syncProcess})
	if err != nil {
		return nil, nil, err
	}
	return file, func() { _ = file.Close() }, nil
}

// reopenMax is the longest pause before a database is tried again.
const reopenMax = 5 * time.Second

// openDatabase opens the database and stands by until this bot leads. It keeps trying while the database
// is away or has no room for another connection, which passes. What an operator has to fix ends the start.
func openDatabase(ctx context.Context, address string, log *slog.Logger, serving *ops) (*journal.Postgres, error) {
	for wait := time.Second; ; wait = min(2*wait, reopenMax) {
		database, err := journal.OpenPostgres(ctx, address, log)
		if err == nil {
			err = database.Lead(ctx, func() {
				wait = time.Second / 2
				if !serving.standby.Swap(true) {
					log.InfoContext(ctx, "standing by: another bot leads")
				}
			})
			serving.standby.Store(false)
			if err == nil {
				return database, nil
			}
			_ = database.Close()
		}
		if !journal.Passes(err) {
			return nil, err
		}
		log.WarnContext(ctx, "the database cannot be opened yet", "again_in", wait, "err", err)
		if !grace.Sleep(ctx, wait) {
			return nil, ctx.Err()
		}
	}
}

func (s settings) policy() slackbot.Policy {
	return slackbot.Policy{
		OpenRoles: roles(s.OpenRoles), Admins: s.Admins, Channels: s.Channels, SharedChannels: s.Shared,
		ApprovalChannel: s.Approval, ClaimedLinks: s.Links == linksClaimed, Rooms: s.Rooms,
	}
}

// slackClient returns a client of Slack's Web API, whose calls are counted unless metrics is nil.
func slackClient(s settings, client *http.Client, metrics *slackapi.Metrics) *slackapi.Client {
	return slackapi.New(slackapi.Options{URL: s.SlackAPIURL, Bot: s.SlackBotToken, App: s.SlackAppToken, HTTP: client, Metrics: metrics})
}

// newPortal returns a client of the portal, whose calls are counted unless metrics is nil.
func newPortal(s settings, metrics *docspace.Metrics, log *slog.Logger, net network) (*docspace.Client, error) {
	return docspace.New(docspace.Options{
		URL: s.DocSpaceURL, Key: s.DocSpaceKey, WelcomeKey: s.WelcomeKey, Rate: s.DocSpaceRate, Log: log,
		UserAgent: "docspace-invite-bot/" + cmp.Or(buildVersion, "dev"),
		Transport: net.pool(), AllowHTTP: s.AllowHTTP, Metrics: metrics, Managed: s.Links == linksManaged,
	})
}

// introduce asks Slack whose token this is. It insists as long as Slack does not answer,
// and gives up when Slack refuses the token or the context ends.
func introduce(ctx context.Context, api *slackapi.Client, log *slog.Logger) (slackapi.Identity, error) {
	for attempt := 1; ; attempt++ {
		identity, err := api.WhoAmI(ctx)
		switch {
		case err == nil:
			if missing := identity.Missing(slackapi.Scopes); len(missing) > 0 {
				log.ErrorContext(ctx, "the bot token doesn't allow everything the bot does", "missing", missing, "err", remedy.Explain(remedy.BotScopeMissing, nil))
			}
			return identity, nil
		case errors.Is(err, invitation.ChatMisconfigured):
			return identity, remedy.Explain(cmp.Or(remedy.Of(err), remedy.BotTokenUnknown), err)
		}
		wait := min(time.Minute, time.Second<<min(attempt-1, 6))
		log.WarnContext(ctx, "slack doesn't say who this bot is", "attempt", attempt, "again_in", wait, "err", err)
		if !grace.Sleep(ctx, wait) {
			return identity, ctx.Err()
		}
	}
}

// newLog returns a logger that writes as LOG_FORMAT and LOG_LEVEL say, and neither secrets nor, but
// with LOG_PII, email addresses.
func newLog(w io.Writer, s settings) *slog.Logger {
	terminal := isTerminal(w)
	handler := tint.NewTextHandler(w, &tint.Options{Level: s.LogLevel, TimeFormat: time.TimeOnly, NoColor: !terminal})
	if s.LogFormat == "json" || s.LogFormat == "auto" && !terminal {
		handler = slog.NewJSONHandler(w, &slog.HandlerOptions{Level: s.LogLevel})
	}
	return slog.New(logging.NewHandler(handler, s.redactor()))
}

// redactor returns what keeps secrets and email addresses out of the log. The marks of addresses
// are made with the bot token: every bot of an installation has it, it is
// not to be guessed, and nothing more must be kept.
func (s settings) redactor() *logging.Redactor {
	options := logging.RedactorOptions{Key: []byte(s.SlackBotToken.Reveal()), ShowAddresses: s.LogPII}
	for _, password := range databasePasswords(s.State) {
		options.Secrets = append(options.Secrets, logging.NewSecret(password))
	}
	for _, name := range secretNames {
		options.Secrets = append(options.Secrets, *s.secret(name))
	}
	return logging.NewRedactor(options)
}

// passwordMin is how long a database's password must be to be looked for in every text, in bytes: a shorter
// one is part of the words that the log is made of, and would show as the holes in them. Within an address
// it is hidden however short.
const passwordMin = 8

// databasePasswords returns the passwords in the address of a database, as they are and as they are written
// there.
func databasePasswords(state string) (all []string) {
	address, err := url.Parse(state)
	if err != nil || !journal.IsPostgres(state) {
		return nil
	}
	password, _ := address.User.Password()
	for _, found := range []string{password, address.Query().Get("password")} {
		if len(found) >= passwordMin {
			all = append(all, found, url.QueryEscape(found), url.PathEscape(found))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
