package slackbot

import (
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// Rooms is what a Messenger asks the portal about rooms. Its methods are safe for concurrent use, and their
// errors wrap an invitation.Reason.
type Rooms interface {
	// Rooms returns active rooms whose title contains the words, best matches first; "" is any title.
	Rooms(ctx context.Context, title string) ([]invitation.Room, error)
	// Room returns one room. Reasons: RoomUnknown.
	Room(ctx context.Context, id invitation.RoomID) (invitation.Room, error)
	// RoomRights is that of [tracker.Portal].
	RoomRights(ctx context.Context, room invitation.RoomID, address string) ([]invitation.RoomMember, error)
}

// Who may invite into a room, as Policy.Rooms says.
const (
	RoomsByManagers = "managers" // its managers and its owner at the portal, and admins
	RoomsByAnyone   = "anyone"   // everyone who may hand out the role
	RoomsOff        = "off"
)

const (
	// roomsChecked is how many rooms are asked at most whether the inviter is a manager there: each is a
	// request or more, and Slack waits three seconds for the choices of a select.
	roomsChecked = 20
	// roomsShown is how many rooms a person chooses from.
	roomsShown = 5
)

// givesRooms reports whether people can be invited to rooms at all.
func (m *Messenger) givesRooms() bool { return m.rooms != nil && m.policy.Rooms != RoomsOff }

// isWanted reports whether a request names a room.
func isWanted(room invitation.Room) bool { return room.ID != "" || room.Title != "" }

// room returns the room that the request names, with the right that people get, if the inviter may invite there.
// A room where they may not is as unknown as one that isn't there: titles are not everyone's to know.
func (m *Messenger) room(ctx context.Context, inv invitation.Invitation) (*invitation.Room, error) {
	if !m.givesRooms() {
		return nil, invitation.RoomsAreOff
	}
	room, err := m.oneRoom(ctx, inv.Inviter, inv.Room)
	if err != nil {
		return nil, err
	}
	if room.Right = inv.Room.Right; room.Right == "" {
		room.Right = leastRight(room)
	}
	if !slices.Contains(grantable(room, inv.Role), room.Right) {
		return nil, &invitation.Failure{Reason: invitation.RightNotThere, About: string(room.Right), Rooms: []invitation.Room{room}}
	}
	return &room, nil
}

// oneRoom returns the one room that the user can mean and may invite people into.
func (m *Messenger) oneRoom(ctx context.Context, by invitation.ChatUser, wanted invitation.Room) (invitation.Room, error) {
	found, err := m.namedRooms(ctx, by, wanted)
	switch {
	case err != nil:
		return invitation.Room{}, err
	case len(found) == 0:
		return invitation.Room{}, refuse(invitation.RoomUnknown, wanted.Title)
	case len(found) > 1 || wanted.ID == "" && !sameTitle(found[0], wanted): // part of a title is no choice
		return invitation.Room{}, &invitation.Failure{Reason: invitation.RoomAmbiguous, About: wanted.Title, Rooms: found[:min(len(found), roomsShown)]}
	case found[0].Archived:
		return invitation.Room{}, refuse(invitation.RoomArchived, found[0].Title)
	case !found[0].MayInvite:
		return invitation.Room{}, refuse(invitation.RoomDenied, found[0].Title)
	}
	return found[0], nil
}

// sameTitle reports whether two rooms have one title, in any case.
func sameTitle(a, b invitation.Room) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a.Title), " "), strings.Join(strings.Fields(b.Title), " "))
}

// namedRooms returns the rooms that the user can mean and where they may invite: the one with the id, or
// those with the title; if none of theirs has it, those of theirs whose title contains it.
func (m *Messenger) namedRooms(ctx context.Context, by invitation.ChatUser, wanted invitation.Room) ([]invitation.Room, error) {
	if wanted.ID != "" {
		room, err := m.rooms.Room(ctx, wanted.ID)
		if errors.Is(err, invitation.RoomUnknown) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return m.invitable(ctx, by, []invitation.Room{room})
	}
	found, err := m.rooms.Rooms(ctx, wanted.Title)
	if err != nil {
		return nil, err
	}
	same := slices.DeleteFunc(slices.Clone(found), func(r invitation.Room) bool { return !sameTitle(r, wanted) })
	if mine, err := m.invitable(ctx, by, same); err != nil || len(mine) > 0 {
		return mine, err
	}
	return m.invitable(ctx, by, slices.DeleteFunc(found, func(r invitation.Room) bool { return sameTitle(r, wanted) }))
}

