package tracker

import (
	"context"
	"errors"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// Portal is what the tracker needs of a DocSpace portal. Every method is safe for
// concurrent use, honours its context, and returns errors that wrap a [Reason]; an
// error that the portal asks to wait after has a RetryAfter method, and one after which
// the call may have been carried out all the same a method Unsure that returns true.
type Portal interface {
	// InviteLink returns a link by which anyone can join with the role. Reasons:
	// PortalDenied, NoLink, SeatLimit and those that every call shares (KeyBroken,
	// PortalUnpaid, PortalBusy, PortalDown, NotDocSpace).
	InviteLink(ctx context.Context, role invitation.Role) (link string, err error)
	// Newcomers returns the accounts registered at or after since, newest first, and
	// possibly some older ones. Each account is there once. With an error that wraps ErrUnsound it
	// returns some of them: the portal's list is out of order, and others may be missing.
	Newcomers(ctx context.Context, since time.Time) ([]invitation.Member, error)
	// FindAccounts returns the accounts whose email address is one of addresses; case does not
	// count. Addresses without an account are simply missing from the answer. With a context
	// that is [Urgent] it goes before what no one waits for.
	FindAccounts(ctx context.Context, addresses []string) ([]invitation.Member, error)
	// Member returns one account, or UnknownMember when it was removed. Its Role may be
	// empty: the portal does not tell it here.
	Member(ctx context.Context, id invitation.MemberID) (invitation.Member, error)
	// RoomRights returns the accounts that have a right in the room, its owner included: those with the address to whom
	// it was given by name, or without one everyone, by name or by a group. Reasons: RoomUnknown.
	RoomRights(ctx context.Context, room invitation.RoomID, address string) ([]invitation.RoomMember, error)
	// ShareRoom gives the right to the accounts, whatever they had before, and returns those who have it now, with an
	// error too. Reasons: RoomUnknown, RoomArchived, RoomDenied, RightNotThere.
	ShareRoom(ctx context.Context, room invitation.RoomID, right invitation.Right, members []invitation.MemberID) ([]invitation.MemberID, error)
	// InviteByEmail has the portal invite the addresses, which have no accounts, by email. After an error some may be
	// invited. Reasons: those of InviteLink, EmailsUsedUp, and of one of them EmailRefused, AccountDisabled, BadAddress.
	InviteByEmail(ctx context.Context, addresses []string, role invitation.Role) error
	// InviteToRoom has the portal invite the addresses by email, as guests of the room. After an error some may be
	// invited. Reasons: those of InviteByEmail and ShareRoom.
	InviteToRoom(ctx context.Context, room invitation.RoomID, right invitation.Right, addresses []string) error
	// ResendInvitations has the portal send its email again to accounts who have yet to open it.
	ResendInvitations(ctx context.Context, members []invitation.MemberID) error
	// RevokeLink ends the role's link, so that InviteLink returns another. Reasons: NotManaged, and those of
	// InviteLink.
	RevokeLink(ctx context.Context, role invitation.Role) error
	// CongratulateMember asks the portal to congratulate the account's owner. PortalDenied is the
	// ordinary answer (docs/facts/docspace.md, "Congratulations").
	CongratulateMember(ctx context.Context, id invitation.MemberID) error
}

// ErrUnsound says of accounts that they need not be all there are.
var ErrUnsound = errors.New("the portal's list of people is out of order")

// Messenger is what the tracker needs of the chat workspace. Its errors wrap a
// [Reason]; ChatDown and errors with a RetryAfter method are worth repeating. An error
// after which the message may be there all the same has a method Unsure that returns true.
type Messenger interface {
	// Vet decides whether the inviter may ask this here or needs approval, and returns the people of
	// the request with all that the chat knows of them: groups expanded, each person once. Of a long
	// list it may return the chat user alone, or an address that is Unasked; they are identified one by
	// one once the card is posted.
	// Of an invitation that was approved it returns those for whom it was approved.
	// A refusal wraps a Reason and may have an About method, or an Each method when it is about
	// several people.
	//
	// PostCard, UpdateCard, Deliver, HandOver and Remind ask the same question about the place and the
	// inviter before they let the link out, and refuse with a Reason that [Reason.Disqualifies].
	Vet(ctx context.Context, inv invitation.Invitation) (Admission, error)
	// AskApproval posts the request for approval, for those who may decide. Reasons: NoApprovers.
	AskApproval(ctx context.Context, inv invitation.Invitation) (invitation.Card, error)
	// Asked tells the inviter alone that approval is asked for. It may be lost.
	Asked(ctx context.Context, inv invitation.Invitation) error
	// AnswerRequest shows on the request for approval what became of it. CardGone when someone
	// deleted it.
	AnswerRequest(ctx context.Context, inv invitation.Invitation) error
	// Identify returns what the chat knows of one person. Reasons: NotAPerson, IsBot, IsMe,
	// IsDeactivated, NoEmail.
	Identify(ctx context.Context, user invitation.ChatUser) (invitation.Person, error)
	// Owner returns the person whom the chat knows under the address. Reasons: NotAPerson when there is
	// none.
	Owner(ctx context.Context, address string) (invitation.Person, error)
	// PostCard posts the invitation's card. Reasons: CannotPost, ChannelRestricted, ChannelArchived.
	PostCard(ctx context.Context, inv invitation.Invitation) (invitation.Card, error)
	// TellPreflight tells the inviter alone what was known of the invitees when the card was posted, as
	// far as that is worth saying. It may be lost.
	TellPreflight(ctx context.Context, inv invitation.Invitation) error
	// AskWho asks the inviter alone who a stranger is, of those whom they await, in a direct message.
	AskWho(ctx context.Context, inv invitation.Invitation, stranger invitation.Stranger, candidates []Candidate) error
	// LeftOut tells the inviter alone who was named and cannot be invited after all. It may be lost.
	LeftOut(ctx context.Context, inv invitation.Invitation, people []invitation.Refusal) error
	// UpdateCard updates the card. Reasons: CardGone when it was deleted.
	UpdateCard(ctx context.Context, inv invitation.Invitation) error
	// Confirm says in the card's thread, in one message, that the invitees are active.
	Confirm(ctx context.Context, inv invitation.Invitation, invitees []invitation.Invitee) error
	// Removed says in the card's thread that the invitee's account was disabled or removed.
	Removed(ctx context.Context, inv invitation.Invitation, invitee invitation.Invitee) error
	// Ended says in the card's thread who has not joined when the invitation expired.
	Ended(ctx context.Context, inv invitation.Invitation) error
	// SendWelcome welcomes an invitee in a direct message.
	SendWelcome(ctx context.Context, inv invitation.Invitation, invitee invitation.Invitee) error
	// Deliver sends an invitee the invitation's link in a direct message, and returns where that is.
	Deliver(ctx context.Context, inv invitation.Invitation, invitee invitation.Invitee) (invitation.Card, error)
	// HandOver gives the inviter alone the link for the invitees who are Untold. It returns where, if the
	// message can be changed later.
	HandOver(ctx context.Context, inv invitation.Invitation) (invitation.Card, error)
	// TakeBack takes link and buttons off direct messages to an invitee; without one, to the person who was
	// to hand the link over.
	TakeBack(ctx context.Context, inv invitation.Invitation, invitee invitation.Invitee, messages []invitation.Card) error
	// Announce tells the inviter, in a direct message, that their request was approved and is posted.
	Announce(ctx context.Context, inv invitation.Invitation) error
	// MayShare returns nil when the inviter may hand out the invitation's role now, and invite into its room, if it
	// is for one. The portal's emails ask it as well. Reasons: those of Vet, RoomNotYours, RoomUnknown, RoomArchived,
	// RoomDenied.
	MayShare(ctx context.Context, inv invitation.Invitation) error
	// NotLinked tells the inviter, in a direct message, why there is no link in place of the one that was revoked.
	NotLinked(ctx context.Context, inv invitation.Invitation) error
	// NotShared tells the inviter, in a direct message, why the room was not given to someone.
	NotShared(ctx context.Context, inv invitation.Invitation) error
	// EndingSoon tells the inviter, in a direct message, that the invitation ends soon, and who is missing.
	EndingSoon(ctx context.Context, inv invitation.Invitation) error
	// Waiting tells the inviter alone that their invitation takes a while, and Posted that it is posted
	// after all. Either may be lost.
	Waiting(ctx context.Context, inv invitation.Invitation) error
	Posted(ctx context.Context, inv invitation.Invitation) error
	// Remind reminds an invitee of the invitation in a direct message, with what they are to do
	// next. It returns where that is.
	Remind(ctx context.Context, inv invitation.Invitation, invitee invitation.Invitee) (invitation.Card, error)
	// AtWork returns the first moment at or after the given one that lies within the user's
	// working hours.
	AtWork(ctx context.Context, user invitation.ChatUser, at time.Time) (time.Time, error)
	// TellInviter tells the inviter alone why the invitation was refused.
	TellInviter(ctx context.Context, inv invitation.Invitation) error
	// FindMessage looks for the message of an effect that was begun at the time since or later,
	// and returns where it is: for EffectCard the card itself. Reasons: NotThere, CannotTell;
	// ChatDown when it is to be tried again. Only messages that others can see are found.
	// invitees are those whom the effect is about, none for some.
	FindMessage(ctx context.Context, inv invitation.Invitation, effect invitation.Effect, invitees []invitation.Invitee, since time.Time) (invitation.Card, error)
}

// Admission is what the chat says of a request that may be carried out.
type Admission struct {
	People []invitation.Person
	// NeedsApproval says that someone else has to approve it first.
	NeedsApproval bool
	// Room is the room that was asked for, as the portal knows it; nil for none.
	Room *invitation.Room
}

type urgent struct{}

// Urgent returns a context for calls of the portal that someone is waiting for.
func Urgent(ctx context.Context) context.Context { return context.WithValue(ctx, urgent{}, true) }

// IsUrgent reports whether the context came from Urgent.
func IsUrgent(ctx context.Context) bool { return ctx.Value(urgent{}) != nil }

// Journal keeps the entries that the tracker's memory is rebuilt from. Prune may run beside
// the others, which the tracker calls one at a time.
type Journal interface {
	// Append returns once all of the entries would survive the end of the process, or an
	// error when none of them is kept.
	Append(ctx context.Context, entries ...invitation.Entry) error
	// Replay calls yield with the entries of all invitations but those that finished before
	// since, in the order in which they were appended. It stops at yield's first error.
	// An invitation has finished with its entry of KindFinished, at that entry's time.
	Replay(ctx context.Context, since time.Time, yield func(invitation.Entry) error) error
	// Prune drops the invitations that finished before the given time, and returns how many.
	Prune(ctx context.Context, before time.Time) (int, error)
}
