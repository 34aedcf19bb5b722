package slackbot

import (
	"cmp"
	"context"
	"time"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
)

// actionMute is the button that stops the reminders to the person who presses it.
const actionMute = "mute"

// Remind reminds someone in a direct message. See [tracker.Messenger].
func (m *Messenger) Remind(ctx context.Context, inv invitation.Invitation, invitee invitation.Invitee) (invitation.Card, error) {
	if invitee.State == invitation.Awaited { // the reminder has the link
		if err := m.mayHandOut(slackapi.Lately(ctx), ofCard(inv)); err != nil {
			return invitation.Card{}, err
		}
	}
	return m.post(ctx, string(invitee.ChatUser), "", m.voiceFor(ctx, invitee.ChatUser).renderReminder(inv, invitee))
}

// AtWork asks Slack again where the user's clocks stand: people travel, and summer ends. See
// [tracker.Messenger].
func (m *Messenger) AtWork(ctx context.Context, id invitation.ChatUser, at time.Time) (time.Time, error) {
	user, err := m.directory.User(ctx, id)
	if err != nil {
		return time.Time{}, err
	}
	return m.hours.next(at, time.Duration(user.TZOffset)*time.Second), nil
}

// mute keeps someone from being reminded again.
func (b *Bot) mute(ctx context.Context, user invitation.ChatUser) message {
	in := b.messenger.voiceFor(ctx, user)
	if _, err := b.tracker.Mute(ctx, user); err != nil {
		b.log.ErrorContext(ctx, "opt-out from reminders not saved", "user", user, "err", err)
		return in.renderFailure(err)
	}
	return in.renderMuted()
}

// renderReminder tells someone who was named what they are to do next.
func (in voice) renderReminder(inv invitation.Invitation, v invitation.Invitee) message {
	text := in.invitedYou(inv)
	if inv.Note != "" {
		text += "\n> " + fit(inv.Note, noteMax)
	}
	email := with{"Email": address(cmp.Or(v.Member.Email, v.Email))}
	advice := in.say("remind.press", email)
	switch {
	case v.State == invitation.Registered:
		advice = in.say("remind.registered", email)
	case isInvitedByMail(v):
		advice = in.invitedByMail(inv, v)
	case v.Opened:
		advice = in.say("remind.opened", email)
	}
	words := said(text)
	words.Text += "\n" + advice
	words.Blocks = append(words.Blocks, section(advice))
	var buttons []slack.BlockElement
	if mayUseLink(v) {
		buttons = append(buttons, in.joinElement(inv, true))
	}
	if v.AwaitsEmail() {
		buttons = append(buttons, slack.NewButtonBlockElement(actionResend, string(inv.ID), plain(in.say("email.resend", nil))))
	}
	mute := slack.NewButtonBlockElement(actionMute, string(inv.ID), plain(in.say("remind.mute", nil)))
	mute.Confirm = in.confirm("remind.mute-title", "remind.mute-ask", "remind.mute")
	buttons = append(buttons, mute)
	foot := in.say("remind.until", with{"Until": date(inv.Expires, dayAndTime)}) + " "
	if v.Reminded > 0 {
		foot += in.say("remind.last", nil)
	} else {
		foot += in.say("remind.once-more", nil)
	}
	words.Blocks = append(words.Blocks, slack.NewActionBlock("", buttons...), footnote(foot))
	return words
}

// renderMuted tells someone that they won't be reminded again.
func (in voice) renderMuted() message { return said(in.say("remind.muted", nil)) }

// renderReminding tells the person who asked for reminders who gets one, and who does not and why.
// changed is false when that was asked before.
func (in voice) renderReminding(inv invitation.Invitation, to viewer, changed bool, now time.Time) message {
	willing := []invitation.Invitee{}
	reluctant := map[invitation.Reluctance][]invitation.Invitee{}
	for _, v := range inv.Missing() {
		if why := v.Reluctance(now); why != "" {
			reluctant[why] = append(reluctant[why], v)
		} else {
			willing = append(willing, v)
		}
	}
	people := with{"People": in.someNamesFor(to, inv, willing)}
	var list []string
	switch {
	case len(willing) == 0 && len(reluctant) == 0:
		return said(in.say("remind.nobody", nil))
	case len(willing) == 0:
		list = append(list, in.say("remind.nobody-whom", nil))
	case changed:
		list = append(list, in.say("remind.going", people))
	default:
		list = append(list, in.say("remind.going-before", people))
	}
	if len(willing) > 0 && len(reluctant) > 0 {
		list = append(list, in.say("remind.not", nil))
	}
	for _, why := range invitation.Reluctances() {
		if people := reluctant[why]; len(people) > 0 {
			list = append(list, "• "+in.someNamesFor(to, inv, people)+" — "+in.say("reluctance."+string(why), nil))
		}
	}
	return said(in.lines(list))
}
