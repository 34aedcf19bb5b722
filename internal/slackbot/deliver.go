package slackbot

import (
	"context"
	"errors"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// Where links are not posted (Policy.ClaimedLinks), the card's button has no address: whoever may
// have the link gets it, seen by them alone, when they press it.

// Deliver sends somebody their link in a direct message. See [tracker.Messenger].
func (m *Messenger) Deliver(ctx context.Context, inv tracker.Invitation, invitee tracker.Invitee) error {
	_, err := m.post(ctx, string(invitee.ChatUser), "", m.voiceFor(ctx, invitee.ChatUser).renderDelivery(inv, invitee))
	return err
}

// HandOver gives the inviter the link for those whom only they can reach. See [tracker.Messenger].
func (m *Messenger) HandOver(ctx context.Context, inv tracker.Invitation) error {
	return m.tell(ctx, inv, m.voiceFor(ctx, inv.Inviter).renderHandOver(inv))
}

// mayHaveLink decides whether whoever pressed the button may have the link: people of this workspace
// may, its guests too.
func (b *Bot) mayHaveLink(ctx context.Context, id tracker.ChatUser) error {
	user, err := b.messenger.directory.user(ctx, id)
	switch {
	case errors.Is(err, tracker.NotAPerson):
		return tracker.LinkNotForYou // Slack does not show us who that is
	case err != nil:
		return err
	case !b.messenger.directory.isHere(user):
		return tracker.LinkNotForYou
	}
	return nil
}

// renderLink is what whoever pressed the button reads, with the link.
func (in voice) renderLink(inv tracker.Invitation, v tracker.Invitee) message {
	words := in.renderClaimed(v)
	if v.State == tracker.Awaited {
		words.Blocks = append(words.Blocks, in.joinButton(inv, true), footnote(in.say("claim.yours", nil)))
	}
	return words
}

// renderDelivery invites somebody directly, with the link.
func (in voice) renderDelivery(inv tracker.Invitation, v tracker.Invitee) message {
	text := in.say("deliver.invites", with{"Inviter": mention(inv.Inviter), "Role": in.role(inv.Role)})
	if inv.Note != "" {
		text += "\n> " + fit(inv.Note, noteMax)
	}
	words := said(text + "\n" + in.say("deliver.press", with{"Email": name(v.Email)}))
	words.Blocks = append(words.Blocks, in.joinButton(inv, true),
		footnote(in.say("deliver.yours", with{"Until": date(inv.Expires, dayAndTime)})))
	return words
}

// renderHandOver gives the inviter the link for those whom the bot cannot write to.
func (in voice) renderHandOver(inv tracker.Invitation) message {
	var people []tracker.Invitee
	for _, v := range inv.Invitees {
		if v.ChatUser == "" && v.State == tracker.Awaited && v.Member.ID == "" {
			people = append(people, v)
		}
	}
	words := said(in.say("deliver.hand-over", with{"People": in.someNames(people, namesInList)}))
	words.Blocks = append(words.Blocks, section("<"+inv.Link+">"))
	return words
}
