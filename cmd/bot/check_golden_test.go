package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspace"
	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestCheckGolden keeps what people, and scripts, read of bot check: where all is well, and where
// much is broken at once.
func TestCheckGolden(t *testing.T) {
	for name, breaks := range map[string]func(w *world){
		"sound": func(w *world) {
			w.portal.AddRoom("Q3 planning", docspacesim.RoomCustom, "")
			w.portal.AddRoom("Payroll", docspacesim.RoomCustom, w.portal.AddPerson(docspacesim.Person{Email: "lead@acme.test", Role: "RoomAdmin", Status: 1, Activation: 1}).Email)
		},
		"broken": func(w *world) {
			w.env["SLACK_APP_TOKEN"] = "xapp-0"
			w.env["CHANNELS"], w.env["ADMINS"] = w.env["CHANNELS"]+",C0NOWHERE", w.env["ADMINS"]+",U0NOBODY"
			w.env["STATE"] = filepath.Join(filepath.Dir(w.env["STATE"]), "missing", "state.db")
			w.slack.SetScopes("commands", "chat:write", "users:read", "channels:read", "groups:read", "usergroups:read", "im:history")
			w.slack.Clock(30 * time.Second)
			w.portal.KeyExpires(time.Now().Add(5 * 24 * time.Hour))
			w.portal.SetKeyOwnerRole("RoomAdmin")
			w.portal.AllowInvitingGuests(false)
			w.portal.InvitationLimit(0)
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

// TestCheckSaysWhatIsOff of what the bot can do without: a warning, and left out where it isn't wanted.
func TestCheckSaysWhatIsOff(t *testing.T) {
	for name, tt := range map[string]struct {
		settings []string
		breaks   func(w *world)
		says     []string // the lines of bot check
		fails    bool
	}{
		"nothing": {
			breaks: func(w *world) {
				w.portal.AddRoom("Q3 planning", docspacesim.RoomCustom, "")
				w.portal.InvitationLimit(7)
			},
			says: []string{"✔ Rooms                  the key's account can share 1 of the 1", "✔ Invitations by email   the portal sends them, 7 more for now", "✔ Link for User          given\n"},
		},
		"no room": {says: []string{"! Rooms ", "any of the 0 rooms that it sees: no one can be invited into a room", "room manager"}},
		"many rooms": {breaks: func(w *world) {
			w.portal.AddRoom("Q3 planning", docspacesim.RoomCustom, "")
			for range docspace.RoomsMax {
				w.portal.AddRoom("Ann's", docspacesim.RoomCustom, "owner@acme.example")
			}
		}, says: []string{"! Rooms ", "any of the latest 100 rooms that it sees"}},
		"no rooms to read":  {breaks: func(w *world) { w.portal.Fault(docspacesim.Fault{Path: "files/rooms", Status: 404, Times: 9}) }, says: []string{"! Rooms ", "no one can be invited into a room"}},
		"emails used up":    {breaks: func(w *world) { w.portal.InvitationLimit(0) }, says: []string{"! Invitations by email ", "used up (inviters have to pass on the link"}},
		"guests not seen":   {settings: []string{"OPEN_ROLES", "User"}, breaks: func(w *world) { w.portal.SetKeyOwnerRole("RoomAdmin") }, says: []string{"! Invitations by email ", "doesn't see every guest", "make it a DocSpace admin"}},
		"no guests by mail": {settings: []string{"OPEN_ROLES", "User", "DEFAULT_ROLE", "User"}, breaks: func(w *world) { w.portal.AllowInvitingGuests(false) }, says: []string{"✔ Invitations by email ", "not to guests"}},
		"not wanted":        {settings: []string{"ROOMS", "off", "EMAIL_INVITES", "false"}, breaks: func(w *world) { w.portal.InvitationLimit(0) }},
		"managed links":     {settings: []string{"LINKS", "managed"}, says: []string{"✔ Link for User          given; it can be revoked", "✔ Link for Guest         given; it can't be revoked"}},
		"no managed links":  {settings: []string{"LINKS", "managed"}, breaks: func(w *world) { w.portal.Version("3.6.1") }, says: []string{"✘ Link for User ", "the portal has no managed links", "remove LINKS=managed"}, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(w *world) {
				w.sets(tt.settings...)
				if tt.breaks != nil {
					tt.breaks(w)
				}
				findings := w.checks()
				said := textOf(findings)
				contains(t, "bot check", said, tt.says...)
				if failed(findings) > 0 != tt.fails || tt.says == nil && (strings.Contains(said, "Rooms ") || strings.Contains(said, "by email")) {
					t.Errorf("bot check says:\n%s", said)
				}
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
