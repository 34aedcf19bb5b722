package slacksim

import (
	"crypto/rand"
	"fmt"
	"reflect"
	"slices"
)

// where is a place in a block where elements stand.
type where int

const (
	inActions where = 1 << iota
	inAccessory
	inInput
	pressed = inActions | inAccessory
	chosen  = pressed | inInput
)

// The limits of elements (docs/facts/slack.md, "Numbers").
const (
	buttonTextMax  = 75
	buttonValueMax = 2000
	buttonURLMax   = 3000
	optionsMax     = 100
	optionTextMax  = 75
	placeholderMax = 150
	inputMax       = 3000
)

// elementRule is what is known of one type of element.
type elementRule struct {
	in    where
	keys  string // beside type and action_id
	check func(c *checker, element object, at string)
}

const (
	keysSelect = "placeholder confirm focus_on_load"
	keysMulti  = keysSelect + " max_selected_items"
	keysInput  = "placeholder focus_on_load dispatch_action_config initial_value"
)

var elementRules = map[string]elementRule{
	"button": {pressed, "text url value style confirm accessibility_label", (*checker).button},
	"image": {inAccessory, "image_url slack_file alt_text", func(c *checker, e object, at string) {
		c.image(e, at)
	}},
	"static_select":              {chosen, keysSelect + " options option_groups initial_option", (*checker).options},
	"multi_static_select":        {inAccessory | inInput, keysMulti + " options option_groups initial_options", (*checker).options},
	"external_select":            {chosen, keysSelect + " min_query_length initial_option", (*checker).external},
	"multi_external_select":      {inAccessory | inInput, keysMulti + " min_query_length initial_options", (*checker).external},
	"users_select":               {chosen, keysSelect + " initial_user", plainElement},
	"multi_users_select":         {inAccessory | inInput, keysMulti + " initial_users", plainElement},
	"conversations_select":       {chosen, keysSelect + " initial_conversation default_to_current_conversation response_url_enabled filter", plainElement},
	"multi_conversations_select": {inAccessory | inInput, keysMulti + " initial_conversations default_to_current_conversation filter", plainElement},
	"channels_select":            {chosen, keysSelect + " initial_channel response_url_enabled", plainElement},
	"multi_channels_select":      {inAccessory | inInput, keysMulti + " initial_channels", plainElement},
	overflow:                     {pressed, "options confirm", func(c *checker, e object, at string) { c.optionList(e, at, 5, true) }},
	"checkboxes":                 {chosen, "options initial_options confirm focus_on_load", func(c *checker, e object, at string) { c.optionList(e, at, 10, false) }},
	"radio_buttons":              {chosen, "options initial_option confirm focus_on_load", func(c *checker, e object, at string) { c.optionList(e, at, 10, false) }},
	"datepicker":                 {chosen, keysSelect + " initial_date", plainElement},
	"timepicker":                 {chosen, keysSelect + " initial_time timezone", plainElement},
	"plain_text_input":           {inInput, keysInput + " multiline min_length max_length", (*checker).textInput},
	"email_text_input":           {inInput, keysInput, (*checker).textInput},
	"url_text_input":             {inInput, keysInput, (*checker).textInput},
	"number_input":               {inInput, keysInput + " is_decimal_allowed min_value max_value", (*checker).textInput},
}

func plainElement(*checker, object, string) {}

// element checks an element of a block. The ids are the action ids that the block has so far.
func (c *checker) element(v any, at string, in where, ids map[string]bool) {
	element, ok := v.(object)
	if !ok {
		c.fail(at, "must provide an object")
		return
	}
	kind, _ := element["type"].(string)
	rule, known := elementRules[kind]
	if !known || rule.in&in == 0 {
		c.fail(at+"/type", "unsupported type: %s", kind)
		return
	}
	c.keys(element, at, "type action_id "+rule.keys)
	c.plain(element, "placeholder", at, placeholderMax, false)
	c.confirm(element, at)
	rule.check(c, element, at)
	if kind == "image" {
		return
	}
	id := c.str(element, "action_id", at, 255, false)
	switch {
	case id == "":
		element["action_id"] = rand.Text()[:5]
	case ids[id]:
		c.fail(at+"/action_id", "action_id already exists")
	}
	ids[id] = true
}

