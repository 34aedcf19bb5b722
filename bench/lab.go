package main

import (
	"bytes"
	"context"
	"fmt"
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

// lab has a directory for state files, the binary that is measured, and the path of this program.
type lab struct {
	dir, bot, self string
	sites          int
}

// newLab builds the bot, as it is released, in the directory.
func newLab(ctx context.Context, dir string) (*lab, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	l := &lab{dir: dir, bot: filepath.Join(dir, "bot"), self: self}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", l.bot, "./cmd/bot") //nolint:gosec // our own paths
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the bot, from the repository's root: %w\n%s", err, out)
	}
	return l, nil
}

// fsync returns what one costs where the state files are.
func (l *lab) fsync() time.Duration {
	file, err := os.Create(filepath.Join(l.dir, "fsync"))
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

// site is a workspace, a portal and the bot between them.
type site struct {
	slack  *slacksim.Workspace
	portal *docspacesim.Portal
	// state is the path of the state file, unless the settings name another place.
	state string
	// command is what start starts.
	command []string
	// look is how often is looked whether something is so.
	look time.Duration

	servers []*httptest.Server
	env     []string
	bot     *exec.Cmd
	log     book
}

// newSite returns a site where the bot does not run yet. Settings are pairs NAME=value.
func (l *lab) newSite(settings ...string) *site {
	l.sites++
	s := &site{
		look: 2 * time.Millisecond, slack: slacksim.New(), portal: docspacesim.New(), command: []string{l.bot},
		state: filepath.Join(l.dir, fmt.Sprintf("state%d.db", l.sites)),
	}
	serve := func(handler http.Handler) string {
		server := httptest.NewServer(handler)
		s.servers = append(s.servers, server)
		return server.URL
	}
	s.env = append([]string{
		"PATH=" + os.Getenv("PATH"), "LOG_FORMAT=json", "LOG_LEVEL=warn", "INVITES_PER_HOUR=0", "STATE=" + s.state,
		"SLACK_APP_TOKEN=" + s.slack.AppToken(), "SLACK_BOT_TOKEN=" + s.slack.BotToken(), "SLACK_API_URL=" + serve(s.slack) + "/api/",
		"DOCSPACE_URL=" + serve(s.portal), "DOCSPACE_API_KEY=" + s.portal.APIKey(),
	}, settings...)
	for _, name := range []string{"GOGC", "GODEBUG", "GOMAXPROCS"} {
		if value := os.Getenv(name); value != "" {
			s.env = append(s.env, name+"="+value)
		}
	}
	return s
}

// book is the log that the bot writes.
type book struct {
	mu   sync.Mutex
	text bytes.Buffer
}

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

// start starts the bot, and returns after how long Slack had a connection.
func (s *site) start(ctx context.Context) (time.Duration, error) {
	s.bot = exec.CommandContext(ctx, s.command[0], s.command[1:]...) //nolint:gosec // built from this repository
	s.bot.Env, s.bot.Stderr = s.env, &s.log
	began := time.Now()
	if err := s.bot.Start(); err != nil {
		s.bot = nil
		return 0, err
	}
	err := s.await(ctx, time.Minute, func() bool { return s.slack.Connections() > 0 })
	return time.Since(began), err
}

// close ends it all.
func (s *site) close() {
	if s.bot != nil {
		_ = s.bot.Process.Kill()
		_ = s.bot.Wait()
	}
	s.slack.Close()
	for _, server := range s.servers {
		server.Close()
	}
	_ = os.Remove(s.state)
}

// await waits until something is so.
func (s *site) await(ctx context.Context, limit time.Duration, ready func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !ready() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("it did not happen within %v; the bot's log ends: %s", limit, s.log.tail())
		case <-time.After(s.look):
		}
	}
	return nil
}

// resident returns the bot's resident memory in megabytes.
func (s *site) resident() float64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.bot.Process.Pid))
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kilobytes float64
	_, _ = fmt.Sscan(rest, &kilobytes)
	return kilobytes / 1024
}

// cpu returns the processor time that the bot has used.
func (s *site) cpu() time.Duration {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.bot.Process.Pid))
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond // a tick is a hundredth of a second
}

// percentile returns the p-th percentile of the times; they get sorted.
func percentile(times []time.Duration, p int) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[min(len(times)-1, len(times)*p/100)]
}

// median returns the median of the times; they get sorted.
func median(times []time.Duration) time.Duration { return percentile(times, 50) }

// milliseconds shows a time in them.
func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000)
}
