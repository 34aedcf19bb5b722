package slackbot

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/logattr"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// actionMend is the menu on a card, and the buttons that do what it offers. Their values name a
// deed and an invitation, and no right: that is looked up at every click.
const actionMend = "mend"

// deed is what the inviter and admins can do with an invitation.
type deed string

const (
	deedExtend deed = "extend"
	deedRemind deed = "remind"
	deedClose  deed = "close"
	deedReopen deed = "reopen"
	deedAsk    deed = "ask" // whether it is to be cancelled
	deedCancel deed = "cancel"
)

// on is a control's value: the deed, done to the invitation.
func (d deed) on(id tracker.ID) string { return string(d) + " " + string(id) }

// onMend does with an invitation what somebody chose on its card, if they may. To extend, the portal
// is asked for a link first, and Slack answered meanwhile: who hears nothing, because the bot was
// stopped in that moment, chooses again.
func (b *Bot) onMend(ctx context.Context, e *Envelope, did interaction) {
	verb, id, _ := strings.Cut(did.chosen(), " ")
	ctx = logattr.With(ctx, slog.String("invitation", id))
	do := func(ctx context.Context) message { return b.mend(ctx, deed(verb), tracker.ID(id), did.User.ID) }
	if deed(verb) != deedExtend {
		b.act(ctx, e, did, do)
		return
	}
	b.ack(ctx, e, nil)
	b.tellClicker(ctx, did, do(ctx))
}

func (b *Bot) mend(ctx context.Context, d deed, id tracker.ID, user tracker.ChatUser) message {
	inv, known := b.tracker.Look(id)
	in := b.messenger.voiceFor(ctx, user)
	if !known {
		return in.renderFailure(tracker.InvitationOver)
	}
	rejected := func(reason tracker.Reason, err error) {
		tracker.Decision{Deed: string(d), Verdict: tracker.Rejected, By: user, Reason: reason, Invitation: inv, Err: err}.Log(ctx, b.log)
	}
	who, err := b.messenger.caller(ctx, user)
	switch {
	case err != nil:
		if d == deedExtend { // it may be the inviter of whom Slack tells nothing any more
			_ = b.stillQualifies(ctx, inv)
		}
		rejected(reasonOf(err), err)
		return in.renderFailure(reasonOf(err))
	case inv.Inviter != user && !who.admin:
		rejected(tracker.NotYours, nil)
		return in.renderNotYours(inv)
	}
	var changed bool
	switch d {
	case deedAsk:
		if inv.Stage != tracker.Cancelled {
			return in.renderCancelQuestion(inv)
		}
	case deedExtend:
		if err := b.mayExtend(ctx, inv, user); err != nil {
			rejected(reasonOf(err), err)
			return in.renderNoExtension(inv, user, err)
		}
		inv, changed, err = b.tracker.Extend(ctx, id, user)
	case deedRemind:
		if !in.reminders {
			return said(in.say("mend.no-reminders", nil))
		}
		if inv, changed, err = b.tracker.Remind(ctx, id, user); err == nil {
			return in.renderReminding(inv, changed, time.Now())
		}
	case deedClose, deedReopen:
		inv, changed, err = b.tracker.CloseList(ctx, id, user, d == deedClose)
	case deedCancel:
		inv, changed, err = b.tracker.Cancel(ctx, id, user)
	default:
		return in.renderFailure(tracker.Unexpected)
	}
	if err != nil {
		rejected(reasonOf(err), err)
		return in.renderFailure(reasonOf(err))
	}
	return in.renderMended(d, inv, changed)
}

// mayExtend decides whether the user may put a fresh link on the card. It has to hold for the card, in
// its inviter's name, and for the user, whose role it has to be to give: an approval does not cover more
// time. A card that was withheld is asked about again: that may be over.
func (b *Bot) mayExtend(ctx context.Context, inv tracker.Invitation, user tracker.ChatUser) error {
	inv.Withheld = tracker.Refusal{}
	if err := b.stillQualifies(ctx, inv); err != nil || user == inv.Inviter && !inv.Approval.Approved {
		return err
	}
	return b.messenger.mayHandOut(ctx, handOut{by: user, role: inv.Role, channel: inv.Channel})
}

