package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// failure is something that breaks outside the bot, and what the operator hears of it.
type failure struct {
	name string
	// breaks breaks it, in a world that was sound.
	breaks func(w *world)
	// check is the line of bot check that tells, and says what it says of the cause.
	check, says string
	// logs is what the log of a running bot says of the cause.
	logs string
	// ends says that the bot cannot run on.
	ends bool
	// works says that the bot would work all the same.
	works bool
}

// failures are told apart by the operator at the first glance. Of each one bot check and the log
// give the same remedy, which the test compares; the disk that is full, and what is wrong with the
// settings themselves, have tests of their own below and in disk_linux_test.go.
var failures = []failure{
	// The tokens and the app.
	{name: "bot token unknown", breaks: set("SLACK_BOT_TOKEN", "xoxb-0"), check: "SLACK_BOT_TOKEN", says: "invalid_auth", logs: "doesn't recognize SLACK_BOT_TOKEN", ends: true},
	{name: "bot token of the wrong kind", breaks: botRefused("not_allowed_token_type"), check: "SLACK_BOT_TOKEN", says: "wrong kind", logs: "not_allowed_token_type", ends: true},
	{name: "bot token revoked", breaks: botRefused("token_revoked"), check: "SLACK_BOT_TOKEN", says: "revoked", logs: "token_revoked", ends: true},
	{name: "bot token expired", breaks: botRefused("token_expired"), check: "SLACK_BOT_TOKEN", says: "expired", logs: "token_expired", ends: true},
	{name: "workspace deactivated", breaks: botRefused("account_inactive"), check: "SLACK_BOT_TOKEN", says: "deactivated", logs: "account_inactive", ends: true},
	{name: "app not approved", breaks: botRefused("team_access_not_granted"), check: "SLACK_BOT_TOKEN", says: "isn't allowed in this workspace", logs: "team_access_not_granted", ends: true},
	{
		name:   "bot scope missing",
		breaks: func(w *world) { w.slack.SetScopes("commands", "chat:write", "users:read", "channels:read") },
		check:  "Slack scopes", says: "users:read.email", logs: "users:read.email",
	},
	{name: "app token unknown", breaks: set("SLACK_APP_TOKEN", "xapp-0"), check: "SLACK_APP_TOKEN", says: "invalid_auth", logs: "doesn't recognize SLACK_APP_TOKEN", ends: true},
	{name: "app token revoked", breaks: openRefused("token_revoked"), check: "SLACK_APP_TOKEN", says: "revoked", logs: "token_revoked", ends: true},
	{name: "app token of the wrong kind", breaks: openRefused("not_allowed_token_type"), check: "SLACK_APP_TOKEN", says: "wrong kind", logs: "not_allowed_token_type", ends: true},
	{
		name: "app token without connections:write", breaks: func(w *world) { w.slack.SetAppScopes("authorizations:read") },
		check: "SLACK_APP_TOKEN", says: "connections:write", logs: "missing_scope", ends: true,
	},
	{name: "installer left", breaks: openRefused("user_removed_from_team"), check: "SLACK_APP_TOKEN", says: "left the workspace", logs: "user_removed_from_team", ends: true},
	{name: "workspace disabled", breaks: openRefused("team_disabled"), check: "SLACK_APP_TOKEN", says: "workspace is disabled", logs: "team_disabled", ends: true},
	{name: "Socket Mode off", breaks: func(w *world) { w.slack.SocketMode(false) }, check: "SLACK_APP_TOKEN", says: "link_disabled", logs: "Socket Mode is switched off", ends: true},
	{name: "too many websockets", breaks: func(w *world) { w.slack.MaxConnections(0) }, check: "SLACK_APP_TOKEN", says: "too_many_websockets", logs: "too_many_websockets"},
	{name: "websockets blocked", breaks: func(w *world) { w.dialSocket = never }, check: "SLACK_APP_TOKEN", says: "can't be reached", logs: "dial the web socket: no connection came about in time"},
	{name: "tokens of two apps", breaks: func(w *world) { w.slack.AppTokenOf("A0OTHER") }, check: "SLACK_APP_TOKEN", says: "A0OTHER", logs: "belong to two apps"},

	// The way to Slack.
	{name: "Slack at another address", breaks: set("SLACK_API_URL", "http://"+slackHost+"/nothing/"), check: "SLACK_BOT_TOKEN", says: "http 404", logs: "SLACK_API_URL"},
	{name: "a page for Slack's answer", breaks: slackFails(slacksim.Fault{HTML: true}), check: "SLACK_BOT_TOKEN", says: "text/html, nginx", logs: "text/html, nginx"},
	{name: "a filter before Slack", breaks: slackFails(slacksim.Fault{HTML: true, Status: 403}), check: "SLACK_BOT_TOKEN", says: "http 403", logs: "403 Forbidden"},
	{name: "a filter before Slack's WebSockets", breaks: slackFails(slacksim.Fault{HTML: true, Status: 403, Method: "websocket"}), check: "SLACK_APP_TOKEN", says: "http 403, text/html, nginx", logs: "http 403, text/html, nginx"},
	{name: "Slack fails", breaks: slackFails(slacksim.Fault{Status: 503}), check: "SLACK_BOT_TOKEN", says: "slack has a problem", logs: "http 503"},
	{name: "Slack's 429", breaks: slackFails(slacksim.Fault{Status: 429, RetryAfter: time.Minute}), check: "SLACK_BOT_TOKEN", says: "call less often", logs: "ratelimited"},
	{name: "Slack refuses the connection", breaks: set("SLACK_API_URL", "http://127.0.0.1:8999/api/"), check: "SLACK_BOT_TOKEN", says: "refuses the connection", logs: "connection refused"},
	{name: "Slack's name unknown", breaks: noHost(slackHost), check: "SLACK_BOT_TOKEN", says: "no host with Slack's name", logs: "no such host"},
	{name: "Slack's certificate", breaks: untrusted("SLACK_API_URL", "/api/"), check: "SLACK_BOT_TOKEN", says: "not trusted", logs: "x509"},
	{name: "Slack's certificate has expired", breaks: expired("SLACK_API_URL", "/api/"), check: "SLACK_BOT_TOKEN", says: "has expired", logs: "certificate has expired"},
	{name: "Slack's address speaks plain http", breaks: set("SLACK_API_URL", "https://"+slackHost+"/api/"), check: "SLACK_BOT_TOKEN", says: "plain http", logs: "plain http"},
	{name: "the name server is away", breaks: noNameServer(slackHost), check: "SLACK_BOT_TOKEN", says: "name server fails", logs: "server misbehaving"},
	{name: "a proxy bars Slack", breaks: proxied("SLACK_API_URL", "/api/", 403), check: "SLACK_BOT_TOKEN", says: "127.0.0.1:3128 answered 403", logs: "answered 403"},
	{name: "a proxy wants a password for Slack", breaks: proxied("SLACK_API_URL", "/api/", 407), check: "SLACK_BOT_TOKEN", says: "it takes Basic", logs: "answered 407"},
	{name: "a proxy bars Slack's WebSockets", breaks: socketProxied(403), check: "SLACK_APP_TOKEN", says: "answered 403", logs: "dial the web socket: the proxy 127.0.0.1:3128 answered 403"},
	{name: "a proxy is away", breaks: proxied("SLACK_API_URL", "/api/", 0), check: "SLACK_BOT_TOKEN", says: "proxy in HTTPS_PROXY can't be reached", logs: "connection refused"},
	{name: "Slack's clock", breaks: func(w *world) { w.slack.Clock(time.Hour) }, check: "Slack's clock", says: "1h0m0s behind", logs: "clocks of this machine and Slack"},

	// Places and people.
	{name: "bot not in the channel", breaks: newChannel("CHANNELS", slacksim.Channel{Name: "out", Private: true}, false), check: "CHANNELS", says: "bot is not in the channel", logs: "CHANNELS"},
	{name: "channel unknown", breaks: set("CHANNELS", "C0NOWHERE"), check: "CHANNELS", says: "none with this id", logs: "C0NOWHERE"},
	{name: "channel archived", breaks: newChannel("CHANNELS", slacksim.Channel{Name: "old", Archived: true}, true), check: "CHANNELS", says: "archived", logs: "CHANNELS"},
	{
		name: "channel shared outside", breaks: newChannel("CHANNELS", slacksim.Channel{Name: "partners", ExtShared: true}, true),
		check: "CHANNELS", says: "other organizations", logs: "#partners", works: true,
	},
	{name: "approval channel without the bot", breaks: newChannel("APPROVAL_CHANNEL", slacksim.Channel{Name: "boss", Private: true}, false), check: "APPROVAL_CHANNEL", says: "bot is not in", logs: "APPROVAL_CHANNEL"},
	{name: "approval channel public", breaks: newChannel("APPROVAL_CHANNEL", slacksim.Channel{Name: "boss"}, true), check: "APPROVAL_CHANNEL", says: "everyone", logs: "#boss", works: true},
	{name: "admin unknown", breaks: set("ADMINS", "U0NOBODY"), check: "ADMINS", says: "no user with this id", logs: "U0NOBODY"},
	{name: "admin group unknown", breaks: set("ADMINS", "S0NOBODY"), check: "ADMINS", says: "no user group with this id", logs: "no_such_subteam"},
	{name: "admin a guest", breaks: func(w *world) { w.env["ADMINS"] = w.gus }, check: "ADMINS", says: "a guest", logs: "ADMINS", works: true},

	// The key.
	{name: "key unknown", breaks: set("DOCSPACE_API_KEY", "sk-0"), check: "DOCSPACE_API_KEY", says: "http 401", logs: "http 401"},
	{name: "key switched off", breaks: func(w *world) { w.portal.DisableKey() }, check: "DOCSPACE_API_KEY", says: "switched off", logs: "http 401"},
	{name: "key expired", breaks: func(w *world) { w.portal.ExpireKey() }, check: "DOCSPACE_API_KEY", says: "expired", logs: "http 401"},
	{name: "key about to expire", breaks: func(w *world) { w.portal.KeyExpires(time.Now().Add(3 * 24 * time.Hour)) }, check: "DOCSPACE_API_KEY", says: "about to expire", logs: "2000-01-04", works: true},
	{name: "key without the scope", breaks: func(w *world) { w.portal.SetKeyScopes("accounts:write") }, check: "DOCSPACE_API_KEY", says: "accounts:write", logs: "lacks a scope"},
	{name: "key's account too low", breaks: func(w *world) { w.portal.SetKeyOwnerRole("User") }, check: "Link for Guest", says: "can't invite", logs: "no_link"},

	// The portal.
	{name: "suspended", breaks: func(w *world) { w.portal.Suspended(true) }, check: "DOCSPACE_URL", says: "suspended", logs: "portal_unpaid"},
	{name: "about to be removed", breaks: func(w *world) { w.portal.TenantStatus(2) }, check: "DOCSPACE_URL", says: "about to be removed", logs: "portal_unpaid"},
	{name: "being restored", breaks: func(w *world) { w.portal.TenantStatus(4) }, check: "DOCSPACE_URL", says: "being restored", logs: "being restored"},
	{name: "not paid for", breaks: func(w *world) { w.portal.Unpaid(true) }, check: "DOCSPACE_API_KEY", says: "unpaid", logs: "http 402"},
	{name: "inviting off", breaks: func(w *world) { w.portal.AllowInvitingMembers(false) }, check: "Inviting", says: "switched off", logs: "portal_denied"},
	{name: "guests off", breaks: func(w *world) { w.portal.AllowInvitingGuests(false) }, check: "Inviting", says: "doesn't let them in", logs: "doesn't let them in"},
	{name: "no seat", breaks: portalFails(docspacesim.Fault{Path: "users/invite/", Status: 402, Body: noSeat}), check: "Link for User", says: "no free seat", logs: "seat_limit"},
	{name: "address barred", breaks: func(w *world) { w.portal.BarAddress(true) }, check: "DOCSPACE_API_KEY", says: "this machine's address", logs: "restricts which addresses"},
	{name: "not DocSpace", breaks: portalFails(docspacesim.Fault{HTML: true}), check: "DOCSPACE_URL", says: "other than DocSpace", logs: "not_docspace"},
	{name: "a filter before the portal", breaks: portalFails(docspacesim.Fault{HTML: true, Status: 403}), check: "DOCSPACE_URL", says: "403 Forbidden", logs: "text/html, nginx"},
	{name: "another DocSpace's page", breaks: portalFails(docspacesim.Fault{Body: `{"hello":"world"}`}), check: "DOCSPACE_URL", says: "other than DocSpace", logs: "not_docspace"},
	{name: "redirects", breaks: portalFails(docspacesim.Fault{Redirect: "https://new.acme.test/"}), check: "DOCSPACE_URL", says: "new.acme.test", logs: "new.acme.test"},
	{name: "too old", breaks: func(w *world) { w.portal.Version("3.1.1") }, check: "DOCSPACE_URL", says: "3.1.1", logs: "3.1.1"},
	{name: "down", breaks: func(w *world) { w.portal.Down(true) }, check: "DOCSPACE_URL", says: "the portal has a problem", logs: "http 502"},
	{name: "cut short", breaks: portalFails(docspacesim.Fault{Truncate: true}), check: "DOCSPACE_URL", says: "arrive incomplete", logs: "cut short"},
	{name: "portal's 429", breaks: portalFails(docspacesim.Fault{Status: 429}), check: "DOCSPACE_URL", says: "how often", logs: "portal_busy"},
	{name: "silent", breaks: portalFails(docspacesim.Fault{Delay: time.Hour}), check: "DOCSPACE_URL", says: "no answer within", logs: "no answer within"},
	{name: "connection refused", breaks: set("DOCSPACE_URL", "http://127.0.0.1:8998"), check: "DOCSPACE_URL", says: "refuses the connection", logs: "connection was refused"},
	{name: "no such host", breaks: noHost(portalHost), check: "DOCSPACE_URL", says: "no host with the portal's name", logs: "no such host"},
	{name: "certificate", breaks: untrusted("DOCSPACE_URL", ""), check: "DOCSPACE_URL", says: "certificate is not trusted", logs: "x509"},
	{name: "certificate expired", breaks: expired("DOCSPACE_URL", ""), check: "DOCSPACE_URL", says: "has expired", logs: "certificate has expired"},
	{name: "certificate of another name", breaks: misnamed, check: "DOCSPACE_URL", says: "for another name", logs: "example.com"},
	{name: "portal speaks plain http", breaks: set("DOCSPACE_URL", "https://"+portalHost), check: "DOCSPACE_URL", says: "speaks plain http", logs: "plain http"},
	{name: "portal speaks https", breaks: encrypted, check: "DOCSPACE_URL", says: "speaks https, and DOCSPACE_URL says http", logs: "speaks TLS"},
	{name: "portal's TLS is too old", breaks: outdated, check: "DOCSPACE_URL", says: "encrypted connection to the portal can't be made", logs: "protocol version"},
	{name: "portal's name server is away", breaks: noNameServer(portalHost), check: "DOCSPACE_URL", says: "name server fails", logs: "server misbehaving"},
	{name: "a proxy bars the portal", breaks: proxied("DOCSPACE_URL", "", 403), check: "DOCSPACE_URL", says: "answered 403", logs: "answered 403"},
	{name: "a proxy wants a password for the portal", breaks: proxied("DOCSPACE_URL", "", 407), check: "DOCSPACE_URL", says: "answered 407", logs: "answered 407"},
	{name: "a proxy in the clear wants a password", breaks: portalFails(docspacesim.Fault{HTML: true, Status: 407}), check: "DOCSPACE_URL", says: "user and password", logs: "http 407"},
	{name: "the portal's proxy is away", breaks: proxied("DOCSPACE_URL", "", 0), check: "DOCSPACE_URL", says: "can't be reached", logs: "connection refused"},
	{name: "an odd failure of the network", breaks: unreachable(portalHost), check: "DOCSPACE_URL", says: "no route to host", logs: "no route to host"},
	{name: "portal's clock", breaks: func(w *world) { w.portal.Clock(-10 * time.Minute) }, check: "Portal's clock", says: "10m0s ahead", logs: "clocks of this machine and the portal"},
	{name: "portal's clock, a little", breaks: func(w *world) { w.portal.Clock(30 * time.Second) }, check: "Portal's clock", says: "30s behind", logs: "clocks of this machine and the portal", works: true},

	// This machine.
	{name: "no directory", breaks: state(nil, "missing", "state.db"), check: "STATE", says: "no directory", logs: "no directory", ends: true},
	{name: "a file for a directory", breaks: state(func(w *world, path string) { w.writes(filepath.Dir(path), "a file") }, "file", "state.db"), check: "STATE", says: "no directory", logs: "not a directory", ends: true},
	{name: "another program's state", breaks: state(func(w *world, path string) { w.writes(path, strings.Repeat("a letter to mum ", 500)) }, "letter.txt"), check: "STATE", says: "another program", logs: "isn't a state file of this bot", ends: true},
	{name: "damaged state", breaks: state((*world).damages, "state.db"), check: "STATE", says: "damaged", logs: "damaged", ends: true},
	{name: "a newer version's state", breaks: state((*world).renews, "state.db"), check: "STATE", says: "newer version", logs: "schema 99", ends: true},
	{name: "a directory for a file", breaks: state(func(w *world, path string) { w.must(os.Mkdir(path, 0o700)) }, "state.db"), check: "STATE", says: "regular file", logs: "state.db", ends: true},
	{name: "memory", breaks: set("STATE", "memory"), check: "STATE", says: "forgets", works: true},
}

