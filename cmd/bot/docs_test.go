package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

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
			anchor := strings.ReplaceAll(regexp.MustCompile(`[^\w -]`).ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")
			for _, name := range []string{m[1], "#" + anchor} {
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
	var code strings.Builder
	files, err := filepath.Glob("../../internal/*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(source)
	}
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`\b([A-Za-z]+)\.([A-Za-z]+)\b`).FindAllStringSubmatch(walk, -1) {
		receiver, name := m[1], m[2]
		if receiver == "acme" { // an address
			continue
		}
		seen[m[0]] = true
		if !regexp.MustCompile(`(?m)^func \(\w+ \*?` + receiver + `\) ` + name + `\(`).MatchString(code.String()) {
			t.Errorf("there is no %s", m[0])
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d functions are named", len(seen))
	}
}
