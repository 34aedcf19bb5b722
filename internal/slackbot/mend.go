package slackbot

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

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
	do := func(ctx context.Context) message { return b.mend(ctx, deed(verb), tracker.ID(id), did.User.ID) }
	if deed(verb) != deedExtend {
		b.act(ctx, e, did, do)
		return
	}
	again := b.seen.before(e.ID)
	b.ack(ctx, e, nil)
	if !again {
		b.tellClicker(ctx, did, do(ctx))
	}
}

func (b *Bot) mend(ctx context.Context, d deed, id tracker.ID, user tracker.ChatUser) message {
	inv, known := b.tracker.Look(id)
	if !known {
		return renderFailure(tracker.InvitationOver)
	}
	rejected := func(reason tracker.Reason, err error) {
		tracker.Decision{Deed: string(d), Verdict: tracker.Rejected, By: user, Reason: reason, Invitation: inv, Err: err}.Log(ctx, b.log)
	}
	who, err := b.messenger.caller(ctx, user)
	switch {
	case err != nil:
		rejected(reasonOf(err), err)
		return renderFailure(reasonOf(err))
	case inv.Inviter != user && !who.admin:
		rejected(tracker.NotYours, nil)
		return renderNotYours(inv)
	}
	var changed bool
	switch d {
	case deedAsk:
		if inv.Stage != tracker.Cancelled {
			return renderCancelQuestion(inv)
		}
	case deedExtend:
		inv, changed, err = b.tracker.Extend(ctx, id, user)
	case deedRemind:
		if !b.messenger.features.reminders {
			return said("Reminders are switched off here.")
		}
		if inv, changed, err = b.tracker.Remind(ctx, id, user); err == nil {
			return renderReminding(inv, changed, time.Now())
		}
	case deedClose, deedReopen:
		inv, changed, err = b.tracker.CloseList(ctx, id, user, d == deedClose)
	case deedCancel:
		inv, changed, err = b.tracker.Cancel(ctx, id, user)
	default:
		return renderFailure(tracker.Unexpected)
	}
	if err != nil {
		rejected(reasonOf(err), err)
		return renderFailure(reasonOf(err))
	}
	return renderMended(d, inv, changed)
}

// mendMenu is the card's menu; nil when there is nothing to be done about the invitation.
func mendMenu(inv tracker.Invitation, f features) *slack.Accessory {
	var options []*slack.OptionBlockObject
	offer := func(d deed, text string) {
		options = append(options, slack.NewOptionBlockObject(d.on(inv.ID), plain(text), nil))
	}
	switch inv.Stage {
	case tracker.Linked, tracker.Posted:
		if f.reminders && len(inv.Missing()) > 0 {
			offer(deedRemind, "Remind those who are missing")
		}
		offer(deedExtend, "Extend: fresh link, more time")
		if inv.Closed {
			offer(deedReopen, "Reopen the list to everybody here")
		} else {
			offer(deedClose, "Close the list: nobody else joins it")
		}
		offer(deedAsk, "Cancel the invitation…")
	case tracker.Expired:
		offer(deedExtend, "Extend: fresh link, more time")
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
func renderNotYours(inv tracker.Invitation) message {
	return said(fmt.Sprintf("This invitation is <@%s>'s: only they and admins can change it.", inv.Inviter))
}

// renderCancelQuestion asks once more.
func renderCancelQuestion(inv tracker.Invitation) message {
	text := "Cancel this invitation? Its card loses the button"
	switch n := len(inv.Missing()); {
	case n == 1:
		text += ", and I stop waiting for the one person who has not joined"
	case n > 1:
		text += fmt.Sprintf(", and I stop waiting for the %d people who have not joined", n)
	}
	words := said(text + ". Whoever has the link can use it until the portal lets it lapse.")
	words.Blocks = append(words.Blocks, mendButton(deedCancel, inv, "Cancel the invitation", slack.StyleDanger))
	return words
}

// renderMended tells whoever chose something what came of it. changed is false when it was so
// already.
func renderMended(d deed, inv tracker.Invitation, changed bool) message {
	until := date(inv.Expires, "{date_short_pretty} {time}")
	switch {
	case d == deedExtend && changed:
		return said("The invitation is extended until " + until + ", with a fresh link on its card. Earlier links work until the portal lets them lapse.")
	case d == deedExtend:
		return said("This was extended a moment ago: the invitation is open until " + until + ".")
	case d == deedClose && changed:
		return said("The list is closed: whoever presses *Join DocSpace* and is not on it is not taken in. The portal itself still lets in whoever has the link.")
	case d == deedClose:
		return said("The list is closed already.")
	case d == deedReopen && changed:
		return said("The list is open again: whoever presses *Join DocSpace* is on it.")
	case d == deedReopen:
		return said("The list is open already.")
	case d == deedCancel && changed:
		return said("The invitation is cancelled, and its card says so.").instead()
	case inv.EndedBy != "":
		return said(fmt.Sprintf("<@%s> has cancelled this invitation already.", inv.EndedBy))
	}
	return said("This invitation is cancelled already.")
}
