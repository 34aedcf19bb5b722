package slackbot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
)

const (
	// clockSlack is how far the clock here may be ahead of Slack's: a search for a message
	// reaches back that much further than its first try.
	clockSlack = 5 * time.Minute
	// pageSize and pagesMax bound a search. A channel where more was said since is not
	// searched to its end.
	pageSize = 200
	pagesMax = 10
)

// The marks in a message's metadata tell which message it is, so that it can be found again. Anyone in
// the workspace can read them, so they hold an invitation's id and a hash, and no more.
const (
	cardEvent  = "docspace_invitation"
	replyEvent = "docspace_invitation_reply"
)

func cardMark(id invitation.ID) slack.SlackMetadata {
	return slack.SlackMetadata{EventType: cardEvent, EventPayload: map[string]any{"invitation": string(id)}}
}

// mark is the identity of an effect, as its message bears it: a second confirmation of
// someone who was removed and came back is another effect than the first.
func mark(inv invitation.Invitation, effect invitation.Effect, about ...invitation.Invitee) slack.SlackMetadata {
	if effect == invitation.EffectCard {
		return cardMark(inv.ID)
	}
	identity := fmt.Appendf(nil, "%s %s", inv.ID, effect)
	for _, v := range about {
		identity = fmt.Appendf(identity, " %s %d", v.ID, v.Since.UnixMicro())
	}
	sum := sha256.Sum256(identity)
	return slack.SlackMetadata{EventType: replyEvent, EventPayload: map[string]any{
		"invitation": string(inv.ID), "effect": hex.EncodeToString(sum[:8]),
	}}
}

// marked adds the effect's mark to a message.
func (msg message) marked(inv invitation.Invitation, effect invitation.Effect, about ...invitation.Invitee) message {
	msg.Metadata = mark(inv, effect, about...)
	return msg
}

// FindMessage looks for an effect's message in the channel, the thread or the direct conversation
// where it would be. See [tracker.Messenger].
func (m *Messenger) FindMessage(
	ctx context.Context, inv invitation.Invitation, effect invitation.Effect, about []invitation.Invitee, since time.Time,
) (invitation.Card, error) {
	var card invitation.Card
	var err error
	switch wanted := mark(inv, effect, about...); effect {
	case invitation.EffectCard:
		card, err = m.search(ctx, inv.Channel, "", wanted, since)
	case invitation.EffectRequest:
		card, err = m.search(ctx, invitation.Channel(m.policy.ApprovalChannel), "", wanted, since)
	case invitation.EffectGreeting, invitation.EffectWho, invitation.EffectAnnouncement, invitation.EffectEndingSoon, invitation.EffectNotShared, invitation.EffectNotLinked, invitation.EffectRefusal:
		whom := inv.Inviter
		if effect == invitation.EffectGreeting {
			whom = about[0].ChatUser
		}
		var direct invitation.Channel
		if direct, err = m.directChannel(ctx, whom); err == nil {
			card, err = m.search(ctx, direct, "", wanted, since)
		}
	default:
		card, err = m.search(ctx, inv.Card.Channel, inv.Card.Message, wanted, since)
	}
	if err == nil || errors.Is(err, invitation.NotThere) || errors.Is(err, invitation.ChatDown) {
		return card, err
	}
	return card, fmt.Errorf("%w: %w", invitation.CannotTell, err)
}

// directChannel returns the bot's own conversation with someone. Opening it notifies no one.
func (m *Messenger) directChannel(ctx context.Context, user invitation.ChatUser) (invitation.Channel, error) {
	var id invitation.Channel
	err := m.api.Call(ctx, "conversations.open", "", func(ctx context.Context) error {
		channel, _, _, err := m.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{string(user)}})
		if err == nil {
			id = invitation.Channel(channel.ID)
		}
		return err
	})
	return id, err
}

// search looks through what was said since, in the channel or in the thread under a message,
// for a message of the bot's own that bears the mark.
func (m *Messenger) search(
	ctx context.Context, channel invitation.Channel, thread string, wanted slack.SlackMetadata, since time.Time,
) (invitation.Card, error) {
	oldest := strconv.FormatInt(since.Add(-clockSlack).Unix(), 10)
	cursor := ""
	for range pagesMax {
		page, next, err := m.page(ctx, channel, thread, oldest, cursor)
		if err != nil {
			return invitation.Card{}, err
		}
		for _, said := range page {
			if said.User == m.botUser && bears(said.Metadata, wanted) {
				return invitation.Card{Channel: channel, Message: said.Timestamp}, nil
			}
		}
		if cursor = next; cursor == "" {
			return invitation.Card{}, invitation.NotThere
		}
	}
	return invitation.Card{}, fmt.Errorf("more than %d messages since: %w", pageSize*pagesMax, invitation.CannotTell)
}

func bears(has, wanted slack.SlackMetadata) bool {
	if has.EventType != wanted.EventType {
		return false
	}
	for key, value := range wanted.EventPayload {
		if has.EventPayload[key] != value {
			return false
		}
	}
	return true
}

// page reads one page of a channel, or of a thread in it.
func (m *Messenger) page(ctx context.Context, channel invitation.Channel, thread, oldest, cursor string) (page []slack.Message, next string, err error) {
	if thread != "" {
		err = m.api.Call(ctx, "conversations.replies", "", func(ctx context.Context) error {
			page, _, next, err = m.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
				ChannelID: string(channel), Timestamp: thread, Oldest: oldest, Cursor: cursor, Limit: pageSize, IncludeAllMetadata: true,
			})
			return err
		})
		if failed, ok := errors.AsType[*slackapi.Failure](err); ok && failed.Code == "thread_not_found" {
			return nil, "", nil // the card is gone, and its thread with it
		}
		return page, next, err
	}
	err = m.api.Call(ctx, "conversations.history", "", func(ctx context.Context) error {
		answer, err := m.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
			ChannelID: string(channel), Oldest: oldest, Cursor: cursor, Limit: pageSize, IncludeAllMetadata: true,
		})
		if err == nil {
			page, next = answer.Messages, answer.ResponseMetaData.NextCursor
		}
		return err
	})
	return page, next, err
}
