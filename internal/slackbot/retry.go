package slackbot

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/logging"
	"github.com/docspace-invite-bot/bot/internal/socketmode"
)

// actionRetry is the button under a refusal whose reason may pass. Its value names the refused
// invitation and grants nothing: only its inviter may press it, and everything is vetted again.
const actionRetry = "retry"

// actionRetryRoom begins the ids of the buttons that try again with one of several rooms. The value names the refused
// invitation and the room, which must be one of those in the refusal.
const actionRetryRoom = "retry_room"

// onRetry tries again what was refused.
func (b *Bot) onRetry(ctx context.Context, e *socketmode.Envelope, did interaction) {
	id, room, _ := strings.Cut(did.chosen(), " ")
	ctx = logging.With(ctx, slog.String("invitation", id))
	var err error
	b.act(ctx, e, did, func(ctx context.Context) (words message) {
		words, err = b.retry(ctx, invitation.ID(id), did.User.ID, did.ResponseURL, invitation.RoomID(room))
		return words
	})
	outcome := outcomeAccepted
	if err != nil {
		outcome = string(reasonOf(err))
	}
	b.metrics.commanded("retry", outcome)
}

// retry returns what the user who pressed the button is told at once: nothing while the result, which
// replaces the refusal, is on its way.
func (b *Bot) retry(ctx context.Context, id invitation.ID, user invitation.ChatUser, replyTo string, room invitation.RoomID) (words message, err error) {
	in := b.messenger.voiceFor(ctx, user)
	if inv, known := b.tracker.Look(id); known && inv.Inviter != user {
		b.rejected(ctx, "retry", inv, user, invitation.NotYours)
		return said(in.say("retry.not-yours", with{"Inviter": mention(inv.Inviter)})), invitation.NotYours
	}
	inv, err := b.tracker.Retry(ctx, id, replyTo, room)
	switch {
	case errors.Is(err, invitation.InvitationOver):
		return said(in.say("retry.late", nil)).instead(), err
	case err != nil:
		b.log.ErrorContext(ctx, "retry not accepted", "inviter", user, "err", err)
		return in.renderFailure(err), err
	}
	switch inv.Stage {
	case invitation.Refused:
		words = in.renderRefusal(inv)
	case invitation.Asked:
		words = in.renderAsked(inv)
	case invitation.Posted, invitation.Expired, invitation.Cancelled:
		words = in.renderPosted(inv)
	}
	return words.instead(), nil
}

// renderRetryable says why an invitation was refused, with a button that tries it again.
func (in voice) renderRetryable(inv invitation.Invitation) message {
	text := in.explain(inv.Refusal, inv.Role, string(inv.ID))
	if inv.Refusal.Reason == invitation.CannotPost {
		text = in.say("retry.cannot_post", with{"Channel": mentionChannel(inv.Channel)})
	}
	words := said(text)
	if inv.Refusal.Reason == invitation.RoomAmbiguous {
		words.Blocks = append(words.Blocks, roomButtons(inv.Refusal.Rooms, actionRetryRoom, string(inv.ID)+" "))
		return words
	}
	button := slack.NewButtonBlockElement(actionRetry, string(inv.ID), plain(in.say("retry.button", nil)))
	words.Blocks = append(words.Blocks, slack.NewActionBlock("", button))
	return words
}
