package slackbot

import (
	"context"
	"errors"
	"fmt"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// Where links are not posted (Policy.ClaimedLinks), the card's button has no address: whoever may
// have the link gets it, seen by them alone, when they press it.

// Deliver sends somebody their link in a direct message. See [tracker.Messenger].
func (m *Messenger) Deliver(ctx context.Context, inv tracker.Invitation, invitee tracker.Invitee) error {
	_, err := m.post(ctx, string(invitee.ChatUser), "", renderDelivery(inv, invitee))
	return err
}

// HandOver gives the inviter the link for those whom only they can reach. See [tracker.Messenger].
func (m *Messenger) HandOver(ctx context.Context, inv tracker.Invitation) error {
	return m.tell(ctx, inv, renderHandOver(inv))
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
func renderLink(inv tracker.Invitation, v tracker.Invitee) message {
	words := renderClaimed(v)
	if v.State == tracker.Awaited {
		words.Blocks = append(words.Blocks, joinButton(inv, features{}), footnote("This link is for you. Please do not pass it on."))
	}
	return words
}

// renderDelivery invites somebody directly, with the link.
func renderDelivery(inv tracker.Invitation, v tracker.Invitee) message {
	text := fmt.Sprintf(":envelope: <@%s> invites you to DocSpace as *%s*.", inv.Inviter, role(inv.Role))
	if inv.Note != "" {
		text += "\n> " + fit(inv.Note, noteMax)
	}
	text += "\nPress *Join DocSpace* and register with *" + name(v.Email) + "*: that is how I know that it is you."
	words := said(text)
	words.Blocks = append(words.Blocks, joinButton(inv, features{}),
		footnote("This link is for you: please do not pass it on. Open until "+date(inv.Expires, "{date_short_pretty} {time}")+"."))
	return words
}

// renderHandOver gives the inviter the link for those whom the bot cannot write to.
func renderHandOver(inv tracker.Invitation) message {
	var people []tracker.Invitee
	for _, v := range inv.Invitees {
		if v.ChatUser == "" && v.State == tracker.Awaited && v.Member.ID == "" {
			people = append(people, v)
		}
	}
	words := said("I know by e-mail alone: " + someNames(people, namesInList) + ". Please send them this link yourself, and nobody else:")
	words.Blocks = append(words.Blocks, section("<"+inv.Link+">"))
	return words
}
