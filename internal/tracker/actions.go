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
	extension := func(inv Invitation) (expires time.Time, due bool, err error) {
		if !inv.extendable() {
			return expires, false, inv.refuses()
		}
		expires = time.Now().Add(t.opts.TTL)
		return expires, inv.Stage == Expired || inv.Withheld.Reason != "" || expires.Sub(inv.Expires) >= min(extendedLately, t.opts.TTL/2), nil
	}
	inv, _ = t.Look(id)
	if _, due, err := extension(inv); err != nil || !due {
		return inv, false, err
	}
	link, err := t.portal.InviteLink(ctx, inv.Role)
	if err != nil {
		return inv, false, fmt.Errorf("extend: %w", err)
	}
	return t.decided(ctx, id, func(inv Invitation) (Entry, error) {
		expires, due, err := extension(inv)
		if err != nil || !due { // somebody was faster
			return Entry{}, err
		}
		return Entry{Kind: KindExtended, Link: link, Expires: expires, By: by}, nil
	})
}

// Retry tries a refused request again, with all that was typed, and returns the invitation that it has
// become as it stands; a second time that is the same one. Of one that has come to nothing meanwhile, which
// its inviter was told, there is the id alone. replyTo is where the refusal can be replaced. It wraps
// InvitationOver when the refused one is not known (any more), and the reasons of Accept.
func (t *Tracker) Retry(ctx context.Context, refused ID, replyTo string) (Invitation, error) {
	inv, _ := t.Look(refused)
	if inv.Stage != Refused || !inv.Refusal.Reason.MayPass() {
		return Invitation{}, InvitationOver
	}
	request := inv.Request
	request.Keys, request.ReplyTo, request.Retry = []string{"retry " + string(refused)}, replyTo, true
	id, err := t.Accept(ctx, request)
	if err != nil {
		return Invitation{}, err
	}
	inv, _ = t.Look(id)
	inv.ID = id
	return inv, nil
}

// Cancel ends the invitation: nobody is awaited under it any more. It wraps NotYet,
// InvitationOver and NotKept. The portal's link is not known to end with it.
func (t *Tracker) Cancel(ctx context.Context, id ID, by ChatUser) (inv Invitation, changed bool, err error) {
	return t.decided(ctx, id, func(inv Invitation) (Entry, error) {
		switch {
		case inv.Stage == Cancelled:
			return Entry{}, nil
		case !inv.extendable():
			return Entry{}, inv.refuses()
		}
		return Entry{Kind: KindCancelled, By: by}, nil
	})
}

// CloseList sets whether only those can join by the invitation who are on its list. It wraps
// NotYet, InvitationOver and NotKept.
func (t *Tracker) CloseList(ctx context.Context, id ID, by ChatUser, closed bool) (inv Invitation, changed bool, err error) {
	return t.decided(ctx, id, func(inv Invitation) (Entry, error) {
		switch {
		case !inv.Open():
			return Entry{}, inv.refuses()
		case inv.Closed == closed:
			return Entry{}, nil
		case inv.Private(): // its role was approved for these people
			return Entry{}, ListClosed
		case closed:
			return Entry{Kind: KindClosed, By: by}, nil
		}
		return Entry{Kind: KindReopened, By: by}, nil
	})
}

// actions names what people do, in the log.
var actions = map[Kind]string{
	KindExtended: "extend", KindCancelled: "cancel", KindClosed: "close", KindReopened: "reopen", KindNudged: "remind",
	KindApproved: "approve", KindDenied: "deny",
}

// decided notes what decide says is to be done with the invitation, while nobody else notes anything:
// an entry, none when it is so already, or why it cannot be done. Of an invitation that is not
// known (any more) decide sees nothing at all. It returns the invitation as it is then.
func (t *Tracker) decided(ctx context.Context, id ID, decide func(Invitation) (Entry, error)) (inv Invitation, changed bool, err error) {
	var e Entry
	err = t.ledger.decide(id, func() ([]Entry, error) {
		var err error
		inv, _ = t.Look(id)
		if e, err = decide(inv); err != nil || e.Kind == "" {
			return nil, err
		}
		e.At, e.Invitation = time.Now(), id
		return []Entry{e}, nil
	})
	if err != nil || e.Kind == "" {
		return inv, false, err
	}
	if action := actions[e.Kind]; action != "" {
		Decision{Action: action, Verdict: Allowed, By: e.By, Invitation: inv}.Log(ctx, t.log)
	}
	inv.apply(e)
	return inv, true, nil
}

// Withhold keeps the invitation's link from everyone, because its place or its inviter no longer
// qualifies, until a user who may extend it does. It wraps NotKept.
func (t *Tracker) Withhold(ctx context.Context, id ID, why Refusal) error {
	inv, changed, err := t.decided(ctx, id, func(inv Invitation) (Entry, error) {
		if !inv.GivesLink() {
			return Entry{}, nil
		}
		return Entry{Kind: KindWithheld, Refusal: &why}, nil
	})
	if changed {
		withheld(inv, why, nil).Log(ctx, t.log)
	}
	return err
}

// extend gives the invitation a fresh link and more time. Whoever has missed it is awaited
// again.
func (inv *Invitation) extend(e Entry) {
	if !inv.extendable() {
		return
	}
	inv.Stage, inv.Link, inv.Expires, inv.told = Posted, e.Link, e.Expires, false
	inv.Withheld, inv.handed = Refusal{}, false
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
