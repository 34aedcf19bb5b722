package deploy

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const unitFile = "deploy/systemd/docspace-invite-bot.service"

// unit returns the directives of the unit, by name.
func unit(t *testing.T) map[string][]string {
	t.Helper()
	directives := map[string][]string{}
	for _, m := range regexp.MustCompile(`(?m)^(\w+)=(.*)$`).FindAllStringSubmatch(file(t, unitFile), -1) {
		directives[m[1]] = append(directives[m[1]], m[2])
	}
	return directives
}

// TestUnit has systemd read the unit: it must know every directive, and find the service shut in.
func TestUnit(t *testing.T) {
	analyze := need(t, "systemd-analyze", "it is in Debian's package systemd")
	dir := t.TempDir()
	// The unit names a program where it is installed; here it is where the test has put one.
	installed := strings.ReplaceAll(file(t, unitFile), "/usr/local/bin/docspace-invite-bot", binary(t))
	path := filepath.Join(dir, filepath.Base(unitFile))
	write(t, path, installed)
	if out, err := exec.Command(analyze, "verify", "--man=no", path).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	// Tenths of systemd's measure, of which 0 is the best; what is left is that it has the network.
	out, err := exec.Command(analyze, "security", "--offline=true", "--threshold=13", "--no-pager", path).CombinedOutput()
	if err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
}

// TestUnitHandsOverTheTokens: each file that the bot is told of is one that systemd hands over.
func TestUnitHandsOverTheTokens(t *testing.T) {
	directives := unit(t)
	env := map[string]string{}
	for _, pair := range directives["Environment"] {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	checkNames(t, unitFile, env)
	handed := map[string]bool{}
	for _, credential := range directives["LoadCredential"] {
		name, _, _ := strings.Cut(credential, ":")
		handed["%d/"+name] = true
	}
	for name, value := range secretFiles(t, env) {
		if !handed[value] {
			t.Errorf("%s is %s, and systemd hands over %v", name, value, handed)
		}
	}
	if len(handed) != 3 {
		t.Errorf("systemd hands over %v", handed)
	}
	if want := "%S/" + directives["StateDirectory"][0] + "/"; !strings.HasPrefix(env["STATE"], want) {
		t.Errorf("the state is at %s and not in %s", env["STATE"], want)
	}
}
