package invitation

import (
	"slices"
	"time"
)

// Reason names, for people, why something was refused or failed. It is an error, so
// that the edges can wrap it: errors.Is(err, invitation.NoLink).
type Reason string

func (r Reason) Error() string { return string(r) }

// What can stop an invitation on the portal's side.
const (
	PortalDenied  Reason = "portal_denied"  // the portal forbids this to the bot's account
	NoLink        Reason = "no_link"        // the portal answered, with no link in the answer
	UnknownMember Reason = "unknown_member" // no such account, or a removed one
	KeyBroken     Reason = "key_broken"     // the API key is wrong, expired, disabled or lacks a scope
	SeatLimit     Reason = "seat_limit"     // the portal has no free seat for this role
	PortalUnpaid  Reason = "portal_unpaid"  // the portal is unpaid, suspended or being moved
	PortalBusy    Reason = "portal_busy"    // the portal limits the rate; see Failure.RetryAfter
	PortalDown    Reason = "portal_down"    // no answer, too late an answer, or an error of the portal's own
	NotDocSpace   Reason = "not_docspace"   // something answers there that does not speak like a DocSpace portal
	NotAvailable  Reason = "not_available"  // the portal doesn't have this call, or the key lacks its scope
	NotManaged    Reason = "not_managed"    // the portal has no link of the role that could be revoked
)

// What can stop an invitation into a room, and one by email.
const (
	RoomUnknown     Reason = "room_unknown"     // no such room, or one where the inviter or the bot's account can't invite
	RoomAmbiguous   Reason = "room_ambiguous"   // no room has the title alone; Failure.Rooms has those that can be meant
	RoomArchived    Reason = "room_archived"    // an archived room can't be shared
	RoomDenied      Reason = "room_denied"      // the bot's account may not share this room
	RightNotThere   Reason = "right_not_there"  // the room doesn't offer this right, or not to such an account
	AccountDisabled Reason = "account_disabled" // an account of the portal that was switched off
	BadAddress      Reason = "bad_address"      // the portal takes no such email address
	EmailsUsedUp    Reason = "emails_used_up"   // the portal's allowance of invitations by email
	EmailRefused    Reason = "email_refused"    // the portal didn't invite the address, and doesn't say why in a way that can be told
)

// What can stop an invitation on the chat's side.
const (
	CallerIsGuest     Reason = "caller_is_guest"     // guests and people of other organizations may not invite
	CallerUnknown     Reason = "caller_unknown"      // the chat does not show whether the caller is a full member
	Denial            Reason = "denied"              // the approver said no
	NotDecided        Reason = "not_decided"         // no approver decided in time
	NoApprovers       Reason = "no_approvers"        // approval cannot be asked for: its channel cannot be posted to
	NotYours          Reason = "not_yours"           // this is for someone else to do
	RoomNotYours      Reason = "room_not_yours"      // the inviter is no room manager there
	RoomsAreOff       Reason = "rooms_off"           // invitations to rooms are switched off
	RoleNotYours      Reason = "role_not_yours"      // this role is not the caller's to give
	ChannelNotAllowed Reason = "channel_not_allowed" // not one of the channels where invitations work
	ChannelShared     Reason = "channel_shared"      // people of other organizations read here
	ChannelArchived   Reason = "channel_archived"    // no one can post here any more
	CannotPost        Reason = "cannot_post"         // the bot is not in the channel
	ChannelRestricted Reason = "channel_restricted"  // only some people or apps may post in the channel
	NotAChannel       Reason = "not_a_channel"       // a conversation between people, which no app can join
	TooMany           Reason = "too_many"            // the inviter's hourly limit is reached
	TooManyPeople     Reason = "too_many_people"     // more people than one invitation takes
	NotAPerson        Reason = "not_a_person"        // unknown, or not to be seen
	IsBot             Reason = "is_bot"              // an app
	IsMe              Reason = "is_me"               // this bot itself
	IsDeactivated     Reason = "is_deactivated"      // an account of the chat that was switched off
	WrongPeople       Reason = "wrong_people"        // several people, each for a reason of their own
	NoEmail           Reason = "no_email"            // the chat does not tell this person's email address
	EmptyGroup        Reason = "empty_group"         // a user group with no one who can be invited
	UnknownGroup      Reason = "unknown_group"       // no such user group
	ChatMisconfigured Reason = "chat_misconfigured"  // the bot's token or a scope is broken
	ChatDown          Reason = "chat_down"           // the chat service does not answer
	CardGone          Reason = "card_gone"           // the card was deleted
	Busy              Reason = "busy"                // more commands are waiting than the bot takes on
	NotKept           Reason = "not_kept"            // the journal cannot be written
	NotSure           Reason = "not_sure"            // the database was lost while it wrote: it may be kept, or not
	TooLate           Reason = "too_late"            // the bot was stopped before it could carry this out
	InvitationOver    Reason = "invitation_over"     // the invitation ended, or is not known (any more)
	AlreadySettled    Reason = "already_settled"     // someone has said before who this is
	LinkNotForYou     Reason = "link_not_for_you"    // the link is for people of this workspace
	GuestNotNamed     Reason = "guest_not_named"     // a guest gets a link for another role only if they were named
	LinkRevoked       Reason = "link_revoked"        // the invitation has no link: it was revoked, and there is no new one yet
	NotYet            Reason = "not_yet"             // the card is being posted at this moment
	ListClosed        Reason = "list_closed"         // only those who are on the list can join
	Unexpected        Reason = "unexpected"          // none of the above: a bug, or news from outside
)

// Disqualifies reports whether the reason is a rule's no to a card that stands already: its place or
// its inviter may not hand out its link (any more).
func (r Reason) Disqualifies() bool {
	return slices.Contains([]Reason{CallerIsGuest, CallerUnknown, RoleNotYours, ChannelNotAllowed, ChannelShared}, r)
}

// What a search for an earlier message can come to.
const (
	NotThere   Reason = "not_there"   // there is no such message
	CannotTell Reason = "cannot_tell" // the bot may not, or cannot, read what was written there
)

// MayPass reports whether the same request may succeed a while later, once the bot is let in, the portal
// is fixed, a room is chosen, or simply time has passed.
func (r Reason) MayPass() bool {
	switch r {
	case CannotPost, ChannelRestricted, TooMany, TooLate, ChatDown, ChatMisconfigured, Unexpected,
		PortalDown, PortalBusy, PortalDenied, KeyBroken, NotDocSpace, SeatLimit, NoLink, NotAvailable,
		RoomArchived, RoomDenied, AccountDisabled, EmailsUsedUp, RoomAmbiguous:
		return true
	}
	return false
}

// Refusal is why an invitation was refused, as far as its inviter can be told.
type Refusal struct {
	Reason Reason `json:"reason"`
	// About names what the reason is about, e.g. a person or a role; often empty.
	About string `json:"about,omitempty"`
	// Each is one refusal for each of several people.
	Each []Refusal `json:"each,omitempty"`
	// Rooms are those to choose from.
	Rooms []Room `json:"rooms,omitempty"`
	// Again is when it makes sense to try again; zero when the reason does not tell.
	Again time.Time `json:"again,omitzero"`
}

// IsAboutRoom reports whether what such a failure is about is a room's title.
func (r Reason) IsAboutRoom() bool {
	return slices.Contains([]Reason{RoomUnknown, RoomAmbiguous, RoomArchived, RoomDenied, RoomNotYours}, r)
}