// TestEveryFailureIsNamedWithItsRemedy: of each failure bot check names the cause, and so does the
// log of a bot that meets it, at its start and in the midst of its work; and all give the same
// remedy.
func TestEveryFailureIsNamedWithItsRemedy(t *testing.T) {
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			var found finding
			synctest.Test(t, func(t *testing.T) { found = f.checked(newWorld(t, "STATE", stateFile(t))) })
			if found.Remedy == "" || f.logs == "" {
				return
			}
			synctest.Test(t, func(t *testing.T) { f.met(newWorld(t, "STATE", stateFile(t)), found.Remedy) })
			synctest.Test(t, func(t *testing.T) { f.comes(newWorld(t), found.Remedy) })
		})
	}
}

// checked runs bot check on the failure and returns what it found.
func (f failure) checked(w *world) finding {
	w.t.Helper()
	f.breaks(w)
	findings := w.checks()
	works := failed(findings) == 0
	if works != f.works {
		w.t.Errorf("bot check says that the bot would work: %v, want %v\n%s", works, f.works, textOf(findings))
	}
	for _, found := range findings {
		if found.Check == f.check && found.Status != holds {
			if strings.Contains(found.Detail, "\n") {
				w.t.Errorf("bot check takes more than a line: %q", found.Detail)
			}
			contains(w.t, "the line", found.Detail, f.says)
			if found.Remedy == "" || strings.Contains(found.Detail, found.Remedy) {
				w.t.Errorf("no remedy, or twice the same: %+v", found)
			}
			return found
		}
	}
	w.t.Errorf("bot check does not find fault with %s:\n%s", f.check, textOf(findings))
	return finding{}
}

