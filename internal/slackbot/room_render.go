package slackbot

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// room names a room by its title.
func (in voice) room(room invitation.Room) string {
	return in.say("list.quoted", with{"Word": cmp.Or(name(room.Title), "…")})
}

// right shows a right. It comes from the bot's own list, or from a portal.
func (in voice) right(r invitation.Right) string {
	if slices.Contains(invitation.Rights(), r) {
		return in.say("right."+string(r), nil)
	}
	return fit(string(r), 30)
}

// isAboutRoom reports whether what such a refusal is about is a room's title.
func isAboutRoom(r invitation.Reason) bool {
	return slices.Contains([]invitation.Reason{
		invitation.RoomUnknown, invitation.RoomAmbiguous, invitation.RoomArchived, invitation.RoomDenied, invitation.RoomNotYours,
	}, r)
}

// aboutRoom names the room in a refusal that is about it and doesn't: the portal's own no has no title.
func aboutRoom(r invitation.Refusal, room invitation.Room) invitation.Refusal {
	if isAboutRoom(r.Reason) {
		r.About = cmp.Or(r.About, room.Title)
	}
	return r
}

// noSuchRight says that people can't have a right, and which they can, as long as that is known: a journal keeps
// no rights.
func (in voice) noSuchRight(r invitation.Refusal, asked invitation.Role) string {
	if len(r.Rooms) == 0 || len(r.Rooms[0].Rights) == 0 {
		return in.say("reason.right_unlisted", with{"About": in.whom(r, asked)})
	}
	var rights []string
	for _, right := range grantable(r.Rooms[0], asked) {
		rights = append(rights, in.right(right))
	}
	return in.say("reason.right_not_there", with{"About": in.whom(r, asked), "Rights": in.list(rights)})
}

// renderNotShared tells the inviter who did not get the room, why, and what they can do.
func (in voice) renderNotShared(inv invitation.Invitation) message {
	var without []invitation.Invitee
	for _, v := range inv.Invitees {
		if v.Joined() && v.Shared != "" && v.Shared != invitation.Done {
			without = append(without, v)
		}
	}
	return in.opening(said(in.lines([]string{
		in.say("room.not-shared", with{"People": in.someNamesFor(viewer{id: inv.Inviter}, inv, without), "Room": in.room(inv.Room)}),
		in.explain(aboutRoom(inv.NotShared, inv.Room), inv.Role, string(inv.ID)),
		in.say("room.share-it", nil),
	})), inv.Room)
}

// opening adds the button that opens the room to a message.
func (in voice) opening(words message, room invitation.Room) message {
	if button := in.roomButton(room); button != nil {
		words.Blocks = append(words.Blocks, slack.NewActionBlock("", button))
	}
	return words
}

// roomButton opens the room; nil when the portal gave no address that people may be sent to.
func (in voice) roomButton(room invitation.Room) *slack.ButtonBlockElement {
	if !isWebAddress(room.URL) {
		return nil
	}
	button := slack.NewButtonBlockElement(actionOpenRoom, "", plain(in.say("room.open", nil)))
	button.URL = room.URL
	return button
}

// actionOpenRoom is the button that leads to the room. Slack tells of it, and nothing comes of that.
const actionOpenRoom = "open_room"

// urlMax is how long a button's address may be (docs/facts/slack.md, "Numbers").
const urlMax = 3000

// isWebAddress reports whether people may be sent there: what the portal says must not get another scheme or
// markup onto a button.
func isWebAddress(address string) bool {
	u, err := url.Parse(address)
	return err == nil && len(address) <= urlMax && u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http") &&
		!strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("<>|\"\\^`", r) })
}
