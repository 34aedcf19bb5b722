package slackbot

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/docspace-invite-bot/bot/internal/invitation"
	"github.com/docspace-invite-bot/bot/internal/remedy"
	"github.com/docspace-invite-bot/bot/internal/slackapi"
)

// Policy says who may hand out what, and where.
type Policy struct {
	// OpenRoles are the roles that every full member of the workspace may hand out.
	OpenRoles []invitation.Role
	// Admins are Slack user ids (U…, W…) and user-group ids (S…) that may hand out every
	// role. Admins and owners of the workspace always may.
	Admins []string
	// Channels are where invitations work; empty is everywhere.
	Channels []string
	// SharedChannels allows invitations where people of other organizations read.
	SharedChannels bool
	// ClaimedLinks keeps links off the cards: see deliver.go.
	ClaimedLinks bool
	// Rooms says who may invite into a room: RoomsByManagers, RoomsByAnyone or RoomsOff.
	Rooms string
	// ApprovalChannel is where someone is asked for approval when a role is not the caller's to
	// give; empty: then it is refused.
	ApprovalChannel string
}

// refuse is a rule's no.
func refuse[S ~string](reason invitation.Reason, about S) error {
	return &invitation.Failure{Reason: reason, About: string(about)}
}

// about says whom a failure concerns, if the failure is a verdict on them.
func about[S ~string](err error, whom S) error {
	switch verdict := reasonOf(err); verdict {
	case invitation.NotAPerson, invitation.UnknownGroup:
		return &invitation.Failure{Reason: verdict, About: string(whom), Err: err}
	}
	return err
}

// caller is what the rules know of the person who asks.
type caller struct {
	ours  bool // a full member of this workspace
	admin bool
}

// handOut is a link on its way to people. Whatever lets one out asks [Messenger.mayHandOut] first,
// with facts as they are then: the command, the dialog, an approval, Extend, the card itself, and each
// private link. docs/rules.md has the table.
type handOut struct {
	by      invitation.ChatUser
	role    invitation.Role
	channel invitation.Channel
	// approved says that a person who may grant the role has approved this.
	approved bool
}

// ofCard is what an invitation hands out, in the name of its inviter.
func ofCard(inv invitation.Invitation) handOut {
	return handOut{inv.Inviter, inv.Role, inv.Channel, inv.Approval.Approved}
}

// mayHandOut is the gate: it returns nil when the person may hand out this role in this place now. A
// fact that Slack does not tell is a no. Each reason has its advice in the catalogue; RoleNotYours
// comes last, so that an approver may still be asked.
func (m *Messenger) mayHandOut(ctx context.Context, h handOut) error {
	if !m.policy.worksIn(h.channel) {
		return invitation.ChannelNotAllowed
	}
	who, err := m.caller(ctx, h.by)
	switch {
	case err != nil:
		return notBegun(err)
	case !who.ours:
		return invitation.CallerIsGuest
	}
	place, err := m.directory.Channel(ctx, h.channel)
	switch {
	case err != nil:
		return notBegun(err)
	case place.IsArchived:
		return invitation.ChannelArchived
	case !m.policy.SharedChannels && slackapi.IsSharedOutside(place):
		return invitation.ChannelShared
	case !h.approved && !m.policy.mayGive(who, h.role):
		return refuse(invitation.RoleNotYours, h.role)
	}
	return nil
}

// notBegun is a failure of the gate: whatever became of the look-up, no link went out.
func notBegun(err error) error {
	failed := invitation.FailureOf(err)
	if !failed.Unsure {
		return err
	}
	failed.Unsure, failed.Err = false, err
	return &failed
}

func (p Policy) mayGive(who caller, role invitation.Role) bool {
	return who.admin || slices.Contains(p.OpenRoles, role)
}

// choice is a role that someone may choose in the dialog.
type choice struct {
	role invitation.Role
	// asks says that someone else is asked for approval.
	asks bool
}

// choices returns the roles that the caller may hand out, or ask to.
func (p Policy) choices(who caller) []choice {
	var choices []choice
	for _, role := range invitation.Roles() {
		if asks := !p.mayGive(who, role); who.ours && (!asks || p.ApprovalChannel != "") {
			choices = append(choices, choice{role, asks})
		}
	}
	return choices
}

// worksIn reports whether invitations work in the channel at all.
func (p Policy) worksIn(channel invitation.Channel) bool {
	return len(p.Channels) == 0 || slices.Contains(p.Channels, string(channel))
}

// caller finds out what the rules need to know of a user.
func (m *Messenger) caller(ctx context.Context, id invitation.ChatUser) (caller, error) {
	user, err := m.directory.User(ctx, id)
	switch {
	case errors.Is(err, invitation.NotAPerson), err == nil && !m.directory.TellsTeam(user):
		return caller{}, &invitation.Failure{Reason: invitation.CallerUnknown, Err: err}
	case err != nil:
		return caller{}, err
	}
	who := caller{ours: m.directory.IsOurs(user)}
	if !who.ours {
		return who, nil
	}
	who.admin = user.IsAdmin || user.IsOwner || user.IsPrimaryOwner || slices.Contains(m.policy.Admins, user.ID)
	for _, admin := range m.policy.Admins {
		if who.admin || !strings.HasPrefix(admin, "S") {
			continue
		}
		members, err := m.directory.Members(ctx, invitation.ChatGroup(admin))
		if errors.Is(err, invitation.UnknownGroup) {
			err = remedy.Wrap(remedy.AdminGroupUnknown, err)
		}
		if err != nil {
			return caller{}, err
		}
		who.admin = slices.Contains(members, user.ID)
	}
	return who, nil
}
