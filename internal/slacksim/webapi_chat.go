package slacksim

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// textMax is where Slack cuts a message's text, updateTextMax what chat.update takes
	// (docs/facts/slack.md, "Numbers").
	textMax       = 40_000
	updateTextMax = 4_000
	// blockTextMax is the sum of all text in blocks above which a message is refused. The
	// true number is not documented: 9,597 passed and 11,341 did not (docs/facts/slack.md,
	// "Cumulative block text").
	blockTextMax = 10_000
)

// place returns the conversation that the app may write to, or why not: hidden ones are
// not found where the app is no member (docs/facts/slack.md, "chat.postMessage and chat.update"). A
// user's id is the app's direct conversation with them.
func (w *Workspace) place(id string) (*Channel, error) {
	if u := w.users[id]; u != nil {
		switch {
		case u.ID == botUser || u.Bot:
			return nil, refuse("cannot_dm_bot")
		case u.Deleted || u.Stranger || u.Hidden: // of the hidden: chosen here
			return nil, refuse("channel_not_found")
		case !w.messagesTab:
			return nil, refuse("messages_tab_disabled")
		}
		return w.dm(id), nil
	}
	c := w.channels[id]
	if c == nil {
		c = w.channelNamed(strings.TrimPrefix(id, "#"))
	}
	switch {
	case c == nil, c.hidden() && !c.has(botUser):
		return nil, refuse("channel_not_found")
	case c.IM && !w.messagesTab:
		return nil, refuse("messages_tab_disabled")
	case c.Archived:
		return nil, refuse("is_archived")
	case !c.has(botUser) && !slices.Contains(w.scopes, "chat:write.public"):
		return nil, refuse("not_in_channel")
	}
	return c, nil
}

// postPlace returns the conversation that the app may post to: where only some may, its own
// messages can still be changed.
func (w *Workspace) postPlace(id string) (*Channel, error) {
	c, err := w.place(id)
	if err == nil && c.Restricted != "" {
		return nil, refuse(c.Restricted)
	}
	return c, err
}

// readContent checks what a message is to say. Its errors are those of chat.postMessage.
func readContent(text string, blocks, metadata rawJSON) (content, error) {
	c := content{text: text}
	if len(blocks) > 0 && string(blocks) != "null" {
		var wrong problems
		if c.blocks, wrong = checkBlocks(blocks, inMessage); len(wrong) > 0 {
			return c, &refusal{code: "invalid_blocks", more: object{
				"errors": wrong.messages(), "response_metadata": wrong.metadata(),
			}}
		}
		if textOf(c.blocks) > blockTextMax {
			return c, refuse("msg_blocks_too_long")
		}
	}
	var err error
	c.metadata, err = readMetadata(metadata)
	return c, err
}

func (c content) empty() bool { return c.text == "" && len(c.blocks) == 0 }

func (w *Workspace) chatPostMessage(c *call) (object, error) {
	if !c.has("channel") {
		return nil, missing("channel")
	}
	channel, err := w.postPlace(c.str("channel"))
	if err != nil {
		return nil, err
	}
	said, err := readContent(c.str("text"), c.json("blocks"), c.json("metadata"))
	if err != nil {
		return nil, err
	}
	if said.empty() && c.json("attachments") == nil {
		return nil, refuse("no_text")
	}
	answer := object{"channel": channel.ID}
	if utf8.RuneCountInString(said.text) > textMax {
		said.text = string([]rune(said.text)[:textMax])
		answer["warning"] = "message_truncated"
		answer["response_metadata"] = object{"warnings": []string{"message_truncated"}}
	}
	p := w.add(channel.ID, botUser, c.str("thread_ts"), said)
	answer["ts"], answer["message"] = p.TS, w.messageJSON(p, true)
	return answer, nil
}

func (w *Workspace) chatPostEphemeral(c *call) (object, error) {
	if !c.has("channel") {
		return nil, missing("channel")
	}
	if !c.has("user") {
		return nil, missing("user")
	}
	channel, err := w.postPlace(c.str("channel"))
	if err != nil {
		return nil, err
	}
	if !channel.has(c.str("user")) {
		return nil, refuse("user_not_in_channel")
	}
	said, err := readContent(c.str("text"), c.json("blocks"), nil)
	if err != nil {
		return nil, err
	}
	if said.empty() && c.json("attachments") == nil {
		return nil, refuse("no_text")
	}
	p := w.whisper(channel.ID, botUser, c.str("user"), c.str("thread_ts"), said)
	return object{"message_ts": p.TS}, nil
}

func (w *Workspace) chatUpdate(c *call) (object, error) {
	if w.users[c.str("channel")] != nil { // only postMessage takes a user's id
		return nil, refuse("channel_not_found")
	}
	channel, err := w.place(c.str("channel"))
	if err != nil {
		return nil, err
	}
	p := w.find(channel.ID, c.str("ts"))
	switch {
	case p == nil:
		return nil, refuse("message_not_found")
	case p.User != botUser:
		return nil, refuse("cant_update_message")
	}
	text := c.str("text")
	if utf8.RuneCountInString(text) > updateTextMax {
		return nil, refuse("msg_too_long")
	}
	said, err := readContent(text, c.json("blocks"), c.json("metadata"))
	if err != nil {
		return nil, err
	}
	switch { // text alone removes the blocks; neither keeps them (docs/facts/slack.md, "chat.postMessage and chat.update")
	case !c.has("blocks") && text == "":
		if !c.has("metadata") && c.json("attachments") == nil {
			return nil, refuse("no_text")
		}
		said.text, said.blocks = p.Text, p.blocks
	case text == "":
		said.text = p.Text
	}
	if c.json("metadata") == nil { // absent keeps, {} removes
		said.metadata = p.Metadata
	}
	w.revise(p, said)
	return object{
		"channel": p.Channel, "ts": p.TS, "text": p.Text, "message": w.messageJSON(p, true),
	}, nil
}

// readMetadata returns a message's metadata in the form Slack keeps it. What is not an
// object is refused; what names no event, as slack-go sends it to response_urls, is left
// out. Payloads are scalars, flat objects of scalars, or lists of such objects
// (docs/facts/slack.md, "chat.postMessage and chat.update"); that others are refused was chosen
// here.
func readMetadata(raw rawJSON) (rawJSON, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var metadata struct {
		Type    string         `json:"event_type"`
		Payload map[string]any `json:"event_payload"`
	}
	if decode(raw, &metadata) != nil {
		return nil, refuse("invalid_metadata_format")
	}
	if metadata.Type == "" || metadata.Payload == nil {
		return nil, nil
	}
	for _, value := range metadata.Payload {
		if !isMetadata(value) {
			return nil, refuse("invalid_metadata_format")
		}
	}
	return encode(object{"event_type": metadata.Type, "event_payload": metadata.Payload}), nil
}

func isMetadata(value any) bool {
	switch v := value.(type) {
	case []any:
		return !slices.ContainsFunc(v, func(item any) bool { return !isFlat(item) })
	case object:
		return isFlat(v)
	}
	return true
}

// isFlat reports whether a value is an object of scalars.
func isFlat(value any) bool {
	fields, ok := value.(object)
	for _, field := range fields {
		switch field.(type) {
		case object, []any:
			return false
		}
	}
	return ok
}
