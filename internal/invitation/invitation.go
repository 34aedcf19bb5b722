package invitation

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// Role is a DocSpace employee type that an invite link hands out.
type Role string

// The roles of a portal, in rising order of what they may do there.
const (
	Guest         Role = "Guest"
	User          Role = "User"
	RoomAdmin     Role = "RoomAdmin"
	DocSpaceAdmin Role = "DocSpaceAdmin"
)

// Roles returns every role, in rising order of what they may do.
func Roles() []Role { return []Role{Guest, User, RoomAdmin, DocSpaceAdmin} }

// ParseRole reads the word a person uses for a role, in any case: guest, user,
// roomadmin or room-admin, admin or docspaceadmin.
func ParseRole(word string) (Role, bool) {
	switch strings.ToLower(word) {
	case "guest":
		return Guest, true
	case "user":
		return User, true
	case "roomadmin", "room-admin":
		return RoomAdmin, true
	case "admin", "docspaceadmin", "docspace-admin":
		return DocSpaceAdmin, true
	}
	return "", false
}

// Ids of the outside world. The tracker compares them and hands them back; it never
// looks inside.
type (
	// ChatUser is a person in the chat workspace.
	ChatUser string
	// ChatGroup is a named group of people in the chat workspace.
	ChatGroup string
	// Channel is a place in the chat workspace where messages can be posted.
	Channel string
	// MemberID is an account at the portal.
	MemberID string
)

// ID names one invitation, in the log as well as on its card.
type ID string

// Card is where an invitation was posted: the message and, for its replies, the thread.
type Card struct {
	Channel Channel `json:"channel"`
	Message string  `json:"message"`
}

// Person is what is known of someone who is to be invited. At least one of ChatUser
// and Email is set.
type Person struct {
	ChatUser ChatUser `json:"chat_user,omitempty"`
	Email    string   `json:"email,omitempty"`
	Name     string   `json:"name,omitempty"`
	// Away says that the person does not read the invitation's channel.
	Away bool `json:"away,omitempty"`
	// Unasked says that the chat is yet to be asked whose address it is.
	Unasked bool `json:"unasked,omitempty"`
}

