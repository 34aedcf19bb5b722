package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestCheckGolden keeps what people, and scripts, read of bot check: where all is well, and where
// much is broken at once.
func TestCheckGolden(t *testing.T) {
	for name, breaks := range map[string]func(w *world){
		"sound": func(*world) {},
		"broken": func(w *world) {
			w.env["SLACK_APP_TOKEN"] = "xapp-0"
			w.env["CHANNELS"], w.env["ADMINS"] = w.env["CHANNELS"]+",C0NOWHERE", w.env["ADMINS"]+",U0NOBODY"
			w.env["STATE"] = filepath.Join(filepath.Dir(w.env["STATE"]), "missing", "state.db")
			w.slack.SetScopes("commands", "chat:write", "users:read", "channels:read", "groups:read", "usergroups:read", "im:history")
			w.slack.Clock(30 * time.Second)
			w.portal.KeyExpires(time.Now().Add(5 * 24 * time.Hour))
			w.portal.SetKeyOwnerRole("RoomAdmin")
			w.portal.AllowInvitingGuests(false)
			w.portal.Version("3.1.0")
			w.portal.Clock(-time.Hour)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			bubble(t, func(w *world) {
				w.slack.AddChannel(slacksim.Channel{ID: "C0APPROVALS", Name: "approvals", Private: true, Members: []string{w.slack.BotUser()}})
				w.slack.AddChannel(slacksim.Channel{ID: "C0LAUNCH", Name: "launch", Members: []string{w.slack.BotUser()}})
				w.slack.AddGroup(slacksim.Group{ID: "S0LEADS", Handle: "leads", Users: []string{w.ann, w.bob}})
				w.env["CHANNELS"], w.env["APPROVAL_CHANNEL"], w.env["ADMINS"] = "C0LAUNCH", "C0APPROVALS", "S0LEADS"
				w.env["OPEN_ROLES"], w.env["STATE"] = "Guest,User,RoomAdmin", filepath.Join(dir, "state.db")
				breaks(w)
				findings := w.checks()
				var asText, asJSON bytes.Buffer
				printText(&asText, findings)
				printJSON(&asJSON, findings)
				golden(t, "check."+name+".txt", strings.ReplaceAll(asText.String(), dir, "/var/lib/bot"))
				golden(t, "check."+name+".json", strings.ReplaceAll(asJSON.String(), dir, "/var/lib/bot"))
			})
		})
	}
}

// golden compares a text with the file of the name, or rewrites that with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is another:\n%s\nwant:\n%s", path, got, want)
	}
}
