package main

import (
	"strings"
	"testing"

	"github.com/docspace-invite-bot/bot/internal/docspacesim"
)

// TestRoomIsAskedFor from the real portal's rooms: in a command, by an admin of the workspace, and in the form, which
// searches them.
func TestRoomIsAskedFor(t *testing.T) {
	story(t, func(w *world) {
		w.portal.AddRoom("Q3 planning", docspacesim.RoomCustom, "")
		w.portal.AddRoom("Archive", docspacesim.RoomCustom, "")
		w.types(w.zoe, w.general, `/docspace-invite user @bob in "q3 planning" "hello"`)
		contains(t, "the card", w.card(w.general, 1).Plain(), "@bob", "hello")

		w.types(w.zoe, w.general, `/docspace-invite room archive`)
		contains(t, "the usual room", w.told(w.zoe, 1), "Archive is now this channel's usual room")
		w.types(w.zoe, w.general, "/docspace-invite form")
		view := w.dialog(w.zoe)
		if !strings.Contains(string(view.Raw), `"text":"Archive"`) {
			t.Errorf("the usual room is not proposed: %s", view.Raw)
		}
		asked := w.slack.Suggest(w.zoe, view.ID, "room", "value", "plan")
		if err := asked.Wait(w.ctx); err != nil {
			t.Fatal(err)
		}
		if options := asked.Options(); len(options) != 1 || options[0].Text != "Q3 planning" {
			t.Fatalf("suggested: %+v", options)
		}
		values := formValues("User", []string{w.carol}, "", "")
		values["room"] = map[string]any{"value": asked.Options()[0].Value}
		w.submits(w.zoe, w.general, values)
		contains(t, "the second card", w.card(w.general, 2).Plain(), "@carol")
	})
}
