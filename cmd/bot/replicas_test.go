package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/crashtest"
	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/journal/journaltest"
	"github.com/docspace-invite-bot/bot/internal/pgtest"
)

// TestReplicasLoseNothing lets three replicas of the real program get into every trouble while people
// use them: killed, stopped for longer than the lease, cut off from the database, and the database
// itself killed. bench/crash does it for longer.
func TestReplicasLoseNothing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	database := pgtest.New(t)
	report, log := crash(t, crashtest.Options{
		Seed: 1, People: 30, Kills: 14, Replicas: 3, History: true, State: database.URL("docspace_bot") + "&lease=1s",
		Database: database, Patience: time.Minute, Quiet: 2 * time.Second,
	})
	t.Log(report)
	if broken := report.Broken(); len(broken) > 0 {
		t.Errorf("%q:\n%q\nlog:\n%s", broken, report.Findings, log)
	}
	if report.Window.Sum() == 0 {
		t.Error("no trouble struck: nothing was tried")
	}
}

// TestStateCopy moves a state file into a database, and reads what the command says of it.
func TestStateCopy(t *testing.T) {
	file, address := filepath.Join(t.TempDir(), "state.db"), pgtest.URL(t)
	state := func(args ...string) (code int, said string) {
		var out, errOut bytes.Buffer
		code = bot(t.Context(), append([]string{"state"}, args...), nil, &out, &errOut)
		return code, out.String() + errOut.String()
	}
	expect := func(args []string, want int, says ...string) {
		t.Helper()
		code, said := state(args...)
		if code != want {
			t.Errorf("bot state %q: exit code %d, want %d:\n%s", args, code, want, said)
		}
		for _, says := range says {
			if !strings.Contains(said, says) {
				t.Errorf("bot state %q says\n%s\nwant %q", args, said, says)
			}
		}
		if strings.Contains(said, "hunter2") {
			t.Errorf("bot state %q shows a password:\n%s", args, said)
		}
	}
	expect(nil, exitUsage, "copy FROM TO")
	expect([]string{"copy", file}, exitUsage, "copy FROM TO")
	expect([]string{"copy", file, address}, exitFailed, "Not copied", "no such file", "The original is as it was")
	expect([]string{"copy", file, "postgres://bot:hunter2@127.0.0.1:5432/x?sslmode=maybe"}, exitUsage, "postgres://user:password@")
	expect([]string{"copy", "postgres://bot:hunter2@127.0.0.1:1/x", file}, exitFailed, "from", "connect")

	j, err := journal.OpenSQLite(t.Context(), file, journal.SQLiteOptions{Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Append(t.Context(), journaltest.Pending(1, 50)...); err != nil {
		t.Fatal(err)
	}
	_ = j.Close()
	expect([]string{"copy", file, address}, exitDone, "105 entries copied", "SHA-256", "set STATE")
	expect([]string{"copy", file, address}, exitDone, "105 entries were there already")
}
