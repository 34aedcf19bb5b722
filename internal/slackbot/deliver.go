package slackbot

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"unicode/utf8"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
)

// Where links are not posted (Policy.ClaimedLinks), or the role was approved for the people named
// alone, the card's button has no address: people who may have the link get it privately when they
// press the button.

// Deliver sends an invitee their link in a direct message. See [tracker.Messenger].
func (m *Messenger) Deliver(ctx context.Context, inv invitation.Invitation, invitee invitation.Invitee) (invitation.Card, error) {
	if err := m.mayHandOut(slackapi.Lately(ctx), ofCard(inv)); err != nil {
		return invitation.Card{}, err
	}
	return m.post(ctx, string(invitee.ChatUser), "", m.voiceFor(ctx, invitee.ChatUser).renderDelivery(inv, invitee))
}

// HandOver gives the inviter the link for people whom only they can reach; if the role is not theirs to
// give, the approver gets that link instead. See [tracker.Messenger].
func (m *Messenger) HandOver(ctx context.Context, inv invitation.Invitation) (invitation.Card, error) {
	if err := m.mayHandOut(slackapi.Lately(ctx), ofCard(inv)); err != nil {
		return invitation.Card{}, err
	}
	if !inv.Private() {
		return m.tell(ctx, inv, m.voiceFor(ctx, inv.Inviter).renderHandOver(inv))
	}
	approver := inv.Approval.By
	switch who, err := m.caller(slackapi.Lately(ctx), approver); {
	case err != nil:
		return invitation.Card{}, notBegun(err)
	case !who.ours || !m.policy.mayGive(who, inv.Role):
		return invitation.Card{}, refuse(invitation.NotYours, approver)
	}
	return m.post(ctx, string(approver), "", m.voiceFor(ctx, approver).renderHandOver(inv))
}

// TakeBack takes link and buttons off direct messages. See [tracker.Messenger].
func (m *Messenger) TakeBack(ctx context.Context, inv invitation.Invitation, invitee invitation.Invitee, messages []invitation.Card) error {
	words := m.voiceFor(ctx, cmp.Or(invitee.ChatUser, inv.Approval.By, inv.Inviter)).renderTakenBack(inv, invitee)
	for _, at := range messages {
		if err := m.update(ctx, at, words); err != nil && !errors.Is(err, invitation.CardGone) {
			return err
		}
	}
	return nil
}

// renderTakenBack is what a direct message with the link says once that is of no use any more.
func (in voice) renderTakenBack(inv invitation.Invitation, v invitation.Invitee) message {
	switch {
	case v.Joined() && inv.Room.ID != "":
		joined := said(in.say("room.joined", with{"Inviter": mention(inv.Inviter), "Room": in.room(inv.Room)}))
		return in.openingFor(joined, inv, v)
	case v.Joined():
		return said(in.say("deliver.joined", with{"Inviter": mention(inv.Inviter), "Role": in.role(inv.Role)}))
	case inv.Withheld.Reason != "" && inv.Open():
		return said(in.noLink(inv, inv.Withheld.Reason))
	case inv.Open():
		return said(":no_entry: " + in.say("revoke.taken-back", nil))
	}
	return said(in.cardTitle(inv, false))
}

// hidesLink reports whether the invitation's card shows no link: people get it privately.
func (in voice) hidesLink(inv invitation.Invitation) bool { return in.claimed || inv.Private() }

// mayHaveLink decides whether the person who pressed the button may have the link. The people named
// may. So may others of this workspace, unless the role was approved for the people named alone;
// guests of the workspace only with the role Guest.
func (b *Bot) mayHaveLink(ctx context.Context, inv invitation.Invitation, id invitation.ChatUser) error {
	user, err := b.messenger.directory.User(ctx, id)
	switch {
	case errors.Is(err, invitation.NotAPerson):
		return invitation.LinkNotForYou // Slack does not show us who that is
	case err != nil:
		return err
	case !b.messenger.directory.IsHere(user):
		return invitation.LinkNotForYou
	}
	named := inv.Names(invitation.Person{ChatUser: id, Email: user.Profile.Email})
	switch guest := user.IsRestricted || user.IsUltraRestricted; {
	case named:
		return nil
	case inv.Private():
		return invitation.ListClosed
	case guest && inv.Role != invitation.Guest:
		return invitation.GuestNotNamed
	}
	return nil
}

// renderLink is what the person who pressed the button reads, with the link.
func (in voice) renderLink(inv invitation.Invitation, v invitation.Invitee) message {
	words := in.renderClaimed(inv, v)
	if mayUseLink(v) {
		words.Blocks = append(words.Blocks, in.joinButton(inv, true), footnote(in.say("claim.yours", nil)))
	}
	return words
}

// mayUseLink reports whether the link is of use to the invitee: it is not once they have signed up, or
// have an invitation from the portal itself.
func mayUseLink(v invitation.Invitee) bool {
	return v.State == invitation.Awaited && !isInvitedByMail(v)
}

// renderDelivery invites someone directly, with the link.
func (in voice) renderDelivery(inv invitation.Invitation, v invitation.Invitee) message {
	text := in.invitesYou(inv) + in.youMay(inv)
	if inv.Note != "" {
		text += "\n> " + fit(inv.Note, noteMax)
	}
	if isInvitedByMail(v) {
		return said(text + "\n" + in.invitedByMail(inv, v))
	}
	words := said(text + "\n" + in.say("deliver.press", with{"Email": address(v.Email)}))
	words.Blocks = append(words.Blocks, in.joinButton(inv, true),
		footnote(in.say("deliver.yours", with{"Until": date(inv.Expires, dayAndTime)})))
	return words
}

const (
	// handedInLine is how many addresses stand in the sentence; more stand below it.
	handedInLine = 3
	// handOverBudget is how much text of addresses a message takes, in runes.
	handOverBudget = 8000
)

// renderHandOver gives the inviter the link for people the bot can't write to, with the addresses that
// they typed.
func (in voice) renderHandOver(inv invitation.Invitation) message {
	var people []string
	for _, v := range inv.Invitees {
		if v.Untold() {
			people = append(people, address(v.Email))
		}
	}
	var words message
	if len(people) <= handedInLine {
		words = said(in.say("deliver.hand-over", with{"People": in.list(people), "N": len(people)}))
	} else {
		list, used := []string{in.say("deliver.hand-over-many", nil)}, 0
		for i, one := range people {
			if used += utf8.RuneCountInString(one); used > handOverBudget {
				list = append(list, in.more(len(people)-i))
				break
			}
			list = append(list, "• "+one)
		}
		words = saidInFull(list)
	}
	if inv.Private() {
		why := in.say("deliver.hand-over-approved", with{"Inviter": mention(inv.Inviter), "Role": in.role(inv.Role), "Channel": mentionChannel(inv.Channel)})
		words.Text, words.Blocks = why+"\n"+words.Text, slices.Insert(words.Blocks, 0, section(why))
	}
	words.Blocks = append(words.Blocks, section("<"+inv.Link+">"))
	if inv.NotEmailed.Reason != "" {
		why := in.say("email.not-sent", nil) + " " + in.explain(aboutRoom(inv.NotEmailed, inv.Room), inv.Role, string(inv.ID))
		words.Text += "\n" + why
		words.Blocks = append(words.Blocks, footnote(why))
	}
	return words
}
