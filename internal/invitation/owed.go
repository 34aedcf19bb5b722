package invitation

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// lastWords is how long after its end an invitation still tries to say what it owes, and can be
// extended: a channel that could not be posted to for so long is not waited for.
const lastWords = 7 * 24 * time.Hour

// retryFor is how long a refused invitation is known after its inviter heard why, so that they can try
// the same again without typing it.
const retryFor = time.Hour

// Step is one thing that the invitation still owes someone.
type Step struct {
	Kind    StepKind
	Invitee string
	Group   string // of a confirmation, emails and rooms: the invitees it is about
}

// Invitees returns the ids of those whom a group names.
func (s Step) Invitees() []string { return splitGroup(s.Group) }

// StepKind says what is to be done.
type StepKind string

// The kinds of steps.
const (
	StepVet         StepKind = "vet"             // may the inviter, and who are the people?
	StepAsk         StepKind = "ask_approval"    // post the request for approval
	StepExpireAsked StepKind = "expire_request"  // no one has decided in time
	StepAnswer      StepKind = "answer_request"  // show on the request what became of it
	StepFetchLink   StepKind = "fetch_link"      // from the portal
	StepPostCard    StepKind = "post_card"       //
	StepTellInviter StepKind = "tell_inviter"    // why it was refused
	StepExpire      StepKind = "expire"          //
	StepUpdateCard  StepKind = "update_card"     //
	StepIdentify    StepKind = "identify"        // ask the chat who the invitee is
	StepWelcome     StepKind = "welcome"         // ask the portal to welcome the invitee
	StepGreet       StepKind = "greet"           // welcome the invitee in a direct message
	StepConfirm     StepKind = "confirm"         // say in the thread who is active
	StepReport      StepKind = "report_removed"  // say in the thread whose account was removed
	StepEnd         StepKind = "say_ended"       // say in the thread who is missing at the end
	StepAskWho      StepKind = "ask_who"         // ask the inviter who a stranger is
	StepDeliver     StepKind = "deliver_link"    // to the invitee
	StepHandOver    StepKind = "hand_over_link"  // to the inviter, for people whom only they can reach
	StepAnnounce    StepKind = "announce"        // tell the inviter that their request was approved
	StepEndingSoon  StepKind = "say_ending_soon" // to the inviter, with people missing
	StepEmail       StepKind = "invite_by_email" // ask the portal to invite those whom only the inviter can reach
	StepResend      StepKind = "resend_email"    // ask the portal to send its emails again
	StepShare       StepKind = "share_room"      // give the room to those who are active
	StepNotShared   StepKind = "say_not_shared"  // tell the inviter why the room was not given to someone
	StepNotLinked   StepKind = "say_not_linked"  // tell the inviter why there is no new link
	StepRemind      StepKind = "remind"          //
	StepTakeBack    StepKind = "take_back"       // the buttons of direct messages that are of no use any more
	StepFinish      StepKind = "finish"          // nothing will be owed again
)

// Policy is what the operator's settings add to what is owed.
type Policy struct {
	// Deliver says that everyone who was named gets the link directly.
	Deliver bool
	// Remind says that people who do not move are reminded.
	Remind bool
	// Email says that the portal invites those by email whom the chat does not know.
	Email bool
}

// Owed returns what the invitation owes at the time now, most urgent first. Steps that
// depend on one another are never owed together; those that are may be done in any order,
// and one that fails need not stop the rest. The card is updated before the thread speaks:
// a deleted card is found out by the update, and only by it.
func (inv *Invitation) Owed(now time.Time, p Policy) []Step {
	steps := inv.owedByStage(now, p)
	last := inv.owedTakeBacks()
	if inv.owesOutcome() {
		last = append(last, Step{Kind: StepAnswer})
	}
	if len(last) > 0 {
		steps = slices.DeleteFunc(steps, func(s Step) bool { return s.Kind == StepFinish })
		steps = append(steps, last...)
	}
	steps = append(steps, inv.owedLinks(p.Deliver)...)
	if p.Remind {
		steps = append(steps, inv.owedReminders(now)...)
	}
	return steps
}