// FoldEmail returns the form in which email addresses are compared: portal and chat
// both keep the case in which people typed them.
func FoldEmail(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// SameEmail reports whether two addresses are the same when folded, without folding them.
func SameEmail(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// Request is an invitation as its inviter asked for it.
type Request struct {
	// Keys identify the wish: a request that shares a key with an earlier one is the
	// same wish delivered twice.
	Keys    []string    `json:"keys"`
	Role    Role        `json:"role"`
	Inviter ChatUser    `json:"inviter"`
	Channel Channel     `json:"channel"`
	People  []Person    `json:"people,omitempty"`
	Groups  []ChatGroup `json:"groups,omitempty"`
	Note    string      `json:"note,omitempty"`
	// Room is the room that people get who join, if any. Until the invitation is admitted it may have no ID,
	// but the title as the inviter typed it, and no Right.
	Room Room `json:"room,omitzero"`
	// ReplyTo is where the inviter alone can be answered; empty when there is no such
	// place. It is a secret: anyone who has it can speak to the inviter as the bot.
	ReplyTo string `json:"reply_to,omitempty"`
	// Retry says that a refused request is tried again: ReplyTo leads to the refusal, which the
	// answer replaces.
	Retry bool `json:"retry,omitempty"`
	// Direct says that the channel is a conversation between people.
	Direct bool `json:"direct,omitempty"`
}

// Invitation is one accepted request and all that became of it.
type Invitation struct {
	ID ID
	Request
	Accepted time.Time
	Expires  time.Time
	Stage    Stage
	// Link is the portal's invite link, a secret: anyone who has it can join. There is none before the portal was
	// asked, and after it was revoked.
	Link    string
	Card    Card
	Refusal Refusal
	// Withheld is why the invitation gives out no link at present: its place or its inviter no
	// longer qualifies. Extending it, which asks again, ends that.
	Withheld Refusal
	// Closed says that only who is on the list can join.
	Closed bool
	// Approval is what became of the request for approval, if there was one.
	Approval Approval
	// Strangers are accounts that may have come by the invitation's link.
	Strangers []Stranger
	// EndedBy is who cancelled the invitation; empty when its card was found deleted.
	EndedBy  ChatUser
	Invitees []Invitee
	// Parked is why nothing can be posted in the channel at present; empty when it can.
	// The tracker fills it in for those who ask.
	Parked Reason
	// Waited says that the inviter sees an earlier word about this, a note that it takes a while or a
	// refusal that they have tried again: what they are told takes its place. The tracker fills it in.
	Waited bool

	// Revision counts what a reader of the card would notice.
	Revision int
	// NotLinked is why the portal gives no link in place of the one that was revoked.
	NotLinked Refusal
	// NotShared is why the room was not given to someone who joined.
	NotShared Refusal
	// NotEmailed is why the portal did not invite someone by email.
	NotEmailed Refusal
	// LeftOut are people who were named and cannot be invited.
	LeftOut []Refusal
	// Begun are the effects that were begun and are not yet known to have taken place.
	Begun []Begun
	// Hurried says that a welcome is put off and the thread does not wait for it. The tracker sets it.
	Hurried bool

	shown      int     // the revision that the card shows
	told       bool    // the last word of this invitation was said
	gone       bool    // the card was deleted
	ended      instant // when it was cancelled, or its inviter heard that it was refused
	nudged     instant // when reminders were last asked for
	sent       []sentMessage
	revoked    int  // the revision in which its link was last revoked
	handed     bool // the inviter has the link for people whom only they can reach
	forewarned bool // the inviter knows that it ends soon
	excused    bool // the inviter knows of NotShared
	unlinked   bool // the inviter knows of NotLinked
	// extended is true once someone extended it: extending it again within a minute is a second click.
	extended bool
}

// Invitee is one person tracked under one invitation.
type Invitee struct {
	// ID is unique within the invitation and never changes.
	ID string
	Person
	// Also are other addresses that are theirs as well: an account under any of them is theirs.
	Also []string
	// Claimed is true for someone who pressed Join without having been named.
	Claimed bool
	// Opened is true for someone who pressed Join, and so has the link open.
	Opened bool
	Since  time.Time
	State  State
	// Member is the portal's account, once one was seen.
	Member Member
	// Elsewhere says that another open invitation awaits them as well. The tracker fills it in for
	// TellPreflight.
	Elsewhere bool
	// VouchedBy is who said that the account is theirs; empty when its address says so.
	VouchedBy ChatUser
	// Already is true for someone who was active before being invited.
	Already bool
	// Shared is what became of giving them the invitation's room; "" before it was tried.
	Shared Outcome
	// Emailed is what became of having the portal invite them by email; "" before it was tried.
	Emailed Outcome
	// Delivered counts the links that were sent directly.
	Delivered uint8
	// Reminded counts the reminders; Muted is true for who does not want any.
	Reminded uint8
	Muted    bool

	host          bool    // this invitation is the one that welcomes them
	congratulated bool    // the portal was asked to welcome them, whatever it answered
	greeted       bool    // the direct message was sent, or is not to be
	reported      bool    // their removal was said in the thread
	delivered     bool    // the invitation's link was sent
	resend        bool    // the portal is to send them its email again
	resent        instant // when it last did
	moved         instant // when they last came a step further, or fell back
	remindedAt    instant
}

// Pending reports whether the portal is still to be watched for this invitee.
func (v Invitee) Pending() bool { return v.State == Awaited || v.State == Registered }

// Disabled reports whether the account was switched off: it may be enabled again.
func (v *Invitee) Disabled() bool { return v.State == Removed && v.Member.Standing == Disabled }

// Watched reports whether the portal may still show something new of the invitee.
func (v *Invitee) Watched() bool { return v.Pending() || v.Disabled() }

// Unidentified reports whether the chat has yet to be asked about the invitee.
func (v *Invitee) Unidentified() bool { return v.Pending() && (v.Email == "" || v.Unasked) }

// Joined reports whether the invitee has an active account at the portal.
func (v Invitee) Joined() bool {
	return slices.Contains([]State{Active, AlreadyMember, Welcomed, Confirmed}, v.State)
}

// Moved returns when the invitee last came a step further, or fell back.
func (v *Invitee) Moved() time.Time { return v.moved.time() }

// instant is a time in a third of the room, for what there is one of for each invitee.
type instant int64

func at(t time.Time) instant { return instant(t.UnixNano()) }

// time returns the zero time for what never was.
func (i instant) time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(i))
}

