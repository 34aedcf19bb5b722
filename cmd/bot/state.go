package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"

	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/logging"
)

// stateCommand is bot state export and bot state import: everything that STATE keeps, as lines of JSON.
func stateCommand(ctx context.Context, args []string, env map[string]string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) != 1 || args[0] != "export" && args[0] != "import" {
		return misused(stderr, "bot state takes export or import")
	}
	env = maps.Clone(env)
	if wrong := readStateFile(env); len(wrong) > 0 {
		return misused(stderr, "%v", wrong[0])
	}
	state := cmp.Or(env["STATE"], "docspace-bot.db")
	if state == "memory" {
		return misused(stderr, "STATE=memory keeps nothing: set it to the path of a file or a postgres:// address")
	}
	if journal.IsPostgres(state) {
		if err := journal.CheckPostgres(state); err != nil {
			return misused(stderr, "STATE: %v", err)
		}
	}
	n, err := 0, error(nil)
	if args[0] == "export" {
		n, err = journal.Export(ctx, state, stdout)
	} else {
		n, err = journal.Import(ctx, state, stdin)
	}
	if err != nil {
		text := logging.NewRedactor(logging.RedactorOptions{}).Text(err.Error())
		_, _ = fmt.Fprintf(stderr, "bot state %s: %s\nNothing was changed.\n", args[0], text)
		return exitFailed
	}
	_, _ = fmt.Fprintf(stderr, "bot state %s: %d entries\n", args[0], n)
	return exitDone
}
