package slacksim

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

const (
	// triggerLife is how long a trigger_id opens a view (docs/facts/slack.md, "Surprises", 9).
	triggerLife = 3 * time.Second
	// responseLife and responseUses bound a response_url (docs/facts/slack.md, "response_url").
	responseLife = 30 * time.Minute
	responseUses = 5
	// ticketLife is how long the address of a connection is good. Chosen here: Slack only
	// calls it temporary.
	ticketLife = 30 * time.Second
)

// newID returns an id such as U0DEMO00007: unique in the workspace whatever it begins with.
func (w *Workspace) newID(kind string) string {
	w.number++
	return fmt.Sprintf("%s0DEMO%05d", kind, w.number)
}

// newTS returns a message's timestamp, which names it: seconds and microseconds, later
// than every one before.
func (w *Workspace) newTS() string {
	w.lastTS = max(w.lastTS+1, time.Now().UnixMicro())
	return fmt.Sprintf("%d.%06d", w.lastTS/1e6, w.lastTS%1e6)
}

// newUUID returns a random UUID, as Slack names envelopes and tickets.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// newHash returns what names one state of a view.
func newHash() string { return fmt.Sprintf("%d.%s", time.Now().Unix(), rand.Text()[:8]) }

// newBlockID returns an id as Slack gives to blocks that come without one.
func newBlockID() string { return strings.ToLower(rand.Text()[:5]) }

// trigger lets the app open one view for the person who acted.
type trigger struct {
	user    string
	until   time.Time
	used    bool
	inModal bool // the act happened in a modal, so that a view can be pushed on it
}

func (w *Workspace) newTrigger(user string, inModal bool) string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	w.number++
	id := fmt.Sprintf("%d.%d.%s", 9_000_000_000_000+w.number, 9_000_000_000_000, hex.EncodeToString(b[:]))
	w.triggers[id] = &trigger{user: user, until: time.Now().Add(triggerLife), inModal: inModal}
	return id
}

// pull uses a trigger up. Its errors are those of docs/facts/slack.md, "Web API methods".
func (w *Workspace) pull(id string) (*trigger, error) {
	t := w.triggers[id]
	switch {
	case t == nil:
		return nil, refuse("invalid_trigger_id")
	case t.used:
		return nil, refuse("exchanged_trigger_id")
	case !time.Now().Before(t.until):
		return nil, refuse("expired_trigger_id")
	}
	t.used = true
	return t, nil
}

// responseURL lets the app answer where someone acted, without a token.
type responseURL struct {
	channel string
	user    string
	source  *post // the message that was acted on; of a command, the last answer for the caller alone
	command bool
	until   time.Time
	uses    int
}

// newResponse returns the path of a new response_url; kind is "commands", "actions" or "app".
func (w *Workspace) newResponse(kind, channel, user string, source *post) string {
	w.number++
	path := fmt.Sprintf("/%s/%s/%d/%s", kind, teamID, 9_000_000_000_000+w.number, rand.Text())
	w.responses[path] = &responseURL{channel: channel, user: user, source: source, command: kind == "commands", until: time.Now().Add(responseLife)}
	return path
}
