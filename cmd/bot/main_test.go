package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/caarlos0/env/v11"
	"go.uber.org/goleak"

	invitebot "github.com/docspace-invite-bot/bot"
	"github.com/docspace-invite-bot/bot/internal/journal/journaltest"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
)

// TestMain finds goroutines that outlive the tests, and lets the test binary be the bot: the
// tests of signals start it as a process of its own.
func TestMain(m *testing.M) {
	if os.Getenv("BE_THE_BOT") != "" {
		main()
		return
	}
	if address := os.Getenv("POST_TO"); address != "" {
		postEnvironment(address)
		return
	}
	goleak.VerifyTestMain(withDatabase{m})
}

// withDatabase ends the database that tests have used.
type withDatabase struct{ *testing.M }

// Run runs the tests.
func (m withDatabase) Run() int { return journaltest.Main(m.M) }

func TestCommandLine(t *testing.T) {
	for name, tt := range map[string]struct {
		args        []string
		env         map[string]string
		code        int
		out, errOut []string
	}{
		"help":            {args: []string{"help"}, code: 0, out: []string{"bot demo", "bot check", "bot healthcheck"}},
		"version":         {args: []string{"version"}, code: 0, out: []string{"docspace-invite-bot", "go1."}},
		"manifest":        {args: []string{"manifest"}, code: 0, out: []string{"socket_mode_enabled: true", "/docspace-invite"}},
		"unknown":         {args: []string{"dance"}, code: 2, errOut: []string{`"dance"`, "bot demo"}},
		"unknown flag":    {args: []string{"demo", "--fast"}, code: 2, errOut: []string{"--fast"}},
		"flag of another": {args: []string{"run", "--servers"}, code: 2, errOut: []string{"--servers"}},
		"nothing set": {code: 2, errOut: []string{
			"SLACK_APP_TOKEN is not set", "SLACK_BOT_TOKEN is not set", "DOCSPACE_URL is not set", "DOCSPACE_API_KEY is not set",
		}},
		"check, nothing set": {args: []string{"check"}, code: 2, errOut: []string{"SLACK_APP_TOKEN is not set"}},
		"all wrong": {code: 2, env: map[string]string{
			"SLACK_APP_TOKEN": "xoxb-secret-1", "SLACK_BOT_TOKEN": "xapp-secret-2", "DOCSPACE_API_KEY": "secret-3", "DOCSPACE_URL": "http://acme.test",
			"SLACK_API_URL": "nowhere", "DEFAULT_ROLE": "king", "OPEN_ROLES": "guest,emperor", "ADMINS": "bob", "CHANNELS": "#general",
			"SHARED_CHANNELS": "perhaps", "INVITES_PER_HOUR": "-1", "APPROVAL_CHANNEL": "#admins", "LINKS": "hidden", "REMINDERS": "seldom", "WORKING_HOURS": "always", "INVITE_TTL": "never", "POLL_INTERVAL": "1ms", "SLACK_SOCKETS": "11",
			"STATE": "mysql://db.test/bot", "STATE_SYNC": "never", "RETENTION": "1m", "HTTP_ADDR": "here", "DOCSPACE_RATE": "3", "LOG_LEVEL": "loud", "LOG_FORMAT": "xml", "WELCOME_DM": "maybe", "WELCOME_TEMPLATE": "/no/such/file",
		}, errOut: []string{
			"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "DOCSPACE_URL", "SLACK_API_URL", "DEFAULT_ROLE", "king", "OPEN_ROLES", "emperor", "ADMINS", "CHANNELS",
			"SHARED_CHANNELS", "INVITES_PER_HOUR", "APPROVAL_CHANNEL", "LINKS", "REMINDERS", "WORKING_HOURS", "INVITE_TTL", "POLL_INTERVAL", "SLACK_SOCKETS", "STATE", "postgres://", "STATE_SYNC", "RETENTION", "HTTP_ADDR", "DOCSPACE_RATE", "LOG_LEVEL", "LOG_FORMAT", "WELCOME_DM", "WELCOME_TEMPLATE",
		}},
		"secret file missing": {code: 2, env: map[string]string{"SLACK_APP_TOKEN_FILE": "/does/not/exist"}, errOut: []string{"SLACK_APP_TOKEN_FILE"}},
		"secret twice": {
			code: 2, env: map[string]string{"DOCSPACE_API_KEY": "a", "DOCSPACE_API_KEY_FILE": "b"}, errOut: []string{"DOCSPACE_API_KEY_FILE are both set"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errOut bytes.Buffer
			if code := bot(t.Context(), tt.args, tt.env, &out, &errOut); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			for _, want := range tt.out {
				contains(t, "standard output", out.String(), want)
			}
			for _, want := range tt.errOut {
				contains(t, "standard error", errOut.String(), want)
			}
			if strings.Contains(out.String()+errOut.String(), "secret-") {
				t.Errorf("a secret is printed:\n%s%s", out.String(), errOut.String())
			}
		})
	}
}

