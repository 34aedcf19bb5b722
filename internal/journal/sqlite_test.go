package journal_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/journal/journaltest"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func open(t testing.TB, path string) *journal.SQLite {
	t.Helper()
	j, err := journal.OpenSQLite(t.Context(), path, journal.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func statePath(t testing.TB) string { return filepath.Join(t.TempDir(), "state of the bot?.db") }

func TestSQLiteConforms(t *testing.T) {
	paths := map[tracker.Journal]string{}
	journaltest.Run(t,
		func(t *testing.T) tracker.Journal {
			path := statePath(t)
			j := open(t, path)
			paths[j] = path
			return j
		},
		func(t *testing.T, j tracker.Journal) tracker.Journal {
			if err := j.(*journal.SQLite).Close(); err != nil {
				t.Fatal(err)
			}
			again := open(t, paths[j])
			paths[again] = paths[j]
			return again
		})
}

func accepted(id string) invitation.Entry {
	return invitation.Entry{
		Kind: invitation.KindAccepted, At: noon, Invitation: invitation.ID(id), Expires: noon.Add(168 * time.Hour),
		Request: &invitation.Request{Keys: []string{"envelope " + id}, Role: invitation.Guest, Inviter: "U0ANN", Channel: "C0GENERAL"},
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	path := statePath(t)
	first := open(t, path)
	if _, err := journal.OpenSQLite(t.Context(), path, journal.SQLiteOptions{}); !errors.Is(err, journal.ErrInUse) {
		t.Errorf("a second bot on the same file: %v", err)
	}
	if err := first.Append(t.Context(), accepted("a")); err != nil {
		t.Errorf("the first bot after the second was refused: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path)
}

func TestNoOneElseMayReadTheFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("windows has no such modes")
	}
	for name, before := range map[string]os.FileMode{"made by the bot": 0, "made by somebody, open to all": 0o666} {
		t.Run(name, func(t *testing.T) {
			path := statePath(t)
			if before != 0 {
				if err := os.WriteFile(path, nil, before); err != nil {
					t.Fatal(err)
				}
			}
			j := open(t, path)
			if err := j.Append(t.Context(), accepted("a")); err != nil {
				t.Fatal(err)
			}
			files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
			if err != nil || len(files) < 2 {
				t.Fatalf("files %v, %v; want at least the state and its rollback journal", files, err)
			}
			for _, file := range files {
				info, err := os.Stat(file)
				if err != nil {
					t.Fatal(err)
				}
				if mode := info.Mode().Perm(); mode != 0o600 {
					t.Errorf("%s has the mode %o", filepath.Base(file), mode)
				}
			}
		})
	}
}

// TestReadableWhileItIsOpen reads the file as an operator would, with the sqlite3 command where
// there is one.
func TestReadableWhileItIsOpen(t *testing.T) {
	path := statePath(t)
	j := open(t, path)
	begun := invitation.Entry{Kind: invitation.KindBegun, At: noon, Invitation: "a", Effect: invitation.EffectCard}
	if err := j.Append(t.Context(), accepted("a"), begun); err != nil {
		t.Fatal(err)
	}
	db := raw(t, path)
	var inviter, last string
	if err := db.QueryRowContext(t.Context(), "SELECT inviter, last_entry FROM invitations WHERE invitation = 'a'").Scan(&inviter, &last); err != nil {
		t.Fatal(err)
	}
	if inviter != "U0ANN" || last != "begun" {
		t.Errorf("the view shows %q, %q", inviter, last)
	}

	command, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Log("no sqlite3 command here: read by the library alone")
		return
	}
	out, err := exec.CommandContext(t.Context(), command, path, "SELECT count(*) FROM entries").CombinedOutput()
	if strings.TrimSpace(string(out)) != "2" {
		t.Errorf("sqlite3 says %q, %v", out, err)
	}
}

// TestFileOfAnEarlierVersionIsTakenOver opens what an earlier version left when it was killed: a file
// without sums, and a write-ahead log that holds everything.
func TestFileOfAnEarlierVersionIsTakenOver(t *testing.T) {
	schema, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	without := regexp.MustCompile(`, (-- JSON.*)\n  sum .*\n`).ReplaceAllString(string(schema), " $1\n")
	running := statePath(t)
	execute(t, running, "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; BEGIN;"+without+`
		INSERT INTO entries (invitation, entry) VALUES
			('a', '{"kind":"accepted","at":"2026-11-01T12:00:00Z","invitation":"a","request":{"inviter":"U0ANN"}}'),
			('b', '{"kind":"accepted","at":"2026-11-01T12:00:00Z","invitation":"b","request":{"inviter":"U0ANN"}}');
		PRAGMA application_id = 0x44534942; PRAGMA user_version = 2; COMMIT`)
	path := crashed(t, running, "-wal")
	if _, err := journal.InspectSQLite(t.Context(), path); err != nil {
		t.Errorf("bot check: %v", err)
	}
	j := open(t, path)
	if err := j.Append(t.Context(), accepted("c")); err != nil {
		t.Fatal(err)
	}
	if got := idsOf(t, j); got != "a b c" {
		t.Errorf("the file has %q", got)
	}
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the log is still there: %v", err)
	}
}

