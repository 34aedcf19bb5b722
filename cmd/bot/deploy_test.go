package main

import (
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/caarlos0/env/v11"
	"go.yaml.in/yaml/v3"
)

// repo returns the text of one of the repository's files.
func repo(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// repoFiles returns the files, from the repository's root, that match the patterns.
func repoFiles(t *testing.T, patterns ...string) (paths []string) {
	t.Helper()
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("no file %s: %v", pattern, err)
		}
		for _, path := range found {
			paths = append(paths, strings.TrimPrefix(filepath.ToSlash(path), "../../"))
		}
	}
	return paths
}

// repoCode returns the code in the files that match the patterns, without that of tests.
func repoCode(t *testing.T, patterns ...string) string {
	t.Helper()
	var code strings.Builder
	for _, path := range repoFiles(t, patterns...) {
		if !strings.HasSuffix(path, "_test.go") {
			code.WriteString(repo(t, path))
		}
	}
	return code.String()
}

// container is what the manifests say of the bot's.
type container struct {
	Env []struct {
		Name, Value string
		Patch       string `yaml:"$patch"`
	}
	VolumeMounts []struct {
		MountPath string `yaml:"mountPath"`
	} `yaml:"volumeMounts"`
}

// manifest returns the container of a Deployment, or of a patch of one.
func manifest(t *testing.T, path string) container {
	t.Helper()
	var deployment struct {
		Spec struct {
			Template struct {
				Spec struct{ Containers []container }
			}
		}
	}
	if err := yaml.Unmarshal([]byte(repo(t, path)), &deployment); err != nil {
		t.Fatal(err)
	}
	return deployment.Spec.Template.Spec.Containers[0]
}

// apply adds what the container finds in its environment.
func (c container) apply(to map[string]string) {
	for _, v := range c.Env {
		if to[v.Name] = v.Value; v.Patch == "delete" {
			delete(to, v.Name)
		}
	}
}

// deployments returns the environment that the bot finds in each way of running it, and the directories
// in which it finds its files. Secrets of the image are the operator's to give.
func deployments(t *testing.T) (environments map[string]map[string]string, dirs map[string][]string) {
	t.Helper()
	environments, dirs = map[string]map[string]string{}, map[string][]string{}
	assignments := func(text, prefix string) map[string]string {
		all := map[string]string{}
		for _, m := range regexp.MustCompile(`(?m)^`+prefix+`([A-Z_]+)=(.*)$`).FindAllStringSubmatch(text, -1) {
			all[m[1]] = m[2]
		}
		return all
	}
	environments["systemd"] = assignments(repo(t, "deploy/systemd/docspace-invite-bot.service"), "Environment=")
	environments["systemd"]["DOCSPACE_URL"] = "https://acme.test" // from the operator's settings
	dirs["systemd"] = []string{"%d", "%S/docspace-invite-bot"}

	plain, patch := manifest(t, "deploy/kubernetes/deployment.yaml"), manifest(t, "deploy/kubernetes-postgres/deployment.yaml")
	environments["kubernetes"] = assignments(repo(t, "deploy/kubernetes/settings.env"), "")
	plain.apply(environments["kubernetes"])
	environments["kubernetes-postgres"] = maps.Clone(environments["kubernetes"])
	patch.apply(environments["kubernetes-postgres"])
	for _, mount := range plain.VolumeMounts {
		dirs["kubernetes"] = append(dirs["kubernetes"], mount.MountPath)
	}
	dirs["kubernetes-postgres"] = slices.Clone(dirs["kubernetes"])
	for _, mount := range patch.VolumeMounts {
		dirs["kubernetes-postgres"] = append(dirs["kubernetes-postgres"], mount.MountPath)
	}

	var compose struct {
		Services struct {
			Bot struct{ Environment map[string]string }
		}
	}
	if err := yaml.Unmarshal([]byte(repo(t, "compose.yaml")), &compose); err != nil {
		t.Fatal(err)
	}
	environments["compose"] = compose.Services.Bot.Environment
	environments["compose"]["DOCSPACE_URL"] = "https://acme.test" // from the operator's .env
	dirs["compose"] = []string{"/run/secrets"}
	return environments, dirs
}

