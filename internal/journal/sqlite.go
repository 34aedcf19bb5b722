package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// SQLite is a journal in one file. Other programs may read the file while it is open; a
// second bot is refused.
type SQLite struct {
	path string
	lock *flock.Flock
	db   *sql.DB
	tidy *checkpointer
	// inserts are the statements that keep one entry, two, and so on.
	inserts [16]*sql.Stmt
	finish  *sql.Stmt
}

var (
	_ tracker.Journal = (*SQLite)(nil)
	_ tracker.Prober  = (*SQLite)(nil)
)

// ErrInUse says that another bot has the file open.
var ErrInUse = errors.New("another bot is using it: two bots on one file would say everything twice. Stop the other one, or give this one a file of its own")

// SQLiteOptions are the settings of the journal.
type SQLiteOptions struct {
	// Relaxed leaves it to the operating system when entries reach the disk: they survive
	// the death of the process, and a loss of power may take the last of them.
	Relaxed bool

	vfs string // SQLite's way to the disk, when it is not the usual one
}

// pruneBatch is how many entries are looked at in one transaction, so that an Append never
// waits long for a Prune.
const pruneBatch = 2000

// OpenSQLite opens the journal in the file at path, and makes it if there is none. A file
// that it cannot read, or that is something else, it leaves as it is. ErrInUse when another
// bot has it open. Close it after use.
func OpenSQLite(ctx context.Context, path string, opts SQLiteOptions) (*SQLite, error) {
	j := &SQLite{path: path}
	if err := j.open(ctx, opts); err != nil {
		_ = j.Close()
		return nil, fmt.Errorf("state file %s: %w", path, err)
	}
	return j, nil
}

func (j *SQLite) open(ctx context.Context, opts SQLiteOptions) error {
	if err := j.takeLock(); err != nil {
		return err
	}
	if err := makeFile(j.path); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", dataSource(j.path, opts))
	if err != nil {
		return err
	}
	j.db = db
	// One connection: SQLite has one writer, and every Append is in order.
	db.SetMaxOpenConns(1)
	version, err := identify(ctx, db)
	if err != nil {
		return inPlainWords(err)
	}
	if err := os.Chmod(j.path, 0o600); err != nil { // its side files get the same mode
		return err
	}
	// In WAL mode a commit is one write at the end of a side file, and others can read.
	if _, err := db.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
		return inPlainWords(err)
	}
	if err := migrate(ctx, db, version); err != nil {
		return inPlainWords(err)
	}
	for n := range j.inserts {
		statement := "INSERT INTO entries (invitation, entry) VALUES (?, ?)" + strings.Repeat(", (?, ?)", n) //nolint:gosec // placeholders alone
		if j.inserts[n], err = db.PrepareContext(ctx, statement); err != nil {
			return inPlainWords(err)
		}
	}
	if j.finish, err = db.PrepareContext(ctx,
		"INSERT OR REPLACE INTO finished (invitation, at, upto) VALUES (?, ?, (SELECT max(seq) FROM entries))"); err != nil {
		return inPlainWords(err)
	}
	j.tidy, err = newCheckpointer(dataSource(j.path, opts))
	return err
}

// takeLock locks a file beside the journal for the life of the process: the system frees it
// however the process ends. SQLite's own locks would also keep readers out.
func (j *SQLite) takeLock() error {
	lock := flock.New(j.path+".lock", flock.SetPermissions(0o600))
	taken, err := lock.TryLock()
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("there is no directory %s: create it, or correct STATE", filepath.Dir(j.path))
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("the directory %s is not writable for this user: %w", filepath.Dir(j.path), err)
	case err != nil:
		return err
	case !taken:
		return ErrInUse
	}
	j.lock = lock
	return nil
}

// makeFile makes the file if there is none, so that nobody else may read it at any moment: it
// holds links by which anybody can join.
func makeFile(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator names a file of their own
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file")
	}
	return err
}

// dataSource names the file and how it is opened; with synchronous=FULL each commit is an
// fsync.
func dataSource(path string, opts SQLiteOptions) string {
	synchronous := "FULL"
	if opts.Relaxed {
		synchronous = "NORMAL"
	}
	query := url.Values{"_pragma": {
		"busy_timeout(4000)", "synchronous(" + synchronous + ")", "cache_size(-2000)", "journal_size_limit(16777216)",
		"wal_autocheckpoint(0)", // see checkpointer
	}}
	if opts.vfs != "" {
		query.Set("vfs", opts.vfs)
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		absolute = path
	}
	file := url.URL{Scheme: "file", Path: filepath.ToSlash(absolute), RawQuery: query.Encode()}
	return file.String()
}

// Append keeps the entries, all or none. A few are one statement, which is a transaction by
// itself.
func (j *SQLite) Append(ctx context.Context, entries ...tracker.Entry) error {
	rows := make([]any, 0, 2*len(entries))
	ends := false
	for i := range entries {
		text, err := json.Marshal(&entries[i])
		if err != nil {
			return fmt.Errorf("encode an entry: %w", err)
		}
		rows = append(rows, string(entries[i].Invitation), string(text))
		ends = ends || entries[i].Kind == tracker.KindFinished
	}
	if err := ctx.Err(); err != nil || len(entries) == 0 {
		return err
	}
	// A context that ends costs a goroutine a statement, and its interrupt would leave it open
	// whether the entries are kept. SQLite's own patience is shorter than anybody's.
	ctx = context.WithoutCancel(ctx)
	j.tidy.catchUp(ctx, j.db)
	var err error
	if len(entries) <= len(j.inserts) && !ends {
		_, err = j.inserts[len(entries)-1].ExecContext(ctx, rows...)
	} else {
		err = j.appendMany(ctx, entries, rows)
	}
	j.tidy.grown(len(entries))
	return inPlainWords(err)
}

