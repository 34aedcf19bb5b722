package crashtest

import (
	"context"
	"math/rand/v2"
	"time"
)

// Run lets people use the bot while it is killed again and again, lets everything settle, and
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
	k := &killer{world: w, options: o, random: random, kills: &kills, report: &report}
	d := &driver{world: w, kills: &kills}
	err = drive(ctx, k, d)
	report.Took = time.Since(began)
	return report, err
}

// drive has the bot killed while people act, lets everything settle, and takes stock.
func drive(ctx context.Context, k *killer, d *driver) error {
	ctx, cancel := context.WithCancel(ctx)
	acted := make(chan struct{})
	go func() { defer close(acted); d.run(ctx, d.plan(k.options)) }()
	defer func() { cancel(); <-acted }()

	if err := k.run(ctx); err != nil {
		return err
	}
	settled, err := letSettle(ctx, k, d, acted)
	if err != nil {
		return err
	}
	rest, err := unsure(ctx, k.options.State)
	switch {
	case err != nil:
		return err
	case !settled:
		d.note("it had not settled after %v", k.options.Patience)
	case rest.Sum() > 0:
		d.note("all is settled, and the journal does not know: %+v", rest)
	}
	d.conclude(k.report)
	return nil
}

// letSettle lets one more bot live until all is settled and quiet, and tells whether that came
// to be in time.
func letSettle(ctx context.Context, k *killer, d *driver, acted <-chan struct{}) (bool, error) {
	k.kills.add(1 << 20) // whoever waits for a kill that does not come acts now
	k.slack.Duplicate(false)
	k.slack.Redeliver(true)
	last, err := k.start(ctx)
	if err != nil {
		return false, err
	}
	waiting, stop := last.within(ctx, k.options.Patience)
	defer stop()
	settled := d.settle(waiting, acted)
	for settled { // a bot in doubt gives calls of the one before time to land
		d.quiet(waiting, k.options.Quiet)
		if rest, err := unsure(ctx, k.options.State); err != nil || rest.Sum() == 0 || waiting.Err() != nil {
			break
		}
	}
	return settled, last.kill(ctx)
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
func (d *driver) conclude(report *Report) {
	v := judge(d.promises(), d.records())
	report.Done, report.Lost, report.Doubled = v.done, v.lost(), v.doubled()
	for _, f := range v.findings {
		report.Findings = append(report.Findings, f.String())
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	report.Odd = d.odd
	report.Typed = d.typed
	for _, a := range d.attempts {
		if a.acknowledged() {
			report.Acknowledged++
		} else {
			report.Doubtful++
		}
	}
}
