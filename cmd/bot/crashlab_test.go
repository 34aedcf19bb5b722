package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/crashtest"
)

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
