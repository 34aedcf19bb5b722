package crashtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/docspace-invite-bot/bot/internal/grace"
	"github.com/docspace-invite-bot/bot/internal/pgtest"
)

// crew is several replicas of the bot on one database, and the trouble that they get into: one is
// killed, stopped for longer than its lease, or cut off from the database; or the database itself is
// killed and comes back.
type crew struct {
	*world
	options Options
	random  *rand.Rand
	kills   *counter
	report  *Report

	replicas []*replica
}

// replica is one place of the crew. Its bots come and go.
type replica struct {
	crew   *crew
	number int
	wire   *pgtest.Wire
	state  string
	leads  atomic.Bool
	since  atomic.Int64 // when it said so, in Unix nanoseconds
	began  atomic.Bool  // it has connected to Slack since its start
	*life
}

// trouble is what happens to a replica, or to all of them.
type trouble string

const (
	killed    trouble = "killed"
	stopped   trouble = "stopped for longer than its lease"
	cutOff    trouble = "cut off from the database for longer than its lease"
	snapped   trouble = "its connections to the database cut"
	noStorage trouble = "the database killed"
)

// troubles has each kind as often as it is to be chosen.
var troubles = []trouble{killed, killed, killed, stopped, stopped, cutOff, snapped, snapped, noStorage}

// leaderMostly is how often of ten times the trouble is the leader's.
const leaderMostly = 7

// run gets the crew into trouble as often as wanted, and leaves all of it at work.
func (c *crew) run(ctx context.Context) error {
	if err := c.launch(ctx); err != nil {
		return err
	}
	for range c.options.Kills {
		c.slack.Redeliver(c.random.IntN(2) == 0)
		if err := c.allThere(ctx); err != nil {
			return err
		}
		if err := c.strike(ctx, pick(c.random, troubles)); err != nil {
			return err
		}
	}
	return c.allThere(ctx)
}

