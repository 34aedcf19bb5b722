package slackbot

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/logging"
	"github.com/docspace-invite-bot/bot/internal/socketmode"
)

// actionManage is the menu on a card, and the buttons that do what it offers. Their values name an
// action and an invitation, and grant nothing: rights are looked up at every click. The id is on cards
// that were posted before, so it keeps its old name.
const actionManage = "mend"

// menuAction is what the inviter and admins can do with an invitation.
type menuAction string

const (
	menuExtend menuAction = "extend"
	menuRemind menuAction = "remind"
	menuResend menuAction = "resend_email"
	menuRevoke menuAction = "revoke_link" // asks first: revoke.go
	menuClose  menuAction = "close"
	menuReopen menuAction = "reopen"
	menuAsk    menuAction = "ask" // whether to cancel it
	menuCancel menuAction = "cancel"
)

// callbackCancel is the dialog that asks whether to cancel. The menu cannot ask itself: its confirm object
// would be shown for each of its options.
const callbackCancel = "cancel"

// on returns a control's value: the action and the invitation.
func (a menuAction) on(id invitation.ID) string { return string(a) + " " + string(id) }

// onManage does what the user chose from a card's menu, if they may. Extending asks the portal for a
// link, so Slack is acknowledged first: a user who hears nothing, because the bot stopped at that
// moment, chooses again.
func (b *Bot) onManage(ctx context.Context, e *socketmode.Envelope, did interaction) {
	verb, id, _ := strings.Cut(did.chosen(), " ")
	ctx = logging.With(ctx, slog.String("invitation", id))
	do := func(ctx context.Context) message {
		return b.manage(ctx, menuAction(verb), invitation.ID(id), did.User.ID)
	}
	switch menuAction(verb) {
	case menuAsk:
		b.askToCancel(ctx, e, did, invitation.ID(id))
	case menuRevoke:
		b.askToRevoke(ctx, e, did, invitation.ID(id))
	case menuExtend:
		b.ack(ctx, e, nil)
		b.tellClicker(ctx, did, do(ctx))
	default:
		b.act(ctx, e, did, do)
	}
}

// askToCancel opens the dialog that asks the user, if the invitation is theirs to cancel and there is still
// something to cancel.
func (b *Bot) askToCancel(ctx context.Context, e *socketmode.Envelope, did interaction, id invitation.ID) {
	asking, cancel := context.WithTimeout(ctx, decideWait)
	defer cancel()
	words := b.manage(asking, menuAsk, id, did.User.ID)
	b.ack(ctx, e, nil)
	if words.Text != "" {
		b.tellClicker(ctx, did, words)
		return
	}
	inv, _ := b.tracker.Look(id)
	b.openDialog(ctx, did, b.messenger.voiceFor(ctx, did.User.ID).renderCancelQuestion(inv, did.View.Type == viewHome))
}

// onCancel cancels what the user was asked about. The card says so; why it could not be is said in the
// dialog.
func (b *Bot) onCancel(ctx context.Context, e *socketmode.Envelope, did interaction) {
	from, id, _ := strings.Cut(did.View.Metadata, " ")
	ctx = logging.With(ctx, slog.String("invitation", id))
	doing, cancel := context.WithTimeout(ctx, decideWait)
	defer cancel()
	b.ackInDialog(ctx, e, did, "manage.cancel-title", b.manage(doing, menuCancel, invitation.ID(id), did.User.ID))
	if from == viewHome {
		b.showHome(ctx, did.User.ID, message{})
	}
}

// manage does what the user asks, if they may, and returns what they are told: nothing where the card shows it,
// or where they are to be asked first.
func (b *Bot) manage(ctx context.Context, a menuAction, id invitation.ID, user invitation.ChatUser) message {
	inv, known := b.tracker.Look(id)
	in := b.messenger.voiceFor(ctx, user)
	if !known {
		return in.renderFailure(invitation.InvitationOver)
	}
	rejected := func(err error, words message) message {
		b.rejected(ctx, string(a), inv, user, err)
		return words
	}
	who, err := b.messenger.caller(ctx, user)
	switch {
	case err != nil:
		if a == menuExtend { // it may be the inviter, whom Slack no longer shows
			_ = b.stillQualifies(ctx, inv)
		}
		return rejected(err, in.renderFailure(err))
	case inv.Inviter != user && !who.admin:
		return rejected(invitation.NotYours, in.renderNotYours(inv))
	}
	var changed bool
	switch a {
	case menuAsk:
		if inv.Stage != invitation.Cancelled {
			return message{}
		}
	case menuExtend:
		if err := b.mayExtend(ctx, inv, user); err != nil {
			return rejected(err, in.renderNoExtension(inv, user, err))
		}
		inv, changed, err = b.tracker.Extend(ctx, id, user)
	case menuRemind:
		if !in.reminders {
			return said(in.say("manage.no-reminders", nil))
		}
		if inv, changed, err = b.tracker.Remind(ctx, id, user); err == nil {
			return in.renderReminding(inv, viewer{user, who.admin}, changed, time.Now())
		}
	case menuResend:
		if err := b.stillQualifies(ctx, inv); err != nil { // the portal's email is a way in as well
			return rejected(err, in.renderNoExtension(inv, user, err))
		}
		if inv, changed, err = b.tracker.Resend(ctx, id, user, ""); err == nil {
			return in.renderResending(inv, viewer{user, who.admin}, changed)
		}
	case menuClose, menuReopen:
		inv, changed, err = b.tracker.CloseList(ctx, id, user, a == menuClose)
	case menuCancel:
		inv, changed, err = b.tracker.Cancel(ctx, id, user)
	default:
		return in.renderFailure(invitation.Unexpected)
	}
	if err != nil {
		return rejected(err, in.renderFailure(err))
	}
	return in.renderManaged(a, inv, changed)
}

