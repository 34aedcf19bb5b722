package slacksim_test

import (
	"maps"
	"strings"
	"testing"
	"time"
)

// form is a modal with an input of each kind that matters here.
func form() m {
	input := func(block, action, kind string, more m) m {
		element := m{"type": kind, "action_id": action}
		maps.Copy(element, more)
		return m{"type": "input", "block_id": block, "optional": block != "b_role", "element": element, "label": m{"type": "plain_text", "text": block}}
	}
	option := func(value string) m { return m{"text": m{"type": "plain_text", "text": value}, "value": value} }
	return m{
		"type": "modal", "callback_id": "form", "private_metadata": "C1", "title": m{"type": "plain_text", "text": "Form"},
		"submit": m{"type": "plain_text", "text": "Send"},
		"blocks": []m{
			{"type": "section", "block_id": "intro", "text": m{"type": "mrkdwn", "text": "hi"}},
			input("b_role", "role", "static_select", m{"options": []m{option("guest"), option("user")}, "initial_option": option("guest")}),
			input("b_users", "users", "multi_users_select", nil),
			input("b_note", "note", "plain_text_input", m{"max_length": 10}),
			input("b_mail", "mail", "email_text_input", nil),
		},
	}
}

// opens has Ann type a command and the app open a view for her.
func (c *wire) opens(view m) string {
	c.w.t.Helper()
	c.w.Type(c.w.ann, c.w.general, "/docspace-invite form")
	e := c.hear("slash_commands")
	c.ack(e, nil)
	return at(c.w.t, c.w.ok("views.open", m{"trigger_id": at(c.w.t, e, "payload", "trigger_id"), "view": view}), "view", "id").(string)
}

type values = map[string]map[string]any

func TestTriggersWorkOnceAndSoon(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		trigger := func() any {
			w.Type(w.ann, w.general, "/docspace-invite")
			return at(t, c.hear("slash_commands"), "payload", "trigger_id")
		}
		id := trigger()
		equal(t, "an invalid view", w.post("views.open", m{"trigger_id": id, "view": m{"type": "modal"}})["error"], "invalid_arguments")
		equal(t, "a valid one", w.post("views.open", m{"trigger_id": id, "view": form()})["ok"], true)
		equal(t, "again", w.post("views.open", m{"trigger_id": id, "view": form()})["error"], "exchanged_trigger_id")
		id = trigger()
		time.Sleep(3 * time.Second)
		equal(t, "late", w.post("views.open", m{"trigger_id": id, "view": form()})["error"], "expired_trigger_id")
		equal(t, "invented", w.post("views.open", m{"trigger_id": "1.2.3", "view": form()})["error"], "invalid_trigger_id")
		equal(t, "no push on no modal", w.post("views.push", m{"trigger_id": trigger(), "view": form()})["error"], "invalid_trigger_id")
	})
}

func TestSubmissionTellsWhatWasFilledIn(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		id := c.opens(form())
		d := w.Submit(w.ann, id, values{
			"b_users": {"users": []string{w.bob}}, "b_note": {"note": "hello"},
		})
		e := c.hear("interactive")
		equal(t, "accepts_response_payload", e["accepts_response_payload"], true)
		view := at(t, e, "payload", "view")
		equal(t, "callback_id", at(t, view, "callback_id"), "form")
		equal(t, "private_metadata", at(t, view, "private_metadata"), "C1")
		state := at(t, view, "state", "values")
		equal(t, "untouched select", at(t, state, "b_role", "role", "selected_option", "value"), "guest")
		equal(t, "its type", at(t, state, "b_role", "role", "type"), "static_select")
		equal(t, "users", at(t, state, "b_users", "users", "selected_users", 0), w.bob)
		equal(t, "text", at(t, state, "b_note", "note", "value"), "hello")
		equal(t, "blank text", at(t, state, "b_mail", "mail", "value"), nil)
		if _, there := at(t, state, "b_mail", "mail").(m)["value"]; !there {
			t.Error("a blank input is left out; Slack sends null")
		}
		c.ack(e, nil)
		w.wants(d, "")
		equal(t, "open views", len(w.Views(w.ann)), 0)
	})
}

