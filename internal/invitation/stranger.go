package invitation

import (
	"slices"
	"time"
)

// Stranger is an account of which an invitation's inviter is asked whose it is.
type Stranger struct {
	Member Member
	At     time.Time
	// Unexpected says that the invitation named its people, or that its list was closed.
	Unexpected bool
	// By is the inviter who settled whose it is, and Invitee the answer: empty for no one on the list.
	By      ChatUser
	Invitee string

	asked bool // the inviter was asked
}

// Identity returns the stranger as far as messages about them are told apart.
func (s Stranger) Identity() Invitee { return Invitee{ID: string(s.Member.ID), Since: s.At} }

// Stranger returns what is known of the account as a stranger; nil when it is none.
func (inv *Invitation) Stranger(id MemberID) *Stranger {
	for i := range inv.Strangers {
		if inv.Strangers[i].Member.ID == id {
			return &inv.Strangers[i]
		}
	}
	return nil
}

// meet takes a stranger in.
func (inv *Invitation) meet(e Entry) {
	if inv.Stranger(e.Member.ID) == nil {
		inv.Strangers = append(slices.Clone(inv.Strangers), Stranger{Member: *e.Member, At: e.At, Unexpected: inv.namesItsPeople()})
	}
}

// change changes what is known of a stranger, in a list of its own: copies share the old one.
func (inv *Invitation) change(id MemberID, change func(*Stranger)) {
	inv.Strangers = slices.Clone(inv.Strangers)
	if s := inv.Stranger(id); s != nil {
		change(s)
	}
}

// namesItsPeople reports whether the invitation is only for the people on its list.
func (inv *Invitation) namesItsPeople() bool {
	return inv.Closed || len(inv.People) > 0 || len(inv.Groups) > 0
}

// attribute ties an account to an invitee on someone's word. The next look at the portal shows
// how far the account is.
func (v *Invitee) attribute(e Entry) (changed bool) {
	if !v.Attributable() {
		return false
	}
	if v.State == Removed {
		v.State, v.Since, v.reported = Awaited, e.At, false
	}
	v.Member, v.VouchedBy = Member{ID: e.Member.ID, Email: e.Member.Email, Name: e.Member.Name}, e.By
	return true
}

// Attributable reports whether an account may be said to be the invitee's: the portal shows none that
// they could use.
func (v *Invitee) Attributable() bool { return v.State == Awaited && v.Member.ID == "" || v.Disabled() }

// owedToInviter returns a step for each stranger whom the inviter is yet to be asked about.
func (inv *Invitation) owedToInviter() []Step {
	var steps []Step
	for i := range inv.Strangers {
		if s := &inv.Strangers[i]; !s.asked && s.By == "" {
			steps = append(steps, Step{Kind: StepAskWho, Invitee: string(s.Member.ID)})
		}
	}
	return steps
}

// CanGive reports whether the invitation's link can have given the role: a portal that is short of
// paid seats makes a user of a room admin (docs/facts/docspace.md, "Legacy invitation link").
func (inv *Invitation) CanGive(role Role) bool {
	return role == inv.Role || role == User && (inv.Role == RoomAdmin || inv.Role == DocSpaceAdmin)
}
