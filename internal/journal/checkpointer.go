package journal

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
)

// checkpointAfter is after how many commits the side file is copied into the main one: it is
// some 8 MB by then.
const checkpointAfter = 2000

// checkpointer copies what was committed from the side file into the main one. SQLite would
// do it within a commit, which then takes a hundred times as long as the others; so this does
// it beside them, on a connection of its own. The side file begins anew only when nothing in it
// is left to copy, and under load something always was committed meanwhile: that rest is copied
// between two commits.
type checkpointer struct {
	db     *sql.DB
	due    chan struct{}
	stop   context.CancelFunc
	done   sync.WaitGroup
	behind atomic.Bool // the rest is to be copied
	weight int         // of what was committed since, in pages; Append alone has it
}

func newCheckpointer(source string) (*checkpointer, error) {
	db, err := sql.Open("sqlite", source)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	ctx, stop := context.WithCancel(context.Background())
	c := &checkpointer{db: db, due: make(chan struct{}, 1), stop: stop}
	c.done.Go(func() {
		for {
			select {
			case <-c.due:
				copyOver(ctx, db)
				c.behind.Store(true)
			case <-ctx.Done():
				return
			}
		}
	})
	return c, nil
}

// copyOver copies what it can without anybody waiting for it. A failure is none yet: the entries
// are safe where they are, and it is tried again.
func copyOver(ctx context.Context, db *sql.DB) {
	_, _ = db.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
}

// grown is told of every commit.
func (c *checkpointer) grown(entries int) {
	const entriesOnPage = 8
	if c.weight += 1 + entries/entriesOnPage; c.weight < checkpointAfter {
		return
	}
	c.weight = 0
	select {
	case c.due <- struct{}{}:
	default:
	}
}

// catchUp copies the rest, if it is time for that, while nothing is being committed.
func (c *checkpointer) catchUp(ctx context.Context, db *sql.DB) {
	if c.behind.CompareAndSwap(true, false) {
		copyOver(ctx, db)
	}
}

func (c *checkpointer) close() error {
	c.stop()
	c.done.Wait()
	return c.db.Close()
}
