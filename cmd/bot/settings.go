package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/docspace-invite-bot/bot/internal/catalogue"
	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/logging"
	"github.com/docspace-invite-bot/bot/internal/slackbot"
)

// settings are what the operator says in environment variables. docs/settings.md is
// checked against these tags.
type settings struct {
	SlackAppToken logging.Secret `env:"SLACK_APP_TOKEN,required,notEmpty"`
	SlackBotToken logging.Secret `env:"SLACK_BOT_TOKEN,required,notEmpty"`
	SlackAPIURL   string         `env:"SLACK_API_URL" envDefault:"https://slack.com/api/"`
	SlackSockets  int            `env:"SLACK_SOCKETS" envDefault:"2"`
	DocSpaceURL   string         `env:"DOCSPACE_URL,required,notEmpty"`
	DocSpaceKey   logging.Secret `env:"DOCSPACE_API_KEY,required,notEmpty"`
	AllowHTTP     bool           `env:"DOCSPACE_ALLOW_HTTP" envDefault:"false"`
	DocSpaceRate  int            `env:"DOCSPACE_RATE" envDefault:"600"`
	WelcomeKey    string         `env:"DOCSPACE_WELCOME_KEY" envDefault:"welcome_guest"`
	DefaultRole   role           `env:"DEFAULT_ROLE" envDefault:"Guest"`
	OpenRoles     []role         `env:"OPEN_ROLES" envDefault:"Guest,User"`
	Admins        []string       `env:"ADMINS"`
	Channels      []string       `env:"CHANNELS"`
	Shared        bool           `env:"SHARED_CHANNELS" envDefault:"false"`
	Links         string         `env:"LINKS" envDefault:"posted"`
	Rooms         string         `env:"ROOMS" envDefault:"managers"`
	EmailInvites  bool           `env:"EMAIL_INVITES" envDefault:"true"`
	Approval      string         `env:"APPROVAL_CHANNEL"`
	PerHour       int            `env:"INVITES_PER_HOUR" envDefault:"30"`
	TTL           time.Duration  `env:"INVITE_TTL" envDefault:"168h"`
	Poll          time.Duration  `env:"POLL_INTERVAL" envDefault:"15s"`
	WelcomeDM     bool           `env:"WELCOME_DM" envDefault:"true"`
	WelcomeFile   string         `env:"WELCOME_TEMPLATE"`
	Reminders     bool           `env:"REMINDERS" envDefault:"true"`
	Hours         hours          `env:"WORKING_HOURS" envDefault:"Mon-Fri 09:00-17:00"`
	Language      spoken         `env:"LANGUAGE" envDefault:"en"`
	State         string         `env:"STATE" envDefault:"docspace-bot.db"`
	StateSync     string         `env:"STATE_SYNC" envDefault:"full"`
	Retention     time.Duration  `env:"RETENTION" envDefault:"720h"`
	CAFile        string         `env:"CA_FILE"`
	HTTPAddr      string         `env:"HTTP_ADDR"`
	LogLevel      slog.Level     `env:"LOG_LEVEL" envDefault:"info"`
	LogFormat     string         `env:"LOG_FORMAT" envDefault:"auto"`
	LogPII        bool           `env:"LOG_PII" envDefault:"false"`

	welcome *slackbot.Welcome // what WELCOME_TEMPLATE names; nil for the default
	roots   *x509.CertPool    // the system's and those of CA_FILE; nil for the system's alone
	notices []notice          // what may surprise
}

// What STATE_SYNC says an entry of the state file survives: the loss of power, or the end of
// the process.
const (
	syncFull    = "full"
	syncProcess = "process"
)

// What LINKS says where invite links are seen, and which those are.
const (
	linksPosted  = "posted"
	linksClaimed = "claimed"
	linksManaged = "managed"
)

