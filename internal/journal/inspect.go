package journal

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// probeSize is how much is written to see whether there is room, in bytes: what a busy minute takes.
const probeSize = 1 << 20

// Inspection is what can be told of a state file without opening it as a bot does.
type Inspection struct {
	// Exists is false when the file would be made at the start.
	Exists bool
	// InUse says that another bot has it open; then nothing else was looked at.
	InUse bool
}

// InspectSQLite reports whether [OpenSQLite] would open the file, and that entries could be kept in
// it. It changes neither the file nor those beside it; a bot that has the file open does not
// notice. For a moment it writes a file of its own into the directory. The error tells the
// trouble.
func InspectSQLite(ctx context.Context, path string) (Inspection, error) {
	var found Inspection
	if err := tryDirectory(filepath.Dir(path)); err != nil {
		return found, err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return found, nil
	}
	if err != nil {
		return found, inSystemsWords(err)
	}
	found.Exists = true
	if !info.Mode().IsRegular() {
		return found, remedy.Explain(remedy.StateNoFile, nil)
	}
	if found.InUse = lockedByOther(path); found.InUse {
		return found, nil
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // the operator names a file of their own
	if err != nil {
		return found, inSystemsWords(err)
	}
	_ = file.Close()
	return found, tryContents(ctx, path)
}

// tryDirectory finds out whether there is a directory, whether this user may write to it, and
// whether there is room.
func tryDirectory(dir string) error {
	file, err := os.CreateTemp(dir, ".docspace-bot-check-*")
	if errors.Is(err, fs.ErrNotExist) {
		return remedy.Explain(remedy.StateNoDirectory, errors.New(dir))
	}
	if err != nil {
		return inSystemsWords(err)
	}
	_, err = file.Write(make([]byte, probeSize))
	if err == nil {
		err = file.Sync()
	}
	return inSystemsWords(errors.Join(err, file.Close(), os.Remove(file.Name())))
}

// lockedByOther reports whether a bot holds the lock. It makes no file; the lock that it takes for an
// instant is what takeLock has patience for.
func lockedByOther(path string) bool {
	lock := flock.New(lockName(path), flock.SetFlag(os.O_RDONLY))
	free, err := lock.TryRLock()
	if err != nil {
		return false // opening the file says why
	}
	_ = lock.Close()
	return !free
}

// tryContents finds out whether the file is this bot's, of a version that it knows, and sound. The
// file is opened as one that nothing changes, so that SQLite makes no files beside it. What a
// crash has left in its side file would not be seen then; so where there is one, a copy of both
// is looked at.
func tryContents(ctx context.Context, path string) error {
	if err := checkRollback(path); err != nil {
		return err
	}
	query := url.Values{"mode": {"ro"}, "immutable": {"1"}}
	for _, suffix := range sideSuffixes {
		side, err := os.Stat(path + suffix)
		if err != nil || side.Size() == 0 {
			continue
		}
		dir, err := os.MkdirTemp("", "docspace-bot-check-*")
		if err != nil {
			return inSystemsWords(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		copied := filepath.Join(dir, "state.db")
		if err := errors.Join(copyFile(path, copied), copyFile(path+suffix, copied+suffix)); err != nil {
			return inSystemsWords(err)
		}
		path, query = copied, nil
		break
	}
	source, err := url.Parse(dataSource(path, ""))
	if err != nil {
		return err
	}
	source.RawQuery = query.Encode()
	db, err := sql.Open("sqlite", source.String())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	version, err := identify(ctx, db)
	if err == nil {
		err = examine(ctx, db)
	}
	if err == nil && version == schemaVersion {
		var finish *sql.Stmt // not to be had where a column's name is damaged
		if finish, err = db.PrepareContext(ctx, finishStatement); err == nil {
			_ = finish.Close()
			err = replayRows(ctx, db, time.Unix(0, 0), func(invitation.Entry) error { return nil })
		}
	}
	return inPlainWords(err)
}

// sideSuffixes are what the names of SQLite's side files end in: of the rollback journal, which undoes
// a commit that a crash has cut short, and of the log that earlier versions kept.
var sideSuffixes = []string{"-journal", "-wal"}

func copyFile(from, to string) (err error) {
	source, err := os.Open(from) //nolint:gosec // the operator names a file of their own
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600) //nolint:gosec // in a directory made for it
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	_, err = io.Copy(target, source)
	return err
}

// inSystemsWords gives an error of the operating system its trouble.
func inSystemsWords(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return remedy.Explain(remedy.StateReadOnly, err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return remedy.Explain(remedy.StateFull, err)
	case errors.Is(err, syscall.EIO):
		return remedy.Explain(remedy.StateFailing, err)
	case errors.Is(err, syscall.ENOTDIR):
		return remedy.Explain(remedy.StateNoDirectory, err)
	case errors.Is(err, syscall.EISDIR):
		return remedy.Explain(remedy.StateNoFile, err)
	}
	return err
}
