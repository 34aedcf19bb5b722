package slackbot

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"golang.org/x/text/width"

	"github.com/docspace-invite-bot/bot/internal/catalogue"
	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// TestEveryLanguage renders every message in every language: as someone who speaks it reads them,
// one after the other in a file, and as Slack takes them.
func TestEveryLanguage(t *testing.T) {
	for tag, in := range everyVoice() {
		t.Run(tag, func(t *testing.T) {
			workspace := slacksim.New()
			t.Cleanup(workspace.Close)
			server := httptest.NewServer(http.Handler(workspace))
			t.Cleanup(server.Close)
			workspace.AddUser(slacksim.User{ID: "U0ANN", Name: "ann"})
			workspace.AddChannel(slacksim.Channel{ID: "C0GENERAL", Name: "general", Members: []string{workspace.BotUser()}})
			api := slack.New(workspace.BotToken(), slack.OptionAPIURL(server.URL+"/api/"))

			all := goldens(in)
			var read strings.Builder
			for _, name := range slices.Sorted(maps.Keys(all)) {
				text := plainText(t, all[name])
				fmt.Fprintf(&read, "=== %s\n%s\n\n", name, text)
				if id := leftOver.FindString(text); id != "" {
					t.Errorf("%s shows %q instead of words", name, id)
				}
				switch words := all[name].(type) {
				case message:
					if _, _, err := api.PostMessage("C0GENERAL", words.options()...); err != nil {
						t.Errorf("Slack does not take %s: %v", name, err)
					}
				case slack.HomeTabViewRequest:
					if _, err := api.PublishView("U0ANN", words, ""); err != nil {
						t.Errorf("Slack does not take %s: %v", name, err)
					}
				case slack.ModalViewRequest:
					checkDialog(t, words)
				}
			}
			path := filepath.Join("testdata", tag+".golden.txt")
			if *update {
				if err := os.WriteFile(path, []byte(read.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil || string(want) != read.String() {
				t.Errorf("%s differs (go test ./internal/slackbot -update rewrites it)", path)
			}
		})
	}
}

// leftOver is what is shown of a sentence that is missing, or lacks what is put in.
var leftOver = regexp.MustCompile(`(?m)(?:^|[^@\w])(?:role|may|list|card|wait|withheld|standing|manage|thread|foretold|claim|deliver|remind|reluctance|approval|who|dialog|retry|home|status|parked|portal|help|mistakes?|unfit|when|reason|rooms?|right|email|revoke)\.[a-z_-]+\b|<no value>|\{\{`)

func plainText(t *testing.T, v any) string {
	t.Helper()
	var blocks any
	text := ""
	switch words := v.(type) {
	case message:
		blocks, text = words.Blocks, words.Text
	case slack.HomeTabViewRequest:
		blocks = words.Blocks.BlockSet
	case slack.ModalViewRequest:
		blocks, text = words.Blocks.BlockSet, words.Title.Text+" ["+words.Submit.Text+"] ["+words.Close.Text+"]"
	}
	raw, err := json.Marshal(blocks)
	if err != nil {
		t.Fatal(err)
	}
	shown := slacksim.Message{Blocks: raw}.Plain()
	if _, ok := v.(slack.ModalViewRequest); ok {
		return text + "\n" + shown
	}
	return shown
}

// checkDialog holds the dialog to docs/facts/slack.md, "Numbers". That Slack opens it in every
// language is tested where the whole bot runs.
func checkDialog(t *testing.T, view slack.ModalViewRequest) {
	t.Helper()
	for _, text := range []string{view.Title.Text, view.Submit.Text, view.Close.Text} {
		if n := len([]rune(text)); n == 0 || n > 24 {
			t.Errorf("%q has %d characters; a dialog's title and buttons have 24", text, n)
		}
	}
}

// buttonMax is how much of a button Slack shows (docs/facts/slack.md, "Numbers").
const buttonMax = 30

// TestButtonsAreShort in every language, and a menu's entries with them.
func TestButtonsAreShort(t *testing.T) {
	for tag, in := range everyVoice() {
		t.Run(tag, func(t *testing.T) {
			found := map[string]string{}
			for name, words := range goldens(in) {
				raw, err := json.Marshal(words)
				if err != nil {
					t.Fatal(err)
				}
				var shown any
				if err := json.Unmarshal(raw, &shown); err != nil {
					t.Fatal(err)
				}
				for _, text := range buttonsIn(shown) {
					found[text] = name
				}
			}
			if len(found) < 20 {
				t.Fatalf("found %d buttons; is the test looking at the right place?", len(found))
			}
			for text, name := range found {
				if n := columns(text); n == 0 || n > buttonMax {
					t.Errorf("%s has the button %q, which is %d characters wide, want at most %d", name, text, n, buttonMax)
				}
			}
		})
	}
}

// buttonsIn returns what is written on the buttons of a message, a Home or a dialog, on those of the
// questions that they ask, and in its menus.
func buttonsIn(shown any) (texts []string) {
	switch shown := shown.(type) {
	case []any:
		for _, one := range shown {
			texts = append(texts, buttonsIn(one)...)
		}
	case map[string]any:
		add := func(of any, keys ...string) {
			object, _ := of.(map[string]any)
			for _, key := range keys {
				if text, ok := object[key].(map[string]any); ok {
					texts = append(texts, fmt.Sprint(text["text"]))
				}
			}
		}
		add(shown["confirm"], "confirm", "deny")
		switch shown["type"] {
		case "button":
			add(shown, "text")
		case "modal":
			add(shown, "submit", "close")
		case "overflow":
			options, _ := shown["options"].([]any)
			for _, option := range options {
				add(option, "text")
			}
		}
		for _, inner := range shown {
			texts = append(texts, buttonsIn(inner)...)
		}
	}
	return texts
}

// columns is how wide a text is: a Chinese or Japanese character is as wide as two Latin ones.
func columns(text string) (n int) {
	for _, r := range text {
		n++
		if kind := width.LookupRune(r).Kind(); kind == width.EastAsianWide || kind == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}

// TestEverySentenceIsSaid compares what the code says with the catalogue: a sentence that is not
// there would be shown by its id, and one that no one says is not worth translating.
func TestEverySentenceIsSaid(t *testing.T) {
	said, beginnings := map[string]bool{}, map[string]bool{}
	for _, call := range saying(t) {
		switch id := call.Args[0].(type) {
		case *ast.BasicLit:
			name, _ := strconv.Unquote(id.Value)
			if fun, ok := call.Fun.(*ast.Ident); ok && fun.Name == "label" {
				name = "dialog." + name
			}
			said[name] = true
			checkPutIn(t, name, call)
		case *ast.BinaryExpr:
			if first, ok := id.X.(*ast.BasicLit); ok {
				name, _ := strconv.Unquote(first.Value)
				beginnings[name] = true
			}
		}
	}
	for name := range literals(t) { // sentences that are chosen before they are said
		if english.Has(name) {
			said[name] = true
		}
		if strings.HasSuffix(name, ".") {
			beginnings[name] = true
		}
	}
	for name := range said {
		if !english.Has(name) {
			t.Errorf("the code says %q, which no catalogue has", name)
		}
	}
	for _, id := range catalogue.IDs() {
		family, _, _ := strings.Cut(id, ".")
		if !said[id] && (!beginnings[family+"."] || family == "dialog") {
			t.Errorf("no one says %s", id)
		}
	}
}

// checkPutIn compares what a sentence is given with what it wants.
func checkPutIn(t *testing.T, id string, call *ast.CallExpr) {
	t.Helper()
	if len(call.Args) < 2 {
		return
	}
	given, ok := call.Args[1].(*ast.CompositeLit)
	if !ok {
		return
	}
	words := with{}
	for _, pair := range given.Elts {
		name, _ := strconv.Unquote(pair.(*ast.KeyValueExpr).Key.(*ast.BasicLit).Value)
		words[name] = "\x00" + name
		if name == "N" {
			words[name] = 77
		}
	}
	shown := english.say(id, words)
	if shown == id {
		t.Errorf("%s wants more than the code puts in", id)
	}
	for name, value := range words {
		if one := maps.Clone(words); name == "N" {
			if one["N"] = 1; english.say(id, one) != shown {
				continue // it chooses the words
			}
		}
		if !strings.Contains(shown, fmt.Sprint(value)) {
			t.Errorf("%s has no place for %s", id, name)
		}
	}
}

// saying returns every call by which the package says something.
func saying(t *testing.T) (calls []*ast.CallExpr) {
	t.Helper()
	inspect(t, func(n ast.Node) {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return
		}
		switch fun := call.Fun.(type) {
		case *ast.SelectorExpr:
			if fun.Sel.Name == "say" {
				calls = append(calls, call)
			}
		case *ast.Ident:
			if fun.Name == "label" {
				calls = append(calls, call)
			}
		}
	})
	if len(calls) < 100 {
		t.Fatalf("found %d calls; is the test looking at the right place?", len(calls))
	}
	return calls
}

func literals(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	inspect(t, func(n ast.Node) {
		if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
			value, _ := strconv.Unquote(text.Value)
			all[value] = true
		}
	})
	return all
}

// inspect shows every node of the package's source.
func inspect(t *testing.T, see func(ast.Node)) {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			see(n)
			return true
		})
	}
}
