package deploy

import (
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// composed loads compose.yaml as Compose does: by its schema, with what it refers to looked up.
func composed(t *testing.T, environment types.Mapping) (*types.Project, error) {
	t.Helper()
	dir, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	return loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir: dir, Environment: environment, ConfigFiles: []types.ConfigFile{{Filename: filepath.Join(dir, "compose.yaml")}},
	}, func(o *loader.Options) { o.ResolvePaths = true })
}

// composeEnvironment returns what the container finds in its environment.
func composeEnvironment(service types.ServiceConfig) map[string]string {
	env := map[string]string{}
	for name, value := range service.Environment {
		if value != nil {
			env[name] = *value
		}
	}
	return env
}

// TestCompose loads compose.yaml and looks at how the container is shut in.
func TestCompose(t *testing.T) {
	if _, err := composed(t, nil); err == nil || !strings.Contains(err.Error(), "DOCSPACE_URL") {
		t.Errorf("without DOCSPACE_URL: %v", err)
	}
	project, err := composed(t, types.Mapping{"DOCSPACE_URL": "https://acme.test"})
	if err != nil {
		t.Fatal(err)
	}
	bot := project.Services["bot"]
	switch {
	case !bot.ReadOnly, !slices.Equal(bot.CapDrop, []string{"ALL"}), !slices.Contains(bot.SecurityOpt, "no-new-privileges:true"), bot.Privileged:
		t.Errorf("the container is not shut in: read_only %v, cap_drop %v, security_opt %v", bot.ReadOnly, bot.CapDrop, bot.SecurityOpt)
	case bot.User != "65532:65532", bot.Restart != types.RestartPolicyUnlessStopped, len(bot.Ports) > 0:
		t.Errorf("user %q, restart %q, ports %v", bot.User, bot.Restart, bot.Ports)
	case bot.HealthCheck == nil || !slices.Equal(bot.HealthCheck.Test, []string{"CMD", "/bot", "healthcheck"}):
		t.Errorf("health check %v", bot.HealthCheck)
	}
	env := composeEnvironment(bot)
	checkNames(t, "compose.yaml", env)
	for name, value := range secretFiles(t, env) {
		granted := slices.ContainsFunc(bot.Secrets, func(s types.ServiceSecretConfig) bool { return "/run/secrets/"+s.Source == value })
		if secret, ok := project.Secrets[path.Base(value)]; !granted || !ok || secret.File == "" {
			t.Errorf("%s is %s, and the service has the secrets %v", name, value, bot.Secrets)
		}
	}
	if len(bot.Volumes) != 1 || bot.Volumes[0].Target != image(t).WorkingDir || bot.Volumes[0].Type != types.VolumeTypeVolume {
		t.Errorf("the state is in the image's %s, and the volumes are %+v", image(t).WorkingDir, bot.Volumes)
	}
}
