package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/remedy"
)

// scarce is how little room on the disk is worth a word, in bytes: the side file of a busy hour
// takes some tens of megabytes.
const scarce = 100 << 20

// state looks whether pending work could be kept where STATE says, by the kind of store. Whatever
// is there stays as it is.
func (c *checkup) state(ctx context.Context) {
	switch c.settings.State {
	case "memory":
		c.trouble("STATE", warns, remedy.StateForgets, "memory")
	default:
		c.stateFile(ctx, c.settings.State)
	}
}

// stateFile looks at a state file and its directory.
func (c *checkup) stateFile(ctx context.Context, path string) {
	found, err := journal.InspectSQLite(ctx, path)
	free, known := freeSpace(filepath.Dir(path))
	switch {
	case err != nil:
		detail, do := remedy.Told(err)
		c.find("STATE", fails, path+": "+detail, do)
	case found.InUse:
		c.find("STATE", warns, "a bot has "+path+" open; what is in it was not looked at",
			"if it is not the one that you are checking, stop it, or give this one a file of its own")
	case known && free < scarce:
		c.trouble("STATE", warns, remedy.StateScarce, fmt.Sprintf("%s, %d MB free", path, free>>20))
	case found.Exists:
		c.good("STATE", "%s is this bot's, sound and writable", path)
	default:
		c.good("STATE", "%s can be made", path)
	}
}
