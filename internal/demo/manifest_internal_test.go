package demo

import (
	"reflect"
	"strings"
	"testing"

	invitebot "github.com/docspace-invite-bot/bot"
)

func TestManifestIsRead(t *testing.T) {
	const head = "# a manifest\nfeatures:\n  bot_user:\n    always_online: true\n"
	invite := shortcut{"global", "invite", "Invite people", "To DocSpace: a portal"}
	card := shortcut{"message", "invite_from", "Invite the #writer", ""}
	for name, tt := range map[string]struct {
		manifest string
		want     app
	}{
		"nothing":       {head + "settings:\n  shortcuts:\n    - name: no feature\n", app{Shortcuts: []shortcut{}}},
		"a Home":        {head + "  app_home:\n    home_tab_enabled: true # at last\n    messages_tab_enabled: true\n", app{true, []shortcut{}}},
		"no Home":       {head + "  app_home:\n    home_tab_enabled: false\n", app{false, []shortcut{}}},
		"shortcuts":     {head + "  shortcuts:\n    - name: Invite people\n      type: global # of two\n      callback_id: invite\n      description: \"To DocSpace: a portal\"\n\n    - callback_id: 'invite_from'\n      type: message\n      name: \"Invite the #writer\"\n  app_home:\n    home_tab_enabled: true\n", app{true, []shortcut{invite, card}}},
		"less indented": {"features:\n shortcuts:\n - name: Invite people\n   type: global\n   callback_id: invite\n   description: 'To DocSpace: a portal'\r\n", app{false, []shortcut{invite}}},
	} {
		got, err := readManifest(tt.manifest)
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, tt.want)
		}
	}
	for _, bad := range []string{"type: global", "callback_id: x", "type: local\n      callback_id: x"} {
		if _, err := readManifest(head + "  shortcuts:\n    - name: x\n      " + bad + "\n"); err == nil {
			t.Errorf("a shortcut with only %q is taken", bad)
		}
	}
}

func TestOwnManifestIsRead(t *testing.T) {
	a, err := readManifest(invitebot.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Contains(invitebot.Manifest, "home_tab_enabled: true"); a.Home != want {
		t.Errorf("the manifest has a Home: %v, want %v", a.Home, want)
	}
	if want := strings.Count(invitebot.Manifest, "callback_id:"); len(a.Shortcuts) != want {
		t.Errorf("the manifest has %d shortcuts, want %d", len(a.Shortcuts), want)
	}
}
