package slacksim

import (
	"encoding/json"
	"regexp"
	"strings"
)

var (
	// markup is what Slack reads in <…>.
	markup = regexp.MustCompile(`<([^<>]*)>`)
	// bareMention is a word that notifies many where text is parsed without <…>
	// (docs/facts/slack.md, "Surprises", 10).
	bareMention = regexp.MustCompile(`(?:^|[^\pL\pN@_])@(here|channel|everyone)\b`)
	// bareLink is an address that becomes a link without <…>.
	bareLink = regexp.MustCompile(`https?://[^\s<>|]+`)
)

// Mentions returns every active mention in a message: what notifies someone, or would if
// they were there. Each is written as in a text: "<@U0DEMO00001>", "<!channel>",
// "<!subteam^S0DEMO00001>". Text that only looks like a mention is not among them, such as
// an escaped one or one in plain_text; bare @here, @channel and @everyone are, where Slack
// parses them: in mrkdwn without verbatim (docs/facts/slack.md, "Escaping").
func Mentions(text string, blocks json.RawMessage) []string {
	found := explicitMentions(text)
	walk(blocks, func(o object) {
		switch kind, _ := o["type"].(string); kind {
		case "mrkdwn", "markdown":
			said, _ := o["text"].(string)
			found = append(found, explicitMentions(said)...)
			if o["verbatim"] != true {
				for _, match := range bareMention.FindAllStringSubmatch(markup.ReplaceAllString(said, " "), -1) {
					found = append(found, "<!"+match[1]+">")
				}
			}
		case "user":
			if id, ok := o["user_id"].(string); ok {
				found = append(found, "<@"+id+">")
			}
		case "usergroup":
			if id, ok := o["usergroup_id"].(string); ok {
				found = append(found, "<!subteam^"+id+">")
			}
		case "broadcast":
			if who, ok := o["range"].(string); ok {
				found = append(found, "<!"+who+">")
			}
		}
	})
	return found
}

func explicitMentions(text string) []string {
	var found []string
	for _, match := range markup.FindAllStringSubmatch(text, -1) {
		target, _, _ := strings.Cut(match[1], "|")
		switch {
		case strings.HasPrefix(target, "@"), strings.HasPrefix(target, "!subteam^"),
			target == "!here", target == "!channel", target == "!everyone", target == "!group":
			found = append(found, "<"+target+">")
		}
	}
	return found
}

// Links returns every address in a message that can be followed by a click: links in
// markup, bare addresses where Slack parses them, and the addresses of buttons.
func Links(text string, blocks json.RawMessage) []string {
	found := textLinks(text, true)
	walk(blocks, func(o object) {
		kind, _ := o["type"].(string)
		said, _ := o["text"].(string)
		address, _ := o["url"].(string)
		switch {
		case kind == "mrkdwn" || kind == "markdown":
			found = append(found, textLinks(said, o["verbatim"] != true)...)
		case (kind == "button" || kind == "link") && address != "":
			found = append(found, address)
		}
	})
	return found
}

// brackets end an address also when they are escaped.
var brackets = strings.NewReplacer("&lt;", " ", "&gt;", " ")

func textLinks(text string, bare bool) []string {
	var found []string
	for _, match := range markup.FindAllStringSubmatch(text, -1) {
		target, _, _ := strings.Cut(match[1], "|")
		if strings.Contains(target, ":") && !strings.HasPrefix(target, "!") {
			found = append(found, unescape(target))
		}
	}
	if bare {
		text = brackets.Replace(markup.ReplaceAllString(text, " "))
		for _, address := range bareLink.FindAllString(text, -1) {
			found = append(found, unescape(address))
		}
	}
	return found
}

// walk calls visit for every object in JSON, outer ones first and lists in their order.
func walk(raw json.RawMessage, visit func(object)) {
	var root any
	if len(raw) > 0 && decode(raw, &root) == nil {
		walkValue(root, visit)
	}
}

func walkValue(v any, visit func(object)) {
	switch v := v.(type) {
	case object:
		visit(v)
		for _, key := range reading(v) {
			walkValue(v[key], visit)
		}
	case []any:
		for _, item := range v {
			walkValue(item, visit)
		}
	case []object:
		for _, item := range v {
			walkValue(item, visit)
		}
	}
}