// met has a running bot meet the failure: it starts, works for a moment, and Ann types a command.
func (f failure) met(w *world, want string) {
	w.t.Helper()
	f.breaks(w)
	w.launch()
	w.passes(lookOutAfter + 20*time.Second)
	if w.slack.Connections() > 0 {
		w.slack.Type(w.ann, w.general, "/docspace-invite user")
	}
	w.passes(2 * time.Minute)
	ended := false
	select {
	case err := <-w.ended:
		ended = true
		remedy.Logger(newLog(w.log, settings{LogFormat: "json"})).Error("the bot stops", "err", err)
		w.ended <- nil
	default:
	}
	if ended != f.ends {
		w.t.Errorf("the bot ended: %v, want %v", ended, f.ends)
	}
	if !slices.ContainsFunc(w.log.troubles(w.t), func(line string) bool {
		return strings.Contains(line, f.logs) && strings.Contains(line, want) && strings.Contains(line, " trouble:")
	}) {
		w.t.Errorf("no line of the log says %q and %q, and names the trouble:\n%s", f.logs, want, w.log)
	}
}

// comes has the failure come over a bot that has run for a while, with every connection lost. What
// is in the settings cannot change then.
func (f failure) comes(w *world, want string) {
	w.t.Helper()
	before := maps.Clone(w.env)
	w.start()
	w.passes(time.Minute)
	if f.breaks(w); !maps.Equal(before, w.env) || w.dial != nil || w.dialSocket != nil || w.proxy != nil {
		return
	}
	w.slack.Type(w.ann, w.general, "/docspace-invite user")
	w.passes(time.Second)
	w.slack.Drop(-1)
	told := func() bool {
		return slices.ContainsFunc(w.log.troubles(w.t), func(line string) bool { return strings.Contains(line, want) })
	}
	for _, wait := range []time.Duration{time.Minute, lookOutEvery} {
		w.passes(wait)
		select {
		case err := <-w.ended:
			remedy.Logger(newLog(w.log, settings{LogFormat: "json"})).Error("the bot stops", "err", err)
			w.ended <- nil
			wait = lookOutEvery
		default:
		}
		if told() {
			return
		}
		if wait == lookOutEvery {
			break
		}
	}
	w.t.Errorf("when it comes in the midst of work, no line of the log says %q:\n%s", want, w.log)
}

