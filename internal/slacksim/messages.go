package slacksim

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"
)

// Message is a message as it stands in a conversation, or as one person alone sees it.
type Message struct {
	Channel  string
	TS       string
	ThreadTS string // the parent of a reply; empty otherwise
	User     string // who wrote it
	Text     string
	Blocks   json.RawMessage // nil when there are none
	Metadata json.RawMessage // nil when there is none

	Ephemeral bool
	To        string // who sees an ephemeral message
	Edited    bool
	Deleted   bool // it stays in the lists, so that tests can see that it was there
	Updates   int  // how often it was changed
	At        time.Time

	names func(id string) string
}

// post is a message as the workspace keeps it.
type post struct {
	Message
	blocks []object
	// before are the blocks that earlier versions had, oldest first: a window that was not
	// refreshed still shows them.
	before [][]object
	edited string // when, as a timestamp of Slack's; set with Edited
	byApp  bool   // another app posted it in the user's name
}

// Messages returns what was posted in a conversation, replies included, oldest first.
func (w *Workspace) Messages(channel string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.shown(w.posts[channel], func(*post) bool { return true })
}

// Thread returns the replies under a message, oldest first.
func (w *Workspace) Thread(channel, ts string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.shown(w.posts[channel], func(p *post) bool { return p.ThreadTS == ts })
}

// Ephemerals returns everything that this person alone was shown, oldest first: answers to
// commands and buttons, and Slackbot's notes about commands that failed.
func (w *Workspace) Ephemerals(user string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.shown(w.whispers, func(p *post) bool { return p.To == user })
}

// DMs returns what the app wrote to someone directly, oldest first.
func (w *Workspace) DMs(user string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.findDM(user)
	if c == nil {
		return nil
	}
	return w.shown(w.posts[c.ID], func(p *post) bool { return p.User == botUser })
}

func (w *Workspace) shown(posts []*post, wanted func(*post) bool) []Message {
	var messages []Message
	for _, p := range posts {
		if wanted(p) {
			m := p.Message
			m.names = w.nameOf
			messages = append(messages, m)
		}
	}
	return messages
}

// nameOf returns what people read for the id of a user, a group or a channel. It takes the lock.
func (w *Workspace) nameOf(id string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.users[id] != nil:
		return "@" + w.users[id].Name
	case w.groups[id] != nil:
		return "@" + w.groups[id].Handle
	case w.channels[id] != nil:
		return "#" + w.channels[id].Name
	}
	return id
}

// Delete has a person delete a message, as its writer or an admin may. An unknown one is
// left alone.
func (w *Workspace) Delete(channel, ts string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p := w.find(channel, ts); p != nil {
		p.Deleted = true
		w.notify()
	}
}

// PostByApp has another app post a message in a user's name: it has their user and the app's bot_id.
func (w *Workspace) PostByApp(user, channel, text string) Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.add(channel, user, "", content{text: text})
	p.byApp = true
	return w.shown([]*post{p}, func(*post) bool { return true })[0]
}

// find returns a message of a conversation that was not deleted, or nil.
func (w *Workspace) find(channel, ts string) *post {
	for _, p := range slices.Backward(w.posts[channel]) { // mostly a late one is asked for
		if p.TS == ts && !p.Deleted {
			return p
		}
	}
	return nil
}

// findWhisper returns an ephemeral message that the user sees, or nil.
func (w *Workspace) findWhisper(user, ts string) *post {
	i := slices.IndexFunc(w.whispers, func(p *post) bool { return p.TS == ts && p.To == user && !p.Deleted })
	if i < 0 {
		return nil
	}
	return w.whispers[i]
}

// content is what a message says, checked.
type content struct {
	text     string
	blocks   []object
	metadata json.RawMessage
}

// add posts a message. A reply to a message that is gone is posted outside of any thread,
// without an error (docs/facts/slack.md, "Other traps"); a reply to a reply goes to its thread.
func (w *Workspace) add(channel, user, thread string, c content) *post {
	parent := w.find(channel, thread)
	switch {
	case thread == "" || parent == nil:
		thread = ""
	case parent.ThreadTS != "":
		thread = parent.ThreadTS
	}
	p := &post{Message: Message{Channel: channel, TS: w.newTS(), ThreadTS: thread, User: user, At: time.Now()}}
	p.say(c)
	w.posts[channel] = append(w.posts[channel], p)
	w.notify()
	return p
}

// whisper shows a message to one person alone.
func (w *Workspace) whisper(channel, from, to, thread string, c content) *post {
	p := &post{Message: Message{
		Channel: channel, TS: w.newTS(), ThreadTS: thread, User: from, At: time.Now(), Ephemeral: true, To: to,
	}}
	p.say(c)
	w.whispers = append(w.whispers, p)
	w.notify()
	return p
}

func (p *post) say(c content) {
	p.Text, p.blocks, p.Metadata, p.Blocks = c.text, c.blocks, c.metadata, nil
	if len(c.blocks) > 0 {
		p.Blocks = encode(c.blocks)
	}
}

// revise changes what a message says. The mark "edited" appears on text alone (docs/facts/slack.md,
// "chat.postMessage and chat.update").
func (w *Workspace) revise(p *post, c content) {
	p.before = append(p.before, p.blocks)
	p.say(c)
	p.Updates++
	if len(c.blocks) == 0 {
		p.Edited, p.edited = true, w.newTS()
	}
	w.notify()
}

// messageJSON returns the message as the Web API and the payloads show it.
func (w *Workspace) messageJSON(p *post, withMetadata bool) object {
	m := object{"type": "message", "user": p.User, "ts": p.TS, "text": p.Text, "team": teamID}
	if p.User == botUser {
		m["bot_id"], m["app_id"] = botID, appID
		m["bot_profile"] = object{
			"id": botID, "app_id": appID, "name": botName, "deleted": false, "updated": 1789000000, "team_id": teamID,
			"icons": object{"image_36": "https://a.example/36.png", "image_48": "https://a.example/48.png", "image_72": "https://a.example/72.png"},
		}
	}
	if p.byApp {
		m["bot_id"], m["app_id"] = "B0DEMOOTHR1", "A0DEMOOTHR1"
	}
	if p.Blocks != nil {
		m["blocks"] = p.Blocks
	}
	if p.Metadata != nil && withMetadata {
		m["metadata"] = p.Metadata
	}
	if p.Edited {
		m["edited"] = object{"user": p.User, "ts": p.edited}
	}
	if p.ThreadTS != "" {
		m["thread_ts"] = p.ThreadTS
		if parent := w.find(p.Channel, p.ThreadTS); parent != nil {
			m["parent_user_id"] = parent.User
		}
	}
	return m
}

// rawJSON is JSON that is kept as it came.
type rawJSON = json.RawMessage

// object is a JSON object that is put together or was taken apart.
type object = map[string]any

// encode returns the JSON of something that has one, without escaping markup: people read it in tests.
func encode(v any) json.RawMessage {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic("slacksim: " + err.Error()) // everything encoded here came from JSON or is plain data
	}
	return bytes.TrimSpace(buffer.Bytes())
}

// decode takes JSON apart, and keeps numbers as they are written.
func decode(raw []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	return decoder.Decode(into)
}
