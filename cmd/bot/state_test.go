package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/journal/journaltest"
)

// TestStateCommand moves what one file keeps into another, and reads what the command says.
func TestStateCommand(t *testing.T) {
	dir := t.TempDir()
	file, other := filepath.Join(dir, "state.db"), filepath.Join(dir, "other.db")
	run := func(state, in string, args ...string) (code int, out, said string) {
		var stdout, stderr bytes.Buffer
		code = stateCommand(t.Context(), args, map[string]string{"STATE": state}, strings.NewReader(in), &stdout, &stderr)
		return code, stdout.String(), stderr.String()
	}
	expect := func(state, in string, args []string, want int, says string) (out string) {
		t.Helper()
		code, out, said := run(state, in, args...)
		if code != want || !strings.Contains(said, says) || strings.Contains(said, "hunter2") {
			t.Errorf("bot state %q of %s: exit code %d, want %d; it says\n%s\nwant %q, and no password", args, state, code, want, said, says)
		}
		return out
	}
	exports, imports := []string{"export"}, []string{"import"}
	expect(file, "", nil, exitUsage, "export or import")
	expect(file, "", []string{"copy", "a"}, exitUsage, "export or import")
	expect("memory", "", exports, exitUsage, "keeps nothing")
	expect("postgres://bot:hunter2@127.0.0.1:5432/x?sslmode=maybe", "", exports, exitUsage, "postgres://user:password@")
	expect("postgres://bot:hunter2@127.0.0.1:1/x", "", exports, exitFailed, "connect")
	expect(file, "", exports, exitFailed, "no such file")

	j, err := journal.OpenSQLite(t.Context(), file, journal.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Append(t.Context(), journaltest.Pending(1, 50)...); err != nil {
		t.Fatal(err)
	}
	expect(file, "", exports, exitFailed, "another bot is using it")
	_ = j.Close()
	lines := expect(file, "", exports, exitDone, "105 entries")
	expect(other, lines, imports, exitDone, "105 entries")
	expect(other, lines, imports, exitFailed, "something is kept there already")
	if again := expect(other, "", exports, exitDone, "105 entries"); again != lines {
		t.Error("the other file holds something else")
	}
}
