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
	"slices"
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
	runs, typers, rate, seconds, warmup int
	losses                              crashtest.Losses
	seed                                uint64
	log                                 string
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
	flag.IntVar(&m.runs, "runs", 3, "how often throughput is measured, in turn; figures are medians")
	flag.IntVar(&m.typers, "typers", 64, "how many at a time type as fast as they are acknowledged")
	flag.IntVar(&m.rate, "rate", 200, "how many commands a second are typed for the latency")
	flag.IntVar(&m.seconds, "seconds", 10, "how long commands are typed, each way")
	flag.IntVar(&m.warmup, "warmup", 1000, "how many commands come before those that count")
	flag.IntVar(&m.losses.Killed, "kills", 50, "how often the one that leads is killed")
	flag.IntVar(&m.losses.Stopped, "stops", 20, "how often the one that leads is stopped (SIGSTOP)")
	flag.IntVar(&m.losses.CutOff, "cuts", 20, "how often the one that leads is cut off from the database")
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
	settings := []struct {
		name     string
		replicas int
		env      string
	}{
		{"one, state file, `STATE_SYNC=process`", 1, "STATE_SYNC=process"},
		{"one, state file, `STATE_SYNC=full`", 1, "STATE_SYNC=full"},
		{"one, PostgreSQL", 1, ""},
		{"two, PostgreSQL", 2, ""},
		{"four, PostgreSQL", 4, ""},
	}
	measured := make([]figures, len(settings))
	for run := range m.runs {
		for i, setting := range settings {
			if setting.env == "" {
				setting.env = "STATE=" + m.database.URL(fmt.Sprintf("run%d_%d", run, i))
			}
			if err := m.typing(ctx, setting.replicas, setting.env, &measured[i]); err != nil {
				return fmt.Errorf("%s: %w", setting.name, err)
			}
			fmt.Fprintf(os.Stderr, "load %s, %s: %+v\n", load(), setting.name, measured[i])
		}
	}
	fmt.Printf("\n| | acknowledged a second, %d typing | cards a second meanwhile | at %d a second: acknowledged p50 / p99, ms | card p50 / p99, ms "+
		"| processor time of the bots for 1000, s | refused | lost |\n|---|---|---|---|---|---|---|---|\n", m.typers, m.rate)
	for i, f := range measured {
		fmt.Printf("| %s | %.0f | %.0f | %.1f / %.1f | %.1f / %.1f | %.2f | %d | %d |\n", settings[i].name, median(f.taken), median(f.posted),
			median(f.ack50), median(f.ack99), median(f.card50), median(f.card99), median(f.used), f.refused, f.lost)
	}
	fmt.Printf("\nload %s\n", load())
	return nil
}

// figures are what was measured with one setting, of each run.
type figures struct {
	taken, posted                []float64 // a second
	ack50, ack99, card50, card99 []float64 // milliseconds
	used                         []float64 // processor time for 1000 commands, in seconds
	refused                      int       // callers who were told that too many cards wait, or heard nothing
	lost                         int       // commands that were acknowledged and have no card, or at the rate no acknowledgement
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// typing has people type at a rate, and then as fast as they can.
func (m *measurement) typing(ctx context.Context, replicas int, env string, f *figures) error {
	s := m.lab.NewSite(env)
	defer s.Close()
	crowd := s.Crowd(100)
	for range replicas {
		if _, err := s.Start(ctx); err != nil {
			return err
		}
	}
	const socketsOfOne = 2
	if err := s.Await(ctx, time.Minute, func() bool { return s.Slack.Connections() == socketsOfOne*replicas }); err != nil {
		return err
	}
	s.Look = 100 * time.Millisecond // looking costs, and must not be measured
	crowd.Type("warm", m.warmup, m.rate)
	if err := s.Await(ctx, time.Minute, func() bool { return crowd.Cards() >= m.warmup }); err != nil {
		return fmt.Errorf("warm-up: %w", err)
	}
	m.atRate(ctx, s, crowd, f)

	had, long := crowd.Cards(), time.Duration(m.seconds)*time.Second
	taken, refused := crowd.Hurry(ctx, "rush", m.typers, long)
	posted := crowd.Cards() - had
	_ = s.Await(ctx, 2*time.Minute, func() bool { return crowd.Cards() >= had+taken })
	f.taken = append(f.taken, float64(taken)/long.Seconds())
	f.posted = append(f.posted, float64(posted)/long.Seconds())
	f.refused += refused
	f.lost += max(0, had+taken-crowd.Cards())
	return ctx.Err()
}

// atRate has people type at a rate, and waits for their cards.
func (m *measurement) atRate(ctx context.Context, s *lab.Site, crowd *lab.Crowd, f *figures) {
	before, had := s.CPU(), crowd.Cards()
	n := m.rate * m.seconds
	all := crowd.Type("wish", n, m.rate)
	_ = s.Await(ctx, time.Minute, func() bool { return crowd.Cards() >= had+n })
	f.used = append(f.used, (s.CPU()-before).Seconds()*1000/float64(n))
	acks, posts, lost := crowd.Took(all)
	f.lost += lost
	for _, percentile := range []struct {
		into  *[]float64
		times []time.Duration
		p     int
	}{{&f.ack50, acks, 50}, {&f.ack99, acks, 99}, {&f.card50, posts, 50}, {&f.card99, posts, 99}} {
		*percentile.into = append(*percentile.into, float64(lab.Percentile(percentile.times, percentile.p).Microseconds())/1000)
	}
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
	var lost []takeOvers // of one kind each
	err := crashtest.TakeOvers(ctx, o, m.losses, func(t crashtest.TakeOver) {
		fmt.Fprintf(os.Stderr, "%+v\n", t)
		if len(lost) == 0 || lost[len(lost)-1].how != t.How {
			lost = append(lost, takeOvers{how: t.How})
		}
		lost[len(lost)-1].add(t)
	})
	fmt.Printf("\nThree replicas, lease %v; s from the loss of the one that leads:\n\n| | times | | min | p50 | p95 | max |\n|---|---|---|---|---|---|---|\n", lease)
	for _, kind := range lost {
		kind.print()
	}
	fmt.Printf("\nload %s\n", load())
	return err
}

// takeOvers are those of one kind.
type takeOvers struct {
	how          string
	leads, cards []time.Duration
	again        int // how often a command had to be typed again
}

func (o *takeOvers) add(t crashtest.TakeOver) {
	o.leads, o.cards, o.again = append(o.leads, t.Leads), append(o.cards, t.Card), o.again+t.Typed-1
}

func (o *takeOvers) print() {
	for _, line := range []struct {
		what  string
		times []time.Duration
	}{{"until another leads", o.leads}, {fmt.Sprintf("until the card is posted (commands typed again: %d)", o.again), o.cards}} {
		fmt.Printf("| %s | %d | %s |", o.how, len(line.times), line.what)
		for _, p := range []int{0, 50, 95, 100} {
			fmt.Printf(" %.2f |", lab.Percentile(line.times, p).Seconds())
		}
		fmt.Println()
	}
}
