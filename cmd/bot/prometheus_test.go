package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.yaml.in/yaml/v3"

	"github.com/docspace-invite-bot/bot/internal/docspace"
	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
	"github.com/docspace-invite-bot/bot/internal/slackbot"
	"github.com/docspace-invite-bot/bot/internal/socketmode"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// deployed is where the dashboard and the alerts are.
const deployed = "../../deploy"

const namespace = "docspace_bot"

// watched returns a registry with all metrics of the bot.
func watched() *prometheus.Registry {
	registry, _, _ := measured()
	return registry
}

// measured is watched with the metrics of the two edges.
func measured() (*prometheus.Registry, *slackapi.Metrics, *docspace.Metrics) {
	registry := newRegistry(buildInfo{"1", "2", "3"})
	tracker.NewMetrics(registry)
	slackbot.NewMetrics(registry)
	socketmode.NewMetrics(registry)
	slack, portal := slackapi.NewMetrics(registry), docspace.NewMetrics(registry)
	registry.MustRegister(new(ops).leader(), live{
		census:      func() tracker.Census { return tracker.Census{} },
		connections: func() (open, heard int) { return 2, 1 },
		needs: func(time.Time) []need {
			return []need{{name: "slack", met: true}, {name: "store", met: true}, {name: "portal"}}
		},
		health: func() tracker.Health { return tracker.Health{} },
	})
	return registry, slack, portal
}

// described reads a metric's name and labels off its description, which tells them in no other way.
var (
	described = regexp.MustCompile(`fqName: "([^"]+)".*constLabels: \{([^}]*)\}, variableLabels: \{([^}]*)\}`)
	constant  = regexp.MustCompile(`="[^"]*"`)
)

// labelsOf returns the labels of every metric that the registry serves, by the names under which
// Prometheus keeps it.
func labelsOf(t *testing.T, registry *prometheus.Registry) map[string][]string {
	t.Helper()
	descs := make(chan *prometheus.Desc)
	go func() { defer close(descs); registry.Describe(descs) }()
	all := map[string][]string{}
	for d := range descs {
		m := described.FindStringSubmatch(d.String())
		if m == nil {
			t.Fatalf("a description of another form: %s", d)
		}
		var labels []string
		for label := range strings.SplitSeq(constant.ReplaceAllString(m[2], "")+","+m[3], ",") {
			if label != "" {
				labels = append(labels, strings.TrimSpace(label))
			}
		}
		all[m[1]] = labels
		if strings.HasPrefix(m[1], namespace) {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				all[m[1]+suffix] = append(slices.Clone(labels), "le")
			}
		}
	}
	return all
}

var (
	selector  = regexp.MustCompile(`\b((?:docspace_bot|process|go)_[a-z_]+)(?:\{([^}]*)\})?`)
	matcher   = regexp.MustCompile(`([a-z_]+)\s*(=~|!~|=|!=)\s*"([^"]*)"`)
	grouping  = regexp.MustCompile(`\b(by|without|on) \(([^)]*)\)`)
	ofTargets = []string{"job", "instance", "pod"} // labels that Prometheus adds
)

// reads checks that an expression reads metrics that exist, by labels that they have.
func reads(t *testing.T, where, expr string, labels map[string][]string) {
	t.Helper()
	known := slices.Clone(ofTargets)
	found := selector.FindAllStringSubmatch(expr, -1)
	for _, m := range found {
		has, ok := labels[m[1]]
		if !ok {
			t.Errorf("%s: there is no metric %s", where, m[1])
		}
		known = append(known, has...)
		for _, label := range matcher.FindAllStringSubmatch(m[2], -1) {
			if !slices.Contains(has, label[1]) && !slices.Contains(ofTargets, label[1]) {
				t.Errorf("%s: %s has no label %s", where, m[1], label[1])
			}
		}
	}
	for _, m := range grouping.FindAllStringSubmatch(expr, -1) {
		for label := range strings.SplitSeq(m[2], ",") {
			if label = strings.TrimSpace(label); !slices.Contains(known, label) {
				t.Errorf("%s: it is grouped by %s, which none of its metrics has", where, label)
			}
		}
	}
	if len(found) == 0 {
		t.Errorf("%s reads no metric: %s", where, expr)
	}
}

