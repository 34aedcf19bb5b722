package crashtest

import (
	"context"
	"encoding/json"
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

// killer starts the bot and kills it.
type killer struct {
	*world
	options Options
	random  *rand.Rand
	kills   *counter
	report  *Report
}

// aim is the kind of moment at which a kill is aimed.
type aim string

const (
	atStart  aim = "while it starts"
	atFirst  aim = "soon after it connected"
	atLength aim = "some time after it connected"
	atEffect aim = "at a call that people notice"
)

// aims has each kind as often as it is to be chosen.
var aims = []aim{atStart, atFirst, atFirst, atFirst, atLength, atLength, atEffect, atEffect, atEffect, atEffect, atEffect, atEffect}

// effectWait is how long a kill that is aimed at a call waits for one.
const effectWait = 400 * time.Millisecond

// life is one process of the bot.
type life struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when the process has ended and its log is read
}

// run starts and kills the bot as often as wanted. It leaves none running.
func (k *killer) run(ctx context.Context) error {
	for range k.options.Kills {
		k.slack.Duplicate(k.random.IntN(3) == 0)
		k.slack.Redeliver(k.random.IntN(2) == 0)
		l, err := k.start(ctx)
		if err != nil {
			return err
		}
		chosen := pick(k.random, aims)
		if err := errors.Join(k.live(ctx, l, chosen), l.kill(ctx)); err != nil {
			return err
		}
		if err := k.inspect(ctx, chosen); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// living is the bot, or several of them, until it is killed.
type living interface {
	// within returns a context that ends with the bot too.
	within(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc)
	kill(ctx context.Context) error
}

// start starts the bot.
func (k *killer) start(ctx context.Context) (*life, error) {
	return startBot(ctx, k.options, k.env(k.options))
}

// last starts the bot for the last time.
func (k *killer) last(ctx context.Context) (living, error) { return k.start(ctx) }

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

// live lets the bot live until the moment at which it is to die. Bots that end by themselves
// are found out by kill.
func (k *killer) live(ctx context.Context, l *life, chosen aim) error {
	ctx, cancel := l.within(ctx, startWait)
	defer cancel()
	if chosen == atStart {
		grace.Sleep(ctx, upTo(k.random, 60*time.Millisecond))
		return nil
	}
	err := k.slack.Await(ctx, func() bool { return k.slack.Connections() > 0 })
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the bot did not connect within %v of its start", startWait)
	}
	switch chosen {
	case atFirst:
		grace.Sleep(ctx, upTo(k.random, 80*time.Millisecond))
	case atLength:
		grace.Sleep(ctx, 80*time.Millisecond+upTo(k.random, 300*time.Millisecond))
	case atEffect:
		k.awaitEffect(ctx, k.random)
	}
	return nil
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

// within returns a context that ends with the process too.
func (l *life) within(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, d)
	go func() {
		select {
		case <-l.ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
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

// inspect reads off the journal in the middle of what the bot was killed.
func (k *killer) inspect(ctx context.Context, chosen aim) error {
	if err := k.rest(ctx); err != nil {
		return fmt.Errorf("the servers after a kill: %w", err)
	}
	window, err := unsure(ctx, k.options.State)
	if err != nil {
		return err
	}
	k.report.struck(window)
	line, err := json.Marshal(map[string]any{"time": time.Now(), "msg": "KILLED", "kill": k.report.Kills, "aim": chosen, "window": window})
	if err != nil {
		return fmt.Errorf("note a kill: %w", err)
	}
	_, _ = fmt.Fprintf(k.options.Log, "\n%s\n", line)
	k.kills.add(1)
	return nil
}

// rest lets the servers notice the death.
func (k *killer) rest(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := k.forgotten(ctx); err != nil || k.options.Slow > 0 {
		return err
	}
	return k.idle(ctx)
}
