package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// sound is an environment in which all settings can be read.
func sound(more ...string) map[string]string {
	env := map[string]string{
		"SLACK_APP_TOKEN": "xapp-1", "SLACK_BOT_TOKEN": "xoxb-1", "DOCSPACE_URL": "https://acme.test", "DOCSPACE_API_KEY": "sk-1",
		"SLACK_API_URL": "http://127.0.0.1:1/", "STATE": "memory",
	}
	for i := 0; i+1 < len(more); i += 2 {
		env[more[i]] = more[i+1]
	}
	return env
}

// TestWrongSettingsAreSaidOnceInPlainWords: each with its variable, what was found and what is expected, and
// never in a parser's words; bot check --json says the same.
func TestWrongSettingsAreSaidOnceInPlainWords(t *testing.T) {
	for _, tt := range []struct{ variable, value, want string }{
		{"WELCOME_DM", "perhaps", `WELCOME_DM: "perhaps" is not true or false`},
		{"REMINDERS", "yes", `REMINDERS: "yes" is not true or false`},
		{"SLACK_SOCKETS", "two", `SLACK_SOCKETS: "two" is not a whole number`},
		{"DOCSPACE_RATE", "1e3", `DOCSPACE_RATE: "1e3" is not a whole number`},
		{"INVITE_TTL", "a week", `INVITE_TTL: "a week" is not a length of time: it must look like 90s, 15m, 12h or 7d`},
		{"INVITE_TTL", "7dd", `INVITE_TTL: "7dd" is not a length of time: it must look like 90s, 15m, 12h or 7d`},
		{"RETENTION", "999999d", `RETENTION: "999999d" is not a length of time: it must look like 90s, 15m, 12h or 7d`},
		{"LOG_LEVEL", "loud", `LOG_LEVEL: "loud" is not debug, info, warn or error`},
		{"DEFAULT_ROLE", "king", `DEFAULT_ROLE: "king" isn't a role: the roles are Guest, User, RoomAdmin and DocSpaceAdmin`},
		{"HTTP_ADDR", "127.0.0.1:99999", `HTTP_ADDR is "127.0.0.1:99999": it must look like 127.0.0.1:9090 or :9090, with a port up to 65535`},
		{"HTTP_ADDR", "127.0.0.1:metrics", `HTTP_ADDR is "127.0.0.1:metrics": it must look like 127.0.0.1:9090 or :9090, with a port up to 65535`},
		{"DOCSPACE_API_KEY", "", `DOCSPACE_API_KEY is empty`},
		{"DOCSPACE_URL", " \n", `DOCSPACE_URL is empty`},
		{"SLACK_BOT_TOKEN", "", `SLACK_BOT_TOKEN is empty`},
		{"DOCSPACE_API_KEY", "sk-1 sk-2", `DOCSPACE_API_KEY has a space, a line break or another odd character inside: copy it again`},
		{"HTTPS_PROXY", "http://u:p%ss@proxy:3128", `HTTPS_PROXY is not the address of a proxy: it must look like http://proxy:3128 and may have user:password@ before the host, with special characters percent-encoded`},
		{"https_proxy", "ftp://proxy", `https_proxy is not the address of a proxy: it must look like http://proxy:3128 and may have user:password@ before the host, with special characters percent-encoded`},
	} {
		t.Run(tt.variable+" "+tt.value, func(t *testing.T) {
			_, err := readSettings(sound(tt.variable, tt.value))
			if err == nil || err.Error() != tt.want {
				t.Errorf("%v, want %s", err, tt.want)
			}
			for _, command := range []string{"run", "check"} {
				var out, errOut bytes.Buffer
				if code := bot(t.Context(), []string{command}, sound(tt.variable, tt.value), &out, &errOut); code != exitUsage {
					t.Errorf("bot %s: exit code %d", command, code)
				}
			}
			var out bytes.Buffer
			if code := bot(t.Context(), []string{"check", "--json"}, sound(tt.variable, tt.value), &out, &bytes.Buffer{}); code != exitUsage {
				t.Errorf("exit code %d", code)
			}
			var printed struct{ Checks []finding }
			if err := json.Unmarshal(out.Bytes(), &printed); err != nil || len(printed.Checks) != 1 || printed.Checks[0].Detail != tt.want {
				t.Errorf("bot check --json says %s", out.String())
			}
		})
	}
}

