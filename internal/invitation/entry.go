package invitation

import "time"

// Kind says what an entry tells.
type Kind string

// The kinds of entries, in the order in which life brings them.
const (
	KindAccepted     Kind = "accepted"     // Request, Expires
	KindAsked        Kind = "asked"        // People, Room, as KindAdmitted; someone else is to approve
	KindRequested    Kind = "requested"    // Card: where approval was asked for
	KindApproved     Kind = "approved"     // By, Card: the request's, Expires
	KindDenied       Kind = "denied"       // By, Card
	KindAnswered     Kind = "answered"     // the request for approval shows what became of it
	KindAdmitted     Kind = "admitted"     // People: those named, as the chat knows them; Room: the one that was asked for
	KindLinked       Kind = "linked"       // Link, or Refusal: why the portal gives none in place of one that was revoked; Revision: what the invitation was when it was asked
	KindPosted       Kind = "posted"       // Card, Revision: what it shows
	KindRefused      Kind = "refused"      // Refusal
	KindTold         Kind = "told"         // the inviter heard of the refusal, or cannot be told
	KindClaimed      Kind = "claimed"      // Person pressed Join
	KindOpened       Kind = "opened"       // Invitee, who was named, pressed Join
	KindIdentified   Kind = "identified"   // Invitee, Person: what the chat knows of them
	KindUnidentified Kind = "unidentified" // Invitee, Refusal: why they cannot be watched for
	KindSeen         Kind = "seen"         // Invitee, Member as the portal shows it, Already, First
	KindStranger     Kind = "stranger"     // Member, who joined and is no one whom an invitation awaits
	KindAskedWho     Kind = "asked_who"    // Invitee: the stranger of whom the inviter was asked who they are
	KindAttributed   Kind = "attributed"   // Invitee, Member: whose account it is, on the word of By
	KindSettled      Kind = "settled"      // Invitee: the stranger, By; Invitees: who that is, if anyone
	KindEmailed      Kind = "emailed"      // Invitees, Outcome of having the portal invite them by email, Refusal: why it did not
	KindResend       Kind = "resend"       // By: everyone whose email from the portal waits gets it again; Invitee: they alone
	KindResent       Kind = "resent"       // Invitees, Outcome of having the portal send its emails again
	KindLost         Kind = "lost"         // Invitee: their account is gone
	KindShared       Kind = "shared"       // Invitees, Outcome of giving them the room, Refusal: why not
	KindNotShared    Kind = "not_shared"   // the inviter knows that the room was not given to everyone
	KindWelcomed     Kind = "welcomed"     // Invitee, Outcome of asking the portal
	KindGreeted      Kind = "greeted"      // Invitee, Outcome of the direct message
	KindConfirmed    Kind = "confirmed"    // Invitees
	KindReported     Kind = "reported"     // Invitee: the thread says that they were removed
	KindShown        Kind = "shown"        // Revision: the card shows it
	KindEndingSoon   Kind = "ending_soon"  // the inviter knows that it ends soon, and who is missing
	KindExpired      Kind = "expired"      //
	KindEnded        Kind = "ended"        // the thread says who is missing
	KindExtended     Kind = "extended"     // Link, Revision, as KindLinked; Expires, By
	KindNudged       Kind = "nudged"       // By: those who are missing are to be reminded soon
	KindReminded     Kind = "reminded"     // Invitee, Outcome of the direct message, Card: where it is, Revision
	KindDelivered    Kind = "delivered"    // Invitee, Outcome of sending them the link, Card: where, Revision: what was to be sent
	KindHandedOver   Kind = "handed_over"  // Outcome: the inviter has the link for those whom only they can reach, Card: where, if it stays, Revision
	KindTakenBack    Kind = "taken_back"   // Invitee, if any: direct messages to them offer nothing any more
	KindAnnounced    Kind = "announced"    // the requester knows that the approved invitation is posted
	KindRevoked      Kind = "revoked"      // By, Revision: the link is dead, and it has none until it is linked again
	KindNotLinked    Kind = "not_linked"   // the inviter knows that there is no new link
	KindWithheld     Kind = "withheld"     // Refusal: why no link is given out any more, until it is extended
	KindMuted        Kind = "muted"        // Invitee, who does not want to be reminded
	KindClosed       Kind = "closed"       // By: only who is on the list can join
	KindReopened     Kind = "reopened"     // By
	KindCancelled    Kind = "cancelled"    // By; without, the card was found deleted
	KindBegun        Kind = "begun"        // Effect, Invitee or Invitees: it is tried from now on
	KindFinished     Kind = "finished"     // nothing will ever be owed again: the last entry of all
	KindVouched      Kind = "vouched"      // Person, Member: whose account it is, on the word of By; of no invitation
	KindUsualRoom    Kind = "usual_room"   // Card: a channel, Room: the one proposed there from now on, By; of no invitation
)