// TestDeploymentsGiveSettingsThatTheBotReads reads the settings as the bot would find them there: each
// name is a setting, no secret is a value, and each file is where something is put.
func TestDeploymentsGiveSettingsThatTheBotReads(t *testing.T) {
	known := knownSettings(t)
	environments, dirs := deployments(t)
	for name, environment := range environments {
		here := t.TempDir()
		for variable, value := range environment {
			if !known[variable] {
				t.Errorf("%s sets %s, and the bot has no such setting", name, variable)
			}
			of, isFile := strings.CutSuffix(variable, "_FILE")
			if slices.Contains(secretNames, variable) {
				t.Errorf("%s gives %s as a value", name, variable)
			}
			if (isFile || variable == "STATE") && !slices.Contains(dirs[name], path.Dir(value)) {
				t.Errorf("%s says that %s is %s, and nothing is mounted there", name, variable, value)
			}
			if isFile {
				environment[variable] = filepath.Join(here, of)
				content := map[string]string{
					"SLACK_APP_TOKEN": "xapp-1", "SLACK_BOT_TOKEN": "xoxb-1", "DOCSPACE_API_KEY": "sk-1", "STATE": "postgres://bot@db.test/bot",
				}[of]
				if err := os.WriteFile(environment[variable], []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		if s, err := readSettings(environment); err != nil || !strings.HasSuffix(s.HTTPAddr, ":9090") {
			t.Errorf("%s: it serves at %q, %v", name, s.HTTPAddr, err)
		}
	}
}

// TestDeploymentsKeepTheirPromises looks for lines that the linters of deploy/ would not miss, and an
// operator would: how the bot is shut in, how it is asked for its health, what hands it its secrets.
func TestDeploymentsKeepTheirPromises(t *testing.T) {
	version := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(repo(t, "go.mod"))[1]
	for path, lines := range map[string][]string{
		"Dockerfile": {
			"golang:" + version + "-", `CMD ["/bot", "healthcheck"]`, `ENTRYPOINT ["/bot"]`, "USER 65532:65532", "EXPOSE 9090", "HTTP_ADDR=:9090", "VOLUME /state", "WORKDIR /state",
		},
		"compose.yaml": {
			"read_only: true", "cap_drop: [ALL]", `"no-new-privileges:true"`, `user: "65532:65532"`, `["CMD", "/bot", "healthcheck"]`, "- state:/state",
			"secrets: [slack_app_token, slack_bot_token, docspace_api_key]", "restart: unless-stopped", "${DOCSPACE_URL:?",
		},
		"deploy/kubernetes/deployment.yaml": {
			"startupProbe:\n            httpGet: {path: /healthz, port: http}", "livenessProbe:\n            httpGet: {path: /healthz, port: http}",
			"readinessProbe:\n            httpGet: {path: /readyz, port: http}", "{name: http, containerPort: 9090}", "replicas: 1\n", "type: Recreate",
			"runAsNonRoot: true", "type: RuntimeDefault", "allowPrivilegeEscalation: false", "readOnlyRootFilesystem: true", "drop: [ALL]",
			"automountServiceAccountToken: false", "enableServiceLinks: false", "limits: {memory: 256Mi}",
		},
		"deploy/kubernetes/podmonitor.yaml":          {"port: http\n", "path: /metrics\n"},
		"deploy/kubernetes-postgres/deployment.yaml": {"replicas: 2\n", "type: RollingUpdate"},
		"deploy/systemd/docspace-invite-bot.service": {"LoadCredential=slack_app_token:", "LoadCredential=slack_bot_token:", "LoadCredential=docspace_api_key:", "StateDirectory=docspace-invite-bot\n"},
		".goreleaser.yaml":                           {"-s -w -buildid= -X main.buildVersion={{ .Version }} -X main.buildCommit={{ .FullCommit }}"},
	} {
		text := repo(t, path)
		for _, line := range lines {
			if !strings.Contains(text, line) {
				t.Errorf("%s lacks %q", path, line)
			}
		}
	}
}

// TestReleasesHaveTheirFiles: a file that was moved away is missed here, and not at the release.
func TestReleasesHaveTheirFiles(t *testing.T) {
	var config struct {
		Archives []struct{ Files []struct{ Src string } }
	}
	if err := yaml.Unmarshal([]byte(repo(t, ".goreleaser.yaml")), &config); err != nil {
		t.Fatal(err)
	}
	for _, file := range config.Archives[0].Files {
		if file.Src == "THIRD_PARTY_LICENSES" { // made by .ci/licenses at the release
			continue
		}
		if _, err := os.Stat(filepath.Join("../..", strings.TrimSuffix(file.Src, "/**/*"))); err != nil {
			t.Error(err)
		}
	}
}

// TestDocumentsNameSettingsThatExist looks at what operators copy out of the documents.
func TestDocumentsNameSettingsThatExist(t *testing.T) {
	known := knownSettings(t)
	for _, document := range documents(t) {
		for _, m := range regexp.MustCompile("`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`").FindAllStringSubmatch(repo(t, document), -1) {
			if !known[m[1]] && m[1] != "NAME_FILE" && !strings.HasPrefix(m[1], "OTEL_") && !strings.HasPrefix(m[1], "TEST_") {
				t.Errorf("%s names the setting %s, which there is not", document, m[1])
			}
		}
	}
}

// knownSettings are the variables that the bot heeds, and those of compose.yaml and of bot demo.
func knownSettings(t *testing.T) map[string]bool {
	t.Helper()
	params, err := env.GetFieldParams(&settings{})
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"STATE_FILE": true, "HTTPS_PROXY": true, "HTTP_PROXY": true, "NO_PROXY": true, "SSL_CERT_FILE": true, "DEMO_ADDR": true, "BOT_VERSION": true}
	for _, p := range params {
		known[p.Key] = true
	}
	for _, name := range secretNames {
		known[name+"_FILE"] = true
	}
	return known
}

// TestBuildIsNamedByGit: without VERSION and COMMIT a build still says what it was made of.
func TestBuildIsNamedByGit(t *testing.T) {
	dir, tools := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".ci"), 0o700); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{
		filepath.Join(dir, ".ci/build"): repo(t, ".ci/build"), filepath.Join(tools, "go"): "#!/bin/sh\necho \"$@\"\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	run := func(env []string, name string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), append(env, "PATH="+tools+":"+os.Getenv("PATH"), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	contains(t, "a build without git", run(nil, ".ci/build", "out"), "buildVersion=dev ", "buildCommit=unknown ")
	git := func(args ...string) string {
		return run(nil, "git", append([]string{"-c", "user.name=a", "-c", "user.email=a@acme.test", "-c", "commit.gpgsign=false"}, args...)...)
	}
	git("init", "-q")
	git("add", ".")
	git("commit", "-qm", "one")
	commit := git("rev-parse", "HEAD")
	contains(t, "a build without a tag", run(nil, ".ci/build", "out"), "buildVersion="+commit[:7], "buildCommit="+commit+" ")
	git("tag", "v1.2.3")
	contains(t, "a build of a tag", run(nil, ".ci/build", "out"), "buildVersion=1.2.3 ", "buildCommit="+commit+" ")
	contains(t, "a build with names", run([]string{"VERSION=9", "COMMIT=abc"}, ".ci/build", "out"), "buildVersion=9 ", "buildCommit=abc ")
}

// TestLicensesAreShipped of all that is in the binary, in archives and in the image.
func TestLicensesAreShipped(t *testing.T) {
	file := filepath.Join(t.TempDir(), "licenses")
	if out, err := exec.CommandContext(t.Context(), "../../.ci/licenses", file).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	modules, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for module := range strings.FieldsSeq(string(modules)) {
		if !strings.Contains(string(text), "\n==== "+module+" ") && !strings.HasPrefix(string(text), "==== "+module+" ") {
			t.Errorf("there is no license of %s", module)
		}
	}
	contains(t, "the licenses", string(text), "==== Go go1.")
	for path, wants := range map[string][]string{
		".goreleaser.yaml": {"- ./.ci/licenses THIRD_PARTY_LICENSES", "src: THIRD_PARTY_LICENSES", "extra_files: [LICENSE, THIRD_PARTY_LICENSES]"},
		"Dockerfile":       {"./.ci/licenses /out/THIRD_PARTY_LICENSES", "COPY --from=build /out/bot /out/LICENSE /out/THIRD_PARTY_LICENSES /\n"},
		".dockerignore":    {"!.ci/licenses", "!LICENSE"},
	} {
		contains(t, path, repo(t, path), wants...)
	}
}

// TestCheckUnderSystemdReadsWhatTheBotReads: the documented way gives bot check every variable of the unit, and lets
// the operator's settings, which systemd reads, override them as they do there.
func TestCheckUnderSystemdReadsWhatTheBotReads(t *testing.T) {
	unit, doc := repo(t, "deploy/systemd/docspace-invite-bot.service"), repo(t, "docs/operations.md")
	_, command, _ := strings.Cut(doc, "systemd-run ")
	command, _, found := strings.Cut(command, "docspace-invite-bot check")
	if !found {
		t.Fatal("docs/operations.md has no bot check by systemd-run")
	}
	for _, m := range regexp.MustCompile(`(?m)^Environment(File=.*|=[A-Z_]+=)`).FindAllString(unit, -1) {
		if !strings.Contains(command, "-p "+m) {
			t.Errorf("the unit has %s, and the check has not:\n%s", m, command)
		}
	}
}