func TestSettingsFromFilesAndEmptyWelcomeKey(t *testing.T) {
	dir := t.TempDir()
	environment := map[string]string{"DOCSPACE_URL": "https://acme.test", "DOCSPACE_WELCOME_KEY": "", "SLACK_API_URL": "https://slack.test/api"}
	for name, value := range map[string]string{"SLACK_APP_TOKEN": "xapp-1", "SLACK_BOT_TOKEN": "xoxb-1", "DOCSPACE_API_KEY": "sk-1"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(value+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		environment[name+"_FILE"] = path
	}
	s, err := readSettings(environment)
	if err != nil {
		t.Fatal(err)
	}
	if s.SlackAppToken.Reveal() != "xapp-1" || s.DocSpaceKey.Reveal() != "sk-1" || s.WelcomeKey != "" || s.SlackAPIURL != "https://slack.test/api/" {
		t.Errorf("settings = %+v", s)
	}
	delete(environment, "DOCSPACE_WELCOME_KEY")
	if s, _ := readSettings(environment); s.WelcomeKey != "welcome_guest" {
		t.Errorf("the welcome key is %q by default", s.WelcomeKey)
	}
}

// TestListsFailClosed: a list that was meant to name someone and names no one opens nothing.
func TestListsFailClosed(t *testing.T) {
	for _, tt := range []struct {
		name, value, wrong string
		open               int // roles
	}{
		{"OPEN_ROLES", "", "", 0},
		{"OPEN_ROLES", " ", "OPEN_ROLES: ", 0},
		{"OPEN_ROLES", ",", "OPEN_ROLES: ", 0},
		{"OPEN_ROLES", "guest, roomadmin,user", "", 3},
		{"CHANNELS", "", "", 2},
		{"CHANNELS", ",", `CHANNELS: "," names no channel`, 0},
		{"CHANNELS", " ,\t, ", `CHANNELS: " ,\t, " names no channel`, 0},
		{"CHANNELS", " ", `CHANNELS: " " names no channel`, 0},
		{"CHANNELS", "C1,, ", "", 2},
		{"ADMINS", "", "", 2},
		{"ADMINS", ", ,", `ADMINS: ", ," names no one`, 0},
		{"ADMINS", "U1,", "", 2},
	} {
		environment := map[string]string{
			"SLACK_APP_TOKEN": "xapp-1", "SLACK_BOT_TOKEN": "xoxb-1", "DOCSPACE_URL": "https://acme.test", "DOCSPACE_API_KEY": "sk-1", tt.name: tt.value,
		}
		s, err := readSettings(environment)
		switch {
		case tt.wrong == "" && (err != nil || len(s.OpenRoles) != tt.open):
			t.Errorf("%s=%q: open are %v, %v", tt.name, tt.value, s.OpenRoles, err)
		case tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong)):
			t.Errorf("%s=%q: %v, want %q", tt.name, tt.value, err, tt.wrong)
		}
	}
}

// TestStateFromAFile: what STATE_FILE holds is STATE. A file that holds nothing is no reason to keep
// pending work in the default place, which no other bot would see.
func TestStateFromAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	environment := map[string]string{
		"SLACK_APP_TOKEN": "xapp-1", "SLACK_BOT_TOKEN": "xoxb-1", "DOCSPACE_URL": "https://acme.test", "DOCSPACE_API_KEY": "sk-1", "STATE_FILE": path,
	}
	for _, tt := range []struct{ content, state, wrong string }{
		{"postgres://bot:pw@db.test/bot\n", "postgres://bot:pw@db.test/bot", ""},
		{" \n", "", "is empty"},
		{"postgres://bot:pw@db.test:x/bot", "", "STATE: "},
	} {
		if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := readSettings(environment)
		switch {
		case tt.wrong == "" && (err != nil || s.State != tt.state):
			t.Errorf("of %q: %q, %v", tt.content, s.State, err)
		case tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong) || strings.Contains(err.Error(), "pw")):
			t.Errorf("of %q: %v, want %q and no password", tt.content, err, tt.wrong)
		}
	}
	environment["STATE"] = "other.db"
	if _, err := readSettings(environment); err == nil || !strings.Contains(err.Error(), "both set") {
		t.Errorf("with STATE and STATE_FILE: %v", err)
	}
	delete(environment, "STATE")
	environment["STATE_FILE"] = path + ".none"
	if _, err := readSettings(environment); err == nil || !strings.Contains(err.Error(), "STATE_FILE: ") {
		t.Errorf("without the file: %v", err)
	}
}

