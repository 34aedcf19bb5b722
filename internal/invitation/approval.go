package invitation

import (
	"time"
)

// An invitation whose role is not its inviter's to give waits, once its request for approval was
// posted, for someone's decision. The first decision counts; whether they may is for the
// caller of Decide to say.
const (
	// approvalLife is how long a request for approval waits: over a weekend, and a day.
	approvalLife = 72 * time.Hour
	// decidedFor is how long a decision is known, so that someone who decides as well hears who was
	// first.
	decidedFor = 10 * time.Minute
)

// Approval is what became of a request for approval.
type Approval struct {
	// Card is where the approval was asked for.
	Card Card
	// People are those who are to be invited.
	People []Person
	// By is who decided; empty while no one has.
	By       ChatUser
	Approved bool
	// Until is when the request expires.
	Until time.Time

	decided instant // or expired
	shown   bool    // the request's card shows what became of it
	told    bool    // the requester knows that the invitation is posted
}

// Waits reports whether the invitation waits for a decision.
func (inv Invitation) Waits() bool { return inv.Stage == Asked }

// ask makes the invitation wait for a decision.
func (inv *Invitation) ask(e Entry) {
	if inv.Stage != Accepted || inv.WasAsked() {
		return
	}
	inv.Stage, inv.Approval = Asked, Approval{People: e.People, Until: e.At.Add(approvalLife)}
	if e.Room != nil { // as the portal knows it: what is approved is this one, whatever its title is by then
		inv.Room = *e.Room
	}
}

// decide makes someone's decision true. One that comes after another changes nothing.
func (inv *Invitation) decide(e Entry) {
	if inv.Stage != Asked {
		return
	}
	inv.Approval.By, inv.Approval.Approved, inv.Approval.decided = e.By, e.Kind == KindApproved, at(e.At)
	if e.Card != nil && e.Card.Message != "" && inv.Approval.Card.Message == "" {
		inv.Approval.Card = *e.Card
		inv.abandon(EffectRequest, "")
	}
	if e.Kind == KindDenied {
		inv.Stage, inv.Refusal = Refused, Refusal{Reason: Denial, About: string(e.By)}
		return
	}
	inv.Stage, inv.Expires = Accepted, e.Expires // the place and the people are looked at again
}

// owedWhileAsked returns what is owed while no one has decided.
func (inv *Invitation) owedWhileAsked(now time.Time) []Step {
	switch {
	case !now.Before(inv.Approval.Until):
		return []Step{{Kind: StepExpireAsked}}
	case inv.Approval.Card.Message == "":
		return []Step{{Kind: StepAsk}}
	}
	return nil
}

// owesOutcome reports whether the request's card has yet to show what became of the request. Approval is
// not the end of it: the invitation can still fail.
func (inv *Invitation) owesOutcome() bool {
	return inv.Stage != Asked && inv.Approval.Card.Message != "" && !inv.Approval.shown
}

// isDecidedLately reports whether an approver may still press a button of the request, and wants to know
// who decided.
func (inv *Invitation) isDecidedLately(now time.Time) bool {
	return inv.Approval.Card.Message != "" && now.Sub(inv.Approval.decided.time()) < decidedFor
}

// WasAsked reports whether the invitation needed approval.
func (inv Invitation) WasAsked() bool { return !inv.Approval.Until.IsZero() }
