package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/demo"
	"github.com/docspace-invite-bot/bot/internal/docspacesim"
	"github.com/docspace-invite-bot/bot/internal/journal"
	"github.com/docspace-invite-bot/bot/internal/journal/journaltest"
)

// BenchmarkAcknowledgement types commands at a steady rate, whatever the answers take, and
// measures from the moment when each was meant to be typed to its acknowledgement. In the
// end every command must have its card or its caller a refusal. bench/README.md says how to
// run it and what came out.
func BenchmarkAcknowledgement(b *testing.B) {
	for _, tt := range []struct {
		name        string
		perSecond   int
		portalTakes time.Duration
		sync        string
	}{
		{"memory", 500, 0, ""},
		{"process", 500, 0, syncProcess},
		{"full", 500, 0, syncFull},
		{"full/50-a-second", 50, 0, syncFull},
		{"full/portal-10s", 500, 10 * time.Second, syncFull},
	} {
		b.Run(tt.name, func(b *testing.B) { acknowledge(b, tt.perSecond, tt.portalTakes, tt.sync) })
	}
}

// acknowledge keeps the state in memory when sync is empty, and in a file otherwise.
func acknowledge(b *testing.B, perSecond int, portalTakes time.Duration, sync string) {
	page, portal := httptest.NewUnstartedServer(nil), httptest.NewUnstartedServer(nil)
	servers := demo.NewServers("http://" + portal.Listener.Addr().String())
	page.Config.Handler, portal.Config.Handler = servers.Page(), servers.Portal
	page.Start()
	portal.Start()
	env := map[string]string{"INVITES_PER_HOUR": "0"}
	for _, v := range servers.Env("http://" + page.Listener.Addr().String()) {
		env[v[0]] = v[1]
	}
	env["STATE"] = "memory"
	if sync != "" {
		env["STATE"], env["STATE_SYNC"] = filepath.Join(b.TempDir(), "state.db"), sync
	}
	s, err := readSettings(maps.Clone(env))
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, s, slog.New(slog.DiscardHandler), s.network()) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
		servers.Close()
		page.Close()
		portal.Close()
	}()
	w := servers.Workspace
	waiting, stop := context.WithTimeout(ctx, 2*time.Minute)
	defer stop()
	await := func(what string, ready func() bool) {
		b.Helper()
		for !ready() {
			select {
			case <-waiting.Done():
				b.Fatalf("no %s within two minutes", what)
			case <-time.After(100 * time.Millisecond):
			}
		}
	}
	await("two connections", func() bool { return w.Connections() == 2 })
	if portalTakes > 0 {
		defer servers.Portal.Fault(docspacesim.Fault{Delay: portalTakes})()
	}

	const ann, general = "U0DEMOANN01", "C0DEMOGEN01"
	type sent struct {
		meant time.Time
		acks  func() (time.Time, bool)
	}
	all := make([]sent, b.N)
	b.ResetTimer()
	start := time.Now()
	for i := range b.N {
		meant := start.Add(time.Duration(i) * time.Second / time.Duration(perSecond))
		time.Sleep(time.Until(meant))
		d := w.Type(ann, general, fmt.Sprintf(`/docspace-invite "wish %d"`, i))
		all[i] = sent{meant, func() (time.Time, bool) {
			if acks := d.Acks(); d.Wait(ctx) == nil && len(acks) > 0 {
				return acks[0].At, true
			}
			return time.Time{}, false
		}}
	}
	b.StopTimer()
	await("answer to every command", func() bool {
		return len(w.Messages(general))+len(w.Ephemerals(ann)) >= b.N
	})
	var took []time.Duration
	for i, one := range all {
		at, ok := one.acks()
		if !ok {
			b.Fatalf("command %d was not acknowledged", i)
		}
		took = append(took, at.Sub(one.meant))
	}
	slices.Sort(took)
	milliseconds := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(milliseconds(took[len(took)/2]), "ms-p50")
	b.ReportMetric(milliseconds(took[len(took)*99/100]), "ms-p99")
	b.ReportMetric(float64(len(w.Ephemerals(ann))), "refused")
	b.ReportMetric(float64(servers.Portal.CallCount("/api/2.0/portal/users/invite")), "link-calls")
}

// BenchmarkStartUp starts the bot as a process and measures until Slack has its first
// connection: with nothing on the journal, and with 100 000 pending invitees on it.
func BenchmarkStartUp(b *testing.B) {
	for name, invitations := range map[string]int{"nobody-pending": 0, "100000-pending": 1000} {
		b.Run(name, func(b *testing.B) {
			p := newProcess(b)
			store, err := journal.OpenSQLite(b.Context(), p.state, journal.SQLiteOptions{})
			if err != nil {
				b.Fatal(err)
			}
			for i := range invitations {
				if err := store.Append(b.Context(), journaltest.Pending(i, 100)...); err != nil {
					b.Fatal(err)
				}
			}
			if err := store.Close(); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				p.launch()
				if err := p.slack.Await(b.Context(), func() bool { return p.slack.Connections() > 0 }); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				time.Sleep(2 * time.Second) // the first sweep and the first look at everyone
				b.ReportMetric(resident(b, p.cmd.Process.Pid), "MB-resident")
				p.stop(os.Kill)
				p.await("the end of the connections", func() bool { return p.slack.Connections() == 0 })
				b.StartTimer()
			}
		})
	}
}

// resident returns the resident memory of a process, in megabytes.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skip("this system does not tell a process's memory")
	}
	var kilobytes float64
	if _, rest, ok := strings.Cut(string(status), "VmRSS:"); ok {
		_, _ = fmt.Sscan(rest, &kilobytes)
	}
	return kilobytes / 1024
}