// troubles returns the warnings and errors of the log, each as its values.
func (l *logBook) troubles(t *testing.T) (lines []string) {
	t.Helper()
	for _, values := range l.logged(t) {
		if values["level"] == "WARN" || values["level"] == "ERROR" {
			lines = append(lines, fmt.Sprint(values))
		}
	}
	return lines
}

// checks runs bot check in this world.
func (w *world) checks() []finding {
	w.t.Helper()
	s, err := readSettings(w.env)
	if err != nil {
		w.t.Fatal(err)
	}
	way, leave := w.network()
	defer leave()
	return check(w.ctx, s, way)
}

func textOf(findings []finding) string {
	var out bytes.Buffer
	printText(&out, findings)
	return out.String()
}

// TestCheckAndStartRefuseTheSameSettings: what can be seen without asking anybody ends bot check and
// bot run alike, before anything else is tried.
func TestCheckAndStartRefuseTheSameSettings(t *testing.T) {
	template := filepath.Join(t.TempDir(), "welcome.tmpl")
	if err := os.WriteFile(template, []byte("Hello {{.Nonsense}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ variable, value, says string }{
		"an app token for the bot's": {"SLACK_BOT_TOKEN", "xapp-hunter2", "xoxb-"},
		"a bot token for the app's":  {"SLACK_APP_TOKEN", "xoxb-hunter2", "xapp-"},
		"a bad template":             {"WELCOME_TEMPLATE", template, "Nonsense"},
		"a template that is missing": {"WELCOME_TEMPLATE", template + ".not", "no such file"},
		"an address without a port":  {"HTTP_ADDR", "localhost", "127.0.0.1:9090"},
		"a portal in the clear":      {"DOCSPACE_URL", "http://acme.test", "https://"},
		"authorities that are none":  {"CA_FILE", template, "PEM"},
	} {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{
				"SLACK_APP_TOKEN": "xapp-1", "SLACK_BOT_TOKEN": "xoxb-1", "DOCSPACE_API_KEY": "sk-1", "DOCSPACE_URL": "http://127.0.0.1:1",
				"SLACK_API_URL": "http://127.0.0.1:1/", "STATE": "memory",
			}
			env[tt.variable] = tt.value
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // should it not end by itself
			defer cancel()
			for _, args := range [][]string{{"check"}, {"check", "--json"}, {"run"}} {
				var out, errOut bytes.Buffer
				if code := bot(ctx, args, env, &out, &errOut); code != exitUsage {
					t.Errorf("%v: exit code %d, want %d", args, code, exitUsage)
				}
				said := out.String() + errOut.String()
				contains(t, strings.Join(args, " "), said, tt.variable, tt.says)
				if strings.Contains(said, "hunter2") {
					t.Errorf("%v shows the value of a secret:\n%s", args, said)
				}
				var printed struct {
					Works  bool
					Checks []finding
				}
				if len(args) == 2 && (json.Unmarshal(out.Bytes(), &printed) != nil || printed.Works || printed.Checks[0].Check != tt.variable) {
					t.Errorf("not what a script can read:\n%s", out.String())
				}
			}
		})
	}
}

