package invitation

import (
	"slices"
	"time"
)

// Stage is how far an invitation has come; doc.go draws the way.
type Stage string

// The stages of an invitation.
const (
	Accepted  Stage = "accepted"  // on the journal; no one has looked at it yet
	Asked     Stage = "asked"     // it waits for someone to approve it
	Admitted  Stage = "admitted"  // the inviter may ask this here, and the people are known
	Linked    Stage = "linked"    // the portal gave an invite link
	Posted    Stage = "posted"    // the card is in the channel
	Refused   Stage = "refused"   // it came to nothing, and nothing was posted
	Expired   Stage = "expired"   // its time is over
	Cancelled Stage = "cancelled" // someone ended it, or its card is gone
)

// State is how far an invitee has come; doc.go draws the way.
type State string

// The states of an invitee.
const (
	Awaited       State = "awaited"        // no account that could be used was seen
	Registered    State = "registered"     // the account's email address is to be confirmed
	Active        State = "active"         // the account is enabled and confirmed
	AlreadyMember State = "already_member" // the account was active before the invitation
	Welcomed      State = "welcomed"       // the welcome was said, or cannot be
	Confirmed     State = "confirmed"      // the thread says that they are active
	Removed       State = "removed"        // the account was disabled or deleted
	Missed        State = "missed"         // the invitation expired first
	Withdrawn     State = "withdrawn"      // the invitation was cancelled first
)

// Apply makes the entry true of the invitation. It is total: an entry that no longer fits
// (two people's clicks crossed, or the journal tells something twice) changes nothing.
func (inv *Invitation) Apply(e Entry) {
	inv.forget(e)
	inv.keepSent(e)
	switch e.Kind {
	case KindBegun:
		inv.begin(e)
	case KindAccepted:
		if inv.Stage == "" {
			*inv = Invitation{ID: e.Invitation, Request: *e.Request, Accepted: e.At, Expires: e.Expires, Stage: Accepted}
		}
	case KindAsked:
		inv.ask(e)
	case KindRequested:
		inv.Approval.Card = *e.Card
	case KindApproved, KindDenied:
		inv.decide(e)
	case KindAnswered:
		inv.Approval.shown = true
	case KindAdmitted:
		inv.admit(e)
	case KindRevoked:
		inv.revoke(e)
	case KindLinked:
		inv.link(e)
	case KindPosted:
		if inv.Stage == Linked {
			inv.Stage, inv.Card, inv.shown = Posted, *e.Card, e.Revision
		}
	case KindRefused:
		inv.refuse(e)
	case KindTold:
		if !inv.told {
			inv.told, inv.ended = true, at(e.At)
		}
	case KindEnded: // unless it was extended while that was being said
		inv.told = inv.told || inv.Stage == Expired
	case KindClaimed:
		inv.claim(*e.Person, e.At)
	case KindIdentified:
		inv.identify(e.Invitee, *e.Person, e.At)
	case KindUnidentified:
		inv.leaveOut(e.Invitee, e.Refusal)
	case KindShown:
		inv.shown = max(inv.shown, e.Revision)
	case KindFinished, KindTakenBack: // there is nothing left to change
	case KindConfirmed:
		for _, id := range e.Invitees {
			if v := inv.Invitee(id); v != nil && v.confirmable(true) {
				v.State = Confirmed
			}
		}
	case KindShared:
		inv.share(e)
	case KindNotShared:
		inv.excused = true
	case KindNotLinked:
		inv.unlinked = true
	case KindEmailed:
		inv.email(e)
	case KindResend:
		inv.askResend(e)
	case KindResent:
		inv.resend(e)
	case KindExpired:
		if inv.close(Expired, Missed) {
			inv.told = false
		}
	case KindCancelled:
		inv.gone = inv.gone || e.By == ""
		if inv.close(Cancelled, Withdrawn) {
			inv.EndedBy = e.By
			if e.By != "" {
				inv.ended = at(e.At)
			}
		}
	case KindExtended:
		inv.extend(e)
	case KindStranger:
		inv.meet(e)
	case KindAttributed:
		if e.Person != nil {
			inv.add(*e.Person, e.At, true)
		}
		if v := inv.Invitee(e.Invitee); v != nil && v.attribute(e) {
			v.moved = at(e.At)
			inv.Revision++
		}
	case KindAskedWho:
		inv.change(MemberID(e.Invitee), func(s *Stranger) { s.asked = true })
	case KindSettled:
		inv.abandon(EffectWho, e.Invitee)
		inv.change(MemberID(e.Invitee), func(s *Stranger) { s.By, s.Invitee = e.By, joinGroup(e.Invitees) })
	case KindEndingSoon:
		inv.forewarned = true
	case KindNudged:
		inv.nudged = at(e.At)
	case KindHandedOver:
		inv.handed = !inv.isStale(e)
	case KindDelivered:
		if v := inv.Invitee(e.Invitee); v != nil {
			v.Delivered, v.delivered = v.Delivered+1, !inv.isStale(e)
		}
	case KindAnnounced:
		inv.Approval.told = true
	case KindWithheld:
		inv.withhold(e)
	case KindClosed, KindReopened:
		if closed := e.Kind == KindClosed || inv.Private(); inv.Open() && inv.Closed != closed {
			inv.Closed = closed
			inv.Revision++
		}
	default:
		if v := inv.Invitee(e.Invitee); v != nil && v.apply(e) {
			v.moved = at(e.At)
			inv.Revision++
			if e.Kind == KindLost && v.Untold() { // the inviter is to tell them after all
				inv.handed = false
			}
			if v.State != Removed { // what was begun to be said of a removal is not so any more
				inv.abandon(EffectRemoval, v.ID)
			}
		}
	}
}