// expressions returns every PromQL expression of the dashboard, by the title of its panel.
func expressions(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deployed, "grafana", "docspace-invite-bot.json"))
	if err != nil {
		t.Fatal(err)
	}
	type target struct {
		Expr string `json:"expr"`
	}
	var dashboard struct {
		Annotations struct {
			List []target `json:"list"`
		} `json:"annotations"`
		Panels []struct {
			ID      int      `json:"id"`
			Type    string   `json:"type"`
			Title   string   `json:"title"`
			Targets []target `json:"targets"`
			GridPos struct {
				X, Y, W, H int
			} `json:"gridPos"`
		} `json:"panels"`
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	ids := map[int]string{}
	for _, p := range dashboard.Panels {
		if other, taken := ids[p.ID]; taken {
			t.Errorf("%q and %q have one id", p.Title, other)
		}
		ids[p.ID] = p.Title
		if p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("%q reaches over the edge", p.Title)
		}
		for _, target := range p.Targets {
			all[p.Title] = append(all[p.Title], target.Expr)
		}
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("%q shows nothing", p.Title)
		}
	}
	for _, target := range dashboard.Annotations.List {
		all["annotations"] = append(all["annotations"], target.Expr)
	}
	return all
}

// TestDashboardReadsMetricsThatExist, and leaves none of the bot's out.
func TestDashboardReadsMetricsThatExist(t *testing.T) {
	labels := labelsOf(t, watched())
	shown := ""
	for title, exprs := range expressions(t) {
		for _, expr := range exprs {
			reads(t, title, expr, labels)
			shown += expr + "\n"
		}
	}
	for name := range labels {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		if strings.HasPrefix(name, namespace) && !strings.Contains(shown, base) {
			t.Errorf("the dashboard does not show %s", base)
		}
	}
}

// rule is an alert.
type rule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func alerts(t *testing.T) []rule {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deployed, "prometheus", "alerts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Rules []rule `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	var all []rule
	for _, group := range file.Groups {
		all = append(all, group.Rules...)
	}
	return all
}

// TestAlertsReadMetricsThatExist, by values of labels that are there before anything goes wrong:
// Prometheus sees no increase in a counter that begins with its first event.
func TestAlertsReadMetricsThatExist(t *testing.T) {
	registry := watched()
	labels := labelsOf(t, registry)
	series := map[string]bool{}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			for _, label := range m.GetLabel() {
				series[family.GetName()+" "+label.GetName()+" "+label.GetValue()] = true
			}
		}
	}
	for _, r := range alerts(t) {
		reads(t, r.Alert, r.Expr, labels)
		for _, m := range selector.FindAllStringSubmatch(r.Expr, -1) {
			for _, label := range matcher.FindAllStringSubmatch(m[2], -1) {
				for value := range strings.SplitSeq(label[3], "|") {
					if !series[m[1]+" "+label[1]+" "+value] {
						t.Errorf("%s: there is no %s with %s=%q before the first event", r.Alert, m[1], label[1], value)
					}
				}
			}
		}
	}
}

// TestEveryAlertHasItsSection in the runbook, a severity and words for people; and every section its
// alert. What the runbook quotes of the log is what the log says.
func TestEveryAlertHasItsSection(t *testing.T) {
	text, err := os.ReadFile("../../docs/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, section := range strings.Split(string(text), "\n## ")[1:] {
		title, body, _ := strings.Cut(section, "\n")
		sections[title] = body
	}
	for _, r := range alerts(t) {
		want := "https://github.com/docspace-invite-bot/bot/blob/main/docs/runbook.md#" + strings.ToLower(r.Alert)
		if r.Annotations["summary"] == "" || r.Annotations["description"] == "" || r.Annotations["runbook_url"] != want {
			t.Errorf("%s has the annotations %v, want a summary, a description and %s", r.Alert, r.Annotations, want)
		}
		if !slices.Contains([]string{"critical", "warning", "info"}, r.Labels["severity"]) {
			t.Errorf("%s has the severity %q", r.Alert, r.Labels["severity"])
		}
		for _, part := range []string{"**Means**", "**People see**", "**Find out**", "**Do**"} {
			if !strings.Contains(sections[r.Alert], part) {
				t.Errorf("the runbook's section of %s has no %s", r.Alert, part)
			}
		}
		delete(sections, r.Alert)
	}
	if len(sections) > 0 {
		t.Errorf("the runbook has sections without an alert: %v", slices.Sorted(maps.Keys(sections)))
	}
	quotes(t, string(text))
}

