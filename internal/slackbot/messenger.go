package slackbot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/catalogue"
	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
	"github.com/docspace-invite-bot/bot/internal/tracker"
)

// Messenger speaks to people in Slack, and answers what the tracker wants to know of them.
// It is safe for concurrent use.
type Messenger struct {
	api       *slackapi.Client
	directory *slackapi.Directory
	policy    Policy
	portal    string
	rooms     Rooms
	botUser   string
	welcome   *Welcome
	hours     Hours
	voice     voice
	log       *slog.Logger
}

var _ tracker.Messenger = (*Messenger)(nil)

// MessengerOptions are what a Messenger needs beside the API.
type MessengerOptions struct {
	// Team is the id of the workspace whose people are ours, from auth.test.
	Team string
	// Workspace is the workspace's address, from auth.test, with a slash at its end.
	Workspace string
	// BotUser is the user id of the bot itself, from auth.test: only its own messages tell
	// what it has said.
	BotUser string
	// PortalURL is the portal's address, shown to people who were let in.
	PortalURL string
	// Rooms is asked about the portal's rooms; default: there are none.
	Rooms Rooms
	// Language is that of channels, and of people in whose own the bot does not speak; default:
	// English.
	Language *catalogue.Language
	// Welcome is what people who were let in are told directly; default: what the catalogue of
	// their language has.
	Welcome *Welcome
	Policy  Policy
	// Reminders says whether people are reminded, and Hours when.
	Reminders bool
	Hours     Hours
	Log       *slog.Logger
}

// NewMessenger returns a messenger that speaks through the api.
func NewMessenger(api *slackapi.Client, opts MessengerOptions) *Messenger {
	return &Messenger{
		api:       api,
		directory: slackapi.NewDirectory(api, opts.Team),
		policy:    opts.Policy,
		portal:    opts.PortalURL,
		rooms:     opts.Rooms,
		botUser:   opts.BotUser,
		welcome:   opts.Welcome,
		hours:     opts.Hours,
		voice: voice{
			Language:  cmp.Or(opts.Language, catalogue.English()),
			reminders: opts.Reminders, claimed: opts.Policy.ClaimedLinks, workspace: opts.Workspace,
		},
		log: cmp.Or(opts.Log, slog.New(slog.DiscardHandler)),
	}
}

// Vet decides whether the inviter may ask this here and finds out who the people are. See
// [tracker.Messenger].
func (m *Messenger) Vet(ctx context.Context, inv invitation.Invitation) (tracker.Admission, error) {
	var admission tracker.Admission
	err := m.mayHandOut(ctx, ofCard(inv))
	switch {
	case errors.Is(err, invitation.RoleNotYours) && m.policy.ApprovalChannel != "":
		admission.NeedsApproval = true
	case errors.Is(err, invitation.CannotPost) && isBetweenPeople(inv.Request):
		return admission, invitation.NotAChannel
	case err != nil:
		return admission, err
	}
	if isWanted(inv.Room) {
		if admission.Room, err = m.room(ctx, inv); err != nil {
			return admission, err
		}
	}
	request := inv.Request
	if inv.Approval.Approved {
		request.People, request.Groups = inv.Approval.People, nil
	}
	if admission.People, err = m.people(ctx, request); err != nil {
		return admission, err
	}
	m.findAway(ctx, inv.Channel, admission.People)
	return admission, nil
}

// isBetweenPeople reports whether the request is for a conversation that no app can be invited to. A request from the
// dialog shows that only by the channel's id.
func isBetweenPeople(request invitation.Request) bool {
	return request.Direct || strings.HasPrefix(string(request.Channel), "D")
}

// PostCard posts the invitation's card in its channel. See [tracker.Messenger].
func (m *Messenger) PostCard(ctx context.Context, inv invitation.Invitation) (invitation.Card, error) {
	if err := m.mayHandOut(slackapi.Lately(ctx), ofCard(inv)); err != nil {
		return invitation.Card{}, err
	}
	return m.post(ctx, string(inv.Channel), "", m.voice.renderCard(inv))
}

// TellPreflight tells the inviter alone what the portal knows of the invitees already. See
// [tracker.Messenger].
func (m *Messenger) TellPreflight(ctx context.Context, inv invitation.Invitation) error {
	_, err := m.tell(ctx, inv, m.voiceFor(ctx, inv.Inviter).renderPreflight(inv))
	return err
}

