package crashtest

import (
	"context"
	"math/rand/v2"
	"time"
)

// Run lets people use replicas of the bot while they get into trouble again and again, lets everything settle, and
// reports what the servers recorded. An error means that the run could not be carried out;
// what a run found wrong stands in the report.
func Run(ctx context.Context, options Options) (Report, error) {
	o, err := options.complete()
	if err != nil {
		return Report{}, err
	}
	began := time.Now()
	report := Report{Seed: o.Seed, History: o.History, State: o.State}
	random := rand.New(rand.NewPCG(o.Seed, 2))
	w, err := newWorld(o, time.Millisecond+upTo(random, 4*time.Millisecond))
	if err != nil {
		return report, err
	}
	defer w.close()
	var kills counter
	c := &crew{world: w, options: o, random: random, kills: &kills, report: &report}
	d := &driver{world: w, options: o, kills: &kills, report: &report}
	err = d.drive(ctx, c)
	report.Took = time.Since(began)
	return report, err
}

// drive has the bot killed while people act, lets everything settle, and takes stock.
func (d *driver) drive(ctx context.Context, c *crew) error {
	ctx, cancel := context.WithCancel(ctx)
	acted := make(chan struct{})
	go func() { defer close(acted); d.run(ctx, d.plan(d.options)) }()
	defer func() { cancel(); <-acted }()

	if err := c.run(ctx); err != nil {
		return err
	}
	settled, err := d.letSettle(ctx, c, acted)
	if err != nil {
		return err
	}
	rest, err := unsure(ctx, d.options.State)
	switch {
	case err != nil:
		return err
	case !settled:
		d.note("it had not settled after %v", d.options.Patience)
	case rest.Sum() > 0:
		d.note("all is settled, and the journal does not know: %+v", rest)
	}
	d.conclude()
	return nil
}

// letSettle lets the replicas live until all is settled and quiet, and tells whether that came
// to be in time.
func (d *driver) letSettle(ctx context.Context, c *crew, acted <-chan struct{}) (bool, error) {
	d.kills.add(1 << 20) // whoever waits for a kill that does not come acts now
	d.slack.Duplicate(false)
	d.slack.Redeliver(true)
	waiting, stop := c.within(ctx, d.options.Patience)
	defer stop()
	settled := d.settle(waiting, acted)
	for settled { // a bot in doubt gives calls of the one before time to land
		d.quiet(waiting, d.options.Quiet)
		if rest, err := unsure(ctx, d.options.State); err != nil || rest.Sum() == 0 || waiting.Err() != nil {
			break
		}
	}
	return settled, c.kill(ctx)
}

// settle waits until people have done what they will do and nothing is missing, and tells
// whether that came to be.
func (d *driver) settle(ctx context.Context, acted <-chan struct{}) bool {
	select {
	case <-acted:
	case <-ctx.Done():
		return false
	}
	slack, cancel := d.slack.Changes()
	defer cancel()
	for {
		portal := d.portal.Changes()
		if judge(d.promises(), d.records()).lost() == (Count{}) {
			return true
		}
		select {
		case <-slack:
		case <-portal:
		case <-ctx.Done():
			return false
		}
	}
}

// quiet waits until nothing has changed on the servers for a while.
func (d *driver) quiet(ctx context.Context, silence time.Duration) {
	slack, cancel := d.slack.Changes()
	defer cancel()
	timer := time.NewTimer(silence)
	defer timer.Stop()
	for {
		portal := d.portal.Changes()
		select {
		case <-slack:
		case <-portal:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
		timer.Reset(silence)
	}
}

// conclude writes down what came of it all.
func (d *driver) conclude() {
	report := d.report
	v := judge(d.promises(), d.records())
	report.Done, report.Lost, report.Doubled = v.done, v.lost(), v.doubled()
	report.Against = v.against()
	for _, f := range v.findings {
		report.Findings = append(report.Findings, f.String())
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	report.Odd = d.odd
	report.Typed = d.typed
	for _, a := range d.attempts {
		switch {
		case a.acknowledged():
			report.Acknowledged++
		case !a.refused():
			report.Doubtful++
		}
	}
}
