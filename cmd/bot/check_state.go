package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// scarce is how little room on the disk is worth a word, in bytes: a busy hour takes some tens
// of megabytes.
const scarce = 100 << 20

// state looks whether pending work could be kept where STATE says, by the kind of store. Whatever
// is there stays as it is.
func (c *checkup) state(ctx context.Context) {
	switch {
	case c.settings.State == "memory":
		c.trouble("STATE", warns, remedy.StateForgets, "memory")
	case journal.IsPostgres(c.settings.State):
		c.stateDatabase(ctx, c.settings.State)
	default:
		c.stateFile(ctx, c.settings.State)
	}
}

// stateFile looks at a state file and its directory.
func (c *checkup) stateFile(ctx context.Context, path string) {
	found, err := journal.InspectSQLite(ctx, path)
	switch {
	case err != nil:
		c.fault("STATE", path, err)
	case found.InUse:
		c.find("STATE", warns, "a bot has "+path+" open; its content was not checked",
			"if it isn't the one you're checking, stop it, or give this one its own file")
	case c.scarce(path): // said
	case found.Exists:
		c.good("STATE", "%s is this bot's, sound and writable", path)
	default:
		c.good("STATE", "%s can be created", path)
	}
}

// scarce says so when there is little room for a state file, and reports whether it did.
func (c *checkup) scarce(path string) bool {
	free, known := freeSpace(filepath.Dir(path))
	little := known && free < scarce
	if little {
		c.trouble("STATE", warns, remedy.StateScarce, fmt.Sprintf("%s, %d MB free", path, free>>20))
	}
	return little
}

// hasFile reports whether STATE names a file.
func (s settings) hasFile() bool { return s.State != "memory" && !journal.IsPostgres(s.State) }

// stateDatabase looks at a database that several bots may share.
func (c *checkup) stateDatabase(ctx context.Context, address string) {
	found, err := journal.InspectPostgres(ctx, address)
	if found.InClear {
		c.trouble("STATE", warns, remedy.DatabaseInClear, "")
	}
	leads := "no bot leads at the moment"
	if found.Leader != "" {
		leads = "the bot on " + found.Leader + " leads"
	}
	switch {
	case err != nil:
		c.wrong("STATE", fails, err)
	case found.Exists:
		c.good("STATE", "PostgreSQL %s, with this bot's tables; %s", found.Version, leads)
	default:
		c.good("STATE", "PostgreSQL %s; the tables can be created", found.Version)
	}
}
