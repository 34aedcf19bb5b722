package tracker

import (
	"context"
	"time"

	"github.com/docspace-invite-bot/bot/internal/invitation"
)

// vet asks the chat whether the inviter may, and counts the invitation against the
// inviter's hourly limit when they may.
func (w *worker) vet(ctx context.Context, inv invitation.Invitation) (invitation.Entry, error) {
	admission, err := w.t.messenger.Vet(ctx, inv)
	if err != nil {
		return invitation.Entry{}, err
	}
	if inv.Approval.Approved { // it was counted when it was asked for
		return invitation.Entry{Kind: invitation.KindAdmitted, People: admission.People, Room: admission.Room}, nil
	}
	kind := invitation.KindAdmitted
	if admission.NeedsApproval {
		kind = invitation.KindAsked
	}
	return invitation.Entry{Kind: kind, People: admission.People, Room: admission.Room}, w.countIn(inv.Inviter)
}

// countIn counts an admission that is about to be noted. It counts until uncount: two
// commands worked on at once must not both be the last that is let in.
func (w *worker) countIn(inviter invitation.ChatUser) error {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	now := time.Now()
	lately := recent(w.t.mem.admitted[inviter], now)
	if w.t.opts.PerHour > 0 && len(lately)+w.t.admitting[inviter] >= w.t.opts.PerHour {
		var wait time.Duration
		if len(lately) > 0 {
			wait = lately[0].Add(time.Hour).Sub(now)
		}
		return &invitation.Failure{Reason: invitation.TooMany, RetryAfter: wait}
	}
	w.t.admitting[inviter]++
	return nil
}

// uncount ends the counting of an admission. Call it with the mutex held.
func (t *Tracker) uncount(inviter invitation.ChatUser) {
	if t.admitting[inviter]--; t.admitting[inviter] <= 0 {
		delete(t.admitting, inviter)
	}
}
