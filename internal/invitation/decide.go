package invitation

import "time"

// What people ask of an invitation. Each method returns the entry that grants it, none when it is so
// already, or why it cannot be done. It changes nothing, and whether they may is not its question.

// Join returns the entry that says that the person pressed Join; none if they have the link open already, or an
// account. Reasons: InvitationOver, ListClosed when only people on the list can join, LinkRevoked.
func (inv *Invitation) Join(person Person) (Entry, error) {
	v := inv.Find(person)
	switch {
	case !inv.Open() && inv.Stage != Linked: // a card can be seen before it is noted that it was posted
		return Entry{}, InvitationOver
	case v == nil && inv.Closed:
		return Entry{}, ListClosed
	case inv.LacksLink() && (v == nil || !v.Joined() && v.State != Registered && !v.Disabled()):
		return Entry{}, LinkRevoked
	case v != nil && v.State != Removed && (v.Opened || v.State != Awaited):
		return Entry{}, nil
	case v != nil && (v.State == Awaited || v.Disabled()): // it may be enabled by now
		return Entry{Kind: KindOpened, Invitee: v.ID}, nil
	}
	return Entry{Kind: KindClaimed, Person: &person}, nil
}

// extendedLately is for how long after an extension another one changes nothing: it is a
// second click.
const extendedLately = time.Minute

// Extend returns the entry that gives the invitation a fresh link and as much time as a new one has. That is
// possible until a week after its end. Reasons: NotYet, InvitationOver.
func (inv *Invitation) Extend(by ChatUser, link string, now time.Time, ttl time.Duration) (Entry, error) {
	expires := now.Round(0).Add(ttl) // by the clock on the wall, as the card shows it
	switch {
	case !inv.extendable():
		return Entry{}, inv.refuses()
	case inv.extended && inv.Open() && inv.GivesLink() && expires.Sub(inv.Expires) < min(extendedLately, ttl/2):
		return Entry{}, nil
	}
	return Entry{Kind: KindExtended, Link: link, Expires: expires, By: by}, nil
}

// Cancel returns the entry that ends the invitation: no one is awaited under it any more. Reasons: NotYet,
// InvitationOver.
func (inv *Invitation) Cancel(by ChatUser) (Entry, error) {
	switch {
	case inv.Stage == Cancelled:
		return Entry{}, nil
	case !inv.extendable():
		return Entry{}, inv.refuses()
	}
	return Entry{Kind: KindCancelled, By: by}, nil
}

// CloseList returns the entry that sets whether only people on the invitation's list can join by it. Reasons:
// NotYet, InvitationOver, ListClosed for the list of a private invitation, which stays closed.
func (inv *Invitation) CloseList(by ChatUser, closed bool) (Entry, error) {
	switch {
	case !inv.Open():
		return Entry{}, inv.refuses()
	case inv.Closed == closed:
		return Entry{}, nil
	case inv.Private():
		return Entry{}, ListClosed
	case closed:
		return Entry{Kind: KindClosed, By: by}, nil
	}
	return Entry{Kind: KindReopened, By: by}, nil
}

// Nudge returns the entry that has everyone reminded who is missing and may be; none when there is no one to
// remind, or all of them wait for their reminder already. Reasons: NotYet, InvitationOver.
func (inv *Invitation) Nudge(by ChatUser, now time.Time) (Entry, error) {
	if !inv.Open() {
		return Entry{}, inv.refuses()
	}
	for i := range inv.Invitees {
		at := inv.remindAt(&inv.Invitees[i])
		if inv.Invitees[i].Reluctance(now) == "" && !at.IsZero() && at.After(now) {
			return Entry{Kind: KindNudged, By: by}, nil
		}
	}
	return Entry{}, nil
}

// Decide returns the entry that approves or denies an invitation that waits for it. request is the card that was
// clicked, expires when the invitation is to expire if it is approved. Reasons: InvitationOver.
func (inv *Invitation) Decide(by ChatUser, approve bool, request Card, expires time.Time) (Entry, error) {
	switch {
	case !inv.Waits() && inv.Approval.decided == 0:
		return Entry{}, InvitationOver
	case !inv.Waits():
		return Entry{}, nil
	case approve:
		return Entry{Kind: KindApproved, By: by, Card: &request, Expires: expires}, nil
	}
	return Entry{Kind: KindDenied, By: by, Card: &request}, nil
}

// Withhold returns the entry that keeps the invitation's link from everyone, because its channel or its inviter
// no longer qualifies, until someone who may extend it does.
func (inv *Invitation) Withhold(why Refusal) (Entry, error) {
	if !inv.Invites() {
		return Entry{}, nil
	}
	return Entry{Kind: KindWithheld, Refusal: &why}, nil
}

// refuses says why nothing can be done with an invitation.
func (inv *Invitation) refuses() error {
	if (inv.Unposted() || inv.Waits()) && inv.ID != "" {
		return NotYet
	}
	return InvitationOver
}

func (inv *Invitation) extendable() bool { return inv.Stage == Posted || inv.Stage == Expired }