// Waiting tells the inviter alone that their invitation takes a while. See [tracker.Messenger].
func (m *Messenger) Waiting(ctx context.Context, inv invitation.Invitation) error {
	return m.answer(ctx, inv, m.voiceFor(ctx, inv.Inviter).renderWorking())
}

// Posted tells the inviter alone that the card is there. See [tracker.Messenger].
func (m *Messenger) Posted(ctx context.Context, inv invitation.Invitation) error {
	_, err := m.tell(ctx, inv, m.voiceFor(ctx, inv.Inviter).renderPosted(inv))
	return err
}

// LeftOut tells the inviter alone whom the invitation leaves out. See [tracker.Messenger].
func (m *Messenger) LeftOut(ctx context.Context, inv invitation.Invitation, people []invitation.Refusal) error {
	_, err := m.tell(ctx, inv, m.voiceFor(ctx, inv.Inviter).renderLeftOut(people))
	return err
}

// UpdateCard updates the card. See [tracker.Messenger].
func (m *Messenger) UpdateCard(ctx context.Context, inv invitation.Invitation) error {
	if inv.GivesLink() {
		if err := m.mayHandOut(slackapi.Lately(ctx), ofCard(inv)); err != nil {
			return err
		}
	}
	return m.update(ctx, inv.Card, m.voice.renderCard(inv))
}

func (m *Messenger) update(ctx context.Context, card invitation.Card, words message) error {
	return m.api.Call(ctx, "chat.update", string(card.Channel), func(ctx context.Context) error {
		_, _, _, err := m.api.UpdateMessageContext(ctx, string(card.Channel), card.Message, words.options()...)
		return err
	})
}

// Confirm says in the card's thread that people are active. See [tracker.Messenger].
func (m *Messenger) Confirm(ctx context.Context, inv invitation.Invitation, invitees []invitation.Invitee) error {
	return m.reply(ctx, inv, m.voice.renderConfirmations(inv, invitees).marked(inv, invitation.EffectConfirmation, invitees...))
}

// Removed says in the card's thread that someone's account is disabled or gone. See
// [tracker.Messenger].
func (m *Messenger) Removed(ctx context.Context, inv invitation.Invitation, invitee invitation.Invitee) error {
	return m.reply(ctx, inv, m.voice.renderRemoved(invitee).marked(inv, invitation.EffectRemoval, invitee))
}

// Ended says in the card's thread who has not joined. See [tracker.Messenger].
func (m *Messenger) Ended(ctx context.Context, inv invitation.Invitation) error {
	return m.reply(ctx, inv, m.voice.renderEnded(inv).marked(inv, invitation.EffectEnding))
}

// SendWelcome welcomes someone in a direct message. See [tracker.Messenger]. A user's id for a
// channel opens the app's own conversation with them (docs/facts/slack.md, "Web API methods").
func (m *Messenger) SendWelcome(ctx context.Context, inv invitation.Invitation, invitee invitation.Invitee) error {
	words, err := m.voiceFor(ctx, invitee.ChatUser).renderWelcome(m.welcome, inv, invitee, m.portal)
	if err != nil {
		return fmt.Errorf("fill in the welcome: %w", err)
	}
	_, err = m.post(ctx, string(invitee.ChatUser), "", words.marked(inv, invitation.EffectGreeting, invitee))
	return err
}

// TellInviter tells the inviter alone why the invitation was refused. See [tracker.Messenger].
func (m *Messenger) TellInviter(ctx context.Context, inv invitation.Invitation) error {
	words := m.voiceFor(ctx, inv.Inviter).renderRefusal(inv)
	if inv.Approval.Card.Message == "" { // no approver was asked
		_, err := m.tell(ctx, inv, words)
		return err
	}
	_, err := m.post(ctx, string(inv.Inviter), "", words.marked(inv, invitation.EffectRefusal))
	return err
}

// Announce tells the inviter that what was approved is posted. See [tracker.Messenger].
func (m *Messenger) Announce(ctx context.Context, inv invitation.Invitation) error {
	words := m.voiceFor(ctx, inv.Inviter).renderApproved(inv).marked(inv, invitation.EffectAnnouncement)
	_, err := m.post(ctx, string(inv.Inviter), "", words)
	return err
}

