package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/redact"
)

// tellEvery is how often a copy tells how far it is.
const tellEvery = 2 * time.Second

// stateCommand is bot state copy FROM TO: pending work moves from one store to another while no bot
// runs.
func stateCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) != 3 || args[0] != "copy" {
		return misused(stderr, "bot state takes copy FROM TO: each the path of a file or a postgres:// address")
	}
	from, to := args[1], args[2]
	for _, place := range []string{from, to} {
		if journal.IsPostgres(place) {
			if err := journal.CheckPostgres(place); err != nil {
				return misused(stderr, "%v", err)
			}
		}
	}
	var said time.Time
	copied, err := journal.Copy(ctx, from, to, func(entries int) {
		if time.Since(said) >= tellEvery {
			said = time.Now()
			_, _ = fmt.Fprintf(stdout, "%d entries\n", entries)
		}
	})
	if err != nil {
		text := redact.New(redact.Options{}).Text(err.Error())
		_, _ = fmt.Fprintf(stderr, "Not copied: %s\n\nThe original is as it was. The same command goes on where this one ended.\n", text)
		return exitFailed
	}
	if copied.Before > 0 {
		_, _ = fmt.Fprintf(stdout, "%d entries were there already: an earlier copy went on.\n", copied.Before)
	}
	_, _ = fmt.Fprintf(stdout, "%d entries copied, read again and compared: SHA-256 %x on both sides.\nNow set STATE to the new place and start the bot. The old one stays as it is: remove it when all is well.\n",
		copied.Entries, copied.Sum)
	return exitDone
}
