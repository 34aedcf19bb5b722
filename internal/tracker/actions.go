package tracker

import (
	"context"
	"fmt"
	"time"
)

// What people do with an invitation that is on its card. Whether they may is for the caller to
// decide, at each click. One of several who do the same thing at once does it; for the others
// changed is false, and the invitation is as the first has left it.

// extendedLately is for how long after an extension another one changes nothing: it is a
// second click.
const extendedLately = time.Minute

// refuses says why nothing can be done with an invitation.
func (inv *Invitation) refuses() error {
	if (inv.unposted() || inv.Waits()) && inv.ID != "" {
		return NotYet
	}
	return InvitationOver
}

// Look returns the invitation as it stands; ok is false when it is not known (any more).
func (t *Tracker) Look(id ID) (inv Invitation, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if known := t.mem.invitations[id]; known != nil {
		return known.clone(), true
	}
	return Invitation{}, false
}

// Extend gives the invitation a fresh link of the portal's and as much time as a new one has,
// until a week after its end too. It wraps NotYet, InvitationOver, the reasons of
// [Portal.InviteLink], and NotKept.
func (t *Tracker) Extend(ctx context.Context, id ID, by ChatUser) (inv Invitation, changed bool, err error) {
	extendable := func() (expires time.Time, due bool, err error) {
		var ok bool
		if inv, ok = t.Look(id); !ok || !inv.extendable() {
			return expires, false, inv.refuses()
		}
		expires = time.Now().Add(t.opts.TTL)
		return expires, inv.Stage == Expired || expires.Sub(inv.Expires) >= min(extendedLately, t.opts.TTL/2), nil
	}
	if _, due, err := extendable(); err != nil || !due {
		return inv, false, err
	}
	link, err := t.portal.InviteLink(ctx, inv.Role)
	if err != nil {
		return inv, false, fmt.Errorf("extend: %w", err)
	}
	release, err := t.takeTurn(ctx)
	if err != nil {
		return inv, false, err
	}
	defer release()
	expires, due, err := extendable()
	if err != nil || !due { // somebody was faster
		return inv, false, err
	}
	return t.act(ctx, inv, Entry{Kind: KindExtended, Link: link, Expires: expires, By: by})
}

// Cancel ends the invitation: nobody is awaited under it any more. It wraps NotYet,
// InvitationOver and NotKept. The portal's link is not known to end with it.
func (t *Tracker) Cancel(ctx context.Context, id ID, by ChatUser) (inv Invitation, changed bool, err error) {
	release, err := t.takeTurn(ctx)
	if err != nil {
		return inv, false, err
	}
	defer release()
	inv, ok := t.Look(id)
	switch {
	case ok && inv.Stage == Cancelled:
		return inv, false, nil
	case !ok || !inv.extendable():
		return inv, false, inv.refuses()
	}
	return t.act(ctx, inv, Entry{Kind: KindCancelled, By: by})
}

// CloseList sets whether only those can join by the invitation who are on its list. It wraps
// NotYet, InvitationOver and NotKept.
func (t *Tracker) CloseList(ctx context.Context, id ID, by ChatUser, closed bool) (inv Invitation, changed bool, err error) {
	release, err := t.takeTurn(ctx)
	if err != nil {
		return inv, false, err
	}
	defer release()
	inv, ok := t.Look(id)
	switch {
	case !ok || !inv.Open():
		return inv, false, inv.refuses()
	case inv.Closed == closed:
		return inv, false, nil
	case closed:
		return t.act(ctx, inv, Entry{Kind: KindClosed, By: by})
	}
	return t.act(ctx, inv, Entry{Kind: KindReopened, By: by})
}

// deeds names what people do, in the log.
var deeds = map[Kind]string{
	KindExtended: "extend", KindCancelled: "cancel", KindClosed: "close", KindReopened: "reopen", KindNudged: "remind",
	KindApproved: "approve", KindDenied: "deny",
}

// takeTurn waits until nobody else changes an invitation: the next one hears of what the one
// before has done.
func (t *Tracker) takeTurn(ctx context.Context) (release func(), err error) {
	select {
	case t.acting <- struct{}{}:
		return func() { <-t.acting }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// act notes what somebody did with the invitation, and returns it as it is then.
func (t *Tracker) act(ctx context.Context, before Invitation, e Entry) (Invitation, bool, error) {
	e.At, e.Invitation = time.Now(), before.ID
	if err := t.ledger.note(e); err != nil {
		return before, false, err
	}
	Decision{Deed: deeds[e.Kind], Verdict: Allowed, By: e.By, Invitation: before}.Log(ctx, t.log)
	inv, ok := t.Look(before.ID)
	if !ok { // it ended with that, and is forgotten
		inv = before
		inv.apply(e)
	}
	return inv, true, nil
}

// extend gives the invitation a fresh link and more time. Whoever has missed it is awaited
// again.
func (inv *Invitation) extend(e Entry) {
	if !inv.extendable() {
		return
	}
	inv.Stage, inv.Link, inv.Expires, inv.told = Posted, e.Link, e.Expires, false
	inv.abandon(EffectEnding, "")
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
	inv.revision++
}

func (inv *Invitation) extendable() bool { return inv.Stage == Posted || inv.Stage == Expired }
