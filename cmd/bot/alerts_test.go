package main

import (
	"database/sql"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/docspace-invite-bot/bot/internal/slackapi"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// scraped is what Prometheus would have read of a bot, a sample a minute; "_" where there was none.
type scraped struct {
	samples map[string][]string
	n       int
}

var sampleLine = regexp.MustCompile(`(?m)^(docspace_bot_\w+|process_start_time_seconds)(?:\{(.*)\})? (\S+)$`)

// read takes what /metrics serves.
func (s *scraped) read(text string) {
	for series, values := range s.samples {
		s.samples[series] = append(values, "_")
	}
	for _, found := range sampleLine.FindAllStringSubmatch(text, -1) {
		series, value := found[1]+`{job="bot",instance="a",`+found[2]+"}", found[3]
		if s.samples[series] == nil {
			s.samples[series] = slices.Repeat([]string{"_"}, s.n+1)
		}
		s.samples[series][s.n] = value
	}
	s.n++
}

// watches scrapes the bot of this world each minute for as long.
func (s *scraped) watches(w *world, d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); w.passes(time.Minute) {
		_, text := w.asks("/metrics")
		s.read(text)
	}
}

// TestAlertsFireFromARealBot brings a bot into each state that an alert is about, and lets Prometheus's own tool
// judge by what it serves meanwhile: that alert fires, and no other that is not named here.
func TestAlertsFireFromARealBot(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	slackFails := func(f slacksim.Fault) func(w *world) { return func(w *world) { w.slack.Fault(f) } }
	invited := func(w *world) slacksim.Message {
		w.types(w.ann, w.general, "/docspace-invite carol@acme.test")
		return w.card(w.general, 1)
	}
	states := map[string]struct {
		settings []string
		before   func(w *world) // the bot is started
		then     func(w *world)
		during   func(w *world) // each minute
		lasts    time.Duration
		fires    string // the alerts
	}{
		"at work": {then: func(w *world) { invited(w) }, lasts: 2 * time.Hour},

		"waits for Slack since its start": {before: slackFails(slacksim.Fault{Method: "auth.test", Status: 503}), lasts: 30 * time.Minute, fires: "NotConnected"},
		"waits for a connection since its start": {
			before: func(w *world) { w.slack.MaxConnections(0) }, lasts: 30 * time.Minute, fires: "NotConnected",
		},
		"waits for its database since its start": {
			settings: []string{"STATE", "postgres://bot:secret@127.0.0.1:1/bot?sslmode=disable"}, before: func(*world) {},
			lasts: 30 * time.Minute, fires: "NoLeader NotConnected StoreNotWritable",
		},

		"lost Slack": {then: func(w *world) { w.slack.MaxConnections(0); w.slack.Drop(-1) }, lasts: 10 * time.Minute, fires: "NotConnected"},
		"deaf":       {during: func(w *world) { w.slack.Silence(-1) }, lasts: 20 * time.Minute, fires: "Deaf"},
		"reconnects": {during: func(w *world) {
			for range 6 {
				w.slack.Drop(-1)
				w.passes(5 * time.Second)
			}
		}, lasts: 20 * time.Minute, fires: "ReconnectStorm"},
		"the portal is down":   {then: func(w *world) { w.portal.Down(true) }, lasts: 30 * time.Minute, fires: "PortalFailing"},
		"the key is refused":   {then: func(w *world) { w.portal.DisableKey() }, lasts: 10 * time.Minute, fires: "KeyRefused"},
		"the portal is unpaid": {then: func(w *world) { w.portal.Suspended(true) }, lasts: 10 * time.Minute, fires: "PortalUnpaid"},
		"an invitation is refused": {then: func(w *world) {
			w.passes(2 * time.Minute)
			w.portal.SetKeyOwnerRole("User")
			w.types(w.ann, w.general, "/docspace-invite")
		}, lasts: 10 * time.Minute, fires: "InvitationsRefused"},
		"the state file is gone": {then: func(w *world) { w.must(os.Remove(w.env["STATE"])) }, lasts: 5 * time.Minute, fires: "StoreNotWritable", settings: []string{"STATE", filepath.Join(t.TempDir(), "state.db")}},
		"Slack wants it slower": {
			then: func(w *world) {
				w.slack.Fault(slacksim.Fault{Method: "users.info", Status: 429, RetryAfter: 30 * time.Second})
			},
			during: func(w *world) { w.types(w.ann, w.general, "/docspace-invite") },
			lasts:  20 * time.Minute, fires: "RateLimited",
		},
		"a thread says nothing": {then: func(w *world) {
			card := invited(w)
			w.slack.Fault(slacksim.Fault{Method: "chat.postMessage", Channel: w.general, Status: 503})
			w.joins(card, "Carol", "Chen", "carol@acme.test")
			w.activates("carol@acme.test")
		}, lasts: 30 * time.Minute, fires: "ConfirmationsLate Repeats"},
		"no cards": {
			settings: []string{"INVITES_PER_HOUR", "0"},
			then: func(w *world) {
				w.slack.Fault(slacksim.Fault{Method: "chat.postMessage", Channel: w.general, Status: 503})
				for range 25 {
					w.types(w.ann, w.general, "/docspace-invite")
				}
			}, lasts: 15 * time.Minute, fires: "CardsWait Repeats",
		},
		"the channel is archived": {then: func(w *world) {
			card := invited(w)
			w.slack.Archive(w.general)
			w.joins(card, "Carol", "Chen", "carol@acme.test")
			w.activates("carol@acme.test")
		}, lasts: 50 * time.Minute, fires: "ChannelParked ConfirmationsLate"},
		"an answer was lost": {then: func(w *world) {
			w.passes(2 * time.Minute)
			w.slack.SetScopes(slackapi.Scopes...)
			w.slack.Fault(slacksim.Fault{Method: "chat.postMessage", ResetAfter: true, Times: 1})
			w.types(w.ann, w.general, "/docspace-invite")
		}, lasts: 5 * time.Minute, fires: "Repeats"},
	}
	tests, fired := []any{}, map[string]bool{}
	add := func(name string, s *scraped, fires string) {
		series := []any{}
		for _, name := range slices.Sorted(maps.Keys(s.samples)) {
			series = append(series, map[string]string{"series": name, "values": strings.Join(s.samples[name], " ")})
		}
		want := []any{}
		for alert := range strings.FieldsSeq(fires) {
			fired["DocspaceBot"+alert] = true
			want = append(want, map[string]any{"labels": fmt.Sprintf(`{alertname="DocspaceBot%s"}`, alert), "value": 1})
		}
		tests = append(tests, map[string]any{
			"name": name, "interval": "1m", "input_series": series,
			"promql_expr_test": []any{map[string]any{
				"expr": `group by (alertname) (ALERTS{alertstate="firing"})`, "eval_time": fmt.Sprintf("%dm", s.n-1), "exp_samples": want,
			}},
		})
	}
	for _, name := range slices.Sorted(maps.Keys(states)) {
		state, s := states[name], &scraped{samples: map[string][]string{}}
		settings := append([]string{"HTTP_ADDR", opsHost, "STATE", "memory"}, state.settings...)
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, settings...)
			if state.before != nil {
				state.before(w)
				w.launch()
				synctest.Wait()
			} else {
				w.start()
			}
			s.watches(w, 2*time.Minute)
			if state.then != nil {
				state.then(w)
			}
			for end := time.Now().Add(state.lasts); time.Now().Before(end); {
				if state.during != nil {
					state.during(w)
				}
				s.watches(w, time.Minute)
			}
		})
		add(name, s, state.fires)
	}

	p, s := newProcess(t), &scraped{samples: map[string][]string{}}
	p.start()
	_, text := page(t, p.ops()+"/metrics")
	s.read(text)
	p.commitsTake(1200*time.Millisecond, func() { p.types("/docspace-invite") })
	for range 10 {
		_, text = page(t, p.ops()+"/metrics")
		s.read(text)
	}
	p.stop(os.Kill)
	add("acknowledges slowly", s, "SlowAcknowledgements")
	p, s = newProcess(t), &scraped{samples: map[string][]string{}}
	for range 5 {
		*p.log = logBook{}
		p.start()
		_, text := page(t, p.ops()+"/metrics")
		s.read(text)
		p.stop(os.Kill)
	}
	add("starts over and over", s, "Restarts")
	absent := &scraped{samples: maps.Clone(s.samples), n: s.n}
	for range 15 {
		absent.read("")
	}
	add("is gone", absent, "Absent")

	rules, err := filepath.Abs("../../deploy/prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	alerts, err := os.ReadFile(rules)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^ +- alert: (\S+)`).FindAllSubmatch(alerts, -1) {
		if !fired[string(m[1])] {
			t.Errorf("no bot lets %s fire", m[1])
		}
	}
	file := filepath.Join(t.TempDir(), "alerts_test.yaml")
	all, err := yaml.Marshal(map[string]any{"rule_files": []string{rules}, "evaluation_interval": "1m", "tests": tests})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, all, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("promtool"); err != nil {
		t.Skip("there is no promtool: install Debian's package prometheus, or Prometheus itself, to test the alerts")
	}
	if out, err := exec.CommandContext(t.Context(), "promtool", "test", "rules", file).CombinedOutput(); err != nil {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}

// commitsTake has another program keep the state file locked for as long, after the bot was given something to keep.
func (p *process) commitsTake(d time.Duration, give func()) {
	p.t.Helper()
	other, err := sql.Open("sqlite", "file:"+p.state+"?_pragma=busy_timeout(2000)")
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	other.SetMaxOpenConns(1)
	if _, err := other.ExecContext(p.t.Context(), "BEGIN IMMEDIATE"); err != nil {
		p.t.Fatal(err)
	}
	time.AfterFunc(d, func() { _, _ = other.ExecContext(p.t.Context(), "ROLLBACK") })
	give()
}
