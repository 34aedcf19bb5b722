package slacksim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docspace-invite-bot/bot/internal/slacksim"
)

// searching is a modal with an external select in a block.
func searching(element m) m {
	element["type"], element["action_id"] = "external_select", "value"
	return m{
		"type": "modal", "callback_id": "form", "title": m{"type": "plain_text", "text": "Form"}, "submit": m{"type": "plain_text", "text": "Send"},
		"blocks": []m{{"type": "input", "block_id": "room", "optional": true, "label": m{"type": "plain_text", "text": "Room"}, "element": element}},
	}
}

func suggestion(text, value string) m {
	return m{"text": m{"type": "plain_text", "text": text}, "value": value}
}

// TestSuggestionsAreAskedForAndChosen: the app hears what was typed, and what it answers can be chosen, and nothing
// else.
func TestSuggestionsAreAskedForAndChosen(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		id := c.opens(searching(m{"min_query_length": 0, "initial_option": suggestion("Usual", "9")}))
		submit := func(value string) *slacksim.Delivery { return w.Submit(w.ann, id, values{"room": {"value": value}}) }
		w.wants(submit("7"), "invalid_input")

		d := w.Suggest(w.ann, id, "room", "value", "")
		c.ack(c.hear("interactive"), m{"options": []m{}})
		w.wants(d, "")
		equal(t, "options", len(d.Options()), 0)

		d = w.Suggest(w.ann, id, "room", "value", "pl")
		e := c.hear("interactive")
		equal(t, "accepts_response_payload", e["accepts_response_payload"], true)
		equal(t, "type", at(t, e, "payload", "type"), "block_suggestion")
		equal(t, "what was typed", at(t, e, "payload", "value"), "pl")
		equal(t, "block", at(t, e, "payload", "block_id"), "room")
		equal(t, "action", at(t, e, "payload", "action_id"), "value")
		equal(t, "user", at(t, e, "payload", "user", "id"), w.ann)
		equal(t, "view", at(t, e, "payload", "view", "id"), id)
		equal(t, "container", at(t, e, "payload", "container", "view_id"), id)
		option := suggestion("Planning", "7")
		option["description"] = m{"type": "plain_text", "text": "Ann"}
		c.ack(e, m{"option_groups": []m{{"label": m{"type": "plain_text", "text": "Rooms"}, "options": []m{option}}}})
		w.wants(d, "")
		if want := []slacksim.Suggestion{{Text: "Planning", Description: "Ann", Value: "7", Group: "Rooms"}}; !slices.Equal(d.Options(), want) {
			t.Errorf("options %+v, want %+v", d.Options(), want)
		}
		w.wants(submit("8"), "invalid_input")
		d = submit("7")
		e = c.hear("interactive")
		equal(t, "chosen", at(t, e, "payload", "view", "state", "values", "room", "value", "selected_option", "value"), "7")
		c.ack(e, nil)
		w.wants(d, "")
	})
}

// TestSuggestionsThatSlackDoesNotTake, and those that come late: there is nothing to choose.
func TestSuggestionsThatSlackDoesNotTake(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		id := c.opens(searching(m{}))
		w.wants(w.Suggest(w.ann, id, "room", "value", "pl"), "invalid_input") // three characters at least
		w.wants(w.Suggest(w.ann, id, "rooms", "value", "plan"), "action_not_found")
		w.wants(w.Suggest(w.bob, id, "room", "value", "plan"), "view_not_found")
		var many []m
		for i := range 101 {
			many = append(many, suggestion("x", fmt.Sprint(i)))
		}
		for name, answer := range map[string]any{
			"nothing":      nil,
			"a list":       []m{suggestion("x", "1")},
			"both":         m{"options": []m{}, "option_groups": []m{}},
			"too many":     m{"options": many},
			"a long text":  m{"options": []m{suggestion(strings.Repeat("x", 76), "1")}},
			"a long value": m{"options": []m{suggestion("x", strings.Repeat("1", 76))}},
			"no value":     m{"options": []m{{"text": m{"type": "plain_text", "text": "x"}}}},
			"markup":       m{"options": []m{{"text": m{"type": "mrkdwn", "text": "x"}, "value": "1"}}},
			"no label":     m{"option_groups": []m{{"options": []m{suggestion("x", "1")}}}},
		} {
			d := w.Suggest(w.ann, id, "room", "value", "plan")
			c.ack(c.hear("interactive"), answer)
			w.wants(d, "invalid_options")
			if len(d.Options()) > 0 {
				t.Errorf("%s: there are options", name)
			}
		}
		d := w.Suggest(w.ann, id, "room", "value", "plan")
		e := c.hear("interactive")
		time.Sleep(3*time.Second + time.Millisecond)
		c.ack(e, m{"options": []m{suggestion("x", "1")}})
		w.wants(d, "operation_timeout")
		equal(t, "late options", len(d.Options()), 0)
	})
}

// TestDialogChangesAtAChoice: the app hears of it with all that is filled in, touched or not. An input that keeps its ids keeps
// its value too, even one that it doesn't offer any more; with another id it starts again.
func TestDialogChangesAtAChoice(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		view := func(action string, options ...m) m {
			view := searching(m{"min_query_length": 0})
			blocks := view["blocks"].([]m)
			blocks[0]["dispatch_action"] = true
			input := func(id, action string, element m) m {
				element["action_id"] = action
				return m{"type": "input", "block_id": id, "optional": true, "label": m{"type": "plain_text", "text": id}, "element": element}
			}
			view["blocks"] = append(blocks,
				input("right", action, m{"type": "static_select", "options": options, "initial_option": options[0]}),
				input("note", "note", m{"type": "plain_text_input", "initial_value": "hello"}))
			return view
		}
		reader, editor := suggestion("Viewer", "read"), suggestion("Editor", "edit")
		id := c.opens(view("both", reader, editor))
		w.Suggest(w.ann, id, "room", "value", "")
		c.ack(c.hear("interactive"), m{"options": []m{suggestion("Planning", "7")}})

		w.wants(w.PressInView(w.ann, id, "value", "8"), "invalid_input")
		w.PressInView(w.ann, id, "value", "7")
		e := c.hear("interactive")
		equal(t, "block", at(t, e, "payload", "actions", 0, "block_id"), "room")
		equal(t, "choice", at(t, e, "payload", "actions", 0, "selected_option", "text", "text"), "Planning")
		hash, state := at(t, e, "payload", "view", "hash"), at(t, e, "payload", "view", "state", "values")
		equal(t, "room", at(t, state, "room", "value", "selected_option", "value"), "7")
		equal(t, "untouched right", at(t, state, "right", "both", "selected_option", "value"), "read")
		equal(t, "untouched note", at(t, state, "note", "note", "value"), "hello")

		right := func(action string) any {
			t.Helper()
			w.PressInView(w.ann, id, "value") // who clears the room
			state := at(t, c.hear("interactive"), "payload", "view", "state", "values")
			equal(t, "no room", at(t, state, "room", "value", "selected_option"), nil)
			return at(t, state, "right", action, "selected_option", "value")
		}
		w.ok("views.update", m{"view_id": id, "hash": hash, "view": view("both", editor)})
		equal(t, "right with its ids", right("both"), "read")
		w.ok("views.update", m{"view_id": id, "view": view("one", editor)})
		equal(t, "right with another id", right("one"), "edit")
	})
}
