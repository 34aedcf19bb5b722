package slacksim

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Plain returns what a person reads: the text in the blocks, or the message's text when
// there are none, with mentions as @name, links by their label, and no escapes. Emphasis
// marks stay. Each block is a line; a button stands in brackets.
func (m Message) Plain() string {
	if len(m.Blocks) == 0 {
		return m.read(m.Text)
	}
	var blocks []object
	if json.Unmarshal(m.Blocks, &blocks) != nil {
		return m.read(m.Text)
	}
	var lines []string
	for _, block := range blocks {
		var parts []string
		walkValue(block, func(o object) {
			if part := m.part(o); part != "" {
				parts = append(parts, part)
			}
		})
		if len(parts) > 0 {
			separator := " "
			if block["type"] == "rich_text" {
				separator = ""
			}
			lines = append(lines, strings.Join(parts, separator))
		}
	}
	return strings.Join(lines, "\n")
}

// part returns what is read of one object within a block, not of those in it.
func (m Message) part(o object) string {
	kind, _ := o["type"].(string)
	text, _ := o["text"].(string)
	switch kind {
	case "mrkdwn", "markdown":
		return m.read(text)
	case "plain_text", "text":
		return text
	case "button":
		label, _ := o["text"].(object)
		said, _ := label["text"].(string)
		delete(o, "text")
		delete(o, "confirm") // not shown until the button is pressed
		return "[" + said + "]"
	case "image":
		alt, _ := o["alt_text"].(string)
		return alt
	case "link":
		url, _ := o["url"].(string)
		return cmp.Or(text, url)
	case "user", "usergroup", "channel":
		id, _ := o[kind+"_id"].(string)
		return m.name(id)
	case "broadcast":
		who, _ := o["range"].(string)
		return "@" + who
	}
	return ""
}

// read returns what is read of text with markup.
func (m Message) read(text string) string {
	var plain strings.Builder
	last := 0
	for _, at := range markup.FindAllStringSubmatchIndex(text, -1) {
		plain.WriteString(unescape(text[last:at[0]]))
		plain.WriteString(m.readMarkup(text[at[2]:at[3]]))
		last = at[1]
	}
	plain.WriteString(unescape(text[last:]))
	return plain.String()
}

// readMarkup returns what is read of the inside of <…>.
func (m Message) readMarkup(inside string) string {
	target, label, _ := strings.Cut(inside, "|")
	switch {
	case strings.HasPrefix(target, "@"), strings.HasPrefix(target, "#"):
		return m.name(target[1:])
	case strings.HasPrefix(target, "!subteam^"):
		return m.name(strings.TrimPrefix(target, "!subteam^"))
	case strings.HasPrefix(target, "!date^"):
		return unescape(label)
	case strings.HasPrefix(target, "!"):
		return "@" + target[1:]
	}
	return unescape(cmp.Or(label, target))
}

func (m Message) name(id string) string {
	if m.names == nil {
		return id
	}
	return m.names(id)
}

var unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// unescape turns the three entities back. It does not turn "&amp;lt;" into "<".
func unescape(text string) string { return unescaper.Replace(text) }

// readingOrder is the order in which the parts of a block are read.
var readingOrder = []string{"title", "label", "text", "fields", "elements", "element", "accessory", "hint"}

// reading returns the keys of an object in the order in which they are read; those of
// which none is known come last, by name.
func reading(o object) []string {
	rank := func(key string) int {
		if i := slices.Index(readingOrder, key); i >= 0 {
			return i
		}
		return len(readingOrder)
	}
	return slices.SortedFunc(maps.Keys(o), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b))
	})
}