func (inv *Invitation) admit(e Entry) {
	if inv.Stage != Accepted {
		return
	}
	inv.Stage, inv.Closed = Admitted, inv.Private()
	if e.Room != nil {
		inv.Room = *e.Room
	}
	for _, person := range e.People {
		inv.add(person, e.At, false)
	}
}

// withhold keeps the link from everyone from now on.
func (inv *Invitation) withhold(e Entry) {
	if !inv.Invites() {
		return
	}
	inv.Withheld = *e.Refusal
	inv.abandon(EffectLink, "")
	inv.abandon(EffectReminder, "")
	inv.abandonResends()
	inv.forgetNotLinked()
	inv.Revision++
}

func (inv *Invitation) refuse(e Entry) {
	inv.abandon(EffectRequest, "") // also of a request that was denied while it was being posted
	if !inv.Unposted() && !inv.Waits() {
		return
	}
	inv.Stage, inv.Refusal = Refused, *e.Refusal
	inv.Approval.decided, inv.Approval.shown = at(e.At), false
}

// apply makes the entry true of the invitee and reports whether the card shows a change.
func (v *Invitee) apply(e Entry) (visible bool) {
	before := *v
	switch e.Kind {
	case KindSeen:
		v.see(*e.Member, e.Already, e.First)
		if before.State == Removed && v.State != Removed { // a story of its own: it may be disabled again
			v.reported, v.Since = false, e.At
		}
	case KindLost:
		switch v.State {
		case Registered:
			v.State = Removed
		case Awaited: // an invitation by email was withdrawn: the card's link works again
			v.Member, v.VouchedBy = Member{}, ""
			if v.Emailed != "" { // they are to be told, and not by email again
				v.Emailed = Failed
			}
		case Removed:
			if v.Disabled() { // and is deleted now
				v.Member.Standing = ""
			}
		}
	case KindOpened:
		v.Opened = true
	case KindWelcomed:
		v.congratulated = true
	case KindGreeted:
		v.greeted = true
		if v.State == Active {
			v.State = Welcomed
		}
	case KindReported:
		v.reported = true
	case KindReminded:
		v.Reminded, v.remindedAt = v.Reminded+1, at(e.At)
	case KindMuted:
		v.Muted = true
	}
	moved := v.State != before.State && (!before.Joined() || !v.Joined())
	return moved || !v.Member.equal(before.Member) || v.Opened != before.Opened
}

// add takes a person in as an invitee, unless they are one already.
func (inv *Invitation) add(person Person, since time.Time, claimed bool) {
	if inv.Find(person) != nil {
		return
	}
	inv.Invitees = append(inv.Invitees, Invitee{
		ID: InviteeID(person), Person: person, Claimed: claimed, Opened: claimed, Since: since, State: Awaited, moved: at(since),
	})
	inv.Revision++
}

