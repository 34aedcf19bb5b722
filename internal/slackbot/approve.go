package slackbot

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/logging"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
	"github.com/docspace-invite-bot/bot/internal/socketmode"
)

// The buttons on a request for approval. Their values name an invitation and grant nothing: rights are
// looked up at every click.
const (
	actionApprove = "approve"
	actionDeny    = "deny"
	// callbackApprove is the dialog that asks for confirmation before anyone in a channel gets a role.
	callbackApprove = "approve_anyone"
)

// AskApproval posts the request for approval in the approvers' channel. See [tracker.Messenger].
func (m *Messenger) AskApproval(ctx context.Context, inv invitation.Invitation) (invitation.Card, error) {
	place, err := m.directory.Channel(ctx, invitation.Channel(m.policy.ApprovalChannel))
	if err == nil && !m.policy.SharedChannels && slackapi.IsSharedOutside(place) {
		err = invitation.ChannelShared
	}
	var card invitation.Card
	if err == nil {
		card, err = m.post(ctx, m.policy.ApprovalChannel, "", m.voice.renderRequest(inv).marked(inv, invitation.EffectRequest))
	}
	switch reasonOf(err) {
	case invitation.CannotPost, invitation.ChannelRestricted, invitation.ChannelArchived, invitation.ChannelShared:
		err = &invitation.Failure{Reason: invitation.NoApprovers, Err: fmt.Errorf("APPROVAL_CHANNEL: %w", err)}
	}
	return card, err
}

// Asked tells the inviter that approval is asked for. See [tracker.Messenger].
func (m *Messenger) Asked(ctx context.Context, inv invitation.Invitation) error {
	_, err := m.tell(ctx, inv, m.voiceFor(ctx, inv.Inviter).renderAsked(inv))
	return err
}

// AnswerRequest shows on the request what became of it. See [tracker.Messenger].
func (m *Messenger) AnswerRequest(ctx context.Context, inv invitation.Invitation) error {
	return m.update(ctx, inv.Approval.Card, m.voice.renderRequest(inv))
}

// onDecide takes someone's decision about a request for approval, if it is theirs to take.
func (b *Bot) onDecide(ctx context.Context, e *socketmode.Envelope, did interaction) {
	ctx = logging.With(ctx, slog.String("invitation", did.chosen()))
	request := invitation.Card{Channel: did.Channel.ID, Message: did.Message.TS}
	id, user := invitation.ID(did.chosen()), did.User.ID
	inv, _ := b.tracker.Look(id)
	if did.action() == actionApprove && inv.Waits() && len(inv.Approval.People) == 0 {
		b.askToConfirm(ctx, e, did, inv, request)
		return
	}
	b.act(ctx, e, did, func(ctx context.Context) message { return b.decide(ctx, did.action(), id, user, request) })
}

// askToConfirm opens the dialog that says what approving for anyone in a channel means.
func (b *Bot) askToConfirm(ctx context.Context, e *socketmode.Envelope, did interaction, inv invitation.Invitation, request invitation.Card) {
	asking, cancel := context.WithTimeout(ctx, decideWait)
	defer cancel()
	no := b.mayDecide(asking, actionApprove, inv, did.User.ID)
	b.ack(ctx, e, nil)
	if no != nil {
		b.tellClicker(ctx, did, *no)
		return
	}
	readers, err := b.messenger.directory.CountReaders(asking, inv.Channel)
	if err != nil {
		b.log.InfoContext(ctx, "channel readers not counted", "channel", inv.Channel, "err", err)
	}
	b.openDialog(ctx, did, b.messenger.voiceFor(ctx, did.User.ID).renderApproveAnyone(inv, request, readers))
}

// onApproveAnyone takes the approval once it is confirmed. The request itself shows what came of it; a
// refusal is shown in the dialog.
func (b *Bot) onApproveAnyone(ctx context.Context, e *socketmode.Envelope, did interaction) {
	var about approveAnyone
	if err := json.Unmarshal([]byte(did.View.Metadata), &about); err != nil {
		b.log.WarnContext(ctx, "unreadable dialog", "err", err)
	}
	ctx = logging.With(ctx, slog.String("invitation", string(about.Invitation)))
	deciding, cancel := context.WithTimeout(ctx, decideWait)
	defer cancel()
	b.ackInDialog(ctx, e, did, "approval.anyone-title", b.decide(deciding, actionApprove, about.Invitation, did.User.ID, about.Request))
}

// decide takes a decision and returns what the person who clicked is told: nothing when it was theirs, as the
// request shows it.
func (b *Bot) decide(ctx context.Context, verdict string, id invitation.ID, user invitation.ChatUser, request invitation.Card) message {
	inv, known := b.tracker.Look(id)
	in := b.messenger.voiceFor(ctx, user)
	if !known {
		return in.renderFailure(invitation.InvitationOver)
	}
	if no := b.mayDecide(ctx, verdict, inv, user); no != nil {
		return *no
	}
	inv, changed, err := b.tracker.Decide(ctx, id, user, verdict == actionApprove, request)
	switch {
	case err != nil:
		b.rejected(ctx, verdict, inv, user, err)
		return in.renderFailure(err)
	case !changed:
		return in.renderDecidedBefore(inv)
	}
	return message{}
}

// mayDecide returns why the decision is not the user's to take; nil when it is.
func (b *Bot) mayDecide(ctx context.Context, verdict string, inv invitation.Invitation, user invitation.ChatUser) *message {
	in := b.messenger.voiceFor(ctx, user)
	refused := func(err error, words message) *message {
		b.rejected(ctx, verdict, inv, user, err)
		return &words
	}
	who, err := b.messenger.caller(ctx, user)
	switch {
	case err != nil:
		return refused(err, in.renderFailure(err))
	case user == inv.Inviter:
		return refused(invitation.NotYours, said(in.say("approval.your-own", nil)))
	case !b.messenger.policy.mayGive(who, inv.Role) || !who.ours:
		return refused(invitation.NotYours, said(in.say("approval.not-yours", with{"Role": in.role(inv.Role)})))
	}
	return nil
}