func (j *SQLite) appendMany(ctx context.Context, entries []tracker.Entry, rows []any) error {
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for len(rows) > 0 {
		n := min(len(rows)/2, len(j.inserts))
		if _, err := tx.StmtContext(ctx, j.inserts[n-1]).ExecContext(ctx, rows[:2*n]...); err != nil {
			return err
		}
		rows = rows[2*n:]
	}
	finish := tx.StmtContext(ctx, j.finish)
	for i := range entries {
		if e := &entries[i]; e.Kind == tracker.KindFinished {
			if _, err := finish.ExecContext(ctx, string(e.Invitation), e.At.UnixMicro()); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}

// Probe writes one page as Append does, with nothing new on it: that fails as an Append would.
func (j *SQLite) Probe(ctx context.Context) error {
	_, err := j.db.ExecContext(context.WithoutCancel(ctx), fmt.Sprintf("PRAGMA user_version = %d", len(migrations)))
	j.tidy.grown(1)
	return inPlainWords(err)
}

// Prune drops the invitations that finished before, and looks at some entries at a time: at
// none that is younger than the last of them.
func (j *SQLite) Prune(ctx context.Context, before time.Time) (int, error) {
	var last sql.NullInt64
	err := j.db.QueryRowContext(ctx, "SELECT max(upto) FROM finished WHERE at < ?", before.UnixMicro()).Scan(&last)
	if err != nil || !last.Valid {
		return 0, inPlainWords(err)
	}
	for from := int64(0); from < last.Int64; {
		if from, err = j.pruneSome(ctx, before, from, last.Int64); err != nil {
			return 0, inPlainWords(err)
		}
	}
	result, err := j.db.ExecContext(ctx, "DELETE FROM finished WHERE at < ? AND upto <= ?", before.UnixMicro(), last.Int64)
	if err != nil {
		return 0, inPlainWords(err)
	}
	dropped, err := result.RowsAffected()
	return int(dropped), err
}

// pruneSome looks at the entries after seq from, at most to seq upto, and returns how far it came.
func (j *SQLite) pruneSome(ctx context.Context, before time.Time, from, upto int64) (int64, error) {
	end := upto
	err := j.db.QueryRowContext(ctx, "SELECT seq FROM entries WHERE seq > ? AND seq < ? ORDER BY seq LIMIT 1 OFFSET ?",
		from, upto, pruneBatch-1).Scan(&end)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return from, err
	}
	_, err = j.db.ExecContext(ctx, `DELETE FROM entries WHERE seq > ? AND seq <= ?
		AND invitation IN (SELECT invitation FROM finished WHERE at < ?)`, from, end, before.UnixMicro())
	return end, err
}

// Close closes the file and lets another bot open it. Do not use the journal any more.
func (j *SQLite) Close() error {
	var err error
	if j.tidy != nil {
		err = j.tidy.close()
	}
	if j.db != nil {
		err = errors.Join(err, j.db.Close())
	}
	if j.lock != nil {
		err = errors.Join(err, j.lock.Close())
	}
	return err
}

// advice says what an operator can do about SQLite's primary result codes.
var advice = map[int]string{
	sqlite3.SQLITE_FULL:     ": the disk is full: free some space, and the bot goes on by itself",
	sqlite3.SQLITE_IOERR:    ": the disk fails: look at the system's log, and move the file to a sound disk",
	sqlite3.SQLITE_CORRUPT:  ": the file is damaged. Nothing was changed. Stop the bot, keep a copy, and restore a backup; or try sqlite3's .recover; or move it away and begin anew without the pending invitations",
	sqlite3.SQLITE_NOTADB:   ": it is no state file of this bot. Nothing was changed. Correct STATE, or move the file away",
	sqlite3.SQLITE_READONLY: ": the file or its directory is read-only for this user",
	sqlite3.SQLITE_CANTOPEN: ": the file or its directory cannot be opened by this user",
	sqlite3.SQLITE_PERM:     ": the file or its directory cannot be opened by this user",
	sqlite3.SQLITE_BUSY:     ": another program holds the file locked for writing: end it",
	sqlite3.SQLITE_LOCKED:   ": another program holds the file locked for writing: end it",
}

// inPlainWords adds to SQLite's error what to do about it.
func inPlainWords(err error) error {
	failed := new(sqlite.Error)
	if !errors.As(err, &failed) {
		return err
	}
	const primary = 0xff // extended codes have more above
	text := strings.TrimSpace(failed.Error())
	if !strings.Contains(text, "(") {
		text += " (" + strconv.Itoa(failed.Code()) + ")"
	}
	return &storeError{text: text + advice[failed.Code()&primary], cause: err}
}

type storeError struct {
	text  string
	cause error
}

func (e *storeError) Error() string { return e.text }
func (e *storeError) Unwrap() error { return e.cause }
