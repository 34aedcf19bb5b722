package deploy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// root is the repository.
const root = "../.."

// file returns the text of one of the repository's files.
func file(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// need returns the path of a program that a test cannot do without. On a machine that lacks it the
// test is skipped; .ci/run installs it.
func need(t *testing.T, program, where string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not there: %v", program, err)
	}
	t.Skipf("%s is not there: %s", program, where)
	return ""
}

// isOther tells whether the bot heeds a variable that is no setting of its own.
func isOther(name string) bool {
	return slices.Contains([]string{"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"}, name)
}

// settings returns the names that the bot reads from its environment, off the struct in
// cmd/bot/settings.go, each with whether it is a secret, which NAME_FILE may give as well. So may
// STATE_FILE.
var settings = sync.OnceValues(func() (map[string]bool, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "cmd/bot/settings.go"), nil, 0)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	ast.Inspect(parsed, func(node ast.Node) bool {
		spec, ok := node.(*ast.TypeSpec)
		if !ok || spec.Name.Name != "settings" {
			return true
		}
		for _, field := range spec.Type.(*ast.StructType).Fields.List {
			if field.Tag == nil {
				continue
			}
			tag, err := strconv.Unquote(field.Tag.Value)
			if err != nil {
				continue
			}
			name, _, _ := strings.Cut(reflect.StructTag(tag).Get("env"), ",")
			kind, secret := field.Type.(*ast.SelectorExpr)
			known[name] = secret && kind.X.(*ast.Ident).Name == "secret"
		}
		return false
	})
	return known, nil
})

// knownSettings returns what settings does.
func knownSettings(t *testing.T) map[string]bool {
	t.Helper()
	known, err := settings()
	if err != nil {
		t.Fatal(err)
	}
	if len(known) < 20 {
		t.Fatalf("only %d settings were found in cmd/bot/settings.go", len(known))
	}
	return known
}

// checkNames says of each variable that a file sets whether the bot reads it, and sees that no secret
// stands in it as a value.
func checkNames(t *testing.T, where string, env map[string]string) {
	t.Helper()
	known := knownSettings(t)
	for name, value := range env {
		base, isFile := strings.CutSuffix(name, "_FILE")
		secret, ok := known[name]
		switch {
		case ok && secret, name == "STATE" && strings.HasPrefix(value, "postgres"):
			t.Errorf("%s gives %s as a value: give %s_FILE", where, name, name)
		case ok, isFile && (known[base] || base == "STATE"), isOther(name):
		default:
			t.Errorf("%s sets %s, and the bot has no such setting", where, name)
		}
	}
}

// secretFiles returns the variables NAME_FILE, each with its path, of which NAME is one of the tokens.
func secretFiles(t *testing.T, env map[string]string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for name, path := range env {
		if secret, ok := strings.CutSuffix(name, "_FILE"); ok && knownSettings(t)[secret] {
			files[name] = path
		}
	}
	if len(files) < 3 {
		t.Errorf("only %v name a secret's file", files)
	}
	return files
}

// TestDocumentsNameSettingsThatExist looks at what operators copy out of the documents.
func TestDocumentsNameSettingsThatExist(t *testing.T) {
	documents, err := filepath.Glob(filepath.Join(root, "docs/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	known := knownSettings(t)
	setting := regexp.MustCompile("`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`")
	for _, path := range documents {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range setting.FindAllStringSubmatch(string(text), -1) {
			_, setting := known[m[1]]
			_, settingsFile := known[strings.TrimSuffix(m[1], "_FILE")]
			if !setting && !settingsFile && !isOther(m[1]) && !slices.Contains(notSettings, m[1]) {
				t.Errorf("%s names the setting %s, which there is not", filepath.Base(path), m[1])
			}
		}
	}
}

// notSettings look like settings in the documents: one is bot demo's, one is compose.yaml's.
var notSettings = []string{"DEMO_ADDR", "BOT_VERSION"}
