package slackbot

import (
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// Everything that people read in Slack is rendered by a method of a voice (voice.go): from an
// invitation and the like to a message, without a clock and without a call. card.go has the card,
// replies.go what is said in threads and to one person, form.go the dialog, explain.go the
// sentences about what went wrong. testdata holds each message as it is sent, and
// as it is read in each language.

// message is what is sent: text is all that notifications and screen readers get.
type message struct {
	Text     string
	Blocks   []slack.Block
	Metadata slack.SlackMetadata
	replaces bool
}

// instead is the message in place of the one whose button was pressed.
func (msg message) instead() message {
	msg.replaces = true
	return msg
}

// insteadOfNote is the message in place of the one that the inviter sees about the invitation so far.
func (msg message) insteadOfNote(inv invitation.Invitation) message {
	msg.replaces = msg.replaces || inv.Waited
	return msg
}

// said is a message of one paragraph.
func said(text string) message {
	return message{Text: text, Blocks: []slack.Block{section(text)}}
}

// saidInFull is a message that leaves no line out, in as many paragraphs as that takes.
func saidInFull(list []string) message {
	msg := message{Text: strings.Join(list, "\n")}
	for len(list) > 0 {
		size, n := 0, 0
		for n < len(list) && (n == 0 || size+utf8.RuneCountInString(list[n]) < sectionBudget) {
			size += utf8.RuneCountInString(list[n]) + 1
			n++
		}
		msg.Blocks = append(msg.Blocks, section(strings.Join(list[:n], "\n")))
		list = list[n:]
	}
	return msg
}

// confirm is the question that Slack asks before a button does what cannot be taken back.
func (in voice) confirm(title, text, yes string) *slack.ConfirmationBlockObject {
	return slack.NewConfirmationBlockObject(plain(in.say(title, nil)), plain(in.say(text, nil)), plain(in.say(yes, nil)), plain(in.say("dialog.cancel", nil))).WithStyle(slack.StyleDanger)
}

func section(text string) slack.Block {
	return slack.NewSectionBlock(mrkdwn(text), nil, nil)
}

func footnote(text string) slack.Block {
	return slack.NewContextBlock("", mrkdwn(text))
}
