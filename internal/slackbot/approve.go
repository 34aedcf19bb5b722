package slackbot

import (
	"context"
	"errors"
	"fmt"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// The buttons on a request for approval. Their values name an invitation, and no right: that is
// looked up at every click.
const (
	actionApprove = "approve"
	actionDeny    = "deny"
)

// AskApproval posts the request for approval in the approvers' channel. See [tracker.Messenger].
func (m *Messenger) AskApproval(ctx context.Context, inv tracker.Invitation) (tracker.Card, error) {
	place, err := m.directory.channel(ctx, tracker.Channel(m.policy.ApprovalChannel))
	if err == nil && !m.policy.SharedChannels && (place.IsExtShared || place.IsPendingExtShared) {
		err = tracker.ChannelShared
	}
	if err == nil {
		var card tracker.Card
		if card, err = m.post(ctx, m.policy.ApprovalChannel, "", renderRequest(inv).marked(inv, tracker.EffectRequest)); err == nil {
			return card, nil
		}
	}
	for _, reason := range []tracker.Reason{tracker.CannotPost, tracker.ChannelArchived, tracker.ChannelShared} {
		if errors.Is(err, reason) {
			return tracker.Card{}, &refusal{reason: tracker.NoApprovers, err: fmt.Errorf("APPROVAL_CHANNEL: %w", err)}
		}
	}
	return tracker.Card{}, err
}

// Asked tells the inviter that approval is asked for. See [tracker.Messenger].
func (m *Messenger) Asked(ctx context.Context, inv tracker.Invitation) error {
	return m.tell(ctx, inv, renderAsked(inv))
}

// AnswerRequest shows on the request what became of it. See [tracker.Messenger].
func (m *Messenger) AnswerRequest(ctx context.Context, inv tracker.Invitation) error {
	return m.update(ctx, inv.Approval.Card, renderRequest(inv))
}

// onDecide takes somebody's decision about a request for approval, if it is theirs to take.
func (b *Bot) onDecide(ctx context.Context, e *Envelope, did interaction) {
	var approved tracker.Invitation
	done := b.act(ctx, e, did, func(ctx context.Context) (words message) {
		words, approved = b.decide(ctx, did.action(), tracker.ID(did.chosen()), did.User.ID)
		return words
	})
	if !done || approved.ID == "" {
		return
	}
	if err := b.messenger.tell(ctx, approved, renderApproved(approved)); err != nil {
		b.log.InfoContext(ctx, "the inviter was not told of the approval", "invitation", approved.ID, "err", err)
	}
}

// decide returns what whoever clicked is told, and the invitation if they have just approved it.
func (b *Bot) decide(ctx context.Context, verdict string, id tracker.ID, user tracker.ChatUser) (words message, approved tracker.Invitation) {
	inv, known := b.tracker.Look(id)
	if !known {
		return renderFailure(tracker.InvitationOver), approved
	}
	refused := func(reason tracker.Reason, err error, words message) (message, tracker.Invitation) {
		tracker.Decision{Deed: verdict, Verdict: tracker.Rejected, By: user, Reason: reason, Invitation: inv, Err: err}.Log(ctx, b.log)
		return words, tracker.Invitation{}
	}
	who, err := b.messenger.caller(ctx, user)
	switch {
	case err != nil:
		return refused(reasonOf(err), err, renderFailure(reasonOf(err)))
	case user == inv.Inviter:
		return refused(tracker.NotYours, nil, said("Somebody else has to decide about this: it is your own request."))
	case !b.messenger.policy.mayGive(who, inv.Role) || !who.ours:
		return refused(tracker.NotYours, nil, said(fmt.Sprintf("The role *%s* is not yours to give: an admin has to decide about this.", role(inv.Role))))
	}
	inv, changed, err := b.tracker.Decide(ctx, id, user, verdict == actionApprove)
	switch {
	case err != nil:
		return refused(reasonOf(err), err, renderFailure(reasonOf(err)))
	case !changed:
		return renderDecidedBefore(inv), approved
	case inv.Approval.Approved:
		return renderVerdict(inv), inv
	}
	return renderVerdict(inv), approved
}

// renderRequest asks those who may decide for their approval, and shows what became of it. It names
// addresses in full: one cannot approve of somebody one cannot tell apart.
func renderRequest(inv tracker.Invitation) message {
	text := fmt.Sprintf("<@%s> asks to invite to DocSpace as *%s*, in <#%s>", inv.Inviter, role(inv.Role), inv.Channel)
	words := said(text)
	if inv.Note != "" {
		words.Blocks = append(words.Blocks, section("> "+fit(inv.Note, noteMax)))
	}
	words.Blocks = append(words.Blocks, section(peopleOfRequest(inv)))
	switch {
	case inv.Waits():
		approve := slack.NewButtonBlockElement(actionApprove, string(inv.ID), plain("Approve"))
		approve.Style = slack.StylePrimary
		deny := slack.NewButtonBlockElement(actionDeny, string(inv.ID), plain("Deny"))
		deny.Style = slack.StyleDanger
		words.Blocks = append(words.Blocks, slack.NewActionBlock("", approve, deny),
			footnote("For somebody who may give this role, and has not asked for it. Without a decision it lapses "+
				date(inv.Approval.Until, "{date_short_pretty} {time}")+"."))
	case inv.Approval.Approved && inv.Stage == tracker.Refused:
		words.Blocks = append(words.Blocks, section(fmt.Sprintf(":warning: <@%s> approved of this, and then it came to nothing: <@%s> was told why.",
			inv.Approval.By, inv.Inviter)))
	case inv.Approval.Approved:
		words.Blocks = append(words.Blocks, section(fmt.Sprintf(":white_check_mark: Approved by <@%s>", inv.Approval.By)))
	case inv.Approval.By != "":
		words.Blocks = append(words.Blocks, section(fmt.Sprintf(":no_entry: Denied by <@%s>", inv.Approval.By)))
	default:
		words.Blocks = append(words.Blocks, section(":white_small_square: Lapsed: nobody has decided"))
	}
	return words
}

func peopleOfRequest(inv tracker.Invitation) string {
	if len(inv.Approval.People) == 0 {
		return "For whoever presses the button on the card, in that channel."
	}
	var list []string
	for i, person := range inv.Approval.People {
		if i == namesOnCard {
			list = append(list, fmt.Sprintf("and %d more", len(inv.Approval.People)-i))
			break
		}
		switch {
		case person.ChatUser == "":
			list = append(list, "• "+name(person.Email))
		case person.Email == "":
			list = append(list, "• <@"+string(person.ChatUser)+">")
		default:
			list = append(list, "• <@"+string(person.ChatUser)+"> ("+name(person.Email)+")")
		}
	}
	return lines(list)
}

// renderAsked tells the inviter that their invitation waits.
func renderAsked(inv tracker.Invitation) message {
	return said(fmt.Sprintf("The role *%s* needs an approval, and I have asked for it. You hear from me when it is decided; without a decision it lapses %s.",
		role(inv.Role), date(inv.Approval.Until, "{date_short_pretty} {time}")))
}

// renderApproved tells the inviter that their invitation goes on.
func renderApproved(inv tracker.Invitation) message {
	return said(fmt.Sprintf("<@%s> has approved of your invitation as *%s*: its card comes in <#%s>.", inv.Approval.By, role(inv.Role), inv.Channel))
}

// renderVerdict confirms a decision to whoever took it.
func renderVerdict(inv tracker.Invitation) message {
	if inv.Approval.Approved {
		return said(fmt.Sprintf("Approved: the card comes in <#%s>, and <@%s> is told.", inv.Channel, inv.Inviter))
	}
	return said(fmt.Sprintf("Denied: <@%s> is told, and nothing is posted.", inv.Inviter))
}

// renderDecidedBefore tells whoever came second what was decided.
func renderDecidedBefore(inv tracker.Invitation) message {
	switch {
	case inv.Approval.By == "":
		return said("This request has lapsed: nobody has decided about it in time.")
	case inv.Approval.Approved:
		return said(fmt.Sprintf("<@%s> has approved of this already.", inv.Approval.By))
	}
	return said(fmt.Sprintf("<@%s> has denied this already.", inv.Approval.By))
}
