package journal_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/journal/journaltest"
)

// filled is a state file with stories of every sort in it, finished ones among them, and gaps where
// others were pruned.
func filled(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "state.db")
	j := open(t, path)
	old := invitation.Entry{Kind: invitation.KindFinished, At: time.Now().Add(-48 * time.Hour), Invitation: "old"}
	finished := invitation.Entry{Kind: invitation.KindFinished, At: time.Now(), Invitation: "finished"}
	for _, some := range [][]invitation.Entry{{old}, journaltest.Samples(), {finished}, journaltest.Pending(1, 700)} {
		if err := j.Append(t.Context(), some...); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := j.Prune(t.Context(), time.Now().Add(-time.Hour)); n != 1 || err != nil {
		t.Fatalf("pruned %d, %v", n, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func export(t *testing.T, state string) string {
	t.Helper()
	var lines bytes.Buffer
	n, err := journal.Export(t.Context(), state, &lines)
	if err != nil || n != strings.Count(lines.String(), "\n") {
		t.Fatalf("exported %d entries: %v", n, err)
	}
	return lines.String()
}

// TestExportAndImport moves a file into a database and on into another file: all three hold the same,
// also what has finished, and know which that is.
func TestExportAndImport(t *testing.T) {
	file, address, back := filled(t), journaltest.Database(t), filepath.Join(t.TempDir(), "back.db")
	want := export(t, file)
	for _, state := range []string{address, back} {
		if _, err := journal.Import(t.Context(), state, strings.NewReader(want)); err != nil {
			t.Fatal(err)
		}
		if export(t, state) != want {
			t.Errorf("%s holds something else", state)
		}
	}
	open1, open2 := 0, 0
	for path, open1 := range map[string]*int{file: &open1, back: &open2} {
		if err := open(t, path).Replay(t.Context(), time.Now().Add(time.Minute), func(invitation.Entry) error { *open1++; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if open1 == 0 || open1 != open2 {
		t.Errorf("%d entries are of what is open, want %d", open2, open1)
	}
}

// TestImportRefuses: it adds to nothing, names the bad line, and leaves nothing of it behind.
func TestImportRefuses(t *testing.T) {
	file, address := filled(t), journaltest.Database(t)
	lines := export(t, file)
	first, rest, _ := strings.Cut(lines, "\n")
	none := filepath.Join(t.TempDir(), "none.db")
	for name, tt := range map[string]struct{ state, lines, says string }{
		"not empty":       {file, lines, "something is kept there already"},
		"nothing":         {none, "", "nothing to import"},
		"no JSON":         {none, first + "\nhello\n" + rest, "line 2: it is no JSON"},
		"no entry":        {none, first + "\n{}\n", "line 2: it lacks"},
		"an empty line":   {none, first + "\n\n" + rest, "line 2: "},
		"a newer field":   {address, strings.Replace(lines, "{", `{"mood":"good",`, 1), `line 1: json: unknown field "mood"`},
		"cut short":       {none, lines[:len(lines)-1], "it is cut short"},
		"two on one line": {none, first + first + "\n", "line 1: "},
	} {
		if _, err := journal.Import(t.Context(), tt.state, strings.NewReader(tt.lines)); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", name, err, tt.says)
		}
	}
	if _, err := os.Stat(none); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file was made: %v", err)
	}
	if export(t, file) != lines || export(t, address) != "" {
		t.Error("something was changed")
	}
	open(t, file)
	if _, err := journal.Export(t.Context(), file, new(bytes.Buffer)); !errors.Is(err, journal.ErrInUse) {
		t.Errorf("exported from a bot that runs: %v", err)
	}
}
