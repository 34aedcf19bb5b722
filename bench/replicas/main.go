// Command replicas measures several bots on one PostgreSQL server: how many commands they
// acknowledge, beside one bot on a state file, and how soon another leads when the one that leads is lost.
//
//	go run ./bench/replicas                      # all of it, a quarter of an hour
//	go run ./bench/replicas -only throughput
//	go run ./bench/replicas -only takeover -kills 50 -stops 20
//
// It builds the real binary and starts a PostgreSQL server of its own, which keeps what it commits safe
// from a loss of power. The bots, that server, the simulators of Slack and of the portal, and the typing
// share the machine: what more replicas bring on machines of their own, it cannot show.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/docspace-invite-bot/bot/bench/internal/lab"
	"github.com/docspace-invite-bot/bot/internal/crashtest"
	"github.com/docspace-invite-bot/bot/internal/pgtest"
)

func main() {
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
	typers, rate, seconds, warmup int
	kills, stops                  int
	seed                          uint64
	log                           string
}

// measurement has what is measured, and the server that it is measured on.
type measurement struct {
	lab      *lab.Lab
	database *pgtest.Server
	options
}

func run(ctx context.Context) error {
	debug.SetGCPercent(800) // what is measured is the bots, and not the simulators' memory
	m := &measurement{}
	only := flag.String("only", "", "throughput or takeover; empty is both")
	flag.IntVar(&m.typers, "typers", 64, "how many at a time type as fast as they are acknowledged")
	flag.IntVar(&m.rate, "rate", 200, "how many commands a second are typed for the latency")
	flag.IntVar(&m.seconds, "seconds", 10, "how long commands are typed, each way")
	flag.IntVar(&m.warmup, "warmup", 1000, "how many commands come before those that count")
	flag.IntVar(&m.kills, "kills", 50, "how often the one that leads is killed")
	flag.IntVar(&m.stops, "stops", 20, "how often the one that leads is stopped (SIGSTOP)")
	flag.Uint64Var(&m.seed, "seed", 1, "decides when between two renewals of its lease the one that leads is lost")
	flag.StringVar(&m.log, "log", "", "write what the bots log at take-overs into this file")
	flag.Parse()

	dir, err := os.MkdirTemp("", "replicas")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if m.lab, err = lab.New(ctx, dir); err != nil {
		return err
	}
	if m.database, err = pgtest.Start(ctx, "fsync=on"); err != nil {
		return err
	}
	defer m.database.Close()
	fmt.Printf("%d cores, %s, an fsync takes %v, load %s\n", runtime.NumCPU(), runtime.Version(), m.lab.Fsync(), load())
	for _, part := range []struct {
		name    string
		measure func(context.Context) error
	}{{"throughput", m.throughput}, {"takeover", m.takeOver}} {
		if *only != "" && *only != part.name {
			continue
		}
		if err := part.measure(ctx); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// load returns how busy the machine was in the last minute, in the system's words.
func load() string {
	text, _ := os.ReadFile("/proc/loadavg")
	minute, _, _ := strings.Cut(string(text), " ")
	return minute
}

// throughput prints what replicas acknowledge, beside one bot on a state file.
func (m *measurement) throughput(ctx context.Context) error {
	fmt.Printf("\n| | acknowledged a second, %d typing | cards a second | at %d a second: acknowledged p50 / p99, ms | card p50 / p99, ms | processor time of the bots for 1000, s |\n|---|---|---|---|---|---|\n",
		m.typers, m.rate)
	for _, setting := range []struct {
		name     string
		replicas int
		env      string
	}{
		{"one, state file, `STATE_SYNC=process`", 1, "STATE_SYNC=process"},
		{"one, state file, `STATE_SYNC=full`", 1, "STATE_SYNC=full"},
		{"one, PostgreSQL", 1, "STATE=" + m.database.URL("one")},
		{"two, PostgreSQL", 2, "STATE=" + m.database.URL("two")},
		{"four, PostgreSQL", 4, "STATE=" + m.database.URL("four")},
	} {
		t, err := m.typing(ctx, setting.replicas, setting.env)
		if err != nil {
			return fmt.Errorf("%s: %w", setting.name, err)
		}
		fmt.Printf("| %s | %s\n", setting.name, t)
	}
	fmt.Printf("\nload %s\n", load())
	return nil
}

// typing has people type at a rate, and then as fast as they can, and returns a row of the table.
func (m *measurement) typing(ctx context.Context, replicas int, env string) (string, error) {
	s := m.lab.NewSite(env)
	defer s.Close()
	crowd := s.Crowd(100)
	for range replicas {
		if _, err := s.Start(ctx); err != nil {
			return "", err
		}
	}
	const socketsOfOne = 2
	if err := s.Await(ctx, time.Minute, func() bool { return s.Slack.Connections() == socketsOfOne*replicas }); err != nil {
		return "", err
	}
	s.Look = 100 * time.Millisecond // looking costs, and must not be measured
	crowd.Type("warm", m.warmup, m.rate)
	if err := s.Await(ctx, time.Minute, func() bool { return crowd.Cards() >= m.warmup }); err != nil {
		return "", fmt.Errorf("warm-up: %w", err)
	}

	before := s.CPU()
	n := m.rate * m.seconds
	all := crowd.Type("wish", n, m.rate)
	_ = s.Await(ctx, time.Minute, func() bool { return crowd.Cards() >= m.warmup+n })
	used := (s.CPU() - before) * 1000 / time.Duration(n)
	acks, posts, lost := crowd.Took(all)

	had, long := crowd.Cards(), time.Duration(m.seconds)*time.Second
	taken, refused := crowd.Hurry(ctx, "rush", m.typers, long)
	posted := crowd.Cards() - had
	slow := s.Await(ctx, 2*time.Minute, func() bool { return crowd.Cards() >= had+taken })
	row := fmt.Sprintf("%d | %d | %s | %s | %.2f |", taken/m.seconds, posted/m.seconds, both(acks), both(posts), used.Seconds())
	if lost > 0 || refused > 0 || slow != nil {
		row += fmt.Sprintf(" %d without acknowledgement or card, %d refused or not answered, %d cards in all of %d", lost, refused, crowd.Cards(), had+taken)
	}
	return row, ctx.Err()
}

func both(times []time.Duration) string {
	milliseconds := func(p int) float64 { return float64(lab.Percentile(times, p).Microseconds()) / 1000 }
	return fmt.Sprintf("%.1f / %.1f", milliseconds(50), milliseconds(99))
}

// takeOver prints how soon another leads, with the lease that the bot has when nobody says otherwise.
func (m *measurement) takeOver(ctx context.Context) error {
	const lease = 5 * time.Second
	o := crashtest.Options{
		Seed: m.seed, Replicas: 3, Lease: lease, State: m.database.URL("takeover"),
		Start: func(ctx context.Context, env []string) *exec.Cmd {
			cmd := exec.CommandContext(ctx, m.lab.Bot) //nolint:gosec // built from this repository
			cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
			return cmd
		},
	}
	if m.log != "" {
		log, err := os.Create(m.log)
		if err != nil {
			return err
		}
		defer func() { _ = log.Close() }()
		o.Log = log
	}
	var killed, stopped losses
	err := crashtest.TakeOvers(ctx, o, m.kills, m.stops, func(stop bool, t crashtest.TakeOver) {
		of := &killed
		if stop {
			of = &stopped
		}
		of.add(t)
		fmt.Fprintf(os.Stderr, "stopped %v: %+v\n", stop, t)
	})
	fmt.Printf("\nThree replicas, lease %v; s from the signal:\n\n| | times | | min | p50 | p95 | max |\n|---|---|---|---|---|---|---|\n", lease)
	killed.print("killed")
	stopped.print("stopped")
	fmt.Printf("\nload %s\n", load())
	return err
}

// losses are take-overs of one kind.
type losses struct {
	leads, cards []time.Duration
	again        int // how often a command had to be typed again
}

func (l *losses) add(t crashtest.TakeOver) {
	l.leads, l.cards, l.again = append(l.leads, t.Leads), append(l.cards, t.Card), l.again+t.Typed-1
}

func (l *losses) print(how string) {
	if len(l.leads) == 0 {
		return
	}
	for _, line := range []struct {
		what  string
		times []time.Duration
	}{{"until another leads", l.leads}, {fmt.Sprintf("until the card is posted (typed again %d times)", l.again), l.cards}} {
		fmt.Printf("| %s | %d | %s |", how, len(line.times), line.what)
		for _, p := range []int{0, 50, 95, 100} {
			fmt.Printf(" %.2f |", lab.Percentile(line.times, p).Seconds())
		}
		fmt.Println()
	}
}
