// Command bench measures the bot: it builds the real binary, runs it between the simulators of
// Slack and of the portal, and prints a table of what was measured beside what we aim at.
//
//	go run ./bench                # all of it, a quarter of an hour
//	go run ./bench -only commands # commands, memory, people, idle
//
// The simulators and the load are this process, the bot is another; both are on one machine
// and talk over loopback. Commands are typed in an open loop: each has a moment at which it is
// meant to be typed, and its latency counts from then. With -runs more than one, figures are
// medians.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "bare" {
		bare()
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// options are the command line's.
type options struct {
	runs    int
	seconds int
	warmup  int
	idle    time.Duration
	rate    int
	sync    string
}

// row is one line of the table.
type row struct{ what, measured, goal string }

func run(ctx context.Context) error {
	debug.SetGCPercent(800) // what is measured is the bot, and not the simulators' memory
	var o options
	only := flag.String("only", "", "comma-separated: commands, memory, people, idle; empty is all")
	flag.IntVar(&o.runs, "runs", 3, "how often commands are measured")
	flag.IntVar(&o.seconds, "seconds", 10, "how long commands are typed at each rate")
	flag.IntVar(&o.warmup, "warmup", 3000, "how many commands come before those that count")
	flag.IntVar(&o.rate, "rate", 0, "measure commands at this rate alone, 50, 500, 2000 or 5000")
	flag.StringVar(&o.sync, "sync", "all", "measure commands with this STATE_SYNC alone, process or full; empty is bare slack-go")
	flag.DurationVar(&o.idle, "idle", 2*time.Minute, "how long an idle bot is watched")
	flag.Parse()

	dir, err := os.MkdirTemp("", "load")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	l, err := newLab(ctx, dir)
	if err != nil {
		return err
	}
	rows := []row{l.binarySize()}
	for _, part := range []struct {
		name    string
		measure func(context.Context, options) ([]row, error)
	}{{"commands", l.commands}, {"memory", l.memory}, {"people", l.people}, {"idle", l.idle}} {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), part.name) {
			continue
		}
		measured, err := part.measure(ctx, o)
		if err != nil {
			measured = append(measured, row{part.name, "not measured: " + err.Error(), ""})
		}
		rows = append(rows, measured...)
		for _, r := range measured { // while one waits for the rest
			fmt.Fprintf(os.Stderr, "%s: %s\n", r.what, r.measured)
		}
	}
	fmt.Printf("%d cores, %s, an fsync takes %v\n\n| what | measured | goal |\n|---|---|---|\n", runtime.NumCPU(), runtime.Version(), l.fsync())
	for _, r := range rows {
		fmt.Printf("| %s | %s | %s |\n", r.what, r.measured, r.goal)
	}
	return nil
}

func (l *lab) binarySize() row {
	info, err := os.Stat(l.bot)
	if err != nil {
		return row{"binary, stripped", "not measured: " + err.Error(), ""}
	}
	return row{"binary, stripped", fmt.Sprintf("%.1f MB", float64(info.Size())/1e6), "25 MB"}
}