// mendMenu is the card's menu; nil when there is nothing to be done about the invitation.
func (in voice) mendMenu(inv tracker.Invitation) *slack.Accessory {
	var options []*slack.OptionBlockObject
	offer := func(d deed, text string) {
		options = append(options, slack.NewOptionBlockObject(d.on(inv.ID), plain(text), nil))
	}
	switch inv.Stage {
	case tracker.Linked, tracker.Posted:
		if in.reminders && inv.CountMissing() > 0 {
			offer(deedRemind, in.say("mend.remind", nil))
		}
		offer(deedExtend, in.say("mend.extend", nil))
		switch {
		case inv.Private(): // it stays closed
		case inv.Closed:
			offer(deedReopen, in.say("mend.reopen", nil))
		default:
			offer(deedClose, in.say("mend.close", nil))
		}
		offer(deedAsk, in.say("mend.ask", nil))
	case tracker.Expired:
		offer(deedExtend, in.say("mend.extend", nil))
	default:
		return nil
	}
	return slack.NewAccessory(slack.NewOverflowBlockElement(actionMend, options...))
}

// mendButton does one deed.
func mendButton(d deed, inv tracker.Invitation, text string, style slack.Style) slack.Block {
	button := slack.NewButtonBlockElement(actionMend, d.on(inv.ID), plain(text))
	button.Style = style
	return slack.NewActionBlock("", button)
}

// renderNotYours turns away somebody who may not change the invitation.
func (in voice) renderNotYours(inv tracker.Invitation) message {
	return said(in.say("mend.not-yours", with{"Inviter": mention(inv.Inviter)}))
}

// renderNoExtension says why no fresh link goes onto a card.
func (in voice) renderNoExtension(inv tracker.Invitation, user tracker.ChatUser, err error) message {
	if why := reasonOf(err); why.Disqualifies() && user != inv.Inviter {
		return said(in.say("withheld.card", with{"Why": in.whyWithheld(inv, why)}))
	}
	return in.renderRefusal(tracker.Invitation{Request: tracker.Request{Role: inv.Role}, Refusal: tracker.Refusal{Reason: reasonOf(err)}})
}

// renderCancelQuestion asks once more.
func (in voice) renderCancelQuestion(inv tracker.Invitation) message {
	words := said(in.say("mend.cancel-nobody", nil))
	if n := inv.CountMissing(); n > 0 {
		words = said(in.say("mend.cancel", with{"N": n}))
	}
	words.Blocks = append(words.Blocks, mendButton(deedCancel, inv, in.say("mend.cancel-button", nil), slack.StyleDanger))
	return words
}

// renderMended tells whoever chose something what came of it. changed is false when it was so
// already.
func (in voice) renderMended(d deed, inv tracker.Invitation, changed bool) message {
	until := with{"Until": date(inv.Expires, dayAndTime)}
	switch {
	case d == deedExtend && changed:
		return said(in.say("mend.extended", until))
	case d == deedExtend:
		return said(in.say("mend.extended-before", until))
	case d == deedClose && changed:
		return said(in.say("mend.closed", nil))
	case d == deedClose:
		return said(in.say("mend.closed-before", nil))
	case d == deedReopen && changed:
		return said(in.say("mend.reopened", nil))
	case d == deedReopen:
		return said(in.say("mend.reopened-before", nil))
	case d == deedCancel && changed:
		return said(in.say("mend.cancelled", nil)).instead()
	case inv.EndedBy != "":
		return said(in.say("mend.cancelled-by", with{"By": mention(inv.EndedBy)}))
	}
	return said(in.say("mend.cancelled-before", nil))
}
