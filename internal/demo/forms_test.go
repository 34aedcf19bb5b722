package demo_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// input is an input block whose id is also its first word.
func input(id, label string, element m) m {
	element["action_id"] = "value"
	return m{"type": "input", "block_id": id, "label": text("plain_text", label), "optional": true, "element": element}
}

// dialog has every kind of input.
func dialog() m {
	note := input("note", "Note", m{"type": "plain_text_input", "multiline": true, "max_length": 40})
	note["hint"] = text("plain_text", "Shown on the card")
	return m{
		"type": "modal", "callback_id": "all", "title": text("plain_text", "All inputs"), "submit": text("plain_text", "Go"),
		"blocks": []m{
			section("Some *words* first"),
			input("role", "Role", m{"type": "static_select", "options": options("guest", "user"), "initial_option": options("user")[0]}),
			input("people", "People", m{"type": "multi_users_select"}),
			input("where", "Where", m{"type": "conversations_select"}),
			input("mail", "E-mail", m{"type": "email_text_input"}),
			input("flags", "Flags", m{"type": "checkboxes", "options": options("guest", "user")}),
			note,
			input("kind", "Kind", m{"type": "radio_buttons", "options": options("once", "always")}),
			input("day", "Until", m{"type": "datepicker", "initial_date": "2026-12-24"}),
			input("hour", "At", m{"type": "timepicker"}),
			input("count", "How many", m{"type": "number_input", "is_decimal_allowed": false}),
			input("page", "Page", m{"type": "url_text_input"}),
			input("rooms", "Rooms", m{"type": "multi_static_select", "options": options("archive", "covers")}),
			input("channels", "Channels", m{"type": "multi_conversations_select", "default_to_current_conversation": true, "filter": m{"include": []string{"public"}}}),
		},
	}
}

func TestDialogIsFilledInAndSent(t *testing.T) {
	st := newStage(t)
	values := make(chan m, 1)
	st.listen(func(payload m) m {
		if payload["type"] == "view_submission" {
			state := payload["view"].(map[string]any)["state"].(map[string]any)["values"].(map[string]any)
			values <- state
			if note := state["note"].(map[string]any)["value"].(map[string]any)["value"]; note == "bad" {
				return m{"response_action": "errors", "errors": m{"note": "That will not do"}}
			}
			return nil
		}
		if payload["command"] != nil {
			st.call("views.open", m{"trigger_id": payload["trigger_id"], "view": dialog()})
		}
		return nil
	})
	p := st.open(1280, 800)
	p.Type("#composer", "/docspace-invite form\r")
	p.Sees("#modal", "All inputs")
	p.Holds(`document.activeElement.id === "field-role"`)
	for range 40 { // the keyboard does not leave the dialog for the page under it
		p.Press(kb.Tab)
		p.Holds(`document.activeElement === document.body || document.querySelector("#modal").contains(document.activeElement)`)
	}
	p.Click(`#field-people input[value=` + bob + `]`)
	p.Choose("#field-where", general)
	p.Type("#field-mail", "dora@acme.example")
	p.Click(`#field-flags input[value=guest]`)
	p.Type("#field-note", "bad")
	p.Click("#field-kind input[value=always]")
	p.Type("#field-count", "12")
	p.Type("#field-page", "https://docs.example/")
	p.Click("#field-rooms input[value=covers]")
	p.Holds(`document.querySelectorAll("#field-channels input").length === 3`) // those that are public
	p.Shot("dialog")
	p.Click("#modal-submit")
	first := fmt.Sprint(<-values)
	for _, want := range []string{
		"selected_users:[" + bob + "]", "selected_conversation:" + general, "value:dora@acme.example", "value:guest", "value:user",
		"value:always", "selected_date:2026-12-24", "value:12", "value:https://docs.example/", "value:covers", "selected_conversations:[" + general + "]",
	} {
		if !strings.Contains(first, want) {
			t.Errorf("the app got %s without %s", first, want)
		}
	}
	p.Sees("#modal .error", "That will not do")
	p.Holds(`document.activeElement.id === "field-note" && document.querySelector("#field-mail").value === "dora@acme.example"`)
	p.Dark(true)
	p.Shot("dialog-error")
	p.Type("#field-note", " no more")
	p.Click("#modal-submit")
	<-values
	p.Gone("#modal")

	p.Type("#composer", "/docspace-invite form\r")
	p.Sees("#modal", "All inputs")
	p.Press(kb.Escape)
	p.Gone("#modal")
	st.servers.Workspace.Await(t.Context(), func() bool { return len(st.servers.Workspace.Views(ann)) == 0 })
}

