package journal_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// TestInspectionLeavesEverythingAsItIs: whatever stands there, the directory has the same files
// with the same contents afterwards.
func TestInspectionLeavesEverythingAsItIs(t *testing.T) {
	for name, tt := range map[string]struct {
		make    func(t *testing.T, path string)
		trouble remedy.Trouble
		exists  bool
		inUse   bool
	}{
		"nothing":      {make: func(*testing.T, string) {}},
		"empty file":   {make: func(t *testing.T, path string) { write(t, path, nil) }, exists: true},
		"a state file": {make: func(t *testing.T, path string) { keepSome(t, path) }, exists: true},
		"in use": {make: func(t *testing.T, path string) {
			j, err := journal.OpenSQLite(t.Context(), path, journal.SQLiteOptions{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = j.Close() })
		}, exists: true, inUse: true},
		"garbage":         {func(t *testing.T, path string) { write(t, path, []byte(strings.Repeat("no database ", 500))) }, remedy.StateForeign, true, false},
		"another program": {func(t *testing.T, path string) { execute(t, path, "CREATE TABLE cakes (name)") }, remedy.StateForeign, true, false},
		"newer": {func(t *testing.T, path string) {
			keepSome(t, path)
			execute(t, path, "PRAGMA user_version = 99")
		}, remedy.StateNewer, true, false},
		"damaged": {func(t *testing.T, path string) {
			keepSome(t, path)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for i := 4096; i < len(text); i++ { // all but the first page
				text[i] = 0xfe
			}
			write(t, path, text)
		}, remedy.StateDamaged, true, false},
		"a directory": {func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, remedy.StateNoFile, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state.db")
			tt.make(t, path)
			before := contentsOf(t, filepath.Dir(path))
			found, err := journal.InspectSQLite(t.Context(), path)
			if trouble := remedy.Of(err); trouble != tt.trouble || err == nil != (tt.trouble == "") {
				t.Errorf("trouble = %q (%v), want %q", trouble, err, tt.trouble)
			}
			if found.Exists != tt.exists || found.InUse != tt.inUse {
				t.Errorf("found %+v, want exists %v, in use %v", found, tt.exists, tt.inUse)
			}
			if after := contentsOf(t, filepath.Dir(path)); after != before {
				t.Error("the inspection left something behind, or changed something")
			}
		})
	}
	t.Run("no directory", func(t *testing.T) {
		_, err := journal.InspectSQLite(t.Context(), filepath.Join(t.TempDir(), "none", "state.db"))
		if remedy.Of(err) != remedy.StateNoDirectory {
			t.Errorf("error = %v", err)
		}
	})
}

// TestInspectionDoesNotKeepABotOut: a bot that starts at the moment of an inspection starts.
func TestInspectionDoesNotKeepABotOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	keepSome(t, path)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				_, _ = journal.InspectSQLite(t.Context(), path)
			}
		}
	}()
	for range 20 {
		j, err := journal.OpenSQLite(t.Context(), path, journal.SQLiteOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	<-stopped
}

func keepSome(t *testing.T, path string) {
	t.Helper()
	j, err := journal.OpenSQLite(t.Context(), path, journal.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Append(t.Context(), slices.Repeat([]invitation.Entry{accepted("inv")}, 200)...); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// contentsOf returns the names and contents of the files in a directory, as one text.
func contentsOf(t *testing.T, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		all.WriteString(file.Name() + "\n")
		if file.Type().IsRegular() {
			text, err := os.ReadFile(filepath.Join(dir, file.Name()))
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
	}
	return all.String()
}
