package slackbot

import (
	"context"
	"log/slog"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/logging"
	"github.com/docspace-invite-bot/bot/internal/socketmode"
)

// A link that got to the wrong people is revoked by an admin: all cards for its role have the same one, so that
// this is about more than the invitation whose menu it is chosen from. They have no link then until the portal gives
// a new one.

// callbackRevoke is the dialog that asks whether to revoke a link.
const callbackRevoke = "revoke"

// askToRevoke opens the dialog that asks the user, if they may revoke the link and it can be one that the portal
// revokes.
func (b *Bot) askToRevoke(ctx context.Context, e *socketmode.Envelope, did interaction, id invitation.ID) {
	asking, cancel := context.WithTimeout(ctx, decideWait)
	defer cancel()
	inv, no := b.mayRevoke(asking, id, did.User.ID)
	b.ack(ctx, e, nil)
	if no != nil {
		b.tellClicker(ctx, did, *no)
		return
	}
	b.openDialog(ctx, did, b.messenger.voiceFor(ctx, did.User.ID).renderRevokeQuestion(inv))
}

// mayRevoke returns the invitation, and what the user is told if its link is not theirs to revoke or not one that
// any portal revokes.
func (b *Bot) mayRevoke(ctx context.Context, id invitation.ID, user invitation.ChatUser) (inv invitation.Invitation, no *message) {
	inv, known := b.tracker.Look(id)
	in := b.messenger.voiceFor(ctx, user)
	refused := func(err error, words message) (invitation.Invitation, *message) {
		b.rejected(ctx, string(menuRevoke), inv, user, err)
		return inv, &words
	}
	if !known {
		words := in.renderFailure(invitation.InvitationOver)
		return inv, &words
	}
	who, err := b.messenger.caller(ctx, user)
	switch {
	case err != nil:
		return refused(err, in.renderFailure(err))
	case !who.admin:
		return refused(invitation.NotYours, said(in.say("revoke.admins-only", nil)))
	case inv.Role == invitation.Guest: // docs/facts/docspace.md, "Managed links"
		return refused(invitation.NotManaged, in.renderFailure(invitation.NotManaged))
	}
	return inv, nil
}

// onRevoke revokes the link of the invitation that the user was asked about. The portal may take longer than Slack
// waits for the dialog, so they are told in a direct message what came of it. One who hears nothing, because the
// bot stopped at that moment, asks again.
func (b *Bot) onRevoke(ctx context.Context, e *socketmode.Envelope, did interaction) {
	id := invitation.ID(did.View.Metadata)
	ctx = logging.With(ctx, slog.String("invitation", string(id)))
	deciding, cancel := context.WithTimeout(ctx, decideWait)
	inv, no := b.mayRevoke(deciding, id, did.User.ID)
	cancel()
	if no != nil {
		b.ackInDialog(ctx, e, did, "revoke.title", *no)
		return
	}
	b.ack(ctx, e, nil)
	if _, err := b.messenger.post(ctx, string(did.User.ID), "", b.revoke(ctx, inv, did.User.ID)); err != nil {
		b.log.WarnContext(ctx, "an answer was lost", "err", err)
	}
}

// revoke ends the link of the invitation's role, and returns what the admin is told.
func (b *Bot) revoke(ctx context.Context, inv invitation.Invitation, by invitation.ChatUser) message {
	in := b.messenger.voiceFor(ctx, by)
	open, err := b.tracker.RevokeLink(ctx, inv.Role, by)
	if err != nil {
		b.rejected(ctx, string(menuRevoke), inv, by, err)
		return in.renderNotRevoked(inv.Role, reasonOf(err))
	}
	return in.renderRevoked(inv.Role, len(open))
}

// NotLinked tells the inviter why there is no link in place of the one that was revoked. See [tracker.Messenger].
func (m *Messenger) NotLinked(ctx context.Context, inv invitation.Invitation) error {
	words := m.voiceFor(ctx, inv.Inviter).renderNotLinked(inv)
	_, err := m.post(ctx, string(inv.Inviter), "", words.marked(inv, invitation.EffectNotLinked))
	return err
}

// renderNotLinked tells the inviter why the card has no link, and that it gets one when there is one.
func (in voice) renderNotLinked(inv invitation.Invitation) message {
	return said(in.lines([]string{
		in.say("revoke.not-linked", with{"Role": in.role(inv.Role), "Channel": mentionChannel(inv.Channel)}),
		in.explain(inv.NotLinked, inv.Role, string(inv.ID)),
		in.say("revoke.keeps-asking", nil),
	}))
}

// renderRevokeQuestion says what becomes of all cards with the link.
func (in voice) renderRevokeQuestion(inv invitation.Invitation) slack.ModalViewRequest {
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: callbackRevoke, PrivateMetadata: string(inv.ID), Title: plain(in.say("revoke.title", nil)),
		Submit: plain(in.say("revoke.button", nil)), Close: plain(in.say("dialog.cancel", nil)),
		Blocks: slack.Blocks{BlockSet: []slack.Block{section(in.say("revoke.ask", with{"Role": in.role(inv.Role)}))}},
	}
}

// renderNotRevoked says why a link is not revoked, or may not be, and what the admin can do.
func (in voice) renderNotRevoked(role invitation.Role, why invitation.Reason) message {
	switch why {
	case invitation.SeatLimit:
		return said(in.say("revoke.no-seat", with{"Role": in.role(role)}))
	case invitation.PortalDown, invitation.NotDocSpace:
		return said(in.say("revoke.unsure", with{"Role": in.role(role)}))
	}
	return in.renderFailure(why)
}

// renderRevoked says that a link is revoked, and how many open invitations wait for the new one.
func (in voice) renderRevoked(role invitation.Role, open int) message {
	return said(in.say("revoke.done", with{"Role": in.role(role), "N": open}))
}
