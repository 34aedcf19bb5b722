package slacksim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// queryMin is how many characters Slack waits for where an external select doesn't say (docs/facts/slack.md,
// "External selects").
const queryMin = 3

// Suggestion is what someone can choose.
type Suggestion struct {
	Text, Description, Value string
	Group                    string // the label of its group, if any
}

// Suggest has someone open an external select of a modal or their Home, and type something into it: the app is asked
// what there is to choose. Only that can be chosen from then on, see Submit.
func (w *Workspace) Suggest(user, viewID, blockID, actionID, typed string) *Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	v, _ := w.view(user, viewID)
	if v == nil {
		return w.nothing("view_not_found", viewID)
	}
	inputs := inputsOf(v.blocks())
	at := slices.IndexFunc(inputs, func(in input) bool { return in.block == blockID && in.action == actionID && in.isExternal() })
	if at < 0 {
		return w.nothing("action_not_found", blockID+"/"+actionID)
	}
	least := queryMin
	if has(inputs[at].element, "min_query_length") {
		least = number(inputs[at].element["min_query_length"])
	}
	if utf8.RuneCountInString(typed) < least {
		return w.nothing("invalid_input", fmt.Sprintf("Slack asks from %d characters on", least))
	}
	payload := w.interaction("block_suggestion", user)
	payload["container"] = object{"type": "view", "view_id": v.id}
	payload["view"] = v.json()
	payload["block_id"], payload["action_id"], payload["value"] = blockID, actionID, typed
	d := &Delivery{kind: typeInteractive, answers: true, payload: func(string) object { return payload }}
	d.onAck = func(answer json.RawMessage) {
		options, wrong := readSuggestions(answer)
		if len(wrong) > 0 {
			d.err = &DeliveryError{"invalid_options", strings.Join(wrong.messages(), "; ")}
			return
		}
		for _, o := range options {
			option, _ := o.option["text"].(object)
			about, _ := o.option["description"].(object)
			text, _ := option["text"].(string)
			description, _ := about["text"].(string)
			value, _ := o.option["value"].(string)
			d.options = append(d.options, Suggestion{text, description, value, o.group})
			v.suggest(inputs[at], o.option)
		}
		w.notify()
	}
	return w.deliver(d)
}

// Options returns what there is to choose, once a Suggest was answered.
func (d *Delivery) Options() []Suggestion {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	return slices.Clone(d.options)
}

// suggested is an option that the app suggests.
type suggested struct {
	option object
	group  string
}

// readSuggestions checks what the app answers to block_suggestion: options, or groups of them.
func readSuggestions(raw rawJSON) ([]suggested, problems) {
	c := &checker{surface: inModal}
	var answer object
	if len(raw) == 0 || decode(raw, &answer) != nil {
		c.fail("", "must provide an object")
		return nil, c.problems
	}
	c.keys(answer, "", "options option_groups")
	if has(answer, "options") == has(answer, "option_groups") {
		c.fail("", "must provide either options or option_groups")
	}
	var all []suggested
	take := func(in object, at, group string) {
		options, ok := in["options"].([]any)
		if !ok || len(options) > optionsMax {
			c.fail(at+"/options", "must provide an array of no more than %d items", optionsMax)
		}
		for i, o := range options {
			c.option(o, fmt.Sprintf("%s/options/%d", at, i), true)
			option, _ := o.(object)
			all = append(all, suggested{option, group})
		}
	}
	if has(answer, "options") {
		take(answer, "", "")
	}
	groups, _ := answer["option_groups"].([]any)
	if len(groups) > optionsMax {
		c.fail("/option_groups", "no more than %d items allowed", optionsMax)
	}
	for i, g := range groups {
		group, _ := g.(object)
		at := fmt.Sprintf("/option_groups/%d", i)
		c.plain(group, "label", at, optionTextMax, true)
		label, _ := group["label"].(object)
		text, _ := label["text"].(string)
		take(group, at, text)
	}
	return all, c.problems
}

// suggest notes an option that can be chosen from now on. What was suggested for other words can still be: in a select
// for several it stays chosen.
func (v *view) suggest(in input, option object) {
	if v.suggested == nil {
		v.suggested = map[string][]any{}
	}
	key := in.block + "/" + in.action
	if !containsEqual(v.suggested[key], option) {
		v.suggested[key] = append(v.suggested[key], option)
	}
}

// offers returns what can be chosen in an external select: what was suggested, and what it shows at first. It is nil
// for every other input.
func (v *view) offers(in input) []any {
	if !in.isExternal() {
		return nil
	}
	offered := append([]any{}, v.suggested[in.block+"/"+in.action]...)
	if has(in.element, "initial_option") {
		offered = append(offered, in.element["initial_option"])
	}
	initial, _ := in.element["initial_options"].([]any)
	return append(offered, initial...)
}