// settingRows returns the settings that the tables of a page list, with their defaults.
func settingRows(t *testing.T, page string) map[string]string {
	t.Helper()
	listed := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| ([^|]*) \\|").FindAllStringSubmatch(repo(t, page), -1) {
		if _, twice := listed[m[1]]; twice {
			t.Errorf("%s lists %s twice", page, m[1])
		}
		listed[m[1]] = strings.Trim(strings.TrimSpace(m[2]), "`")
	}
	return listed
}

// TestSettingsPageListsTheSettings compares the tables of docs/settings.md with the settings' tags.
func TestSettingsPageListsTheSettings(t *testing.T) {
	listed := settingRows(t, "docs/settings.md")
	params, err := env.GetFieldParams(&settings{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range params {
		want := p.DefaultValue
		switch {
		case p.Required:
			want = "required"
		case !p.HasDefaultValue:
			want = "*(empty" // with or without what that means
		}
		if got, ok := listed[p.Key]; !ok || !strings.HasPrefix(got, want) {
			t.Errorf("docs/settings.md: the default of %s is %q, want %q", p.Key, got, want)
		}
		delete(listed, p.Key)
	}
	delete(listed, "DEMO_ADDR")
	if len(listed) > 0 {
		t.Errorf("docs/settings.md lists settings that do not exist: %v", listed)
	}
	for _, scope := range slackapi.OptionalScopes {
		if !strings.Contains(repo(t, "docs/operations.md"), "`"+scope+"`") {
			t.Errorf("docs/operations.md does not name the optional scope %s", scope)
		}
	}
}

// TestManifestAsksForWhatTheCodeCalls compares the manifest's scopes with the Web API calls
// in the code, by docs/facts/slack.md, "Web API methods".
func TestManifestAsksForWhatTheCodeCalls(t *testing.T) {
	var asked []string
	_, list, _ := strings.Cut(invitebot.Manifest, "\n    bot:\n")
	list, _, _ = strings.Cut(list, "\nsettings:")
	for line := range strings.SplitSeq(list, "\n") {
		scope, reason, explained := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "- "), " # ")
		asked = append(asked, scope)
		if !explained || len(reason) < 10 {
			t.Errorf("the manifest does not say what %s is for", scope)
		}
	}
	if want := slackapi.Scopes; !slices.Equal(asked, want) {
		t.Errorf("the manifest asks for %v, the code for %v", asked, want)
	}

	scopes := map[string][]string{ // of each call of slack-go's that needs one
		"PostMessageContext": {"chat:write", "chat:write.public"}, "UpdateMessageContext": {"chat:write"}, "PostEphemeralContext": {"chat:write"},
		"GetUserInfoContext": {"users:read", "users:read.email"}, "GetUserGroupMembersContext": {"usergroups:read"},
		"GetConversationInfoContext": {"channels:read", "groups:read", "im:read", "mpim:read"},
		"OpenViewContext":            nil, "UpdateViewContext": nil, "PublishViewContext": nil, "AuthTestContext": nil, "StartSocketModeContext": nil,
		"GetUserByEmailContext": {"users:read.email"}, "GetUsersInConversationContext": {"channels:read", "groups:read", "im:read", "mpim:read"},
	}
	// docs/operations.md offers the scopes of these, slackapi.OptionalScopes.
	optional := []string{"GetConversationHistoryContext", "GetConversationRepliesContext", "OpenConversationContext"}
	needed := map[string]bool{"commands": true}
	calls := regexp.MustCompile(`\b(?:api|c)\.([A-Z]\w+Context)\(`)
	for _, m := range calls.FindAllStringSubmatch(repoCode(t, "internal/slackapi/*.go", "internal/slackbot/*.go"), -1) {
		list, known := scopes[m[1]]
		if !known && !slices.Contains(optional, m[1]) {
			t.Errorf("the code calls %s: add its scopes here and to the manifest", m[1])
		}
		for _, scope := range list {
			needed[scope] = true
		}
	}
	for _, scope := range asked {
		if !needed[scope] {
			t.Errorf("the manifest asks for %s, and nothing in the code needs it", scope)
		}
		delete(needed, scope)
	}
	if len(needed) > 0 {
		t.Errorf("the manifest does not ask for %v", needed)
	}
}

