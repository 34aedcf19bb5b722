package deploy

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sigs.k8s.io/yaml"
)

// write makes a file with the text.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// run runs a command and returns what it says on standard output.
func run(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s%s", cmd.Args, err, out, errOut.String())
	}
	return strings.TrimSpace(string(out))
}

// build builds the binary of the tree in dir with .ci/build.
func build(t *testing.T, dir, out string, env ...string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(dir, ".ci/build"), out)
	cmd.Env = append(os.Environ(), env...)
	run(t, cmd)
}

var made struct {
	once sync.Once
	dir  string
}

// binary returns the path of the binary, built as it is released.
func binary(t *testing.T) string {
	t.Helper()
	made.once.Do(func() {
		dir, err := os.MkdirTemp("", "bot")
		if err != nil {
			t.Fatal(err)
		}
		made.dir = dir
		build(t, root, filepath.Join(dir, "bot"), "VERSION=1.2.3", "COMMIT=abc")
	})
	return filepath.Join(made.dir, "bot")
}

func TestMain(m *testing.M) {
	code := m.Run()
	if made.dir != "" {
		_ = os.RemoveAll(made.dir)
	}
	os.Exit(code)
}

// copyOf returns a copy of the repository's files elsewhere, with other times and without git's
// directory.
func copyOf(t *testing.T) string {
	t.Helper()
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	dir := filepath.Join(t.TempDir(), "elsewhere")
	for path := range strings.SplitSeq(strings.TrimRight(run(t, list), "\x00"), "\x00") {
		from, to := filepath.Join(root, path), filepath.Join(dir, path)
		info, err := os.Lstat(from)
		if os.IsNotExist(err) {
			continue // removed, and not yet told to git
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, content, info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestSameSourceSameBytes builds the binary in two directories, with two caches: an operator who
// builds a release can compare it with the published one.
func TestSameSourceSameBytes(t *testing.T) {
	first, second := binary(t), filepath.Join(t.TempDir(), "bot")
	elsewhere := copyOf(t)
	build(t, elsewhere, second, "VERSION=1.2.3", "COMMIT=abc", "GOCACHE="+t.TempDir(), "GOAMD64=v3", "GOFLAGS=-buildvcs=true")
	compare(t, first, second)
	if says := run(t, exec.Command(second, "version")); !strings.HasPrefix(says, "docspace-invite-bot 1.2.3, commit abc, go1.") {
		t.Errorf("bot version: %q", says)
	}
	content, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, trace := range []string{here, elsewhere} {
		if bytes.Contains(content, []byte(trace)) {
			t.Errorf("the binary knows that it was built in %s", trace)
		}
	}
}

func compare(t *testing.T, first, second string) {
	t.Helper()
	a, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(second)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Errorf("%s (%d bytes) and %s (%d bytes) differ", first, len(a), second, len(b))
	}
}

// TestArchivesHaveTheirFiles: a file that was moved away is missed here and not at the release.
func TestArchivesHaveTheirFiles(t *testing.T) {
	var config struct {
		Archives []struct{ Files []struct{ Src string } }
	}
	if err := yaml.Unmarshal([]byte(file(t, ".goreleaser.yaml")), &config); err != nil {
		t.Fatal(err)
	}
	files := config.Archives[0].Files
	if len(files) < 5 {
		t.Errorf("only %v go into an archive", files)
	}
	for _, f := range files {
		if _, err := os.Stat(filepath.Join(root, strings.TrimSuffix(f.Src, "/**/*"))); err != nil {
			t.Errorf("what goes into the archives is not there: %v", err)
		}
	}
}

// TestReleaseBuildsTheSame has GoReleaser check its configuration and build with it, in a repository
// with one tag: its binary must be the one that .ci/build makes.
func TestReleaseBuildsTheSame(t *testing.T) {
	goreleaser := need(t, "goreleaser", "go install github.com/goreleaser/goreleaser/v2@v2.15.1")
	dir := copyOf(t)
	in := func(program string, args ...string) string {
		cmd := exec.Command(program, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@acme.test",
			"GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@acme.test", "GIT_COMMITTER_DATE=2026-11-23T09:00:00Z")
		return run(t, cmd)
	}
	in("git", "init", "-q")
	in("git", "add", "-A")
	in("git", "commit", "-q", "-m", "all")
	in("git", "tag", "v1.2.3")
	in("git", "remote", "add", "origin", "https://example.test/docspace-invite-bot/bot.git")
	in(goreleaser, "check")
	in(goreleaser, "build", "--single-target", "--clean")

	var artifacts []struct{ Path, Type string }
	if err := json.Unmarshal([]byte(file(t, relative(t, filepath.Join(dir, "dist/artifacts.json")))), &artifacts); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "bot")
	build(t, root, out, "VERSION=1.2.3", "COMMIT="+in("git", "rev-parse", "HEAD"))
	for _, artifact := range artifacts {
		if artifact.Type == "Binary" {
			compare(t, out, filepath.Join(dir, artifact.Path))
			return
		}
	}
	t.Errorf("GoReleaser built no binary: %+v", artifacts)
}

// relative returns a path as seen from the repository's root.
func relative(t *testing.T, path string) string {
	t.Helper()
	here, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := filepath.Rel(here, path)
	if err != nil {
		t.Fatal(err)
	}
	return seen
}
