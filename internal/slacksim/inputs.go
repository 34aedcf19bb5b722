package slacksim

import (
	"encoding/json"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"unicode/utf8"
)

// input is an element of a view that has a value.
type input struct {
	block, action string
	optional      bool
	asked         bool // it is in an input block, and so can bear an error
	element       object
	offered       []any // the options of an external select
}

// overflow is the type of the menu behind three dots. What is chosen there is told once, and
// not kept in a view's state.
const overflow = "overflow"

// valued are the elements that have a value, and the field of it in a view's state
// (docs/facts/slack.md, "view_submission and view_closed").
var valued = map[string]string{
	overflow:           "selected_option",
	"plain_text_input": "value", "email_text_input": "value", "url_text_input": "value", "number_input": "value",
	"static_select": "selected_option", "external_select": "selected_option", "radio_buttons": "selected_option",
	"users_select": "selected_user", "conversations_select": "selected_conversation", "channels_select": "selected_channel",
	"datepicker": "selected_date", "timepicker": "selected_time",
	"multi_static_select": "selected_options", "multi_external_select": "selected_options", "checkboxes": "selected_options",
	"multi_users_select": "selected_users", "multi_conversations_select": "selected_conversations",
	"multi_channels_select": "selected_channels",
}

// inputsOf returns the elements of blocks that have a value.
func inputsOf(blocks []object) []input {
	var inputs []input
	for _, block := range blocks {
		id, _ := block["block_id"].(string)
		elements, _ := block["elements"].([]any)
		elements = append(slices.Clip(elements), block["accessory"], block["element"])
		for _, candidate := range elements {
			element, _ := candidate.(object)
			kind, _ := element["type"].(string)
			action, _ := element["action_id"].(string)
			if valued[kind] == "" || kind == overflow {
				continue
			}
			asked := block["type"] == "input"
			inputs = append(inputs, input{block: id, action: action, optional: !asked || block["optional"] == true, asked: asked, element: element})
		}
	}
	return inputs
}

// fillIn returns the state of a view after someone filled it in, and by block id what
// Slack itself finds wrong. The error is a mistake of the caller, who acts for that person: an
// input that is not there, or a value of the wrong kind.
func fillIn(v *view, values map[string]map[string]any) (state object, wrong map[string]string, err error) {
	inputs := inputsOf(v.blocks())
	for block, actions := range values {
		for action := range actions {
			if !slices.ContainsFunc(inputs, func(in input) bool { return in.block == block && in.action == action }) {
				return nil, nil, fmt.Errorf("the view has no input %s/%s", block, action)
			}
		}
	}
	state, wrong = object{}, map[string]string{}
	for _, in := range inputs {
		in.offered = v.offers(in)
		given, ok := values[in.block][in.action]
		var value object
		if ok {
			if value, err = in.value(given); err != nil {
				return nil, nil, err
			}
		} else {
			value = in.untouched(v.state)
		}
		if complaint := in.complaint(value); complaint != "" {
			wrong[in.block] = complaint
		}
		actions, _ := state[in.block].(object)
		if actions == nil {
			actions = object{}
			state[in.block] = actions
		}
		actions[in.action] = value
	}
	return state, wrong, nil
}

// field is where the state has the value.
func (in input) field() string { return valued[in.kind()] }

// isExternal reports whether the app is asked for the options.
func (in input) isExternal() bool { return strings.HasSuffix(in.kind(), "external_select") }

func (in input) kind() string { kind, _ := in.element["type"].(string); return kind }

// many reports whether several things can be chosen.
func (in input) many() bool { return strings.HasSuffix(in.field(), "s") }

// untouched is the value of an input that no one touched: what it was filled with before,
// what it shows at first, or nothing.
func (in input) untouched(before object) object {
	if actions, ok := before[in.block].(object); ok {
		if value, ok := actions[in.action].(object); ok {
			return value
		}
	}
	initial := in.element["initial_"+strings.TrimPrefix(in.field(), "selected_")]
	if initial == nil && in.many() {
		initial = []any{}
	}
	return object{"type": in.kind(), in.field(): initial}
}

// value is what the state says of a value that was filled in.
func (in input) value(given any) (object, error) {
	var chosen []string
	switch g := given.(type) {
	case nil:
	case string:
		if g != "" {
			chosen = []string{g}
		}
	case []string:
		chosen = g
	case []any: // as it comes out of JSON
		for _, item := range g {
			text, ok := item.(string)
			if !ok {
				return nil, fmt.Errorf("%s/%s: a list holds %T", in.block, in.action, item)
			}
			chosen = append(chosen, text)
		}
	default:
		return nil, fmt.Errorf("%s/%s: a value is a string or a list of strings, not %T", in.block, in.action, given)
	}
	if !in.many() && len(chosen) > 1 {
		return nil, fmt.Errorf("%s/%s takes one value", in.block, in.action)
	}
	values := make([]any, len(chosen))
	for i, text := range chosen {
		values[i] = text
		if strings.HasPrefix(in.field(), "selected_option") {
			option := in.option(text)
			if option == nil {
				return nil, fmt.Errorf("%s/%s has no option %q", in.block, in.action, text)
			}
			values[i] = option
		}
	}
	value := object{"type": in.kind(), in.field(): nil}
	switch {
	case in.many():
		value[in.field()] = values
	case len(values) == 1:
		value[in.field()] = values[0]
	}
	return value, nil
}

// option returns the option with a value. An external select has those that the app has suggested, and in a message
// any.
func (in input) option(value string) object {
	if in.isExternal() && in.offered == nil {
		return object{"text": object{"type": "plain_text", "text": value, "emoji": true}, "value": value}
	}
	options, _ := in.element["options"].([]any)
	options = append(slices.Clip(options), in.offered...)
	groups, _ := in.element["option_groups"].([]any)
	for _, g := range groups {
		group, _ := g.(object)
		more, _ := group["options"].([]any)
		options = append(slices.Clip(options), more...)
	}
	for _, o := range options {
		if option, _ := o.(object); option["value"] == value {
			return option
		}
	}
	return nil
}

// complaint is what Slack itself says of a value, or "".
func (in input) complaint(value object) string {
	held := value[in.field()]
	list, _ := held.([]any)
	text, isText := held.(string)
	switch {
	case held == nil || in.many() && len(list) == 0 || isText && text == "":
		if !in.optional {
			return "Please complete this required field."
		}
		return ""
	case in.kind() == "email_text_input":
		if address, err := mail.ParseAddress(text); err != nil || address.Address != text {
			return "Please enter a valid email address."
		}
	}
	length := utf8.RuneCountInString(text)
	if limit := number(in.element["max_length"]); isText && limit > 0 && length > limit {
		return fmt.Sprintf("Please use at most %d characters.", limit)
	}
	if limit := number(in.element["min_length"]); isText && length < limit {
		return fmt.Sprintf("Please use at least %d characters.", limit)
	}
	if limit := number(in.element["max_selected_items"]); limit > 0 && len(list) > limit {
		return fmt.Sprintf("Please choose at most %d.", limit)
	}
	return ""
}

// number returns a whole number of decoded JSON, or 0.
func number(v any) int {
	n, ok := v.(json.Number)
	if !ok {
		return 0
	}
	i, _ := n.Int64()
	return int(i)
}
