package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// TestReadyzNamesWhatIsMissing: it says of each thing that the bot needs whether it is there, and if not since when.
func TestReadyzNamesWhatIsMissing(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		open, heard int
		health      tracker.Health
		ready       bool
		says        string
	}{
		"at the start":      {1, 1, tracker.Health{}, true, "ok   portal: not needed yet"},
		"at work":           {2, 2, tracker.Health{Seen: now}, true, "ok   portal: answered 2026-11-23T09:00:00Z"},
		"no connection":     {0, 0, tracker.Health{Seen: now}, false, "FAIL slack: no connection"},
		"deaf":              {2, 0, tracker.Health{Seen: now}, false, "FAIL slack: connections: 2, but nothing is heard"},
		"one deaf":          {2, 1, tracker.Health{Seen: now}, true, "ok   slack: connections: 1"},
		"disk full":         {1, 1, tracker.Health{Unkept: now.Add(-time.Hour)}, false, "FAIL store: cannot be written since 2026-11-23T08:00:00Z"},
		"portal restarting": {1, 1, tracker.Health{Trouble: invitation.PortalDown, Since: now.Add(-time.Minute)}, true, "portal_down"},
		"portal lost":       {1, 1, tracker.Health{Trouble: invitation.KeyBroken, Since: now.Add(-portalLost)}, false, "FAIL portal: key_broken since 2026-11-23T08:55:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			o := &ops{metrics: http.NotFoundHandler()}
			if ready, lines := o.ready(now); ready || !strings.Contains(lines[0], "FAIL start") {
				t.Errorf("before it is at work it is ready: %v, %q", ready, lines)
			}
			o.work.Store(&atWork{connections: func() (int, int) { return tt.open, tt.heard }, health: func() tracker.Health { return tt.health }})
			ready, lines := o.ready(now)
			if text := strings.Join(lines, "\n"); ready != tt.ready || !strings.Contains(text, tt.says) {
				t.Errorf("ready = %v:\n%s\nwant %v and %q", ready, text, tt.ready, tt.says)
			}
			recorded := httptest.NewRecorder()
			o.handler().ServeHTTP(recorded, httptest.NewRequest(http.MethodGet, "/healthz", nil))
			if recorded.Code != http.StatusOK {
				t.Errorf("healthz = %d: the process lives whatever fails outside", recorded.Code)
			}
		})
	}
}

// ops returns where the process serves its operator.
func (p *process) ops() string {
	p.t.Helper()
	p.await("the address", func() bool { return p.log.count("health and metrics are served") == 1 })
	return "http://" + regexp.MustCompile(`"health and metrics are served","address":"([^"]+)"`).FindStringSubmatch(p.log.text())[1]
}

// page returns what is served at an address.
func page(t *testing.T, address string) (status int, text string) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// TestStateFileThatIsMovedAway is noticed within a minute without a command, and the log says once what to
// do about it. What would be lost at the next start is refused; once the file is back the bot goes on.
func TestStateFileThatIsMovedAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite")
		w.card(w.general, 1)
		w.must(os.Rename(path, path+".old"))
		w.passes(time.Minute + time.Second)
		if status, text := w.asks("/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(text, "FAIL store") {
			t.Errorf("/readyz is %d:\n%s", status, text)
		}
		w.types(w.ann, w.general, "/docspace-invite")
		contains(t, "the refusal", w.told(w.ann, 1), "couldn't save your request")
		w.passes(10 * time.Minute)
		if n := w.log.count("the journal cannot be written"); n != 1 {
			t.Errorf("the log says %d times that nothing can be kept, want once:\n%s", n, w.log)
		}
		contains(t, "the log", w.log.text(), remedy.StateGone.Wrong(), remedy.StateGone.Remedy())
		w.must(os.Rename(path+".old", path))
		w.passes(time.Minute + time.Second)
		if status, text := w.asks("/readyz"); status != http.StatusOK {
			t.Errorf("with the file back /readyz is %d:\n%s", status, text)
		}
		w.types(w.ann, w.general, "/docspace-invite")
		w.card(w.general, 2)
	}, "STATE", path, "HTTP_ADDR", opsHost)
}