var quoted = regexp.MustCompile("`([^`\n]+)`")

// quotes checks that sentences which the runbook quotes are in the code, and metrics in the registry.
func quotes(t *testing.T, text string) {
	t.Helper()
	code := repoCode(t, "cmd/bot/*.go", "internal/*/*.go")
	labels := labelsOf(t, watched())
	for _, m := range quoted.FindAllStringSubmatch(strings.ReplaceAll(text, "\n", " "), -1) {
		switch sentence := m[1]; {
		case strings.HasPrefix(sentence, namespace+"_"):
			name, _, _ := strings.Cut(sentence, "{")
			if _, ok := labels[name]; !ok {
				t.Errorf("the runbook names a metric %s", name)
			}
		case strings.Count(sentence, " ") >= 3 && !strings.HasPrefix(sentence, "/") && !strings.Contains(sentence, "http"):
			if !strings.Contains(code, sentence) {
				t.Errorf("the runbook quotes %q, and nothing says so", sentence)
			}
		}
	}
}

// promtool runs Prometheus's own tool where there is one.
func promtool(t *testing.T, input io.Reader, args ...string) {
	t.Helper()
	if _, err := exec.LookPath("promtool"); err != nil {
		t.Skip("there is no promtool: install Debian's package prometheus, or Prometheus itself, to test the alerts")
	}
	tool := exec.CommandContext(t.Context(), "promtool", args...)
	tool.Stdin = input
	if out, err := tool.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// TestAlertsWithPromtool: the rules are well formed, fire when they should, and are silent otherwise.
func TestAlertsWithPromtool(t *testing.T) {
	promtool(t, nil, "check", "rules", "--lint-fatal", filepath.Join(deployed, "prometheus", "alerts.yaml"))
	tests := filepath.Join(deployed, "prometheus", "alerts_test.yaml")
	text, err := os.ReadFile(tests)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range alerts(t) {
		if !strings.Contains(string(text), `alertname="`+r.Alert+`",alertstate="firing"`) {
			t.Errorf("%s is never seen to fire", r.Alert)
		}
	}
	promtool(t, nil, "test", "rules", tests)
}

// TestDashboardWithPromtool: Prometheus understands every expression.
func TestDashboardWithPromtool(t *testing.T) {
	variables := strings.NewReplacer("$__rate_interval", "5m", "$job", ".+")
	type recording struct {
		Record string `yaml:"record"`
		Expr   string `yaml:"expr"`
	}
	var rules []recording
	for _, exprs := range expressions(t) {
		for _, expr := range exprs {
			rules = append(rules, recording{fmt.Sprintf("panel:%d", len(rules)), variables.Replace(expr)})
		}
	}
	text, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "dashboard.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, nil, "check", "rules", file)
}

// TestMetricsWithPromtool: names and helps are as Prometheus wants them.
func TestMetricsWithPromtool(t *testing.T) {
	registry, slack, portal := measured()
	server := httptest.NewServer(http.NotFoundHandler()) // a failed call is counted too
	defer server.Close()
	client, err := docspace.New(docspace.Options{URL: server.URL, Metrics: portal})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = client.FindAccounts(t.Context(), []string{"bob@acme.test"})
	api := slackapi.New(slackapi.Options{URL: server.URL + "/", HTTP: server.Client(), Metrics: slack})
	_, _ = slackbot.NewMessenger(api, slackbot.MessengerOptions{}).Vet(t.Context(), invitation.Invitation{Request: invitation.Request{Inviter: "U1", Channel: "C1"}})
	text := served(registry)
	for _, name := range []string{"slack_calls_total", "slack_call_duration_seconds", "portal_calls_total", "portal_call_duration_seconds"} {
		if !strings.Contains(text, "# HELP docspace_bot_"+name) {
			t.Errorf("%s is not there", name)
		}
	}
	promtool(t, strings.NewReader(text), "check", "metrics")
}