// launch starts the replicas.
func (c *crew) launch(ctx context.Context) error {
	c.options.Log = &oneByOne{to: c.options.Log}
	for n := range c.options.Replicas {
		r := &replica{crew: c, number: n + 1}
		var err error
		if r.wire, r.state, err = pgtest.NewWire(c.options.State); err != nil {
			return err
		}
		c.replicas = append(c.replicas, r)
		if err := r.start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// allThere waits until every replica has got as far as Slack since its start, and one of them leads. One
// that has not would end if the database were away: it is for a supervisor to start it again.
func (c *crew) allThere(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	for _, r := range c.replicas {
		select {
		case <-r.ended:
			return fmt.Errorf("a replica ended by itself: %v", r.cmd.ProcessState)
		default:
		}
	}
	starting := func(r *replica) bool { return !r.began.Load() }
	err := c.slack.Await(ctx, func() bool { return c.slack.Connections() >= len(c.replicas) })
	for err == nil && (c.leader() == nil || slices.ContainsFunc(c.replicas, starting)) {
		if !grace.Sleep(ctx, 20*time.Millisecond) {
			err = ctx.Err()
		}
	}
	if err != nil {
		return fmt.Errorf("the replicas were not all at work within %v: %w", startWait, err)
	}
	return nil
}

func (c *crew) leader() *replica {
	for _, r := range c.replicas {
		if r.leads.Load() {
			return r
		}
	}
	return nil
}

// strike gets the crew into one trouble, at a moment when something is under way.
func (c *crew) strike(ctx context.Context, what trouble) error {
	victim := pick(c.random, c.replicas)
	if leader := c.leader(); leader != nil && c.random.IntN(10) < leaderMostly {
		victim = leader
	}
	if c.random.IntN(3) > 0 {
		c.awaitEffect(ctx, c.random)
	} else {
		grace.Sleep(ctx, upTo(c.random, 300*time.Millisecond))
	}
	long := c.options.Lease + upTo(c.random, c.options.Lease)
	var err error
	switch what {
	case killed:
		err = victim.kill(ctx)
		c.struck(ctx, what)
		grace.Sleep(ctx, upTo(c.random, c.options.Lease))
		err = errors.Join(err, victim.start(ctx))
	case stopped:
		err = signalProcess(victim.cmd.Process, false)
		c.struck(ctx, what)
		grace.Sleep(ctx, long)
		err = errors.Join(err, signalProcess(victim.cmd.Process, true))
	case cutOff:
		victim.wire.Down(true)
		c.struck(ctx, what)
		grace.Sleep(ctx, long)
		victim.wire.Down(false)
	case snapped:
		victim.wire.Cut()
		c.struck(ctx, what)
	case noStorage:
		if c.options.Database == nil {
			return nil
		}
		err = c.options.Database.Kill()
		c.kills.add(1) // people whose turn it is then act while it is away
		grace.Sleep(ctx, c.options.Outage+upTo(c.random, time.Second))
		err = errors.Join(err, c.options.Database.Resume(ctx))
		c.note(ctx, what)
	}
	return err
}

// struck notes a trouble, and has people act whose turn it is then.
func (c *crew) struck(ctx context.Context, what trouble) {
	c.note(ctx, what)
	c.kills.add(1)
}

// note notes what was begun and is not ended at this moment: it may be done twice.
func (c *crew) note(ctx context.Context, what trouble) {
	window, err := unsure(ctx, c.options.State)
	if err != nil {
		_, _ = fmt.Fprintf(c.options.Log, "\nthe database cannot be read: %v\n", err)
	}
	c.report.struck(window)
	_, _ = fmt.Fprintf(c.options.Log, "\n%s TROUBLE %d: %s; begun and not ended: %+v\n", time.Now().Format(time.RFC3339Nano), c.report.Kills, what, window)
}

// start starts a bot in the replica's place.
func (r *replica) start(ctx context.Context) error {
	o := r.crew.options
	o.State = r.state
	o.Log = &listener{to: o.Log, replica: r}
	r.leads.Store(false)
	r.began.Store(false)
	l, err := startBot(ctx, o, r.crew.env(o))
	if err == nil {
		r.life = l
	}
	return err
}

// within returns a context that ends when one of the replicas does.
func (c *crew) within(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, d)
	for _, r := range c.replicas {
		go func() {
			select {
			case <-r.ended:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	return ctx, cancel
}

// kill ends the whole crew.
func (c *crew) kill(ctx context.Context) (err error) {
	for _, r := range c.replicas {
		err = errors.Join(err, r.kill(ctx))
		r.wire.Close()
	}
	return err
}

// listener hands on a replica's log, and hears in it whether the replica leads.
type listener struct {
	to      io.Writer
	replica *replica
	rest    []byte
}

// Write takes some of the log. A line is handed on whole.
func (l *listener) Write(text []byte) (int, error) {
	l.rest = append(l.rest, text...)
	for {
		end := bytes.IndexByte(l.rest, '\n')
		if end < 0 {
			return len(text), nil
		}
		line := string(l.rest[:end+1])
		l.rest = l.rest[end+1:]
		switch {
		case strings.Contains(line, `"this replica leads"`):
			l.replica.since.Store(time.Now().UnixNano())
			l.replica.leads.Store(true)
		case strings.Contains(line, `"this replica leads no more"`):
			l.replica.leads.Store(false)
		case strings.Contains(line, `"connected to slack"`):
			l.replica.began.Store(true)
		}
		_, _ = fmt.Fprintf(l.to, "replica %d: %s", l.replica.number, line)
	}
}

// oneByOne is a log that several write to.
type oneByOne struct {
	mu sync.Mutex
	to io.Writer
}

// Write writes a line.
func (l *oneByOne) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(line)
}

// Database is a server that can be killed and comes back.
type Database interface {
	Kill() error
	Resume(ctx context.Context) error
}

var _ Database = (*pgtest.Server)(nil)

var errNoSignals = errors.New("a process cannot be stopped on this system")

func signalProcess(process *os.Process, goOn bool) error {
	if stopSignal == nil {
		return errNoSignals
	}
	if goOn {
		return process.Signal(contSignal)
	}
	return process.Signal(stopSignal)
}