// TestSigtermEndsWithinFiveSeconds starts the bot as a process between the demo's servers.
func TestSigtermEndsWithinFiveSeconds(t *testing.T) {
	_, output := startDemo(t, true)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "BE_THE_BOT=1", "LOG_FORMAT=json")
	for _, name := range []string{"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "SLACK_API_URL", "DOCSPACE_URL", "DOCSPACE_API_KEY", "STATE"} {
		cmd.Env = append(cmd.Env, name+"="+output.find(t, `export `+name+`=(\S+)`))
	}
	log := &demoOutput{more: make(chan struct{}, 1)}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	log.find(t, `(connected to slack)`)
	start := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	if took := time.Since(start); err != nil || took > 5*time.Second {
		t.Errorf("after SIGTERM: %v in %v; want exit code 0 within 5 s", err, took)
	}
	log.mu.Lock()
	defer log.mu.Unlock()
	for line := range strings.SplitSeq(strings.TrimSpace(log.text.String()), "\n") {
		if !json.Valid([]byte(line)) {
			t.Errorf("not a log line: %q", line)
		}
	}
}

// TestCheckSaysWhatToFix breaks one thing after the other and reads what bot check says.
func TestCheckSaysWhatToFix(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(w *checkWorld)
		says  []string
	}{
		"nothing":        {func(*checkWorld) {}, nil},
		"bot token":      {func(w *checkWorld) { w.env["SLACK_BOT_TOKEN"] = "xoxb-0" }, []string{"✘ SLACK_BOT_TOKEN", "invalid_auth", "OAuth"}},
		"scope":          {func(w *checkWorld) { w.demo.Workspace.SetScopes("chat:write") }, []string{"✘ Slack scopes", "users:read.email", "reinstall"}},
		"app token":      {func(w *checkWorld) { w.demo.Workspace.RefuseOpen("token_revoked") }, []string{"✘ SLACK_APP_TOKEN", "token_revoked"}},
		"too many":       {func(w *checkWorld) { w.demo.Workspace.MaxConnections(0) }, []string{"✘ SLACK_APP_TOKEN", "too_many_websockets"}},
		"not in channel": {func(w *checkWorld) { w.env["CHANNELS"] = "C0DEMOBOARD" }, []string{"✘ CHANNELS", "/invite @docspace"}},
		"archived":       {func(w *checkWorld) { w.env["CHANNELS"] = "C0DEMOOLD01" }, []string{"✘ CHANNELS", "archived"}},
		"key":            {func(w *checkWorld) { w.demo.Portal.DisableKey() }, []string{"✘ DOCSPACE_API_KEY", "Developer Tools"}},
		"key's scope":    {func(w *checkWorld) { w.demo.Portal.SetKeyScopes("*:read") }, []string{"✘ DOCSPACE_API_KEY", "*:write"}},
		"role":           {func(w *checkWorld) { w.demo.Portal.SetKeyOwnerRole("User") }, []string{"✘ Link for Guest", "DocSpace admin"}},
		"inviting off":   {func(w *checkWorld) { w.demo.Portal.AllowInvitingMembers(false) }, []string{"✘ Link for User", "Security"}},
		"suspended":      {func(w *checkWorld) { w.demo.Portal.Suspended(true) }, []string{"✘ DOCSPACE_URL", "suspended"}},
		"down":           {func(w *checkWorld) { w.demo.Portal.Down(true) }, []string{"✘ DOCSPACE_URL", "portal_down"}},
		"another server": {func(w *checkWorld) { w.env["DOCSPACE_URL"] = strings.TrimSuffix(w.env["SLACK_API_URL"], "/slack/api/") }, []string{"✘ DOCSPACE_URL", "not_docspace"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newCheckWorld(t)
			tt.spoil(w)
			var out, errOut bytes.Buffer
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			code := bot(ctx, []string{"check"}, w.env, &out, &errOut)
			if want := min(len(tt.says), 1); code != want {
				t.Errorf("exit code %d, want %d", code, want)
			}
			for _, want := range tt.says {
				contains(t, "bot check", out.String(), want)
			}
			if n := strings.Count(out.String(), "✘"); n == 0 != (len(tt.says) == 0) {
				t.Errorf("%d lines with a ✘:\n%s%s", n, out.String(), errOut.String())
			}
			for _, name := range secretNames {
				if value := w.env[name]; strings.Contains(out.String()+errOut.String(), value) {
					t.Errorf("the value of %s is printed", name)
				}
			}
		})
	}
}