// A dialog that the app changes while someone types keeps the text, the caret and the focus,
// as long as the blocks keep their ids. What is under another dialog keeps its text too.
func TestDialogChangesWhileSomeoneTypes(t *testing.T) {
	st := newStage(t)
	view := func(title string, more ...m) m {
		role := input("role", "Role", m{"type": "static_select", "options": options("guest", "user")})
		role["dispatch_action"] = true
		blocks := append(more, role, input("note", "Note", m{"type": "plain_text_input"}),
			m{"type": "actions", "block_id": "row", "elements": []m{{"type": "overflow", "action_id": "help", "options": options("help", "more")}}})
		return m{"type": "modal", "title": text("plain_text", title), "submit": text("plain_text", "Go"), "blocks": blocks}
	}
	heard := st.hear(func(payload m) m {
		switch trigger := payload["trigger_id"]; {
		case payload["command"] != nil:
			st.call("views.open", m{"trigger_id": trigger, "view": view("First")})
		case dig(payload, "actions", 0, "action_id") == "help":
			st.call("views.push", m{"trigger_id": trigger, "view": m{"type": "modal", "title": text("plain_text", "Help"), "blocks": []m{section("No fields here")}}})
		}
		return nil
	})
	p := st.open(1280, 800)
	p.Type("#composer", "/docspace-invite form\r")
	st.wants(heard, "/docspace-invite", "command")
	p.Sees("#modal", "First")
	id := st.servers.Workspace.Views(ann)[0].ID

	p.Choose("#field-role", "user")
	st.wants(heard, "user", "actions", 0, "selected_option", "value")
	p.Type("#field-note", "hllo")
	for range 3 {
		p.Press(kb.ArrowLeft)
	}
	st.call("views.update", m{"view_id": id, "view": view("Second", section("A line above"))})
	p.Sees("#modal-title", "Second")
	p.Sees("#modal", "A line above")
	p.Press("e")
	p.Holds(`document.querySelector("#field-note").value === "hello" && document.querySelector("#field-role").value === "user"`)

	// Blocks that change are drawn again, with what was in them.
	changed := view("Third")
	changed["blocks"].([]m)[1]["hint"] = text("plain_text", "At most ten words")
	st.call("views.update", m{"view_id": id, "view": changed})
	p.Sees("#modal .hint", "ten words")
	p.Press("!")
	p.Holds(`document.querySelector("#field-note").value === "he!llo"`)

	p.Click("[data-action=help]")
	p.Click("#menu [data-item=help]")
	if got := dig(st.wants(heard, "help", "actions", 0, "action_id"), "view", "state", "values", "note", "value", "value"); got != "he!llo" {
		t.Errorf("the app was told that %v was filled in", got)
	}
	p.Sees("#modal", "No fields here")
	p.Gone("#modal-submit")
	p.Press(kb.Escape)
	p.Sees("#modal-title", "Third")
	p.Click("[data-action=help]") // the menu is still good for another time
	p.Focused("#menu [data-item=help]")
	p.Press(kb.Escape)
	p.Gone("#menu")
	p.Sees("#modal-title", "Third")
	p.Holds(`document.querySelector("#field-note").value === "he!llo"`)

	// What Slack itself finds wrong shows in place too, again and again.
	strict := view("Fourth", input("mail", "E-mail", m{"type": "email_text_input"}))
	st.call("views.update", m{"view_id": id, "view": strict})
	p.Type("#field-mail", "nobody")
	for range 2 {
		p.Click("#modal-submit")
		p.Sees("#modal .error", "valid email")
		p.Focused("#field-mail")
		p.Holds(`(document.querySelector("#field-note").focus(), true)`)
	}
	p.Holds(`document.querySelector("#field-note").value === "he!llo" && document.querySelector("#field-mail").value === "nobody"`)
}

// TestSelectsAskTheApp what there is to choose, at first and for what is typed, and send what was chosen.
func TestSelectsAskTheApp(t *testing.T) {
	st := newStage(t)
	chosen, asked := make(chan any, 1), make(chan any, 10)
	st.listen(func(payload m) m {
		switch {
		case payload["type"] == "block_suggestion" && payload["value"] != "":
			asked <- payload["value"]
			return m{"options": options("36")}
		case payload["type"] == "block_suggestion":
			asked := options("34", "35")
			asked[1]["text"], asked[1]["description"] = text("plain_text", "<b>Plans"), text("plain_text", "Ann")
			return m{"options": asked}
		case payload["type"] == "view_submission":
			chosen <- dig(payload, "view", "state", "values", "room", "value", "selected_option", "value")
		case payload["command"] != nil:
			st.call("views.open", m{"trigger_id": payload["trigger_id"], "view": m{
				"type": "modal", "callback_id": "one", "title": text("plain_text", "A room"), "submit": text("plain_text", "Go"),
				"blocks": []m{input("room", "Room", m{"type": "external_select", "min_query_length": 0, "initial_option": options("33")[0]})},
			}})
		}
		return nil
	})
	p := st.open(1280, 800)
	p.Type("#composer", "/docspace-invite form\r")
	p.Sees("#field-room", "<b>Plans (Ann)")
	p.Holds(`document.querySelector("#field-room").value === "33"`)
	p.Choose("#field-room", "35")
	p.Type("#field-room-search", "pla\r")
	p.Sees("#field-room", "36")
	p.Holds(`document.querySelector("#field-room").value === "35" && !document.querySelector("#field-room option[value='34']")`)
	p.Focused("#field-room-search")
	p.Holds(`document.querySelector("#field-room-search").value === "pla"`)
	if got := <-asked; got != "pla" || len(asked) > 0 {
		t.Errorf("the app was asked for %v first, and %d times more", got, len(asked))
	}
	p.Click("#modal-submit")
	p.Gone("#modal")
	if got := <-chosen; got != "35" {
		t.Errorf("the app got %v", got)
	}
}