// TestOneFileHoldsEverything copies the file alone, after each commit of a bot that runs.
func TestOneFileHoldsEverything(t *testing.T) {
	path := statePath(t)
	j := open(t, path)
	want := ""
	for i := range 20 {
		want = strings.TrimSpace(fmt.Sprintf("%s i%d", want, i))
		if err := j.Append(t.Context(), accepted(fmt.Sprintf("i%d", i))); err != nil {
			t.Fatal(err)
		}
		if got := idsOf(t, open(t, crashed(t, path))); got != want {
			t.Fatalf("the copy has %q, want %q", got, want)
		}
	}
}

// TestCommitCutShortIsUndone: a killed process had written part of it. It is undone at the next start, and
// bot check finds the file sound.
func TestCommitCutShortIsUndone(t *testing.T) {
	path := statePath(t)
	closed(t, path)
	execute(t, path, "PRAGMA cache_size = 1; BEGIN; UPDATE entries SET invitation = 'half', sum = NULL")
	killed := crashed(t, path, "-journal")
	if torn, _ := os.ReadFile(killed); !strings.Contains(string(torn), "half") {
		t.Fatal("nothing of the commit is in the file: nothing to see here")
	}
	if _, err := journal.InspectSQLite(t.Context(), killed); err != nil {
		t.Errorf("bot check: %v", err)
	}
	if err := readAll(t, killed); err != nil {
		t.Error(err)
	}
}

// crashed copies the file, and those beside it with the suffixes, as they are at this moment.
func crashed(t *testing.T, path string, suffixes ...string) string {
	t.Helper()
	to := statePath(t)
	for _, suffix := range append(suffixes, "") {
		content, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		write(t, to+suffix, content)
	}
	return to
}

// idsOf returns the invitations of all entries.
func idsOf(t *testing.T, j *journal.SQLite) string {
	t.Helper()
	var ids []string
	if err := j.Replay(t.Context(), time.Time{}, func(e invitation.Entry) error { ids = append(ids, string(e.Invitation)); return nil }); err != nil {
		t.Fatal(err)
	}
	return strings.Join(ids, " ")
}

// TestPruneInSlices drops more than one transaction looks at, among what stays.
func TestPruneInSlices(t *testing.T) {
	j := open(t, statePath(t))
	const n = 3000
	var entries []invitation.Entry
	for i := range n {
		id := fmt.Sprintf("i%d", i)
		entries = append(entries, accepted(id))
		if i%3 > 0 {
			entries = append(entries, invitation.Entry{Kind: invitation.KindFinished, At: noon.Add(time.Duration(i) * time.Second), Invitation: invitation.ID(id)})
		}
	}
	if err := j.Append(t.Context(), entries...); err != nil {
		t.Fatal(err)
	}
	// Those of the first half are old enough.
	if dropped, err := j.Prune(t.Context(), noon.Add(n/2*time.Second)); dropped != n/2*2/3 || err != nil {
		t.Errorf("dropped %d, %v; want %d", dropped, err, n/2*2/3)
	}
	left := map[string]int{}
	if err := j.Replay(t.Context(), time.Time{}, func(e invitation.Entry) error { left[string(e.Invitation)]++; return nil }); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		want := 1
		if i%3 > 0 {
			want = 2
			if i < n/2 {
				want = 0
			}
		}
		if got := left[fmt.Sprintf("i%d", i)]; got != want {
			t.Fatalf("invitation %d has %d entries left, want %d", i, got, want)
		}
	}
}