// Kinds returns every kind of entry, in the order in which life brings them.
func Kinds() []Kind {
	return []Kind{
		KindAccepted, KindAsked, KindRequested, KindApproved, KindDenied, KindAnswered, KindAdmitted, KindLinked, KindPosted,
		KindRefused, KindTold, KindClaimed, KindOpened, KindIdentified, KindUnidentified, KindSeen, KindStranger,
		KindAskedWho, KindAttributed, KindSettled, KindEmailed, KindResend, KindResent, KindLost, KindShared, KindNotShared, KindWelcomed, KindGreeted, KindConfirmed, KindReported,
		KindShown, KindEndingSoon, KindExpired, KindEnded, KindExtended, KindNudged, KindReminded, KindDelivered, KindHandedOver, KindTakenBack,
		KindAnnounced, KindRevoked, KindNotLinked, KindWithheld, KindMuted, KindClosed, KindReopened, KindCancelled, KindBegun, KindFinished, KindVouched, KindUsualRoom,
	}
}

// Outcome tells how an attempt ended that is made once and not insisted on.
type Outcome string

// The outcomes of a welcome or a greeting.
const (
	Done    Outcome = "done"
	Denied  Outcome = "denied"  // the other side forbids it
	Failed  Outcome = "failed"  // it went wrong, more than once
	Skipped Outcome = "skipped" // switched off, or no one to greet
	Doubted Outcome = "doubted" // it may have taken place, and is not tried again
)

// Entry is one change of one invitation, as the journal keeps it. Which fields are set
// depends on the kind.
type Entry struct {
	Kind       Kind      `json:"kind"`
	At         time.Time `json:"at"`
	Invitation ID        `json:"invitation"`
	Invitee    string    `json:"invitee,omitempty"`
	Invitees   []string  `json:"invitees,omitempty"`
	Request    *Request  `json:"request,omitempty"`
	Expires    time.Time `json:"expires,omitzero"`
	People     []Person  `json:"people,omitempty"`
	Link       string    `json:"link,omitempty"`
	Room       *Room     `json:"room,omitempty"`
	Card       *Card     `json:"card,omitempty"`
	Refusal    *Refusal  `json:"refusal,omitempty"`
	Person     *Person   `json:"person,omitempty"`
	Member     *Member   `json:"member,omitempty"`
	Already    bool      `json:"already,omitempty"`
	First      bool      `json:"first,omitempty"`
	Outcome    Outcome   `json:"outcome,omitempty"`
	Effect     Effect    `json:"effect,omitempty"`
	Revision   int       `json:"revision,omitempty"`
	By         ChatUser  `json:"by,omitempty"`

	Cause error `json:"-"` // of a refusal, for the log
}

// Whole reports whether the entry has all that its kind cannot do without. One that a journal gives back
// and that is not whole was damaged.
func (e Entry) Whole() bool {
	switch e.Kind {
	case "":
		return false
	case KindAccepted:
		return e.Invitation != "" && e.Request != nil
	case KindRequested, KindPosted:
		return e.Invitation != "" && e.Card != nil
	case KindRefused, KindWithheld:
		return e.Invitation != "" && e.Refusal != nil
	case KindClaimed, KindIdentified:
		return e.Invitation != "" && e.Person != nil
	case KindSeen, KindStranger, KindAttributed:
		return e.Invitation != "" && e.Member != nil
	case KindShared, KindEmailed:
		return e.Invitation != "" && len(e.Invitees) > 0
	case KindUsualRoom:
		return e.Invitation != "" && e.Card != nil && e.Room != nil
	case KindVouched:
		return e.Invitation != "" && e.Person != nil && e.Member != nil
	}
	return e.Invitation != ""
}
