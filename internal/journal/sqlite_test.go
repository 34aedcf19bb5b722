package journal_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/journal/journaltest"
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

func accepted(id string) tracker.Entry {
	return tracker.Entry{
		Kind: tracker.KindAccepted, At: noon, Invitation: tracker.ID(id), Expires: noon.Add(168 * time.Hour),
		Request: &tracker.Request{Keys: []string{"envelope " + id}, Role: tracker.Guest, Inviter: "U0ANN", Channel: "C0GENERAL"},
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

func TestNobodyElseMayReadTheFile(t *testing.T) {
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
			if err != nil || len(files) < 3 {
				t.Fatalf("files %v, %v; want at least the state, its log and the lock", files, err)
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
	begun := tracker.Entry{Kind: tracker.KindBegun, At: noon, Invitation: "a", Effect: tracker.EffectCard}
	refusal := tracker.Entry{Kind: tracker.KindBegun, At: noon, Invitation: "b", Effect: tracker.EffectRefusal}
	told := tracker.Entry{Kind: tracker.KindTold, At: noon, Invitation: "b"}
	if err := j.Append(t.Context(), accepted("a"), begun, accepted("b"), refusal, told); err != nil {
		t.Fatal(err)
	}
	db := raw(t, path)
	var inviter, last, effect string
	var unsure int
	row := db.QueryRowContext(t.Context(), `
		SELECT inviter, last_entry, (SELECT count(*) FROM unsure), (SELECT effect FROM unsure) FROM invitations WHERE invitation = 'a'`)
	if err := row.Scan(&inviter, &last, &unsure, &effect); err != nil {
		t.Fatal(err)
	}
	if inviter != "U0ANN" || last != "begun" || unsure != 1 || effect != "card" {
		t.Errorf("the views tell %q, %q, %d unsure, %q", inviter, last, unsure, effect)
	}

	command, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Log("no sqlite3 command here: read by the library alone")
		return
	}
	out, err := exec.CommandContext(t.Context(), command, path, "SELECT count(*) FROM entries").CombinedOutput()
	if strings.TrimSpace(string(out)) != "5" {
		t.Errorf("sqlite3 says %q, %v", out, err)
	}
}

// TestFileOfTheFirstSchema opens a file that an earlier version of the bot wrote.
func TestFileOfTheFirstSchema(t *testing.T) {
	schema, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	path := statePath(t)
	execute(t, path, string(schema)+`
		INSERT INTO entries (invitation, entry) VALUES
			('a', '{"kind":"accepted","at":"2026-11-01T12:00:00Z","invitation":"a","request":{"inviter":"U0ANN"}}'),
			('b', '{"kind":"accepted","at":"2026-11-01T12:00:00Z","invitation":"b","request":{"inviter":"U0ANN"}}'),
			('a', '{"kind":"finished","at":"2026-11-02T12:00:00Z","invitation":"a"}'),
			('b', '{"kind":"confirmed","at":"2026-11-02T12:00:00Z","invitation":"b","invitees":["U0BOB","U0CAT"]}');
		INSERT INTO finished (invitation, at) VALUES ('a', 1793620800000000);
		PRAGMA application_id = 0x44534942; PRAGMA user_version = 1;`)
	j := open(t, path)
	var confirmed int
	var last string
	if err := raw(t, path).QueryRowContext(t.Context(), "SELECT confirmed, last_entry FROM invitations WHERE NOT finished").Scan(&confirmed, &last); err != nil {
		t.Fatal(err)
	}
	if confirmed != 2 || last != "confirmed" {
		t.Errorf("%d confirmed, last %q; want 2, confirmed", confirmed, last)
	}
	if n, err := j.Prune(t.Context(), noon); n != 1 || err != nil {
		t.Fatalf("pruned %d, %v", n, err)
	}
	var left int
	if err := raw(t, path).QueryRowContext(t.Context(), "SELECT count(*) FROM entries WHERE invitation = 'b'").Scan(&left); err != nil || left != 2 {
		t.Errorf("%d entries of what is open are left, %v", left, err)
	}
	all := 0
	if err := j.Replay(t.Context(), time.Time{}, func(tracker.Entry) error { all++; return nil }); err != nil || all != 2 {
		t.Errorf("%d entries in all, %v; want 2", all, err)
	}
}

// TestPruneInSlices drops more than one transaction looks at, among what stays.
func TestPruneInSlices(t *testing.T) {
	j := open(t, statePath(t))
	const n = 3000
	var entries []tracker.Entry
	for i := range n {
		id := fmt.Sprintf("i%d", i)
		entries = append(entries, accepted(id))
		if i%3 > 0 {
			entries = append(entries, tracker.Entry{Kind: tracker.KindFinished, At: noon.Add(time.Duration(i) * time.Second), Invitation: tracker.ID(id)})
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
	if err := j.Replay(t.Context(), time.Time{}, func(e tracker.Entry) error { left[string(e.Invitation)]++; return nil }); err != nil {
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
		}, "no state file"},
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
	for range 500 {
		if err := j.Append(t.Context(), accepted("a")); err != nil {
			t.Fatal(err)
		}
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

// TestDamagedFilesAreRefusedAndKept damages the file in many places. It is read in full, or
// refused with advice; it is never changed, and nothing is read that was not written.
func TestDamagedFilesAreRefusedAndKept(t *testing.T) {
	pristine := filepath.Join(t.TempDir(), "pristine.db")
	closed(t, pristine)
	sound, err := os.ReadFile(pristine)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for at := 0; at < len(sound); at += len(sound)/40 + 13 {
		path := statePath(t)
		damaged := []byte(string(sound))
		for i := at; i < min(at+512, len(damaged)); i++ {
			damaged[i] ^= 0x5a
		}
		write(t, path, damaged)
		err := readAll(t, path)
		if err == nil {
			continue // a place that holds nothing that is needed
		}
		refused++
		if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "damaged") && !strings.Contains(err.Error(), "no state file") &&
			!strings.Contains(err.Error(), "another program") && !strings.Contains(err.Error(), "newer version") {
			t.Errorf("damaged at %d: %v", at, err)
		}
		after, _ := os.ReadFile(path)
		if string(after) != string(damaged) {
			t.Errorf("damaged at %d: the file was changed", at)
		}
	}
	if refused < 10 {
		t.Errorf("only %d of the damaged files were noticed", refused)
	}
}

// TestEntriesThatCannotBeRead: none is skipped, and the error names it.
func TestEntriesThatCannotBeRead(t *testing.T) {
	for name, text := range map[string]string{"no json": "half an ent", "no entry": "{}", "another form": `{"kind": 7}`} {
		t.Run(name, func(t *testing.T) {
			path := statePath(t)
			closed(t, path)
			execute(t, path, "UPDATE entries SET entry = '"+text+"' WHERE seq = 300")
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
	return j.Replay(context.Background(), noon, func(e tracker.Entry) error {
		if e.Invitation != want.Invitation || e.Request == nil || e.Request.Inviter != want.Request.Inviter {
			t.Errorf("read what was not written: %+v", e)
		}
		return nil
	})
}
