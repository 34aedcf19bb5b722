package slackbot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/docspace-invite-bot/bot/internal/catalogue"
	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// voice is what messages are rendered with: the language of those who read them, and what they
// depend on beside what they are about. Channels are spoken to in the language of the setting,
// people in that of their Slack.
type voice struct {
	*catalogue.Language
	reminders bool
	// workspace is Slack's address of the workspace, for links to messages.
	workspace string
	// claimed says that the card shows no link: it is given to those who press the button and may have it.
	claimed bool
}

// with is what is put into a sentence: texts that are escaped, and numbers.
type with = catalogue.With

func (in voice) say(id string, with with) string { return in.Say(id, with) }

// localeWait is how long an answer waits for what Slack knows of its reader's language.
const localeWait = time.Second

// voiceFor returns the voice for one person: the language of their Slack, if the bot speaks it and
// Slack tells it soon, and otherwise that of the channels.
func (m *Messenger) voiceFor(ctx context.Context, id invitation.ChatUser) voice {
	ctx, cancel := context.WithTimeout(ctx, localeWait)
	defer cancel()
	in := m.voice
	if spoken, ok := catalogue.Find(m.directory.Locale(ctx, id)); ok {
		in.Language = spoken
	}
	return in
}

// date shows a time in the reader's own zone and language; where that is not possible, in a way
// that everyone reads.
func date(t time.Time, format string) string {
	return fmt.Sprintf("<!date^%d^%s|%s>", t.Unix(), format, t.UTC().Format("2006-01-02 15:04 MST"))
}

const (
	dayAndTime = "{date_short_pretty} {time}"
	timeAlone  = "{time}"
	dayAlone   = "{date_short}" // the pretty forms say "yesterday", which does not go after "on"
)

// role shows a role. It comes from the bot's own list, or from a portal.
func (in voice) role(r invitation.Role) string {
	if slices.Contains(invitation.Roles(), r) {
		return in.say("role."+string(r), nil)
	}
	return fit(string(r), 30)
}

// mayDo says what a role lets people do; "" of a role that only a portal knows.
func (in voice) mayDo(r invitation.Role) string {
	if !slices.Contains(invitation.Roles(), r) {
		return ""
	}
	return in.say("may."+string(r), nil)
}

// youMay says that to the people who get the invitation's role, as a line of its own.
func (in voice) youMay(inv invitation.Invitation) string {
	words := with{"Role": in.role(inv.Role), "May": in.mayDo(inv.Role)}
	switch {
	case words["May"] == "":
		return ""
	case inv.Room.ID != "": // as what they come into the room is said before that
		return "\n" + in.say("room.may", words)
	}
	return "\n" + in.say("card.may", words)
}

// list joins names and the like.
func (in voice) list(all []string) string { return strings.Join(all, in.say("list.comma", nil)) }

// more counts those who are not named.
func (in voice) more(n int) string { return in.say("list.more", with{"N": n}) }

func mention(user invitation.ChatUser) string { return "<@" + string(user) + ">" }

func mentionChannel(channel invitation.Channel) string { return "<#" + string(channel) + ">" }
