package deploy

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	apps "k8s.io/api/apps/v1"
)

// servers starts the demo's Slack and portal, and returns the variables with which a bot joins them.
func servers(t *testing.T) map[string]string {
	t.Helper()
	cmd := exec.Command(binary(t), "demo", "--servers")
	cmd.Env = []string{"DEMO_ADDR=127.0.0.1:0"}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	env := map[string]string{}
	export := regexp.MustCompile(`export (\w+)=(\S+)`)
	for lines := bufio.NewScanner(out); len(env) < 6 && lines.Scan(); {
		if m := export.FindStringSubmatch(lines.Text()); m != nil {
			env[m[1]] = m[2]
		}
	}
	if env["SLACK_API_URL"] == "" || env["DOCSPACE_API_KEY"] == "" {
		t.Fatalf("the demo gave %v", env)
	}
	return env
}

// TestTheBotRunsAsItIsDeployed starts the real binary with the environment that each way of running it
// gives, between the demo's servers, until it says itself that it can do its work. Only what belongs to
// a machine is another: where the directories are, the port, and whom it talks to.
func TestTheBotRunsAsItIsDeployed(t *testing.T) {
	outside := servers(t)
	for name, given := range map[string]func(t *testing.T) map[string]string{
		"image": func(t *testing.T) map[string]string {
			return withFiles(imageEnvironment(t))
		},
		"compose": func(t *testing.T) map[string]string {
			project, err := composed(t, types.Mapping{"DOCSPACE_URL": "https://acme.test"})
			if err != nil {
				t.Fatal(err)
			}
			env := imageEnvironment(t)
			maps.Copy(env, composeEnvironment(project.Services["bot"]))
			return env
		},
		"manifests": func(t *testing.T) map[string]string {
			objects := plain(t)
			return podEnvironment(the[*apps.Deployment](objects)[0].Spec.Template.Spec.Containers[0], objects)
		},
		"chart": func(t *testing.T) map[string]string {
			objects, _, err := render(t, full)
			if err != nil {
				t.Fatal(err)
			}
			env := podEnvironment(the[*apps.Deployment](objects)[0].Spec.Template.Spec.Containers[0], objects)
			for _, ofTheCluster := range []string{"WELCOME_TEMPLATE", "CA_FILE", "HTTPS_PROXY"} {
				delete(env, ofTheCluster)
			}
			return env
		},
		"systemd": func(t *testing.T) map[string]string {
			env := map[string]string{}
			for _, pair := range unit(t)["Environment"] {
				name, value, _ := strings.Cut(pair, "=")
				env[name] = strings.NewReplacer("%S", "/state", "%d", "/run/credentials").Replace(value)
			}
			return env
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			startDeployed(t, given(t), outside)
		})
	}
}

// withFiles adds the tokens, for an environment that leaves them to the operator.
func withFiles(env map[string]string) map[string]string {
	for _, name := range []string{"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "DOCSPACE_API_KEY"} {
		env[name+"_FILE"] = "/run/secrets/" + name
	}
	return env
}

// startDeployed starts the bot and waits until it is ready.
func startDeployed(t *testing.T, env, outside map[string]string) {
	t.Helper()
	machine := t.TempDir()
	env = maps.Clone(env)
	for name, value := range env {
		if !strings.HasPrefix(value, "/") {
			continue
		}
		env[name] = filepath.Join(machine, value)
		if err := os.MkdirAll(path.Dir(env[name]), 0o700); err != nil {
			t.Fatal(err)
		}
		if secret, ok := strings.CutSuffix(name, "_FILE"); ok {
			write(t, env[name], outside[secret]+"\n")
		}
	}
	state := env["STATE"]
	if state == "" { // the default, where the image starts the bot
		state = filepath.Join(machine, image(t).WorkingDir, "docspace-bot.db")
		if err := os.MkdirAll(path.Dir(state), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	host, _, err := net.SplitHostPort(env["HTTP_ADDR"])
	if err != nil {
		t.Fatal(err)
	}
	env["HTTP_ADDR"] = net.JoinHostPort(host, freePort(t))
	env["SLACK_API_URL"], env["DOCSPACE_URL"] = outside["SLACK_API_URL"], outside["DOCSPACE_URL"]

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var log bytes.Buffer
	bot := command(ctx, t, path.Dir(state), env)
	bot.Stderr = &log
	if err := bot.Start(); err != nil {
		t.Fatal(err)
	}
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for err = fmt.Errorf("not asked"); err != nil && ctx.Err() == nil; <-again.C {
		err = command(ctx, t, path.Dir(state), env, "healthcheck", "--ready").Run()
	}
	if err == nil {
		_, port, _ := net.SplitHostPort(env["HTTP_ADDR"])
		checkServed(t, port)
	}
	_ = bot.Process.Signal(os.Interrupt)
	if ended := bot.Wait(); err != nil || ended != nil {
		t.Fatalf("it did not become ready (%v), or not end (%v):\n%s", err, ended, log.String())
	}
	if _, err := os.Stat(state); err != nil {
		t.Errorf("the state is not where it was to be: %v", err)
	}
}

// command runs the bot in the directory, with the environment and nothing else.
func command(ctx context.Context, t *testing.T, dir string, env map[string]string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(ctx, binary(t), args...)
	cmd.Dir = dir
	cmd.Env = []string{}
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

// checkServed asks what probes and Prometheus ask.
func checkServed(t *testing.T, port string) {
	t.Helper()
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		response, err := http.Get("http://127.0.0.1:" + port + path)
		if err != nil {
			t.Error(err)
			continue
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, response.Status)
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
