package deploy

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	apps "k8s.io/api/apps/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

var update = flag.Bool("update", false, "write the names of the settings into the chart's schema")

const chartDir = "deploy/helm/docspace-invite-bot"

// chartOwns are the settings that the chart gives itself, from other values.
var chartOwns = []string{
	"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "DOCSPACE_API_KEY", "DOCSPACE_URL", "STATE", "HTTP_ADDR", "WELCOME_TEMPLATE", "CA_FILE",
}

// values reads a values file given as text.
func values(t *testing.T, text string) map[string]any {
	t.Helper()
	read, err := chartutil.ReadValues([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// render renders the chart as `helm template` would.
func render(t *testing.T, text string) (objects []runtime.Object, notes string, err error) {
	t.Helper()
	chart, err := loader.Load(filepath.Join(root, chartDir))
	if err != nil {
		t.Fatal(err)
	}
	release := chartutil.ReleaseOptions{Name: "acme", Namespace: "bots", IsInstall: true}
	complete, err := chartutil.ToRenderValues(chart, values(t, text), release, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, "", err
	}
	rendered, err := engine.Engine{Strict: true}.Render(chart, complete)
	if err != nil {
		return nil, "", err
	}
	for path, text := range rendered {
		switch {
		case strings.HasSuffix(path, "NOTES.txt"):
			notes = text
		case !strings.HasPrefix(filepath.Base(path), "_"):
			objects = append(objects, decode(t, text)...)
		}
	}
	return objects, notes, nil
}

const (
	minimal = `{docspaceURL: "https://acme.test", secrets: {existingSecret: tokens}}`
	full    = `
docspaceURL: https://acme.test/
secrets: {slackAppToken: xapp-1, slackBotToken: xoxb-1, docspaceApiKey: sk-1}
settings: {OPEN_ROLES: "Guest,User", DOCSPACE_RATE: 1200000, REMINDERS: false, LANGUAGE: de}
welcomeTemplate: |
  Welcome {{.Mention}}, "{{.Inviter}}" invited you.
caBundle: |
  -----BEGIN CERTIFICATE-----
  AA==
  -----END CERTIFICATE-----
extraEnv: [{name: HTTPS_PROXY, value: "http://egress.test:3128"}]
state: {kind: sqlite, sqlite: {size: 5Gi, storageClass: fast}}
image: {digest: "sha256:0000000000000000000000000000000000000000000000000000000000000000"}
imagePullSecrets: [{name: registry}]
networkPolicy: {extraEgress: [{ports: [{protocol: TCP, port: 8443}]}]}
podMonitor: {enabled: true, labels: {release: prometheus}, fromNamespaces: {kubernetes.io/metadata.name: monitoring}}
podAnnotations: {a: b}
podLabels: {c: d}
nodeSelector: {disk: ssd}
tolerations: [{key: x, operator: Exists}]
affinity: {nodeAffinity: {}}
priorityClassName: high
`
	onPostgres = `
docspaceURL: https://acme.test
secrets: {existingSecret: tokens}
state: {kind: postgres, postgres: {existingSecret: database, port: 6432}}
podMonitor: {enabled: true}
`
)

// TestChart lints and renders the chart with each of several values files; what comes out is decoded
// strictly and looked at.
func TestChart(t *testing.T) {
	for name, tt := range map[string]struct {
		values   string
		replicas int32
		objects  int
		says     string
	}{
		"minimal":           {minimal, 1, 3, "stays when this is uninstalled"},
		"everything":        {full, 1, 6, "/bot check"},
		"existing claim":    {minimal[:len(minimal)-1] + `, state: {sqlite: {existingClaim: mine}}}`, 1, 2, "volume mine"},
		"no policy":         {minimal[:len(minimal)-1] + `, networkPolicy: {enabled: false}}`, 1, 2, "rollout status"},
		"postgres":          {onPostgres, 2, 4, "2 replicas on PostgreSQL"},
		"three on postgres": {onPostgres + "replicas: 3\n", 3, 4, "3 replicas on PostgreSQL"},
	} {
		t.Run(name, func(t *testing.T) {
			linted := lint.All(filepath.Join(root, chartDir), values(t, tt.values), "bots", true)
			for _, message := range linted.Messages {
				if message.Severity > support.InfoSev {
					t.Error(message)
				}
			}
			objects, notes, err := render(t, tt.values)
			if err != nil {
				t.Fatal(err)
			}
			checkWorkload(t, objects)
			if n := *the[*apps.Deployment](objects)[0].Spec.Replicas; n != tt.replicas || len(objects) != tt.objects {
				t.Errorf("%d replicas and %d objects, want %d and %d", n, len(objects), tt.replicas, tt.objects)
			}
			if !strings.Contains(notes, tt.says) {
				t.Errorf("the notes do not say %q:\n%s", tt.says, notes)
			}
		})
	}
}

// TestChartGivesWhatItIsGiven follows values that are easily lost to where they are used.
func TestChartGivesWhatItIsGiven(t *testing.T) {
	objects, _, err := render(t, full)
	if err != nil {
		t.Fatal(err)
	}
	pod := the[*apps.Deployment](objects)[0].Spec.Template.Spec
	env := podEnvironment(pod.Containers[0], objects)
	for name, want := range map[string]string{
		"DOCSPACE_RATE": "1200000", "REMINDERS": "false", "OPEN_ROLES": "Guest,User", "WELCOME_TEMPLATE": "/etc/docspace-invite-bot/welcome.tmpl",
		"CA_FILE": "/etc/docspace-invite-bot/ca.pem", "HTTPS_PROXY": "http://egress.test:3128",
	} {
		if env[name] != want {
			t.Errorf("%s = %q, want %q", name, env[name], want)
		}
	}
	if image := pod.Containers[0].Image; image != "ghcr.io/docspace-invite-bot/bot@sha256:"+strings.Repeat("0", 64) {
		t.Errorf("the image is %s", image)
	}
	objects, _, err = render(t, onPostgres)
	if err != nil {
		t.Fatal(err)
	}
	deployment := the[*apps.Deployment](objects)[0]
	env = podEnvironment(deployment.Spec.Template.Spec.Containers[0], objects)
	if _, both := env["STATE"]; both || env["STATE_FILE"] != "/run/secrets/database/url" {
		t.Errorf("STATE_FILE = %s, and STATE as well: %v", env["STATE_FILE"], both)
	}
	if deployment.Spec.Strategy.Type != apps.RollingUpdateDeploymentStrategyType || len(the[*policy.PodDisruptionBudget](objects)) != 1 {
		t.Errorf("with several replicas: %s, and no budget", deployment.Spec.Strategy.Type)
	}
	open := false
	for _, port := range the[*networking.NetworkPolicy](objects)[0].Spec.Egress[0].Ports {
		open = open || port.Port.IntValue() == 6432
	}
	if !open {
		t.Error("the network policy shuts PostgreSQL out")
	}
}

// TestChartRefuses: what would not work does not get as far as the cluster.
func TestChartRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ values, says string }{
		"no portal":                   {`{secrets: {existingSecret: tokens}}`, "docspaceURL"},
		"no tokens":                   {`{docspaceURL: "https://acme.test"}`, "secrets.existingSecret"},
		"a token missing":             {`{docspaceURL: "https://acme.test", secrets: {slackAppToken: xapp-1, slackBotToken: xoxb-1}}`, "docspaceApiKey"},
		"tokens swapped":              {`{docspaceURL: "https://acme.test", secrets: {slackAppToken: xoxb-1, slackBotToken: xapp-1, docspaceApiKey: sk-1}}`, "slackAppToken"},
		"no certificate":              {minimal[:len(minimal)-1] + `, caBundle: /etc/ca.pem}`, "caBundle"},
		"two bots on one file":        {minimal[:len(minimal)-1] + `, replicas: 2}`, "replicas"},
		"unknown setting":             {minimal[:len(minimal)-1] + `, settings: {OPEN_ROLE: Guest}}`, "OPEN_ROLE"},
		"setting of the chart's":      {minimal[:len(minimal)-1] + `, settings: {STATE: memory}}`, "STATE"},
		"unknown value":               {minimal[:len(minimal)-1] + `, replicaCount: 1}`, "replicaCount"},
		"unknown kind of state":       {minimal[:len(minimal)-1] + `, state: {kind: mysql}}`, "kind"},
		"postgres, where is not said": {minimal[:len(minimal)-1] + `, state: {kind: postgres}}`, "state.postgres.existingSecret"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := render(t, tt.values); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want one that names %q", err, tt.says)
			}
		})
	}
}

