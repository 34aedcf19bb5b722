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
		asked := w.slack.Suggest(w.zoe, view.ID, "room", "form_room", "plan")
		if err := asked.Wait(w.ctx); err != nil {
			t.Fatal(err)
		}
		if options := asked.Options(); len(options) != 1 || options[0].Text != "Q3 planning" {
			t.Fatalf("suggested: %+v", options)
		}
		values := formValues("User", []string{w.carol}, "", "")
		values["room"] = map[string]any{"form_room": asked.Options()[0].Value}
		w.submits(w.zoe, w.general, values)
		contains(t, "the second card", w.card(w.general, 2).Plain(), "@carol")
	})
}

// TestFormOffersTheRightsOfAPublicRoom, which has one for users, and keeps what was typed before the room was chosen.
func TestFormOffersTheRightsOfAPublicRoom(t *testing.T) {
	story(t, func(w *world) {
		w.portal.AddRoom("Press", docspacesim.RoomPublic, "")
		w.types(w.zoe, w.general, "/docspace-invite form")
		view := w.dialog(w.zoe)
		if n := strings.Count(string(view.Raw), `"value":"ContentCreator"`) + strings.Count(string(view.Raw), `"value":"Read"`); n != 2 {
			t.Errorf("without a room, not all rights are offered: %s", view.Raw)
		}
		asked := w.slack.Suggest(w.zoe, view.ID, "room", "form_room", "press")
		if err := asked.Wait(w.ctx); err != nil {
			t.Fatal(err)
		}
		if err := w.slack.Fill(w.zoe, view.ID, formValues("User", []string{w.carol}, "", "for the launch")); err != nil {
			t.Fatal(err)
		}
		if err := w.slack.PressInView(w.zoe, view.ID, "form_room", asked.Options()[0].Value).Wait(w.ctx); err != nil {
			t.Fatal(err)
		}
		w.await("the room's rights", func() bool {
			return strings.Contains(string(w.slack.Views(w.zoe)[0].Raw), `"action_id":"rights[ContentCreator]"`)
		})
		w.submits(w.zoe, w.general, map[string]map[string]any{"right": {"rights[ContentCreator]": "ContentCreator"}})
		contains(t, "the card", w.card(w.general, 1).Plain(), "Press", "content creator", "@carol", "for the launch")
	})
}