// TestAddressInUse: another program listens at HTTP_ADDR, or a bot does.
func TestAddressInUse(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	f := failure{
		breaks: set("HTTP_ADDR", other.Listener.Addr().String()), check: "HTTP_ADDR", says: "another program listens", logs: "address already in use", ends: true,
	}
	var found finding
	synctest.Test(t, func(t *testing.T) { found = f.checked(newWorld(t)) })
	synctest.Test(t, func(t *testing.T) { f.met(newWorld(t), found.Remedy) })

	running := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) }))
	defer running.Close()
	f = failure{breaks: set("HTTP_ADDR", running.Listener.Addr().String()), check: "HTTP_ADDR", says: "a bot answers", works: true}
	synctest.Test(t, func(t *testing.T) { f.checked(newWorld(t)) })
}

// TestCheckBesideARunningBot: the state file is in use, which is no fault, and the running bot does
// not notice; a second bot is told.
func TestCheckBesideARunningBot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	story(t, func(w *world) {
		f := failure{breaks: func(*world) {}, check: "STATE", says: "a bot has", works: true}
		f.checked(w)
		w.types(w.ann, w.general, "/docspace-invite")
		w.card(w.general, 1)
	}, "STATE", path)
	synctest.Test(t, func(t *testing.T) {
		held, err := journal.OpenSQLite(t.Context(), path, journal.SQLiteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer held.Close()
		failure{breaks: func(*world) {}, logs: "another bot is using it", ends: true}.met(newWorld(t, "STATE", path), remedy.StateInUse.Remedy())
	})
}