// EndingSoon tells the inviter that the invitation ends soon. See [tracker.Messenger].
func (m *Messenger) EndingSoon(ctx context.Context, inv invitation.Invitation) error {
	words := m.voiceFor(ctx, inv.Inviter).renderEndingSoon(inv).marked(inv, invitation.EffectEndingSoon)
	_, err := m.post(ctx, string(inv.Inviter), "", words)
	return err
}

// momentAgo is for how long the inviter is answered where they typed: an ephemeral message is seen by those who
// look at the channel, and does not last.
const momentAgo = 2 * time.Minute

// tell tells the inviter alone: where the command was typed if that was a moment ago, or if an earlier answer is there
// to be replaced; otherwise in a direct message, which it returns.
func (m *Messenger) tell(ctx context.Context, inv invitation.Invitation, words message) (direct invitation.Card, err error) {
	if inv.Waited || time.Since(inv.Accepted) < momentAgo {
		if err := m.answer(ctx, inv, words); err == nil || errors.Is(err, invitation.ChatDown) {
			return direct, err
		}
	}
	return m.post(ctx, string(inv.Inviter), "", words)
}

// answer answers the inviter alone: where the command was typed if Slack allows it, or else in the invitation's
// channel.
func (m *Messenger) answer(ctx context.Context, inv invitation.Invitation, words message) error {
	if inv.ReplyTo != "" {
		err := m.api.Respond(ctx, inv.ReplyTo, ephemeral(words.insteadOfNote(inv)))
		if err == nil || errors.Is(err, invitation.ChatDown) {
			return err
		}
		m.log.DebugContext(ctx, "response_url used up", "invitation", inv.ID, "err", err)
	}
	return m.api.Call(ctx, "chat.postEphemeral", string(inv.Channel), func(ctx context.Context) error {
		_, err := m.api.PostEphemeralContext(ctx, string(inv.Channel), string(inv.Inviter), words.options()...)
		return err
	})
}

// openView opens a dialog. A trigger lives three seconds.
func (m *Messenger) openView(ctx context.Context, trigger string, view slack.ModalViewRequest) error {
	return m.api.Call(ctx, "views.open", "", func(ctx context.Context) error {
		_, err := m.api.OpenViewContext(ctx, trigger, view)
		return err
	})
}

// updateView changes an open dialog, unless it was changed since it had the hash.
func (m *Messenger) updateView(ctx context.Context, id, hash string, view slack.ModalViewRequest) error {
	return m.api.Call(ctx, "views.update", "", func(ctx context.Context) error {
		_, err := m.api.UpdateViewContext(ctx, view, "", hash, id)
		return err
	})
}

func (m *Messenger) reply(ctx context.Context, inv invitation.Invitation, words message) error {
	_, err := m.post(ctx, string(inv.Card.Channel), inv.Card.Message, words)
	return err
}

// post posts in the channel, or in the thread under the message thread.
func (m *Messenger) post(ctx context.Context, channel, thread string, words message) (invitation.Card, error) {
	options := words.options()
	if thread != "" {
		options = append(options, slack.MsgOptionTS(thread))
	}
	var card invitation.Card
	err := m.api.Call(ctx, "chat.postMessage", channel, func(ctx context.Context) error {
		postedIn, ts, err := m.api.PostMessageContext(ctx, channel, options...)
		card = invitation.Card{Channel: invitation.Channel(postedIn), Message: ts}
		return err
	})
	return card, err
}

// options are the message as slack-go takes it. Links are never unfurled: Slack's crawler
// would open them.
func (msg message) options() []slack.MsgOption {
	options := []slack.MsgOption{
		slack.MsgOptionText(msg.Text, false),
		slack.MsgOptionDisableLinkUnfurl(),
		slack.MsgOptionDisableMediaUnfurl(),
	}
	if len(msg.Blocks) > 0 {
		options = append(options, slack.MsgOptionBlocks(msg.Blocks...))
	}
	if msg.Metadata.EventType != "" {
		options = append(options, slack.MsgOptionMetadata(msg.Metadata))
	}
	return options
}

// ephemeral is the message as an answer that only one person sees.
func ephemeral(msg message) *slack.WebhookMessage {
	answer := &slack.WebhookMessage{ResponseType: slack.ResponseTypeEphemeral, Text: msg.Text, ReplaceOriginal: msg.replaces}
	if len(msg.Blocks) > 0 {
		answer.Blocks = &slack.Blocks{BlockSet: msg.Blocks}
	}
	return answer
}