func TestSubmissionIsCheckedBySlackFirst(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		id := c.opens(form())
		for block, v := range map[string]values{
			"b_role": {"b_role": {"role": ""}},
			"b_note": {"b_note": {"note": strings.Repeat("x", 11)}},
			"b_mail": {"b_mail": {"mail": "nobody"}},
		} {
			w.wants(w.Submit(w.ann, id, v), "invalid_input")
			if errors := w.Views(w.ann)[0].Errors; len(errors) != 1 || errors[block] == "" {
				t.Errorf("errors %v, want one for %s", errors, block)
			}
			d := w.Submit(w.ann, id, values{"b_role": {"role": "guest"}, "b_note": {"note": ""}, "b_mail": {"mail": ""}})
			c.ack(c.hear("interactive"), m{"response_action": "update", "view": form()})
			w.wants(d, "")
			equal(t, "errors of a view that was updated", len(w.Views(w.ann)[0].Errors), 0)
		}
		w.wants(w.Submit(w.ann, id, values{"b_none": {"x": "y"}}), "invalid_input")
		w.wants(w.Submit(w.ann, id, values{"b_role": {"role": "emperor"}}), "invalid_input")
		w.wants(w.Submit(w.bob, id, nil), "view_not_found")
		c.silent()
	})
}

func TestSubmissionAnswers(t *testing.T) {
	other := func() m {
		view := form()
		view["callback_id"] = "next"
		return view
	}
	for name, tt := range map[string]struct {
		answer  any
		views   []string // callback ids of the views then open
		errors  int
		trouble bool
	}{
		"nothing":            {nil, nil, 0, false},
		"nothing, by bolt":   {m{}, nil, 0, false},
		"clear":              {m{"response_action": "clear"}, nil, 0, false},
		"errors":             {m{"response_action": "errors", "errors": m{"b_note": "no"}}, []string{"form"}, 1, false},
		"errors of no input": {m{"response_action": "errors", "errors": m{"intro": "no"}}, []string{"form"}, 0, true},
		"no errors":          {m{"response_action": "errors", "errors": m{}}, []string{"form"}, 0, true},
		"update":             {m{"response_action": "update", "view": other()}, []string{"next"}, 0, false},
		"push":               {m{"response_action": "push", "view": other()}, []string{"form", "next"}, 0, false},
		"an invalid view":    {m{"response_action": "update", "view": m{"type": "modal"}}, []string{"form"}, 0, true},
		"unknown":            {m{"response_action": "dance"}, []string{"form"}, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				c := w.connect()
				c.hear("hello")
				d := w.Submit(w.ann, c.opens(form()), nil)
				c.ack(c.hear("interactive"), tt.answer)
				w.wants(d, "")
				var open []string
				for _, view := range w.Views(w.ann) {
					open = append(open, view.CallbackID)
				}
				equal(t, "views", strings.Join(open, " "), strings.Join(tt.views, " "))
				if len(open) > 0 {
					equal(t, "errors", len(w.Views(w.ann)[0].Errors), tt.errors)
					equal(t, "trouble", w.Views(w.ann)[0].Trouble, tt.trouble)
				}
			})
		})
	}
}

func TestSubmissionWithoutAnswerShowsTrouble(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		id := c.opens(form())
		d := w.Submit(w.ann, id, nil)
		c.hear("interactive")
		w.wants(d, "operation_timeout")
		equal(t, "trouble", w.Views(w.ann)[0].Trouble, true)
	})
}