// TestCheckInvitesNobody: by what Slack and the portal have heard, nothing was written anywhere.
func TestCheckInvitesNobody(t *testing.T) {
	bubble(t, func(w *world) {
		w.env["CHANNELS"], w.env["ADMINS"] = w.general, w.zoe+","+w.slack.AddGroup(slacksim.Group{Handle: "leads", Users: []string{w.ann}}).ID
		w.env["APPROVAL_CHANNEL"] = w.slack.AddChannel(slacksim.Channel{Name: "approvals", Private: true, Members: []string{w.zoe, w.slack.BotUser()}}).ID
		people := w.portal.People()
		if findings := w.checks(); failed(findings) > 0 {
			t.Errorf("a sound world:\n%s", textOf(findings))
		}
		reads := []string{"auth.test", "apps.connections.open", "conversations.info", "users.info", "usergroups.users.list"}
		for _, call := range w.slack.Calls() {
			if !slices.Contains(reads, call.Method) {
				t.Errorf("Slack was asked for %s", call.Method)
			}
		}
		for _, call := range w.portal.Calls() {
			if call.Method != http.MethodGet {
				t.Errorf("the portal was asked for %s %s", call.Method, call.Path)
			}
		}
		w.nothingPosted(w.general)
		if n := len(w.portal.Mails()); n > 0 || len(w.portal.People()) != len(people) {
			t.Errorf("%d letters, and %d accounts of %d", n, len(w.portal.People()), len(people))
		}
	})
}

