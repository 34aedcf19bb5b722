package slacksim_test

import "testing"

// choosing are blocks with an element of each kind that tells what was chosen in it.
func choosing() []m {
	plain := func(text string) m { return m{"type": "plain_text", "text": text} }
	options := []m{{"text": plain("Guest"), "value": "guest"}, {"text": plain("User"), "value": "user"}}
	return []m{
		{"type": "actions", "block_id": "row", "elements": []m{
			{"type": "button", "action_id": "go", "text": plain("Go")},
			{"type": "overflow", "action_id": "more", "options": options},
			{"type": "static_select", "action_id": "role", "options": options},
			{"type": "users_select", "action_id": "who"},
			{"type": "checkboxes", "action_id": "flags", "options": options},
			{"type": "datepicker", "action_id": "until"},
		}},
		{"type": "input", "block_id": "ask", "label": plain("Role"), "dispatch_action": true, "element": m{"type": "static_select", "action_id": "told", "options": options}},
		{"type": "input", "block_id": "quiet", "label": plain("Note"), "optional": true, "element": m{"type": "plain_text_input", "action_id": "note"}},
	}
}

func TestChoicesInMessages(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		ts := w.ok("chat.postMessage", m{"channel": w.general, "text": "choose", "blocks": choosing()})["ts"].(string)
		for action, tt := range map[string]struct {
			chosen []string
			path   []any
			want   any
		}{
			"more":  {[]string{"user"}, []any{"selected_option", "value"}, "user"},
			"role":  {[]string{"guest"}, []any{"selected_option", "text", "text"}, "Guest"},
			"who":   {[]string{w.bob}, []any{"selected_user"}, w.bob},
			"flags": {[]string{"guest", "user"}, []any{"selected_options", 1, "value"}, "user"},
			"until": {[]string{"2026-12-24"}, []any{"selected_date"}, "2026-12-24"},
			"told":  {[]string{"user"}, []any{"selected_option", "value"}, "user"},
		} {
			d := w.Press(w.ann, w.general, ts, action, tt.chosen...)
			e := c.hear("interactive")
			equal(t, action, at(t, e["payload"], append([]any{"actions", 0}, tt.path...)...), tt.want)
			if state := at(t, e, "payload", "state", "values").(m); (len(state) == 0) != (action == "more") {
				t.Errorf("%s: the state is %v", action, state)
			}
			c.ack(e, nil)
			w.wants(d, "")
		}
		w.wants(w.Press(w.ann, w.general, ts, "role", "king"), "invalid_input")
		w.wants(w.Press(w.ann, w.general, ts, "go", "user"), "invalid_input")
		w.wants(w.Press(w.ann, w.general, ts, "note", "x"), "action_not_found")
	})
}

func TestChoicesInViews(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		view := form()
		view["blocks"] = choosing()
		id := c.opens(view)
		if err := w.Fill(w.ann, id, values{"quiet": {"note": "half a sen"}}); err != nil {
			t.Fatal(err)
		}
		w.PressInView(w.ann, id, "role", "user")
		e := c.hear("interactive")
		equal(t, "action", at(t, e, "payload", "actions", 0, "selected_option", "value"), "user")
		equal(t, "state", at(t, e, "payload", "view", "state", "values", "row", "role", "selected_option", "value"), "user")
		equal(t, "what is filled in", at(t, e, "payload", "view", "state", "values", "quiet", "note", "value"), "half a sen")
		w.PressInView(w.ann, id, "more", "guest")
		equal(t, "menu", at(t, c.hear("interactive"), "payload", "actions", 0, "selected_option", "value"), "guest")
		w.wants(w.PressInView(w.ann, id, "role", "king"), "invalid_input")
		for what, err := range map[string]error{
			"no such view":  w.Fill(w.ann, "V0", nil),
			"no such input": w.Fill(w.ann, id, values{"b": {"a": "x"}}),
		} {
			if err == nil {
				t.Error(what + " can be filled in")
			}
		}

		w.ok("views.publish", m{"user_id": w.ann, "view": m{"type": "home", "blocks": choosing()}})
		home, _ := w.Home(w.ann)
		w.PressInView(w.ann, home.ID, "flags", "guest", "user")
		equal(t, "in the Home", at(t, c.hear("interactive"), "payload", "view", "state", "values", "row", "flags", "selected_options", 1, "value"), "user")
	})
}
