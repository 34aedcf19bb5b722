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
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// SQLite is a journal in one file, which holds everything after each commit. Other programs may
// read the file while it is open; a second bot is refused.
type SQLite struct {
	path string
	lock *flock.Flock
	file os.FileInfo // the one that is open
	db   *sql.DB
	// inserts are the statements that keep one entry, two, and so on.
	inserts [16]*sql.Stmt
	finish  *sql.Stmt
	last    int64 // the seq of the last entry that is kept
	torn    bool  // a failed commit may have left something after it
	sync    string
}

var (
	_ tracker.Journal = (*SQLite)(nil)
	_ tracker.Prober  = (*SQLite)(nil)
)

// ErrInUse says that another bot has the file open.
var ErrInUse = remedy.Explain(remedy.StateInUse, nil)

// SQLiteOptions are the settings of the journal.
type SQLiteOptions struct {
	// Relaxed syncs half as often: entries survive the death of the process, and a loss of power
	// may take the last of them.
	Relaxed bool
}

// lockPatience is how long the lock is waited for.
const lockPatience = 250 * time.Millisecond

// pruneBatch is how many entries are looked at in one transaction, so that an Append never
// waits long for a Prune.
const pruneBatch = 2000

// OpenSQLite opens the journal in the file at path, and makes it if there is none. A file
// that it cannot read, or that is something else, it leaves as it is. ErrInUse when another
// bot has it open. Close it after use.
func OpenSQLite(ctx context.Context, path string, opts SQLiteOptions) (*SQLite, error) {
	j := &SQLite{path: path, sync: "FULL"}
	if opts.Relaxed {
		j.sync = "NORMAL"
	}
	if err := j.open(ctx); err != nil {
		_ = j.Close()
		return nil, fmt.Errorf("state file %s: %w", path, err)
	}
	return j, nil
}

func (j *SQLite) open(ctx context.Context) error {
	if err := j.takeLock(ctx); err != nil {
		return err
	}
	var err error
	if j.file, err = makeFile(j.path); err != nil {
		return err
	}
	if err := checkRollback(j.path); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", dataSource(j.path, j.sync))
	if err != nil {
		return err
	}
	j.db = db
	// One connection: SQLite has one writer, and every Append is in order.
	db.SetMaxOpenConns(1)
	version, err := identify(ctx, db)
	if err == nil {
		err = examine(ctx, db)
	}
	if err != nil {
		return inPlainWords(err)
	}
	if err := os.Chmod(j.path, 0o600); err != nil { // its side file gets the same mode
		return err
	}
	// A commit empties the rollback journal beside the file, which is quicker than to remove it. Earlier
	// versions kept a write-ahead log there: what it holds goes into the file here, and the log goes.
	if _, err := db.ExecContext(ctx, "PRAGMA journal_mode = TRUNCATE"); err != nil {
		return inPlainWords(err)
	}
	if err := prepare(ctx, db, version); err != nil {
		return inPlainWords(err)
	}
	if err := db.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM entries").Scan(&j.last); err != nil {
		return inPlainWords(err)
	}
	for n := range j.inserts {
		statement := "INSERT INTO entries (seq, invitation, entry, sum) VALUES (?, ?, ?, ?)" + strings.Repeat(", (?, ?, ?, ?)", n) //nolint:gosec // placeholders alone
		if j.inserts[n], err = db.PrepareContext(ctx, statement); err != nil {
			return inPlainWords(err)
		}
	}
	j.finish, err = db.PrepareContext(ctx, finishStatement)
	return inPlainWords(err)
}

// lockName returns the name of the file to lock. On Linux that is the state file itself, so that no other
// name of it lets a second bot in. Elsewhere such a lock would keep SQLite out as well.
func lockName(path string) string {
	if runtime.GOOS == "linux" {
		return path
	}
	return path + ".lock"
}

const finishStatement = "INSERT OR REPLACE INTO finished (invitation, at, upto) VALUES (?, ?, (SELECT max(seq) FROM entries))"

