package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/journal/journaltest"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// TestBotWaitsForItsDatabase at the start, and is at work then.
func TestBotWaitsForItsDatabase(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	wire, near := journaltest.NewWire(t, journaltest.Database(t))
	wire.Down(true)
	p.env = append(p.env, "STATE="+near)
	p.launch()
	p.await("a try", func() bool { return p.log.count("the database cannot be opened yet") > 0 })
	if status, ready := page(t, p.ops()+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(ready, "FAIL start") {
		t.Errorf("while the database is away: %d\n%s", status, ready)
	}
	wire.Down(false)
	p.await("a connection", func() bool { return p.slack.Connections() > 0 })
	p.types("/docspace-invite")
	p.cards(1)
}

// TestCommandIsAnsweredWhileTheDatabaseIsSilent: within the three seconds that Slack waits, though the
// database takes what it is asked and says nothing.
func TestCommandIsAnsweredWhileTheDatabaseIsSilent(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	wire, near := journaltest.NewWire(t, journaltest.Database(t))
	p.env = append(p.env, "STATE="+near)
	p.start()
	p.types("/docspace-invite")
	p.cards(1)
	wire.Heard(func([]byte) bool { return false })
	var typed []*slacksim.Delivery
	for range 5 { // each comes while the one before it is being written
		typed = append(typed, p.slack.Type(p.ann, p.general, "/docspace-invite"))
		time.Sleep(100 * time.Millisecond)
	}
	for i, d := range typed {
		if err := d.Wait(t.Context()); err != nil {
			t.Errorf("command %d: %v\n%s", i, err, p.log)
			continue
		}
		if acks := d.Acks(); acks[0].Payload == nil {
			t.Errorf("command %d was taken, and nothing can be kept", i)
		}
	}
}

// TestCheckAndStartNameTheSameDatabaseTrouble: the same cause and the same remedy.
func TestCheckAndStartNameTheSameDatabaseTrouble(t *testing.T) {
	server := journaltest.NewServer(t)
	exec := func(sql string) { t.Helper(); journaltest.Exec(t, server.URL(""), sql) }
	address := func(user, database, schema string) string {
		u := strings.Replace(server.URL(schema), "bot@", user+"@", 1)
		return strings.Replace(u, "/postgres", "/"+database, 1)
	}
	exec("CREATE ROLE guest LOGIN; CREATE SCHEMA shop; CREATE TABLE shop.orders ()")
	exec("CREATE DATABASE small CONNECTION LIMIT 0")
	for schema, then := range map[string]string{"newer": "UPDATE newer.docspace_bot_schema SET version = 99", "theirs": "SELECT"} {
		j, err := journal.OpenPostgres(t.Context(), server.URL(schema), nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = j.Close()
		exec(then)
	}
	for name, tt := range map[string]struct {
		state string
		want  remedy.Trouble
	}{
		"away":                   {"postgres://bot@127.0.0.1:1/x", remedy.DatabaseRefused},
		"no such database":       {address("bot", "nothing", "a"), remedy.DatabaseMissing},
		"no right to make":       {address("guest", "postgres", "a"), remedy.DatabaseRights},
		"no right to use":        {address("guest", "postgres", "theirs"), remedy.DatabaseRights},
		"no connection left":     {address("guest", "small", "a"), remedy.DatabaseCrowded},
		"another program's":      {address("bot", "postgres", "shop"), remedy.DatabaseForeign},
		"of a newer version":     {address("bot", "postgres", "newer"), remedy.StateNewer},
		"no such user":           {address("nobody", "postgres", "a"), remedy.DatabaseUser},
		"sound":                  {address("bot", "postgres", "theirs"), ""},
		"sound, and nothing yet": {address("bot", "postgres", "a"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := checkup{settings: settings{State: tt.state}}
			c.stateDatabase(t.Context(), tt.state)
			text := fmt.Sprint(c.findings)
			if tt.want == "" {
				if failed(c.findings) > 0 {
					t.Errorf("bot check finds %s", text)
				}
				return
			}
			if strings.Contains(text, "\n") {
				t.Errorf("bot check takes more than a line:\n%s", text)
			}
			for _, what := range []string{tt.want.Wrong(), tt.want.Remedy()} {
				contains(t, "bot check", text, what)
			}
			_, err := journal.OpenPostgres(t.Context(), tt.state, nil)
			if err == nil {
				t.Fatal("a bot starts all the same")
			}
			contains(t, "a bot that starts", err.Error(), tt.want.Wrong())
			contains(t, "a bot that starts", err.Error(), tt.want.Remedy())
		})
	}
}