// Ready returns since when the invitation could be carried out.
func (inv *Invitation) Ready() time.Time {
	if inv.Approval.Approved {
		return inv.Approval.decided.time()
	}
	return inv.Accepted
}

// Find returns the invitee who is this person: the same chat user or the same address.
func (inv *Invitation) Find(person Person) *Invitee {
	for i := range inv.Invitees {
		if v := &inv.Invitees[i]; v.Is(person) {
			return v
		}
	}
	return nil
}

// Invitee returns the invitee of that id; nil when there is none.
func (inv *Invitation) Invitee(id string) *Invitee {
	for i := range inv.Invitees {
		if inv.Invitees[i].ID == id {
			return &inv.Invitees[i]
		}
	}
	return nil
}

// InviteeID names an invitee after who they are, so that the same person claimed twice at
// once gets one name. It shows no email address: it stands in logs.
func InviteeID(person Person) string {
	if person.ChatUser != "" {
		return string(person.ChatUser)
	}
	sum := sha256.Sum256([]byte(FoldEmail(person.Email)))
	return "mail-" + hex.EncodeToString(sum[:6])
}

// Clone returns a copy that shares nothing the tracker will change.
func (inv *Invitation) Clone() Invitation {
	c := *inv
	c.Invitees, c.Begun = slices.Clone(inv.Invitees), slices.Clone(inv.Begun)
	return c
}

// Open reports whether the invitation is on a card that people can still join by.
func (inv Invitation) Open() bool { return inv.Stage == Posted }

// Private reports whether the link is for the people named and no one else: their role was approved
// for them. Its card shows no link, and its list stays closed.
func (inv Invitation) Private() bool { return inv.Approval.Approved && len(inv.Approval.People) > 0 }

// Names reports whether the person was named on the invitation's list.
func (inv Invitation) Names(person Person) bool {
	v := inv.Find(person)
	return v != nil && !v.Claimed
}

// AllIn reports whether the invitation is only for the people on its list, and all of them have joined.
func (inv *Invitation) AllIn() bool {
	return inv.namesItsPeople() && len(inv.Invitees) > 0 && !slices.ContainsFunc(inv.Invitees, func(v Invitee) bool { return !v.Joined() })
}

// Invites reports whether the invitation still lets people in, be it by its link or by the portal's emails.
func (inv Invitation) Invites() bool {
	return (inv.Stage == Linked || inv.Stage == Posted) && inv.Withheld.Reason == ""
}

// GivesLink reports whether people can be given the invitation's link: it invites, and has one.
func (inv Invitation) GivesLink() bool { return inv.Invites() && inv.Link != "" }

// LacksLink reports whether the invitation invites, and its link was revoked without there being a new one yet.
func (inv Invitation) LacksLink() bool { return inv.Invites() && inv.Link == "" }

// Missing returns the invitees who have not become active, in the order they came.
func (inv Invitation) Missing() []Invitee {
	var missing []Invitee
	for _, v := range inv.Invitees {
		if !v.Joined() && v.State != Removed {
			missing = append(missing, v)
		}
	}
	return missing
}

// CountMissing returns how many those are.
func (inv Invitation) CountMissing() (n int) {
	for i := range inv.Invitees {
		if v := &inv.Invitees[i]; !v.Joined() && v.State != Removed {
			n++
		}
	}
	return n
}
