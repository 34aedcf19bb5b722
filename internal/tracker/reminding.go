package tracker

import (
	"context"
	"slices"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// atWork reports whether the invitee is at work, and may be reminded now. When they are not, the
// reminder waits; when that cannot be found out, the entry says what it means.
func (w *worker) atWork(ctx context.Context, inv invitation.Invitation, s invitation.Step, v invitation.Invitee) (outcome invitation.Entry, ready bool) {
	now := time.Now()
	at, err := w.t.messenger.AtWork(ctx, v.ChatUser, now)
	if err != nil {
		return w.failed(ctx, inv, s, err), false
	}
	if at.After(now) {
		w.again(inv.ID, s, at.Sub(now))
	}
	return invitation.Entry{}, !at.After(now)
}

// remindedElsewhere reports whether the person was reminded of another invitation lately, or is to
// be as soon as that works.
func (w *worker) remindedElsewhere(id invitation.ID, v invitation.Invitee) bool {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	for address := range v.Addresses() {
		if slices.ContainsFunc(w.t.mem.pending[invitation.FoldEmail(address)], func(r ref) bool {
			other := w.t.mem.invitee(r)
			return r.invitation != id && other != nil && (other.RemindedLately(time.Now()) ||
				!w.t.mem.invitations[r.invitation].BegunAt(invitation.Step{Kind: invitation.StepRemind, Invitee: r.invitee}).IsZero())
		}) {
			return true
		}
	}
	return false
}
