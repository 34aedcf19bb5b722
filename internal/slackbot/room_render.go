package slackbot

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// room names a room by its title.
func (in voice) room(room invitation.Room) string {
	return in.say("list.quoted", with{"Word": cmp.Or(name(room.Title), "…")})
}

// roomAs names a room and the right that people get there, as far as that is known.
func (in voice) roomAs(room invitation.Room) string {
	if room.Right == "" {
		return in.room(room)
	}
	return in.say("room.as", with{"Room": in.room(room), "Right": in.right(room.Right)})
}

// intoRoom adds the room to what an invitation is called; nothing for none.
func (in voice) intoRoom(inv invitation.Invitation) string {
	if !isWanted(inv.Room) {
		return ""
	}
	return " · " + in.say("room.short", with{"Room": in.roomAs(inv.Room)})
}

// roomTitle is the title of a card that invites to a room.
func (in voice) roomTitle(inv invitation.Invitation, open bool) string {
	words := with{"Inviter": mention(inv.Inviter), "By": mention(inv.EndedBy), "Room": in.room(inv.Room), "Right": in.right(inv.Room.Right)}
	switch {
	case inv.EndedBy != "":
		return in.say("room.cancelled", words)
	case !open:
		return in.say("room.ended", words)
	}
	return in.say("room.invites", words)
}

// invitesYou says to one person what they are invited to.
func (in voice) invitesYou(inv invitation.Invitation) string {
	if inv.Room.ID != "" {
		return in.say("room.direct", with{"Inviter": mention(inv.Inviter), "Room": in.room(inv.Room), "Right": in.right(inv.Room.Right)})
	}
	return in.say("deliver.invites", with{"Inviter": mention(inv.Inviter), "Role": in.role(inv.Role)})
}

// invitedYou reminds one person of that.
func (in voice) invitedYou(inv invitation.Invitation) string {
	if inv.Room.ID != "" {
		return in.say("room.reminded", with{"Inviter": mention(inv.Inviter), "Room": in.room(inv.Room), "Right": in.right(inv.Room.Right)})
	}
	return in.say("remind.invited", with{"Inviter": mention(inv.Inviter), "Role": in.role(inv.Role)})
}

// isInRoom reports whether the invitee is known to have the invitation's room.
func isInRoom(inv invitation.Invitation, v invitation.Invitee) bool {
	return inv.Room.ID != "" && v.Joined() && v.Shared == invitation.Done
}

// joinedRoom says in the thread that someone is active and has the room, with the role they really have. It
// doesn't say as what they are there: they may have had more before.
func (in voice) joinedRoom(inv invitation.Invitation, v invitation.Invitee) string {
	words := with{"Who": in.public(v), "Role": in.role(v.Member.Role), "Room": in.room(inv.Room)}
	switch already := wasMember(v); {
	case already && v.Member.Role != "":
		return in.say("room.already-in-as", words)
	case already:
		return in.say("room.already-in", words)
	case v.Member.Role != "":
		return in.say("room.in-as", words)
	}
	return in.say("room.in", words)
}

// right shows a right. It comes from the bot's own list, or from a portal.
func (in voice) right(r invitation.Right) string {
	if slices.Contains(invitation.Rights(), r) {
		return in.say("right."+string(r), nil)
	}
	return fit(string(r), 30)
}

// aboutRoom adds the room's title to a refusal that is about the room and lacks it, as the portal's own refusals do.
func aboutRoom(r invitation.Refusal, room invitation.Room) invitation.Refusal {
	if r.Reason.IsAboutRoom() {
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

// openingFor adds that button for someone who has the room.
func (in voice) openingFor(words message, inv invitation.Invitation, v invitation.Invitee) message {
	if !isInRoom(inv, v) {
		return words
	}
	return in.opening(words, inv.Room)
}

// titleOnButton and ownerOnButton are how much a button has of a title and of an owner's name, in runes. Slack shows
// about 30 of 75 (docs/facts/slack.md, "Numbers"), and the owner tells the rooms apart.
const titleOnButton, ownerOnButton = 20, 36

// roomButtons has a button for each room, with its owner. A button's value is the prefix and the room's id.
func roomButtons(rooms []invitation.Room, action, prefix string) slack.Block {
	var buttons []slack.BlockElement
	for i, room := range rooms {
		label := cmp.Or(cut(printable(room.Title), titleOnButton), "…")
		if owner := cut(printable(room.Owner), ownerOnButton); owner != "" {
			label += " · " + owner
		}
		// Slack wants ids that differ within a block.
		buttons = append(buttons, slack.NewButtonBlockElement(action+"_"+strconv.Itoa(i), prefix+string(room.ID), plain(label)))
	}
	return slack.NewActionBlock("", buttons...)
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