// TestSettingsAreForgiving: days are understood, white space at the ends is dropped, and a machine's LANGUAGE
// doesn't end the bot.
func TestSettingsAreForgiving(t *testing.T) {
	for days, want := range map[string]time.Duration{"7d": 168 * time.Hour, "1d12h": 36 * time.Hour, "90m": 90 * time.Minute} {
		if s, err := readSettings(sound("INVITE_TTL", days)); err != nil || s.TTL != want {
			t.Errorf("INVITE_TTL=%s: %v, %v", days, s.TTL, err)
		}
	}
	s, err := readSettings(sound("DOCSPACE_API_KEY", " sk-2\r\n", "SLACK_BOT_TOKEN", "xoxb-2\n", "DOCSPACE_URL", "https://acme.test \n", "LINKS", "claimed\n"))
	if err != nil || s.DocSpaceKey.Reveal() != "sk-2" || s.SlackBotToken.Reveal() != "xoxb-2" || s.DocSpaceURL != "https://acme.test" {
		t.Errorf("%q, %q, %q: %v", s.DocSpaceKey.Reveal(), s.SlackBotToken.Reveal(), s.DocSpaceURL, err)
	}
	for _, language := range []string{"sv", "klingon", "C", "sv_SE:sv", "xx-YY"} {
		s, err := readSettings(sound("LANGUAGE", language))
		if err != nil || s.Language.Tag() != "en" {
			t.Errorf("LANGUAGE=%s: %v", language, err)
		}
		if noticed := len(s.notices) == 1 && strings.Contains(s.notices[0].detail, language); noticed != !strings.ContainsAny(language, "C_:") {
			t.Errorf("LANGUAGE=%s: %v", language, s.notices)
		}
	}
}

// TestMisspeltVariablesAreNamed in a warning, and beside a required one that is missing.
func TestMisspeltVariablesAreNamed(t *testing.T) {
	for name, want := range map[string]string{
		"DOCSPACE_WELCOMEKEY": "DOCSPACE_WELCOME_KEY", "APPROVAL_CHANEL": "APPROVAL_CHANNEL", "http_addr": "HTTP_ADDR", "OPEN_ROLE": "OPEN_ROLES",
		"INVITES_PER_HOURS": "INVITES_PER_HOUR", "SLACK_APPTOKEN_FILE": "SLACK_APP_TOKEN_FILE",
		"LINES": "", "COLUMNS": "", "SLACK_SIGNING_SECRET": "", "DOCSPACE_BOT_SERVICE_HOST": "", "STATE_": "", "HOSTNAME": "",
	} {
		env := sound(name, "x")
		if secret, ok := strings.CutSuffix(want, "_FILE"); ok {
			delete(env, secret)
		}
		s, _ := readSettings(env)
		var found string
		for _, n := range s.notices {
			if n.variable == name {
				found = n.remedy
			}
		}
		if want == "" && found != "" || want != "" && found != "did you mean "+want+"? Rename it" {
			t.Errorf("%s: %q, want %q", name, found, want)
		}
	}
	env := sound("DOCSPACE_APIKEY", "sk-1")
	delete(env, "DOCSPACE_API_KEY")
	_, err := readSettings(env)
	if want := "DOCSPACE_API_KEY is not set, and DOCSPACE_APIKEY is, which is no setting: did you misspell it?"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	w := newCheckWorld(t)
	w.env["INVITE_TTTL"] = "7d"
	var out bytes.Buffer
	if code := bot(t.Context(), []string{"check"}, w.env, &out, &bytes.Buffer{}); code != exitDone {
		t.Errorf("exit code %d", code)
	}
	contains(t, "bot check", out.String(), "! INVITE_TTTL", "→ did you mean INVITE_TTL? Rename it")
}

// TestEnvFileIsReadAfterAnyCommand as Docker Compose and systemd take it.
func TestEnvFileIsReadAfterAnyCommand(t *testing.T) {
	w := newCheckWorld(t)
	path := filepath.Join(t.TempDir(), "bot.env")
	text := "# settings\n\n; more\nexport LANGUAGE=\"de\"\nSTATE = memory\nADMINS=''\n"
	for name, value := range w.env {
		if name != "STATE" {
			text += name + "=" + value + "\n"
		}
		t.Setenv(name, "") // what the file says is the process's afterwards
	}
	t.Setenv("LANGUAGE", "sv")
	t.Setenv("ADMINS", "x")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"check", "--env-file", path}, {"--env-file=" + path, "check"}, {"check", "--env-file=" + path, "--json"}} {
		var out, errOut bytes.Buffer
		if code := bot(t.Context(), args, map[string]string{"LANGUAGE": "sv", "ADMINS": "x"}, &out, &errOut); code != exitDone {
			t.Errorf("%v: exit code %d\n%s%s", args, code, out.String(), errOut.String())
		}
	}
	if os.Getenv("LANGUAGE") != "de" {
		t.Error("libraries don't see what the file says")
	}
	for content, want := range map[string]string{"nonsense": "line 1: it must look like NAME=value", "A=1\n=b": "line 2", "A B=1": "line 1"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		var errOut bytes.Buffer
		if code := bot(t.Context(), []string{"--env-file", path}, nil, &bytes.Buffer{}, &errOut); code != exitUsage || !strings.Contains(errOut.String(), want) {
			t.Errorf("%q: exit code %d, %s", content, code, errOut.String())
		}
	}
	for _, args := range [][]string{{"--env-file"}, {"--env-file", path + ".none"}} {
		if code := bot(t.Context(), args, nil, &bytes.Buffer{}, &bytes.Buffer{}); code != exitUsage {
			t.Errorf("%v: exit code %d", args, code)
		}
	}
}