// approveAnyone is what the dialog is about. It grants nothing: who may decide is looked up again.
type approveAnyone struct {
	Invitation invitation.ID   `json:"invitation"`
	Request    invitation.Card `json:"request"`
}

// renderApproveAnyone names the channel, the role and how many people read there; 0 is not known.
func (in voice) renderApproveAnyone(inv invitation.Invitation, request invitation.Card, readers int) slack.ModalViewRequest {
	about := with{"Role": in.role(inv.Role), "Channel": mentionChannel(inv.Channel), "Inviter": mention(inv.Inviter), "N": readers}
	count := in.say("approval.anyone-unknown", about)
	if readers > 0 {
		count = in.say("approval.anyone-readers", about)
	}
	metadata, err := json.Marshal(approveAnyone{inv.ID, request})
	if err != nil {
		panic(err) // three strings
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: callbackApprove, PrivateMetadata: string(metadata), Title: plain(in.say("approval.anyone-title", nil)),
		Submit: plain(in.say("approval.approve", nil)), Close: plain(in.say("dialog.cancel", nil)),
		Blocks: slack.Blocks{BlockSet: []slack.Block{section(in.say("approval.anyone-ask", about)), section(count)}},
	}
}

// renderRequest asks those who may decide for their approval, and shows what became of it. It names
// addresses in full: no one can approve people they can't tell apart.
func (in voice) renderRequest(inv invitation.Invitation) message {
	words := said(in.requestTitle(inv))
	if inv.Note != "" {
		words.Blocks = append(words.Blocks, section("> "+fit(inv.Note, noteMax)))
	}
	people := in.peopleOfRequest(inv)
	words.Text += "\n" + people
	words.Blocks = append(words.Blocks, section(people))
	decided := with{"By": mention(inv.Approval.By), "Inviter": mention(inv.Inviter)}
	switch {
	case inv.Waits():
		words.Blocks = append(words.Blocks, in.decideButtons(inv),
			footnote(in.say("approval.expires", with{"Until": date(inv.Approval.Until, dayAndTime)})))
	case inv.Approval.Approved && inv.Stage == invitation.Refused:
		words.Blocks = append(words.Blocks, section(in.say("approval.failed", decided)))
	case inv.Approval.Approved:
		words.Blocks = append(words.Blocks, section(in.say("approval.approved", decided)))
	case inv.Approval.By != "":
		words.Blocks = append(words.Blocks, section(in.say("approval.denied", decided)))
	default:
		words.Blocks = append(words.Blocks, section(in.say("approval.expired", nil)))
	}
	return words
}

func (in voice) requestTitle(inv invitation.Invitation) string {
	title := in.say("approval.request", with{"Inviter": mention(inv.Inviter), "Role": in.role(inv.Role), "Channel": mentionChannel(inv.Channel)})
	return title + in.intoRoom(inv)
}

func (in voice) decideButtons(inv invitation.Invitation) slack.Block {
	approve := slack.NewButtonBlockElement(actionApprove, string(inv.ID), plain(in.say("approval.approve", nil)))
	approve.Style = slack.StylePrimary
	deny := slack.NewButtonBlockElement(actionDeny, string(inv.ID), plain(in.say("approval.deny", nil)))
	deny.Style = slack.StyleDanger
	deny.Confirm = in.confirm("approval.deny-title", "approval.deny-ask", "approval.deny")
	return slack.NewActionBlock("", approve, deny)
}

func (in voice) peopleOfRequest(inv invitation.Invitation) string {
	if len(inv.Approval.People) == 0 {
		return in.say("approval.anybody", nil)
	}
	var list []string
	used := 0
	for i, person := range inv.Approval.People {
		line := "• " + exactly(person)
		if used += utf8.RuneCountInString(line) + 1; i == namesOnCard || used > sectionBudget {
			list = append(list, in.more(len(inv.Approval.People)-i))
			break
		}
		list = append(list, line)
	}
	return strings.Join(list, "\n")
}

// exactly names a person so that they can't be taken for someone else.
func exactly(person invitation.Person) string {
	switch {
	case person.ChatUser == "":
		return address(person.Email)
	case person.Email == "":
		return mention(person.ChatUser)
	}
	return mention(person.ChatUser) + " (" + address(person.Email) + ")"
}

// renderAsked tells the inviter that their invitation waits.
func (in voice) renderAsked(inv invitation.Invitation) message {
	return said(in.say("approval.asked", with{"Role": in.role(inv.Role), "Until": date(inv.Approval.Until, dayAndTime)}))
}

// renderApproved tells the inviter that their invitation goes on.
func (in voice) renderApproved(inv invitation.Invitation) message {
	about := with{"By": mention(inv.Approval.By), "Role": in.role(inv.Role), "Channel": mentionChannel(inv.Channel)}
	text := in.say("approval.goes-on", about)
	if inv.Private() && slices.ContainsFunc(inv.Invitees, invitation.Invitee.Untold) {
		text += " " + in.say("approval.forwards", about)
	}
	return said(text)
}

// renderDecidedBefore tells the person who came second what was decided.
func (in voice) renderDecidedBefore(inv invitation.Invitation) message {
	by := with{"By": mention(inv.Approval.By)}
	switch {
	case inv.Approval.By == "":
		return said(in.say("approval.expired-before", nil))
	case inv.Approval.Approved:
		return said(in.say("approval.approved-before", by))
	}
	return said(in.say("approval.denied-before", by))
}
