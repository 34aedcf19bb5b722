package slackbot

import (
	"context"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/socketmode"
)

// A channel's usual room is what the dialog proposes there. It gives no right: the room is vetted like any other when
// an invitation names it. Its title is shown only to people who may invite into it.

// actionUsualRoom begins the ids of the buttons that choose the usual room among several. The value is the room's id.
const actionUsualRoom = "usual_room"

// onUsualRoom makes the room that was chosen the channel's usual one, if the user may invite into it.
func (b *Bot) onUsualRoom(ctx context.Context, e *socketmode.Envelope, did interaction) {
	sent := slashCommand{Channel: did.Channel.ID, User: did.User.ID}
	chosen := command{Room: invitation.Room{ID: invitation.RoomID(did.chosen())}}
	b.act(ctx, e, did, func(ctx context.Context) message { return b.usualRoom(ctx, sent, chosen).instead() })
}

// usualRoom shows a channel's usual room, sets it or ends it, and returns what the caller alone is told.
func (b *Bot) usualRoom(ctx context.Context, sent slashCommand, c command) message {
	in := b.messenger.voiceFor(ctx, sent.User)
	if err := b.mayAskForRooms(ctx, sent); err != nil {
		return b.usualRoomRejected(ctx, in, sent, err)
	}
	if isWanted(c.Room) {
		return b.setUsualRoom(ctx, in, sent, c.Room)
	}
	usual := b.tracker.UsualRoom(sent.Channel)
	if usual.ID == "" {
		return said(in.say("rooms.usual-none", nil))
	}
	mine, err := b.messenger.invitable(ctx, sent.User, []invitation.Room{usual})
	switch {
	case err != nil:
		return b.usualRoomRejected(ctx, in, sent, err)
	case len(mine) == 0:
		return said(in.say("rooms.usual-foreign", nil))
	case !c.NoRoom:
		return said(in.say("rooms.usual", with{"Room": name(usual.Title)}))
	}
	if err := b.tracker.SetUsualRoom(ctx, sent.Channel, invitation.Room{}, sent.User); err != nil {
		return b.usualRoomRejected(ctx, in, sent, err)
	}
	return said(in.say("rooms.usual-ended", nil))
}

// mayAskForRooms returns nil when the caller may invite to rooms at all, from this channel.
func (b *Bot) mayAskForRooms(ctx context.Context, sent slashCommand) error {
	if sent.isDirect() {
		return invitation.NotAChannel
	}
	if !b.messenger.givesRooms() {
		return invitation.RoomsAreOff
	}
	if !b.messenger.policy.worksIn(sent.Channel) {
		return invitation.ChannelNotAllowed
	}
	who, err := b.messenger.caller(ctx, sent.User)
	if err == nil && !who.ours {
		return invitation.CallerIsGuest
	}
	return err
}

func (b *Bot) setUsualRoom(ctx context.Context, in voice, sent slashCommand, wanted invitation.Room) message {
	room, err := b.messenger.oneRoom(ctx, sent.User, wanted)
	if err == nil {
		err = b.tracker.SetUsualRoom(ctx, sent.Channel, room, sent.User)
	}
	if err != nil {
		words := b.usualRoomRejected(ctx, in, sent, err)
		if rooms := invitation.FailureOf(err).Rooms; len(rooms) > 0 {
			words.Blocks = append(words.Blocks, roomButtons(rooms, actionUsualRoom, ""))
		}
		return words
	}
	return said(in.say("rooms.usual-set", with{"Room": name(room.Title)}))
}

func (b *Bot) usualRoomRejected(ctx context.Context, in voice, sent slashCommand, err error) message {
	about := invitation.Invitation{Request: invitation.Request{Inviter: sent.User, Channel: sent.Channel}}
	b.rejected(ctx, "usual_room", about, sent.User, err)
	return said(in.explain(invitation.RefusalOf(err, time.Now()), "", ""))
}
