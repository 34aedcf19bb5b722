package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/docspace-invite-bot/bot/internal/grace"
)

const (
	// pollEvery is how often a standby tries to lead, and pollMax how long one try may take.
	pollEvery = 300 * time.Millisecond
	pollMax   = 3 * time.Second
	// beatEvery is how often the leader writes that it lives.
	beatEvery = time.Second
	// beatMax is how long that may take. Appends wait for it, and Slack for them.
	beatMax = 2 * time.Second
	// sureFor is for how long after such a word no other bot can lead. A standby ends the connection of a
	// leader whose word is older than staleAfter: by the database's clock, where the word is younger.
	sureFor    = 5 * time.Second
	staleAfter = "6 seconds"
)

// lockKey is the advisory lock of the bots that share these tables, as two numbers.
var lockKey = fmt.Sprintf("%d, 'leader'::regclass::oid::int", applicationID)

// lockHeld is a condition on pg_locks: it is that lock, and held.
var lockHeld = fmt.Sprintf(`locktype = 'advisory' AND granted AND classid = %d AND objid = 'leader'::regclass::oid AND objsubid = 2
	AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`, applicationID)

var (
	errNotLeading = errors.New("this bot doesn't lead")
	errDeposed    = errors.New("the lock is held no more")
	errSilent     = errors.New("the database hasn't confirmed the lead in time")
)

// Lead waits until this bot leads. While another one does, it calls standingBy after each look at the
// database. The lead lasts until Leading ends.
func (p *Postgres) Lead(ctx context.Context, standingBy func()) error {
	for {
		leads, err := p.TryLead(ctx)
		if leads || err != nil {
			return err
		}
		standingBy()
		if !grace.Sleep(ctx, pollEvery) {
			return ctx.Err()
		}
	}
}

// TryLead reports whether this bot leads from now on. It ends the connection of a leader that hasn't
// written for too long.
func (p *Postgres) TryLead(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, pollMax)
	defer cancel()
	name, _ := os.Hostname()
	asked := time.Now()
	// The lock and the word in one statement: no leader is without a word of its own.
	taken, err := p.conn.Exec(ctx, `UPDATE leader SET pid = pg_backend_pid(), name = $1, at = clock_timestamp()
		WHERE pg_try_advisory_lock(`+lockKey+`)`, name)
	if err != nil {
		return false, forOperators(err)
	}
	if taken.RowsAffected() == 0 {
		return false, p.endSilentLeader(ctx)
	}
	if err := p.conn.QueryRow(ctx, "SELECT coalesce(max(seq), 0) FROM entries").Scan(&p.last); err != nil {
		return false, forOperators(err)
	}
	p.leading, p.lose = context.WithCancelCause(context.Background())
	p.expiry = time.AfterFunc(sureFor, func() { p.lose(errSilent) })
	p.confirm(asked)
	p.beats.Go(p.beat)
	return true, nil
}

func (p *Postgres) endSilentLeader(ctx context.Context) error {
	var name string
	var ended bool
	err := p.conn.QueryRow(ctx, `SELECT name, pg_terminate_backend(l.pid) FROM leader JOIN pg_locks l USING (pid)
		WHERE `+lockHeld+` AND at < clock_timestamp() - interval '`+staleAfter+`'`).Scan(&name, &ended)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if ended {
		p.log.WarnContext(ctx, "the leader is silent: its connection was ended", "leader", name)
	}
	return forOperators(err)
}

// Leading returns a context that ends when the lead is lost; its cause says why.
func (p *Postgres) Leading() context.Context { return p.leading }

// Leads reports whether this bot leads at this moment, without asking the database. It compares both of
// its clocks: one of them stands still while a machine sleeps.
func (p *Postgres) Leads() bool {
	p.mu.Lock()
	sure := p.sure
	p.mu.Unlock()
	now := time.Now()
	return p.leading.Err() == nil && now.Before(sure) && now.Round(0).Before(sure.Round(0))
}

// confirm notes that the bot led at the time asked.
func (p *Postgres) confirm(asked time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sure = asked.Add(sureFor)
	p.expiry.Reset(time.Until(p.sure))
}

// beat writes now and then that this bot lives, on the connection that holds the lock, until the lead
// is lost.
func (p *Postgres) beat() {
	for grace.Sleep(p.leading, beatEvery) {
		asked := time.Now()
		err := p.do(p.leading, func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, beatMax)
			defer cancel()
			written, err := p.conn.Exec(ctx, `UPDATE leader SET at = clock_timestamp()
				WHERE pid = pg_backend_pid() AND EXISTS (SELECT FROM pg_locks WHERE `+lockHeld+` AND pid = pg_backend_pid())`)
			if err == nil && written.RowsAffected() == 0 {
				return errDeposed
			}
			return err
		})
		if err != nil {
			p.lose(err)
			return
		}
		p.confirm(asked)
	}
}

// do uses the connection while this bot leads. An error that leaves no connection ends the lead: it is
// never made again under a bot at work.
func (p *Postgres) do(ctx context.Context, use func(context.Context) error) error {
	if p.leading == nil {
		return errNotLeading
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(p.leading, func() { cancel(context.Cause(p.leading)) })()
	select {
	case p.busy <- struct{}{}:
		defer func() { <-p.busy }()
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if !p.Leads() { // it may have been frozen since
		p.lose(errSilent)
		return fmt.Errorf("%w: %w", errNotLeading, errSilent)
	}
	err := forOperators(use(ctx))
	if p.conn.IsClosed() {
		p.lose(err)
	}
	return err
}
