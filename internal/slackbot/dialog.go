package slackbot

import (
	"cmp"
	"context"
	"time"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/socketmode"
)

// dialogWait is how long the dialog waits for the rights of the person who opens it: a trigger lives three
// seconds (docs/facts/slack.md, "Surprises", 9).
const dialogWait = time.Second

// opening is someone's wish for the dialog.
type opening struct {
	user    invitation.ChatUser
	trigger string
	channel invitation.Channel // the one to propose, or ""
	known   command            // what to propose
	replyTo string             // "" for a shortcut that belongs to no place
}

// openForm opens the dialog, with the roles that the caller may give. When Slack does not
// say in time who they are, it offers the open ones; the request is vetted all the same.
func (b *Bot) openForm(ctx context.Context, o opening) {
	policy := b.messenger.policy
	choices := policy.choices(caller{ours: true})
	asking, cancel := context.WithTimeout(ctx, dialogWait)
	defer cancel()
	who, err := b.messenger.caller(asking, o.user)
	switch {
	case err != nil:
		b.log.WarnContext(ctx, "dialog opened, caller not identified", "inviter", o.user, "err", err)
	case !who.ours:
		b.formRejected(ctx, o, invitation.CallerIsGuest)
		return
	default:
		choices = policy.choices(who)
	}
	if len(choices) == 0 {
		b.formRejected(ctx, o, invitation.RoleNotYours)
		return
	}
	rooms := b.messenger.givesRooms()
	if rooms {
		o.known.Room = b.proposedRoom(asking, o)
	}
	view := b.messenger.voiceFor(ctx, o.user).renderForm(choices, b.defaultRole, o.channel, o.known, rooms)
	if err := b.messenger.openView(ctx, o.trigger, view); err != nil {
		b.log.WarnContext(ctx, "dialog not opened", "inviter", o.user, "err", err)
		b.answer(ctx, o, b.messenger.voiceFor(ctx, o.user).renderFailure(err))
	}
}

func (b *Bot) formRejected(ctx context.Context, o opening, reason invitation.Reason) {
	b.rejected(ctx, "open_form", invitation.Invitation{}, o.user, reason)
	b.answer(ctx, o, b.messenger.voiceFor(ctx, o.user).renderFailure(reason))
}

// answer says why there is no dialog: where it was asked for, or in a direct message.
func (b *Bot) answer(ctx context.Context, o opening, words message) {
	if o.replyTo != "" {
		b.respond(ctx, o.replyTo, words)
		return
	}
	if _, err := b.messenger.post(ctx, string(o.user), "", words); err != nil {
		b.log.WarnContext(ctx, "an answer was lost", "inviter", o.user, "err", err)
	}
}

// onShortcut opens the dialog, with the author of the message that the shortcut was started
// from. An app's message has none who could be invited.
func (b *Bot) onShortcut(ctx context.Context, e *socketmode.Envelope, did interaction) {
	b.ack(ctx, e, nil)
	o := opening{user: did.User.ID, trigger: did.TriggerID, replyTo: did.ResponseURL, channel: did.Channel.ID}
	if did.CallbackID == callbackAuthor {
		if did.Message.User == "" || did.Message.BotID != "" {
			b.answer(ctx, o, b.messenger.voiceFor(ctx, o.user).renderNoAuthor())
			return
		}
		o.known.add(invitation.Person{ChatUser: did.Message.User})
	}
	if did.action() == actionForm {
		o.known = takeOver(did.chosen())
	}
	b.openForm(ctx, o)
}

// onFormChoice has the dialog offer the rights that the chosen room has for people with the chosen role: all of them as long
// as there is no room, the portal doesn't say in time, or the user may not invite there. Everything else that was filled in
// stays, as those inputs keep their ids (docs/facts/slack.md, "Views").
func (b *Bot) onFormChoice(ctx context.Context, e *socketmode.Envelope, did interaction) {
	b.ack(ctx, e, nil)
	if did.View.State == nil {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if before, ok := b.choosing.Swap(did.View.ID, &cancel); ok {
		(*before.(*context.CancelFunc))() // what comes of an earlier choice must not come later
	}
	defer b.choosing.CompareAndDelete(did.View.ID, &cancel)

	asking, done := context.WithTimeout(ctx, suggestWait)
	defer done()
	who, err := b.messenger.caller(asking, did.User.ID)
	choices := b.messenger.policy.choices(who)
	if err != nil || len(choices) == 0 {
		b.log.InfoContext(ctx, "rights of a room not offered", "user", did.User.ID, "reason", reasonOf(err), "err", err)
		return
	}
	in := b.messenger.voiceFor(ctx, did.User.ID)
	known, channel, _ := in.parseForm(did.View.State)
	known.Room = b.proposedRoom(asking, opening{user: did.User.ID, known: known})
	if _, same := did.View.State.Values[blockRight][actionRight(rightsOffered(known.Room, known.Role))]; same {
		return
	}
	view := in.renderForm(choices, b.defaultRole, channel, known, true)
	if err := b.messenger.updateView(ctx, did.View.ID, did.View.Hash, view); err != nil {
		b.log.InfoContext(ctx, "rights of a room not offered", "user", did.User.ID, "reason", reasonOf(err), "err", err)
	}
}

// onForm takes in what the dialog says, or answers what is wrong with it, in place.
func (b *Bot) onForm(ctx context.Context, e *socketmode.Envelope, did interaction) {
	in := b.messenger.voiceFor(ctx, did.User.ID)
	command, channel, wrong := in.parseForm(did.View.State)
	if len(wrong) > 0 {
		b.ack(ctx, e, slack.NewErrorsViewSubmissionResponse(wrong))
		b.metrics.commanded("dialog", outcomeMisunderstood)
		return
	}
	request := invitation.Request{
		// A view is submitted once: a second delivery is the same wish.
		Keys:    []string{"envelope " + e.ID, "view " + did.View.ID},
		Inviter: did.User.ID,
		Channel: channel,
	}
	if len(did.ResponseURLs) > 0 {
		request.ReplyTo = did.ResponseURLs[0].URL
	}
	request.Role, request.People, request.Room = command.Role, command.People, command.Room
	if wrong := b.vetForm(ctx, in, request); len(wrong) > 0 {
		b.ack(ctx, e, slack.NewErrorsViewSubmissionResponse(wrong))
		b.metrics.commanded("dialog", outcomeMisunderstood)
		return
	}
	refused := b.invite(ctx, command, request)
	b.metrics.commanded("dialog", cmp.Or(string(refused), outcomeAccepted))
	if refused != "" {
		wrong := map[string]string{blockRole: in.explain(invitation.Refusal{Reason: refused}, command.Role, "")}
		b.ack(ctx, e, slack.NewErrorsViewSubmissionResponse(wrong))
		return
	}
	b.ack(ctx, e, nil)
}
