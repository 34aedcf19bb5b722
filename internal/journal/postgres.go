package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// Postgres is a journal in a PostgreSQL database. Several bots may open it; one at a time leads
// (leader.go), and that one alone may use what [tracker.Journal] has. All of it goes through the one
// connection that holds the lock: a bot that has lost it can keep nothing.
type Postgres struct {
	conn *pgx.Conn
	log  *slog.Logger
	// busy is held by the user of the connection, which serves one at a time.
	busy  chan struct{}
	last  int64 // the seq of the last entry
	beats sync.WaitGroup

	leading context.Context // ends when the lead is lost; nil before it is gained
	lose    context.CancelCauseFunc
	expiry  *time.Timer // loses the lead when nothing has confirmed it for too long

	mu   sync.Mutex
	sure time.Time // until when no other bot can lead
}

var _ tracker.Journal = (*Postgres)(nil)

const (
	// defaultSchema is where the tables are, unless the address names another with search_path.
	defaultSchema = "docspace_bot"
	// connectMax bounds one attempt to connect.
	connectMax = 2 * time.Second
	// sessionMax bounds what is asked at the start of a connection.
	sessionMax = 10 * time.Second
	// pageSize is how many entries are read at once: between two pages the lead is confirmed.
	pageSize = 2000
)

// OpenPostgres connects to the database at the address, a postgres:// URL, and makes its tables if
// there are none. No error and no log line shows the password. The caller must Lead before it uses the
// journal, and Close it.
func OpenPostgres(ctx context.Context, address string, log *slog.Logger) (*Postgres, error) {
	config, schema, err := parse(address)
	if err != nil {
		return nil, fmt.Errorf("STATE: %w", err)
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if !isPrivate(config) {
		log.WarnContext(ctx, "the database is asked all the same", "err", remedy.Explain(remedy.DatabaseInClear, nil))
	}
	conn, err := connect(ctx, config, schema)
	if err != nil {
		return nil, forOperators(err)
	}
	return &Postgres{conn: conn, log: log, busy: make(chan struct{}, 1)}, nil
}

// connect returns a connection to a database with this bot's tables.
func connect(ctx context.Context, config *pgx.ConnConfig, schema string) (*pgx.Conn, error) {
	conn, err := session(ctx, config, schema)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, sessionMax)
	defer cancel()
	if err := makeTables(ctx, conn, schema); err != nil {
		hangUp(conn)
		return nil, err
	}
	return conn, nil
}

// session returns a connection with a session of its own, in which names mean what is in the schema.
func session(ctx context.Context, config *pgx.ConnConfig, schema string) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, sessionMax)
	defer cancel()
	if err = checkSession(ctx, conn, config); err == nil {
		// A pooler refuses it as a parameter of the connection.
		_, err = conn.Exec(ctx, "SELECT set_config('search_path', $1, false)", pgx.Identifier{schema}.Sanitize())
	}
	if err != nil {
		hangUp(conn)
		return nil, err
	}
	return conn, nil
}

// checkSession reports an error when a connection is no session of the database by itself: then a pooler
// gives sessions away after each transaction, and the lock with them. While another connection is in a
// transaction, such a pooler has to change the session of this one.
func checkSession(ctx context.Context, conn *pgx.Conn, config *pgx.ConnConfig) error {
	other, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer hangUp(other)
	var first, theirs, again int
	pid := "SELECT pg_backend_pid()"
	if err := conn.QueryRow(ctx, pid).Scan(&first); err != nil {
		return err
	}
	transaction, err := other.Begin(ctx)
	if err != nil {
		return err
	}
	if err := transaction.QueryRow(ctx, pid).Scan(&theirs); err != nil {
		return err
	}
	if first == theirs {
		return remedy.Explain(remedy.DatabasePooled, nil)
	}
	if err := conn.QueryRow(ctx, pid).Scan(&again); err != nil {
		return err
	}
	if first != again {
		return remedy.Explain(remedy.DatabasePooled, nil)
	}
	return nil
}

// hangUp closes a connection, which lets go of what it holds.
func hangUp(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}

// Close gives up the lead, if this bot has it, and closes the connection.
func (p *Postgres) Close() error {
	if p.leading != nil {
		p.expiry.Stop()
		p.lose(errClosed)
		p.beats.Wait()
	}
	hangUp(p.conn)
	return nil
}

