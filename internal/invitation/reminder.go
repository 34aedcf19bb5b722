package invitation

import (
	"time"
)

// Someone who was named and has not moved is reminded in a direct message, in their own working
// hours, at most twice, and not at all when they say so. The inviter can ask for a reminder
// sooner, which counts as one of the two.
const (
	// remindAfter is how long someone stands still before the first reminder.
	remindAfter = 24 * time.Hour
	// remindAgain is how long after it the second one comes.
	remindAgain = 72 * time.Hour
	// remindGap is the shortest time between two reminders of one person, whichever
	// invitation they are about, and no matter who asks.
	remindGap = 20 * time.Hour
	// remindMost is how often someone is reminded of one invitation.
	remindMost = 2
)

// Reluctance is why someone is not reminded.
type Reluctance string

// Why someone who has not joined is not reminded.
const (
	NotOnChat      Reluctance = "not_on_chat"     // known by an email address alone
	ByEmail        Reluctance = "by_email"        // the same, but an email of the portal's waits for them
	NotNamed       Reluctance = "not_named"       // came of their own accord
	SaidNo         Reluctance = "said_no"         // does not want to be reminded
	TwiceReminded  Reluctance = "twice_reminded"  // has been reminded as often as anyone is
	LatelyReminded Reluctance = "lately_reminded" // has been reminded just now
)

// Reluctances returns every reason, those first that pass.
func Reluctances() []Reluctance {
	return []Reluctance{LatelyReminded, TwiceReminded, SaidNo, NotNamed, NotOnChat, ByEmail}
}

// Reluctance returns why the invitee is not to be reminded at the time now; "" when they may be.
func (v Invitee) Reluctance(now time.Time) Reluctance {
	switch {
	case v.ChatUser == "" && v.AwaitsEmail():
		return ByEmail
	case v.ChatUser == "":
		return NotOnChat
	case v.Claimed:
		return NotNamed
	case v.Muted:
		return SaidNo
	case v.Reminded >= remindMost:
		return TwiceReminded
	case v.RemindedLately(now):
		return LatelyReminded
	}
	return ""
}

// RemindedLately reports whether the invitee has been reminded so recently that no one reminds them now.
func (v *Invitee) RemindedLately(now time.Time) bool { return now.Sub(v.remindedAt.time()) < remindGap }

// remindAt returns when the invitee is to be reminded next; zero when they are not to be.
func (inv *Invitation) remindAt(v *Invitee) (next time.Time) {
	reminded, nudged := v.remindedAt.time(), inv.nudged.time()
	if reluctance := v.Reluctance(reminded.Add(remindGap)); reluctance != "" || !v.Pending() || v.Email == "" ||
		v.State == Awaited && !inv.GivesLink() {
		return time.Time{}
	}
	next = v.moved.time().Add(remindAfter)
	if v.Reminded > 0 {
		next = later(next, reminded.Add(remindAgain))
	}
	if nudged.After(reminded.Add(remindGap)) && nudged.Before(next) {
		next = nudged
	}
	if !next.Before(inv.Expires) {
		return time.Time{}
	}
	return next
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// owedReminders returns the reminders that are due at the time now, and those that were begun.
func (inv *Invitation) owedReminders(now time.Time) []Step {
	if !inv.Open() || !now.Before(inv.Expires) {
		return nil
	}
	var steps []Step
	for i := range inv.Invitees {
		v := &inv.Invitees[i]
		s := Step{Kind: StepRemind, Invitee: v.ID}
		at := inv.remindAt(v)
		if v.State == Awaited && !inv.GivesLink() { // not even one that was begun
			continue
		}
		if !at.IsZero() && !now.Before(at) && !inv.hasStale(v.ID) || !inv.BegunAt(s).IsZero() {
			steps = append(steps, s)
		}
	}
	return steps
}

// nextReminder returns when someone is to be reminded after the time now, or zero.
func (inv *Invitation) nextReminder(now time.Time) (next time.Time) {
	if !inv.Open() {
		return next
	}
	for i := range inv.Invitees {
		if at := inv.remindAt(&inv.Invitees[i]); at.After(now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}