func (c *checker) button(e object, at string) {
	c.plain(e, "text", at, buttonTextMax, true)
	c.str(e, "value", at, buttonValueMax, false)
	c.str(e, "url", at, buttonURLMax, false)
	c.str(e, "accessibility_label", at, buttonTextMax, false)
	if style, ok := e["style"]; ok && style != "primary" && style != "danger" && style != nil {
		c.fail(at+"/style", "must be a valid enum value")
	}
}

func (c *checker) confirm(e object, at string) {
	if !has(e, "confirm") {
		return
	}
	at += "/confirm"
	dialog, ok := e["confirm"].(object)
	if !ok {
		c.fail(at, "must provide an object")
		return
	}
	c.keys(dialog, at, "title text confirm deny style")
	c.plain(dialog, "title", at, 100, true)
	c.text(dialog, "text", at, 300, true)
	c.plain(dialog, "confirm", at, 30, true)
	c.plain(dialog, "deny", at, 30, true)
}

func (c *checker) textInput(e object, at string) {
	if limit := number(e["max_length"]); has(e, "max_length") && (limit < 1 || limit > inputMax) {
		c.fail(at+"/max_length", "must be between 1 and %d", inputMax)
	}
	c.str(e, "initial_value", at, inputMax, false)
	if e["type"] == "number_input" && !has(e, "is_decimal_allowed") {
		c.fail(at, "missing required field: is_decimal_allowed")
	}
}

// options checks the options of a select, in groups or not.
func (c *checker) options(e object, at string) {
	if !has(e, "option_groups") {
		c.optionList(e, at, optionsMax, true)
		return
	}
	for i, g := range c.list(e, "option_groups", at, optionsMax) {
		group, _ := g.(object)
		inGroup := fmt.Sprintf("%s/option_groups/%d", at, i)
		c.plain(group, "label", inGroup, optionTextMax, true)
		c.optionList(group, inGroup, optionsMax, true)
	}
}

// optionList checks the field options, and that what is chosen at first is among them.
func (c *checker) optionList(e object, at string, most int, plainOnly bool) {
	options := c.list(e, "options", at, most)
	for i, o := range options {
		c.option(o, fmt.Sprintf("%s/options/%d", at, i), plainOnly)
	}
	initial, _ := e["initial_options"].([]any)
	if has(e, "initial_option") {
		initial = append(initial, e["initial_option"])
	}
	for _, picked := range initial {
		c.option(picked, at+"/initial_option", plainOnly) // fills in the flags, so that the two can be equal
		if !containsEqual(options, picked) {
			c.fail(at, "initial option must match one of the options")
		}
	}
}

func containsEqual(list []any, wanted any) bool {
	return slices.ContainsFunc(list, func(item any) bool { return reflect.DeepEqual(item, wanted) })
}

// external checks a select whose options are the app's to suggest.
func (c *checker) external(e object, at string) {
	if length, ok := e["min_query_length"]; ok && (number(length) < 0 || length == nil) {
		c.fail(at+"/min_query_length", "must be at least 0")
	}
	if has(e, "initial_option") {
		c.option(e["initial_option"], at+"/initial_option", true)
	}
	initial, _ := e["initial_options"].([]any)
	for i, o := range initial {
		c.option(o, fmt.Sprintf("%s/initial_options/%d", at, i), true)
	}
}

func (c *checker) option(v any, at string, plainOnly bool) {
	option, ok := v.(object)
	if !ok {
		c.fail(at, "must provide an object")
		return
	}
	c.keys(option, at, "text value description url")
	if plainOnly {
		c.plain(option, "text", at, optionTextMax, true)
		c.plain(option, "description", at, optionTextMax, false)
	} else {
		c.text(option, "text", at, optionTextMax, true)
		c.text(option, "description", at, optionTextMax, false)
	}
	c.str(option, "value", at, optionTextMax, true)
}