// TestChartKnowsTheSettings holds the names that the chart's schema takes to those that the bot has.
// With -update it writes them.
func TestChartKnowsTheSettings(t *testing.T) {
	var want []string
	for name := range knownSettings(t) {
		if !slices.Contains(chartOwns, name) {
			want = append(want, name)
		}
	}
	slices.Sort(want)
	path := filepath.Join(chartDir, "values.schema.json")
	text := file(t, path)
	before, rest, _ := strings.Cut(text, `"propertyNames": {"enum": [`)
	list, after, ok := strings.Cut(rest, `]}`)
	var got []string
	if err := json.Unmarshal([]byte("["+list+"]"), &got); err != nil || !ok {
		t.Fatalf("the schema has no list of settings: %v", err)
	}
	if slices.Equal(got, want) {
		return
	}
	if !*update {
		t.Fatalf("the chart takes the settings\n%v\nand the bot has\n%v\ngo test ./... -run TestChartKnowsTheSettings -update, in test/deploy, writes them", got, want)
	}
	var lines strings.Builder
	for i, name := range want {
		lines.WriteString("\n        " + `"` + name + `"`)
		if i < len(want)-1 {
			lines.WriteString(",")
		}
	}
	if err := os.WriteFile(filepath.Join(root, path), []byte(before+`"propertyNames": {"enum": [`+lines.String()+"\n      ]}"+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
