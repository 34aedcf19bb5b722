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

// lab has the binary that is measured, and the one it is compared with.
type lab struct {
	dir, binary, bare string
}

func newLab(ctx context.Context, dir string) (*lab, error) {
	l := &lab{dir: dir, binary: filepath.Join(dir, "bot"), bare: filepath.Join(dir, "bare")}
	for source, binary := range map[string]string{"./cmd/bot": l.binary, "./bench/bare": l.bare} {
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, source) //nolint:gosec // our own paths
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w\n%s", source, err, out)
		}
	}
	return l, nil
}

func (l *lab) binarySize() row {
	info, err := os.Stat(l.binary)
	if err != nil {
		return row{"binary, stripped", "not measured: " + err.Error(), ""}
	}
	return row{"binary, stripped", fmt.Sprintf("%.1f MB", float64(info.Size())/1e6), "25 MB"}
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

// site is a workspace, a portal and a bot between them.
type site struct {
	slack   *slacksim.Workspace
	portal  *docspacesim.Portal
	servers []*httptest.Server
	env     []string
	state   string
	binary  string
	look    time.Duration // how often is looked whether something is so

	cmd *exec.Cmd
	mu  sync.Mutex
	log bytes.Buffer
}

var sites int

// newSite returns a site whose bot does not run yet. Settings are pairs NAME=value.
func (l *lab) newSite(settings ...string) *site {
	sites++
	s := &site{look: 2 * time.Millisecond, slack: slacksim.New(), portal: docspacesim.New(), binary: l.binary, state: filepath.Join(l.dir, fmt.Sprintf("state%d.db", sites))}
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
	for _, name := range []string{"GOGC", "GODEBUG", "GOMAXPROCS", "BOT_PROFILE"} {
		if value := os.Getenv(name); value != "" {
			s.env = append(s.env, name+"="+value)
		}
	}
	return s
}

// Write takes in the bot's log.
func (s *site) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(p)
}

// start starts the bot and returns after how long Slack had a connection.
func (s *site) start(ctx context.Context) (time.Duration, error) {
	s.cmd = exec.CommandContext(ctx, s.binary) //nolint:gosec // built from this repository
	s.cmd.Env, s.cmd.Stderr = s.env, s
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return 0, err
	}
	err := s.await(ctx, time.Minute, func() bool { return s.slack.Connections() > 0 })
	return time.Since(began), err
}

func (s *site) close() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	}
	s.slack.Close()
	s.portal.Close()
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
			s.mu.Lock()
			defer s.mu.Unlock()
			tail := s.log.Bytes()
			return fmt.Errorf("it did not happen within %v; the bot's log ends: %s", limit, tail[max(0, len(tail)-500):])
		case <-time.After(s.look):
		}
	}
	return nil
}

// resident returns the bot's resident memory in megabytes.
func (s *site) resident() float64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kilobytes float64
	_, _ = fmt.Sscan(rest, &kilobytes)
	return kilobytes / 1024
}

// cpu returns the processor time that the bot has used.
func (s *site) cpu() time.Duration {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
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

func median(times []time.Duration) time.Duration { return percentile(times, 50) }

func ms(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) }
