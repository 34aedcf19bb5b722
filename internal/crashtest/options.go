package crashtest

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os/exec"
	"time"
)

// Options are the settings of a run.
type Options struct {
	// Start makes the command that runs the bot with the variables env beside those that it
	// has anyway. It does not start it.
	Start func(ctx context.Context, env []string) *exec.Cmd
	// Seed decides what people do and when the bot is killed. The machine's own timing is
	// not repeated by it.
	Seed uint64
	// People is how many are invited; default 50.
	People int
	// Kills is how often the bot is killed.
	Kills int
	// History grants the bot token the optional scopes with which the bot can read what it
	// has said.
	History bool
	// Replicas are how many bots run at once, on the database that State names. It is not always one of
	// them that is killed: see crew.go.
	Replicas int
	// Lease is for how long a replica leads without renewing that; default 1 s. State says it to the bots.
	Lease time.Duration
	// Database is the server of State, if it is to be killed as well, and Outage how long it stays
	// away at least.
	Database Database
	Outage   time.Duration
	// State is the bot's STATE: the address of a database.
	State string
	// Log gets what the bot writes, one JSON line each, and a line for each kill; default:
	// nowhere.
	Log io.Writer
	// Patience is how long everything may take to settle after the last kill; default a minute.
	Patience time.Duration
	// Quiet is how long nothing may be said after that, before what was said is counted;
	// default a second.
	Quiet time.Duration
}

// complete fills in the defaults.
func (o Options) complete() (Options, error) {
	if o.Start == nil {
		return o, errors.New("crashtest: the options do not say how to start the bot")
	}
	o.People = cmp.Or(o.People, 50)
	o.Lease = cmp.Or(o.Lease, time.Second)
	o.Patience = cmp.Or(o.Patience, time.Minute)
	o.Quiet = cmp.Or(o.Quiet, time.Second)
	if o.Log == nil {
		o.Log = io.Discard
	}
	return o, nil
}
