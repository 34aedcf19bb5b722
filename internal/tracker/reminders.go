package tracker

import (
	"context"
	"slices"
	"time"
)

// Somebody who was named and has not moved is reminded in a direct message, in their own working
// hours, at most twice, and not at all when they say so. Whoever invited can ask for a reminder
// sooner, which counts as one of the two.
const (
	// remindAfter is how long somebody stands still before the first reminder.
	remindAfter = 24 * time.Hour
	// remindAgain is how long after it the second one comes.
	remindAgain = 72 * time.Hour
	// remindGap is the shortest time between two reminders of one person, whichever of the
	// invitations that await them they are about and whoever asks.
	remindGap = 20 * time.Hour
	// remindMost is how often somebody is reminded of one invitation.
	remindMost = 2
	// remindBusy is how long a reminder waits while the same person is being reminded of
	// another invitation.
	remindBusy = 5 * time.Second
)

// Reluctance is why somebody is not reminded.
type Reluctance string

// Why somebody who has not joined is not reminded.
const (
	NotOnChat      Reluctance = "not_on_chat"     // known by an e-mail address alone
	NotNamed       Reluctance = "not_named"       // came of their own accord
	SaidNo         Reluctance = "said_no"         // does not want to be reminded
	TwiceReminded  Reluctance = "twice_reminded"  // has been reminded as often as anybody is
	LatelyReminded Reluctance = "lately_reminded" // has been reminded just now
)

// Reluctances returns every reason, those first that pass.
func Reluctances() []Reluctance {
	return []Reluctance{LatelyReminded, TwiceReminded, SaidNo, NotNamed, NotOnChat}
}

// Reluctance returns why the invitee is not to be reminded at the time now; "" when they may be.
func (v Invitee) Reluctance(now time.Time) Reluctance {
	switch {
	case v.ChatUser == "":
		return NotOnChat
	case v.Claimed:
		return NotNamed
	case v.Muted:
		return SaidNo
	case v.Reminded >= remindMost:
		return TwiceReminded
	case now.Sub(v.remindedAt.time()) < remindGap:
		return LatelyReminded
	}
	return ""
}

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
func (inv *Invitation) owedReminders(now time.Time) []step {
	if !inv.Open() || !now.Before(inv.Expires) {
		return nil
	}
	var steps []step
	for i := range inv.Invitees {
		v := &inv.Invitees[i]
		s := step{kind: stepRemind, invitee: v.ID}
		at := inv.remindAt(v)
		if !at.IsZero() && !now.Before(at) || !inv.begunAt(s).IsZero() {
			steps = append(steps, s)
		}
	}
	return steps
}

// nextReminder returns when somebody is to be reminded after the time now, or zero.
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

// atWork tells whether the invitee is at work, and may be reminded now. When they are not, the
// reminder waits; when that cannot be found out, the entry says what it means.
func (w *worker) atWork(ctx context.Context, inv Invitation, s step, v Invitee) (outcome Entry, ready bool) {
	now := time.Now()
	at, err := w.t.messenger.AtWork(ctx, v.ChatUser, now)
	if err != nil {
		return w.settle(ctx, inv, s, err), false
	}
	if at.After(now) {
		w.again(inv.ID, s, at.Sub(now))
	}
	return Entry{}, !at.After(now)
}

// remindedElsewhere tells whether the person was reminded of another invitation lately, or is to
// be as soon as that works.
func (w *worker) remindedElsewhere(id ID, v Invitee) bool {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	for address := range v.addresses() {
		if slices.ContainsFunc(w.t.mem.pending[FoldEmail(address)], func(r ref) bool {
			other := w.t.mem.invitee(r)
			return r.invitation != id && other != nil && (time.Since(other.remindedAt.time()) < remindGap ||
				!w.t.mem.invitations[r.invitation].begunAt(step{kind: stepRemind, invitee: r.invitee}).IsZero())
		}) {
			return true
		}
	}
	return false
}

// holdReminder keeps others from reminding the person at the same time of another invitation.
func (w *worker) holdReminder(inv Invitation, s step) (release func(), ok bool) {
	var user ChatUser
	if v := inv.invitee(s.invitee); v != nil {
		user = v.ChatUser
	}
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	if w.reminding[user] {
		return nil, false
	}
	w.reminding[user] = true
	return func() {
		w.t.mu.Lock()
		defer w.t.mu.Unlock()
		delete(w.reminding, user)
	}, true
}

// Remind has everybody reminded who is missing and may be: each as soon as they are at work. It
// wraps NotYet, InvitationOver and NotKept. changed is false when there is nobody to remind, or
// all of them wait for their reminder already.
func (t *Tracker) Remind(ctx context.Context, id ID, by ChatUser) (inv Invitation, changed bool, err error) {
	return t.decided(ctx, id, func(inv Invitation) (Entry, error) {
		if !inv.Open() {
			return Entry{}, inv.refuses()
		}
		now := time.Now()
		for i := range inv.Invitees {
			at := inv.remindAt(&inv.Invitees[i])
			if inv.Invitees[i].Reluctance(now) == "" && !at.IsZero() && at.After(now) {
				return Entry{Kind: KindNudged, By: by}, nil
			}
		}
		return Entry{}, nil
	})
}

// Mute keeps the user from being reminded of any invitation that is open now, and returns how
// many those are. It wraps NotKept.
func (t *Tracker) Mute(ctx context.Context, user ChatUser) (muted int, err error) {
	var entries []Entry
	now := time.Now()
	t.mu.Lock()
	for id, inv := range t.mem.invitations {
		for i := range inv.Invitees {
			if v := &inv.Invitees[i]; v.ChatUser == user && !v.Muted && (inv.Open() || inv.unposted()) {
				entries = append(entries, Entry{Kind: KindMuted, At: now, Invitation: id, Invitee: v.ID})
			}
		}
	}
	t.mu.Unlock()
	if len(entries) == 0 {
		return 0, nil
	}
	if err := t.ledger.note(entries...); err != nil {
		return 0, err
	}
	t.log.InfoContext(ctx, "no reminders any more", "user", user, "count", len(entries))
	return len(entries), nil
}
