package journal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"os"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// Copied says what a copy came to.
type Copied struct {
	// Entries are how many the copy has, Before how many of them were there already: an earlier copy
	// had been interrupted.
	Entries, Before int
	// Sum is the SHA-256 of all of them, which is the same on both sides.
	Sum [sha256.Size]byte
}

// copyBatch is how many entries are copied in one transaction.
const copyBatch = 1000

// Copy copies what is kept at from, a path or a postgres:// address, to another such place, which
// holds nothing yet or the beginning of the same: a copy that was interrupted goes on where it was. Then both are
// read again and compared. What is at from stays as it is. Both must not be in use by a bot; told is
// called now and then with how many entries are there.
func Copy(ctx context.Context, from, to string, told func(entries int)) (Copied, error) {
	if !IsPostgres(from) {
		if _, err := os.Stat(from); err != nil {
			return Copied{}, fmt.Errorf("from: %w", err)
		}
	}
	source, closeSource, err := openCopyable(ctx, from)
	if err != nil {
		return Copied{}, fmt.Errorf("from: %w", err)
	}
	defer closeSource()
	target, closeTarget, err := openCopyable(ctx, to)
	if err != nil {
		return Copied{}, fmt.Errorf("to: %w", err)
	}
	defer closeTarget()
	return copyAll(ctx, source, target, told)
}

var errSomethingElse = errors.New("to: something else is kept there. Nothing was changed. Give an empty place")

func copyAll(ctx context.Context, source, target copyable, told func(entries int)) (c Copied, err error) {
	there, err := summary(ctx, target, 0)
	if err != nil {
		return c, fmt.Errorf("to: %w", err)
	}
	before := there.n
	if before > 0 {
		begun, err := summary(ctx, source, there.last)
		if err != nil {
			return c, fmt.Errorf("from: %w", err)
		}
		if there != begun {
			return c, errSomethingElse
		}
	}
	for last := there.last; ; {
		rows, err := source.rows(ctx, last, copyBatch)
		if err != nil {
			return c, fmt.Errorf("from: %w", err)
		}
		if len(rows) == 0 {
			break
		}
		if err := target.add(ctx, rows); err != nil {
			return c, fmt.Errorf("to: %w", err)
		}
		last = rows[len(rows)-1].seq
		there.n += len(rows)
		told(there.n)
	}
	ends, err := source.ends(ctx)
	if err != nil {
		return c, fmt.Errorf("from: %w", err)
	}
	if err := target.addEnds(ctx, ends); err != nil {
		return c, fmt.Errorf("to: %w", err)
	}
	return compare(ctx, source, target, before)
}

var errDiffer = errors.New("a bot is at work on one of them. Stop it, and copy into an empty place")

// compare reads both sides from the beginning.
func compare(ctx context.Context, source, target copyable, before int) (Copied, error) {
	a, err := summary(ctx, source, 0)
	if err != nil {
		return Copied{}, fmt.Errorf("from: %w", err)
	}
	b, err := summary(ctx, target, 0)
	if err != nil {
		return Copied{}, fmt.Errorf("to: %w", err)
	}
	if a != b {
		return Copied{}, fmt.Errorf("the copy has %d entries and the original %d, or others: %w", b.n, a.n, errDiffer)
	}
	finished, err := source.ends(ctx)
	if err != nil {
		return Copied{}, fmt.Errorf("from: %w", err)
	}
	copied, err := target.ends(ctx)
	if err != nil {
		return Copied{}, fmt.Errorf("to: %w", err)
	}
	if !slices.EqualFunc(finished, copied, end.is) {
		return Copied{}, fmt.Errorf("the copy has %d finished invitations and the original %d, or others: %w", len(copied), len(finished), errDiffer)
	}
	return Copied{Entries: a.n, Before: before, Sum: a.sum}, nil
}

// copyable is a store that can be copied.
type copyable interface {
	// rows returns up to limit rows after the seq, in order.
	rows(ctx context.Context, after int64, limit int) ([]row, error)
	add(ctx context.Context, rows []row) error
	// ends are the invitations that have finished, in the order of the bytes of their ids.
	ends(ctx context.Context) ([]end, error)
	addEnds(ctx context.Context, ends []end) error
}

type row struct {
	seq               int64
	invitation, entry string
}

type end struct {
	invitation string
	at         time.Time
	upto       int64
}

// is tells whether the ends are the same, whatever the time zone that their time is told in.
func (e end) is(other end) bool {
	return e.invitation == other.invitation && e.at.Equal(other.at) && e.upto == other.upto
}

// sums are what two stores are compared by.
type sums struct {
	n    int
	last int64
	sum  [sha256.Size]byte
}

// summary reads the rows up to a seq, or all of them when it is 0.
func summary(ctx context.Context, c copyable, upto int64) (s sums, err error) {
	h := sha256.New()
	for {
		rows, err := c.rows(ctx, s.last, copyBatch)
		if err != nil {
			return s, err
		}
		if len(rows) == 0 {
			break
		}
		for _, r := range rows {
			if upto > 0 && r.seq > upto {
				h.Sum(s.sum[:0])
				return s, nil
			}
			r.hash(h)
			s.n, s.last = s.n+1, r.seq
		}
	}
	h.Sum(s.sum[:0])
	return s, nil
}