const noSeat = `{"error":{"message":"The number of admins should not exceed 3","type":"ASC.Core.Tenants.TenantQuotaException",` +
	`"stack":"","hresult":-2146233088},"status":1,"statusCode":402}`

func set(variable, value string) func(*world) { return func(w *world) { w.env[variable] = value } }

func botRefused(code string) func(*world) { return func(w *world) { w.slack.RefuseBot(code) } }

func openRefused(code string) func(*world) { return func(w *world) { w.slack.RefuseOpen(code) } }

func slackFails(f slacksim.Fault) func(*world) { return func(w *world) { w.slack.Fault(f) } }

func portalFails(f docspacesim.Fault) func(*world) { return func(w *world) { w.portal.Fault(f) } }

// newChannel has a setting name a new channel.
func newChannel(setting string, c slacksim.Channel, withBot bool) func(*world) {
	return func(w *world) { w.env[setting] = channel(c, withBot)(w) }
}

// never is a firewall that lets nothing through.
func never(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// dialing has connections to the address end in an error.
func dialing(address string, cause error) func(*world) {
	return func(w *world) {
		w.dial = func(ctx context.Context, network, to string) (net.Conn, error) {
			if to == address {
				return nil, &net.OpError{Op: "dial", Net: network, Err: cause}
			}
			return w.net.DialContext(ctx, network, to)
		}
	}
}

// noHost has the name server not know who is there.
func noHost(address string) func(*world) {
	return dialing(address, &net.DNSError{Err: "no such host", Name: address, IsNotFound: true})
}

// noNameServer has the name server fail.
func noNameServer(address string) func(*world) {
	return dialing(address, &net.DNSError{Err: "server misbehaving", Name: address, IsTemporary: true})
}

// unreachable has the machine know no way there.
func unreachable(address string) func(*world) {
	return dialing(address, os.NewSyscallError("connect", syscall.EHOSTUNREACH))
}

const tlsHost = "127.0.0.1:8443"

// serveTLS serves nothing at tlsHost, with a certificate for example.com and 127.0.0.1 that made vouches for.
func (w *world) serveTLS(config *tls.Config) (roots *x509.CertPool) {
	made := httptest.NewTLSServer(nil)
	made.Close()
	config.Certificates = made.TLS.Certificates
	w.serveOn(tls.NewListener(w.net.Listen(tlsHost), config), http.NotFoundHandler())
	return made.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
}

// untrusted has a setting name a server with a certificate of no one's.
func untrusted(setting, path string) func(*world) {
	return func(w *world) {
		w.serveTLS(&tls.Config{})
		w.env[setting] = "https://" + tlsHost + path
	}
}

// expired has a setting name a server whose certificate this machine takes to be of the past.
func expired(setting, path string) func(*world) {
	return func(w *world) {
		w.tls = &tls.Config{RootCAs: w.serveTLS(&tls.Config{}), Time: func() time.Time { return time.Now().AddDate(100, 0, 0) }}
		w.env[setting] = "https://" + tlsHost + path
	}
}

func misnamed(w *world) {
	w.tls = &tls.Config{RootCAs: w.serveTLS(&tls.Config{}), ServerName: "acme.invalid"}
	w.env["DOCSPACE_URL"] = "https://" + tlsHost
}

func outdated(w *world) {
	w.serveTLS(&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	w.env["DOCSPACE_URL"] = "https://" + tlsHost
}

func encrypted(w *world) {
	w.serveTLS(&tls.Config{})
	w.env["DOCSPACE_URL"] = "http://" + tlsHost
}

// proxied has a setting name a host behind a proxy that answers CONNECT with the status; 0 is one that
// is not there.
func proxied(setting, path string, status int) func(*world) {
	return func(w *world) {
		w.env[setting] = "https://acme.invalid" + path
		w.proxyAnswers(status)
	}
}

func (w *world) proxyAnswers(status int) {
	w.proxy = &url.URL{Scheme: "http", Host: "127.0.0.1:3128"}
	if status == 0 {
		return
	}
	w.serve(w.proxy.Host, http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		if status == http.StatusProxyAuthRequired {
			rw.Header().Set("Proxy-Authenticate", `Basic realm="acme"`)
		}
		rw.WriteHeader(status)
	}))
}