// mayExtend decides whether the user may put a fresh link on the card. The card must still qualify in
// its inviter's name, and the role must be the user's to grant: an approval does not cover more time. A
// withheld card is checked again, because the reason may be gone.
func (b *Bot) mayExtend(ctx context.Context, inv invitation.Invitation, user invitation.ChatUser) error {
	inv.Withheld = invitation.Refusal{}
	if err := b.stillQualifies(ctx, inv); err != nil || user == inv.Inviter && !inv.Approval.Approved {
		return err
	}
	return b.messenger.mayHandOut(ctx, handOut{by: user, role: inv.Role, channel: inv.Channel})
}

// optionsMax is how many options an overflow menu takes (docs/facts/slack.md, "Numbers").
const optionsMax = 5

// manageMenu is the menu of an invitation's card, and of its line in a list that to reads; nil when there is nothing to
// be done about the invitation. A card, which everyone reads, offers what only admins can do unless there is no
// room; an admin's list always does, and leaves the invitation's list to the card then.
func (in voice) manageMenu(inv invitation.Invitation, to viewer) *slack.Accessory {
	var options []*slack.OptionBlockObject
	offer := func(a menuAction, text string) {
		options = append(options, slack.NewOptionBlockObject(a.on(inv.ID), plain(text), nil))
	}
	switch {
	case inv.AllIn(): // there is no one to do anything for
		return nil
	case inv.Stage == invitation.Linked, inv.Stage == invitation.Posted:
		if in.reminders && inv.CountMissing() > 0 {
			offer(menuRemind, in.say("manage.remind", nil))
		}
		if inv.Invites() && len(awaitingEmail(inv)) > 0 {
			offer(menuResend, in.say("email.resend", nil))
		}
		offer(menuExtend, in.say("manage.extend", nil))
		switch {
		case inv.Private(): // it stays closed
		case inv.Closed:
			offer(menuReopen, in.say("manage.reopen", nil))
		default:
			offer(menuClose, in.say("manage.close", nil))
		}
		if to.admin || to.id == "" {
			offer(menuRevoke, in.say("revoke.menu", nil))
		}
		offer(menuAsk, in.say("manage.ask", nil))
	case inv.Stage == invitation.Expired:
		offer(menuExtend, in.say("manage.extend", nil))
	default:
		return nil
	}
	if len(options) > optionsMax {
		least := []menuAction{menuRevoke}
		if to.admin {
			least = []menuAction{menuClose, menuReopen}
		}
		options = slices.DeleteFunc(options, func(o *slack.OptionBlockObject) bool {
			return slices.ContainsFunc(least, func(a menuAction) bool { return o.Value == a.on(inv.ID) })
		})
	}
	return slack.NewAccessory(slack.NewOverflowBlockElement(actionManage, options...))
}

// manageButton offers one action.
func manageButton(a menuAction, inv invitation.Invitation, text string, style slack.Style) slack.Block {
	button := slack.NewButtonBlockElement(actionManage, a.on(inv.ID), plain(text))
	button.Style = style
	return slack.NewActionBlock("", button)
}

// renderNotYours turns away a user who may not change the invitation.
func (in voice) renderNotYours(inv invitation.Invitation) message {
	return said(in.say("manage.not-yours", with{"Inviter": mention(inv.Inviter)}))
}

// renderNoExtension says why no fresh link goes onto a card.
func (in voice) renderNoExtension(inv invitation.Invitation, user invitation.ChatUser, err error) message {
	if why := reasonOf(err); why.Disqualifies() && user != inv.Inviter {
		return said(in.say("withheld.extend", with{"Why": in.whyWithheld(inv, why)}))
	}
	return in.renderRefusal(invitation.Invitation{Request: invitation.Request{Role: inv.Role}, Refusal: invitation.Refusal{Reason: reasonOf(err)}})
}

// renderCancelQuestion asks the user to confirm. It knows whether they were asked in their Home.
func (in voice) renderCancelQuestion(inv invitation.Invitation, inHome bool) slack.ModalViewRequest {
	text, metadata := in.say("manage.cancel-nobody", nil), " "+string(inv.ID)
	if n := inv.CountMissing(); n > 0 {
		text = in.say("manage.cancel", with{"N": n})
	}
	if inHome {
		metadata = viewHome + metadata
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: callbackCancel, PrivateMetadata: metadata, Title: plain(in.say("manage.cancel-title", nil)),
		Submit: plain(in.say("manage.cancel-button", nil)), Close: plain(in.say("manage.keep", nil)),
		Blocks: slack.Blocks{BlockSet: []slack.Block{section(text)}},
	}
}

// renderManaged tells the user what came of their choice. changed is false when it was so already.
func (in voice) renderManaged(a menuAction, inv invitation.Invitation, changed bool) message {
	until := with{"Until": date(inv.Expires, dayAndTime)}
	switch {
	case a == menuExtend && changed:
		return said(in.say("manage.extended", until))
	case a == menuExtend:
		return said(in.say("manage.extended-before", until))
	case a == menuClose && changed:
		return said(in.say("manage.closed", nil))
	case a == menuClose:
		return said(in.say("manage.closed-before", nil))
	case a == menuReopen && changed:
		return said(in.say("manage.reopened", nil))
	case a == menuReopen:
		return said(in.say("manage.reopened-before", nil))
	case a == menuCancel && changed: // its card says so
		return message{}
	case inv.EndedBy != "":
		return said(in.say("manage.cancelled-by", with{"By": mention(inv.EndedBy)}))
	}
	return said(in.say("manage.cancelled-before", nil))
}
