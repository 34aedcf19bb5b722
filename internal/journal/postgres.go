package journal

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/docspace-invite-bot/bot/internal/grace"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// Postgres is a journal in a PostgreSQL database, which several replicas of the bot share. Entries
// are numbered without gaps in the order in which they become visible: whoever appends holds the one
// row of the table head until the commit. That row is all that the replicas queue for; the lease has
// a row and a connection of its own.
type Postgres struct {
	pool    *pgxpool.Pool
	config  *pgx.ConnConfig
	replica string
	lease   time.Duration
	log     *slog.Logger
	changed chan struct{}
	stop    context.CancelFunc
	done    sync.WaitGroup

	// What follows is for Replay, Exchange and News alone, of which one runs at a time.
	position int64 // the seq of the last entry that the tracker knows
	failing  bool  // the last Exchange failed

	mu    sync.Mutex
	term  *term  // while this replica leads
	says  string // what it has to say then
	heard string // what the one that leads has said
}

var _ tracker.Shared = (*Postgres)(nil)

// defaultLease is for how long a replica leads without renewing that, unless the address says
// otherwise with lease. When the one that leads is lost, another does after that time and a second.
const defaultLease = 5 * time.Second

const (
	// defaultSchema is where the tables are, unless the address says otherwise with search_path.
	defaultSchema = "docspace_bot"
	// exchangeMax bounds one Exchange: Slack waits three seconds for its acknowledgement.
	exchangeMax = 2500 * time.Millisecond
	// insistMax is for how long an Exchange tries again that got no connection, and retryPause what it
	// waits in between.
	insistMax  = 700 * time.Millisecond
	retryPause = 50 * time.Millisecond
	// abandonedAfter is after how long the database ends a transaction in which nothing happens, in
	// milliseconds: a replica that was stopped in the middle of one must not keep the others waiting.
	abandonedAfter = "1500"
	// newsMax is how many entries of others are read at once while others wait.
	newsMax = 1000
	// channelName is what replicas listen to.
	channelName = "docspace_bot_entries"
)