// socketProxied has a proxy that lets calls through, and no WebSockets.
func socketProxied(status int) func(*world) {
	return func(w *world) {
		w.proxyAnswers(status)
		w.proxiesSocketsOnly = true
	}
}

// state has STATE name a path in a new directory, where something is made first.
func state(make func(w *world, path string), path ...string) func(*world) {
	return func(w *world) {
		w.env["STATE"] = filepath.Join(append([]string{w.t.TempDir()}, path...)...)
		if make != nil {
			make(w, w.env["STATE"])
		}
	}
}

func (w *world) writes(path, text string) { w.must(os.WriteFile(path, []byte(text), 0o600)) }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// renews makes a state file of a later version.
func (w *world) renews(path string) {
	db, err := sql.Open("sqlite", path)
	w.must(err)
	_, err = db.ExecContext(w.ctx, "PRAGMA application_id = 0x44534942; PRAGMA user_version = 99")
	w.must(errors.Join(err, db.Close()))
}

// damages makes a state file and spoils all but its first page.
func (w *world) damages(path string) {
	made, err := journal.OpenSQLite(w.ctx, path, journal.SQLiteOptions{})
	w.must(errors.Join(err, made.Close()))
	text, err := os.ReadFile(path)
	w.must(err)
	for i := 4096; i < len(text); i++ {
		text[i] = 0xfe
	}
	w.writes(path, string(text))
}