// Append keeps the entries, all or none. When the connection breaks meanwhile, it can't be told which,
// and the lead is lost.
func (p *Postgres) Append(ctx context.Context, entries ...invitation.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	return p.do(ctx, func(ctx context.Context) error {
		batch, err := insertion(entries, p.last)
		if err != nil {
			return err
		}
		if err := p.conn.SendBatch(ctx, batch).Close(); err != nil { // one transaction
			if p.conn.IsClosed() || isLost(err) {
				return fmt.Errorf("%w: %w", invitation.NotSure, err)
			}
			return err
		}
		p.last += int64(len(entries))
		return nil
	})
}

// insertion inserts the entries after the last one.
func insertion(entries []invitation.Entry, last int64) (*pgx.Batch, error) {
	invitations, texts := make([]string, len(entries)), make([]string, len(entries))
	for i := range entries {
		text, err := json.Marshal(&entries[i])
		if err != nil {
			return nil, fmt.Errorf("encode an entry: %w", err)
		}
		invitations[i], texts[i] = string(entries[i].Invitation), string(text)
	}
	batch := &pgx.Batch{}
	batch.Queue(`INSERT INTO entries (seq, invitation, entry)
		SELECT $1::bigint + n, invitation, entry FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS e (invitation, entry, n)`,
		last, invitations, texts)
	for i := range entries {
		if e := &entries[i]; e.Kind == invitation.KindFinished {
			batch.Queue(`INSERT INTO finished (invitation, at, upto) VALUES ($1, $2, $3)
				ON CONFLICT (invitation) DO UPDATE SET at = excluded.at, upto = excluded.upto`,
				string(e.Invitation), e.At, last+int64(len(entries)))
		}
	}
	return batch, nil
}

// Replay tells the entries, oldest first. See [tracker.Journal].
func (p *Postgres) Replay(ctx context.Context, since time.Time, yield func(invitation.Entry) error) error {
	for after := int64(0); ; {
		page, err := p.page(ctx, `SELECT seq, entry FROM entries
			WHERE seq > $1 AND invitation NOT IN (SELECT invitation FROM finished WHERE at < $3) ORDER BY seq LIMIT $2`, after, pageSize, since)
		if err != nil {
			return err
		}
		for _, r := range page {
			e, err := decodeEntry(r.Seq, r.Entry)
			if err == nil {
				err = yield(e)
			}
			if err != nil {
				return err
			}
			after = r.Seq
		}
		if len(page) < pageSize {
			return nil
		}
	}
}

// row is an entry as it stands in the database.
type row struct {
	Seq   int64
	Entry []byte
}

func (p *Postgres) page(ctx context.Context, query string, args ...any) (page []row, err error) {
	err = p.do(ctx, func(ctx context.Context) error {
		rows, err := p.conn.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		page, err = pgx.CollectRows(rows, pgx.RowToStructByPos[row])
		return err
	})
	return page, err
}

// Prune drops the invitations that finished before, some entries at a time.
func (p *Postgres) Prune(ctx context.Context, before time.Time) (dropped int, err error) {
	var first, last int64
	err = p.do(ctx, func(ctx context.Context) error {
		return p.conn.QueryRow(ctx, `SELECT (SELECT coalesce(min(seq), 1) FROM entries), (SELECT coalesce(max(upto), 0) FROM finished WHERE at < $1)`,
			before).Scan(&first, &last)
	})
	for from := first - 1; err == nil && from < last; from += pruneBatch {
		err = p.do(ctx, func(ctx context.Context) error {
			_, err := p.conn.Exec(ctx, `DELETE FROM entries WHERE seq > $1 AND seq <= $2
				AND invitation IN (SELECT invitation FROM finished WHERE at < $3)`, from, min(last, from+pruneBatch), before)
			return err
		})
	}
	if err != nil {
		return 0, err
	}
	err = p.do(ctx, func(ctx context.Context) error {
		gone, err := p.conn.Exec(ctx, "DELETE FROM finished WHERE at < $1 AND upto <= $2", before, last)
		dropped = int(gone.RowsAffected())
		return err
	})
	return dropped, err
}

var errClosed = errors.New("the journal was closed")