func (r row) hash(h hash.Hash) {
	_ = binary.Write(h, binary.BigEndian, []int64{r.seq, int64(len(r.invitation)), int64(len(r.entry))})
	_, _ = h.Write([]byte(r.invitation))
	_, _ = h.Write([]byte(r.entry))
}

// openCopyable opens one of the two, for itself alone as far as that can be had: a file's lock keeps a
// bot out, and a database's lease says whether one leads.
func openCopyable(ctx context.Context, state string) (copyable, func(), error) {
	if !IsPostgres(state) {
		j, err := OpenSQLite(ctx, state, SQLiteOptions{})
		if err != nil {
			return nil, nil, err
		}
		return j, func() { _ = j.Close() }, nil
	}
	p, err := OpenPostgres(ctx, state, nil)
	if err != nil {
		return nil, nil, err
	}
	t, err := p.campaign(ctx)
	if err = forOperators(err); err == nil && t == nil {
		err = errors.New("a replica is at work on this database: stop all of them first")
	}
	if err != nil {
		_ = p.Close()
		return nil, nil, err
	}
	copying, stop := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		p.reign(copying, t, func(term tracker.Term) {
			select {
			case <-term.Ending().Done():
			case <-copying.Done():
			}
		})
	}()
	return p, func() { stop(); <-over; _ = p.Close() }, nil
}

func (j *SQLite) rows(ctx context.Context, after int64, limit int) (some []row, err error) {
	rows, err := j.db.QueryContext(ctx, "SELECT seq, invitation, entry FROM entries WHERE seq > ? ORDER BY seq LIMIT ?", after, limit)
	if err != nil {
		return nil, inPlainWords(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.seq, &r.invitation, &r.entry); err != nil {
			return nil, err
		}
		some = append(some, r)
	}
	return some, inPlainWords(rows.Err())
}

func (j *SQLite) add(ctx context.Context, rows []row) error {
	return j.together(ctx, func(tx *sql.Tx) error {
		for _, r := range rows {
			if _, err := tx.ExecContext(ctx, "INSERT INTO entries (seq, invitation, entry) VALUES (?, ?, ?)", r.seq, r.invitation, r.entry); err != nil {
				return err
			}
		}
		return nil
	})
}

func (j *SQLite) ends(ctx context.Context) (some []end, err error) {
	rows, err := j.db.QueryContext(ctx, "SELECT invitation, at, upto FROM finished ORDER BY invitation")
	if err != nil {
		return nil, inPlainWords(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var e end
		var at int64
		if err := rows.Scan(&e.invitation, &at, &e.upto); err != nil {
			return nil, err
		}
		e.at = time.UnixMicro(at)
		some = append(some, e)
	}
	return some, inPlainWords(rows.Err())
}

func (j *SQLite) addEnds(ctx context.Context, ends []end) error {
	return j.together(ctx, func(tx *sql.Tx) error {
		for _, e := range ends {
			if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO finished (invitation, at, upto) VALUES (?, ?, ?)", e.invitation, e.at.UnixMicro(), e.upto); err != nil {
				return err
			}
		}
		return nil
	})
}

func (j *SQLite) together(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return inPlainWords(err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := do(tx); err != nil {
		return inPlainWords(err)
	}
	return inPlainWords(tx.Commit())
}

func (p *Postgres) rows(ctx context.Context, after int64, limit int) (some []row, err error) {
	rows, err := p.pool.Query(ctx, "SELECT seq, invitation, entry FROM entries WHERE seq > $1 ORDER BY seq LIMIT $2", after, limit)
	if err != nil {
		return nil, forOperators(err)
	}
	some, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (one row, err error) {
		err = r.Scan(&one.seq, &one.invitation, &one.entry)
		return one, err
	})
	return some, forOperators(err)
}

func (p *Postgres) add(ctx context.Context, rows []row) error {
	return forOperators(pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "UPDATE head SET seq = $1", rows[len(rows)-1].seq); err != nil {
			return err
		}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"entries"}, []string{"seq", "replica", "invitation", "entry"},
			pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
				return []any{rows[i].seq, p.replica, rows[i].invitation, rows[i].entry}, nil
			}))
		return err
	}))
}

func (p *Postgres) ends(ctx context.Context) ([]end, error) {
	rows, err := p.pool.Query(ctx, `SELECT invitation, at, upto FROM finished ORDER BY invitation COLLATE "C"`)
	if err != nil {
		return nil, forOperators(err)
	}
	some, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (one end, err error) {
		err = r.Scan(&one.invitation, &one.at, &one.upto)
		return one, err
	})
	return some, forOperators(err)
}

func (p *Postgres) addEnds(ctx context.Context, ends []end) error {
	return forOperators(pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		for _, e := range ends {
			batch.Queue(`INSERT INTO finished (invitation, at, upto) VALUES ($1, $2, $3)
				ON CONFLICT (invitation) DO UPDATE SET at = excluded.at, upto = excluded.upto`, e.invitation, e.at, e.upto)
		}
		return tx.SendBatch(ctx, batch).Close()
	}))
}
