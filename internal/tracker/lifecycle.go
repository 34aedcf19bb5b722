package tracker

import (
	"slices"
	"strings"
	"time"
)

// Stage is how far an invitation has come; doc.go draws the way.
type Stage string

// The stages of an invitation.
const (
	Accepted  Stage = "accepted"  // on the journal; nobody has looked at it yet
	Admitted  Stage = "admitted"  // the inviter may ask this here, and the people are known
	Linked    Stage = "linked"    // the portal gave an invite link
	Posted    Stage = "posted"    // the card is in the channel
	Refused   Stage = "refused"   // it came to nothing, and nothing was posted
	Expired   Stage = "expired"   // its time is over
	Cancelled Stage = "cancelled" // somebody ended it, or its card is gone
)

// State is how far an invitee has come; doc.go draws the way.
type State string

// The states of an invitee.
const (
	Awaited       State = "awaited"        // no account that could be used was seen
	Registered    State = "registered"     // the account's e-mail address is to be confirmed
	Active        State = "active"         // the account is enabled and confirmed
	AlreadyMember State = "already_member" // the account was active before the invitation
	Welcomed      State = "welcomed"       // the welcome was said, or cannot be
	Confirmed     State = "confirmed"      // the thread says that they are active
	Removed       State = "removed"        // the account was disabled or deleted
	Missed        State = "missed"         // the invitation expired first
	Withdrawn     State = "withdrawn"      // the invitation was cancelled first
)

// Kind says what an entry tells.
type Kind string

// The kinds of entries, in the order in which life brings them.
const (
	KindAccepted     Kind = "accepted"     // Request, Expires
	KindAdmitted     Kind = "admitted"     // People: those named, as the chat knows them
	KindLinked       Kind = "linked"       // Link
	KindPosted       Kind = "posted"       // Card, Revision: what it shows
	KindRefused      Kind = "refused"      // Refusal
	KindTold         Kind = "told"         // the inviter heard of the refusal, or cannot be told
	KindClaimed      Kind = "claimed"      // Person pressed Join
	KindOpened       Kind = "opened"       // Invitee, who was named, pressed Join
	KindIdentified   Kind = "identified"   // Invitee, Person: what the chat knows of them
	KindUnidentified Kind = "unidentified" // Invitee: the chat does not tell enough to watch for them
	KindSeen         Kind = "seen"         // Invitee, Member as the portal shows it, Already, First
	KindLost         Kind = "lost"         // Invitee: their account is gone
	KindWelcomed     Kind = "welcomed"     // Invitee, Outcome of asking the portal
	KindGreeted      Kind = "greeted"      // Invitee, Outcome of the direct message
	KindConfirmed    Kind = "confirmed"    // Invitees
	KindReported     Kind = "reported"     // Invitee: the thread says that they were removed
	KindShown        Kind = "shown"        // Revision: the card shows it
	KindExpired      Kind = "expired"      //
	KindEnded        Kind = "ended"        // the thread says who is missing
	KindExtended     Kind = "extended"     // Link, Expires, By
	KindClosed       Kind = "closed"       // By: nobody joins the list of their own accord any more
	KindReopened     Kind = "reopened"     // By
	KindCancelled    Kind = "cancelled"    // By; without, the card was found deleted
	KindBegun        Kind = "begun"        // Effect, Invitee or Invitees: it is tried from now on
	KindFinished     Kind = "finished"     // nothing will ever be owed again: the last entry of all
)

// Outcome tells how an attempt ended that is made once and not insisted on.
type Outcome string

// The outcomes of a welcome or a greeting.
const (
	Done    Outcome = "done"
	Denied  Outcome = "denied"  // the other side forbids it
	Failed  Outcome = "failed"  // it went wrong, more than once
	Skipped Outcome = "skipped" // switched off, or nobody to greet
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
}

