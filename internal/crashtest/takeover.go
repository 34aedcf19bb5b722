package crashtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/docspace-invite-bot/bot/internal/grace"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// takeOverMax bounds how long one take-over is waited for.
const takeOverMax = time.Minute

// Losses say how often the one that leads is lost, in each way.
type Losses struct {
	// Killed is by SIGKILL.
	Killed int
	// Stopped is by SIGSTOP, until another leads.
	Stopped int
	// CutOff is without a way to the database, until another leads.
	CutOff int
}

func (l Losses) list() (all []trouble) {
	all = slices.Repeat([]trouble{killed}, l.Killed)
	all = append(all, slices.Repeat([]trouble{stopped}, l.Stopped)...)
	return append(all, slices.Repeat([]trouble{cutOff}, l.CutOff)...)
}

// TakeOver is what came of the loss of one leader. Times count from the loss.
type TakeOver struct {
	// How the leader was lost, in words.
	How string
	// Leads is after how long another replica led.
	Leads time.Duration
	// Card is after how long the card was posted of a command that was typed right after the
	// loss, and typed again, as people do, while Slack said that the app did not respond, or
	// the bot that it could not keep it.
	Card time.Duration
	// Typed is how often it was typed.
	Typed int
}

// TakeOvers takes the leader from the replicas again and again, brings it back, and tells each time
// how soon another led. State says for how long a replica leads, and Lease must say the same; of the
// options People, Kills, Database and what concerns the settling are not used.
func TakeOvers(ctx context.Context, options Options, losses Losses, each func(TakeOver)) error {
	o, err := options.complete()
	if err != nil {
		return err
	}
	o.People = 1
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // which ends whoever is left
	w, err := newWorld(o, time.Millisecond)
	if err != nil {
		return err
	}
	defer w.close()
	w.slack.Redeliver(true)
	c := &crew{world: w, options: o, random: rand.New(rand.NewPCG(o.Seed, 2)), kills: &counter{}, report: &Report{}}
	if err := c.launch(ctx); err != nil {
		return err
	}
	for n, how := range losses.list() {
		t, err := c.takeLeader(ctx, n, how)
		if err != nil {
			return errors.Join(err, c.kill(ctx))
		}
		each(t)
	}
	return c.kill(ctx)
}

// takeLeader loses the leader once, measures, and brings it back.
func (c *crew) takeLeader(ctx context.Context, n int, how trouble) (TakeOver, error) {
	if err := c.allThere(ctx); err != nil {
		return TakeOver{}, err
	}
	victim := c.leader()
	grace.Sleep(ctx, upTo(c.random, c.options.Lease/renewalsOfLease)) // at any moment between two renewals
	since := time.Now()
	back, err := c.lose(ctx, victim, how)
	if err != nil {
		return TakeOver{}, err
	}
	t, err := c.takenOver(ctx, victim, fmt.Sprintf("takeover%03d", n), since)
	t.How = string(how)
	return t, errors.Join(err, back())
}

// lose loses a leader, and returns how to bring it back.
func (c *crew) lose(ctx context.Context, victim *replica, how trouble) (back func() error, err error) {
	switch how {
	case stopped:
		return func() error {
			return errors.Join(signalProcess(victim.cmd.Process, true), c.deposed(ctx, victim))
		}, signalProcess(victim.cmd.Process, false)
	case cutOff:
		victim.wire.Down(true)
		return func() error {
			victim.wire.Down(false)
			return c.deposed(ctx, victim)
		}, nil
	}
	return func() error { return victim.start(ctx) }, victim.kill(ctx)
}

// takenOver types a command, and waits until it has its card and another leads.
func (c *crew) takenOver(ctx context.Context, lost *replica, note string, since time.Time) (t TakeOver, err error) {
	ctx, cancel := context.WithTimeout(ctx, takeOverMax)
	defer cancel()
	card, typed, err := c.cardAfter(ctx, note)
	if err != nil {
		return t, err
	}
	led, err := c.ledAfter(ctx, lost)
	return TakeOver{Leads: led.Sub(since), Card: card.Sub(since), Typed: typed}, err
}

// renewalsOfLease is how often a leader renews its lease in its time.
const renewalsOfLease = 4

// cardAfter types a command until it is taken on, and returns when its card was posted.
func (c *crew) cardAfter(ctx context.Context, note string) (posted time.Time, typed int, err error) {
	d := &driver{world: c.world, options: c.options, kills: c.kills, report: c.report}
	a := &attempt{token: note, command: plannedCommand{inviter: c.inviters[0], channel: c.channels[0]}}
	for taken := false; !taken && ctx.Err() == nil; typed++ {
		err = d.send(ctx, func() *slacksim.Delivery {
			a.delivery = c.slack.Type(a.command.inviter, a.command.channel, fmt.Sprintf("/docspace-invite %q", note+"."))
			return a.delivery
		})
		if taken = err == nil && a.answer() == ""; !taken {
			grace.Sleep(ctx, c.options.Lease/20)
		}
	}
	card, ok := d.cardOf(ctx, a)
	if !ok {
		return time.Time{}, typed, fmt.Errorf("%s was typed %d times and has no card: %w", note, typed, errors.Join(err, ctx.Err()))
	}
	return card.At, typed, nil
}

// ledAfter waits until another leads than the one that is lost, and returns since when.
func (c *crew) ledAfter(ctx context.Context, lost *replica) (time.Time, error) {
	for {
		i := slices.IndexFunc(c.replicas, func(r *replica) bool { return r != lost && r.leads.Load() })
		if i >= 0 {
			return time.Unix(0, c.replicas[i].since.Load()), nil
		}
		if !grace.Sleep(ctx, 5*time.Millisecond) {
			return time.Time{}, fmt.Errorf("nobody took over: %w", ctx.Err())
		}
	}
}

// deposed waits until a replica that went on knows that it leads no more.
func (c *crew) deposed(ctx context.Context, r *replica) error {
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	for r.leads.Load() {
		if !grace.Sleep(ctx, 5*time.Millisecond) {
			return fmt.Errorf("replica %d was stopped, and still believes that it leads: %w", r.number, ctx.Err())
		}
	}
	return nil
}
