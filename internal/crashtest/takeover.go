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

// TakeOver is what came of the loss of one leader. Times count from the signal.
type TakeOver struct {
	// Leads is after how long another replica led.
	Leads time.Duration
	// Card is after how long the card was posted of a command that was typed right after the
	// signal, and typed again, as people do, while Slack said that the app did not respond.
	Card time.Duration
	// Typed is how often it was typed.
	Typed int
}

// TakeOvers takes the leader from the replicas again and again, and measures how soon another leads:
// it kills the one that leads so many times, and stops it for as long as another does not lead so many
// times. State says for how long a replica leads; of the options People, Kills, Slow, Database
// and what concerns the settling are not used.
func TakeOvers(ctx context.Context, options Options, kills, stops int, each func(stop bool, t TakeOver)) error {
	o, err := options.complete()
	if err != nil {
		return err
	}
	o.People = 1
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // which ends whoever is left
	w, err := newWorld(o, 0)
	if err != nil {
		return err
	}
	defer w.close()
	w.slack.Redeliver(true)
	c := &crew{world: w, options: o, random: rand.New(rand.NewPCG(o.Seed, 2)), kills: &counter{}, report: &Report{}}
	if err := c.launch(ctx); err != nil {
		return err
	}
	for n := range kills + stops {
		stop := n >= kills
		t, err := c.takeLeader(ctx, n, stop)
		if err != nil {
			return errors.Join(err, c.kill(context.WithoutCancel(ctx)))
		}
		each(stop, t)
	}
	return c.kill(ctx)
}

// takeLeader loses the leader once, measures, and brings it back.
func (c *crew) takeLeader(ctx context.Context, n int, stop bool) (t TakeOver, err error) {
	if err := c.allThere(ctx); err != nil {
		return t, err
	}
	victim := c.leader()
	grace.Sleep(ctx, upTo(c.random, c.options.Lease/renewalsOfLease)) // at any moment between two renewals
	struck := time.Now()
	if stop {
		err = signalProcess(victim.cmd.Process, false)
	} else {
		err = victim.kill(ctx)
	}
	if err != nil {
		return t, err
	}
	defer func() {
		if stop {
			err = errors.Join(err, signalProcess(victim.cmd.Process, true), c.deposed(ctx, victim))
		} else {
			err = errors.Join(err, victim.start(ctx))
		}
	}()
	waiting, cancel := context.WithTimeout(ctx, takeOverMax)
	defer cancel()
	if t.Card, t.Typed, err = c.cardAfter(waiting, fmt.Sprintf("takeover%03d", n), struck); err != nil {
		return t, err
	}
	led, err := c.ledAfter(waiting, victim)
	if err != nil {
		return t, err
	}
	t.Leads = led.Sub(struck)
	return t, nil
}

// renewalsOfLease is how often a leader renews its lease in its time.
const renewalsOfLease = 4

// cardAfter types a command until Slack has an acknowledgement, and waits for the card.
func (c *crew) cardAfter(ctx context.Context, note string, struck time.Time) (took time.Duration, typed int, err error) {
	d := &driver{world: c.world, options: c.options, kills: c.kills, report: c.report}
	a := &attempt{token: note, command: plannedCommand{inviter: c.inviters[0], channel: c.channels[0]}}
	for err = errNotYet; err != nil && ctx.Err() == nil; typed++ {
		err = d.send(ctx, func() *slacksim.Delivery {
			return c.slack.Type(a.command.inviter, a.command.channel, fmt.Sprintf("/docspace-invite %q", note+"."))
		})
	}
	card, ok := d.cardOf(ctx, a)
	if !ok {
		return 0, typed, fmt.Errorf("%s was typed %d times and has no card: %w", note, typed, errors.Join(err, ctx.Err()))
	}
	return card.At.Sub(struck), typed, nil
}

var errNotYet = errors.New("not typed yet")

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
