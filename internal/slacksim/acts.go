package slacksim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// verificationToken is the deprecated token in payloads (docs/facts/slack.md, "Envelopes").
const verificationToken = "legacy-verification-token"

// Type has someone type a line in a conversation. A line that begins with a slash is a
// command: its text reaches the app escaped as with should_escape. Any other line is
// posted, which the app does not hear of.
func (w *Workspace) Type(user, channel, line string) *Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channels[channel]
	if refused := w.barred(user, c); refused != nil {
		return refused
	}
	if !strings.HasPrefix(line, "/") {
		if c.Archived {
			return w.nothing("is_archived", channel)
		}
		w.add(channel, user, "", content{text: w.escape(line)})
		return w.nothing("", "")
	}
	word, text := line, ""
	if i := strings.IndexFunc(line, unicode.IsSpace); i > 0 {
		word, text = line[:i], line[i:]
	}
	if word != command {
		w.remark(channel, user, word+" is not a valid command.")
		return w.nothing("unknown_command", word)
	}
	payload := object{
		"token": verificationToken, "team_id": teamID, "team_domain": teamDomain,
		"channel_id": c.ID, "channel_name": c.nameForCommands(), "user_id": user, "user_name": w.users[user].Name,
		"command": command, "text": w.escape(strings.TrimSpace(text)), "api_app_id": appID,
		"is_enterprise_install": "false", "trigger_id": w.newTrigger(user, false),
	}
	path := w.newResponse("commands", channel, user, nil)
	failed := func(code string) {
		w.remark(channel, user, fmt.Sprintf("%s failed with the error %q", command, code))
	}
	return w.deliver(&Delivery{
		kind: typeCommand, answers: true,
		payload: func(base string) object { return with(payload, "response_url", base+path) },
		onLate:  failed,
		onAck: func(answer json.RawMessage) {
			if answer == nil {
				return
			}
			var said reply
			if json.Unmarshal(answer, &said) != nil {
				failed("invalid_command_response")
				return
			}
			words, err := readContent(said.Text, said.Blocks, said.Metadata)
			switch {
			case err != nil:
				failed("invalid_command_response")
			case !words.empty():
				if said.ResponseType == "in_channel" { // the command line is published too (docs/facts/slack.md, "Surprises", 11)
					w.add(channel, user, "", content{text: entities.Replace(line)})
				}
				w.say(said, w.responses[path], words)
			}
		},
	})
}

// nameForCommands is a conversation's name as commands tell it (docs/facts/slack.md, "Slash
// command").
func (c *Channel) nameForCommands() string {
	switch {
	case c.IM:
		return "directmessage"
	case c.Private:
		return "privategroup"
	}
	return c.Name
}

// barred returns why someone cannot act in a conversation, or nil.
func (w *Workspace) barred(user string, c *Channel) *Delivery {
	switch u := w.users[user]; {
	case w.closed:
		return w.nothing("closed", "")
	case u == nil || u.Deleted:
		return w.nothing("user_not_found", user)
	case c == nil:
		return w.nothing("channel_not_found", "")
	case !c.has(user):
		return w.nothing("not_in_channel", user)
	}
	return nil
}

// remark has Slackbot tell someone something that no one else sees.
func (w *Workspace) remark(channel, user, text string) {
	w.whisper(channel, slackbot, user, "", content{text: entities.Replace(text)})
}

// with returns the object with one more field, and leaves the object as it is.
func with(o object, key string, value any) object {
	more := maps.Clone(o)
	more[key] = value
	return more
}

// Press has someone press a button of a message: one that was posted, in a thread or a
// direct conversation too, or one that they alone see. A button that an earlier version of
// the message had can be pressed as well, as in a window that is not up to date. In a menu,
// a select or a list they choose: options by their values, people and channels by id.
func (w *Workspace) Press(user, channel, ts, actionID string, chosen ...string) *Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channels[channel]
	if refused := w.barred(user, c); refused != nil {
		return refused
	}
	p := w.find(channel, ts)
	if p == nil {
		p = w.findWhisper(user, ts)
	}
	if p == nil {
		return w.nothing("message_not_found", ts)
	}
	return w.press(user, c, p, actionID, chosen)
}

// Forge has a user press a button of a message that only someone else sees, which no Slack window offers.
func (w *Workspace) Forge(user string, of Message, actionID string) *Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channels[of.Channel]
	if refused := w.barred(user, c); refused != nil {
		return refused
	}
	p := w.findWhisper(of.To, of.TS)
	if p == nil {
		return w.nothing("message_not_found", of.TS)
	}
	return w.press(user, c, p, actionID, nil)
}

