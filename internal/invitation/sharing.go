package invitation

import (
	"slices"
	"time"
)

// An invitation to a room gives the room to each of its people once they are active. The portal tells who has
// it, so a step looks before it gives; that way it is given once without being announced, and no one loses a
// right that is worth more.

// sharedAtOnce is how many people one step gives the room to.
const sharedAtOnce = 100

// awaitsRoom reports whether the invitee is yet to get the room that the invitation is for.
func (inv *Invitation) awaitsRoom(v *Invitee) bool {
	return inv.Room.ID != "" && v.Joined() && v.State != Confirmed && v.Shared == ""
}

// owedRooms returns what is owed because of the invitation's room.
func (inv *Invitation) owedRooms() []Step {
	var steps []Step
	if inv.nextShare() != "" {
		steps = append(steps, Step{Kind: StepShare})
	}
	if inv.NotShared.Reason != "" && !inv.excused {
		steps = append(steps, Step{Kind: StepNotShared})
	}
	return steps
}

// nextShare names the invitees to whom the room is given next.
func (inv *Invitation) nextShare() string {
	var ids []string
	for i := range inv.Invitees {
		if v := &inv.Invitees[i]; len(ids) < sharedAtOnce && inv.awaitsRoom(v) {
			ids = append(ids, v.ID)
		}
	}
	return joinGroup(ids)
}

// share notes what became of giving the room to some. The inviter hears the first reason why not.
func (inv *Invitation) share(e Entry) {
	for _, id := range e.Invitees {
		if v := inv.Invitee(id); v != nil && inv.awaitsRoom(v) {
			v.Shared = e.Outcome
		}
	}
	if e.Refusal != nil && inv.NotShared.Reason == "" {
		inv.NotShared = *e.Refusal
	}
}

// Emailable reports whether the portal can invite people to this by email: a guest only to a room
// (docs/facts/docspace.md, "Email invitations").
func (inv *Invitation) Emailable() bool { return inv.Role != Guest || inv.Room.ID != "" }

// emailedAtOnce is how many people one step has the portal invite by email: as many as one look-up finds.
const emailedAtOnce = 50

// nextEmail names the invitees whom the portal is to invite by email next. While the chat is being asked who is who,
// that waits for a full group.
func (inv *Invitation) nextEmail() string {
	if !inv.Open() || !inv.Invites() || !inv.Emailable() {
		return ""
	}
	var ids []string
	for i := range inv.Invitees {
		if v := &inv.Invitees[i]; len(ids) < emailedAtOnce && v.Untold() && v.Emailed == "" && !v.Unasked {
			ids = append(ids, v.ID)
		}
	}
	if len(ids) < emailedAtOnce && inv.Unidentified() > 0 {
		return ""
	}
	return joinGroup(ids)
}

// email notes what became of having the portal invite some by email.
func (inv *Invitation) email(e Entry) {
	for _, id := range e.Invitees {
		if v := inv.Invitee(id); v != nil {
			v.Emailed = e.Outcome
		}
	}
	if e.Refusal != nil {
		inv.NotEmailed = *e.Refusal
	}
	inv.Revision++
}

// owedResends returns a step for the emails that are to be sent again, and one for each such request that was begun.
func (inv *Invitation) owedResends() []Step {
	if !inv.Open() || !inv.Invites() {
		return nil
	}
	var steps []Step
	for _, b := range inv.Begun {
		if b.Effect == EffectResend {
			steps = append(steps, Step{Kind: StepResend, Group: b.Group})
		}
	}
	if inv.nextResend() != "" {
		steps = append(steps, Step{Kind: StepResend})
	}
	return steps
}

// nextResend names the invitees to whom the portal is to send its email again.
func (inv *Invitation) nextResend() string {
	var ids []string
	for i := range inv.Invitees {
		if v := &inv.Invitees[i]; v.resend && v.AwaitsEmail() && !inv.isBegun(EffectResend, v.ID) {
			ids = append(ids, v.ID)
		}
	}
	return joinGroup(ids)
}

// AwaitsEmail reports whether the invitee is to open an email from the portal: an invitation, or the one that
// confirms their address.
func (v *Invitee) AwaitsEmail() bool {
	return v.State == Registered || v.State == Awaited && v.Member.Standing == Invited
}

// Resending reports whether the portal is about to be asked to send the invitee its email again.
func (v *Invitee) Resending() bool { return v.resend }

// ResendGap is the shortest time between two emails again to one person. The portal takes five requests in fifteen
// minutes (docs/facts/docspace.md, "Rate limits").
const ResendGap = 15 * time.Minute

// resendable reports whether the portal can be asked now to send the invitee its email again.
func (v *Invitee) resendable(now time.Time) bool {
	return v.AwaitsEmail() && !v.resend && now.Sub(v.resent.time()) >= ResendGap
}

// askResend notes who is to get the portal's email again.
func (inv *Invitation) askResend(e Entry) {
	for i := range inv.Invitees {
		if v := &inv.Invitees[i]; (e.Invitee == "" || e.Invitee == v.ID) && v.resendable(e.At) {
			v.resend = true
		}
	}
}

// resend notes that the portal was asked to send its email again. Where it would not, it can be asked again at once.
func (inv *Invitation) resend(e Entry) {
	for _, id := range e.Invitees {
		v := inv.Invitee(id)
		if v == nil {
			continue
		}
		if v.resend = false; e.Outcome == Done || e.Outcome == Doubted {
			v.resent = at(e.At)
		}
	}
}

// abandonResends forgets that emails were to be sent again: the invitation gives out nothing any more.
func (inv *Invitation) abandonResends() {
	inv.abandon(EffectResend, "")
	for i := range inv.Invitees {
		inv.Invitees[i].resend = false
	}
}

// Resend has the portal send its email again: to the invitee, or without one to everyone who has yet to open
// one. None is returned when there is no one to send it to, or it was sent within fifteen minutes. Reasons: NotYet,
// InvitationOver.
func (inv *Invitation) Resend(by ChatUser, invitee string, now time.Time) (Entry, error) {
	if !inv.Open() {
		return Entry{}, inv.refuses()
	}
	if !inv.Invites() || !slices.ContainsFunc(inv.Invitees, func(v Invitee) bool {
		return (invitee == "" || invitee == v.ID) && v.resendable(now)
	}) {
		return Entry{}, nil
	}
	return Entry{Kind: KindResend, Invitee: invitee, By: by}, nil
}
