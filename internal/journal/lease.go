package journal

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/docspace-invite-bot/bot/internal/grace"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

const (
	// campaignEvery is how often a replica that does not lead tries to.
	campaignEvery = time.Second
	// renewals is how often a lease is renewed in its time.
	renewals = 4
	// doubtful is the part of its time that a replica leaves off a lease: for its own clock may
	// run slower than the database's.
	doubtful = 10
)

// term is the time for which this replica leads.
type term struct {
	epoch        int64
	ending, over context.Context
	end          context.CancelFunc // ending
	lose         context.CancelFunc // both

	mu    sync.Mutex
	until time.Time
}

var _ tracker.Term = (*term)(nil)

// Ending ends a moment before the lease does. See [tracker.Term].
func (t *term) Ending() context.Context { return t.ending }

// Over ends when another may have the lease.
func (t *term) Over() context.Context { return t.over }

// Holds tells whether the replica leads at this moment, without asking anybody. It compares both of
// its clocks: one of them stands still while a machine sleeps.
func (t *term) Holds() bool {
	t.mu.Lock()
	until := t.until
	t.mu.Unlock()
	now := time.Now()
	return t.ending.Err() == nil && now.Before(until) && now.Round(0).Before(until.Round(0))
}

// left returns how much of the time is left.
func (t *term) left() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return time.Until(t.until)
}

func (t *term) renewed(until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.until = until
}

func (p *Postgres) currentTerm() *term {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.term
}

func (p *Postgres) setTerm(t *term) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.term = t
}

// Lead leads whenever this replica may. See [tracker.Shared].
func (p *Postgres) Lead(ctx context.Context, lead func(tracker.Term)) {
	said := false
	for ctx.Err() == nil {
		t, err := p.campaign(ctx)
		if t != nil {
			said = false
			p.setTerm(t)
			p.reign(ctx, t, lead)
			p.setTerm(nil)
			continue
		}
		if err != nil && ctx.Err() == nil && !said {
			said = true
			p.log.WarnContext(ctx, "the database does not say who leads; nothing is sent by this replica until it does", "err", forOperators(err))
		}
		grace.Sleep(ctx, campaignEvery/2+rand.N(campaignEvery/2))
	}
}

// campaign takes the lease if nobody has it.
func (p *Postgres) campaign(ctx context.Context) (*term, error) {
	asked := time.Now()
	t := &term{}
	asking, cancel := context.WithTimeout(ctx, p.lease/2)
	defer cancel()
	err := p.pool.QueryRow(asking, `UPDATE lease SET holder = $1, epoch = epoch + 1, until = clock_timestamp() + $2::interval
		WHERE until < clock_timestamp() RETURNING epoch`, p.replica, p.lease).Scan(&t.epoch)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, p.listenToLeader(asking)
	}
	if err != nil {
		return nil, err
	}
	t.over, t.lose = context.WithCancel(context.WithoutCancel(ctx))
	t.ending, t.end = context.WithCancel(t.over)
	t.renewed(p.safe(asked))
	return t, nil
}

// listenToLeader reads what the replica that leads has said.
func (p *Postgres) listenToLeader(ctx context.Context) error {
	var words string
	if err := p.pool.QueryRow(ctx, "SELECT words FROM lease").Scan(&words); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard = words
	return nil
}

// Say keeps the words for the next renewal. See [tracker.Shared].
func (p *Postgres) Say(words string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.says = words
}

// Heard returns what was read last. See [tracker.Shared].
func (p *Postgres) Heard() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.heard
}

func (p *Postgres) words() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.says
}

// safe returns until when a lease that was asked for at a time is certainly this replica's.
func (p *Postgres) safe(asked time.Time) time.Time { return asked.Add(p.lease - p.lease/doubtful) }

// reign leads, and renews the lease until lead has returned or the lease is lost.
func (p *Postgres) reign(ctx context.Context, t *term, lead func(tracker.Term)) {
	defer t.lose()
	defer t.end()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		lead(t)
	}()
	renewing := time.NewTicker(p.lease / renewals)
	defer renewing.Stop()
	for {
		over := time.NewTimer(t.left())
		select {
		case <-ended:
			p.resign(ctx, t)
			return
		case <-t.over.Done(): // found out by an Exchange
		case <-over.C:
			t.end() // what is under way can still end, while nobody else leads
			grace.Sleep(t.over, p.lease/doubtful)
		case <-renewing.C:
			if over.Stop(); p.renew(t) {
				continue
			}
		}
		t.lose()
		<-ended
		p.log.WarnContext(ctx, "the lease was lost: another replica may lead", "replica", p.replica)
		return
	}
}

// renew asks for more time. It returns false when the lease is another's by now; without an answer
// what is left of the time is tried again.
func (p *Postgres) renew(t *term) bool {
	asked := time.Now()
	asking, cancel := context.WithTimeout(t.over, min(p.lease/renewals, t.left()))
	defer cancel()
	renewed, err := p.pool.Exec(asking, `UPDATE lease SET until = clock_timestamp() + $3::interval, words = $4
		WHERE holder = $1 AND epoch = $2 AND until > clock_timestamp()`, p.replica, t.epoch, p.lease, p.words())
	switch {
	case err != nil:
		return true
	case renewed.RowsAffected() == 0:
		return false
	}
	t.renewed(p.safe(asked))
	return true
}

// resign lets another replica lead at once.
func (p *Postgres) resign(ctx context.Context, t *term) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if _, err := p.pool.Exec(ctx, "UPDATE lease SET until = '-infinity' WHERE holder = $1 AND epoch = $2", p.replica, t.epoch); err != nil {
		p.log.InfoContext(ctx, "the lease was not given back; it ends by itself", "err", err)
	}
}