func (w *Workspace) press(user string, c *Channel, p *post, actionID string, chosen []string) *Delivery {
	action := p.action(actionID)
	if action == nil {
		return w.nothing("action_not_found", actionID)
	}
	action, value, err := choose(nil, action, chosen)
	if err != nil {
		return w.nothing("invalid_input", err.Error())
	}
	state := object{}
	keep(state, action, value)
	container := object{"type": "message", "message_ts": p.TS, "channel_id": c.ID, "is_ephemeral": p.Ephemeral}
	if p.ThreadTS != "" {
		container["thread_ts"] = p.ThreadTS
	}
	payload := w.interaction("block_actions", user)
	payload["container"] = container
	payload["channel"] = object{"id": c.ID, "name": c.nameForCommands()}
	payload["state"] = object{"values": state}
	payload["actions"] = []object{with(action, "action_ts", w.newTS())}
	payload["trigger_id"] = w.newTrigger(user, false)
	if !p.Ephemeral {
		payload["message"] = w.messageJSON(p, true)
	}
	path := w.newResponse("actions", c.ID, user, p)
	return w.deliver(&Delivery{
		kind:    typeInteractive,
		payload: func(base string) object { return with(payload, "response_url", base+path) },
	})
}

// interaction begins the payload of something that a person did.
func (w *Workspace) interaction(kind, user string) object {
	u := w.users[user]
	return object{
		"type": kind, "token": verificationToken, "api_app_id": appID,
		"team":       object{"id": teamID, "domain": teamDomain},
		"user":       object{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": u.Team},
		"enterprise": nil, "is_enterprise_install": false,
	}
}

// action returns a button or a menu of the message as a payload shows it, or nil.
func (p *post) action(actionID string) object {
	if action := findAction(p.blocks, actionID); action != nil {
		return action
	}
	for _, blocks := range slices.Backward(p.before) {
		if action := findAction(blocks, actionID); action != nil {
			return action
		}
	}
	return nil
}

// findAction returns an element of actions blocks, beside sections, or in an input block that
// dispatches actions, with its block's id.
func findAction(blocks []object, actionID string) object {
	for _, block := range blocks {
		elements, _ := block["elements"].([]any)
		elements = append(slices.Clip(elements), block["accessory"])
		if block["dispatch_action"] == true {
			elements = append(elements, block["element"])
		}
		for _, candidate := range elements {
			if element, ok := candidate.(object); ok && element["action_id"] == actionID {
				shown := with(element, "block_id", block["block_id"])
				delete(shown, "confirm")
				return shown
			}
		}
	}
	return nil
}

// Shortcut has someone start a global shortcut.
func (w *Workspace) Shortcut(user, callbackID string) *Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.users[user] == nil {
		return w.nothing("user_not_found", user)
	}
	payload := w.interaction("shortcut", user)
	delete(payload, "api_app_id")
	delete(payload["user"].(object), "name")
	payload["callback_id"], payload["action_ts"] = callbackID, w.newTS()
	payload["trigger_id"] = w.newTrigger(user, false)
	return w.deliver(&Delivery{kind: typeInteractive, payload: func(string) object { return payload }})
}

// MessageShortcut has someone start a shortcut from a message.
func (w *Workspace) MessageShortcut(user, channel, ts, callbackID string) *Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channels[channel]
	if refused := w.barred(user, c); refused != nil {
		return refused
	}
	p := w.find(channel, ts)
	if p == nil {
		return w.nothing("message_not_found", ts)
	}
	payload := w.interaction("message_action", user)
	delete(payload, "api_app_id")
	payload["callback_id"], payload["action_ts"] = callbackID, w.newTS()
	payload["trigger_id"] = w.newTrigger(user, false)
	payload["channel"] = object{"id": c.ID, "name": c.nameForCommands()}
	payload["message"], payload["message_ts"] = w.messageJSON(p, true), p.TS
	path := w.newResponse("app", channel, user, p)
	return w.deliver(&Delivery{
		kind:    typeInteractive,
		payload: func(base string) object { return with(payload, "response_url", base+path) },
	})
}

// OpenHome has someone open the app's Home tab. The app hears of it as if it had asked
// for the event app_home_opened, until it has acknowledged one of four deliveries.
func (w *Workspace) OpenHome(user string) *Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.users[user] == nil {
		return w.nothing("user_not_found", user)
	}
	event := object{"type": "app_home_opened", "user": user, "channel": w.dm(user).ID, "tab": "home", "event_ts": w.newTS()}
	if v := w.homes[user]; v != nil {
		event["view"] = v.json()
	}
	return w.event(event, false)
}

// event tells the app of something that happened; shared is true if that was in a channel shared with
// another organization.
func (w *Workspace) event(event object, shared bool) *Delivery {
	payload := object{
		"token": verificationToken, "team_id": teamID, "context_team_id": teamID, "context_enterprise_id": nil,
		"api_app_id": appID, "event": event, "type": "event_callback", "event_id": w.newID("Ev"),
		"event_time": w.lastTS / 1e6, "is_ext_shared_channel": shared, "event_context": "4-invented-context",
		"authorizations": []object{{
			"enterprise_id": nil, "team_id": teamID, "user_id": botUser, "is_bot": true, "is_enterprise_install": false,
		}},
	}
	return w.deliver(&Delivery{kind: typeEvents, payload: func(string) object { return payload }})
}