func TestViewsAreUpdatedPushedAndClosed(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		view := form()
		view["notify_on_close"] = true
		view["blocks"] = append(view["blocks"].([]m), m{"type": "actions", "elements": []m{
			{"type": "button", "action_id": "more", "text": m{"type": "plain_text", "text": "More"}},
		}})
		id := c.opens(view)
		hash := at(t, w.ok("views.update", m{"view_id": id, "view": view}), "view", "hash")
		w.ok("views.update", m{"view_id": id, "view": view, "hash": hash})
		equal(t, "an old hash", w.post("views.update", m{"view_id": id, "view": view, "hash": hash})["error"], "hash_conflict")
		equal(t, "no view", w.post("views.update", m{"view_id": "V0", "view": view})["error"], "not_found")

		for n := 2; n <= 4; n++ {
			w.PressInView(w.ann, id, "more")
			e := c.hear("interactive")
			equal(t, "container", at(t, e, "payload", "container", "view_id"), id)
			answer := w.post("views.push", m{"trigger_id": at(t, e, "payload", "trigger_id"), "view": view})
			if n == 4 {
				equal(t, "a fourth view", answer["error"], "push_limit_reached")
			} else {
				equal(t, "root", at(t, answer, "view", "root_view_id"), id)
			}
		}
		top := w.Views(w.ann)[2].ID
		w.CloseView(w.ann, top)
		equal(t, "closed", at(t, c.hear("interactive"), "payload", "view", "id"), top)
		equal(t, "open", len(w.Views(w.ann)), 2)
	})
}

func TestViewsByTheAppsOwnID(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		view := form()
		view["external_id"] = "mine"
		id := c.opens(view)
		updated := w.ok("views.update", m{"external_id": "mine", "view": view})
		equal(t, "id", at(t, updated, "view", "id"), id)
		w.Type(w.bob, w.general, "/docspace-invite form")
		trigger := at(t, c.hear("slash_commands"), "payload", "trigger_id")
		equal(t, "a second one", w.post("views.open", m{"trigger_id": trigger, "view": view})["error"], "duplicate_external_id")
	})
}

func TestFilledInTextSurvivesUpdates(t *testing.T) {
	inWorld(t, func(w *world) {
		c := w.connect()
		c.hear("hello")
		id := c.opens(form())
		d := w.Submit(w.ann, id, values{"b_note": {"note": "kept"}, "b_users": {"users": []any{w.bob}}})
		c.ack(c.hear("interactive"), m{"response_action": "errors", "errors": m{"b_role": "no"}})
		w.wants(d, "")
		view := form()
		view["blocks"] = view["blocks"].([]m)[:4] // without b_mail
		state := at(t, w.ok("views.update", m{"view_id": id, "view": view}), "view", "state", "values")
		equal(t, "note", at(t, state, "b_note", "note", "value"), "kept")
		if state.(m)["b_mail"] != nil {
			t.Error("the value of an input that is gone is kept")
		}
		equal(t, "errors", len(w.Views(w.ann)[0].Errors), 0)
		w.Submit(w.ann, id, nil)
		again := at(t, c.hear("interactive"), "payload", "view", "state", "values")
		equal(t, "user, untouched", at(t, again, "b_users", "users", "selected_users", 0), w.bob)
	})
}

func TestHomeIsPublishedForOnePerson(t *testing.T) {
	inWorld(t, func(w *world) {
		home := m{"type": "home", "blocks": []m{{"type": "divider"}}}
		w.ok("views.publish", m{"user_id": w.ann, "view": home})
		if v, ok := w.Home(w.ann); !ok || !strings.Contains(string(v.Raw), "divider") {
			t.Errorf("Ann's Home is %+v", v)
		}
		equal(t, "a modal", w.post("views.publish", m{"user_id": w.ann, "view": form()})["error"], "invalid_arguments")
		w.HomeTab(false)
		equal(t, "switched off", w.post("views.publish", m{"user_id": w.ann, "view": home})["error"], "not_enabled")
	})
}