func TestFilesThatAreNotOurs(t *testing.T) {
	for name, tt := range map[string]struct {
		make func(t *testing.T, path string)
		says string
	}{
		"text": {func(t *testing.T, path string) {
			write(t, path, []byte(strings.Repeat("this is no database\n", 200)))
		}, "isn't a state file"},
		"another program's": {func(t *testing.T, path string) {
			execute(t, path, "CREATE TABLE photos (name TEXT)")
		}, "another program"},
		"a newer version's": {func(t *testing.T, path string) {
			closed(t, path)
			execute(t, path, "PRAGMA user_version = 99")
		}, "newer version"},
		"a directory": {func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "directory"},
	} {
		t.Run(name, func(t *testing.T) {
			path := statePath(t)
			tt.make(t, path)
			before, _ := os.ReadFile(path)
			_, err := journal.OpenSQLite(t.Context(), path, journal.SQLiteOptions{})
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("opened with %v, want an error that says %q", err, tt.says)
			}
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
	t.Run("no such directory", func(t *testing.T) {
		_, err := journal.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "none", "x.db"), journal.SQLiteOptions{})
		if err == nil || !strings.Contains(err.Error(), "create it") {
			t.Errorf("opened with %v", err)
		}
	})
}

// closed makes a state file that holds 500 invitations and is closed.
func closed(t *testing.T, path string) {
	t.Helper()
	j := open(t, path)
	if err := j.Append(t.Context(), slices.Repeat([]invitation.Entry{accepted("a")}, 500)...); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// raw opens the file as any other program would.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path}).String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func execute(t *testing.T, path, statement string) {
	t.Helper()
	db := raw(t, path)
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestOneDamagedByteIsRefused changes one byte after the other. The file is read as it was written,
// or refused with advice by the start and by bot check alike; it is never changed.
func TestOneDamagedByteIsRefused(t *testing.T) {
	pristine := statePath(t)
	j := open(t, pristine)
	if err := j.Append(t.Context(), slices.Repeat([]invitation.Entry{accepted("a")}, 60)...); err != nil {
		t.Fatal(err)
	}
	_ = j.Close()
	sound, err := os.ReadFile(pristine)
	if err != nil {
		t.Fatal(err)
	}
	path, refused, inEntries := statePath(t), 0, 0
	for at := 0; at < len(sound); at += 151 {
		damaged := slices.Clone(sound)
		damaged[at] ^= 1 << (at % 8)
		write(t, path, damaged)
		_, checked := journal.InspectSQLite(t.Context(), path)
		err := readAll(t, path)
		if (checked == nil) != (err == nil) {
			t.Errorf("byte %d: bot check says %v, the start %v", at, checked, err)
		}
		if err == nil {
			continue // it holds nothing that is needed
		}
		if refused++; bytes.Contains(sound[max(0, at-99):at], []byte("U0ANN")) {
			inEntries++
		}
		if !strings.Contains(err.Error(), path) || remedy.Of(err) == "" {
			t.Errorf("byte %d: %v", at, err)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(after, damaged) {
			t.Errorf("byte %d: the file was changed", at)
		}
	}
	if inEntries < 20 {
		t.Errorf("%d damaged bytes were noticed, %d of them in entries", refused, inEntries)
	}
}

// TestEntriesThatCannotBeRead: none is skipped, and the error names it.
func TestEntriesThatCannotBeRead(t *testing.T) {
	for name, text := range map[string]string{"no json": "half an ent", "no entry": "{}", "another form": `{"kind": 7}`} {
		t.Run(name, func(t *testing.T) {
			path := statePath(t)
			closed(t, path)
			execute(t, path, "UPDATE entries SET sum = NULL, entry = '"+text+"' WHERE seq = 300")
			if err := readAll(t, path); err == nil || !strings.Contains(err.Error(), "entry 300") || !strings.Contains(err.Error(), "damaged") {
				t.Errorf("read with %v", err)
			}
		})
	}
}

func readAll(t *testing.T, path string) error {
	j, err := journal.OpenSQLite(t.Context(), path, journal.SQLiteOptions{})
	if err != nil {
		return err
	}
	defer j.Close()
	want := accepted("a")
	return j.Replay(context.Background(), noon, func(e invitation.Entry) error {
		if !reflect.DeepEqual(e, want) {
			t.Errorf("read what was not written: %+v", e)
		}
		return nil
	})
}
