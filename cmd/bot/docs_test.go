package main

import (
	"image/png"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// anchor returns the fragment that GitHub gives a heading.
func anchor(heading string) string {
	return strings.ReplaceAll(regexp.MustCompile(`[^\w -]`).ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

// headings returns the headings of each page about Slack and DocSpace, and the anchors that GitHub gives them.
func headings(t *testing.T) map[string]map[string]bool {
	t.Helper()
	pages := map[string]map[string]bool{}
	for _, page := range []string{"slack.md", "docspace.md"} {
		text, err := os.ReadFile(filepath.Join("../../docs/facts", page))
		if err != nil {
			t.Fatal(err)
		}
		pages[page] = map[string]bool{}
		for _, m := range regexp.MustCompile(`(?m)^##+ (.+)$`).FindAllStringSubmatch(string(text), -1) {
			for _, name := range []string{m[1], "#" + anchor(m[1])} {
				if pages[page][name] {
					t.Errorf("%s has two headings %q", page, name)
				}
				pages[page][name] = true
			}
		}
	}
	return pages
}

// TestFactsHaveTheHeadingsThatAreNamed follows each reference to docs/facts, in comments and in documents.
func TestFactsHaveTheHeadingsThatAreNamed(t *testing.T) {
	pages := headings(t)
	comment := regexp.MustCompile(`\n\s*//[ \t]*`)
	quoted := regexp.MustCompile(`docs/facts/(\w+\.md), ("[^"]+"(?:(?:, | and )"[^"]+")*)`)
	mention := regexp.MustCompile(`docs/facts/\w+\.md,`)
	anchored := regexp.MustCompile(`\((?:[\w./]*facts/)?(\w*(?:\.md)?)(#[\w-]+)\)`)
	seen := 0
	check := func(path, page, name string) {
		seen++
		if !pages[page][name] {
			t.Errorf("%s names %s in docs/facts/%s, which has no such heading", path, name, page)
		}
	}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			if err == nil && (entry.Name() == "node_modules" || entry.Name() == ".git") {
				return fs.SkipDir
			}
			return err
		}
		if ext := filepath.Ext(path); ext != ".go" && ext != ".md" || entry.Name() == "docs_test.go" {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text := comment.ReplaceAllString(string(content), " ")
		references := quoted.FindAllStringSubmatch(text, -1)
		for _, m := range references {
			for _, name := range regexp.MustCompile(`"[^"]+"`).FindAllString(m[2], -1) {
				check(path, m[1], strings.Trim(name, `"`))
			}
		}
		if n := len(mention.FindAllString(text, -1)); n != len(references) {
			t.Errorf("%s names docs/facts %d times, and a heading %d times", path, n, len(references))
		}
		for _, m := range anchored.FindAllStringSubmatch(text, -1) {
			page := m[1]
			if page == "" && filepath.Base(filepath.Dir(path)) == "facts" {
				page = filepath.Base(path)
			}
			if _, ok := pages[page]; ok {
				check(path, page, m[2])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 100 {
		t.Errorf("only %d references were found", seen)
	}
}

// TestContributingNamesFilesThatExist follows the map of CONTRIBUTING.
func TestContributingNamesFilesThatExist(t *testing.T) {
	for _, m := range regexp.MustCompile("`((?:cmd|docs|deploy|internal)/[^` ]+)`").FindAllStringSubmatch(repo(t, "CONTRIBUTING.md"), -1) {
		if _, err := os.Stat(filepath.Join("../..", m[1])); err != nil {
			t.Error(err)
		}
	}
}

// TestWalkNamesFunctionsThatExist follows the walk of one invitation in docs/architecture.md.
func TestWalkNamesFunctionsThatExist(t *testing.T) {
	_, walk, ok := strings.Cut(repo(t, "docs/architecture.md"), "\n### Function by function\n")
	walk, _, ended := strings.Cut(walk, "\n## ")
	if !ok || !ended {
		t.Fatal("the walk is not there")
	}
	code := repoCode(t, "internal/*/*.go")
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`\b([A-Za-z]+)\.([A-Za-z]+)\b`).FindAllStringSubmatch(walk, -1) {
		receiver, name := m[1], m[2]
		if receiver == "acme" { // an address
			continue
		}
		seen[m[0]] = true
		if !regexp.MustCompile(`(?m)^func \(\w+ \*?` + receiver + `\) ` + name + `\(`).MatchString(code) {
			t.Errorf("there is no %s", m[0])
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d functions are named", len(seen))
	}
}

// TestReadmeIsShortAndRight: it has the commands that people copy, and the ten settings that most
// people need, as docs/settings.md has them.
func TestReadmeIsShortAndRight(t *testing.T) {
	readme := repo(t, "README.md")
	if n := len(strings.Fields(readme)); n >= 1200 {
		t.Errorf("README has %d words, want fewer than 1200", n)
	}
	for _, command := range []string{"\ngo run ./cmd/bot demo ", "\ngo test ./... "} {
		if !strings.Contains(readme, command) {
			t.Errorf("README lacks the command %q", command)
		}
	}
	all, few := settingRows(t, "docs/settings.md"), settingRows(t, "README.md")
	if len(few) != 10 {
		t.Errorf("README lists %d settings, want 10", len(few))
	}
	for name, value := range few {
		if value != all[name] {
			t.Errorf("README: the default of %s is %q, and %q in docs/settings.md", name, value, all[name])
		}
	}
}

// TestIconIsWhatSlackTakes: a square of 512 to 2000 pixels.
func TestIconIsWhatSlackTakes(t *testing.T) {
	icon, err := png.DecodeConfig(strings.NewReader(repo(t, "docs/icon.png")))
	if err != nil {
		t.Fatal(err)
	}
	if icon.Width != icon.Height || icon.Width < 512 || icon.Width > 2000 {
		t.Errorf("the icon is %d by %d pixels", icon.Width, icon.Height)
	}
}

// documents returns the paths of the pages that people read, from the repository's root.
func documents(t *testing.T) []string {
	t.Helper()
	return repoFiles(t, "*.md", "docs/*.md", "docs/*/*.md", "bench/*.md")
}

// TestLinksLeadSomewhere follows each link from a document to a file or a heading of the repository.
func TestLinksLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#\s]*)(#[^)\s]*)?\)`)
	heading := regexp.MustCompile(`(?m)^##* (.+)$`)
	seen := 0
	for _, from := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(repo(t, from), -1) {
			to := path.Join(path.Dir(from), m[1])
			switch {
			case strings.Contains(m[1], "://"), m[1] == "JSON": // a parameter's type in a request
				continue
			case m[1] == "":
				to = from
			}
			seen++
			if _, err := os.Stat(filepath.Join("../..", to)); err != nil {
				t.Errorf("%s: %v", from, err)
				continue
			}
			anchors := map[string]bool{"": true}
			if path.Ext(to) == ".md" {
				for _, h := range heading.FindAllStringSubmatch(repo(t, to), -1) {
					anchors["#"+anchor(h[1])] = true
				}
			}
			if !anchors[m[2]] {
				t.Errorf("%s links to %s%s: there is no such heading", from, to, m[2])
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d links were found", seen)
	}
}
