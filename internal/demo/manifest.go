package demo

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// app is what people see of the app because its manifest says so.
type app struct {
	Home      bool       `json:"home"`
	Shortcuts []shortcut `json:"shortcuts"`
}

type shortcut struct {
	Type        string `json:"type"` // "global" or "message"
	CallbackID  string `json:"callback_id"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

// Install gives the workspace the app's manifest: the page then offers the app's Home and
// its shortcuts, where it has some. Call it before the page is served.
func (s *Servers) Install(manifest string) error {
	a, err := readManifest(manifest)
	if err != nil {
		return err
	}
	s.app = a
	s.Workspace.HomeTab(a.Home)
	return nil
}

// manifestLine is "key: value", perhaps behind the dash of a list. A value may be quoted, and
// a comment may follow it.
var manifestLine = regexp.MustCompile(`^( *)(- +)?(\w+):(?: +("(?:[^"\\]|\\.)*"|'[^']*'|[^#"'\s].*?)?)?(?:\s+#.*)?\s*$`)

// readManifest reads what the page needs of a manifest. It knows as much of YAML as manifests
// use: maps and lists by indentation, and values on one line.
func readManifest(manifest string) (app, error) {
	a := app{Shortcuts: []shortcut{}}
	type key struct {
		indent int
		name   string
	}
	var path []key // of the line, from the outermost key
	for line := range strings.Lines(manifest) {
		m := manifestLine.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		if m == nil {
			continue
		}
		indent := len(m[1]) + len(m[2])
		for len(path) > 0 && path[len(path)-1].indent >= indent {
			path = path[:len(path)-1]
		}
		path = append(path, key{indent, m[3]})
		if path[0].name != "features" || len(path) != 3 {
			continue
		}
		switch value := unquoted(m[4]); path[1].name {
		case "app_home":
			a.Home = a.Home || m[3] == "home_tab_enabled" && value == "true"
		case "shortcuts":
			a.Shortcuts = readShortcut(a.Shortcuts, m[2] != "", m[3], value)
		}
	}
	for _, s := range a.Shortcuts {
		if s.Name == "" || s.CallbackID == "" || s.Type != "global" && s.Type != "message" {
			return app{}, fmt.Errorf("the manifest has a shortcut without a name, a callback_id or a known type: %+v", s)
		}
	}
	return a, nil
}

// readShortcut puts one line's value into the last shortcut, or into a new one.
func readShortcut(list []shortcut, first bool, key, value string) []shortcut {
	if first || len(list) == 0 {
		list = append(list, shortcut{})
	}
	last := &list[len(list)-1]
	switch key {
	case "type":
		last.Type = value
	case "callback_id":
		last.CallbackID = value
	case "name":
		last.Name = value
	case "description":
		last.Description = value
	}
	return list
}

func unquoted(value string) string {
	if plain, err := strconv.Unquote(value); err == nil {
		return plain
	}
	return strings.Trim(value, "'")
}
