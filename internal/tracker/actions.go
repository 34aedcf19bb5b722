package tracker

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// What people do with an invitation that is on its card. Whether they may is for the caller to
// decide, at each click. One of several who do the same thing at once does it; for the others
// changed is false, and the invitation is as the first has left it.

// Look returns the invitation as it stands; ok is false when it is not known (any more).
func (t *Tracker) Look(id invitation.ID) (inv invitation.Invitation, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if known := t.mem.invitations[id]; known != nil {
		return known.Clone(), true
	}
	return invitation.Invitation{}, false
}

// Extend gives the invitation a fresh link of the portal's and as much time as a new one has,
// until a week after its end too. It wraps NotYet, InvitationOver, the reasons of
// [Portal.InviteLink], and NotKept.
func (t *Tracker) Extend(ctx context.Context, id invitation.ID, by invitation.ChatUser) (inv invitation.Invitation, changed bool, err error) {
	inv, _ = t.Look(id)
	if e, err := inv.Extend(by, "", time.Now(), t.opts.TTL); err != nil || e.Kind == "" {
		return inv, false, err
	}
	asked := inv.Revision
	link, err := t.links.fetch(ctx, inv.Role, stepTimeout)
	if err != nil {
		return inv, false, fmt.Errorf("extend: %w", err)
	}
	return t.decided(ctx, id, func(inv invitation.Invitation) (invitation.Entry, error) {
		e, err := inv.Extend(by, link, time.Now(), t.opts.TTL) // none if someone was faster
		e.Revision = asked
		return e, err
	})
}

// Retry tries a refused request again, with all that was typed, and returns the invitation that it has
// become as it stands; a second time that is the same one. Of one that has come to nothing meanwhile, which
// its inviter was told, there is the id alone. replyTo is where the refusal can be replaced. room is the one that was
// chosen, if any, of those that the refusal has to choose from. It wraps InvitationOver when the refused one is not
// known (any more) or has no such room, and the reasons of Accept.
func (t *Tracker) Retry(ctx context.Context, refused invitation.ID, replyTo string, room invitation.RoomID) (invitation.Invitation, error) {
	inv, _ := t.Look(refused)
	if inv.Stage != invitation.Refused || !inv.Refusal.Reason.MayPass() {
		return invitation.Invitation{}, invitation.InvitationOver
	}
	request := inv.Request
	if room != "" {
		i := slices.IndexFunc(inv.Refusal.Rooms, func(r invitation.Room) bool { return r.ID == room })
		if i < 0 {
			return invitation.Invitation{}, invitation.InvitationOver
		}
		request.Room.ID, request.Room.Title = room, inv.Refusal.Rooms[i].Title
	}
	request.Keys, request.ReplyTo, request.Retry = []string{"retry " + string(refused)}, replyTo, true
	id, err := t.Accept(ctx, request)
	if err != nil {
		return invitation.Invitation{}, err
	}
	inv, _ = t.Look(id)
	inv.ID = id
	return inv, nil
}

// Cancel ends the invitation: no one is awaited under it any more. It wraps NotYet,
// InvitationOver and NotKept. The portal's link is not known to end with it.
func (t *Tracker) Cancel(ctx context.Context, id invitation.ID, by invitation.ChatUser) (inv invitation.Invitation, changed bool, err error) {
	return t.decided(ctx, id, func(inv invitation.Invitation) (invitation.Entry, error) { return inv.Cancel(by) })
}

// CloseList sets whether only those can join by the invitation who are on its list. It wraps
// NotYet, InvitationOver and NotKept.
func (t *Tracker) CloseList(ctx context.Context, id invitation.ID, by invitation.ChatUser, closed bool) (inv invitation.Invitation, changed bool, err error) {
	return t.decided(ctx, id, func(inv invitation.Invitation) (invitation.Entry, error) { return inv.CloseList(by, closed) })
}

// actions names what people do, in the log.
var actions = map[invitation.Kind]string{
	invitation.KindExtended: "extend", invitation.KindCancelled: "cancel", invitation.KindClosed: "close", invitation.KindReopened: "reopen", invitation.KindNudged: "remind",
	invitation.KindResend: "resend_email", invitation.KindApproved: "approve", invitation.KindDenied: "deny",
}

