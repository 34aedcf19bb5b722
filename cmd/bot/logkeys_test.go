package main

import (
	"go/ast"
	"go/token"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestLogKeysAreOnTheList compares the keys that the code logs with the table in docs/logs.md: who
// searches logs for years searches by them.
func TestLogKeysAreOnTheList(t *testing.T) {
	page, err := os.ReadFile("../../docs/logs.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	_, table, _ := strings.Cut(string(page), "## Keys")
	for _, found := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|").FindAllStringSubmatch(table, -1) {
		listed[found[1]] = true
	}
	used := loggedKeys(t)
	for key, where := range used {
		if !listed[key] {
			t.Errorf("%s logs the key %q, which docs/logs.md does not list", where, key)
		}
		if !regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`).MatchString(key) {
			t.Errorf("%s: the key %q is not in snake_case", where, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(listed)) {
		if used[key] == "" {
			t.Errorf("docs/logs.md lists the key %q, which nothing logs", key)
		}
	}
}

// attrsFrom says after how many arguments of a logger's method the attributes begin.
var attrsFrom = map[string]int{
	"DebugContext": 2, "InfoContext": 2, "WarnContext": 2, "ErrorContext": 2, "Debug": 1, "Info": 1, "Warn": 1, "Error": 1, "Log": 3, "With": 0,
}

// loggedKeys returns every key that the bot's own code logs, and where.
func loggedKeys(t *testing.T) map[string]string {
	t.Helper()
	used := map[string]string{}
	inspectCode(t, func(n ast.Node, at func() string) {
		if call, ok := n.(*ast.CallExpr); ok {
			keysOf(call, func(key ast.Expr) {
				if literal, ok := key.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					name, _ := strconv.Unquote(literal.Value)
					used[name] = at()
				}
			})
		}
	})
	return used
}

// keysOf notes the keys in a call of a logger, or of what makes an attribute.
func keysOf(call *ast.CallExpr, note func(ast.Expr)) {
	if name, ok := call.Fun.(*ast.Ident); ok && name.Name == "add" && len(call.Args) == 2 { // in Decision.Log
		note(call.Args[0])
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	switch on := method.X.(type) {
	case *ast.Ident:
		if on.Name == "slog" && len(call.Args) == 2 && !strings.HasPrefix(method.Sel.Name, "New") {
			note(call.Args[0])
		}
		if !strings.HasSuffix(strings.ToLower(on.Name), "log") || on.Name == "slog" {
			return
		}
	case *ast.SelectorExpr:
		if !strings.HasSuffix(strings.ToLower(on.Sel.Name), "log") {
			return
		}
	default:
		return
	}
	from, logs := attrsFrom[method.Sel.Name]
	for i := from; logs && i < len(call.Args); i += 2 {
		note(call.Args[i])
	}
}

// TestAnInvitationCanBeFollowed: one invitation's id is on each line about it from the command, whose
// envelope stands beside it, to the end, and on the lines about presses of its button.
func TestAnInvitationCanBeFollowed(t *testing.T) {
	story(t, func(w *world) {
		w.types(w.ann, w.general, "/docspace-invite @bob")
		card := w.card(w.general, 1)
		w.pressesJoin(w.bob, card)
		w.pressesJoin(w.carol, card)
		w.joins(card, "Bob", "Baker", "bob@acme.test")
		w.activates("bob@acme.test")
		w.thread(card, 1)
		id := w.invitation(card)
		envelopes, story := map[any]int{}, []string{}
		for _, line := range w.log.logged(t) {
			message, _ := line["msg"].(string)
			if envelope := line["envelope"]; envelope != nil {
				envelopes[envelope]++
			}
			ofOne := line["step"] != nil || line["invitee"] != nil || strings.HasPrefix(message, "invitation ")
			switch {
			case line["invitation"] == id:
				story = append(story, message)
			case ofOne:
				t.Errorf("a line without its invitation: %v", line)
			}
			call, _ := line["call"].(string)
			if strings.Contains(call, "portal/users/invite") && line["invitation"] != id {
				t.Errorf("a call for an invitation does not bear its id: %v", line)
			}
			if (message == "invitation accepted" || message == "invitation claimed") && line["envelope"] == nil {
				t.Errorf("a line without its envelope: %v", line)
			}
		}
		for _, want := range []string{"invitation accepted", "audit", "invitation posted", "invitation claimed", "invitee seen at the portal", "invitation confirmed"} {
			if !slices.Contains(story, want) {
				t.Errorf("%q is not in the story of %s: %q", want, id, story)
			}
		}
		if len(envelopes) != 3 {
			t.Errorf("%d envelopes in the log, want the command's and the presses': %v", len(envelopes), envelopes)
		}
	})
}
