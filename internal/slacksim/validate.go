package slacksim

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// surface is where blocks stand. Blocks name those that they may stand on (docs/facts/slack.md,
// "Which blocks where").
type surface int

const (
	inMessage surface = 1 << iota
	inModal
	inHome
	anywhere = inMessage | inModal | inHome
)

// The largest numbers of blocks (docs/facts/slack.md, "Numbers").
const (
	messageBlocksMax = 50
	viewBlocksMax    = 100
)

// problem is one thing that Slack does not accept, and where.
type problem struct{ pointer, message string }

type problems []problem

// messages writes the problems as Slack does.
func (p problems) messages() []string {
	all := make([]string, len(p))
	for i, one := range p {
		all[i] = one.message + " [json-pointer:" + one.pointer + "]"
	}
	return all
}

// metadata is the response_metadata that tells of the problems.
func (p problems) metadata() object {
	messages := p.messages()
	for i, message := range messages {
		messages[i] = "[ERROR] " + message
	}
	return object{"messages": messages}
}

// checker gathers the problems of blocks or of a view, and fills in what Slack fills in:
// ids that are missing, and the flags of text objects.
type checker struct {
	surface  surface
	problems problems
}

func (c *checker) fail(pointer, format string, args ...any) {
	c.problems = append(c.problems, problem{pointer, fmt.Sprintf(format, args...)})
}

// checkBlocks checks a list of blocks, and returns them with what Slack fills in.
func checkBlocks(raw rawJSON, on surface) ([]object, problems) {
	c := &checker{surface: on}
	var list any
	if decode(raw, &list) != nil {
		c.fail("/blocks", "must be valid JSON")
		return nil, c.problems
	}
	blocks := c.blocks(list, "/blocks")
	return blocks, c.problems
}

func (c *checker) blocks(v any, pointer string) []object {
	list, ok := v.([]any)
	if !ok {
		c.fail(pointer, "must provide an array")
		return nil
	}
	limit := viewBlocksMax
	if c.surface == inMessage {
		limit = messageBlocksMax
	}
	if len(list) > limit {
		c.fail(pointer, "no more than %d items allowed", limit)
	}
	blocks := make([]object, 0, len(list))
	ids := map[string]bool{}
	for i, item := range list {
		at := fmt.Sprintf("%s/%d", pointer, i)
		block, ok := item.(object)
		if !ok {
			c.fail(at, "must provide an object")
			continue
		}
		c.block(block, at)
		id := c.str(block, "block_id", at, 255, false)
		switch {
		case id == "":
			block["block_id"] = newBlockID()
		case ids[id]:
			c.fail(at+"/block_id", "block_id already exists")
		}
		ids[id] = true
		blocks = append(blocks, block)
	}
	return blocks
}

// blockRule is what is known of one type of block.
type blockRule struct {
	on    surface
	keys  string // beside type and block_id
	check func(c *checker, block object, at string)
}