// takeLock takes a lock for the life of the process: the system frees it however the process ends.
// SQLite's own locks would also keep readers out.
func (j *SQLite) takeLock(ctx context.Context) error {
	lock := flock.New(lockName(j.path), flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	// A check whether a bot has the file (see InspectSQLite) holds the lock for an instant.
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	taken, err := lock.TryLock()
	if err == nil && !taken {
		taken, err = lock.TryLockContext(ctx, lockPatience/5)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil
	}
	switch {
	case errors.Is(err, os.ErrNotExist):
		return remedy.Explain(remedy.StateNoDirectory, errors.New(filepath.Dir(j.path)))
	case err != nil:
		return inSystemsWords(err)
	case !taken:
		return ErrInUse
	}
	j.lock = lock
	return nil
}

// makeFile makes the file if there is none, so that no one else may read it at any moment: it
// holds links by which anyone can join.
func makeFile(path string) (os.FileInfo, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator names a file of their own
	if err != nil {
		return nil, inSystemsWords(err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = remedy.Explain(remedy.StateNoFile, nil)
	}
	return info, err
}

// inPlace returns an error when the path leads to another file than the open one, or to none: a restart
// would not find what is written.
func (j *SQLite) inPlace() error {
	info, err := os.Stat(j.path)
	if err != nil || !os.SameFile(info, j.file) {
		return fmt.Errorf("state file %s: %w", j.path, remedy.Explain(remedy.StateGone, err))
	}
	return nil
}

// dataSource names the file and how it is opened. With synchronous=FULL the rollback journal is synced
// again before the file is written, and once after it was emptied: a loss of power takes nothing that
// was committed.
func dataSource(path, synchronous string) string {
	// A reader keeps a commit waiting. Slack waits three seconds for the answer that follows it.
	query := url.Values{"_pragma": {"busy_timeout(2000)", "synchronous(" + synchronous + ")", "cache_size(-2000)"}}
	absolute, err := filepath.Abs(path)
	if err != nil {
		absolute = path
	}
	file := url.URL{Scheme: "file", Path: filepath.ToSlash(absolute), RawQuery: query.Encode()}
	return file.String()
}

// Append keeps the entries, all or none. A few are one statement, which is a transaction by
// itself.
func (j *SQLite) Append(ctx context.Context, entries ...invitation.Entry) error {
	rows := make([]any, 0, 4*len(entries))
	ends := false
	for i := range entries {
		text, err := json.Marshal(&entries[i])
		if err != nil {
			return fmt.Errorf("encode an entry: %w", err)
		}
		id := string(entries[i].Invitation)
		rows = append(rows, j.last+int64(i)+1, id, string(text), checksum(id, text))
		ends = ends || entries[i].Kind == invitation.KindFinished
	}
	if err := ctx.Err(); err != nil || len(entries) == 0 {
		return err
	}
	if err := j.inPlace(); err != nil {
		return err
	}
	// A context that ends costs a goroutine a statement, and its interrupt would leave it open
	// whether the entries are kept. SQLite's own patience is shorter than anyone's.
	ctx = context.WithoutCancel(ctx)
	err := j.undo(ctx)
	if err != nil {
		return err
	}
	if len(entries) <= len(j.inserts) && !ends {
		_, err = j.inserts[len(entries)-1].ExecContext(ctx, rows...)
	} else {
		err = j.appendMany(ctx, entries, rows)
	}
	if err = inPlainWords(err); err != nil {
		j.torn = remedy.Of(err) == remedy.StateFailing
		_ = j.undo(ctx)
		return err
	}
	j.last += int64(len(entries))
	return nil
}

// undo drops what a commit that failed may have left, so that what was refused does not come back at the
// next start: the sync that fails may be the last one, when the entries are in the file already. It syncs
// nothing itself, which would fail again.
func (j *SQLite) undo(ctx context.Context) error {
	if !j.torn {
		return nil
	}
	_, err := j.db.ExecContext(ctx, fmt.Sprintf(`PRAGMA synchronous = OFF;
		DELETE FROM entries WHERE seq > %d; DELETE FROM finished WHERE upto > %[1]d`, j.last))
	_, syncs := j.db.ExecContext(ctx, "PRAGMA synchronous = "+j.sync)
	err = inPlainWords(errors.Join(err, syncs))
	j.torn = err != nil
	return err
}

func (j *SQLite) appendMany(ctx context.Context, entries []invitation.Entry, rows []any) error {
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for len(rows) > 0 {
		n := min(len(rows)/4, len(j.inserts))
		if _, err := tx.StmtContext(ctx, j.inserts[n-1]).ExecContext(ctx, rows[:4*n]...); err != nil {
			return err
		}
		rows = rows[4*n:]
	}
	finish := tx.StmtContext(ctx, j.finish)
	for i := range entries {
		if e := &entries[i]; e.Kind == invitation.KindFinished {
			if _, err := finish.ExecContext(ctx, string(e.Invitation), e.At.UnixMicro()); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}

// Probe writes one page as Append does, with nothing new on it: that fails as an Append would.
func (j *SQLite) Probe(ctx context.Context) error {
	if err := j.inPlace(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if err := j.undo(ctx); err != nil {
		return err
	}
	_, err := j.db.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", schemaVersion))
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
	if j.db != nil {
		err = j.db.Close()
	}
	if j.lock != nil {
		err = errors.Join(err, j.lock.Close())
	}
	return err
}

// troubles tell what SQLite's primary result codes are about.
var troubles = map[int]remedy.Trouble{
	sqlite3.SQLITE_ERROR:    remedy.StateDamaged, // our statements are sound, so its tables are not
	sqlite3.SQLITE_FULL:     remedy.StateFull,
	sqlite3.SQLITE_IOERR:    remedy.StateFailing,
	sqlite3.SQLITE_CORRUPT:  remedy.StateDamaged,
	sqlite3.SQLITE_NOTADB:   remedy.StateForeign,
	sqlite3.SQLITE_READONLY: remedy.StateReadOnly,
	sqlite3.SQLITE_CANTOPEN: remedy.StateReadOnly,
	sqlite3.SQLITE_PERM:     remedy.StateReadOnly,
	sqlite3.SQLITE_BUSY:     remedy.StateLocked,
	sqlite3.SQLITE_LOCKED:   remedy.StateLocked,
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
	trouble, known := troubles[failed.Code()&primary]
	if !known {
		return &storeError{text: text, cause: err}
	}
	return remedy.Explain(trouble, &storeError{text: text, cause: err})
}

type storeError struct {
	text  string
	cause error
}

func (e *storeError) Error() string { return e.text }
func (e *storeError) Unwrap() error { return e.cause }
