// Package lab is where the benchmarks measure the real program: it builds it, serves the simulators
// of Slack and of the portal, runs one bot or several between them, and has people type commands. It
// must not know which figures are wanted.
package lab

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// Lab has a directory, and in it the binary that is measured.
type Lab struct {
	// Dir is for state files; it is the caller's to remove.
	Dir string
	// Bot is the path of the bot's binary.
	Bot string

	sites int
}

// New builds the bot in the directory.
func New(ctx context.Context, dir string) (*Lab, error) {
	l := &Lab{Dir: dir}
	var err error
	l.Bot, err = l.Build(ctx, "cmd/bot")
	return l, err
}

// Build builds a command of this repository as it is released, and returns the binary's path.
func (l *Lab) Build(ctx context.Context, source string) (binary string, err error) {
	binary = filepath.Join(l.Dir, filepath.Base(source))
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "./"+source) //nolint:gosec // our own paths
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", source, err, out)
	}
	return binary, nil
}

// Fsync returns what one costs where the state files are.
func (l *Lab) Fsync() time.Duration {
	file, err := os.Create(filepath.Join(l.Dir, "fsync"))
	if err != nil {
		return 0
	}
	defer func() { _ = file.Close() }()
	const n = 200
	start := time.Now()
	for range n {
		_, _ = file.Write(make([]byte, 4096))
		_ = file.Sync()
	}
	return (time.Since(start) / n).Round(time.Microsecond)
}

// Site is a workspace, a portal and the bots between them.
type Site struct {
	Slack  *slacksim.Workspace
	Portal *docspacesim.Portal
	// State is the path of the state file, unless the settings name another place.
	State string
	// Binary is what Start starts.
	Binary string
	// Look is how often is looked whether something is so.
	Look time.Duration

	servers []*httptest.Server
	env     []string
	bots    []*exec.Cmd
	log     book
}

// NewSite returns a site where no bot runs yet. Settings are pairs NAME=value.
func (l *Lab) NewSite(settings ...string) *Site {
	l.sites++
	s := &Site{
		Look: 2 * time.Millisecond, Slack: slacksim.New(), Portal: docspacesim.New(), Binary: l.Bot,
		State: filepath.Join(l.Dir, fmt.Sprintf("state%d.db", l.sites)),
	}
	serve := func(handler http.Handler) string {
		server := httptest.NewServer(handler)
		s.servers = append(s.servers, server)
		return server.URL
	}
	s.env = append([]string{
		"PATH=" + os.Getenv("PATH"), "LOG_FORMAT=json", "LOG_LEVEL=warn", "INVITES_PER_HOUR=0", "STATE=" + s.State,
		"SLACK_APP_TOKEN=" + s.Slack.AppToken(), "SLACK_BOT_TOKEN=" + s.Slack.BotToken(), "SLACK_API_URL=" + serve(s.Slack) + "/api/",
		"DOCSPACE_URL=" + serve(s.Portal), "DOCSPACE_API_KEY=" + s.Portal.APIKey(),
	}, settings...)
	for _, name := range []string{"GOGC", "GODEBUG", "GOMAXPROCS", "BOT_PROFILE"} {
		if value := os.Getenv(name); value != "" {
			s.env = append(s.env, name+"="+value)
		}
	}
	return s
}

// book is a log that several bots write.
type book struct {
	mu   sync.Mutex
	text bytes.Buffer
}

var _ io.Writer = (*book)(nil)

// Write takes in some of the log.
func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// tail returns how the log ends.
func (b *book) tail() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := b.text.Bytes()
	return string(text[max(0, len(text)-500):])
}

// Start starts one more bot, and returns after how long Slack had one more connection.
func (s *Site) Start(ctx context.Context) (time.Duration, error) {
	had := s.Slack.Connections()
	cmd := exec.CommandContext(ctx, s.Binary) //nolint:gosec // built from this repository
	cmd.Env, cmd.Stderr = s.env, &s.log
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	s.bots = append(s.bots, cmd)
	err := s.Await(ctx, time.Minute, func() bool { return s.Slack.Connections() > had })
	return time.Since(began), err
}

// Close ends it all.
func (s *Site) Close() {
	for _, bot := range s.bots {
		_ = bot.Process.Kill()
		_ = bot.Wait()
	}
	s.Slack.Close()
	s.Portal.Close()
	for _, server := range s.servers {
		server.Close()
	}
	_ = os.Remove(s.State)
}

// Await waits until something is so.
func (s *Site) Await(ctx context.Context, limit time.Duration, ready func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !ready() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("it did not happen within %v; the bot's log ends: %s", limit, s.log.tail())
		case <-time.After(s.Look):
		}
	}
	return nil
}

// Resident returns the bots' resident memory in megabytes.
func (s *Site) Resident() (megabytes float64) {
	for _, bot := range s.bots {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", bot.Process.Pid))
		_, rest, _ := strings.Cut(string(status), "VmRSS:")
		var kilobytes float64
		_, _ = fmt.Sscan(rest, &kilobytes)
		megabytes += kilobytes / 1024
	}
	return megabytes
}

// CPU returns the processor time that the bots have used.
func (s *Site) CPU() (used time.Duration) {
	for _, bot := range s.bots {
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", bot.Process.Pid))
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest)
		if len(fields) < 13 {
			continue
		}
		user, _ := strconv.Atoi(fields[11])
		system, _ := strconv.Atoi(fields[12])
		used += time.Duration(user+system) * 10 * time.Millisecond // a tick is a hundredth of a second
	}
	return used
}

// Percentile returns the p-th percentile of the times; they get sorted.
func Percentile(times []time.Duration, p int) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[min(len(times)-1, len(times)*p/100)]
}

// Median returns the median of the times; they get sorted.
func Median(times []time.Duration) time.Duration { return Percentile(times, 50) }

// Milliseconds shows a time in them.
func Milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000)
}
