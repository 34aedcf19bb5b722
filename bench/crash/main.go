// Command crash kills the bot 200 times while 50 people are invited, and shows whether any of
// them noticed.
//
//	go run ./bench/crash -kills 200 -people 50 -seed 1 -history
//	go run ./bench/crash -replicas 3 -kills 60 -history   # also stopped, cut off, and without a database
//
// It builds the bot, serves the simulators of Slack and of the portal on this machine, and
// prints the seed, a table, and what went wrong; it ends with exit code 1 when the bot did
// not keep what it promises. -history grants the bot's token the optional scopes with which
// it finds its own messages again; without it, it says again what it was killed in the middle
// of. The seed repeats what people do and what the kills are aimed at: give one that failed
// again, with -keep to have the bot's log and its state file left in a directory.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/docspace-invite-bot/bot/internal/crashtest"
	"github.com/docspace-invite-bot/bot/internal/pgtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx)
	stop()
	os.Exit(code)
}

func run(ctx context.Context) int {
	kills := flag.Int("kills", 200, "how often the bot is killed")
	people := flag.Int("people", 50, "how many people are invited")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano())%1_000_000, "repeats what people do and when the bot is killed")
	history := flag.Bool("history", false, "grant the optional scopes")
	slow := flag.Duration("slow", 0, "how long Slack takes over a message, and then a new bot does not wait for the old one's calls to end")
	memory := flag.Bool("memory", false, "keep the state in memory, which must lose things")
	replicas := flag.Int("replicas", 0, "run so many bots at once, on a PostgreSQL server of our own, and get them into every trouble")
	outage := flag.Duration("outage", 0, "how long the database stays away at least when it is killed")
	keep := flag.String("keep", "", "leave log and state in this directory")
	flag.Parse()

	report, err := crash(ctx, *keep, crashtest.Options{
		Seed: *seed, People: *people, Kills: *kills, History: *history, Slow: *slow, Replicas: *replicas, Outage: *outage,
	}, *memory)
	fmt.Print(report)
	for _, finding := range report.Findings {
		fmt.Println(" ", finding)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "the run was not carried out:", err)
		return 1
	}
	broken := report.Broken()
	for _, expectation := range broken {
		fmt.Println("BROKEN:", expectation)
	}
	return min(len(broken), 1)
}

// crash builds the bot and runs it in a directory.
func crash(ctx context.Context, dir string, o crashtest.Options, memory bool) (report crashtest.Report, err error) {
	report.Seed = o.Seed
	if dir == "" {
		if dir, err = os.MkdirTemp("", "crash"); err != nil {
			return report, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
	} else if err = os.MkdirAll(dir, 0o700); err != nil {
		return report, err
	}
	binary := filepath.Join(dir, "bot")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/docspace-invite-bot/bot/cmd/bot") //nolint:gosec // the path is ours
	if out, err := build.CombinedOutput(); err != nil {
		return report, fmt.Errorf("build the bot: %w\n%s", err, out)
	}
	log, err := os.Create(filepath.Join(dir, "log")) //nolint:gosec // the directory is the caller's
	if err != nil {
		return report, err
	}
	defer func() { _ = log.Close() }()
	o.Log = log
	switch {
	case o.Replicas > 0:
		server, err := pgtest.Start(ctx)
		if err != nil {
			return report, err
		}
		defer server.Close()
		o.State, o.Database = server.URL("docspace_bot")+"&lease=1s", server
		o.Patience, o.Quiet = 2*time.Minute, 2*time.Second
	case memory:
		o.State = "memory"
	default:
		o.State = filepath.Join(dir, "state.db")
	}
	o.Start = func(ctx context.Context, env []string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, binary)
		cmd.Env = append(os.Environ(), env...)
		return cmd
	}
	return crashtest.Run(ctx, o)
}