// TestHelpAfterAnyCommand prints the usage to standard output, and -v the version.
func TestHelpAfterAnyCommand(t *testing.T) {
	for args, want := range map[string]string{
		"check --help": "Usage:", "check --json -h": "Usage:", "run --help": "Usage:", "demo -h": "Usage:", "state --help": "Usage:", "state export --help": "Usage:",
		"healthcheck --help": "Usage:", "--help": "Usage:", "-v": "docspace-invite-bot ", "--version": "docspace-invite-bot ", "check -v": "docspace-invite-bot ",
	} {
		var out, errOut bytes.Buffer
		if code := bot(t.Context(), strings.Fields(args), nil, &out, &errOut); code != exitDone || !strings.Contains(out.String(), want) || errOut.Len() > 0 {
			t.Errorf("bot %s: exit code %d\n%s%s", args, code, out.String(), errOut.String())
		}
	}
}

// TestWrongSettingsAsJSON: where the log is to be json, what is wrong with the settings is too, with no
// secret in it.
func TestWrongSettingsAsJSON(t *testing.T) {
	var errOut bytes.Buffer
	env := map[string]string{"LOG_FORMAT": "json", "WELCOME_DM": "perhaps", "CHANNELS": "xoxb-1-hunter22"}
	if code := bot(t.Context(), nil, env, &bytes.Buffer{}, &errOut); code != exitUsage || strings.Contains(errOut.String(), "hunter22") {
		t.Errorf("exit code %d\n%s", code, errOut.String())
	}
	var settings []string
	for line := range strings.Lines(errOut.String()) {
		var values struct{ Level, Msg, Setting, Err string }
		if err := json.Unmarshal([]byte(line), &values); err != nil || values.Level != "ERROR" || values.Msg != "the configuration is wrong" || values.Err == "" {
			t.Errorf("not what a collector can read: %s", line)
		}
		settings = append(settings, values.Setting)
	}
	if want := []string{"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "DOCSPACE_URL", "DOCSPACE_API_KEY", "WELCOME_DM", "CHANNELS"}; !slices.Equal(settings, want) {
		t.Errorf("lines about %v, want %v", settings, want)
	}
}

// TestTemplateErrorsInPlainWords: what is wrong with a WELCOME_TEMPLATE, by its line, in one line.
func TestTemplateErrorsInPlainWords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "welcome.tmpl")
	for text, want := range map[string]string{
		"Hi\n{{.Nonsense}}":      `line 2: there is no {{.Nonsense}}; there are {{.Name}}, `,
		"{{.Name":                `line 1: "{{" without "}}"`,
		"{{if .Name}}Hi":         `line 1: {{if …}} without {{end}}`,
		"Hi {{end}}":             `line 1: unexpected {{end}}`,
		"Hi {{shout .Name}}":     `line 1: there is no function shout`,
		"a\nb\n{{.Name.Length}}": `line 3: `,
		"{{range}}{{end}}":       `line 1: `,
		"{{template \"x\"}}":     `line 1: `,
		" ":                      `it says nothing`,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := readSettings(sound("WELCOME_TEMPLATE", path))
		if err == nil || !strings.HasPrefix(err.Error(), "WELCOME_TEMPLATE: "+path+": "+want) {
			t.Errorf("%q: %v, want %s", text, err, want)
			continue
		}
		for _, parser := range []string{"\n", "template: ", "slackbot.", "executing", "welcome:"} {
			if strings.Contains(err.Error(), parser) {
				t.Errorf("%q is told in a parser's words: %v", text, err)
			}
		}
	}
	_, err := readSettings(sound("WELCOME_TEMPLATE", path+".none"))
	if want := fmt.Sprintf("WELCOME_TEMPLATE: %s.none cannot be read: no such file or directory", path); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestSIGHUPEndsOnlyABotAtATerminal: a bot without a terminal says what the signal does, and runs on; one at a
// terminal that is closed ends in order.
func TestSIGHUPEndsOnlyABotAtATerminal(t *testing.T) {
	p := newProcess(t)
	p.start()
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.await("a line about it", func() bool { return p.log.count("SIGHUP changes nothing") == 1 })
	p.types("/docspace-invite")
	p.cards(1)

	ctx, stop := whileHangingUp(t.Context(), true, newLog(&logBook{}, settings{LogFormat: "json"}))
	defer stop()
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
	if !errors.Is(context.Cause(ctx), errHungUp) {
		t.Errorf("ended by %v", context.Cause(ctx))
	}
}

// TestHTTPAddrOfAnotherMachineEndsTheBot at once, as a wrong setting does, and before anything is
// asked of Slack.
func TestHTTPAddrOfAnotherMachineEndsTheBot(t *testing.T) {
	start := time.Now()
	var errOut bytes.Buffer
	code := bot(t.Context(), nil, sound("HTTP_ADDR", "192.0.2.1:9090", "LOG_FORMAT", "json"), &bytes.Buffer{}, &errOut)
	if took := time.Since(start); code != exitUsage || took > 5*time.Second {
		t.Errorf("exit code %d after %v", code, took)
	}
	contains(t, "the log", errOut.String(), "the bot can't listen on HTTP_ADDR", "use one of this machine's addresses")
}