// blockRules are the types of blocks. Of those that the bot has no use for only the outline
// is checked. Whether plan and task_card pass outside of streaming is not known: they do not.
var blockRules = map[string]blockRule{
	"section": {anywhere, "text fields accessory expand", (*checker).section},
	"header": {anywhere, "text level", func(c *checker, b object, at string) {
		c.plain(b, "text", at, 150, true)
	}},
	"divider": {anywhere, "", func(*checker, object, string) {}},
	"context": {anywhere, "elements", func(c *checker, b object, at string) {
		for i, element := range c.list(b, "elements", at, 10) {
			c.contextElement(element, fmt.Sprintf("%s/elements/%d", at, i))
		}
	}},
	"actions": {anywhere, "elements", func(c *checker, b object, at string) {
		ids := map[string]bool{}
		for i, element := range c.list(b, "elements", at, 25) {
			c.element(element, fmt.Sprintf("%s/elements/%d", at, i), inActions, ids)
		}
	}},
	"input": {anywhere, "label element hint optional dispatch_action", (*checker).input},
	"image": {anywhere, "image_url slack_file alt_text title is_animated", func(c *checker, b object, at string) {
		c.image(b, at)
		c.plain(b, "title", at, 2000, false)
	}},
	"rich_text": {anywhere, "elements", (*checker).richText},
	"video": {anywhere, "alt_text author_name description provider_icon_url provider_name title title_url thumbnail_url video_url", func(c *checker, b object, at string) {
		c.plain(b, "title", at, 200, true)
		c.str(b, "alt_text", at, 2000, true)
		c.str(b, "video_url", at, 3000, true)
		c.str(b, "thumbnail_url", at, 3000, true)
	}},
	"markdown": {inMessage, "text", func(c *checker, b object, at string) {
		c.str(b, "text", at, 12_000, true)
	}},
	"table": {inMessage | inHome, "rows column_settings", func(c *checker, b object, at string) {
		for i, row := range c.list(b, "rows", at, 100) {
			if cells, _ := row.([]any); len(cells) == 0 || len(cells) > 20 {
				c.fail(fmt.Sprintf("%s/rows/%d", at, i), "must have 1 to 20 items")
			}
		}
	}},
	"alert": {inModal, "text level", func(c *checker, b object, at string) {
		c.text(b, "text", at, 3000, true)
	}},
}

func (c *checker) block(b object, at string) {
	kind, _ := b["type"].(string)
	rule, known := blockRules[kind]
	switch {
	case kind == "":
		c.fail(at, "missing required field: type")
	case !known || rule.on&c.surface == 0:
		c.fail(at+"/type", "unsupported type: %s", kind)
	default:
		c.keys(b, at, "type block_id "+rule.keys)
		rule.check(c, b, at)
	}
}

func (c *checker) section(b object, at string) {
	if !has(b, "text") && !has(b, "fields") {
		c.fail(at, "missing required field: text")
	}
	c.text(b, "text", at, 3000, false)
	if has(b, "fields") {
		for i, field := range c.list(b, "fields", at, 10) {
			c.textObject(field, fmt.Sprintf("%s/fields/%d", at, i), 2000, false)
		}
	}
	if has(b, "accessory") {
		c.element(b["accessory"], at+"/accessory", inAccessory, map[string]bool{})
	}
}

func (c *checker) input(b object, at string) {
	c.plain(b, "label", at, 2000, true)
	c.plain(b, "hint", at, 2000, false)
	setDefault(b, "optional", false)
	setDefault(b, "dispatch_action", false)
	if !has(b, "element") {
		c.fail(at, "missing required field: element")
		return
	}
	c.element(b["element"], at+"/element", inInput, map[string]bool{})
}

func (c *checker) richText(b object, at string) {
	for i, item := range c.list(b, "elements", at, 1000) {
		element, _ := item.(object)
		switch kind, _ := element["type"].(string); kind {
		case "rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote":
		default:
			c.fail(fmt.Sprintf("%s/elements/%d/type", at, i), "unsupported type: %s", kind)
		}
	}
}

func (c *checker) image(o object, at string) {
	if !has(o, "image_url") && !has(o, "slack_file") {
		c.fail(at, "missing required field: image_url")
	}
	c.str(o, "image_url", at, 3000, false)
	c.str(o, "alt_text", at, 2000, true)
}

func (c *checker) contextElement(v any, at string) {
	element, _ := v.(object)
	if element["type"] == "image" {
		c.keys(element, at, "type image_url slack_file alt_text")
		c.image(element, at)
		return
	}
	c.textObject(v, at, 3000, false)
}

