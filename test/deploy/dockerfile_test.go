package deploy

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerui"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"github.com/opencontainers/go-digest"
)

// baseImages answers for every image that a Dockerfile starts from, without a registry.
type baseImages struct{ asked []string }

func (b *baseImages) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	b.asked = append(b.asked, ref)
	config := []byte(`{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/usr/local/go/bin:/usr/bin:/bin"]}}`)
	return ref, digest.FromBytes(config), config, nil
}

func convertOpt(text []byte, base *baseImages, args map[string]string) dockerfile2llb.ConvertOpt {
	target := platforms.MustParse("linux/arm64")
	source := llb.NewSourceMap(nil, "Dockerfile", "dockerfile", text)
	source.Definition = &llb.Definition{}
	return dockerfile2llb.ConvertOpt{
		Config:         dockerui.Config{BuildArgs: args, BuildPlatforms: []platforms.Platform{platforms.MustParse("linux/amd64")}},
		TargetPlatform: &target,
		MetaResolver:   base,
		SourceMap:      source,
	}
}

// TestDockerfileLint has BuildKit's own checks read the Dockerfile.
func TestDockerfileLint(t *testing.T) {
	text := []byte(file(t, "Dockerfile"))
	found, err := dockerfile2llb.DockerfileLint(t.Context(), text, convertOpt(text, &baseImages{}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if found.Error != nil {
		t.Fatal(found.Error.Message)
	}
	for _, w := range found.Warnings {
		t.Errorf("%s: %s", w.RuleName, w.Detail)
	}
}

// TestLintLooks: the linter that finds nothing in the Dockerfile does find what is wrong.
func TestLintLooks(t *testing.T) {
	text := []byte("FROM golang:1 as build\nENV API_TOKEN=1\nCMD /bot $NOTHING\n")
	found, err := dockerfile2llb.DockerfileLint(t.Context(), text, convertOpt(text, &baseImages{}, nil))
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, w := range found.Warnings {
		rules = append(rules, w.RuleName)
	}
	slices.Sort(rules)
	if want := []string{"FromAsCasing", "JSONArgsRecommended", "SecretsUsedInArgOrEnv"}; !slices.Equal(rules, want) {
		t.Errorf("it found %v, want %v", rules, want)
	}
}

// built returns what BuildKit would make of the Dockerfile, and the images that it starts from.
func built(t *testing.T) (image *dockerspec.DockerOCIImage, from []string) {
	t.Helper()
	text := []byte(file(t, "Dockerfile"))
	base := &baseImages{}
	made, err := dockerfile2llb.Dockerfile2LLB(t.Context(), text, convertOpt(text, base, map[string]string{"VERSION": "1.2.3", "COMMIT": "abc"}))
	if err != nil {
		t.Fatal(err)
	}
	return made.Image, base.asked
}

// image returns how a container of the image is started.
func image(t *testing.T) dockerspec.DockerOCIImageConfig {
	t.Helper()
	made, _ := built(t)
	return made.Config
}

// imageEnvironment returns what a container finds in its environment when nobody adds to it.
func imageEnvironment(t *testing.T) map[string]string {
	t.Helper()
	env := map[string]string{}
	for _, pair := range image(t).Env {
		if name, value, _ := strings.Cut(pair, "="); name != "PATH" {
			env[name] = value
		}
	}
	return env
}

// TestImage looks at what the image runs, as whom, and how it is asked for its health.
func TestImage(t *testing.T) {
	made, from := built(t)
	config, env := made.Config, imageEnvironment(t)
	if !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(config.User) {
		t.Errorf("user %q: it must be a number that is not root's", config.User)
	}
	if want := []string{"/bot"}; !slices.Equal(config.Entrypoint, want) {
		t.Errorf("entrypoint %q", config.Entrypoint)
	}
	if config.Healthcheck == nil || !slices.Equal(config.Healthcheck.Test, []string{"CMD", "/bot", "healthcheck"}) {
		t.Errorf("health check %+v", config.Healthcheck)
	}
	checkNames(t, "Dockerfile", env)
	// Where STATE says nothing, the state is in the directory in which the bot starts. STATE in the image
	// would be in the way of STATE_FILE.
	if _, volume := config.Volumes[config.WorkingDir]; !volume || env["STATE"] != "" {
		t.Errorf("it starts in %s, the volumes are %v, and STATE is %q", config.WorkingDir, config.Volumes, env["STATE"])
	}
	if _, open := config.ExposedPorts[strings.TrimPrefix(env["HTTP_ADDR"], ":")+"/tcp"]; !open {
		t.Errorf("it serves at %q, and exposes %v", env["HTTP_ADDR"], config.ExposedPorts)
	}
	for name, want := range map[string]string{
		"title": "docspace-invite-bot", "version": "1.2.3", "revision": "abc", "licenses": "Apache-2.0", "source": "https://github.com/docspace-invite-bot/bot",
	} {
		if got := config.Labels["org.opencontainers.image."+name]; got != want {
			t.Errorf("label %s = %q, want %q", name, got, want)
		}
	}
	goVersion := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(file(t, "go.mod"))[1]
	for _, image := range from {
		if !strings.Contains(image, "golang:"+goVersion+"-") {
			t.Errorf("it starts from %s, and go.mod asks for Go %s", image, goVersion)
		}
	}
}
