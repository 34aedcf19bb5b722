package slackbot

import (
	"cmp"
	"context"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// actionResend is the button that has the portal send its email again to the person who presses it. Its value names
// the invitation.
const actionResend = "resend_email"

// resendMine has the portal send its email to the user again, if they are on the invitation and wait for one.
func (b *Bot) resendMine(ctx context.Context, id invitation.ID, user invitation.ChatUser) message {
	inv, known := b.tracker.Look(id)
	in := b.messenger.voiceFor(ctx, user)
	if !known {
		return in.renderFailure(invitation.InvitationOver)
	}
	rejected := func(err error, words message) message {
		b.rejected(ctx, string(menuResend), inv, user, err)
		return words
	}
	v := inv.Find(invitation.Person{ChatUser: user})
	switch {
	case v == nil:
		return rejected(invitation.NotYours, in.renderFailure(invitation.NotYours))
	case !v.AwaitsEmail(): // any more
		return in.renderClaimed(inv, *v)
	}
	if err := b.stillQualifies(ctx, inv); err != nil {
		return rejected(err, in.renderNoJoin(inv, err))
	}
	_, changed, err := b.tracker.Resend(ctx, id, user, v.ID)
	if err != nil {
		return rejected(err, in.renderFailure(err))
	}
	return in.renderResendingYours(*v, changed)
}

// awaitingEmail returns the people who have yet to open an email from the portal.
func awaitingEmail(inv invitation.Invitation) (waiting []invitation.Invitee) {
	for _, v := range inv.Invitees {
		if v.AwaitsEmail() {
			waiting = append(waiting, v)
		}
	}
	return waiting
}

// renderResending tells the person who asked who gets the portal's email again. changed is false when it went out to
// all of them lately.
func (in voice) renderResending(inv invitation.Invitation, to viewer, changed bool) message {
	var again []invitation.Invitee
	waiting := awaitingEmail(inv)
	for _, v := range waiting {
		if v.Resending() {
			again = append(again, v)
		}
	}
	switch {
	case len(waiting) == 0:
		return said(in.say("email.nobody", nil))
	case changed:
		return said(in.say("email.resending", with{"People": in.someNamesFor(to, inv, again)}))
	}
	return said(in.say("email.resent-before", with{"People": in.someNamesFor(to, inv, waiting)}))
}

// renderResendingYours tells someone that the portal's email comes again, or came lately.
func (in voice) renderResendingYours(v invitation.Invitee, changed bool) message {
	email := with{"Email": address(cmp.Or(v.Member.Email, v.Email))}
	if changed {
		return said(in.say("email.yours", email))
	}
	return said(in.say("email.yours-before", email))
}
