package demo

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// app is what people see of the app because its manifest says so.
type app struct {
	Home      bool       `json:"home"`
	Shortcuts []shortcut `json:"shortcuts"`
}

type shortcut struct {
	Type        string `json:"type"         yaml:"type"` // "global" or "message"
	CallbackID  string `json:"callback_id"  yaml:"callback_id"`
	Name        string `json:"name"         yaml:"name"`
	Description string `json:"description"  yaml:"description"`
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

// readManifest reads what the page needs of a manifest.
func readManifest(manifest string) (app, error) {
	var m struct {
		Features struct {
			AppHome struct {
				Enabled bool `yaml:"home_tab_enabled"`
			} `yaml:"app_home"`
			Shortcuts []shortcut `yaml:"shortcuts"`
		} `yaml:"features"`
	}
	if err := yaml.Unmarshal([]byte(manifest), &m); err != nil {
		return app{}, fmt.Errorf("the manifest cannot be read: %w", err)
	}
	for _, s := range m.Features.Shortcuts {
		if s.Name == "" || s.CallbackID == "" || s.Type != "global" && s.Type != "message" {
			return app{}, fmt.Errorf("the manifest has a shortcut without a name, a callback_id or a known type: %+v", s)
		}
	}
	return app{m.Features.AppHome.Enabled, append([]shortcut{}, m.Features.Shortcuts...)}, nil
}
