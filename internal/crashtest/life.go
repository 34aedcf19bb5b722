package crashtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"time"

	"github.com/docspace-invite-bot/bot/internal/grace"
)

// startWait is how long the bot may take from its start to its first connection.
const startWait = 30 * time.Second

// effectWait is how long a kill that is aimed at a call waits for one.
const effectWait = 400 * time.Millisecond

// life is one process of the bot.
type life struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when the process has ended and its log is read
}

func startBot(ctx context.Context, o Options, env []string) (*life, error) {
	cmd := o.Start(ctx, env)
	cmd.Stderr = o.Log
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the bot: %w", err)
	}
	l := &life{cmd: cmd, ended: make(chan struct{})}
	go func() { defer close(l.ended); _ = cmd.Wait() }()
	return l, nil
}

// awaitEffect waits for a call that people notice, to come or to be answered, and then up to
// three milliseconds, or not at all.
func (w *world) awaitEffect(ctx context.Context, random *rand.Rand) {
	slack, portal := &w.slackNet.came, &w.portalNet.came
	if random.IntN(2) == 0 {
		slack, portal = &w.slackNet.answered, &w.portalNet.answered
	}
	pause := max(0, upTo(random, 4*time.Millisecond)-time.Millisecond)
	ctx, cancel := context.WithTimeout(ctx, effectWait)
	defer cancel()
	select {
	case <-slack.next():
	case <-portal.next():
	case <-ctx.Done():
		return
	}
	if pause > 0 {
		grace.Sleep(ctx, pause)
	}
}

// kill kills the process with SIGKILL and waits for its end. One that has ended before is an
// error: a bot gives up only when it is asked to.
func (l *life) kill(ctx context.Context) error {
	killed := l.cmd.Process.Kill()
	<-l.ended
	switch {
	case ctx.Err() != nil: // which kills it as well
		return ctx.Err()
	case errors.Is(killed, os.ErrProcessDone):
		return fmt.Errorf("the bot ended by itself: %v", l.cmd.ProcessState)
	case killed != nil:
		return fmt.Errorf("kill the bot: %w", killed)
	}
	return nil
}
