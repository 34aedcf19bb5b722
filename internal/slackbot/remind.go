package slackbot

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// actionMute is the button by which somebody says that they do not want to be reminded. It
// concerns whoever presses it, and nobody else.
const actionMute = "mute"

// Remind reminds somebody in a direct message. See [tracker.Messenger].
func (m *Messenger) Remind(ctx context.Context, inv tracker.Invitation, invitee tracker.Invitee) error {
	_, err := m.post(ctx, string(invitee.ChatUser), "", renderReminder(inv, invitee))
	return err
}

// AtWork asks Slack anew where the user's clocks stand: people travel, and summer ends. See
// [tracker.Messenger].
func (m *Messenger) AtWork(ctx context.Context, id tracker.ChatUser, at time.Time) (time.Time, error) {
	user, err := m.directory.user(ctx, id)
	if err != nil {
		return time.Time{}, err
	}
	return m.hours.next(at, time.Duration(user.TZOffset)*time.Second), nil
}

// mute keeps somebody from being reminded again.
func (b *Bot) mute(ctx context.Context, user tracker.ChatUser) message {
	if _, err := b.tracker.Mute(ctx, user); err != nil {
		b.log.ErrorContext(ctx, "a wish for silence was not kept", "user", user, "err", err)
		return renderFailure(reasonOf(err))
	}
	return renderMuted()
}

// renderReminder tells somebody who was named what they are to do next.
func renderReminder(inv tracker.Invitation, v tracker.Invitee) message {
	text := fmt.Sprintf(":bell: <@%s> invited you to DocSpace as *%s*.", inv.Inviter, role(inv.Role))
	if inv.Note != "" {
		text += "\n> " + fit(inv.Note, noteMax)
	}
	address := name(cmp.Or(v.Member.Email, v.Email))
	next, canJoin := "Press *Join DocSpace* and register with *"+address+"*. It takes a minute.", true
	switch {
	case v.State == tracker.Registered:
		next, canJoin = "You have registered, and one step is left: open the letter that the portal sent to "+address+
			" and confirm the address. If it is not there, look among the unwanted ones; a portal admin can send it again.", false
	case v.Member.Standing == tracker.Invited:
		next, canJoin = "The portal sent an invitation to "+address+" before: open that letter and complete the registration there. "+
			"If it is not there, look among the unwanted ones; a portal admin can send it again.", false
	case v.Opened:
		next = "You have opened the link, and the registration is not complete. Press *Join DocSpace* and register with *" + address + "*."
	}
	words := said(text)
	words.Text += "\n" + next
	words.Blocks = append(words.Blocks, section(next))
	var buttons []slack.BlockElement
	if canJoin {
		buttons = append(buttons, joinElement(inv, features{}))
	}
	buttons = append(buttons, slack.NewButtonBlockElement(actionMute, string(inv.ID), plain("Do not remind me")))
	foot := "Open until " + date(inv.Expires, "{date_short_pretty} {time}") + ". "
	if v.Reminded > 0 {
		foot += "This was the last reminder."
	} else {
		foot += "I remind you once more at most."
	}
	words.Blocks = append(words.Blocks, slack.NewActionBlock("", buttons...), footnote(foot))
	return words
}

// renderMuted answers who does not want to be reminded.
func renderMuted() message {
	return said("I will not remind you again of the invitations that are open now. They stay open; nobody else is told.")
}

// renderReminding tells whoever asked for reminders who gets one, and who does not and why.
// changed is false when that was asked before.
func renderReminding(inv tracker.Invitation, changed bool, now time.Time) message {
	willing := []tracker.Invitee{}
	reluctant := map[tracker.Reluctance][]tracker.Invitee{}
	for _, v := range inv.Missing() {
		if why := v.Reluctance(now); why != "" {
			reluctant[why] = append(reluctant[why], v)
		} else {
			willing = append(willing, v)
		}
	}
	var list []string
	switch {
	case len(willing) == 0 && len(reluctant) == 0:
		return said("There is nobody to remind.")
	case len(willing) == 0:
		list = append(list, "There is nobody whom I can remind:")
	case changed:
		list = append(list, "I remind "+someNames(willing, namesInLine)+" in a direct message, each in their working hours.")
	default:
		list = append(list, "You will not have to ask twice: I remind "+someNames(willing, namesInLine)+" in their working hours.")
	}
	for _, why := range []struct {
		reluctance tracker.Reluctance
		words      string
	}{
		{tracker.LatelyReminded, "reminded within the last day"},
		{tracker.TwiceReminded, "reminded twice: more than that I do not send"},
		{tracker.SaidNo, "asked not to be reminded"},
		{tracker.NotNamed, "came of their own accord, and are not reminded"},
		{tracker.NotOnChat, "known to me by e-mail alone: please write to them yourself"},
	} {
		if people := reluctant[why.reluctance]; len(people) > 0 {
			list = append(list, "• "+someNames(people, namesInLine)+" — "+why.words)
		}
	}
	return said(lines(list))
}

// someNames names people, so many at most, and counts the others.
func someNames(people []tracker.Invitee, most int) string {
	var names []string
	for i, v := range people {
		if i == most {
			names = append(names, fmt.Sprintf("and %d more", len(people)-i))
			break
		}
		names = append(names, public(v))
	}
	return strings.Join(names, ", ")
}
