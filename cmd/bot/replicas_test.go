package main

import (
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/crashtest"
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