// decided notes what decide says is to be done with the invitation, while no one else notes anything:
// an entry, none when it is so already, or why it cannot be done. Of an invitation that is not
// known (any more) decide sees nothing at all. It returns the invitation as it is then.
func (t *Tracker) decided(ctx context.Context, id invitation.ID, decide func(invitation.Invitation) (invitation.Entry, error)) (inv invitation.Invitation, changed bool, err error) {
	var e invitation.Entry
	err = t.ledger.decide(id, func() ([]invitation.Entry, error) {
		var err error
		inv, _ = t.Look(id)
		if e, err = decide(inv); err != nil || e.Kind == "" {
			return nil, err
		}
		e.At, e.Invitation = time.Now(), id
		return []invitation.Entry{e}, nil
	})
	if err != nil || e.Kind == "" {
		return inv, false, err
	}
	if action := actions[e.Kind]; action != "" {
		Decision{Action: action, Verdict: Allowed, By: e.By, Invitation: inv}.Log(ctx, t.log)
	}
	inv.Apply(e)
	return inv, true, nil
}

// Withhold keeps the invitation's link from everyone, because its place or its inviter no longer
// qualifies, until a user who may extend it does. It wraps NotKept.
func (t *Tracker) Withhold(ctx context.Context, id invitation.ID, why invitation.Refusal) error {
	inv, changed, err := t.decided(ctx, id, func(inv invitation.Invitation) (invitation.Entry, error) { return inv.Withhold(why) })
	if changed {
		withheld(inv, why, nil).Log(ctx, t.log)
	}
	return err
}

// Decide approves or denies an invitation that waits for it. request is the card that was clicked: the
// bot may have died before it noted where that is. It wraps InvitationOver when the
// request is not known (any more), and NotKept. changed is false when it was decided before.
func (t *Tracker) Decide(ctx context.Context, id invitation.ID, by invitation.ChatUser, approve bool, request invitation.Card) (inv invitation.Invitation, changed bool, err error) {
	return t.decided(ctx, id, func(inv invitation.Invitation) (invitation.Entry, error) {
		return inv.Decide(by, approve, request, t.expiry())
	})
}

// Remind has everyone reminded who is missing and may be: each as soon as they are at work. It
// wraps NotYet, InvitationOver and NotKept. changed is false when there is no one to remind, or
// all of them wait for their reminder already.
func (t *Tracker) Remind(ctx context.Context, id invitation.ID, by invitation.ChatUser) (inv invitation.Invitation, changed bool, err error) {
	return t.decided(ctx, id, func(inv invitation.Invitation) (invitation.Entry, error) { return inv.Nudge(by, time.Now()) })
}

// Resend has the portal send its email again to the invitee, or without one to everyone who has yet to open one. It
// wraps NotYet, InvitationOver and NotKept. changed is false when there is no one to send it to now.
func (t *Tracker) Resend(ctx context.Context, id invitation.ID, by invitation.ChatUser, invitee string) (inv invitation.Invitation, changed bool, err error) {
	return t.decided(ctx, id, func(inv invitation.Invitation) (invitation.Entry, error) {
		if inv.Open() { // not for those to whom another invitation has sent it lately
			inv.Invitees = t.notResent(inv.Invitees)
		}
		return inv.Resend(by, invitee, time.Now())
	})
}

// Mute keeps the user from being reminded of any invitation that is open now, and returns how
// many those are. It wraps NotKept.
func (t *Tracker) Mute(ctx context.Context, user invitation.ChatUser) (muted int, err error) {
	var entries []invitation.Entry
	now := time.Now()
	t.mu.Lock()
	for id, inv := range t.mem.invitations {
		for i := range inv.Invitees {
			if v := &inv.Invitees[i]; v.ChatUser == user && !v.Muted && (inv.Open() || inv.Unposted()) {
				entries = append(entries, invitation.Entry{Kind: invitation.KindMuted, At: now, Invitation: id, Invitee: v.ID})
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
	t.log.InfoContext(ctx, "opted out of reminders", "user", user, "count", len(entries))
	return len(entries), nil
}
