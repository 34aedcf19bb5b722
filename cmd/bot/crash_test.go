package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/crashtest"
)

// TestKilledBotLosesNothing kills the bot while people use it. bench/crash does it for longer.
func TestKilledBotLosesNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		history bool
		slow    time.Duration
	}{
		"with history":                 {true, 0},
		"without history":              {false, 0},
		"with history, and slack slow": {true, 300 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report, log := crash(t, crashtest.Options{
				Seed: 1, People: 20, Kills: 15, History: tt.history, Slow: tt.slow, State: filepath.Join(t.TempDir(), "state.db"),
			})
			t.Log(report)
			if broken := report.Broken(); len(broken) > 0 {
				t.Errorf("%q:\n%q\nlog:\n%s", broken, report.Findings, log)
			}
			if report.Window.Sum() == 0 {
				t.Error("no kill struck: nothing was tried")
			}
		})
	}
}

// TestCrashTestBites shows that it tells when a bot forgets.
func TestCrashTestBites(t *testing.T) {
	t.Parallel()
	report, log := crash(t, crashtest.Options{Seed: 1, People: 20, Kills: 8, State: "memory", Patience: 4 * time.Second})
	if report.Lost.Sum() == 0 {
		t.Errorf("a bot that keeps its state in memory lost nothing:\n%v\nlog:\n%s", report, log)
	}
}

// startSelf is the test binary as the bot.
func startSelf(ctx context.Context, env []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(append(os.Environ(), "BE_THE_BOT=1"), env...)
	return cmd
}

// crash runs the test binary as the bot.
func crash(t *testing.T, o crashtest.Options) (crashtest.Report, *bytes.Buffer) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	log := new(bytes.Buffer)
	o.Log = log
	if o.Patience == 0 {
		o.Patience = 30 * time.Second
	}
	o.Start = startSelf
	report, err := crashtest.Run(t.Context(), o)
	if err != nil {
		t.Fatalf("%v\n%v\nlog:\n%s", err, report, log)
	}
	return report, log
}