// TestReadyWhileConnected: a real bot is ready once Slack has taken its connection on, not when
// Slack refuses another one after it has dropped that, and again when Slack relents.
func TestReadyWhileConnected(t *testing.T) {
	p := newProcess(t)
	p.env = append(p.env, "SLACK_SOCKETS=1")
	p.start()
	address := p.ops()
	ready := func() bool { status, _ := page(t, address+"/readyz"); return status == http.StatusOK }
	p.await("readiness", ready)
	p.slack.RefuseOpen("internal_error")
	p.slack.Drop(-1)
	p.await("the loss", func() bool { return !ready() })
	if status, text := page(t, address+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(text, "FAIL slack") {
		t.Errorf("without a connection: %d\n%s", status, text)
	}
	if status, _ := page(t, address+"/healthz"); status != http.StatusOK {
		t.Errorf("healthz = %d", status)
	}
	p.slack.RefuseOpen("")
	p.await("readiness again", ready)
}

// TestServedFromTheStart: while Slack does not say whose token this is, the process lives and is not
// ready; what restarts unhealthy processes leaves it alone.
func TestServedFromTheStart(t *testing.T) {
	p := newProcess(t)
	clear := p.slack.Fault(slacksim.Fault{Method: "auth.test", Status: http.StatusBadGateway})
	p.launch()
	address := p.ops()
	p.await("a try", func() bool { return p.slack.CallCount("auth.test") > 0 })
	if status, _ := page(t, address+"/healthz"); status != http.StatusOK {
		t.Errorf("healthz = %d", status)
	}
	if status, text := page(t, address+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(text, "FAIL start") {
		t.Errorf("while it starts: %d\n%s", status, text)
	}
	if status, _ := page(t, address+"/metrics"); status != http.StatusOK {
		t.Errorf("metrics = %d", status)
	}
	clear()
	p.await("readiness", func() bool { status, _ := page(t, address+"/readyz"); return status == http.StatusOK })
}

// TestNothingElseIsServed: neither other paths nor other methods nor long requests.
func TestNothingElseIsServed(t *testing.T) {
	p := newProcess(t)
	p.start()
	address := p.ops()
	for _, path := range []string{"/", "/debug/pprof/", "/debug/vars", "/metrics/", "/healthz/x", "/state", "/..%2f..%2fetc/passwd"} {
		if status, text := page(t, address+path); status != http.StatusNotFound {
			t.Errorf("GET %s = %d %s", path, status, text)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodTrace} {
		request, err := http.NewRequestWithContext(t.Context(), method, address+"/healthz", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := http.DefaultClient.Do(request); err != nil || resp.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %v, %v", method, resp, err)
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Long", strings.Repeat("x", 64<<10))
	if resp, err := http.DefaultClient.Do(request); err == nil && resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of 64 KiB: %v", resp.Status)
	}
}

// TestConnectionsAreBounded: those who connect and say nothing take no more than their share, and not for long.
func TestConnectionsAreBounded(t *testing.T) {
	bubble(t, func(w *world) {
		w.env["HTTP_ADDR"] = opsHost
		w.start()
		dial := func(within time.Duration) error {
			ctx, cancel := context.WithTimeout(w.ctx, within)
			defer cancel()
			conn, err := w.net.DialContext(ctx, "tcp", opsHost)
			if err == nil {
				context.AfterFunc(w.ctx, func() { _ = conn.Close() })
			}
			return err
		}
		for i := range connectionsMax {
			if err := dial(time.Second); err != nil {
				t.Fatalf("connection %d: %v", i+1, err)
			}
		}
		if err := dial(time.Second); err == nil {
			t.Error("there is no end to connections")
		}
		w.passes(15 * time.Second)
		if status, _ := w.asks("/healthz"); status != http.StatusOK {
			t.Errorf("after those who say nothing: %d", status)
		}
	})
}
