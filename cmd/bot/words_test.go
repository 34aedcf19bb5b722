package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// avoided are words that a native speaker stumbles over, with what to write instead.
var avoided = func() map[*regexp.Regexp]string {
	compiled := map[*regexp.Regexp]string{}
	for words, better := range map[string]string{
		`who(m|so)?ever`:  "anyone who, the person who",
		`nobody`:          "no one",
		`somebody`:        "someone",
		`everybody`:       "everyone",
		`mend(s|ed|ing)?`: "fix",
		`e-mail(s|ed)?`:   "email",
		`unwanted ones`:   "spam folder",
		`must register|(has|have|had) (not )?registered|regist(er|ers|ered) with`: "sign up",
		`anew|once more`:   "again",
		`save for|but for`: "except",
		`deeds?`:           "action",
		`br(ing|ings|inging|ought)( \w+){0,3} up to date`: "update, refresh",
		`lapse[sd]?`:            "expire",
		`approve[sd]? of`:       "approve",
		`does not answer since`: "hasn't answered since",
		`shall`:                 "will, should",
		`organisations?`:        "organization",
		`recognise[sd]?`:        "recognize",
	} {
		compiled[regexp.MustCompile(`(?i)\b(`+words+`)\b`)] = better
	}
	return compiled
}()

// plain reports words to avoid.
func plain(t *testing.T, where, text string) {
	t.Helper()
	text = strings.Join(strings.Fields(text), " ") // a phrase may go on in the next line
	for words, better := range avoided {
		for _, at := range words.FindAllStringIndex(text, -1) {
			t.Errorf("%s: write %q, not %q: …%s…", where, better, text[at[0]:at[1]], text[max(0, at[0]-40):min(len(text), at[1]+40)])
		}
	}
}

// TestDocumentsArePlain reads all documents, without what they quote of code, for words to avoid and
// words that are there twice.
func TestDocumentsArePlain(t *testing.T) {
	quotation := regexp.MustCompile("(?s)```.*?```|`[^`]*`|<https?:[^>]*>|\\]\\([^)]*\\)")
	letters := regexp.MustCompile(`^[a-z]+$`)
	for _, document := range documents(t) {
		text := quotation.ReplaceAllString(repo(t, document), " … ")
		plain(t, document, text)
		before := ""
		for word := range strings.FieldsSeq(text) {
			if word == before && letters.MatchString(word) {
				t.Errorf("%s: %q twice", document, word)
			}
			before = word
		}
	}
}

// TestDeploymentsArePlain reads what operators copy and adapt, and the demo's page, comments included.
func TestDeploymentsArePlain(t *testing.T) {
	for _, path := range repoFiles(t, "*.yaml", ".g*.yaml", ".g*.yml", "Dockerfile", "Makefile", "deploy/*/*", ".github/*.md", ".github/*/*", "internal/demo/web/*") {
		plain(t, path, repo(t, path))
	}
}

// TestMessagesArePlain reads what people in Slack are told, in English.
func TestMessagesArePlain(t *testing.T) {
	values := regexp.MustCompile(`(?m)^\s*[\w-]+ = "(.*)"$`).FindAllStringSubmatch(repo(t, "internal/catalogue/messages/en.toml"), -1)
	if len(values) < 200 {
		t.Errorf("only %d messages were found", len(values))
	}
	for _, m := range values {
		plain(t, "en.toml", m[1])
	}
	plain(t, "en.welcome.tmpl", repo(t, "internal/catalogue/messages/en.welcome.tmpl"))
}

// TestSentencesArePlain reads the sentences in the code: log lines, errors, remedies. The simulators
// speak as others do.
func TestSentencesArePlain(t *testing.T) {
	inspectCode(t, func(n ast.Node, at func() string) {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if text, _ := strconv.Unquote(literal.Value); strings.Contains(text, " ") {
				plain(t, at(), text)
			}
		}
	})
}

// inspectCode shows each node of the bot's own code, and where it stands.
func inspectCode(t *testing.T, visit func(n ast.Node, at func() string)) {
	t.Helper()
	files := token.NewFileSet()
	for _, root := range []string{".", "../../internal"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && slices.Contains([]string{"slacksim", "docspacesim", "demo", "testdata"}, d.Name()):
				return fs.SkipDir
			case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				visit(n, func() string { return files.Position(n.Pos()).String() })
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
