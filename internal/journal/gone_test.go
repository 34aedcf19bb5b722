package journal_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// TestNoOtherNameLetsASecondBotIn: the lock is on the file, whatever the file is called.
func TestNoOtherNameLetsASecondBotIn(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere the lock is on the name")
	}
	for name, link := range map[string]func(path, other string) error{
		"symbolic link": os.Symlink,
		"hard link":     os.Link,
		"link to its directory": func(path, other string) error {
			return errors.Join(os.Symlink(filepath.Dir(path), other+".d"), os.Symlink(filepath.Join(other+".d", filepath.Base(path)), other))
		},
		"no lock file": func(path, other string) error {
			return errors.Join(os.RemoveAll(path+".lock"), os.Symlink(path, other))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path, other := statePath(t), statePath(t)
			open(t, path)
			if err := link(path, other); err != nil {
				t.Fatal(err)
			}
			if _, err := journal.OpenSQLite(t.Context(), other, journal.SQLiteOptions{}); !errors.Is(err, journal.ErrInUse) {
				t.Errorf("a second bot: %v, want %v", err, journal.ErrInUse)
			}
			if found, err := journal.InspectSQLite(t.Context(), other); !found.InUse || err != nil {
				t.Errorf("bot check finds %+v, %v; want it in use", found, err)
			}
		})
	}
}

// TestFileThatIsNoLongerThere: what is written would be lost at the next start, so nothing is taken.
func TestFileThatIsNoLongerThere(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("windows keeps a file that is open")
	}
	for name, spoil := range map[string]func(path string) error{
		"deleted":           os.Remove,
		"moved":             func(path string) error { return os.Rename(path, path+".old") },
		"replaced":          func(path string) error { return errors.Join(os.Remove(path), os.WriteFile(path, nil, 0o600)) },
		"directory removed": func(path string) error { return os.RemoveAll(filepath.Dir(path)) },
		"directory moved":   func(path string) error { return os.Rename(filepath.Dir(path), filepath.Dir(path)+".old") },
	} {
		t.Run(name, func(t *testing.T) {
			path := statePath(t)
			j := open(t, path)
			if err := j.Append(t.Context(), accepted("a")); err != nil {
				t.Fatal(err)
			}
			if err := spoil(path); err != nil {
				t.Fatal(err)
			}
			if err := j.Append(t.Context(), accepted("b")); remedy.Of(err) != remedy.StateGone {
				t.Errorf("Append: %v, want %q", err, remedy.StateGone.Wrong())
			}
			if err := j.Probe(t.Context()); remedy.Of(err) != remedy.StateGone {
				t.Errorf("Probe: %v, want %q", err, remedy.StateGone.Wrong())
			}
		})
	}
	t.Run("put back", func(t *testing.T) {
		path := statePath(t)
		j := open(t, path)
		if err := errors.Join(os.Rename(path, path+".old"), os.Rename(path+".old", path)); err != nil {
			t.Fatal(err)
		}
		if err := j.Append(t.Context(), accepted("a")); err != nil {
			t.Error(err)
		}
	})
}