// SearchRooms returns rooms whose title contains the words, where the user may invite; "" is any title.
func (m *Messenger) SearchRooms(ctx context.Context, by invitation.ChatUser, title string) ([]invitation.Room, error) {
	if !m.givesRooms() {
		return nil, invitation.RoomsAreOff
	}
	found, err := m.rooms.Rooms(ctx, title)
	if err != nil {
		return nil, err
	}
	return m.invitable(ctx, by, found)
}

// invitable returns those of the rooms where the user may invite people.
func (m *Messenger) invitable(ctx context.Context, by invitation.ChatUser, rooms []invitation.Room) ([]invitation.Room, error) {
	if len(rooms) == 0 {
		return nil, nil
	}
	free, address, err := m.roomRules(ctx, by)
	switch {
	case err != nil || address == "" && !free:
		return nil, err
	case free:
		return rooms, nil
	}
	rooms = rooms[:min(len(rooms), roomsChecked)]
	manages := make([]bool, len(rooms))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i, room := range rooms {
		group.Go(func() error {
			members, err := m.rooms.RoomRights(ctx, room.ID, address)
			manages[i] = slices.ContainsFunc(members, func(m invitation.RoomMember) bool { return m.MayInvite })
			if errors.Is(err, invitation.RoomUnknown) || errors.Is(err, invitation.RoomDenied) {
				return nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var mine []invitation.Room
	for i, room := range rooms {
		if manages[i] {
			mine = append(mine, room)
		}
	}
	return mine, nil
}

// roomRules says whether a user may invite into every room, and otherwise under which address the portal knows them;
// "" when Slack doesn't tell.
func (m *Messenger) roomRules(ctx context.Context, by invitation.ChatUser) (free bool, address string, err error) {
	if !m.givesRooms() {
		return false, "", invitation.RoomsAreOff
	}
	who, err := m.caller(ctx, by)
	if err != nil || !who.ours {
		return false, "", err
	}
	if who.admin || m.policy.Rooms == RoomsByAnyone {
		return true, "", nil
	}
	user, err := m.directory.User(ctx, by)
	if err != nil {
		return false, "", err
	}
	return false, user.Profile.Email, nil
}

// MayShare returns nil when the inviter may hand out the invitation's role and room now. See [tracker.Messenger].
func (m *Messenger) MayShare(ctx context.Context, inv invitation.Invitation) error {
	if err := m.mayHandOut(ctx, ofCard(inv)); err != nil || inv.Room.ID == "" {
		return err
	}
	mine, err := m.invitable(ctx, inv.Inviter, []invitation.Room{inv.Room})
	if err == nil && len(mine) == 0 {
		return refuse(invitation.RoomNotYours, inv.Room.Title)
	}
	return err
}

// NotShared tells the inviter why someone did not get the room. See [tracker.Messenger].
func (m *Messenger) NotShared(ctx context.Context, inv invitation.Invitation) error {
	in := m.voiceFor(ctx, inv.Inviter)
	_, err := m.post(ctx, string(inv.Inviter), "", in.renderNotShared(inv).marked(inv, invitation.EffectNotShared))
	return err
}

// leastRight is what people get when the inviter doesn't say: the least that the room offers.
func leastRight(room invitation.Room) invitation.Right {
	if len(room.Rights) == 0 {
		return invitation.ReadRight
	}
	return room.Rights[0]
}

// grantable returns the rights in the room that people with the role can have: a room manager is a room admin at
// least (docs/facts/docspace.md, "Rooms").
func grantable(room invitation.Room, role invitation.Role) []invitation.Right {
	rights := room.Rights
	if len(rights) == 0 {
		rights = []invitation.Right{invitation.ReadRight}
	}
	if role == invitation.Guest || role == invitation.User {
		rights = slices.DeleteFunc(slices.Clone(rights), func(r invitation.Right) bool { return r == invitation.ManageRight })
	}
	return rights
}