// OpenPostgres opens the journal in the database at the address, a postgres:// URL, and makes its
// tables if there are none. No error and no log line shows the password. Close it after use.
func OpenPostgres(ctx context.Context, address string, log *slog.Logger) (*Postgres, error) {
	config, lease, err := parse(address)
	if err != nil {
		return nil, fmt.Errorf("STATE: %w", err)
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	config.MaxConns = 6
	config.ConnConfig.ConnectTimeout = 2 * time.Second
	for name, value := range map[string]string{
		"search_path": defaultSchema, "application_name": "docspace-invite-bot", "idle_in_transaction_session_timeout": abandonedAfter,
	} {
		if config.ConnConfig.RuntimeParams[name] == "" {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	p := &Postgres{
		config: config.ConnConfig, replica: replicaName(), lease: lease, log: log,
		changed: make(chan struct{}, 1),
	}
	if !isPrivate(config.ConnConfig) {
		p.log.WarnContext(ctx, "the database is asked all the same", "err", remedy.Explain(remedy.DatabaseInClear, nil))
	}
	if p.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("STATE: %w", err)
	}
	if err := migratePostgres(ctx, p.pool, config.ConnConfig.RuntimeParams["search_path"]); err != nil {
		p.pool.Close()
		return nil, fmt.Errorf("the database of STATE: %w", forOperators(err))
	}
	listening, stop := context.WithCancel(context.Background())
	p.stop = stop
	p.done.Go(func() { p.listen(listening) })
	return p, nil
}

// replicaName names this process, for the database and the log: the machine, and something that no
// process before it was called.
func replicaName() string {
	host, _ := os.Hostname()
	return host + "-" + strings.ToLower(rand.Text()[:6])
}

// Replica is the name of this process among the replicas.
func (p *Postgres) Replica() string { return p.replica }

// Close ends the use of the journal. Do not use it any more.
func (p *Postgres) Close() error {
	p.stop()
	p.done.Wait()
	p.pool.Close()
	return nil
}

// Append keeps the entries, all or none, for who does not care what others append.
func (p *Postgres) Append(ctx context.Context, entries ...tracker.Entry) error {
	return p.Exchange(ctx, func([]tracker.Entry, bool) []tracker.Entry { return entries })
}

// Exchange appends what write returns. See [tracker.Shared]. When the connection breaks it tries
// again while there is time, and finds out first whether its entries are kept already.
func (p *Postgres) Exchange(ctx context.Context, write func(others []tracker.Entry, leads bool) []tracker.Entry) error {
	patience, insist := exchangeMax, time.Now().Add(insistMax)
	if p.failing { // others queue behind this one
		patience, insist = exchangeMax/2, time.Time{}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := p.insist(ctx, insist, write)
	p.failing = err != nil
	return err
}

func (p *Postgres) insist(ctx context.Context, until time.Time, write func(others []tracker.Entry, leads bool) []tracker.Entry) error {
	for {
		last, err := p.exchange(ctx, write)
		if last > 0 {
			kept, known := p.isKept(ctx, last)
			switch {
			case !known:
				return fmt.Errorf("%w: %w", tracker.NotSure, forOperators(err))
			case kept:
				return nil
			}
		}
		switch {
		case errors.Is(err, errBehind):
		case !isLost(err) || time.Now().After(until) || !grace.Sleep(ctx, retryPause):
			return forOperators(err)
		}
	}
}

// errBehind says that there is more news than is read while others wait.
var errBehind = errors.New("far behind the other replicas")

// exchange is one try. When the connection was lost in the commit, last is the seq of the last of
// the entries, if they are kept; otherwise it is 0.
func (p *Postgres) exchange(ctx context.Context, write func(others []tracker.Entry, leads bool) []tracker.Entry) (last int64, err error) {
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Release() // which closes a connection that was left within a transaction
	term := p.currentTerm()
	head, others, leads, err := p.begin(ctx, conn, term)
	if err != nil {
		return 0, err
	}
	if term != nil && !leads {
		term.lose()
	}
	if others.cut { // the others need not wait until this one knows it all
		write(others.entries, false)
		p.position = others.last
		_, _ = conn.Exec(ctx, "ROLLBACK")
		return 0, errBehind
	}
	mine := write(others.entries, leads)
	p.position = head
	if len(mine) == 0 {
		_, _ = conn.Exec(ctx, "ROLLBACK")
		return 0, nil
	}
	insert, err := p.insertion(mine, head)
	if err != nil {
		return 0, err
	}
	last = head + int64(len(mine))
	if err := conn.SendBatch(ctx, insert).Close(); err != nil {
		if isLost(err) {
			return last, err
		}
		return 0, err
	}
	p.position = last
	return 0, nil
}

// begin begins a transaction, queues for the head of the journal, and reads what others have
// appended and, for a replica that believes it leads, whether it does. Until the end of the
// transaction no other can come to lead then.
func (p *Postgres) begin(ctx context.Context, conn *pgxpool.Conn, held *term) (head int64, others news, leads bool, err error) {
	queries := &pgx.Batch{}
	queries.Queue("BEGIN")
	queries.Queue("SELECT seq FROM head FOR UPDATE").QueryRow(func(row pgx.Row) error { return row.Scan(&head) })
	if held != nil {
		queries.Queue("SELECT true FROM lease WHERE holder = $1 AND epoch = $2 AND until > clock_timestamp() FOR SHARE", p.replica, held.epoch).
			QueryRow(func(row pgx.Row) error {
				err := row.Scan(&leads)
				if errors.Is(err, pgx.ErrNoRows) {
					err = nil
				}
				return err
			})
	}
	queries.Queue(entriesAfter, p.position, newsMax).Query(func(rows pgx.Rows) (err error) {
		others, err = p.read(rows)
		return err
	})
	err = conn.SendBatch(ctx, queries).Close()
	return head, others, leads && err == nil && held.Holds(), err
}

const entriesAfter = "SELECT seq, entry FROM entries WHERE seq > $1 ORDER BY seq LIMIT $2"

// news are entries of others, up to the seq last. cut says that there are more.
type news struct {
	entries []tracker.Entry
	last    int64
	cut     bool
}

// read reads the entries that follow those that the tracker knows.
func (p *Postgres) read(rows pgx.Rows) (n news, err error) {
	defer rows.Close()
	n.last = p.position
	for rows.Next() {
		var text []byte
		if err := rows.Scan(&n.last, &text); err != nil {
			return news{}, err
		}
		e, err := decodeEntry(n.last, text)
		if err != nil {
			return news{}, err
		}
		n.entries = append(n.entries, e)
	}
	n.cut = len(n.entries) == newsMax
	return n, rows.Err()
}

// insertion appends the entries after the head, tells the other replicas, and commits.
func (p *Postgres) insertion(entries []tracker.Entry, head int64) (*pgx.Batch, error) {
	invitations, texts := make([]string, len(entries)), make([]string, len(entries))
	batch := &pgx.Batch{}
	for i := range entries {
		text, err := json.Marshal(&entries[i])
		if err != nil {
			return nil, fmt.Errorf("encode an entry: %w", err)
		}
		invitations[i], texts[i] = string(entries[i].Invitation), string(text)
	}
	batch.Queue(`INSERT INTO entries (seq, replica, invitation, entry)
		SELECT $1 + n, $2, invitation, entry FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS e (invitation, entry, n)`,
		head, p.replica, invitations, texts)
	last := head + int64(len(entries))
	for i := range entries {
		if e := &entries[i]; e.Kind == tracker.KindFinished {
			batch.Queue(`INSERT INTO finished (invitation, at, upto) VALUES ($1, $2, $3)
				ON CONFLICT (invitation) DO UPDATE SET at = excluded.at, upto = excluded.upto`, string(e.Invitation), e.At, last)
		}
	}
	batch.Queue("UPDATE head SET seq = $1", last)
	batch.Queue("SELECT pg_notify($1, $2)", channelName, p.replica)
	batch.Queue("COMMIT")
	return batch, nil
}

// isKept tells whether the entries are kept whose commit got lost, and whether that can be found out.
// The row of the head is held until the database has done with that commit.
func (p *Postgres) isKept(ctx context.Context, last int64) (kept, known bool) {
	for {
		err := pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
			var head int64
			if err := tx.QueryRow(ctx, "SELECT seq FROM head FOR UPDATE").Scan(&head); err != nil {
				return err
			}
			return tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM entries WHERE seq = $1 AND replica = $2)", last, p.replica).Scan(&kept)
		})
		if err == nil {
			if kept {
				p.position = last
			}
			return kept, true
		}
		if !grace.Sleep(ctx, 50*time.Millisecond) {
			return false, false
		}
	}
}

