package slacksim

import (
	"encoding/json"
	"slices"
)

// Submit has someone press the submit button of the modal that they see, after filling in
// values by block and action id: a string, or a list of strings where several can be
// chosen. Inputs that are not among them keep what they show, or are sent empty. As Slack
// itself checks that required inputs are filled in, lengths, addresses and options, a
// mistake there shows in the view and does not reach the app: "invalid_input".
func (w *Workspace) Submit(user, viewID string, values map[string]map[string]any) *Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := w.modal(user, viewID)
	if v == nil || w.stacks[user][len(w.stacks[user])-1] != v {
		return w.nothing("view_not_found", viewID)
	}
	state, wrong, err := fillIn(v, values)
	if err != nil {
		return w.nothing("invalid_input", err.Error())
	}
	v.state, v.errors, v.trouble = state, wrong, false
	w.notify()
	if len(wrong) > 0 {
		return w.nothing("invalid_input", "")
	}

	payload := w.interaction("view_submission", user)
	payload["view"] = v.json()
	payload["trigger_id"] = w.newTrigger(user, true)
	answers := w.answersTo(v)
	return w.deliver(&Delivery{
		kind: typeInteractive, answers: true,
		payload: func(base string) object {
			urls := []any{}
			for _, a := range answers {
				urls = append(urls, with(a, "response_url", base+a["response_url"].(string)))
			}
			return with(payload, "response_urls", urls)
		},
		onAck: func(answer json.RawMessage) { w.answerView(v, answer) },
		onLate: func(string) {
			v.trouble = true
			w.notify()
		},
	})
}

// answersTo returns the response_urls of a submission, without the server's address: one for each
// conversation chosen where the app asked for it (docs/facts/slack.md, "view_submission and
// view_closed").
func (w *Workspace) answersTo(v *view) (answers []object) {
	for _, in := range inputsOf(v.blocks()) {
		if in.element["response_url_enabled"] != true {
			continue
		}
		actions, _ := v.state[in.block].(object)
		value, _ := actions[in.action].(object)
		channel, _ := value[in.field()].(string)
		if channel == "" {
			continue
		}
		answers = append(answers, object{
			"block_id": in.block, "action_id": in.action, "channel_id": channel, "response_url": w.newResponse("app", channel, v.user, nil),
		})
	}
	return answers
}

// answerView does what the app's acknowledgement of a submission says (docs/facts/slack.md, "Ack").
func (w *Workspace) answerView(v *view, raw json.RawMessage) {
	if w.modal(v.user, v.id) == nil {
		return // closed meanwhile
	}
	defer w.notify()
	if raw == nil {
		w.closeView(v)
		return
	}
	var answer struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
		View   rawJSON           `json:"view"`
	}
	if json.Unmarshal(raw, &answer) != nil {
		v.trouble = true
		return
	}
	switch answer.Action {
	case "errors":
		v.errors = answer.Errors
		v.trouble = len(answer.Errors) == 0
		for block := range answer.Errors {
			if !slices.ContainsFunc(inputsOf(v.blocks()), func(in input) bool { return in.asked && in.block == block }) {
				v.errors, v.trouble = nil, true
			}
		}
	case "update", "push":
		content, err := readView(answer.View, "modal")
		if err == nil && answer.Action == "push" {
			_, err = w.pushView(v.user, content)
		} else if err == nil {
			v.fill(content)
		}
		v.trouble = err != nil
	case "clear":
		delete(w.stacks, v.user)
	case "":
		w.closeView(v)
	default:
		v.trouble = true
	}
}

// CloseView has someone close a modal without submitting it, with those over it. The app
// hears of it only if the view says notify_on_close.
func (w *Workspace) CloseView(user, viewID string) *Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := w.modal(user, viewID)
	if v == nil {
		return w.nothing("view_not_found", viewID)
	}
	cleared := v.content["clear_on_close"] == true
	if cleared {
		delete(w.stacks, user)
		w.notify()
	} else {
		w.closeView(v)
	}
	if v.content["notify_on_close"] != true {
		return w.nothing("", "")
	}
	payload := w.interaction("view_closed", user)
	payload["view"], payload["is_cleared"] = v.json(), cleared
	return w.deliver(&Delivery{kind: typeInteractive, payload: func(string) object { return payload }})
}

// PressInView has someone press a button of a modal that they have open, or of the Home. In
// a menu, a select or a list they choose, as with Press. The app hears of all that is filled in there
// (docs/facts/slack.md, "Views").
func (w *Workspace) PressInView(user, viewID, actionID string, chosen ...string) *Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	v, modal := w.view(user, viewID)
	if v == nil {
		return w.nothing("view_not_found", viewID)
	}
	action := findAction(v.blocks(), actionID)
	if action == nil {
		return w.nothing("action_not_found", actionID)
	}
	action, value, err := choose(v, action, chosen)
	if err == nil {
		v.state, _, err = fillIn(v, nil)
	}
	if err != nil {
		return w.nothing("invalid_input", err.Error())
	}
	keep(v.state, action, value)
	payload := w.interaction("block_actions", user)
	payload["container"] = object{"type": "view", "view_id": v.id}
	payload["view"] = v.json()
	payload["actions"] = []object{with(action, "action_ts", w.newTS())}
	payload["trigger_id"] = w.newTrigger(user, modal)
	return w.deliver(&Delivery{kind: typeInteractive, payload: func(string) object { return payload }})
}