// claim adds a person who pressed Join, and gives an invitee whose account is gone another chance.
func (inv *Invitation) claim(person Person, since time.Time) {
	v := inv.Find(person)
	if v == nil {
		if !inv.Closed {
			inv.add(person, since, true)
		}
		return
	}
	if v.State == Removed && !v.Disabled() {
		v.State, v.Since, v.Member, v.reported, v.moved, v.VouchedBy = Awaited, since, Member{}, false, at(since), ""
		inv.abandon(EffectRemoval, v.ID)
		inv.Revision++
	}
}

// identify completes an invitee with what the chat knows of them. Someone who turns out
// to be an invitee already, by their address or as a user, becomes one with them.
func (inv *Invitation) identify(id string, person Person, at time.Time) {
	v := inv.Invitee(id)
	if v == nil {
		return
	}
	claimed := false
	for other := inv.twin(v, person); other != nil; other = inv.twin(v, person) {
		claimed = claimed || v.Claimed
		v = inv.merge(v, other)
	}
	v.Become(person)
	inv.Revision++
	if claimed {
		inv.claim(v.Person, at)
	}
}

// leaveOut takes someone off the list who cannot be watched for. Who was named is told to the
// inviter.
func (inv *Invitation) leaveOut(id string, why *Refusal) {
	v := inv.Invitee(id)
	if v == nil || !v.Pending() {
		return
	}
	if !v.Claimed && why != nil {
		inv.LeftOut = append(inv.LeftOut, *why)
	}
	inv.remove(id)
}

// Unidentified returns how many of those who were named the chat has yet to be asked about.
func (inv Invitation) Unidentified() (n int) {
	for i := range inv.Invitees {
		if v := &inv.Invitees[i]; !v.Claimed && v.Unidentified() {
			n++
		}
	}
	return n
}

func (inv *Invitation) remove(id string) {
	inv.Invitees = slices.DeleteFunc(inv.Invitees, func(v Invitee) bool { return v.ID == id })
	inv.Revision++
}

// close ends the invitation; everyone still pending ends with it.
// A card may be found deleted after the end.
func (inv *Invitation) close(stage Stage, pending State) (closed bool) {
	if inv.Stage != Posted && (inv.Stage != Expired || stage != Cancelled) {
		return false
	}
	inv.Stage = stage
	inv.abandon(EffectReminder, "")
	inv.abandon(EffectLink, "")
	inv.abandon(EffectWho, "")
	inv.abandon(EffectAnnouncement, "")
	inv.abandon(EffectEndingSoon, "")
	inv.abandonResends()
	inv.forgetNotLinked()
	for i := range inv.Invitees {
		if inv.Invitees[i].Pending() {
			inv.Invitees[i].State = pending
		}
	}
	inv.Revision++
	return true
}

// extend gives the invitation more time and a fresh link, unless that was revoked on its way. People who had
// missed it are awaited again.
func (inv *Invitation) extend(e Entry) {
	if !inv.extendable() {
		return
	}
	inv.Stage, inv.Expires, inv.told = Posted, e.Expires, false
	if !inv.isStale(e) {
		inv.Link = e.Link
		inv.forgetNotLinked()
	}
	inv.Withheld, inv.handed, inv.forewarned, inv.extended = Refusal{}, false, false, true
	inv.abandon(EffectEnding, "")
	inv.abandon(EffectEndingSoon, "")
	for i := range inv.Invitees {
		v := &inv.Invitees[i]
		v.delivered = false
		switch {
		case v.State != Missed:
		case v.Member.Standing == Unconfirmed:
			v.State, v.moved = Registered, at(e.At)
		default:
			v.State, v.moved = Awaited, at(e.At)
		}
	}
	inv.Revision++
}

// Unposted reports whether the invitation still waits for its card.
func (inv *Invitation) Unposted() bool {
	return inv.Stage == Accepted || inv.Stage == Admitted || inv.Stage == Linked
}

// OwesInviter reports whether the inviter has neither a card nor an answer yet.
func (inv *Invitation) OwesInviter() bool {
	return inv.Unposted() || inv.Waits() && inv.Approval.Card.Message == "" || inv.Stage == Refused && !inv.told
}

// Stages returns every stage of an invitation.
func Stages() []Stage {
	return []Stage{Accepted, Asked, Admitted, Linked, Posted, Refused, Expired, Cancelled}
}

// States returns every state of an invitee.
func States() []State {
	return []State{Awaited, Registered, Active, AlreadyMember, Welcomed, Confirmed, Removed, Missed, Withdrawn}
}