// News reads what others have appended. See [tracker.Shared].
func (p *Postgres) News(ctx context.Context) (entries []tracker.Entry, err error) {
	for {
		rows, err := p.pool.Query(ctx, entriesAfter, p.position, newsMax)
		if err != nil {
			return entries, forOperators(err)
		}
		some, err := p.read(rows)
		if err != nil {
			return entries, forOperators(err)
		}
		p.position = some.last
		entries = append(entries, some.entries...)
		if !some.cut {
			return entries, nil
		}
	}
}

// Changed receives when another replica has appended something.
func (p *Postgres) Changed() <-chan struct{} { return p.changed }

// listen waits for what the database says of other replicas, on a connection of its own, until ctx
// ends. What is said while there is none is lost: the tracker asks now and then.
func (p *Postgres) listen(ctx context.Context) {
	for ctx.Err() == nil {
		if err := p.listenOnce(ctx); err != nil && ctx.Err() == nil {
			p.log.DebugContext(ctx, "the connection that hears of other replicas broke", "err", forOperators(err))
		}
		p.signal()
		grace.Sleep(ctx, time.Second)
	}
}

func (p *Postgres) listenOnce(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, p.config.Copy())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "LISTEN "+channelName); err != nil {
		return err
	}
	p.signal()
	for {
		waiting, cancel := context.WithTimeout(ctx, 30*time.Second)
		said, err := conn.WaitForNotification(waiting)
		cancel()
		switch {
		case err == nil && said.Payload != p.replica:
			p.signal()
		case err == nil:
		case ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded):
			return err
		default: // silence: is anybody there?
			ping, cancel := context.WithTimeout(ctx, 5*time.Second)
			err := conn.Ping(ping)
			cancel()
			if err != nil {
				return err
			}
		}
	}
}

func (p *Postgres) signal() {
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// Replay tells the entries, oldest first. See [tracker.Journal].
func (p *Postgres) Replay(ctx context.Context, since time.Time, yield func(tracker.Entry) error) error {
	return pgx.BeginTxFunc(ctx, p.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		var head int64
		if err := tx.QueryRow(ctx, "SELECT seq FROM head").Scan(&head); err != nil {
			return forOperators(err)
		}
		rows, err := tx.Query(ctx, `SELECT seq, entry FROM entries
			WHERE invitation NOT IN (SELECT invitation FROM finished WHERE at < $1) ORDER BY seq`, since)
		if err != nil {
			return forOperators(err)
		}
		defer rows.Close()
		if err := replay(ctx, yield, func() (seq int64, text []byte, ok bool, err error) {
			if !rows.Next() {
				return 0, nil, false, forOperators(rows.Err())
			}
			err = rows.Scan(&seq, &text)
			return seq, text, true, err
		}); err != nil {
			return err
		}
		p.position = head
		return nil
	})
}

// Prune drops the invitations that finished before, some entries at a time.
func (p *Postgres) Prune(ctx context.Context, before time.Time) (int, error) {
	var first, last int64
	if err := p.pool.QueryRow(ctx, `SELECT (SELECT coalesce(min(seq), 1) FROM entries), (SELECT coalesce(max(upto), 0) FROM finished WHERE at < $1)`,
		before).Scan(&first, &last); err != nil {
		return 0, forOperators(err)
	}
	for from := first - 1; from < last; from += pruneBatch {
		if _, err := p.pool.Exec(ctx, `DELETE FROM entries WHERE seq > $1 AND seq <= $2
			AND invitation IN (SELECT invitation FROM finished WHERE at < $3)`, from, min(last, from+pruneBatch), before); err != nil {
			return 0, forOperators(err)
		}
	}
	dropped, err := p.pool.Exec(ctx, "DELETE FROM finished WHERE at < $1 AND upto <= $2", before, last)
	return int(dropped.RowsAffected()), forOperators(err)
}