// apply makes the entry true of the invitation. It is total: an entry that no longer fits
// (two people's clicks crossed, or the journal tells something twice) changes nothing.
func (inv *Invitation) apply(e Entry) {
	inv.settle(e)
	switch e.Kind {
	case KindBegun:
		inv.begin(e)
	case KindAccepted:
		*inv = Invitation{ID: e.Invitation, Request: *e.Request, Accepted: e.At, Expires: e.Expires, Stage: Accepted}
	case KindAdmitted:
		inv.Stage = Admitted
		for _, person := range e.People {
			inv.add(person, e.At, false)
		}
	case KindLinked:
		inv.Stage, inv.Link = Linked, e.Link
	case KindPosted:
		inv.Stage, inv.Card, inv.shown = Posted, *e.Card, e.Revision
	case KindRefused:
		inv.Stage, inv.Refusal = Refused, *e.Refusal
	case KindTold:
		inv.told = true
	case KindEnded: // unless it was extended while that was being said
		inv.told = inv.told || inv.Stage == Expired
	case KindClaimed:
		inv.claim(*e.Person, e.At)
	case KindIdentified:
		inv.identify(e.Invitee, *e.Person, e.At)
	case KindUnidentified:
		inv.remove(e.Invitee)
	case KindShown:
		inv.shown = max(inv.shown, e.Revision)
	case KindFinished: // there is nothing left to change
	case KindConfirmed:
		for _, id := range e.Invitees {
			if v := inv.invitee(id); v != nil && v.confirmable(true) {
				v.State = Confirmed
			}
		}
	case KindExpired:
		if inv.close(Expired, Missed) {
			inv.told = false
		}
	case KindCancelled:
		inv.gone = inv.gone || e.By == ""
		if inv.close(Cancelled, Withdrawn) {
			inv.EndedBy = e.By
			if e.By != "" {
				inv.ended = e.At
			}
		}
	case KindExtended:
		inv.extend(e.Link, e.Expires)
	case KindClosed, KindReopened:
		if closed := e.Kind == KindClosed; inv.Open() && inv.Closed != closed {
			inv.Closed = closed
			inv.revision++
		}
	default:
		if v := inv.invitee(e.Invitee); v != nil && v.apply(e) {
			inv.revision++
		}
	}
}

