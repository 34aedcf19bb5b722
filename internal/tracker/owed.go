package tracker

import (
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

// step is one thing that the invitation still owes somebody.
type step struct {
	kind    stepKind
	invitee string
	group   string // of a confirmation that was begun: the invitees it names
}

type stepKind string

const (
	stepVet         stepKind = "vet"
	stepAsk         stepKind = "ask_approval"
	stepExpireAsked stepKind = "lapse"
	stepAnswer      stepKind = "answer_request"
	stepFetchLink   stepKind = "fetch_link"
	stepPostCard    stepKind = "post_card"
	stepTellInviter stepKind = "tell_inviter"
	stepExpire      stepKind = "expire"
	stepUpdateCard  stepKind = "update_card"
	stepIdentify    stepKind = "identify"
	stepWelcome     stepKind = "welcome"
	stepGreet       stepKind = "greet"
	stepConfirm     stepKind = "confirm"
	stepReport      stepKind = "report_removed"
	stepEnd         stepKind = "say_ended"
	stepAskWho      stepKind = "ask_who"
	stepDeliver     stepKind = "deliver_link"
	stepHandOver    stepKind = "hand_over_link"
	stepAnnounce    stepKind = "announce"
	stepRemind      stepKind = "remind"
	stepFinish      stepKind = "finish"
)

// owed returns what the invitation owes at the time now, most urgent first. Steps that
// depend on one another are never owed together; those that are may be done in any order,
// and one that fails need not stop the rest. The card is updated before the thread speaks:
// a deleted card is found out by the update, and only by it.
func (inv *Invitation) owed(now time.Time) []step {
	steps := inv.owedByStage(now)
	if inv.owesOutcome() {
		steps = slices.DeleteFunc(steps, func(s step) bool { return s.kind == stepFinish })
		steps = append(steps, step{kind: stepAnswer})
	}
	return steps
}

func (inv *Invitation) owedByStage(now time.Time) []step {
	switch inv.Stage {
	case Asked:
		return inv.owedWhileAsked(now)
	case Expired:
		if now.Sub(inv.Expires) >= lastWords {
			return []step{{kind: stepFinish}}
		}
	case Accepted:
		return []step{{kind: stepVet}}
	case Admitted:
		return []step{{kind: stepFetchLink}}
	case Linked:
		return []step{{kind: stepPostCard}}
	case Refused:
		if !inv.told {
			return []step{{kind: stepTellInviter}}
		}
		if inv.isDecidedLately(now) || inv.Refusal.Reason.MayPass() && now.Sub(inv.ended) < retryFor {
			return nil
		}
		return []step{{kind: stepFinish}}
	case Cancelled:
		if now.Sub(inv.Expires) >= lastWords {
			return []step{{kind: stepFinish}}
		}
		return inv.owedAfterCancel(now)
	}

	if inv.Stage == Posted && !now.Before(inv.Expires) {
		return []step{{kind: stepExpire}}
	}
	var steps []step
	if inv.shown < inv.revision {
		steps = append(steps, step{kind: stepUpdateCard})
	}
	steps = append(steps, inv.owedConfirmations()...)
	if inv.owesHandOver() {
		steps = append(steps, step{kind: stepHandOver})
	}
	if inv.Open() && inv.Approval.Approved && !inv.Approval.told {
		steps = append(steps, step{kind: stepAnnounce})
	}
	if inv.Open() {
		steps = append(steps, inv.owedToInviter()...)
	}
	for i := range inv.Invitees {
		if kind := inv.Invitees[i].owed(); kind != "" {
			steps = append(steps, step{kind: kind, invitee: inv.Invitees[i].ID})
		}
	}
	if inv.Stage == Expired {
		switch {
		case !inv.told:
			steps = append(steps, step{kind: stepEnd})
		case len(steps) == 0 && inv.over():
			steps = append(steps, step{kind: stepFinish})
		}
	}
	return steps
}

// owedAfterCancel returns what is still owed when an invitation was ended: a welcome to those who
// are in, and in the channel the card alone, if it is there.
func (inv *Invitation) owedAfterCancel(now time.Time) []step {
	var steps []step
	if !inv.gone && inv.shown < inv.revision {
		steps = append(steps, step{kind: stepUpdateCard})
	}
	for i := range inv.Invitees {
		v := &inv.Invitees[i]
		if kind := v.owed(); kind == stepWelcome || kind == stepGreet || kind == stepIdentify {
			steps = append(steps, step{kind: kind, invitee: v.ID})
		}
	}
	if len(steps) == 0 && now.Sub(inv.ended) >= cancelledFor {
		steps = append(steps, step{kind: stepFinish})
	}
	return steps
}

// cancelledFor is how long a cancelled invitation is known, so that whoever presses its buttons
// all the same hears who cancelled it.
const cancelledFor = 10 * time.Minute

const (
	// groupMax is how many people one confirmation names.
	groupMax = 30
	// crowd is how many may become active together and still be welcomed one by one before
	// the thread names them.
	crowd = 3
)

// owedConfirmations returns a step for every confirmation that was begun, and one for whoever
// else can be confirmed by now.
func (inv *Invitation) owedConfirmations() []step {
	var steps []step
	for _, b := range inv.begun {
		if b.effect == EffectConfirmation {
			steps = append(steps, step{kind: stepConfirm, group: b.group})
		}
	}
	if inv.nextGroup() != "" {
		steps = append(steps, step{kind: stepConfirm})
	}
	return steps
}

// nextGroup names the invitees whom the next confirmation would name; "" when there are none.
func (inv *Invitation) nextGroup() string {
	welcoming := 0
	for i := range inv.Invitees {
		if inv.Invitees[i].State == Active {
			welcoming++
		}
	}
	var ids []string
	for i := range inv.Invitees {
		v := &inv.Invitees[i]
		if len(ids) < groupMax && v.confirmable(welcoming > crowd || inv.hurried) && !inv.isBeingConfirmed(v.ID) {
			ids = append(ids, v.ID)
		}
	}
	return joinGroup(ids)
}

func (inv *Invitation) isBeingConfirmed(id string) bool {
	return slices.ContainsFunc(inv.begun, func(b begun) bool {
		return b.effect == EffectConfirmation && slices.Contains(splitGroup(b.group), id)
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
		if v := inv.invitee(id); v != nil {
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

// owed returns the next thing owed to or about the invitee, except the confirmation, or "".
func (v *Invitee) owed() stepKind {
	switch v.State {
	case Awaited, Registered:
		if v.unidentified() {
			return stepIdentify
		}
	case Active, Confirmed:
		switch {
		case !v.host:
		case v.Unasked: // whom to welcome
			return stepIdentify
		case !v.congratulated:
			return stepWelcome
		case !v.greeted:
			return stepGreet
		}
	case Removed:
		if !v.reported {
			return stepReport
		}
	}
	return ""
}

// welcomes reports whether the step leads to an invitee's welcome.
func (inv *Invitation) welcomes(s step) bool {
	v := inv.invitee(s.invitee)
	return s.kind == stepWelcome || s.kind == stepGreet || s.kind == stepIdentify && v != nil && v.Joined()
}

// over reports whether an expired invitation has no one left to extend it for.
func (inv *Invitation) over() bool { return len(inv.Invitees) > 0 && inv.CountMissing() == 0 }