// NextLook returns when the invitation comes to owe something that it does not owe at the time now; zero
// when only an entry can change that.
func (inv *Invitation) NextLook(now time.Time, p Policy) (next time.Time) {
	decided, ended := inv.Approval.decided.time(), inv.ended.time()
	times := []time.Time{
		inv.Approval.Until, decided.Add(decidedFor), inv.Expires,
		inv.Expires.Add(-endingSoon), ended.Add(cancelledFor), ended.Add(retryFor), inv.Expires.Add(lastWords),
	}
	if p.Remind {
		times = append(times, inv.nextReminder(now))
	}
	for _, at := range times {
		if now.Before(at) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

func (inv *Invitation) owedByStage(now time.Time, p Policy) []Step {
	switch inv.Stage {
	case Asked:
		return inv.owedWhileAsked(now)
	case Expired:
		if now.Sub(inv.Expires) >= lastWords {
			return []Step{{Kind: StepFinish}}
		}
	case Accepted:
		return []Step{{Kind: StepVet}}
	case Admitted:
		return []Step{{Kind: StepFetchLink}}
	case Linked:
		if inv.awaitsLink() {
			return []Step{{Kind: StepFetchLink}}
		}
		return []Step{{Kind: StepPostCard}}
	case Refused:
		if !inv.told {
			return []Step{{Kind: StepTellInviter}}
		}
		if inv.isDecidedLately(now) || inv.Refusal.Reason.MayPass() && now.Sub(inv.ended.time()) < retryFor {
			return nil
		}
		return []Step{{Kind: StepFinish}}
	case Cancelled:
		if now.Sub(inv.Expires) >= lastWords {
			return []Step{{Kind: StepFinish}}
		}
		return inv.owedAfterCancel(now)
	}

	if inv.Stage == Posted && !now.Before(inv.Expires) {
		return []Step{{Kind: StepExpire}}
	}
	var steps []Step
	if inv.awaitsLink() { // before the card is updated: it is updated once if the link comes at once
		steps = append(steps, Step{Kind: StepFetchLink})
	}
	if inv.NotLinked.Reason != "" && !inv.unlinked {
		steps = append(steps, Step{Kind: StepNotLinked})
	}
	if inv.shown < inv.Revision {
		steps = append(steps, Step{Kind: StepUpdateCard})
	}
	steps = append(steps, inv.owedRooms()...)
	steps = append(steps, inv.owedConfirmations()...)
	if p.Email && inv.nextEmail() != "" {
		steps = append(steps, Step{Kind: StepEmail})
	}
	steps = append(steps, inv.owedResends()...)
	if inv.owesHandOver(p.Email) {
		steps = append(steps, Step{Kind: StepHandOver})
	}
	if inv.Open() && inv.Approval.Approved && !inv.Approval.told {
		steps = append(steps, Step{Kind: StepAnnounce})
	}
	if inv.Open() {
		steps = append(steps, inv.owedToInviter()...)
	}
	if inv.endsSoon(now) {
		steps = append(steps, Step{Kind: StepEndingSoon})
	}
	for i := range inv.Invitees {
		if kind := inv.Invitees[i].owed(inv.awaitsRoom(&inv.Invitees[i])); kind != "" {
			steps = append(steps, Step{Kind: kind, Invitee: inv.Invitees[i].ID})
		}
	}
	if inv.Stage == Expired {
		switch {
		case inv.over(): // as the card shows
			if len(steps) == 0 {
				steps = append(steps, Step{Kind: StepFinish})
			}
		case !inv.told:
			steps = append(steps, Step{Kind: StepEnd})
		}
	}
	return steps
}

// endingSoon is how long before the end the inviter hears of it, while there is time to extend the invitation or
// to write to those who are missing. One that is short from the start is not worth a word of its own.
const endingSoon = 24 * time.Hour

// endsSoon reports whether the inviter is to hear that the invitation ends with people missing.
func (inv *Invitation) endsSoon(now time.Time) bool {
	return inv.Open() && !inv.forewarned && inv.CountMissing() > 0 && !now.Before(inv.Expires.Add(-endingSoon)) &&
		inv.Expires.Sub(inv.Ready()) > 2*endingSoon
}

// owedAfterCancel returns what is still owed when an invitation was ended: a welcome to those who
// are in, and in the channel the card alone, if it is there.
func (inv *Invitation) owedAfterCancel(now time.Time) []Step {
	var steps []Step
	if !inv.gone && inv.shown < inv.Revision {
		steps = append(steps, Step{Kind: StepUpdateCard})
	}
	for i := range inv.Invitees {
		v := &inv.Invitees[i]
		if kind := v.owed(false); kind == StepWelcome || kind == StepGreet || kind == StepIdentify {
			steps = append(steps, Step{Kind: kind, Invitee: v.ID})
		}
	}
	if len(steps) == 0 && now.Sub(inv.ended.time()) >= cancelledFor {
		steps = append(steps, Step{Kind: StepFinish})
	}
	return steps
}

// cancelledFor is how long a cancelled invitation is known, so that someone who presses its buttons
// all the same hears who cancelled it.
const cancelledFor = 10 * time.Minute

const (
	// groupMax is how many people one confirmation names.
	groupMax = 30
	// crowd is how many may become active together and still be welcomed one by one before
	// the thread names them.
	crowd = 3
)

// owedConfirmations returns a step for every confirmation that was begun, and one for
// everyone else who can be confirmed by now.
func (inv *Invitation) owedConfirmations() []Step {
	var steps []Step
	for _, b := range inv.Begun {
		if b.Effect == EffectConfirmation {
			steps = append(steps, Step{Kind: StepConfirm, Group: b.Group})
		}
	}
	if inv.NextGroup(StepConfirm) != "" {
		steps = append(steps, Step{Kind: StepConfirm})
	}
	return steps
}

// NextGroup names the invitees whom the next step of the kind would be about; "" when there are none, or such a
// step is about one at most.
func (inv *Invitation) NextGroup(kind StepKind) string {
	switch kind {
	case StepConfirm:
		return inv.nextConfirmed()
	case StepShare:
		return inv.nextShare()
	case StepEmail:
		return inv.nextEmail()
	case StepResend:
		return inv.nextResend()
	}
	return ""
}

// nextConfirmed names the invitees whom the next confirmation would name.
func (inv *Invitation) nextConfirmed() string {
	welcoming := 0
	for i := range inv.Invitees {
		if inv.Invitees[i].State == Active {
			welcoming++
		}
	}
	var ids []string
	for i := range inv.Invitees {
		v := &inv.Invitees[i]
		if len(ids) < groupMax && v.confirmable(welcoming > crowd || inv.Hurried) && !inv.awaitsRoom(v) && !inv.isBegun(EffectConfirmation, v.ID) {
			ids = append(ids, v.ID)
		}
	}
	return joinGroup(ids)
}

// isBegun reports whether the effect was begun for a group with the invitee.
func (inv *Invitation) isBegun(effect Effect, id string) bool {
	return slices.ContainsFunc(inv.Begun, func(b Begun) bool {
		return b.Effect == effect && slices.Contains(splitGroup(b.Group), id)
	})
}

// joinGroup and splitGroup turn invitees' ids into the name of a group and back. No id holds
// a comma.
func joinGroup(ids []string) string { return strings.Join(ids, ",") }

func splitGroup(group string) []string {
	if group == "" {
		return nil
	}
	return strings.Split(group, ",")
}

// members returns the invitees of a group.
func (inv *Invitation) members(group string) []Invitee {
	var all []Invitee
	for _, id := range splitGroup(group) {
		if v := inv.Invitee(id); v != nil {
			all = append(all, *v)
		}
	}
	return all
}

// confirmable reports whether the thread may say that the invitee is active. A few are welcomed
// first; in a crowd that would keep the thread waiting for minutes.
func (v *Invitee) confirmable(inCrowd bool) bool {
	return v.State == Welcomed || v.State == AlreadyMember || inCrowd && v.State == Active
}

// owed returns the next thing owed to or about the invitee, except the confirmation, or "". Someone who is yet to
// get the room is not welcomed before that.
func (v *Invitee) owed(awaitsRoom bool) StepKind {
	switch v.State {
	case Awaited, Registered:
		if v.Unidentified() {
			return StepIdentify
		}
	case Active, Confirmed:
		switch {
		case !v.host:
		case v.Unasked: // whom to welcome
			return StepIdentify
		case !v.congratulated:
			return StepWelcome
		case !v.greeted && !awaitsRoom:
			return StepGreet
		}
	case Removed:
		if !v.reported {
			return StepReport
		}
	}
	return ""
}

// Welcomes reports whether the step leads to an invitee's welcome.
func (inv *Invitation) Welcomes(s Step) bool {
	v := inv.Invitee(s.Invitee)
	return s.Kind == StepWelcome || s.Kind == StepGreet || s.Kind == StepIdentify && v != nil && v.Joined()
}

// Missed reports whether the invitation has ended before everyone had joined, and can still be extended.
func (inv *Invitation) Missed() bool { return inv.Stage == Expired && !inv.over() }

// over reports whether an expired invitation has no one left to extend it for.
func (inv *Invitation) over() bool { return len(inv.Invitees) > 0 && inv.CountMissing() == 0 }

// About returns whom a step is about.
func (inv *Invitation) About(s Step) []Invitee {
	if found := inv.Stranger(MemberID(s.Invitee)); s.Kind == StepAskWho && found != nil {
		return []Invitee{found.Identity()}
	}
	if found := inv.Invitee(s.Invitee); found != nil {
		return []Invitee{*found}
	}
	return inv.members(cmp.Or(s.Group, inv.NextGroup(s.Kind)))
}

// AwaitsThread reports whether the thread is yet to say that the invitee is active.
func (v *Invitee) AwaitsThread(inv *Invitation) bool {
	return (inv.Stage == Posted || inv.Stage == Expired) && v.Joined() && v.State != Confirmed
}