// secretNames are the variables that may be given as NAME_FILE instead.
var secretNames = []string{"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "DOCSPACE_API_KEY"}

// role reads a role as people write it.
type role invitation.Role

// UnmarshalText accepts the words that the slash command accepts.
func (r *role) UnmarshalText(text []byte) error {
	known, ok := invitation.ParseRole(strings.TrimSpace(string(text)))
	if !ok {
		return fmt.Errorf("%q isn't a role: the roles are Guest, User, RoomAdmin and DocSpaceAdmin", text)
	}
	*r = role(known)
	return nil
}

// hours reads working hours.
type hours slackbot.Hours

// UnmarshalText accepts days and hours.
func (h *hours) UnmarshalText(text []byte) error {
	known, err := slackbot.ParseHours(string(text))
	*h = hours(known)
	return err
}

// spoken is a language that the bot speaks.
type spoken struct {
	*catalogue.Language
	wrong error // why it is English
}

// UnmarshalText accepts anything: machines set LANGUAGE for all their programs. What is no language of the
// bot's is English.
func (l *spoken) UnmarshalText(text []byte) error { //nolint:unparam // encoding.TextUnmarshaler has it
	if l.Language, l.wrong = catalogue.Parse(string(text)); l.wrong != nil {
		l.Language = catalogue.English()
	}
	return nil
}

func roles(list []role) []invitation.Role {
	var all []invitation.Role
	for _, r := range list {
		all = append(all, invitation.Role(r))
	}
	return all
}

// readSettings reads the settings off the environment. The error joins all that is wrong,
// one error a variable, each naming it, what is wrong and what it must be; a secret's
// value is in none.
func readSettings(environment map[string]string) (settings, error) {
	environment = maps.Clone(environment)
	wrong := readSecretFiles(environment)
	wrong = append(wrong, readStateFile(environment)...)
	trimEnds(environment)
	s, err := env.ParseAsWithOptions[settings](env.Options{
		Environment: environment, FuncMap: map[reflect.Type]env.ParserFunc{reflect.TypeFor[time.Duration](): parseDuration},
	})
	if all := (env.AggregateError{}); errors.As(err, &all) {
		for _, one := range all.Errors {
			wrong = append(wrong, inPlainWords(one, environment))
		}
	} else if err != nil {
		wrong = append(wrong, err)
	}
	s.notices = misspelt(environment)
	if s.Language.wrong != nil {
		s.notices = append(s.notices, notice{"LANGUAGE", s.Language.wrong.Error(), "the bot speaks English; set LANGUAGE to one of these, or to en"})
	}
	if welcome, set := environment["DOCSPACE_WELCOME_KEY"]; set && welcome == "" {
		s.WelcomeKey = "" // set and empty: that call is switched off
	}
	if open, set := environment["OPEN_ROLES"]; set && open == "" {
		s.OpenRoles = nil // set and empty: no one may hand out any role but admins
	}
	if s.SlackAPIURL != "" && !strings.HasSuffix(s.SlackAPIURL, "/") {
		s.SlackAPIURL += "/"
	}
	s.Admins, s.Channels = trimmed(s.Admins), trimmed(s.Channels)
	if found := environment["ADMINS"]; found != "" && len(s.Admins) == 0 {
		wrong = append(wrong, fmt.Errorf("ADMINS: %q names no one: it must be Slack user or user-group ids, separated by commas, or empty", found))
	}
	if found := environment["CHANNELS"]; found != "" && len(s.Channels) == 0 { // which would be all of them
		wrong = append(wrong, fmt.Errorf("CHANNELS: %q names no channel: it must be Slack channel ids, separated by commas, or empty for all", found))
	}
	var unwelcome error
	if s.welcome, unwelcome = readWelcome(s.WelcomeFile); unwelcome != nil {
		wrong = append(wrong, fmt.Errorf("WELCOME_TEMPLATE: %w", unwelcome))
	}
	var unrooted error
	if s.roots, unrooted = readRoots(s.CAFile); unrooted != nil {
		wrong = append(wrong, fmt.Errorf("CA_FILE: %w", unrooted))
	}
	wrong = append(wrong, checkProxies(environment)...)
	wrong = append(wrong, once(wrong, s.validate())...)
	for i, err := range wrong {
		for _, n := range s.notices {
			if strings.Contains(n.remedy, " "+variable.FindString(err.Error())+"?") {
				wrong[i] = fmt.Errorf("%w, and %s is, which is no setting: did you misspell it?", err, n.variable)
			}
		}
	}
	return s, errors.Join(wrong...)
}

// trimEnds drops white space at the ends of values, as at the ends of files: what was pasted with a line
// break is no other token. Lists keep theirs: one of nothing but space is a mistake, and empty means all.
func trimEnds(environment map[string]string) {
	for _, name := range ours() {
		if value, set := environment[name]; set && !slices.Contains([]string{"OPEN_ROLES", "ADMINS", "CHANNELS"}, name) {
			environment[name] = strings.TrimSpace(value)
		}
	}
}

// readWelcome reads the template of the direct message, and tries it. No path is the default.
func readWelcome(path string) (*slackbot.Welcome, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator names a file of their own
	if err != nil {
		return nil, unreadable(err)
	}
	welcome, err := slackbot.ParseWelcome(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return welcome, nil
}

// secret returns the field of one of secretNames.
func (s *settings) secret(name string) *logging.Secret {
	return map[string]*logging.Secret{
		"SLACK_APP_TOKEN": &s.SlackAppToken, "SLACK_BOT_TOKEN": &s.SlackBotToken, "DOCSPACE_API_KEY": &s.DocSpaceKey,
	}[name]
}

// readSecretFiles says in NAME what the file holds that NAME_FILE names.
func readSecretFiles(environment map[string]string) (wrong []error) {
	for _, name := range secretNames {
		path := environment[name+"_FILE"]
		if path == "" {
			continue
		}
		if environment[name] != "" {
			wrong = append(wrong, fmt.Errorf("%s and %s_FILE are both set: keep one", name, name))
			continue
		}
		value, err := logging.ReadSecret(path)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s_FILE: %w", name, unreadable(err)))
			environment[name] = unread
			continue
		}
		environment[name] = value.Reveal()
	}
	return wrong
}

// readStateFile says in STATE what STATE_FILE holds: an address of a database has a password.
func readStateFile(environment map[string]string) (wrong []error) {
	path := environment["STATE_FILE"]
	switch {
	case path == "":
		return nil
	case environment["STATE"] != "":
		return []error{errors.New("STATE and STATE_FILE are both set: keep one")}
	}
	content, err := os.ReadFile(path) //nolint:gosec // the operator names a file of their own
	if err != nil {
		return []error{fmt.Errorf("STATE_FILE: %w", unreadable(err))}
	}
	environment["STATE"] = strings.TrimSpace(string(content))
	if environment["STATE"] == "" { // which would be the default: a file that no other bot has
		return []error{fmt.Errorf("STATE_FILE: %s is empty", path)}
	}
	return nil
}

// unread stands for a secret whose file could not be read: one complaint is enough.
const unread = "unread"

func trimmed(list []string) []string {
	var kept []string
	for _, item := range list {
		if item = strings.TrimSpace(item); item != "" {
			kept = append(kept, item)
		}
	}
	return kept
}

var (
	adminID   = regexp.MustCompile(`^[UWS][A-Z0-9]+$`)
	channelID = regexp.MustCompile(`^[CGD][A-Z0-9]+$`)
)

// validate returns all that is wrong with the values themselves.
func (s settings) validate() (wrong []error) {
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	for _, token := range []struct {
		name, prefix, kind string
	}{
		{"SLACK_APP_TOKEN", "xapp-", "an app-level token"}, {"SLACK_BOT_TOKEN", "xoxb-", "a bot token"},
	} {
		if value := s.secret(token.name).Reveal(); value != "" && value != unread && !strings.HasPrefix(value, token.prefix) {
			complain("%s is not %s: those start with %s", token.name, token.kind, token.prefix)
		}
	}
	for _, name := range secretNames {
		if strings.ContainsFunc(s.secret(name).Reveal(), func(r rune) bool { return r <= ' ' || r > '~' }) {
			complain("%s has a space, a line break or another odd character inside: copy it again", name)
		}
	}
	for _, address := range []struct {
		name, value, remedy string
		allow               bool
	}{
		{"SLACK_API_URL", s.SlackAPIURL, "http:// is for this machine only", false},
		{"DOCSPACE_URL", s.DocSpaceURL, "http:// is for this machine only; DOCSPACE_ALLOW_HTTP=true allows it, but anyone who sees the network sees the key", s.AllowHTTP},
	} {
		if address.value == "" {
			continue
		}
		switch safe, err := checkAddress(address.value); {
		case err != nil:
			complain("%s: %w", address.name, err)
		case !safe && !address.allow:
			complain("%s: it must start with https:// (%s)", address.name, address.remedy)
		}
	}
	for _, id := range s.Admins {
		if !adminID.MatchString(id) {
			complain("ADMINS: %q isn't the id of a Slack user or user group (U…, W… or S…)", id)
		}
	}
	for _, id := range s.Channels {
		if !channelID.MatchString(id) {
			complain("CHANNELS: %q isn't the id of a Slack channel (C…, G… or D…)", id)
		}
	}
	if s.Approval != "" && !channelID.MatchString(s.Approval) {
		complain("APPROVAL_CHANNEL: %q isn't the id of a Slack channel (C… or G…)", s.Approval)
	}
	if s.SlackSockets < 1 || s.SlackSockets > socketsMax {
		complain("SLACK_SOCKETS is %d: Slack allows 1 to %d connections", s.SlackSockets, socketsMax)
	}
	if s.DocSpaceRate < 0 || s.DocSpaceRate > 0 && s.DocSpaceRate < 30 {
		complain("DOCSPACE_RATE is %d: it must be 0 (no limit), or at least 30 calls a minute", s.DocSpaceRate)
	}
	if s.PerHour < 0 {
		complain("INVITES_PER_HOUR is %d: it must be 0 (no limit) or more", s.PerHour)
	}
	if s.TTL <= 0 {
		complain("INVITE_TTL is %v: it must be more than 0", s.TTL)
	}
	if s.Poll < 100*time.Millisecond {
		complain("POLL_INTERVAL is %v: it must be at least 100ms", s.Poll)
	}
	switch {
	case s.State == "":
		complain("STATE is empty: it must be the path of a file, a postgres:// address, or memory")
	case journal.IsPostgres(s.State):
		if err := journal.CheckPostgres(s.State); err != nil {
			complain("STATE: %w", err)
		}
	case strings.Contains(s.State, "://"):
		complain("STATE is no path: it must be the path of a file, a postgres:// address, or memory")
	}
	if !slices.Contains([]string{syncFull, syncProcess}, s.StateSync) {
		complain("STATE_SYNC is %q: it must be full or process", s.StateSync)
	}
	if s.Retention < time.Hour {
		complain("RETENTION is %v: it must be at least 1h", s.Retention)
	}
	if s.HTTPAddr != "" {
		host, port, err := net.SplitHostPort(s.HTTPAddr)
		if _, wrong := strconv.ParseUint(port, 10, 16); err != nil || wrong != nil || strings.ContainsAny(host, "/ @") {
			complain("HTTP_ADDR is %q: it must look like 127.0.0.1:9090 or :9090, with a port up to 65535", s.HTTPAddr)
		}
	}
	if !slices.Contains([]string{linksPosted, linksClaimed, linksManaged}, s.Links) {
		complain("LINKS is %q: it must be posted, claimed or managed", s.Links)
	}
	if !slices.Contains([]string{slackbot.RoomsByManagers, slackbot.RoomsByAnyone, slackbot.RoomsOff}, s.Rooms) {
		complain("ROOMS is %q: it must be managers, anyone or off", s.Rooms)
	}
	if !slices.Contains([]string{"auto", "text", "json"}, s.LogFormat) {
		complain("LOG_FORMAT is %q: it must be auto, text or json", s.LogFormat)
	}
	return wrong
}

// checkAddress accepts addresses of web servers. It is safe to send a token to https ones, and http
// ones of this machine: one that crosses a network in the clear is given away.
func checkAddress(address string) (safe bool, err error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return false, fmt.Errorf("not an address: it must look like https://acme.example")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return false, fmt.Errorf("it must be a bare address, without user, query or fragment")
	}
	return logging.MaySendSecrets(u), nil
}