// checkView checks a modal or a Home, and returns it with what Slack fills in.
func checkView(raw rawJSON) (object, problems) {
	c := &checker{surface: inModal}
	var v object
	if decode(raw, &v) != nil || v == nil {
		c.fail("", "must provide an object")
		return nil, c.problems
	}
	c.keys(v, "", "type title blocks close submit private_metadata callback_id clear_on_close notify_on_close external_id submit_disabled")
	switch v["type"] {
	case "modal":
		c.plain(v, "title", "", 24, true)
		c.plain(v, "submit", "", 24, false)
		c.plain(v, "close", "", 24, false)
	case "home":
		c.surface = inHome
	default:
		c.fail("/type", "must be a valid enum value")
	}
	c.str(v, "private_metadata", "", 3000, false)
	c.str(v, "callback_id", "", 255, false)
	c.str(v, "external_id", "", 255, false)
	for key, value := range v {
		if value == nil {
			delete(v, key) // as if it had not been given
		}
	}
	if !has(v, "blocks") {
		c.fail("", "missing required field: blocks")
		return v, c.problems
	}
	blocks := c.blocks(v["blocks"], "/blocks")
	v["blocks"] = blocks
	asks := slices.ContainsFunc(blocks, func(b object) bool { return b["type"] == "input" })
	if asks && v["type"] == "modal" && !has(v, "submit") {
		c.fail("/submit", "must have a submit when a view has an input block")
	}
	return v, c.problems
}

// has reports whether an object has a field that is not null.
func has(o object, key string) bool { return o[key] != nil }

func setDefault(o object, key string, value any) {
	if !has(o, key) {
		o[key] = value
	}
}

// keys complains of fields that are not among the allowed ones, which are parted by spaces.
func (c *checker) keys(o object, at, allowed string) {
	known := strings.Fields(allowed)
	for key, value := range o {
		if value != nil && !slices.Contains(known, key) {
			c.fail(at, "invalid additional property: %s", key)
		}
	}
}

// str checks a string's length, and returns it.
func (c *checker) str(o object, key, at string, most int, required bool) string {
	if !has(o, key) {
		if required {
			c.fail(at, "missing required field: %s", key)
		}
		return ""
	}
	text, ok := o[key].(string)
	at += "/" + key
	switch length := utf8.RuneCountInString(text); {
	case !ok:
		c.fail(at, "must provide a string")
	case length > most:
		c.fail(at, "must be less than %d characters", most+1)
	case required && length == 0:
		c.fail(at, "must be more than 0 characters")
	}
	return text
}

// list checks that a field is a list of one item up to most, and returns it.
func (c *checker) list(o object, key, at string, most int) []any {
	list, ok := o[key].([]any)
	at += "/" + key
	switch {
	case !ok:
		c.fail(at, "must provide an array")
	case len(list) == 0:
		c.fail(at, "no less than 1 items allowed")
	case len(list) > most:
		c.fail(at, "no more than %d items allowed", most)
	}
	return list
}

// plain checks a field that is a plain_text object.
func (c *checker) plain(o object, key, at string, most int, required bool) {
	if has(o, key) {
		c.textObject(o[key], at+"/"+key, most, true)
	} else if required {
		c.fail(at, "missing required field: %s", key)
	}
}

// text checks a field that is a plain_text or mrkdwn object.
func (c *checker) text(o object, key, at string, most int, required bool) {
	if has(o, key) {
		c.textObject(o[key], at+"/"+key, most, false)
	} else if required {
		c.fail(at, "missing required field: %s", key)
	}
}

func (c *checker) textObject(v any, at string, most int, plainOnly bool) {
	o, ok := v.(object)
	switch {
	case !ok:
		c.fail(at, "must provide an object")
		return
	case o["type"] == "plain_text":
		c.keys(o, at, "type text emoji")
		setDefault(o, "emoji", true)
	case o["type"] == "mrkdwn" && !plainOnly:
		c.keys(o, at, "type text verbatim")
		setDefault(o, "verbatim", false)
	default:
		c.fail(at+"/type", "unsupported type: %v", o["type"])
		return
	}
	c.str(o, "text", at, most, true)
}

// textOf returns how many characters of text blocks hold.
func textOf(blocks []object) int {
	sum := 0
	walkValue(blocks, func(o object) {
		if text, ok := o["text"].(string); ok {
			sum += utf8.RuneCountInString(text)
		}
	})
	return sum
}
