package main

import (
	"strings"
	"testing"
)

// fuzzed are the settings that take text, but for those that name files of the machine.
var fuzzed = []string{
	"SLACK_API_URL", "SLACK_SOCKETS", "DOCSPACE_URL", "DOCSPACE_ALLOW_HTTP", "DOCSPACE_RATE", "DOCSPACE_WELCOME_KEY", "DEFAULT_ROLE", "OPEN_ROLES", "ADMINS", "CHANNELS",
	"SHARED_CHANNELS", "LINKS", "APPROVAL_CHANNEL", "INVITES_PER_HOUR", "INVITE_TTL", "POLL_INTERVAL", "WELCOME_DM", "REMINDERS", "WORKING_HOURS", "LANGUAGE", "STATE",
	"STATE_SYNC", "RETENTION", "HTTP_ADDR", "LOG_LEVEL", "LOG_FORMAT", "LOG_PII", "SLACK_APP_TOKEN", "SLACK_BOT_TOKEN",
}

// FuzzSettings: whatever a variable holds, it is taken or its name is in the complaint, which tells no
// secret.
func FuzzSettings(f *testing.F) {
	for i, seed := range []string{
		"https://slack.test/api/", "2", "http://127.0.0.1:1/x?y", "yes", "-1", "", "Owner", "Guest,,User", "U1, S2", "C1", "1", "posted", "G1", "9999999999999999999",
		"1000000h", "1ns", "x", "0", "Mon-Fri 25:00-1", "de_DE.UTF-8", "postgres://u:p@h/d", "full", "1h", ":99999", "loud", "xml", "true", "xapp-1", "xoxb-1", "https://[::1", "%",
	} {
		f.Add(uint8(i), seed)
	}
	f.Fuzz(func(t *testing.T, which uint8, value string) {
		name := fuzzed[int(which)%len(fuzzed)]
		env := map[string]string{
			"SLACK_APP_TOKEN": "xapp-hunter22", "SLACK_BOT_TOKEN": "xoxb-hunter22", "DOCSPACE_API_KEY": "sk-hunter22", "DOCSPACE_URL": "https://acme.test", name: value,
		}
		_, err := readSettings(env)
		switch {
		case err == nil:
		case !strings.Contains(err.Error(), name):
			t.Errorf("%s=%q: the complaint does not name it: %v", name, value, err)
		case strings.Contains(err.Error(), "hunter22") && !strings.Contains(value, "hunter22"):
			t.Errorf("%s=%q: a secret is told: %v", name, value, err)
		}
	})
}
