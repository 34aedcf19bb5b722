package journal_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/journal/journaltest"
	"github.com/docspace-invite-bot/bot/internal/pgtest"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// filled is a state file with stories of every sort in it, finished ones among them, and gaps where
// others were pruned.
func filled(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "state.db")
	j, err := journal.OpenSQLite(t.Context(), path, journal.SQLiteOptions{Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	old := tracker.Entry{Kind: tracker.KindFinished, At: time.Now().Add(-48 * time.Hour), Invitation: "old"}
	finished := tracker.Entry{Kind: tracker.KindFinished, At: time.Now(), Invitation: "finished"}
	for _, some := range [][]tracker.Entry{
		{old}, journaltest.Samples(), {finished}, journaltest.Pending(1, 700), journaltest.Pending(2, 700),
	} {
		if err := j.Append(t.Context(), some...); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := j.Prune(t.Context(), time.Now().Add(-time.Hour)); n != 1 || err != nil {
		t.Fatalf("pruned %d, %v", n, err)
	}
	return path
}

func read(t *testing.T, j tracker.Journal, since time.Time) (all []string) {
	t.Helper()
	if err := j.Replay(t.Context(), since, func(e tracker.Entry) error {
		all = append(all, string(e.Kind)+" "+string(e.Invitation)+" "+e.Invitee+" "+e.Link)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func readFile(t *testing.T, path string, since time.Time) []string {
	t.Helper()
	j, err := journal.OpenSQLite(t.Context(), path, journal.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	return read(t, j, since)
}

// TestCopyThereAndBack copies a file into a database and on into another file: all three tell the same,
// with the memory of what has finished.
func TestCopyThereAndBack(t *testing.T) {
	file, address, back := filled(t), pgtest.URL(t), filepath.Join(t.TempDir(), "back.db")
	there, err := journal.Copy(t.Context(), file, address, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	home, err := journal.Copy(t.Context(), address, back, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	if there != home || there.Entries < 2800 || there.Before != 0 {
		t.Errorf("there %+v, back %+v", there, home)
	}
	for _, since := range []time.Time{time.Unix(0, 0), time.Now().Add(time.Minute)} { // with and without what has finished
		want := readFile(t, file, since)
		database := openPostgres(t, address)
		for name, got := range map[string][]string{"database": read(t, database, since), "file": readFile(t, back, since)} {
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("the %s tells %d entries since %v, want %d, or others", name, len(got), since, len(want))
			}
		}
		_ = database.Close()
	}
	// And the database goes on from there.
	j := openPostgres(t, address)
	if err := j.Append(t.Context(), shown("after", 1)); err != nil {
		t.Fatal(err)
	}
	if all := read(t, j, time.Unix(0, 0)); all[len(all)-1] != "shown after  " {
		t.Errorf("the last entry is %q", all[len(all)-1])
	}
}

// TestCopyGoesOn interrupts a copy at every batch; the next one goes on, and nothing is there twice.
func TestCopyGoesOn(t *testing.T) {
	file := filled(t)
	for stopAt := 1; stopAt <= 3; stopAt++ {
		address := pgtest.URL(t)
		ctx, cancel := context.WithCancel(t.Context())
		batches := 0
		_, err := journal.Copy(ctx, file, address, func(int) {
			if batches++; batches == stopAt {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("interrupted after %d batches: %v", stopAt, err)
		}
		cancel()
		copied, err := journal.Copy(t.Context(), file, address, func(int) {})
		if err != nil {
			t.Fatalf("going on after %d batches: %v", stopAt, err)
		}
		if copied.Before == 0 || len(readFile(t, file, time.Unix(0, 0))) != copied.Entries {
			t.Errorf("after %d batches: %+v", stopAt, copied)
		}
	}
}

// TestCopyRefuses: it writes over nothing, and takes nothing that a bot is at work on.
func TestCopyRefuses(t *testing.T) {
	file, address := filled(t), pgtest.URL(t)
	copying := func(from, to string) string {
		_, err := journal.Copy(t.Context(), from, to, func(int) {})
		if err == nil {
			return "nothing"
		}
		return err.Error()
	}
	expect := func(said, want string) {
		t.Helper()
		if !strings.Contains(said, want) {
			t.Errorf("said %q, want %q", said, want)
		}
	}
	expect(copying(filepath.Join(t.TempDir(), "none.db"), address), "no such file")

	other := openPostgres(t, address)
	if err := other.Append(t.Context(), shown("other", 1)); err != nil {
		t.Fatal(err)
	}
	expect(copying(file, address), "something else is kept there")
	if n := len(read(t, other, time.Unix(0, 0))); n != 1 {
		t.Errorf("%d entries are there after a copy that was refused, want 1", n)
	}

	leader := campaign(t, other)
	<-leader.terms
	if said := copying(file, address); said != "to: a replica is at work on this database: stop all of them first" {
		t.Errorf("of a database at which a replica is at work it says %q", said)
	}
	leader.stop()
	<-leader.over

	busy, err := journal.OpenSQLite(t.Context(), file, journal.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	expect(copying(file, pgtest.URL(t)), "another bot is using it")
	_ = busy.Close()
}

// TestCopyIsCompared: what differs is found, whatever it is.
func TestCopyIsCompared(t *testing.T) {
	file := filled(t)
	for _, spoil := range []string{
		"UPDATE entries SET entry = entry || ' ' WHERE seq = 5",
		"UPDATE entries SET invitation = 'x' WHERE seq = 7",
		"DELETE FROM entries WHERE seq = 100",
		"INSERT INTO finished (invitation, at, upto) VALUES ('x', now(), 5)",
	} {
		address := pgtest.URL(t)
		if _, err := journal.Copy(t.Context(), file, address, func(int) {}); err != nil {
			t.Fatal(err)
		}
		conn, err := pgx.Connect(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		_, err = conn.Exec(t.Context(), spoil)
		_ = conn.Close(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := journal.Copy(t.Context(), file, address, func(int) {}); err == nil {
			t.Errorf("it was not noticed: %s", spoil)
		}
	}
}
