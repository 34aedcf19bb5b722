package slackbot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/logattr"
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
		if card, err = m.post(ctx, m.policy.ApprovalChannel, "", m.voice.renderRequest(inv).marked(inv, tracker.EffectRequest)); err == nil {
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
	return m.tell(ctx, inv, m.voiceFor(ctx, inv.Inviter).renderAsked(inv))
}

// AnswerRequest shows on the request what became of it. See [tracker.Messenger].
func (m *Messenger) AnswerRequest(ctx context.Context, inv tracker.Invitation) error {
	return m.update(ctx, inv.Approval.Card, m.voice.renderRequest(inv))
}

// onDecide takes somebody's decision about a request for approval, if it is theirs to take.
func (b *Bot) onDecide(ctx context.Context, e *Envelope, did interaction) {
	ctx = logattr.With(ctx, slog.String("invitation", did.chosen()))
	var approved tracker.Invitation
	done := b.act(ctx, e, did, func(ctx context.Context) (words message) {
		request := tracker.Card{Channel: did.Channel.ID, Message: did.Message.TS}
		words, approved = b.decide(ctx, did.action(), tracker.ID(did.chosen()), did.User.ID, request)
		return words
	})
	if !done || approved.ID == "" {
		return
	}
	if err := b.messenger.tell(ctx, approved, b.messenger.voiceFor(ctx, approved.Inviter).renderApproved(approved)); err != nil {
		b.log.InfoContext(ctx, "the inviter was not told of the approval", "invitation", approved.ID, "err", err)
	}
}

// decide returns what whoever clicked is told, and the invitation if they have just approved it.
func (b *Bot) decide(ctx context.Context, verdict string, id tracker.ID, user tracker.ChatUser, request tracker.Card) (words message, approved tracker.Invitation) {
	inv, known := b.tracker.Look(id)
	in := b.messenger.voiceFor(ctx, user)
	if !known {
		return in.renderFailure(tracker.InvitationOver), approved
	}
	refused := func(reason tracker.Reason, err error, words message) (message, tracker.Invitation) {
		tracker.Decision{Deed: verdict, Verdict: tracker.Rejected, By: user, Reason: reason, Invitation: inv, Err: err}.Log(ctx, b.log)
		return words, tracker.Invitation{}
	}
	who, err := b.messenger.caller(ctx, user)
	switch {
	case err != nil:
		return refused(reasonOf(err), err, in.renderFailure(reasonOf(err)))
	case user == inv.Inviter:
		return refused(tracker.NotYours, nil, said(in.say("approval.your-own", nil)))
	case !b.messenger.policy.mayGive(who, inv.Role) || !who.ours:
		return refused(tracker.NotYours, nil, said(in.say("approval.not-yours", with{"Role": in.role(inv.Role)})))
	}
	inv, changed, err := b.tracker.Decide(ctx, id, user, verdict == actionApprove, request)
	switch {
	case err != nil:
		return refused(reasonOf(err), err, in.renderFailure(reasonOf(err)))
	case !changed:
		return in.renderDecidedBefore(inv), approved
	case inv.Approval.Approved:
		return in.renderVerdict(inv), inv
	}
	return in.renderVerdict(inv), approved
}

// renderRequest asks those who may decide for their approval, and shows what became of it. It names
// addresses in full: one cannot approve of somebody one cannot tell apart.
func (in voice) renderRequest(inv tracker.Invitation) message {
	words := said(in.say("approval.request", with{
		"Inviter": mention(inv.Inviter), "Role": in.role(inv.Role), "Channel": mentionChannel(inv.Channel),
	}))
	if inv.Note != "" {
		words.Blocks = append(words.Blocks, section("> "+fit(inv.Note, noteMax)))
	}
	words.Blocks = append(words.Blocks, section(in.peopleOfRequest(inv)))
	decided := with{"By": mention(inv.Approval.By), "Inviter": mention(inv.Inviter)}
	switch {
	case inv.Waits():
		approve := slack.NewButtonBlockElement(actionApprove, string(inv.ID), plain(in.say("approval.approve", nil)))
		approve.Style = slack.StylePrimary
		deny := slack.NewButtonBlockElement(actionDeny, string(inv.ID), plain(in.say("approval.deny", nil)))
		deny.Style = slack.StyleDanger
		words.Blocks = append(words.Blocks, slack.NewActionBlock("", approve, deny),
			footnote(in.say("approval.lapses", with{"Until": date(inv.Approval.Until, dayAndTime)})))
	case inv.Approval.Approved && inv.Stage == tracker.Refused:
		words.Blocks = append(words.Blocks, section(in.say("approval.failed", decided)))
	case inv.Approval.Approved:
		words.Blocks = append(words.Blocks, section(in.say("approval.approved", decided)))
	case inv.Approval.By != "":
		words.Blocks = append(words.Blocks, section(in.say("approval.denied", decided)))
	default:
		words.Blocks = append(words.Blocks, section(in.say("approval.lapsed", nil)))
	}
	return words
}

func (in voice) peopleOfRequest(inv tracker.Invitation) string {
	if len(inv.Approval.People) == 0 {
		return in.say("approval.anybody", nil)
	}
	var list []string
	for i, person := range inv.Approval.People {
		if i == namesOnCard {
			list = append(list, in.more(len(inv.Approval.People)-i))
			break
		}
		switch {
		case person.ChatUser == "":
			list = append(list, "• "+name(person.Email))
		case person.Email == "":
			list = append(list, "• "+mention(person.ChatUser))
		default:
			list = append(list, "• "+mention(person.ChatUser)+" ("+name(person.Email)+")")
		}
	}
	return in.lines(list)
}

// renderAsked tells the inviter that their invitation waits.
func (in voice) renderAsked(inv tracker.Invitation) message {
	return said(in.say("approval.asked", with{"Role": in.role(inv.Role), "Until": date(inv.Approval.Until, dayAndTime)}))
}

// renderApproved tells the inviter that their invitation goes on.
func (in voice) renderApproved(inv tracker.Invitation) message {
	return said(in.say("approval.goes-on", with{
		"By": mention(inv.Approval.By), "Role": in.role(inv.Role), "Channel": mentionChannel(inv.Channel),
	}))
}

// renderVerdict confirms a decision to whoever took it.
func (in voice) renderVerdict(inv tracker.Invitation) message {
	if inv.Approval.Approved {
		return said(in.say("approval.you-approved", with{"Channel": mentionChannel(inv.Channel), "Inviter": mention(inv.Inviter)}))
	}
	return said(in.say("approval.you-denied", with{"Inviter": mention(inv.Inviter)}))
}

// renderDecidedBefore tells whoever came second what was decided.
func (in voice) renderDecidedBefore(inv tracker.Invitation) message {
	by := with{"By": mention(inv.Approval.By)}
	switch {
	case inv.Approval.By == "":
		return said(in.say("approval.lapsed-before", nil))
	case inv.Approval.Approved:
		return said(in.say("approval.approved-before", by))
	}
	return said(in.say("approval.denied-before", by))
}