// apply makes the entry true of the invitee and tells whether the card shows a change.
func (v *Invitee) apply(e Entry) (visible bool) {
	before := *v
	switch e.Kind {
	case KindSeen:
		v.see(*e.Member, e.Already, e.First)
	case KindLost:
		switch v.State {
		case Registered:
			v.State = Removed
		case Awaited: // an invitation by e-mail was withdrawn: the card's link works again
			v.Member = Member{}
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
	}
	moved := v.State != before.State && (!before.Joined() || !v.Joined())
	return moved || v.Member != before.Member || v.Opened != before.Opened
}

// see moves the invitee to where the account stands. first says that this invitation is the
// one that welcomes them.
func (v *Invitee) see(m Member, already, first bool) {
	if !v.Pending() {
		return
	}
	if m.Role == "" { // not every look tells the role
		m.Role = v.Member.Role
	}
	v.Member = m
	switch m.Standing {
	case Invited:
	case Unconfirmed:
		v.State = Registered
	case Disabled:
		v.State = Removed
	case Enabled:
		switch {
		case already:
			v.State, v.Already = AlreadyMember, true
		case first:
			v.State, v.host = Active, true
		default: // another invitation welcomes this person
			v.State = Welcomed
		}
	}
}

// add takes a person in as an invitee, unless they are one already.
func (inv *Invitation) add(person Person, at time.Time, claimed bool) {
	if inv.find(person) != nil {
		return
	}
	inv.Invitees = append(inv.Invitees, Invitee{
		ID: inviteeID(person), Person: person, Claimed: claimed, Opened: claimed, Since: at, State: Awaited,
	})
	inv.revision++
}

// claim takes in somebody who pressed Join, and gives a removed invitee another chance.
func (inv *Invitation) claim(person Person, at time.Time) {
	v := inv.find(person)
	if v == nil {
		if !inv.Closed {
			inv.add(person, at, true)
		}
		return
	}
	if v.State == Removed {
		v.State, v.Since, v.Member, v.reported = Awaited, at, Member{}, false
		inv.revision++
	}
}

// identify completes an invitee with what the chat knows of them. Somebody who turns out
// to be an invitee already, named by e-mail, becomes one with them.
func (inv *Invitation) identify(id string, person Person, at time.Time) {
	v := inv.invitee(id)
	if v == nil {
		return
	}
	for i := range inv.Invitees {
		named := &inv.Invitees[i]
		if named.ID != id && named.Email != "" && sameEmail(named.Email, person.Email) {
			named.ChatUser, named.Name, named.Opened = person.ChatUser, person.Name, true
			inv.remove(id)
			inv.claim(person, at)
			return
		}
	}
	v.Person = person
	inv.revision++
}

func (inv *Invitation) remove(id string) {
	inv.Invitees = slices.DeleteFunc(inv.Invitees, func(v Invitee) bool { return v.ID == id })
	inv.revision++
}

// close ends the invitation; whoever is still pending ends with it.
// A card may be found deleted after the end.
func (inv *Invitation) close(stage Stage, pending State) (closed bool) {
	if inv.Stage != Posted && (inv.Stage != Expired || stage != Cancelled) {
		return false
	}
	inv.Stage = stage
	for i := range inv.Invitees {
		if inv.Invitees[i].Pending() {
			inv.Invitees[i].State = pending
		}
	}
	inv.revision++
	return true
}

// extend gives the invitation a fresh link and more time. Whoever has missed it is awaited
// again.
func (inv *Invitation) extend(link string, expires time.Time) {
	if !inv.extendable() {
		return
	}
	inv.Stage, inv.Link, inv.Expires, inv.told = Posted, link, expires, false
	inv.begun = slices.DeleteFunc(inv.begun, func(b begun) bool { return b.effect == EffectEnding })
	for i := range inv.Invitees {
		v := &inv.Invitees[i]
		switch {
		case v.State != Missed:
		case v.Member.Standing == Unconfirmed:
			v.State = Registered
		default:
			v.State = Awaited
		}
	}
	inv.revision++
}

func (inv *Invitation) extendable() bool { return inv.Stage == Posted || inv.Stage == Expired }

// over tells whether nobody will want to extend an invitation that has expired.
func (inv *Invitation) over() bool { return len(inv.Invitees) > 0 && len(inv.Missing()) == 0 }

// lastWords is how long after its end an invitation still tries to say what it owes, and can be
// extended: a channel that could not be posted to for so long is not waited for.
const lastWords = 7 * 24 * time.Hour

// step is one thing that the invitation still owes somebody.
type step struct {
	kind    stepKind
	invitee string
	group   string // of a confirmation that was begun: the invitees it names
}

type stepKind string

const (
	stepVet         stepKind = "vet"
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
	stepFinish      stepKind = "finish"
)

// owed returns what the invitation owes at the time now, most urgent first. Steps that
// depend on one another are never owed together; those that are may be done in any order,
// and one that fails need not stop the rest. The card is updated before the thread speaks:
// a deleted card is found out by the update, and only by it.
func (inv *Invitation) owed(now time.Time) []step {
	switch inv.Stage {
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
		if kind := v.owed(); kind == stepWelcome || kind == stepGreet {
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

// confirmable tells whether the thread may say that the invitee is active. Few are welcomed
// first; in a crowd that would keep the thread waiting for minutes.
func (v *Invitee) confirmable(inCrowd bool) bool {
	return v.State == Welcomed || v.State == AlreadyMember || inCrowd && v.State == Active
}

// owed returns the next thing owed to or about the invitee, save for the confirmation, or "".
func (v *Invitee) owed() stepKind {
	switch v.State {
	case Awaited:
		if v.Email == "" {
			return stepIdentify
		}
	case Active, Confirmed:
		switch {
		case !v.host:
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
